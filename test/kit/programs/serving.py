"""A server whose processes and threads say who answered: the body is "PID TID".

serving.py HOST PORT [--processes N] [--threads N] [--shared] [--late SECONDS]

Each process listens for itself (SO_REUSEPORT). Each thread waits with an epoll of its own for its
own connections; with --shared all threads of a process wait for all connections together, and
whoever is free takes the next request (EPOLLONESHOT). With --late, a request waits that long in the
kernel before it is read.
"""

import argparse
import ctypes
import os
import select
import signal
import socket
import threading
import time

PR_SET_PDEATHSIG = 1


def listen(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.listen(64)
    listener.setblocking(False)
    return listener


def answer(connection, late):
    """Reads one request and answers it; False at the end of the connection."""
    time.sleep(late)
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(65536)
        if not data:
            return False
        request += data
    body = f"{os.getpid()} {threading.get_native_id()}"
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall((head + body).encode())
    return True


def work(listener, waiting, connections, options):
    flags = select.EPOLLIN | (select.EPOLLONESHOT if options.shared else 0)
    while True:
        for fd, _ in waiting.poll(maxevents=1):
            if fd == listener.fileno():
                accept(listener, waiting, connections, flags)
            elif answer(connections[fd], options.late):
                # The next request is another thread's where there is one.
                time.sleep(0.005 if options.shared else 0)
                waiting.modify(fd, flags)
            else:
                waiting.unregister(fd)
                connections.pop(fd).close()


def accept(listener, waiting, connections, flags):
    try:
        connection, _ = listener.accept()
    except BlockingIOError:
        return
    connection.setblocking(True)
    connections[connection.fileno()] = connection
    waiting.register(connection, flags)


def serve(listener, options):
    shared = select.epoll()
    connections = {}
    for number in range(options.threads):
        waiting = shared if options.shared else select.epoll()
        if not options.shared or number == 0:
            waiting.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        mine = connections if options.shared else {}
        arguments = (listener, waiting, mine, options)
        threading.Thread(target=work, args=arguments, daemon=True).start()
    signal.pause()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--shared", action="store_true")
    parser.add_argument("--late", type=float, default=0)
    options = parser.parse_args()
    listeners = [listen(options.host, options.port) for _ in range(options.processes)]
    for listener in listeners[1:]:
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            serve(listener, options)
    serve(listeners[0], options)


main()
