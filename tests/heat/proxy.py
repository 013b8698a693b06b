# SPDX-License-Identifier: Apache-2.0
"""A proxy between the agent and Heat, Keystone, Zaqar and Swift that forwards requests and injects faults.

An ordinary HTTP proxy ([heat] proxy) to this machine's loopback and nowhere else, so addresses and signatures stay the
services' own.  Each request is
of a kind; a fault is in force for a kind until it is lifted.  Faults that end in "-late" let the service do
its work first: the answer is what gets lost."""
import collections
import http.client
import socket
import struct
import threading
import time
import urllib.parse

KINDS = (  # kind, method, part of its path or query
    ("keystone", "POST", "/auth/tokens"), ("claim", "POST", "/claims"), ("peek", "GET", "include_claimed="),
    ("delete", "DELETE", "/messages/"), ("sig-zaqar", "POST", "/messages"), ("sig-cfn", "", "/v1/signal/"),
    ("sig-cfn", "", "/v1/waitcondition/"), ("sig-heat", "POST", "/signal"), ("cfn", "GET", "Action=DescribeStackResource"),
    ("look", "GET", "/resources/Handle/metadata"), ("metadata", "GET", "/metadata"),
    ("temp-put", "PUT", "temp_url_sig="), ("temp-get", "GET", "temp_url_sig="))

# Statuses that a service or gateway returns, and the headers beside each.
STATUSES = {"301": "Location: http://127.0.0.1:1/stolen\r\n", "302": "Location: http://127.0.0.1:1/stolen\r\n", "304": "",
            "400": "", "401": "WWW-Authenticate: Keystone uri='x'\r\n", "403": "", "404": "", "405": "", "407": "", "408": "", "409": "",
            "410": "", "413": "", "429": "Retry-After: 1\r\n", "500": "", "502": "", "503": "Retry-After: 1\r\n", "504": "", "505": ""}
DEATHS = ("reset", "reset-late", "close", "close-late", "cut-head-late", "cut-body-late", "cut-chunk-late", "504-late", "stall", "stall-late",
          "trickle-late", "oversize-late", "no-json-late", "html", "html-late", "not-http", "status-0", "status-999", "no-tls", "endless-head")
FAULTS = tuple(STATUSES) + DEATHS


def kind_of(method, target):
    for kind, verb, part in KINDS:
        if verb in ("", method) and part in target:
            return kind
    return "other"


class Proxy:
    def __init__(self):
        self.lock, self.faults, self.turns, self.rows = threading.Lock(), {}, {}, {}
        self.seen, self.failed, self.port = collections.Counter(), collections.Counter(), 0
        self.listen()

    def fault(self, kind, fault, times=None):
        """Injects a fault until it is lifted, or for so many requests."""
        with self.lock:
            self.faults[kind] = [fault, times]

    def each(self, kind, faults):
        """Injects a different fault, once, for every address of this kind; returns address -> fault, which grows."""
        with self.lock:
            self.turns[kind] = (list(faults), {})
        return self.turns[kind][1]

    def series(self, kind, faults):
        """Injects these faults for the first requests of this kind; None: the request passes."""
        with self.lock:
            self.rows[kind] = list(faults)

    def lift(self):
        with self.lock:
            self.faults.clear()

    def refuse(self):
        """Closes the listening socket."""
        self.open = False
        self.server.close()

    def listen(self):
        self.server, self.open = socket.create_server(("127.0.0.1", self.port)), True
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def pick(self, kind, path):
        with self.lock:
            self.seen[kind] += 1
            fault = None
            if self.rows.get(kind):
                fault = self.rows[kind].pop(0)
            elif kind in self.turns:
                left, had = self.turns[kind]
                if path not in had and left:
                    had[path] = fault = left.pop(0)
            elif kind in self.faults:
                fault, times = self.faults[kind]
                if times == 1:
                    del self.faults[kind]
                elif times:
                    self.faults[kind][1] -= 1
            if fault:
                self.failed[kind] += 1
            return fault

    def accept(self):
        server = self.server
        while True:
            try:
                c, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self.connection, args=(c,), daemon=True).start()

    def connection(self, c):
        f = c.makefile("rb")
        try:
            while self.one(c, f):
                pass
        except OSError:
            pass
        finally:
            f.close()
            c.close()

    def one(self, c, f):
        """Serves a request; returns True if another may follow on the same connection."""
        line = f.readline(65536).decode("latin-1").split()
        if len(line) != 3:
            return False
        head = http.client.parse_headers(f)
        body = f.read(int(head.get("Content-Length", 0)))
        url = urllib.parse.urlsplit(line[1])
        path = url.path + ("?" + url.query if url.query else "")
        fault = self.pick(kind_of(line[0], path), url.path)
        if not self.open or url.hostname != "127.0.0.1":
            return False
        if not fault:
            c.sendall(self.forward(line[0], url.netloc, path, head, body))
            return True
        answer = b""
        del head["If-Modified-Since"], head["If-None-Match"]  # so that there is a body to cut
        if fault.endswith("-late"):
            answer = self.forward(line[0], url.netloc, path, head, body)
        fail(c, fault.removesuffix("-late"), answer)
        return False

    def forward(self, method, where, path, head, body):
        up = http.client.HTTPConnection(where, timeout=60)
        up.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for k, v in head.items():
            if not k.lower().startswith("proxy-"):
                up.putheader(k, v)
        up.endheaders(body or None)
        r = up.getresponse()
        data = r.read()
        up.close()
        lines = ["HTTP/1.1 %d %s" % (r.status, r.reason)]
        lines += ["%s: %s" % (k, v) for k, v in r.getheaders() if k.lower() not in ("connection", "transfer-encoding", "content-length")]
        if r.status not in (204, 304):
            lines.append("Content-Length: %d" % len(data))
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def fail(c, fault, answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b"\r\n")[0] or b"HTTP/1.1 200 OK"
    good = b"\r\n".join(x for x in head.split(b"\r\n") if not x.lower().startswith(b"content-length")) + b"\r\n" if head else status + b"\r\n"
    if fault == "reset":
        c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif fault == "close":
        pass
    elif fault == "cut-head":
        c.sendall(head[:len(head) // 2])
    elif fault == "cut-body":
        c.sendall(good + b"Content-Length: %d\r\n\r\n" % (len(body) + 100) + body[:len(body) // 2])
    elif fault == "cut-chunk":
        c.sendall(good + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % (len(body) + 100) + body[:len(body) // 2])
    elif fault == "stall":
        c.settimeout(20)
        c.recv(1)  # until the agent gives up
    elif fault == "trickle":
        for b in answer:
            c.sendall(bytes((b,)))
            time.sleep(0.1)
    elif fault == "oversize":
        c.sendall(good + b"\r\n")
        for _ in range(80):
            c.sendall(b" " * 65536)
    elif fault == "no-json":
        c.sendall(good + b"Content-Length: 8\r\n\r\n" + b'{"a": [1')
    elif fault == "html":
        c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 27\r\n\r\n<html>please log in</html>\n")
    elif fault == "not-http":
        c.sendall(b"220 mail.example ESMTP\r\n")
    elif fault == "no-tls":
        c.sendall(b"\x15\x03\x01\x00\x02\x02\x46")
    elif fault == "status-0":
        c.sendall(b"HTTP/1.1 abc Nonsense\r\nContent-Length: 0\r\n\r\n")
    elif fault == "endless-head":
        c.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(40):
            c.sendall(b"X-More: " + b"x" * 16000 + b"\r\n")
    else:
        n = fault.removeprefix("status-")
        text = b'{"error": {"message": "as told"}}'
        more = STATUSES.get(n, "").encode()
        c.sendall(b"HTTP/1.1 %s As Told\r\n%s" % (n.encode(), more) +
                  (b"\r\n" if n == "304" else b"Content-Length: %d\r\n\r\n%s" % (len(text), text)))
