# SPDX-License-Identifier: Apache-2.0
"""tls.py DIR COMMAND... - tests each COMMAND ("prehup", or "qemu-aarch64-static prehup") with operators' TLS set-ups.

Each case and command has a server and a guest; all run at once.  The guest either gets its metadata or logs the
reason."""
import http.server
import json
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time

DIR, COMMANDS = sys.argv[1], sys.argv[2:]
ANSWER = json.dumps({"DescribeStackResourceResponse": {"DescribeStackResourceResult": {"StackResourceDetail": {
    "Metadata": {"a": 1}, "PhysicalResourceId": "id", "ResourceType": "OS::Heat::DeployedServer"}}}}).encode()
EC, RSA = ("ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"), ("rsa:2048",)


def openssl(*args):
    subprocess.run(["openssl", *args], cwd=DIR, check=True, stderr=subprocess.DEVNULL)


def certificate(name, names, by="ca", kind=EC, days="2"):
    """Creates NAME.pem with certificate and key."""
    openssl("req", "-newkey", *kind, "-nodes", "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name,
            "-addext", "subjectAltName=" + names)
    openssl("x509", "-req", "-in", name + ".csr", "-CA", by + ".crt", "-CAkey", by + ".key", "-CAcreateserial", "-copy_extensions", "copy",
            "-days", days, "-out", name + ".crt")
    with open("%s/%s.pem" % (DIR, name), "w") as f:
        f.write(open("%s/%s.crt" % (DIR, name)).read() + open("%s/%s.key" % (DIR, name)).read())


def authority(name):
    openssl("req", "-x509", "-newkey", *EC, "-nodes", "-keyout", name + ".key", "-out", name + ".crt", "-subj", "/CN=" + name, "-days", "2")


class Heat(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        s = self.connection
        self.server.seen = {"version": s.version(), "peer": dict(x[0] for x in (s.getpeercert() or {}).get("subject", ())), "sni": getattr(s, "sni", None)}
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Serves CONNECT; connects to this machine's loopback for every name."""
    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        self.server.seen.append(self.path)
        out = socket.create_connection(("127.0.0.1", int(self.path.rsplit(":", 1)[1])))
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()

        def pump(a, b):
            try:
                while True:
                    data = a.recv(65536)
                    if not data:
                        break
                    b.sendall(data)
            except OSError:
                pass
        t = threading.Thread(target=pump, args=(out, self.connection), daemon=True)
        t.start()
        pump(self.connection, out)
        out.close()
        self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args):
        pass  # the client logs its refusal


class Server6(Server):
    address_family = socket.AF_INET6


def serve(handler, address, context=None):
    server = (Server6 if ":" in address else Server)((address, 0), handler)
    server.seen = [] if handler is Proxy else {}
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def context(cert="server", version=None, client=False, by_name=None):
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    c.load_cert_chain("%s/%s.pem" % (DIR, cert))
    if version:
        c.minimum_version = c.maximum_version = version
    if client:
        c.verify_mode = ssl.CERT_REQUIRED
        c.load_verify_locations(DIR + "/ca.crt")
    if by_name:
        inner = context(by_name[1])

        def choose(s, name, _):
            s.sni = name
            if name == by_name[0]:
                s.context = inner
        c.sni_callback = choose
    return c


V13, V12 = ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2
# name: context, settings, the server's view or the guest's message, and the address (127.0.0.1).
CASES = {
    "a server of TLS 1.3 alone": ({"version": V13}, "", {"version": "TLSv1.3"}),
    "a server of TLS 1.2 alone": ({"version": V12}, "", {"version": "TLSv1.2"}),
    "an RSA key": ({"cert": "rsa"}, "", {}),
    "a client certificate, TLS 1.3": ({"client": True, "version": V13}, "client-cert = /client.pem\n", {"peer": {"commonName": "client"}}),
    "a client certificate, TLS 1.2": ({"client": True, "version": V12}, "client-cert = /client.pem\n", {"peer": {"commonName": "client"}}),
    "no client certificate where one is asked for": ({"client": True}, "", "TLS|unreachable"),
    "SNI": ({"cert": "elsewhere", "by_name": ("localhost", "localhost")}, "", {"sni": "localhost"}, "localhost"),
    "IPv6": ({}, "", {}, "::1"),
    "a proxy": ({"cert": "localhost"}, "proxy", {}, "heat.invalid"),
    "another authority": ({"cert": "stranger"}, "", "TLS"),
    "a certificate for another name": ({"cert": "elsewhere"}, "", "TLS"),
    "a certificate that has expired": ({"cert": "expired"}, "", "TLS"),
}


class Guest:
    def __init__(self, command, n, name, how, settings, wanted, at="127.0.0.1"):
        self.what, self.wanted = "%s: %s" % (command, name), wanted
        self.root = "%s/%d" % (DIR, n)
        self.server = serve(Heat, "::1" if at == "::1" else "127.0.0.1", context(**how))
        self.proxy = serve(Proxy, "127.0.0.1") if settings == "proxy" else None
        if self.proxy:
            settings = "proxy = http://127.0.0.1:%d\n" % self.proxy.server_address[1]
        self.put("etc/cfn/cfn-hup.conf", "[main]\nstack=s\ncredential-file=/etc/cfn/cred\n")
        self.put("etc/cfn/hooks.conf", "[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=echo hook >> %s/ran\n" % self.root)
        self.put("etc/cfn/cred", "AWSAccessKeyId=ak\nAWSSecretKey=sk\n")
        self.put("ca.crt", open(DIR + "/ca.crt").read())
        self.put("client.pem", open(DIR + "/client.pem").read())
        self.put("etc/prehup/prehup.conf", "[heat]\ninterval = 1\nmax-backoff = 1\nca-file = /ca.crt\n" + settings + "[collect]\ncollectors = memory\n")
        self.put("var/lib/heat-cfntools/cfn-metadata-server", "https://%s:%d/v1/" % ("[::1]" if at == "::1" else at, self.server.server_address[1]))
        self.process = subprocess.Popen(shlex.split(command) + ["run", "--sysroot", self.root], stderr=open(self.root + "/log", "w"),
                                        env={"PATH": os.environ["PATH"]})

    def put(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(text)

    def log(self):
        return open(self.root + "/log").read()

    def verdict(self):
        """Returns None if undecided, "" if correct, else the fault."""
        polled = "first metadata" in self.log()
        refused = re.search("Server: .*(%s)" % (self.wanted if isinstance(self.wanted, str) else "TLS|unreachable"), self.log())
        if isinstance(self.wanted, str):
            return "it takes what it should refuse" if polled else "" if refused else None
        if not polled:
            return "it refuses" if refused else None
        if self.proxy and not any(p.startswith("heat.invalid:") for p in self.proxy.seen):
            return "it went past the proxy"
        wrong = {k: self.server.seen.get(k) for k, v in self.wanted.items() if self.server.seen.get(k) != v}
        return "the server saw %s" % wrong if wrong else "" if os.path.exists(self.root + "/ran") else None


def ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        print("skipped IPv6: there is no ::1 here")
        return False


def main():
    authority("ca")
    authority("other")
    certificate("server", "IP:127.0.0.1,IP:::1")
    certificate("rsa", "IP:127.0.0.1", kind=RSA)
    certificate("client", "DNS:client")
    certificate("localhost", "DNS:localhost,DNS:heat.invalid")
    certificate("elsewhere", "DNS:elsewhere.example")
    certificate("stranger", "IP:127.0.0.1", by="other")
    certificate("expired", "IP:127.0.0.1", days="-1")
    if not ipv6():
        del CASES["IPv6"]
    guests = [Guest(c, i * len(CASES) + j, name, *case) for i, c in enumerate(COMMANDS) for j, (name, case) in enumerate(CASES.items())]
    end, failed = time.monotonic() + 120, 0
    try:
        while time.monotonic() < end and any(g.verdict() is None for g in guests):
            time.sleep(0.2)
        for g in guests:
            v = g.verdict()
            if v != "":
                failed += 1
                print("%s: %s\n%s" % (g.what, "nothing came of it" if v is None else v, g.log()))
    finally:
        for g in guests:
            g.process.terminate()
        for g in guests:
            g.process.wait()
    return failed


sys.exit(main() > 0)
