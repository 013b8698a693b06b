# SPDX-License-Identifier: Apache-2.0
"""What the benches of polling share: the cloud they count at, and guests that poll it."""
import glob
import json
import os
import subprocess
import sys
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PREHUP = os.path.abspath(os.environ.get("PREHUP", HERE + "/../../build/prehup"))
ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "no_proxy": "127.0.0.1"}
STACK = "fleet/2f0c1d9e-5b0a-4d59-9d0e-2f8a3d6f7a11"
USER = "user_id = u\npassword = " + "x" * 32 + "\nproject_id = 5b1f0c0b6a4e4d0f9a53c64f4b3a2d10\nauth_url = URL/v3/\n"
started = []


def start(argv, log=None):
    """Whatever ends this bench ends what it has started."""
    out = open(log, "ab") if log else subprocess.DEVNULL
    p = subprocess.Popen(["setpriv", "--pdeathsig", "TERM"] + argv, env=ENV, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    if log:
        out.close()
    started.append(p)
    return p


def end(processes):
    for p in processes:
        if p.poll() is None:
            p.terminate()
    for p in processes:
        p.wait()
        started.remove(p)


def end_all(*_):
    end(list(started))


def wait(what, check, seconds=30):
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            sys.exit("bench: waited in vain for " + what)
        time.sleep(0.05)


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


def bench(name, value, unit):
    print("bench %s %s %s" % (name, "%.0f" % value if value >= 100 else "%.3g" % value, unit), flush=True)


class Cloud:
    def __init__(self, dir):
        start([sys.executable, HERE + "/cloud.py", dir + "/port"])
        wait("the cloud", lambda: os.path.exists(dir + "/port"))
        self.url = "http://127.0.0.1:" + open(dir + "/port").read()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(self, path):
        with self.opener.open(self.url + path, timeout=20) as r:
            return json.load(r)

    def count(self):
        return self.get("/_count")

    def settings(self, transport, local):
        """In os-collect-config.conf's form, which both agents read."""
        text = {
            "cfn": "metadata_url = URL/v1/\nstack_name = fleet\naccess_key_id = " + "a" * 32 + "\nsecret_access_key = " + "s" * 32 + "\npath = Server.Metadata\n",
            "heat": USER + "stack_id = " + STACK + "\nresource_name = Server\n",
            "request": "metadata_url = URL/swift/v1/AUTH_p/fleet/o?temp_url_sig=" + "0" * 40 + "&temp_url_expires=2147483646\n",
            "zaqar": USER + "queue_id = 0f3ad9a1-55b7-4d43-9f0f-3f3f1f9be7a5\n",
            "local": "path = %s\n" % local}[transport]
        return "[%s]\n%s" % (transport, text.replace("URL", self.url))


def cpu_ms(pid):
    """Of all threads of a process, as the scheduler has counted it."""
    return sum(int(open(f).read().split()[0]) for f in glob.glob("/proc/%d/task/*/schedstat" % pid)) / 1e6
