# A small service for a test: `python3 orders.py PORT`. The same in Go and Node stands beside it.
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Orders(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        if self.path.startswith('/orders/'):
            self.answer(200, 'x' * 100)
        elif self.path == '/fail':
            self.answer(500, 'failed')
        elif self.path == '/slow':
            time.sleep(0.12)
            self.answer(200, 'slow')
        else:
            self.answer(404, 'nothing')

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.answer(201, 'created')

    def answer(self, status, text):
        self.send_response(status)
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Orders).serve_forever()
