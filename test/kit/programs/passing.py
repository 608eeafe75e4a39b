"""Packets of others that pass this host: no socket of the host has anything to do with them.

passing.py IN OUT FAMILY PROTOCOL COUNT SIZE [PORTS [SEGMENTS]]

Writes packets into the TUN or TAP device IN and reads them from OUT again, where the host has forwarded
or bridged them: from 10.204.1.1 or fd00:204:1::1 to 10.204.2.1 or fd00:204:2::1, of UDP to so many ports
from 5700 on in turn, each with so many bytes behind its headers. With SEGMENTS each packet goes in as one
that is to be cut into so many, as virtual machines send them. Prints how many came out, and their bytes
from IP's header on.
"""
import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TUN, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 1, 2, 0x1000, 0x4000
NEEDS_CSUM, TCPV4, TCPV6 = 1, 1, 4
TCP, UDP, PROBE = 6, 17, 253
MACS = bytes.fromhex("02000000020a020000000101")


def device(name):
    kind = IFF_TAP if name.startswith("tap") else IFF_TUN
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), kind | IFF_NO_PI | IFF_VNET_HDR))
    return fd


def checksum(data):
    words = struct.unpack("!%dH" % (len(data) // 2), data)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def transport(protocol, port, payload):
    if protocol == TCP:
        return struct.pack("!HHIIBBHHH", 40000, port, 1, 1, 5 << 4, 16, 65535, 0, 0) + payload
    if protocol == UDP:
        return struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload
    return payload


def packet(family, protocol, body):
    if family == "ipv6":
        ends = [socket.inet_pton(socket.AF_INET6, "fd00:204:%d::1" % i) for i in (1, 2)]
        return struct.pack("!IHBB", 6 << 28, len(body), protocol, 64) + b"".join(ends) + body
    ends = b"".join(socket.inet_aton("10.204.%d.1" % i) for i in (1, 2))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + ends
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + body


def virtio(family, size, segments, link):
    """struct virtio_net_hdr"""
    if segments == 1:
        return bytes(10)
    ip = link + {"ipv4": 20, "ipv6": 40}[family]
    kind = {"ipv4": TCPV4, "ipv6": TCPV6}[family]
    return struct.pack("<BBHHHH", NEEDS_CSUM, kind, ip + 20, size // segments, ip, 16)


class Way:
    def __init__(self, source, target, family):
        self.source, self.target, self.family = device(source), device(target), family
        self.link = 14 if source.startswith("tap") else 0
        kind = {"ipv4": b"\x08\x00", "ipv6": b"\x86\xdd"}[family]
        self.ethernet = MACS + kind if self.link else b""

    def send(self, protocol, body, size=0, segments=1):
        head = virtio(self.family, size, segments, self.link) + self.ethernet
        os.write(self.source, head + packet(self.family, protocol, body))

    def receive(self, protocol, patience):
        """Bytes of the next packet of ours, or None."""
        while select.select([self.target], [], [], patience)[0]:
            got = os.read(self.target, 70000)[10 + self.link :]
            if self.family == "ipv4" and got[9] == protocol and got[12:16] == bytes([10, 204, 1, 1]):
                return len(got)
            if self.family == "ipv6" and got[6] == protocol and got[8:11] == bytes([0xFD, 0, 2]):
                return len(got)
        return None

    def open(self):
        """A device takes a while until it works."""
        for _ in range(200):
            self.send(PROBE, b"?" * 8)
            if self.receive(PROBE, 0.05):
                return
        sys.exit("nothing passes")


def main(source, target, family, protocol, count, size, ports=1, segments=1):
    way = Way(source, target, family)
    way.open()
    got = [0, 0]
    for i in range(count):
        way.send(protocol, transport(protocol, 5700 + i % ports, b"x" * size), size, segments)
        for _ in range(segments):
            length = way.receive(protocol, 5)
            if length is None:
                sys.exit("packet %d did not come out" % i)
            got = [got[0] + 1, got[1] + length]
    print("%d %d" % tuple(got), flush=True)


main(*sys.argv[1:4], *map(int, sys.argv[4:]))
