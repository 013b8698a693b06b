# SPDX-License-Identifier: Apache-2.0
"""Tools of the scenarios: identities, stacks, waiting with a deadline, guests."""
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import requests

LAB = os.environ["LAB"]
HERE = os.path.dirname(os.path.abspath(__file__))
ENV = dict(w.split("=", 1) for w in open(LAB + "/env").read().split()) if os.path.exists(LAB + "/env") else {}
PREHUP = os.path.abspath(os.environ.get("PREHUP", HERE + "/../../build/prehup"))
# As Heat writes it for cfn-hup.
BOTO = "[Boto]\ndebug = 0\nis_secure = 0\nhttps_validate_certificates = 1\ncfn_region_name = heat\ncfn_region_endpoint = 127.0.0.1\n"
http = requests.Session()
http.trust_env = False
http.verify = LAB + "/cert.pem" if os.path.exists(LAB + "/cert.pem") else True


def call(method, url, token=None, body=None, ok=(200, 201, 202, 204, 300)):
    head = {"X-Auth-Token": token} if token else {}
    r = http.request(method, url, headers=head, json=body, timeout=120)
    if ok and r.status_code not in ok:
        raise RuntimeError("%s %s: %d %s" % (method, url, r.status_code, r.text[:300]))
    return r


def login(user, project, domain="default"):
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": user, "domain": {"id": domain}, "password": ENV["PASSWORD"]}}},
        "scope": {"project": {"name": project, "domain": {"id": "default"}}}}}
    r = call("POST", ENV["KS"] + "/auth/tokens", body=body)
    return r.headers["X-Subject-Token"], r.json()["token"]["project"]["id"]


def identities():
    """Creates the roles, users, domain and catalogue that Heat needs in Keystone."""
    token, _ = login("admin", "admin")

    def make(kind, **what):
        return call("POST", "%s/%ss" % (ENV["KS"], kind), token, {kind: what}).json()[kind]["id"]

    def put(path):
        call("PUT", ENV["KS"] + path, token)
    role = {r["name"]: r["id"] for r in call("GET", ENV["KS"] + "/roles", token).json()["roles"]}
    for name in ("service", "heat_stack_user", "heat_stack_owner"):
        role[name] = make("role", name=name)
    service = make("project", name="service", domain_id="default")
    demo = make("project", name="demo", domain_id="default")
    domain = make("domain", name="heat")
    heat = make("user", name="heat", domain_id="default", password=ENV["PASSWORD"])
    admin = make("user", name="heat_domain_admin", domain_id=domain, password=ENV["PASSWORD"])
    user = make("user", name="demo", domain_id="default", password=ENV["PASSWORD"])
    for r in ("admin", "service"):
        put("/projects/%s/users/%s/roles/%s" % (service, heat, role[r]))
    put("/domains/%s/users/%s/roles/%s" % (domain, admin, role["admin"]))
    for r in ("member", "heat_stack_owner"):
        put("/projects/%s/users/%s/roles/%s" % (demo, user, role[r]))
    services = [("heat", "orchestration", ENV["HEAT"] + "/%(tenant_id)s"),
                ("heat-cfn", "cloudformation", ENV["CFN"].rstrip("/"))]
    if "ZAQAR" in ENV:
        services.append(("zaqar", "messaging", ENV["ZAQAR"]))
    if "SWIFT" in ENV:
        services.append(("swift", "object-store", ENV["SWIFT"] + "/v1/AUTH_%(tenant_id)s"))
    for name, kind, url in services:
        sid = make("service", name=name, type=kind)
        for face in ("public", "internal", "admin"):
            make("endpoint", service_id=sid, interface=face, region_id="RegionOne", url=url)


def wait(what, check, seconds=60, every=0.1):
    """Returns the result of check() as soon as it is true."""
    end = time.monotonic() + seconds
    while True:
        v = check()
        if v:
            return v
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain for: %s" % (seconds, what))
        time.sleep(every)


class Stack:
    made = []  # by this scenario, which deletes them when it ends

    def __init__(self, name, template):
        self.called, self.template, self.retries = name, template, 0
        self.create()
        self.made.append(self)

    def create(self):
        self.name = "%s-%s" % (self.called, os.urandom(2).hex())
        self.token, project = login("demo", "demo")
        self.base = "%s/%s/stacks" % (ENV["HEAT"], project)
        r = call("POST", self.base, self.token, {"stack_name": self.name, "template": self.template, "timeout_mins": 30})
        self.id = r.json()["stack"]["id"]

    def show(self, outputs=False):
        """Returns the stack; without outputs, because Heat 19 sometimes answers 404 if it resolves them during an update."""
        url = "%s/%s/%s?resolve_outputs=%s" % (self.base, self.name, self.id, outputs)
        return call("GET", url, self.token).json()["stack"]

    def create_again(self):
        """Works around Heat 19: Keystone sometimes does not find a key that it has just created."""
        self.retries += 1
        assert self.retries <= 3, "Heat makes no key for " + self.name
        print("     Heat made no key for %s: once more" % self.name)
        self.delete()
        self.create()

    @classmethod
    def complete(cls, name, template, seconds=90):
        """A new stack, once it is complete."""
        stack = cls(name, template)
        stack.reach("CREATE_COMPLETE", seconds)
        return stack

    def reach(self, status, seconds=90):
        def there():
            s = self.show()
            if s["stack_status"] == "CREATE_FAILED" and "'NoneType' object has no attribute 'access'" in s["stack_status_reason"]:
                return self.create_again()
            if s["stack_status"].endswith("FAILED") and not status.endswith("FAILED"):
                raise AssertionError("%s: %s" % (self.name, s["stack_status_reason"]))
            return s if s["stack_status"] == status else None
        return wait("%s %s" % (self.name, status), there, seconds)

    def keys(self):
        """Returns the in-guest keys as soon as they exist (a stack that waits for a signal is not complete)."""
        def there():
            out = self.outputs()
            # Heat returns 000-000-000 for a secret that does not exist yet.
            ok = len(out.get("Secret") or "") == len(out.get("Access") or "") == 32 and self.resource("Server")["resource_status"] == "CREATE_COMPLETE"
            return (out["Access"], out["Secret"]) if ok else None
        return wait("keys of " + self.name, there)

    def outputs(self):
        return {o["output_key"]: o.get("output_value") for o in self.show(True).get("outputs", [])}

    def metadata(self, name):
        """Returns a resource's metadata; unlike reading outputs, this leaves nothing in Heat's database that breaks an update."""
        return call("GET", "%s/%s/%s/resources/%s/metadata" % (self.base, self.name, self.id, name), self.token).json()["metadata"]

    def occ(self):
        def there():
            r = call("GET", "%s/%s/%s/resources/Server/metadata" % (self.base, self.name, self.id), self.token, ok=None)
            return r.json()["metadata"].get("os-collect-config") if r.status_code == 200 else None
        got = wait("os-collect-config of " + self.name, there)
        if "cfn" in got.get("collectors", ()) and not got["cfn"]["access_key_id"]:
            self.create_again()
            return self.occ()
        return got

    def resource(self, name):
        return call("GET", "%s/%s/%s/resources/%s" % (self.base, self.name, self.id, name), self.token).json()["resource"]

    def update(self, template):
        self.template = template
        call("PUT", "%s/%s/%s" % (self.base, self.name, self.id), self.token, {"template": template})
        return self.reach("UPDATE_COMPLETE", 40)

    def delete(self):
        call("DELETE", "%s/%s/%s" % (self.base, self.name, self.id), self.token, ok=None)


def outputs(style="attr", **of):
    """Template outputs from NAME="RESOURCE ATTRIBUTE", or NAME="RESOURCE" for a reference; style: "attr" (HOT) or "cfn"."""
    get_attr, get_resource, value = ("get_attr", "get_resource", "value") if style == "attr" else ("Fn::GetAtt", "Ref", "Value")
    return {n: {value: {get_attr: v.split()} if " " in v else {get_resource: v}} for n, v in of.items()}


def scaled(kind="type", properties="properties", ref="get_resource"):
    """A group that a policy enlarges."""
    return {"Group": {kind: "OS::Heat::AutoScalingGroup", properties: {
        "min_size": 1, "desired_capacity": 1, "max_size": 4, "cooldown": 1, "resource": {"type": "OS::Heat::RandomString"}}},
        "Up": {kind: "OS::Heat::ScalingPolicy", properties: {
            "adjustment_type": "change_in_capacity", "auto_scaling_group_id": {ref: "Group"}, "cooldown": 1, "scaling_adjustment": 1}}}


def waiting(count=1, **more):
    """A wait condition and its handle, as AWS's templates write them."""
    return {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Wait": {"Type": "AWS::CloudFormation::WaitCondition", **more,
                     "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": str(count)}}}


def waiting_natively(transport):
    """A wait condition and its handle of Heat's own kind."""
    return {"Handle": {"type": "OS::Heat::WaitConditionHandle", "properties": {"signal_transport": transport}},
            "Wait": {"type": "OS::Heat::WaitCondition", "properties": {"handle": {"get_resource": "Handle"}, "timeout": 600}}}


def server_template(metadata, more=None, outputs=None, allowed=("Server",)):
    """A server (no Nova needed) with metadata, and in-guest keys that may read it."""
    t = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {
        "User": {"Type": "AWS::IAM::User", "Properties": {"Policies": [{"Ref": "Pol"}]}},
        "Pol": {"Type": "OS::Heat::AccessPolicy", "Properties": {"AllowedResources": list(allowed)}},
        "Keys": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": {"Ref": "User"}}},
        "Server": {"Type": "OS::Heat::DeployedServer", "Metadata": metadata}},
        "Outputs": {"Access": {"Value": {"Ref": "Keys"}},
                    "Secret": {"Value": {"Fn::GetAtt": ["Keys", "SecretAccessKey"]}}}}
    t["Resources"].update(more or {})
    t["Outputs"].update(outputs or {})
    return t


class Guest:
    """A folder in place of a guest's root, and the agent that runs in it."""

    def __init__(self, name, stack=None, hooks="", conf="", keys=None, cfn=None):
        self.dir = "%s/guest/%s" % (LAB, name)
        shutil.rmtree(self.dir, ignore_errors=True)
        self.keys = keys or (stack.keys() if stack else ("", ""))
        self.put("etc/cfn/cfn-hup.conf", "[main]\nstack=%s\ncredential-file=/etc/cfn/cfn-credentials\n" % (
            stack.name if stack else "nostack"))
        self.credentials(*self.keys)
        self.put("etc/cfn/hooks.conf", hooks.replace("@", self.dir))
        self.put("var/lib/heat-cfntools/cfn-metadata-server", cfn or ENV["CFN"])
        self.put("etc/prehup/prehup.conf", "[heat]\ninterval = 1\nmax-backoff = 2\n[collect]\ninterval = 1\n" + conf)
        os.makedirs(self.dir + "/bin", exist_ok=True)
        os.symlink(PREHUP, self.dir + "/bin/cfn-hup")
        self.process, self.no_proxy = None, "127.0.0.1"

    def path(self, name):
        return "%s/%s" % (self.dir, name)

    def put(self, name, text, mode=0o600):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as f:
            f.write(text)
        os.chmod(self.path(name), mode)

    def get(self, name, default=""):
        try:
            return open(self.path(name)).read()
        except FileNotFoundError:
            return default

    def credentials(self, access, secret):
        self.put("etc/cfn/cfn-credentials", "AWSAccessKeyId=%s\nAWSSecretKey=%s\n" % (access, secret))

    def start(self, *wrap):
        log = open(self.path("log"), "a")
        env = dict(os.environ, no_proxy=self.no_proxy)
        self.process = subprocess.Popen([*wrap, PREHUP, "run", "--sysroot", self.dir], stderr=log, stdout=log,
                                        env=env, start_new_session=True)
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, how)  # the program and what wraps it
            self.process.wait(40)

    def once(self, *args, wrap=()):
        """cfn-hup, one pass."""
        env = dict(os.environ, PREHUP_SYSROOT=self.dir, no_proxy="127.0.0.1")
        os.makedirs(self.path("var/log"), exist_ok=True)
        return subprocess.run([*wrap, self.path("bin/cfn-hup"), *args], env=env, capture_output=True, text=True, timeout=200)

    def status(self):
        r = subprocess.run([PREHUP, "status", "--json", "--sysroot", self.dir], capture_output=True, text=True, timeout=20)
        return json.loads(r.stdout) if r.returncode == 0 else None

    def source(self):
        s = self.status()
        return s["sources"][0] if s and s["sources"] else {}

    def lines(self, name):
        return self.get(name).splitlines()

    def configure(self, text, section=None):
        """Appends to prehup.conf; with a section: puts the text first in it."""
        had = self.get("etc/prehup/prehup.conf")
        self.put("etc/prehup/prehup.conf", had.replace("[%s]\n" % section, "[%s]\n%s" % (section, text), 1) if section else had + text)

    def has_settings(self):
        wait("settings from metadata", lambda: (self.status() or {}).get("settings", {}).get("metadata") == "in force")


@contextlib.contextmanager
def running(guest, *wrap):
    guest.start(*wrap)
    try:
        yield guest
    finally:
        guest.stop()


def hook(name, path="Resources.Server.Metadata", triggers="post.update", action="", runas="root"):
    return "[%s]\ntriggers=%s\npath=%s\naction=%s\nrunas=%s\n" % (name, triggers, path, action.replace("%", "%%"), runas)


@contextlib.contextmanager
def filesystem(guest, options):
    """A filesystem at /data of the guest."""
    os.makedirs(guest.path("data"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", guest.path("data")], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", guest.path("data")], check=True)


class Log(threading.Thread):
    """A file that grows until its filesystem of 16 MiB is full."""

    def __init__(self, path, seconds=45):
        super().__init__()
        self.path, self.seconds, self.ended = path, seconds, threading.Event()

    def run(self):
        end = time.monotonic() + self.seconds
        with open(self.path, "wb", buffering=0) as f:
            steps = self.seconds * 4
            for i in range(steps):
                if self.ended.wait(max(0, end - self.seconds + (i + 1) / 4 - time.monotonic())):
                    return
                try:
                    f.write(b"x" * ((16 << 20) // steps + 1024))
                except OSError:
                    return

    def stop(self):
        self.ended.set()
        if self.ident:
            self.join()


@contextlib.contextmanager
def filling(guest):
    """A log at /data of the guest, to be started in the body."""
    log = Log(guest.path("data/log"))
    with filesystem(guest, "size=16m"):
        try:
            yield log
        finally:
            log.stop()


def scenarios(module):
    """Runs the test_ functions of a module in their order: a line each, and a count for tests/heat/run."""
    passed = failed = 0
    for name, f in list(vars(module).items()):
        if not name.startswith("test_") or not re.search(os.environ.get("ONLY", ""), name):
            continue
        t = time.monotonic()
        try:
            f()
            passed += 1
            print("ok   %s (%.1f s)" % (name[5:].replace("_", " "), time.monotonic() - t), flush=True)
        except Exception as e:  # the other scenarios still run
            failed += 1
            print("FAIL %s: %s: %s" % (name[5:].replace("_", " "), type(e).__name__, e), flush=True)
            if os.environ.get("TRACE"):
                import traceback
                traceback.print_exc()
        while Stack.made:
            Stack.made.pop().delete()
    with open(LAB + "/counts", "a") as f:
        f.write("%d %d\n" % (passed, failed))
    return failed


if __name__ == "__main__" and sys.argv[1:] == ["identities"]:
    identities()
