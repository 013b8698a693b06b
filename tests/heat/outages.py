# SPDX-License-Identifier: Apache-2.0
"""The bad days: engine and API stopped, signals cut off, URLs expired.  Wants the rabbit flavour."""
import base64
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

from lab import ENV, HERE, LAB, Guest, Stack, hook, running, scenarios, server_template, wait


def lab(*args):
    subprocess.run([HERE + "/lab", *args], check=True, stdout=subprocess.DEVNULL)


def test_a_stopped_engine_is_told_and_the_change_comes_through_after():
    stack = Stack("engine", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
    g = Guest("engine", stack, hook("log", action="echo $CFN_NEW_METADATA >> @/ran"))
    with running(g):
        wait("the first run", lambda: g.lines("ran"))
        lab("stop", "heat-engine")
        wait("told", lambda: g.source().get("state") == "engine-down", 60)
        print("     ", g.source()["last_error"])
        lab("start", "heat-engine")
        wait("the engine", lambda: g.source().get("state") == "ok", 60)
        stack.update(server_template({"rev": 2}))
        wait("the change", lambda: len(g.lines("ran")) == 2, 60)
        assert [json.loads(x)["rev"] for x in g.lines("ran")] == [1, 2]
        assert any("answers again after" in x for x in g.lines("log")), g.lines("log")
    stack.delete()


def test_a_stopped_api_is_told_and_recovers():
    stack = Stack("api", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
    g = Guest("api", stack, hook("log", action="echo $CFN_NEW_METADATA >> @/ran"))
    with running(g):
        wait("the first run", lambda: g.lines("ran"))
        lab("stop", "heat-api-cfn")
        wait("told", lambda: g.source().get("state") == "unreachable", 30)
        r = g.once()  # asks the daemon, which cannot poll either
        assert r.returncode == 1, r
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
    stack.delete()


class Stall:
    """Between agent and Heat: swallows what is sent until told to let it through."""

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


def handle_template(metadata):
    return server_template(metadata, {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"Type": "AWS::CloudFormation::WaitCondition",
                 "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": "1"}}},
        {"Url": {"Value": {"Ref": "Handle"}}, "Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}})


def failing_guest(name, stack, url):
    """A guest that is full from the start: its signal goes out as soon as it runs."""
    conf = ("[predict]\nwarmup = 0\nhorizon = 60\n[signal tell]\ntype = wait-condition\nurl = %s\n" % url.replace("%", "%%"))
    g = Guest(name, stack, hook("idle", action="true"), conf=conf)
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace(
        "[collect]\ninterval = 1\n", "[collect]\ninterval = 1\ncollectors = filesystem\nfilesystems = /data\n"))
    os.makedirs(g.path("data"))
    return g


def full(g):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", g.path("data")], check=True)
    try:
        with open(g.path("data/f"), "wb", buffering=0) as f:
            while True:
                f.write(b"x" * 4096)
    except OSError:
        pass


def test_kill_9_in_the_middle_of_a_signal_delivers_it_after_the_restart():
    stack = Stack("spool", handle_template({"rev": 1}))
    url = wait("the handle's URL", lambda: str(stack.outputs().get("Url", "")).startswith("http") and stack.outputs()["Url"])
    u = urllib.parse.urlsplit(url)
    stall = Stall((u.hostname, u.port))
    g = failing_guest("spool", stack, url)
    full(g)
    try:
        # the URL stays as it was signed; a proxy is the place to stall it
        g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace(
            "[heat]\n", "[heat]\nproxy = http://127.0.0.1:%d\n" % stall.port))
        os.environ["no_proxy"] = ""
        g.process = None
        env = os.environ.pop("no_proxy", None)
        log = open(g.path("log"), "a")
        from lab import PREHUP
        clean = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        g.process = subprocess.Popen([PREHUP, "run", "--sysroot", g.dir], stderr=log, env=clean, start_new_session=True)
        wait("it is being sent", lambda: g.status() and any(q["sending"] for q in g.status()["signals"]["queue"]), 30)
        g.stop(signal.SIGKILL)
        assert os.listdir(g.path("var/lib/prehup/signals")), "it is on disk"
        subprocess.run(["umount", g.path("data")], check=True)  # and cannot be predicted a second time
        g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace("proxy = http://127.0.0.1:%d\n" % stall.port, ""))
        with running(g):
            stack.reach("CREATE_COMPLETE", 30)
            wait("an empty spool", lambda: not os.listdir(g.path("var/lib/prehup/signals")))
        assert "fs.used_ratio" in stack.outputs()["Data"]
    finally:
        g.stop(signal.SIGKILL)
        subprocess.run(["umount", g.path("data")], stderr=subprocess.DEVNULL)
        if env is not None:
            os.environ["no_proxy"] = env
    stack.delete()


def old_url(url, access, secret, age_s):
    """The same URL, as it would be had it been signed long ago."""
    u = urllib.parse.urlsplit(url)
    q = {"SignatureMethod": "HmacSHA256", "SignatureVersion": "2", "AWSAccessKeyId": access,
         "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age_s))}
    query = "&".join("%s=%s" % (k, urllib.parse.quote(q[k], safe="-_.~")) for k in sorted(q))
    text = "\n".join(["PUT", u.netloc, urllib.parse.unquote(u.path), query])
    sig = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
    return "%s://%s%s?%s&Signature=%s" % (u.scheme, u.netloc, u.path, query, urllib.parse.quote(sig, safe=""))


def test_an_expired_url_is_told_in_plain_words_and_kept():
    stack = Stack("expired", handle_template({"rev": 1}))
    url = wait("the handle's URL", lambda: str(stack.outputs().get("Url", "")).startswith("http") and stack.outputs()["Url"])
    keys = stack.keys()
    g = failing_guest("expired", stack, old_url(url, *keys, age_s=3600))
    os.unlink(g.path("etc/cfn/cfn-credentials"))  # with its keys it would sign the URL anew
    full(g)
    try:
        with running(g):
            s = wait("the first try", lambda: (lambda x: x if x and x["last_error"] else None)((g.status() or {}).get("signals")), 30)
            assert "15 minutes" in s["last_error"], s
            assert s["waiting"] == 1 and s["given_up"] == 0, s
            assert "Signature=" not in g.get("log") and keys[1] not in g.get("log")
        assert len(os.listdir(g.path("var/lib/prehup/signals"))) == 1, "it is kept"
        mode = os.stat(g.path("var/lib/prehup/signals/" + os.listdir(g.path("var/lib/prehup/signals"))[0])).st_mode
        assert mode & 0o777 == 0o600
    finally:
        subprocess.run(["umount", g.path("data")])
    stack.delete()


sys.exit(scenarios(sys.modules[__name__]) > 0)
