"""Datagrams whose number and size are known.

datagrams.py sink PORT               prints at its end how many it got, and their bytes
datagrams.py connected HOST PORT COUNT SIZE
datagrams.py sendto HOST PORT COUNT SIZE PORTS    to so many ports from PORT on, in turn
"""
import signal
import socket
import sys
import time


def family_of(host):
    return socket.AF_INET6 if ':' in host else socket.AF_INET


def sink(port):
    got = [0, 0]

    def tell(*_):
        print('%d %d' % tuple(got), flush=True)
        sys.exit()

    signal.signal(signal.SIGTERM, tell)
    receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    # SO_RCVBUFFORCE, which the module does not name
    receiver.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
    receiver.bind(('::', port))
    print('ready', flush=True)
    while True:
        got[1] += len(receiver.recv(65536))
        got[0] += 1


def send(host, port, count, size, ports=0):
    sender = socket.socket(family_of(host), socket.SOCK_DGRAM)
    payload = b'x' * size
    if not ports:
        sender.connect((host, port))
    for i in range(count):
        try:
            if ports:
                sender.sendto(payload, (host, port + i % ports))
            else:
                sender.send(payload)
        except ConnectionRefusedError:
            pass
        if i % 50 == 49:
            time.sleep(0.001)


how, *rest = sys.argv[1:]
if how == 'sink':
    sink(int(rest[0]))
elif how == 'connected':
    send(rest[0], *map(int, rest[1:4]))
else:
    send(rest[0], *map(int, rest[1:5]))
