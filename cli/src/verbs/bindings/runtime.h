#ifndef BPFSIGN_BINDINGS_H
#define BPFSIGN_BINDINGS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BPFSIGN_PIN_ROOT "/sys/fs/bpf/bpfsign"

/* bpf(2): union bpf_attr in include/uapi/linux/bpf.h. */
static inline int bpfsign_bpf(int command, void *attributes, unsigned size)
{
	return (int)syscall(__NR_bpf, command, attributes, size);
}

/* A number of /proc/self/fdinfo, or of a list of CPUs such as 0-3. */
static inline long bpfsign_number(const char *path, const char *before)
{
	char text[1024], *found;
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return -1;
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	found = strstr(text, before);
	return found ? strtol(found + strlen(before), NULL, 10) : -1;
}

/* Possible CPUs: what a per-CPU map has values for. */
static inline unsigned bpfsign_cpus(void)
{
	long last = bpfsign_number("/sys/devices/system/cpu/possible", "-");

	return last < 0 ? 1 : (unsigned)last + 1;
}

/* EPROTO: the map is not laid out as here; generate the bindings again. */
static inline int bpfsign_open(const char *root, const char *package, const char *pin,
			       long key_size, long value_size)
{
	char path[4096], info[64];
	struct {
		uint64_t path;
		uint32_t fd, flags;
	} attributes = {.path = (uintptr_t)path, .flags = 1 << 3 /* BPF_F_RDONLY */};
	int fd;

	snprintf(path, sizeof(path), "%s/%s/current/maps/%s", root ? root : BPFSIGN_PIN_ROOT,
		 package, pin);
	fd = bpfsign_bpf(7 /* BPF_OBJ_GET */, &attributes, sizeof(attributes));
	if (fd < 0)
		return -1;
	snprintf(info, sizeof(info), "/proc/self/fdinfo/%d", fd);
	if (bpfsign_number(info, "key_size:") != key_size ||
	    bpfsign_number(info, "value_size:") != value_size) {
		close(fd);
		errno = EPROTO;
		return -1;
	}
	return fd;
}

static inline int bpfsign_element(int command, int fd, const void *key, void *other)
{
	struct {
		uint32_t fd, pad;
		uint64_t key, other, flags;
	} attributes = {(uint32_t)fd, 0, (uintptr_t)key, (uintptr_t)other, 0};

	return bpfsign_bpf(command, &attributes, sizeof(attributes));
}

static inline int bpfsign_next(int fd, const void *key, void *next)
{
	return bpfsign_element(4 /* BPF_MAP_GET_NEXT_KEY */, fd, key, next);
}

static inline int bpfsign_lookup(int fd, const void *key, void *value)
{
	return bpfsign_element(1 /* BPF_MAP_LOOKUP_ELEM */, fd, key, value);
}

/* The kernel pads each CPU's value to 8 bytes. */
static inline int bpfsign_lookup_each(int fd, const void *key, void *values, size_t size)
{
	size_t stride = (size + 7) / 8 * 8;
	unsigned n = bpfsign_cpus();
	char *all = malloc(n * stride);
	int result;

	if (!all)
		return -1;
	result = bpfsign_lookup(fd, key, all);
	for (unsigned i = 0; result == 0 && i < n; i++)
		memcpy((char *)values + i * size, all + i * stride, size);
	free(all);
	return result;
}

#endif /* BPFSIGN_BINDINGS_H */
