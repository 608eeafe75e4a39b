"""TCP connections that open in an unusual way. Each answer's body is the request's path.

opening.py server HOST PORT [--deferred] [--fastopen]
opening.py client HOST PORT COUNT [--fastopen]

With --deferred, a connection is accepted only when its first request is there (TCP_DEFER_ACCEPT);
with --fastopen, the first request travels in the SYN where the kernel allows it. The client sends two
requests over each of COUNT connections.
"""

import socket
import sys
import threading

ROLE, HOST, PORT = sys.argv[1], sys.argv[2], int(sys.argv[3])
FAMILY = socket.AF_INET6 if ":" in HOST else socket.AF_INET


def answer(connection):
    got = b""
    while True:
        while b"\r\n\r\n" not in got:
            data = connection.recv(65536)
            if not data:
                connection.close()
                return
            got += data
        head, got = got.split(b"\r\n\r\n", 1)
        path = head.split(b" ")[1]
        length = f"Content-Length: {len(path)}\r\n\r\n".encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + path)


def serve():
    listener = socket.socket(FAMILY)
    if "--deferred" in sys.argv:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 5)
    if "--fastopen" in sys.argv:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 16)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, PORT))
    listener.listen(256)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: opening.test\r\n\r\n".encode()


def read(connection, path):
    got = b""
    while not got.endswith(b"\r\n\r\n" + path.encode()):
        got += connection.recv(65536)


def ask(number):
    connection = socket.socket(FAMILY)
    path = f"/{number}/x" + "x" * number
    if "--fastopen" in sys.argv:
        connection.sendto(request(path), socket.MSG_FASTOPEN, (HOST, PORT))
    else:
        connection.connect((HOST, PORT))
        connection.sendall(request(path))
    read(connection, path)
    connection.sendall(request(path + "/again"))
    read(connection, path + "/again")
    connection.close()


if ROLE == "server":
    serve()
for count in range(int(sys.argv[4])):
    ask(count)
