"""A client whose threads say who asked: the path is /TID/NUMBER.

asking.py HOST PORT THREADS CONNECTIONS REQUESTS [--shared]

Each thread waits with an epoll of its own for the answers on its own connections; with --shared the
connections are a pool, and a thread takes one for each of its requests. Prints a line for each
exchange: the path and what the server answered.
"""

import queue
import select
import socket
import sys
import threading
import time

HOST, PORT = sys.argv[1], int(sys.argv[2])
THREADS, CONNECTIONS, REQUESTS = map(int, sys.argv[3:6])
SHARED = "--shared" in sys.argv
pool = queue.Queue()
lines = []


def ask(connection, number):
    path = f"/{threading.get_native_id()}/{number}"
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: asking.test\r\n\r\n".encode())
    return path


def read(connection, path):
    got = b""
    while b"\r\n\r\n" not in got or b" " not in got.split(b"\r\n\r\n")[1]:
        got += connection.recv(4096)
    lines.append(f"{path} {got.split(bytes(2 * [13, 10]))[1].decode()}")


def connect():
    return socket.create_connection((HOST, PORT))


def on_own_connections():
    waiting = select.epoll()
    mine = {connection.fileno(): connection for connection in [connect() for _ in range(CONNECTIONS)]}
    for fd in mine:
        waiting.register(fd, select.EPOLLIN)
    for number in range(REQUESTS):
        paths = {fd: ask(connection, f"{number}-{fd}") for fd, connection in mine.items()}
        while paths:
            for fd, _ in waiting.poll():
                read(mine[fd], paths.pop(fd))


def from_the_pool():
    for number in range(REQUESTS):
        connection = pool.get()
        read(connection, ask(connection, number))
        pool.put(connection)
        time.sleep(0.005)


for _ in range(CONNECTIONS if SHARED else 0):
    pool.put(connect())
work = from_the_pool if SHARED else on_own_connections
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("\n".join(lines))
