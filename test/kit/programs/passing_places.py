"""Places that are gone while somebody may still look: in each of them a connection is made.

passing_places.py namespaces COUNT PORT         network namespaces, one after the other
passing_places.py cgroups COUNT PORT ROOT       cgroups below ROOT, which their connections outlive

Each connection carries 2000 bytes; those of cgroups carry half of them when all cgroups are gone, and
stay open. Prints "done" at the end.
"""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
how, count, port = sys.argv[1], *map(int, sys.argv[2:4])


def connection():
    with socket.create_server(("127.0.0.1", port)) as listener:
        near = socket.create_connection(("127.0.0.1", port))
        far = listener.accept()[0]
    carry(near, far)
    return near, far


def carry(near, far):
    near.sendall(b"x" * 1000)
    far.recv(1000, socket.MSG_WAITALL)


def in_namespace():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
    kept = connection()
    carry(*kept)
    os._exit(0)


def namespaces():
    for _ in range(count):
        child = os.fork()
        if child == 0:
            in_namespace()
        _, status = os.waitpid(child, 0)
        assert status == 0, status


def cgroups():
    kept = []
    root = sys.argv[4]
    for i in range(count):
        folder = f"{root}/passing-{os.getpid()}-{i}"
        os.mkdir(folder)
        move(folder)
        kept.append(connection())
        move(root)
        os.rmdir(folder)
    for near, far in kept:
        carry(near, far)
    return kept


def move(folder):
    with open(f"{folder}/cgroup.procs", "w") as procs:
        procs.write(str(os.getpid()))


kept = namespaces() if how == "namespaces" else cgroups()
print("done", flush=True)
signal.pause()
