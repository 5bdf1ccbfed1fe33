"""Serves HTTP/1.1 until it is ended, and tells its port, then of each request: METHOD PATH X-TEST BODY."""
import http.server


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        print(self.command, self.path, self.headers.get("X-Test", "-"), body or "-", flush=True)
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", "6")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"hello\n")

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
