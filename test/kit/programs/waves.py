"""Traffic in waves from one process: at each SIGUSR1 so many connections and datagrams, each of a socket of its own.

waves.py HOST PORT CONNECTIONS DATAGRAMS SIZE    to short_connections.py and datagrams.py at that port
"""
import signal
import socket
import sys

host, *numbers = sys.argv[1:]
port, connections, datagrams, size = map(int, numbers)


def connect():
    with socket.create_connection((host, port)) as connection:
        connection.sendall(b'x' * size)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(100):
            pass


def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b'x' * size, (host, port))


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
print('ready', flush=True)
wave = 0
while True:
    signal.sigwait([signal.SIGUSR1])
    wave += 1
    for _ in range(connections):
        connect()
    for _ in range(datagrams):
        send()
    print('wave %d' % wave, flush=True)
