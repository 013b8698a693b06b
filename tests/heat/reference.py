# SPDX-License-Identifier: Apache-2.0
"""The reference cfn-hup (Debian's heat-cfntools) and ours, side by side on the same Heat.

Each has its own copy of the same files: the reference in a mount namespace, ours below a sysroot."""
import json
import os
import subprocess
import sys

from lab import ENV, HERE, Guest, Stack, hook, scenarios, server_template, wait

CFN = ENV["CFN"].removesuffix("v1/")  # with a path the reference falls back to port 8000
BOTO = "[Boto]\ndebug = 0\nis_secure = 0\nhttps_validate_certificates = 1\ncfn_region_name = heat\ncfn_region_endpoint = 127.0.0.1\n"

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
    """Runs both, and tells what each did."""

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


def test_first_run_unchanged_and_changed_fire_alike_and_cache_alike():
    stack = Stack("ref", server_template(METADATA))
    stack.reach("CREATE_COMPLETE")
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
    stack.delete()


def test_a_cache_that_cfn_init_wrote_keeps_the_first_run_silent():
    stack = Stack("seed", server_template(METADATA))
    stack.reach("CREATE_COMPLETE")
    p = Pair("seed", stack, hook("one", action="echo one >> @/ran"))
    whole = None
    p.run()
    whole = p.both[0].get("var/cache/heat-cfntools/last_metadata")
    p = Pair("seed", stack, hook("one", action="echo one >> @/ran"))
    for g in p.both:
        g.put("var/cache/heat-cfntools/last_metadata", whole)
    assert p.run() == (0, 0)
    assert alike(p, p.ran) == []
    stack.delete()


def test_a_failing_hook_is_lost_by_the_reference_and_retried_by_us():
    stack = Stack("retry", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
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
    stack.delete()


def test_two_resources_the_reference_fires_all_hooks_always_and_we_only_what_changed():
    more = {"Second": {"Type": "OS::Heat::DeployedServer", "DependsOn": "Keys", "Metadata": {"second": 1}}}
    stack = Stack("two", server_template({"first": 1}, more, allowed=("Server", "Second")))
    stack.reach("CREATE_COMPLETE")
    p = Pair("two", stack, hook("one", action="echo one >> @/ran") + hook("two", path="Resources.Second.Metadata", action="echo two >> @/ran"))
    assert p.run() == (0, 0), p.said
    assert sorted(alike(p, lambda: [sorted(x) for x in p.ran()])) == ["one", "two"]
    assert p.run() == (0, 0)
    assert sorted(p.ran()[1]) == ["one", "two"], "nothing has changed"
    assert len(p.ran()[0]) == 4, "the reference fired although nothing has changed: %s" % p.ran()[0]
    assert p.caches()[1]["last_metadata_Second"][0]["second"] == 1
    stack.delete()


def test_a_service_that_is_down_is_started_and_told():
    init = {"AWS::CloudFormation::Init": {"config": {"services": {"sysvinit": {
        "web": {"enabled": "true", "ensureRunning": "true"}, "off": {"ensureRunning": "false"}}}}}}
    stack = Stack("service", server_template(init))
    stack.reach("CREATE_COMPLETE")
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
    stack.delete()


def test_bad_files_and_a_missing_api_end_both_with_status_1():
    stack = Stack("bad", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
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
    stack.delete()


sys.exit(scenarios(sys.modules[__name__]) > 0)
