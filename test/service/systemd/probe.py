"""Tries what a bridge and tuning need, and what they must not have, and writes a line for each to /run/weir/out: the name, and 0 or the errno."""
import ctypes
import errno
import os
import struct
import sys

# uname(2) is not among what the unit allows.
NUMBER = {"x86_64-linux-gnu": 321, "aarch64-linux-gnu": 280}[sys.implementation._multiarch]
ATTRIBUTES = 128  # bytes of union bpf_attr, as far as it is used
MAP_CREATE, PROG_LOAD, OBJ_PIN = 0, 5, 6
MAP_TYPE_ARRAY, PROG_TYPE_XDP = 2, 6

libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes, ATTRIBUTES)
    result = libc.syscall(NUMBER, command, buffer, ATTRIBUTES)
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf")
    return result


def make_map():
    return bpf(MAP_CREATE, struct.pack("=IIIII", MAP_TYPE_ARRAY, 4, 8, 1, 0))


def load_program():
    # r0 = XDP_PASS; exit
    code = ctypes.create_string_buffer(struct.pack("=BBhiBBhi", 0xB7, 0, 0, 2, 0x95, 0, 0, 0))
    license = ctypes.create_string_buffer(b"GPL")
    bpf(PROG_LOAD, struct.pack("=IIQQ", PROG_TYPE_XDP, 2, ctypes.addressof(code), ctypes.addressof(license)))


def pin_map():
    os.makedirs("/sys/fs/bpf/weir/maps", 0o700)
    path = ctypes.create_string_buffer(b"/sys/fs/bpf/weir/maps/one")
    bpf(OBJ_PIN, struct.pack("=QI", ctypes.addressof(path), make_map()))


def write_back(path):
    with open(path) as file:
        value = file.read()
    with open(path, "w") as file:
        file.write(value)


def attempt(action):
    try:
        action()
        return 0
    except OSError as error:
        return errno.errorcode[error.errno]


with open("/run/weir/out", "w") as out:
    for name, action in [
        ("map", make_map),
        ("program", load_program),
        ("pin", pin_map),
        ("write-sys", lambda: os.mkdir("/sys/kernel/weir")),
        ("write-proc", lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)),
        ("write-etc", lambda: os.open("/etc/weir-was-here", os.O_WRONLY | os.O_CREAT)),
        ("write-queue", lambda: write_back("/sys/class/net/lo/queues/rx-0/rps_cpus")),
        ("write-sysctl", lambda: write_back("/proc/sys/net/core/somaxconn")),
        # The machine's own, so it stays at that.
        ("open-irq", lambda: os.open("/proc/irq/default_smp_affinity", os.O_WRONLY)),
        ("read-kallsyms", lambda: os.open("/proc/kallsyms", os.O_RDONLY)),
    ]:
        print(name, attempt(action), file=out)
    with open("/proc/self/status") as status:
        print("capabilities", next(line.split()[1] for line in status if line.startswith("CapEff")), file=out)
