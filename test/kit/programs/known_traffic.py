"""TCP connections of which everything is known: 1000 bytes there, 5000 back, and the end.

  known_traffic.py serve PORT
  known_traffic.py connect HOST PORT WARM COUNT CLOSED GO
      WARM connections, one failure at port CLOSED, "warm"; when the file GO is there, COUNT
      connections and four failures, "done"
"""

import os
import socket
import sys
import threading
import time

ASKED = 1000
ANSWERED = 5000


def read(connection, count):
    while count > 0:
        count -= len(connection.recv(count))


def answer(connection):
    with connection:
        read(connection, ASKED)
        connection.sendall(b"a" * ANSWERED)


def serve(port):
    with socket.create_server(("0.0.0.0", port), backlog=512) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=answer, args=(connection,)).start()


def connect(host, port, count):
    for _ in range(count):
        with socket.create_connection((host, port)) as connection:
            connection.sendall(b"q" * ASKED)
            read(connection, ANSWERED)


def fail(host, port, count):
    for _ in range(count):
        try:
            socket.create_connection((host, port)).close()
        except ConnectionRefusedError:
            pass


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
host, port, warm, count, closed, go = sys.argv[2:]
connect(host, int(port), int(warm))
fail(host, int(closed), 1)
print("warm")
while not os.path.exists(go):
    time.sleep(0.1)
connect(host, int(port), int(count))
fail(host, int(closed), 4)
print("done")
time.sleep(600)
