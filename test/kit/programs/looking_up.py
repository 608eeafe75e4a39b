"""Asks a name server; prints what came of it, a line of JSON for each question.

looking_up.py connected|sendto HOST PORT NAME/TYPE/COUNT...    one question after the other
looking_up.py rounds HOST PORT FILE NAME/TYPE/COUNT...         the same, and again once that file is there
looking_up.py again HOST PORT NAME TIMES     the same question so often, then waits for one answer
looking_up.py reuse HOST PORT NAME/TYPE...        each with the same id over one socket, waiting for the last
looking_up.py flood HOST PORT NAME COUNT     so many questions at once, without waiting
looking_up.py raw HOST PORT                  sends the messages that stand on its input in hex, a line each

It waits two seconds for an answer.
"""
import json
import os
import socket
import struct
import sys
import time

WAIT = 2


def question(name, kind=1):
    labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.') if label)
    return labels + b'\0' + struct.pack('!HH', kind, 1)


def query(ident, name, kind=1):
    return struct.pack('!HHHHHH', ident, 0x0100, 1, 0, 0, 0) + question(name, kind)


class Asker:
    def __init__(self, host, port, connected):
        self.peer = None if connected else (host, port)
        self.socket = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(WAIT)
        if connected:
            self.socket.connect((host, port))

    def send(self, message):
        if self.peer:
            self.socket.sendto(message, self.peer)
        else:
            self.socket.send(message)

    def lookup(self, ident, name, kind, times=1):
        asked = time.monotonic()
        for _ in range(times):
            self.send(query(ident, name, kind))
        told = {'name': name, 'code': None}
        try:
            while True:
                message = self.socket.recv(65536)
                _, flags, _, answers = struct.unpack('!HHHH', message[:8])
                echoed = message[12:12 + len(question(name, kind))].lower()
                if message[:2] != struct.pack('!H', ident) or echoed not in (b'', question(name, kind).lower()):
                    continue
                told.update(code=flags & 15, answers=answers, truncated=bool(flags & 0x200))
                break
        except (socket.timeout, ConnectionRefusedError):
            pass
        print(json.dumps({**told, 'seconds': time.monotonic() - asked}), flush=True)


def lookup_all(items):
    ident = 0
    for item in items:
        name, kind, count = item.split('/')
        for _ in range(int(count)):
            ident += 1
            asker.lookup(ident, name, int(kind))


how, host, port, *rest = sys.argv[1:]
asker = Asker(host, int(port), how not in ('sendto', 'raw'))
if how == 'again':
    asker.lookup(7, rest[0], 1, int(rest[1]))
elif how == 'reuse':
    questions = [(name, int(kind)) for name, kind in (item.split('/') for item in rest)]
    for name, kind in questions[:-1]:
        asker.send(query(7, name, kind))
    asker.lookup(7, *questions[-1])
elif how == 'flood':
    for ident in range(int(rest[1])):
        asker.send(query(ident, rest[0]))
elif how == 'raw':
    for count, line in enumerate(sys.stdin):
        asker.send(bytes.fromhex(line.strip()))
        if count % 50 == 49:
            time.sleep(0.001)
elif how == 'rounds':
    lookup_all(rest[1:])
    print('warm', flush=True)
    while not os.path.exists(rest[0]):
        time.sleep(0.01)
    lookup_all(rest[1:])
    print('done', flush=True)
else:
    lookup_all(rest)
