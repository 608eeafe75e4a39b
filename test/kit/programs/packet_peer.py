"""A TCP peer that sends its segments in any order, twice, or overlapping; the other end is the kernel.

packet_peer.py DEVICE PEER_ADDRESS KERNEL_ADDRESS < stories.json

Makes a TUN device and prints "ready". Then it plays stories, one after the other, each on a
connection of its own: {"role": "client" | "server", "port": the server's, "rounds": [...]}. A round is
{"data": text, "segments": [[from, to], ...], "until": text}: the client sends the data in these
segments and reads up to the text; the server reads up to it and then sends. A segment's ends count
from the beginning of the round's data and may lie in earlier rounds. Prints "done PORT" after each.
"""

import fcntl
import json
import os
import select
import socket
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
PATIENCE = 5
early = {}  # connections that the kernel opened while the one before was not closed yet
PEER, KERNEL = (socket.inet_aton(address) for address in sys.argv[2:4])


def checksum(data):
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(ports, seq, ack, flags, data=b""):
    def tcp(check):
        rest = (seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 65535, check, 0)
        return struct.pack("!HHIIBBHHH", *ports, *rest) + data

    pseudo = PEER + KERNEL + struct.pack("!BBH", 0, socket.IPPROTO_TCP, 20 + len(data))
    body = tcp(checksum(pseudo + tcp(0)))

    def ip(check):
        length = 20 + len(body)
        return struct.pack("!BBHHHBBH", 0x45, 0, length, 1, 0, 64, 6, check) + PEER + KERNEL

    return ip(checksum(ip(0))) + body


class Connection:
    def __init__(self, fd, own_port):
        self.fd, self.ports, self.own_port = fd, None, own_port
        self.start = self.sent = 1_000_000_000  # sequence number of the first byte; of the next
        self.next = 0  # the kernel's next byte
        self.acked = 0
        self.stream = b""
        self.got = b""
        self.is_over = False

    def emit(self, flags, seq=None, data=b""):
        os.write(self.fd, packet(self.ports, self.sent if seq is None else seq, self.next, flags, data))

    def receive(self, timeout):
        """Takes one packet of the kernel's; False when none came."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return False
        raw = os.read(self.fd, 65536)
        if raw[0] >> 4 != 4 or raw[9] != socket.IPPROTO_TCP:
            return True
        tcp = raw[(raw[0] & 15) * 4 :]
        source, target, seq, ack, offset, flags = struct.unpack("!HHIIBB", tcp[:14])
        if target == self.own_port and (not self.ports or self.ports[1] == source):
            self.take(source, seq, ack, flags, tcp[(offset >> 4) * 4 :])
        elif flags & SYN:
            early[target] = (source, seq, ack, flags, b"")
        return True

    def take(self, source, seq, ack, flags, data):
        self.acked = ack
        self.is_over |= bool(flags & (FIN | RST))
        if flags & SYN and not self.next:
            self.ports, self.next = (self.own_port, source), seq + 1
            return
        if seq == self.next & 0xFFFFFFFF:
            self.got += data
            self.next += len(data) + bool(flags & FIN)
        if data or flags & FIN:
            self.emit(ACK)

    def wait(self, is_there):
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            if time.monotonic() > deadline:
                raise TimeoutError(f"port {self.own_port}: nothing came after {self.got[-200:]}")
            self.receive(0.1)

    def open_as_client(self, port):
        """Tries until the device is up and the server listens."""
        self.ports = (self.own_port, port)
        deadline = time.monotonic() + PATIENCE
        while not self.next:
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on port {port}")
            try:
                self.emit(SYN, self.start - 1)
                self.receive(0.05)
            except OSError:
                time.sleep(0.05)
        self.is_over = False
        self.emit(ACK)

    def open_as_server(self):
        if self.own_port in early:
            self.take(*early.pop(self.own_port))
        self.wait(lambda: self.ports)
        self.emit(SYN | ACK, self.start - 1)

    def read(self, until):
        self.wait(lambda: until in self.got)
        self.got = self.got[self.got.index(until) + len(until) :]

    def send(self, data, segments):
        base = len(self.stream)
        self.stream += data
        for begin, end in segments:
            piece = self.stream[base + begin : base + end]
            self.emit(ACK | PSH, self.start + base + begin, piece)
            while self.receive(0.002):
                pass
        self.sent = self.start + len(self.stream)
        self.wait(lambda: self.acked == self.sent & 0xFFFFFFFF)

    def close(self):
        self.emit(FIN | ACK)
        self.sent += 1
        self.wait(lambda: self.is_over)


def play(fd, story, number):
    is_client = story["role"] == "client"
    connection = Connection(fd, 20000 + number if is_client else story["port"])
    if is_client:
        connection.open_as_client(story["port"])
    else:
        connection.open_as_server()
    for one in story["rounds"]:
        data, until = one["data"].encode("latin1"), one["until"].encode("latin1")
        if is_client:
            connection.send(data, one["segments"])
            connection.read(until)
        else:
            connection.read(until)
            connection.send(data, one["segments"])
    if is_client:
        connection.close()
    else:
        connection.wait(lambda: connection.is_over)
        connection.emit(FIN | ACK)
    print(f"done {connection.own_port}", flush=True)


device = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", sys.argv[1].encode(), IFF_TUN | IFF_NO_PI))
print("ready", flush=True)
for count, each in enumerate(json.load(sys.stdin)):
    play(device, each, count)
