import ctypes
import os
import platform
import struct

PIN_ROOT = "/sys/fs/bpf/bpfsign"

_LIBC = ctypes.CDLL(None, use_errno=True)
_BPF = {"x86_64": 321, "aarch64": 280, "loongarch64": 280}[platform.machine()]
_LOOKUP_ELEM, _GET_NEXT_KEY, _OBJ_GET = 1, 4, 7
_RDONLY = 1 << 3


def _bpf(command, attributes):
    """bpf(2), with union bpf_attr of include/uapi/linux/bpf.h packed by hand."""
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    result = _LIBC.syscall(
        ctypes.c_long(_BPF), ctypes.c_long(command), buffer, ctypes.c_long(len(attributes))
    )
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _possible_cpus():
    with open("/sys/devices/system/cpu/possible", encoding="ascii") as file:
        return int(file.read().strip().split("-")[-1]) + 1


class Record:
    """A key or a value: an attribute for each of its fields."""

    SIZE = 0
    FIELDS = ()

    def __init__(self, data):
        for name, offset, form in self.FIELDS:
            is_text, form = form.startswith("t"), form.lstrip("t")
            found = struct.unpack_from("=" + form, data, offset)
            if is_text:
                found = (found[0].split(b"\0")[0].decode("utf-8", "replace"),)
            setattr(self, name, found[0] if len(found) == 1 else found)

    def __repr__(self):
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name, _, _ in self.FIELDS)
        return f"{type(self).__name__}({fields})"


class Map:
    """A pinned map, open for reading. Iterating gives keys and values; a per-CPU map gives
    a list of values, one for each possible CPU."""

    PACKAGE = PIN = ""
    KEY = VALUE = Record
    PER_CPU = False
    MAX_ENTRIES = 0

    def __init__(self, root=PIN_ROOT):
        path = f"{root}/{self.PACKAGE}/current/maps/{self.PIN}"
        name = ctypes.create_string_buffer(os.fsencode(path))
        try:
            self.fd = _bpf(_OBJ_GET, struct.pack("=QII", ctypes.addressof(name), 0, _RDONLY))
        except OSError as error:
            raise OSError(error.errno, error.strerror, path) from None
        with open(f"/proc/self/fdinfo/{self.fd}", encoding="ascii") as file:
            info = dict(line.split(":", 1) for line in file if ":" in line)
        sizes = int(info["key_size"]), int(info["value_size"])
        if sizes != (self.KEY.SIZE, self.VALUE.SIZE):
            self.close()
            raise ValueError(f"{path} is not laid out as here; generate the bindings again")

    def close(self):
        os.close(self.fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _element(self, command, key, other):
        address = ctypes.addressof(key) if key is not None else 0
        fields = (self.fd, 0, address, ctypes.addressof(other), 0)
        _bpf(command, struct.pack("=IIQQQ", *fields))

    def __iter__(self):
        stride = (self.VALUE.SIZE + 7) // 8 * 8
        count = _possible_cpus() if self.PER_CPU else 1
        value = ctypes.create_string_buffer(stride * count)
        key, following = None, ctypes.create_string_buffer(self.KEY.SIZE)
        # Bounded: a map that changes meanwhile may begin again.
        for _ in range(self.MAX_ENTRIES):
            try:
                self._element(_GET_NEXT_KEY, key, following)
            except FileNotFoundError:
                return
            key = ctypes.create_string_buffer(following.raw, self.KEY.SIZE)
            try:
                self._element(_LOOKUP_ELEM, key, value)
            except FileNotFoundError:
                continue
            values = [self.VALUE(value.raw[i * stride :]) for i in range(count)]
            yield self.KEY(key.raw), values if self.PER_CPU else values[0]
