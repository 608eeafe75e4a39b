"""A bad cable: joins two network namespaces by a TAP device in each and moves frames between them.

relay.py NETNS1 NETNS2 DROP REORDER DUPLICATE SEED DELAY

The three are shares of the frames from 0 to 1, in either direction. A frame that is reordered is held
until three others have passed, or for 2 ms. Each frame takes DELAY milliseconds at least. Prints "ready" when both devices, eth0, are there. IPv6
and ARP pass unharmed, so that the ends find each other. Prints what it did when it is stopped.
"""

import collections
import ctypes
import fcntl
import os
import random
import select
import signal
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
CLONE_NEWNET = 0x40000000
TCP_OVER_IPV4 = b"\x08\x00"
HELD_FOR, HELD_UNTIL = 0.002, 3

DROP, REORDER, DUPLICATE = map(float, sys.argv[3:6])
chance = random.Random(int(sys.argv[6]))
DELAY = float(sys.argv[7]) / 1000
done = {"passed": 0, "dropped": 0, "reordered": 0, "duplicated": 0}


def open_tap(netns):
    """A file descriptor stays with the namespace that it was opened in."""
    with open(f"/run/netns/{netns}") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"enter {netns}")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"eth0", IFF_TAP | IFF_NO_PI))
    return fd


def stop(*_):
    print(" ".join(f"{name}={count}" for name, count in done.items()), flush=True)
    sys.exit(0)


def write(fd, frame):
    try:
        os.write(fd, frame)
    except OSError:
        pass  # The device is down yet, or gone already.


class Direction:
    def __init__(self, source, target):
        self.source, self.target = source, target
        self.held = []  # [frame, others that may still pass, when it goes at the latest]
        self.on_its_way = collections.deque()  # (when it arrives, frame)

    def forward(self, frame):
        if frame[12:14] != TCP_OVER_IPV4:
            return write(self.target, frame)
        fate = chance.random()
        if fate < DROP:
            done["dropped"] += 1
        elif fate < DROP + REORDER:
            done["reordered"] += 1
            self.held.append([frame, HELD_UNTIL, time.monotonic() + HELD_FOR])
        else:
            done["passed"] += 1
            self.send(frame)
            if fate < DROP + REORDER + DUPLICATE:
                done["duplicated"] += 1
                self.send(frame)
            for waiting in self.held:
                waiting[1] -= 1

    def send(self, frame):
        if DELAY:
            self.on_its_way.append((time.monotonic() + DELAY, frame))
        else:
            write(self.target, frame)

    def release(self):
        now = time.monotonic()
        for waiting in [one for one in self.held if one[1] <= 0 or one[2] <= now]:
            self.send(waiting[0])
            self.held.remove(waiting)
        while self.on_its_way and self.on_its_way[0][0] <= now:
            write(self.target, self.on_its_way.popleft()[1])

    def next_release(self):
        """When something may have to go on."""
        due = [waiting[2] for waiting in self.held]
        if self.on_its_way:
            due.append(self.on_its_way[0][0])
        return min(due, default=float("inf"))


taps = [open_tap(netns) for netns in sys.argv[1:3]]
directions = {taps[0]: Direction(*taps), taps[1]: Direction(*reversed(taps))}
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
while True:
    due = min(direction.next_release() for direction in directions.values())
    wait = None if due == float("inf") else max(0, due - time.monotonic())
    ready, _, _ = select.select(taps, [], [], wait)
    for fd in ready:
        try:
            directions[fd].forward(os.read(fd, 65536))
        except BlockingIOError:
            pass
    for direction in directions.values():
        direction.release()
