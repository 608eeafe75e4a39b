"""Opens COUNT connections to HOST PORT one after the other; over each goes SIZE bytes there and 3 back.

short_connections.py serve PORT
short_connections.py HOST PORT COUNT SIZE
short_connections.py hold HOST PORT COUNT SIZE    all at once, and they stay open
"""
import signal
import socket
import sys


def read_all(connection):
    while connection.recv(65536):
        pass


if sys.argv[1] == 'serve':
    listener = socket.create_server(('', int(sys.argv[2])), backlog=512)
    print('ready', flush=True)
    while True:
        connection, _ = listener.accept()
        read_all(connection)
        connection.sendall(b'bye')
        connection.close()

if sys.argv[1] == 'hold':
    host, port, count, size = sys.argv[2], *map(int, sys.argv[3:])
    held = [socket.create_connection((host, port)) for _ in range(count)]
    for connection in held:
        connection.sendall(b'x' * size)
    print('ready', flush=True)
    signal.pause()

host, port, count, size = sys.argv[1], *map(int, sys.argv[2:])
for _ in range(count):
    with socket.create_connection((host, port)) as connection:
        connection.sendall(b'x' * size)
        connection.shutdown(socket.SHUT_WR)
        read_all(connection)
