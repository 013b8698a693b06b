# SPDX-License-Identifier: Apache-2.0
"""The reference cfn-hup (Debian's heat-cfntools) and ours, side by side on the same Heat.

Each has its own copy of the same files: the reference in a mount namespace, ours below a sysroot."""
import json
import os
import subprocess
import sys

from lab import BOTO, ENV, Guest, Stack, hook, scenarios, server_template, wait

CFN = ENV["CFN"].removesuffix("v1/")  # with a path the reference falls back to port 8000

# A service manager of files: a service runs while its file is there.
SERVICE = """#!/bin/sh
name=${1%.service} verb=$2
case $1 in start|stop|status) verb=$1 name=${2%.service} ;; esac
case $verb in
status) test -e UP/$name ;;
start) touch UP/$name ;;
esac
"""


class Pair:
    """Runs both, and returns the effects of each."""

    def __init__(self, name, stack, hooks):
        self.both = []
        for who in ("reference", "ours"):
            g = Guest("%s-%s" % (name, who), stack, hooks, cfn=CFN)
            g.put("var/lib/heat-cfntools/cfn-boto-cfg", BOTO)
            os.makedirs(g.path("var/cache/heat-cfntools"))
            os.makedirs(g.path("var/log"))
            os.makedirs(g.path("up"))
            for program in ("bin/systemctl", "sbin/service"):
                g.put(program, SERVICE.replace("UP", g.path("up")), 0o755)
            g.put("etc/prehup/prehup.conf", "")
            self.both.append(g)

    def run(self):
        reference, ours = self.both
        binds = [(reference.path("etc/cfn"), "/etc/cfn"), (reference.path("var/lib/heat-cfntools"), "/var/lib/heat-cfntools"),
                 (reference.path("var/cache/heat-cfntools"), "/var/cache/heat-cfntools"), (reference.path("var/log"), "/var/log")]
        binds += [(reference.path("bin/systemctl"), p) for p in ("/bin/systemctl",) if os.path.exists(p)]
        binds += [(reference.path("sbin/service"), p) for p in ("/sbin/service", "/usr/sbin/service") if os.path.exists(p)]
        for _, at in binds[:3]:
            os.makedirs(at, exist_ok=True)
        script = " && ".join("mount --bind %s %s" % b for b in binds) + " && exec /usr/bin/cfn-hup -f"
        env = dict(os.environ, no_proxy="127.0.0.1", PATH="/usr/sbin:/usr/bin:/sbin:/bin")
        r = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-ec", script], env=env, capture_output=True, text=True,
                           timeout=120)
        o = ours.once("-f")
        self.said = r.stderr[-500:], o.stderr[-500:]
        return r.returncode, o.returncode

    def ran(self):
        return [g.lines("ran") for g in self.both]

    def caches(self):
        out = []
        for g in self.both:
            d = g.path("var/cache/heat-cfntools")
            out.append({n: (json.load(open(os.path.join(d, n))), os.stat(os.path.join(d, n)).st_mode & 0o777) for n in sorted(os.listdir(d))})
        return out


def alike(pair, what):
    a, b = what()
    assert a == b, "the reference: %s, ours: %s" % (a, b)
    return a


METADATA = {"rev": 1, "deep": {"a.b": [1, 2.5, None, True, "na\u00efve"]}}


def test_hooks_and_caches_equal_those_of_the_reference():
    stack = Stack.complete("ref", server_template(METADATA))
    p = Pair("ref", stack, hook("one", action="echo one >> @/ran") + hook("two", path="Resources.Server", action="echo two >> @/ran"))
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["one", "two"]
    cached = alike(p, p.caches)
    assert set(cached) == {"last_metadata", "last_metadata_Server"}, cached
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["one", "two"], "unchanged metadata fires nothing"
    stack.update(server_template(dict(METADATA, rev=2)))
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["one", "two"] * 2
    assert alike(p, p.caches)["last_metadata"][0]["rev"] == 2


def test_cache_of_cfn_init_keeps_the_first_run_silent():
    stack = Stack.complete("seed", server_template(METADATA))
    p = Pair("seed", stack, hook("one", action="echo one >> @/ran"))
    whole = None
    p.run()
    whole = p.both[0].get("var/cache/heat-cfntools/last_metadata")
    p = Pair("seed", stack, hook("one", action="echo one >> @/ran"))
    for g in p.both:
        g.put("var/cache/heat-cfntools/last_metadata", whole)
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == []


def test_failed_hook_is_retried_unlike_the_reference():
    stack = Stack.complete("retry", server_template({"rev": 1}))
    p = Pair("retry", stack, hook("one", action="echo try >> @/ran; test -e @/good"))
    p.both[1].put("etc/prehup/prehup.conf", "[heat]\ninterval = 1\n")
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["try"]
    for g in p.both:
        g.put("good", "")

    def again():
        p.run()
        return len(p.ran()[1]) == 2
    wait("our second try", again, 20, 0.5)
    p.run()
    assert p.ran() == [["try"], ["try", "try"]], p.ran()


def test_hooks_of_unchanged_resources_do_not_run():
    more = {"Second": {"Type": "OS::Heat::DeployedServer", "DependsOn": "Keys", "Metadata": {"second": 1}}}
    stack = Stack.complete("two", server_template({"first": 1}, more, allowed=("Server", "Second")))
    p = Pair("two", stack, hook("one", action="echo one >> @/ran") + hook("two", path="Resources.Second.Metadata", action="echo two >> @/ran"))
    assert p.run() == (0, 0), p.said
    assert sorted(alike(p, lambda: [sorted(x) for x in p.ran()])) == ["one", "two"]
    assert p.run() == (0, 0)
    assert sorted(p.ran()[1]) == ["one", "two"], "nothing has changed"
    assert len(p.ran()[0]) == 4, "the reference fired although nothing has changed: %s" % p.ran()[0]
    assert p.caches()[1]["last_metadata_Second"][0]["second"] == 1


def test_stopped_service_is_started_and_reported():
    init = {"AWS::CloudFormation::Init": {"config": {"services": {"sysvinit": {
        "web": {"enabled": "true", "ensureRunning": "true"}, "off": {"ensureRunning": "false"}}}}}}
    stack = Stack.complete("service", server_template(init))
    hooks = hook("change", action="true") + hook("down", triggers="service.restarted", action="echo restarted >> @/ran")
    p = Pair("service", stack, hooks)
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["restarted"]
    assert alike(p, lambda: [os.listdir(g.path("up")) for g in p.both]) == ["web"]
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["restarted"], "it runs"
    for g in p.both:
        os.unlink(g.path("up/web"))
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == ["restarted"] * 2


def test_bad_files_and_missing_resource_end_with_status_1():
    stack = Stack.complete("bad", server_template({"rev": 1}))
    p = Pair("bad", stack, "")
    for g in p.both:
        os.unlink(g.path("etc/cfn/hooks.conf"))
    assert p.run() == (1, 1)
    p = Pair("bad", stack, hook("one", action="true"))
    for g in p.both:
        os.unlink(g.path("etc/cfn/cfn-hup.conf"))
    assert p.run() == (1, 1)
    p = Pair("bad", stack, hook("one", path="Resources.Nope.Metadata", action="true"))
    assert p.run() == (1, 1)
    assert "authorized" in p.both[1].once().stderr or "no such" in p.both[1].once().stderr


sys.exit(scenarios(sys.modules[__name__]) > 0)
