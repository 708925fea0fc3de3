/* SPDX-License-Identifier: Apache-2.0 OR MIT */
/* Prints the maps of the package `kinds`, as every other language does. */
#include "kinds.h"

int main(int argc, char **argv)
{
	int plain = kinds_plain_open(argv[argc - 1]), each = kinds_each_cpu_open(argv[argc - 1]);
	struct kinds_plain_key key, *after = NULL;
	struct kinds_each_cpu_key cpu_key;
	struct kinds_plain_value v;
	struct kinds_each_cpu_value *counts = calloc(bpfsign_cpus(), sizeof(*counts));

	if (plain < 0 || each < 0 || !counts)
		return errno == EPROTO ? 3 : 1;
	for (; kinds_plain_next(plain, after, &key) == 0; after = &key) {
		if (kinds_plain_lookup(plain, &key, &v))
			return 1;
		printf("%u %d %u,%u %02x%02x%02x%02x %llu %d %u,%u,%u %.7s %u %d\n", key.type_,
		       key.few, key.raw[0], key.raw[1], key.grid[0], key.grid[1], key.grid[2],
		       key.grid[3], (unsigned long long)v.large, v.negative, v.several[0],
		       v.several[1], v.several[2], v.text, v.is_set, v.small);
	}
	if (errno != ENOENT || kinds_each_cpu_next(each, NULL, &cpu_key) ||
	    kinds_each_cpu_lookup(each, &cpu_key, counts))
		return 1;
	printf("%u:", cpu_key.number);
	for (unsigned i = 0; i < bpfsign_cpus(); i++)
		printf(" %u", counts[i].value);
	printf("\n");
	return 0;
}
