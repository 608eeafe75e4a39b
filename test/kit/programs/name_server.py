"""A name server whose answers are known by the names that it is asked for.

name_server.py HOST PORT     says `ready` when it listens

The first label decides: `slowN` is answered after N ms, `silent` never, `servfail`, `refused` and
`nxdomain` with that code, `noquestion` with FORMERR and no question, `twice` two times, `other` first
with another question, `caps` with capital letters, `truncated` with that flag, `manyN` with N
addresses; any other name with one.
"""
import re
import socket
import struct
import sys
import threading

CODES = {'noquestion': 1, 'servfail': 2, 'nxdomain': 3, 'refused': 5}


def question_of(message):
    at = 12
    while message[at]:
        at += 1 + message[at]
    return message[12:at + 5]


def answer(message, code=0, addresses=1, flags=0, question=None):
    question = question_of(message) if question is None else question
    addresses = 0 if code else addresses
    header = struct.pack('!2sHHHHH', message[:2], 0x8180 | flags | code, bool(question), addresses, 0, 0)
    address = b'\xc0\x0c' + struct.pack('!HHIH4s', 1, 1, 60, 4, bytes([10, 0, 0, 1]))
    return header + question + address * addresses


def serve(server, message, client):
    label = message[13:13 + message[12]].decode('latin-1')
    kind, number = re.fullmatch(r'(\D*)(\d*)', label).groups() if label.isalnum() else ('', '')
    say = lambda bytes: server.sendto(bytes, client)
    if kind == 'silent':
        return
    if kind == 'slow':
        threading.Timer(int(number) / 1000, say, [answer(message)]).start()
        return
    if kind == 'other':
        say(answer(message, question=b'\x05wrong\x04test\0' + question_of(message)[-4:]))
    if kind == 'caps':
        question = question_of(message)
        say(answer(message, question=question[:-4].upper() + question[-4:]))
        return
    if kind == 'noquestion':
        say(answer(message, 1, question=b''))
        return
    flags = 0x0200 if kind == 'truncated' else 0
    addresses = int(number) if kind == 'many' else 1
    for _ in range(2 if kind == 'twice' else 1):
        say(answer(message, CODES.get(kind, 0), addresses, flags))


host, port = sys.argv[1], int(sys.argv[2])
server = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE if hasattr(socket, 'SO_RCVBUFFORCE') else 33, 8 << 20)
server.bind((host, port))
print('ready', flush=True)
while True:
    message, client = server.recvfrom(65536)
    serve(server, message, client)
