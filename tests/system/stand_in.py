# SPDX-License-Identifier: Apache-2.0
"""Stands in for Heat, with faults that the real one does not show on demand.

stand_in.py DIR [CERT KEY]: each request is answered as the word in DIR/mode says; the metadata of good answers is
DIR/metadata; signals are noted in DIR/requests, and where to in DIR/paths; its clock is DIR/skew seconds off;
Keystone is at /v3 and gives out DIR/catalog (this very address) as where Heat is.  The good answer and the errors are the real Heat's
(Debian 12), as recorded."""
import contextlib
import json
import os
import socket
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIR = sys.argv[1]
DENIED = b"<ErrorResponse><Error><Message>User is not authorized to perform action</Message><Code>AccessDenied</Code><Type>Sender</Type></Error></ErrorResponse>"

FORBIDDEN = b"<ErrorResponse><Error><Message>User is not authorized to perform action: You are not authorized to use this action</Message></Error></ErrorResponse>"
POLICY = b"<ErrorResponse><Error><Message>Action DescribeStackResource not allowed for user</Message></Error></ErrorResponse>"
UNSIGNED = b"<ErrorResponse><Error><Message>The request signature does not conform to AWS standards</Message><Code>IncompleteSignature</Code></Error></ErrorResponse>"
FORMAT = b"<ErrorResponse><Error><Message>ValueError: resources.H: Metadata format invalid</Message></Error></ErrorResponse>"
ELSEWHERE = {"Location": "http://127.0.0.1:1/stolen"}
# The answers of each mode to polls and to signals: status, body, headers.
ANSWERS = {
    "policy": (403, POLICY), "forbidden": (403, FORBIDDEN), "denied": (403, DENIED), "401": (401, b"who are you?"),
    "busy": (503, b"", {"Retry-After": "1"}), "empty-500": (500, b""), "redirect": (302, b"", ELSEWHERE),
    "no-resource": (200, b'"The Resource (Server) could not be found in Stack s."'),
    "string": (200, b'"The Stack (s) could not be found."'),
    "html": (200, b"<html>please log in</html>"), "deep": (200, b"[" * 200000)}
TO_SIGNALS = {
    "denied": (403, DENIED), "expired": (403, DENIED), "not-found": (404, b""), "redirect": (302, b"", ELSEWHERE),
    "busy": (503, b"", {"Retry-After": "1"}), "format": (500, FORMAT), "format-native": (500, FORMAT),
    "portal": (200, b"<!DOCTYPE html><html>please log in</html>")}
# The bytes that a mode writes before it hangs up: once, then others so many times.
CUT = {"half-head": (b"HTTP/1.1 200 OK\r\nContent-Le",), "no-http": (b"220 mail.example ESMTP\r\n",),
       "huge": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (1 << 20), 100),
       "endless-head": (b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 16000 + b"\r\n", 100)}
SIGNED_ONLY = ("ok", "denied", "policy", "forbidden", "string", "no-resource", "no-object", "deep", "huge", "half")


def word(name, default):
    try:
        return open(DIR + "/" + name).read().strip()
    except FileNotFoundError:
        return default


def mode():
    return open(DIR + "/mode").read().strip()


class Heat(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string((timestamp or time.time()) + int(word("skew", "0")))

    def keystone(self, m):
        """Answers with the version, or with a token and catalogue to a login."""
        where = word("catalog", "http://%s" % self.headers["Host"])
        if self.command == "GET":
            self.answer(200, b'{"version": {"id": "v3.14"}}')
        elif m == "denied":
            self.answer(401, b"{}")
        else:
            token = {"expires_at": "2099-01-01T00:00:00.000000Z", "catalog": [
                {"type": t, "endpoints": [{"interface": "public", "region_id": "R", "url": where + "/v1/p"}]} for t in ("orchestration", "messaging")]}
            self.answer(201, json.dumps({"token": token}).encode(), {"X-Subject-Token": "very-secret-token"})

    def native(self, m):
        if m in ("forbidden", "no-stack", "no-resource"):
            text = {"forbidden": "not allowed", "no-stack": "The Stack (s) could not be found.", "no-resource": "The Resource (r) could not be found"}[m]
            self.answer(403 if m == "forbidden" else 404, json.dumps({"error": {"message": text}}).encode())
        else:
            self.answer(200, json.dumps({"metadata": json.load(open(DIR + "/metadata"))}).encode())

    def answer(self, status, body, head=None):
        self.send_response(status)
        for k, v in (head or {}).items():
            self.send_header(k, v)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def good(self, metadata=None):
        if metadata is None:
            metadata = json.load(open(DIR + "/metadata"))
        return json.dumps({"DescribeStackResourceResponse": {"DescribeStackResourceResult": {"StackResourceDetail": {
            "Metadata": metadata, "PhysicalResourceId": "id", "ResourceType": "OS::Heat::DeployedServer"}}}}).encode()

    def do_GET(self):
        m = mode()
        if m in SIGNED_ONLY + ("no-stack",) and self.path.startswith("/v3"):
            self.keystone(m)
        elif m in SIGNED_ONLY + ("no-stack",) and "/stacks/" in self.path:
            self.native(m)
        elif m in SIGNED_ONLY and "Signature" not in self.path and "Authorization" not in self.headers:
            self.answer(400, UNSIGNED)
        elif m == "ok":
            self.answer(200, self.good())
        elif m in ANSWERS:
            self.answer(*ANSWERS[m])
        elif m == "no-object":
            self.answer(200, self.good([1]))
        elif m == "half":
            self.cut(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + self.good()[:50])
        elif m == "hang":
            time.sleep(20)
            self.close_connection = True
        elif m == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.close()
            self.close_connection = True
        elif m in CUT:
            self.cut(*CUT[m])

    def cut(self, text, more=b"", times=0):
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.write(text)
            for _ in range(times):
                self.wfile.write(more)

    def signal(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        m = mode()
        if self.path.startswith("/v3"):
            self.keystone(m)
            return
        with open(DIR + "/requests", "a") as f:
            f.write("%s %s %s %s\n" % (m, self.command, self.headers.get("Content-Type"), body))
        with open(DIR + "/paths", "a") as f:
            f.write("%s %s %s\n" % (self.command, self.path, self.headers.get("X-Auth-Token", "-")))
        if m == "ok" or (m == "expired" and "AWSAccessKeyId=ak&" in self.path) or (m == "format-native" and '"status"' in body):
            self.answer(200, b"<resource>Handle</resource>")
        elif m in TO_SIGNALS:
            self.answer(*TO_SIGNALS[m])
        elif m == "half-head":
            self.cut(*CUT[m])
        elif m in ("hang", "reset"):
            time.sleep(20 if m == "hang" else 0)
            self.close_connection = True

    do_PUT = do_POST = signal


server = ThreadingHTTPServer(("127.0.0.1", 0), Heat)
server.daemon_threads = True
server.handle_error = lambda *args: None  # a closed connection is reported by the client
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
os.close(1)
server.serve_forever()
