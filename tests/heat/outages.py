# SPDX-License-Identifier: Apache-2.0
"""Outages: engine and API stopped, signals interrupted, URLs expired.  Needs the rabbit flavour."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

from lab import HERE, Guest, Stack, filesystem, hook, outputs, running, scenarios, server_template, wait, waiting


def lab(*args):
    subprocess.run([HERE + "/lab", *args], check=True, stdout=subprocess.DEVNULL)


def logging_guest(name):
    """A stack, and a guest whose hook logs the metadata."""
    stack = Stack.complete(name, server_template({"rev": 1}))
    return stack, Guest(name, stack, hook("log", action="echo $CFN_NEW_METADATA >> @/ran"))


def test_stopped_engine_is_reported_and_the_change_arrives():
    stack, g = logging_guest("engine")
    with running(g):
        wait("the first run", lambda: g.lines("ran"))
        lab("stop", "heat-engine")
        wait("the report", lambda: g.source().get("state") == "engine-down", 60)
        print("     ", g.source()["last_error"])
        lab("start", "heat-engine")
        wait("the engine", lambda: g.source().get("state") == "ok", 60)
        stack.update(server_template({"rev": 2}))
        wait("the change", lambda: len(g.lines("ran")) == 2, 60)
        assert [json.loads(x)["rev"] for x in g.lines("ran")] == [1, 2]
        assert any("answers again after" in x for x in g.lines("log")), g.lines("log")


def test_stopped_api_is_reported_and_recovers():
    stack, g = logging_guest("api")
    with running(g):
        wait("the first run", lambda: g.lines("ran"))
        lab("stop", "heat-api-cfn")
        wait("the report", lambda: g.source().get("state") == "unreachable", 30)
        assert g.once().returncode == 1  # asks the daemon, which cannot poll either
        stack.update(server_template({"rev": 2}))
        lab("start", "heat-api-cfn")
        wait("the change", lambda: len(g.lines("ran")) == 2, 60)
    r = g.once()
    assert r.returncode == 0, r.stderr
    lab("stop", "heat-api-cfn")
    r = g.once()
    assert r.returncode == 1 and len(r.stderr.strip().splitlines()) == 1, r.stderr
    lab("start", "heat-api-cfn")
    assert len(g.lines("ran")) == 2


class Stall:
    """A proxy between agent and Heat that holds requests back until `open` is set."""

    def __init__(self, to):
        self.to, self.open, self.seen = to, threading.Event(), threading.Event()
        self.s = socket.create_server(("127.0.0.1", 0))
        self.port = self.s.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            c, _ = self.s.accept()
            threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        data = c.recv(65536)
        self.seen.set()
        if not self.open.is_set():
            time.sleep(30)
            c.close()
            return
        with socket.create_connection(self.to) as up:
            up.sendall(data)
            while True:
                d = up.recv(65536)
                if not d:
                    break
                c.sendall(d)
        c.close()


def signalled(name):
    """A stack that waits for a signal, and the URL of that."""
    stack = Stack(name, server_template({"rev": 1}, waiting(), outputs("cfn", Url="Handle", Data="Wait Data")))
    return stack, wait("the handle's URL", lambda: str(stack.outputs().get("Url", "")).startswith("http") and stack.outputs()["Url"])


def failing_guest(name, stack, url):
    """A guest whose disk is full from the start: it sends its signal as soon as it runs."""
    conf = ("[predict]\nwarmup = 0\nhorizon = 60\n[signal tell]\ntype = wait-condition\nurl = %s\n" % url.replace("%", "%%"))
    g = Guest(name, stack, hook("idle", action="true"), conf=conf)
    g.configure("collectors = filesystem\nfilesystems = /data\n", "collect")
    return g


@contextlib.contextmanager
def full(g):
    with filesystem(g, "size=1m"):
        with contextlib.suppress(OSError), open(g.path("data/f"), "wb", buffering=0) as f:
            while True:
                f.write(b"x" * 4096)
        yield


def test_signal_cut_off_by_kill_9_is_sent_after_restart():
    stack, url = signalled("spool")
    u = urllib.parse.urlsplit(url)
    stall = Stall((u.hostname, u.port))
    g = failing_guest("spool", stack, url)
    proxy = "proxy = http://127.0.0.1:%d\n" % stall.port  # the URL stays as it was signed
    g.configure(proxy, "heat")
    g.no_proxy = ""
    with full(g):
        try:
            g.start()
            wait("it is being sent", lambda: g.status() and any(q["sending"] for q in g.status()["signals"]["queue"]), 30)
        finally:
            g.stop(signal.SIGKILL)
    # The filesystem is gone, so that nothing is predicted a second time.
    assert os.listdir(g.path("var/lib/prehup/signals")), "it is on disk"
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace(proxy, ""))
    with running(g):
        stack.reach("CREATE_COMPLETE", 30)
        wait("an empty spool", lambda: not os.listdir(g.path("var/lib/prehup/signals")))
    assert "fs.used_ratio" in stack.outputs()["Data"]


def old_url(url, access, secret, age_s):
    """Returns the URL as if it had been signed so long ago."""
    u = urllib.parse.urlsplit(url)
    q = {"SignatureMethod": "HmacSHA256", "SignatureVersion": "2", "AWSAccessKeyId": access,
         "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age_s))}
    query = "&".join("%s=%s" % (k, urllib.parse.quote(q[k], safe="-_.~")) for k in sorted(q))
    text = "\n".join(["PUT", u.netloc, urllib.parse.unquote(u.path), query])
    sig = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return "%s://%s%s?%s&Signature=%s" % (u.scheme, u.netloc, u.path, query, urllib.parse.quote(sig, safe=""))


def test_signal_with_expired_url_is_reported_and_kept():
    stack, url = signalled("expired")
    keys = stack.keys()
    g = failing_guest("expired", stack, old_url(url, *keys, age_s=3600))
    os.unlink(g.path("etc/cfn/cfn-credentials"))  # with its keys it would sign the URL again
    with full(g):
        with running(g):
            s = wait("the first try", lambda: (lambda x: x if x and x["last_error"] else None)((g.status() or {}).get("signals")), 30)
            assert "15 minutes" in s["last_error"], s
            assert s["waiting"] == 1 and s["given_up"] == 0, s
            assert "Signature=" not in g.get("log") and keys[1] not in g.get("log")
        (kept,) = os.listdir(g.path("var/lib/prehup/signals"))
        assert os.stat(g.path("var/lib/prehup/signals/" + kept)).st_mode & 0o777 == 0o600


sys.exit(scenarios(sys.modules[__name__]) > 0)
