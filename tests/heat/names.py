# SPDX-License-Identifier: Apache-2.0
"""cfn-signal, cfn-get-metadata and heat-config-notify on a real Heat, beside Debian's own of the first two."""
import hashlib
import json
import os
import subprocess
import sys
import time

import requests
from deploying import HOT, born, deployed
from lab import ENV, PREHUP, Guest, Stack, hook, running, scenarios, server_template, wait

BOTO = "[Boto]\ndebug = 0\nis_secure = 0\nhttps_validate_certificates = 1\ncfn_region_name = heat\ncfn_region_endpoint = 127.0.0.1\n"


def ours(guest, name, *args, stdin="", **env):
    """One of our names, in a guest."""
    link = guest.path("bin/" + name)
    if not os.path.islink(link):
        os.symlink(PREHUP, link)
    r = subprocess.run([link, *args], env=dict(os.environ, PREHUP_SYSROOT=guest.dir, no_proxy="127.0.0.1", **env), input=stdin,
                       capture_output=True, text=True, timeout=120)
    return r.returncode, r.stdout, r.stderr


def reference(guest, name, *args):
    """Debian's program of that name, in the same guest."""
    binds = []
    for d in ("etc/cfn", "var/lib/heat-cfntools", "var/cache/heat-cfntools", "var/log"):
        os.makedirs(guest.path(d), exist_ok=True)
        os.makedirs("/" + d, exist_ok=True)
        binds.append("mount --bind %s /%s" % (guest.path(d), d))
    r = subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-ec", " && ".join(binds) + ' && exec /usr/bin/%s "$@"' % name, "sh", *args],
                       env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "no_proxy": "127.0.0.1"}, capture_output=True, text=True, timeout=120)
    return r.returncode, r.stdout, r.stderr


def output(stack, name):
    def there():
        v = stack.outputs().get(name)
        # Until a handle is made, a reference to it is a name of some kind.
        return v if name != "Url" or str(v).startswith("http") else None
    return wait(name + " of " + stack.name, there)


def waiting(name, count=1):
    """A stack that waits for a signal, as AWS's templates write it."""
    more = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
            "Wait": {"Type": "AWS::CloudFormation::WaitCondition", "DependsOn": "Server",
                     "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "600", "Count": str(count)}}}
    return Stack(name, server_template({"rev": 1}, more, {"Url": {"Value": {"Ref": "Handle"}}, "Data": {"Value": {"Fn::GetAtt": ["Wait", "Data"]}}}))


def test_cfn_signal_has_the_references_effect():
    for args, status in ((("-i", "a", "-d", "some \u00e9 data", "-r", "why"), "CREATE_COMPLETE"), (("-i", "b"), "CREATE_COMPLETE"),
                         (("-s", "false", "-r", "no good", "-i", "c"), "CREATE_FAILED"), (("-e", "3", "-r", "no good", "-i", "d"), "CREATE_FAILED")):
        seen = []
        for who in (reference, ours):
            stack = waiting("sig")
            g = Guest("sig")
            r = who(g, "cfn-signal", *args, output(stack, "Url"))
            assert r[0] == 0 and r[1] == "", r
            s = stack.reach(status)
            seen.append((s["stack_status_reason"].replace(stack.name, "NAME"), stack.outputs().get("Data"), stack.metadata("Handle")))
            stack.delete()
        assert seen[0] == seen[1], seen


def test_cfn_signal_says_when_heat_has_not_taken_it_and_the_reference_does_not():
    stack = waiting("sigbad")
    g = Guest("sigbad")
    url = output(stack, "Url").replace("Signature=", "Signature=x")
    assert reference(g, "cfn-signal", "-i", "a", url)[0] == 0
    r = ours(g, "cfn-signal", "-i", "a", url)
    assert r[0] == 22 and "403" in r[2] and "Signature" not in r[2], r
    assert ours(g, "cfn-signal", "-i", "a", "--compat-exit", url)[0] == 0
    assert stack.metadata("Handle") == {}
    # with this server's keys the same URL is as good as any
    g = Guest("sigbad", stack)
    assert ours(g, "cfn-signal", "-e", "0", url) == (0, "", "")
    stack.reach("CREATE_COMPLETE")
    stack.delete()


def test_cfn_signal_after_the_url_has_expired():
    """Keystone's auth_ttl is one minute in this lab (AUTH_TTL=1)."""
    stack = waiting("siglate", 2)
    url = output(stack, "Url")
    g = Guest("siglate", stack, hook("idle", action="true"))
    time.sleep(65)
    assert reference(g, "cfn-signal", "-i", "reference", url)[0] == 0
    assert stack.metadata("Handle") == {}, "the reference was not heard"
    assert ours(g, "cfn-signal", "-i", "a", url) == (0, "", "")
    with running(g):
        wait("a poll", lambda: g.source().get("state") == "ok")
        assert ours(g, "cfn-signal", "-i", "b", "--resource", "Handle") == (0, "", "")
        assert g.status()["signals"]["sent"] == 1
    stack.reach("CREATE_COMPLETE")
    stack.delete()


def handled(transport):
    r = {"Handle": {"type": "OS::Heat::WaitConditionHandle", "properties": {"signal_transport": transport}},
         "Wait": {"type": "OS::Heat::WaitCondition", "properties": {"handle": {"get_resource": "Handle"}, "timeout": 600}}}
    out = {"data": {"value": {"get_attr": ["Wait", "data"]}}, "signal": {"value": {"get_attr": ["Handle", "signal"]}},
           "token": {"value": {"get_attr": ["Handle", "token"]}}, "endpoint": {"value": {"get_attr": ["Handle", "endpoint"]}}}
    if transport == "TEMP_URL_SIGNAL":
        # This Heat's wait condition stumbles over the first version of its own handle's object ("in progress"), whatever
        # comes after it: what can be seen is that the object is ours now.
        del r["Wait"], out["data"]
    return deployed(resources=r, outputs=out)


def test_cfn_signal_reaches_native_handles_by_every_transport():
    for transport in ("CFN_SIGNAL", "TEMP_URL_SIGNAL", "HEAT_SIGNAL", "ZAQAR_SIGNAL", "TOKEN_SIGNAL", "own"):
        stack = Stack("handle", handled("TOKEN_SIGNAL" if transport == "own" else transport))
        if transport == "TOKEN_SIGNAL":
            args = ["--token", output(stack, "token"), output(stack, "endpoint")]
        elif transport == "own":
            args = [output(stack, "endpoint")]
        else:
            args = [output(stack, "signal")]
            if transport == "CFN_SIGNAL":
                args = [json.loads(args[0])["alarm_url"]]
        g = born("handle", stack)
        r = ours(g, "cfn-signal", "-i", "me", "-d", "by " + transport, *args)
        assert r == (0, "", ""), (transport, r)
        stack.reach("CREATE_COMPLETE", 60)
        if transport == "TEMP_URL_SIGNAL":
            body = json.dumps({"status": "SUCCESS", "reason": "Configuration Complete", "id": "me", "data": "by " + transport}, separators=(",", ":"))
            head = requests.head(json.loads(args[0])["alarm_url"], timeout=10)
            assert head.headers["ETag"].strip('"') == hashlib.md5(body.encode()).hexdigest(), head.headers
        else:
            assert json.loads(stack.outputs()["data"]) == {"me": "by " + transport}, stack.outputs()["data"]
        stack.delete()


def test_cfn_get_metadata_prints_what_the_reference_prints():
    metadata = {"rev": 1, "deep": {"a.b": [1, 2.5, None, True, "na\u00efve"], "s": "text", "e": {}}, "n": None}
    stack = Stack("getmd", server_template(metadata))
    stack.reach("CREATE_COMPLETE")
    g = Guest("getmd", stack, cfn=ENV["CFN"].removesuffix("v1/"))
    g.put("var/lib/heat-cfntools/cfn-boto-cfg", BOTO)
    for more in ([], ["-k", "rev"], ["-k", "deep.'a.b'"], ["-k", "deep.s"], ["-k", "deep"], ["-k", "n"]):
        args = ["-s", stack.name, "-r", "Server", "--credential-file", "/etc/cfn/cfn-credentials", *more]
        theirs, mine = reference(g, "cfn-get-metadata", *args), ours(g, "cfn-get-metadata", *args)
        assert theirs[0] == mine[0] == 0, (theirs, mine)
        assert theirs[1] == mine[1] == "" or json.loads(theirs[1]) == json.loads(mine[1]), (theirs, mine)
    assert not os.path.exists(g.path("var/lib/prehup/resources")), "it must not take a change away from cfn-hup"
    assert json.loads(ours(g, "cfn-get-metadata")[1])["rev"] == 1 if g.put("etc/cfn/hooks.conf", "[h]\ntriggers=post.update\npath=Resources.Server\naction=true\n") is None else 0
    for args, status in ((["-k", "nope"], 3), (["-s", "nostack"], 18), (["-r", "Nope"], 19), (["--access-key", "x", "--secret-key", "y"], 16),
                         (["-u", "http://127.0.0.1:1/v1/"], 12), (["-u", "http://no.invalid/v1/"], 11), (["-k", "nope", "--compat-exit"], 0)):
        r = ours(g, "cfn-get-metadata", *args)
        assert r[0] == status and r[1] == "", (args, r)
    stack.delete()
    stack = Stack("getmd2", deployed("POLL_SERVER_HEAT", metadata={"mine": {"x": "y"}}))
    stack.reach("CREATE_COMPLETE")
    g = born("getmd2", stack)
    assert ours(g, "cfn-get-metadata", "-s", stack.name, "-r", "Server", "-k", "mine.x", "--raw") == (0, "y\n", "")
    stack.delete()


HOOK = "import json, sys\nc = json.load(sys.stdin)\njson.dump({'deploy_stdout': 'x' * 1000000 + c['config'], 'deploy_status_code': 0, 'list': 'made'}, sys.stdout)\n"


def notified(transport, daemon, url=True):
    config = {"type": "OS::Heat::SoftwareConfig", "properties": {"group": "mytool", "config": "the end", "outputs": [{"name": "list"}]}}
    dep = {"type": "OS::Heat::SoftwareDeployment", "properties": {
        "server": {"get_resource": "Server"}, "config": {"get_resource": "DepConfig"}, "signal_transport": transport}}
    out = {"out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}, "list": {"value": {"get_attr": ["Dep", "list"]}}}
    stack = Stack("notify", deployed(resources={"DepConfig": config, "Dep": dep}, outputs=out))
    g = born("notify", stack)
    item = wait("the deployment", lambda: (stack.metadata("Server").get("deployments") or [None])[0])
    if not url:  # as Heat itself has it when the keys to sign one were not there yet
        for i in item["inputs"]:
            i["value"] = None if i["name"] == "deploy_signal_id" else i["value"]
    g.put("var/lib/heat-config/deployed/%s.json" % item["id"], json.dumps(item))
    result = subprocess.run(["/usr/bin/python3", "-c", HOOK], input=json.dumps(item), capture_output=True, text=True, check=True).stdout
    file = g.path("var/lib/heat-config/deployed/%s.json" % item["id"])
    if daemon:
        g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf") + "[act]\ndeployments = no\n")
        with running(g):
            wait("the daemon", g.status)
            assert ours(g, "heat-config-notify", file, stdin=result) == (0, "", "")
            assert g.status()["signals"]["sent"] == (0 if transport == "NO_SIGNAL" else 1)
    else:
        r = ours(g, "heat-config-notify", file, stdin=result)
        assert r == (0, "", ""), (transport, r)
    stack.reach("CREATE_COMPLETE", 60)
    if transport != "NO_SIGNAL":
        o = stack.outputs()
        assert o["list"] == "made" and o["out"].endswith("xthe end") and len(o["out"]) < 1000000, (o["list"], len(o["out"] or ""))
    stack.delete()


def test_heat_config_notify_tells_by_every_transport():
    for transport in ("CFN_SIGNAL", "TEMP_URL_SIGNAL", "HEAT_SIGNAL", "ZAQAR_SIGNAL", "NO_SIGNAL"):
        notified(transport, False)


def test_a_deployment_without_the_url_that_heat_should_have_signed_is_told_all_the_same():
    notified("CFN_SIGNAL", False, url=False)


def test_heat_config_notify_gives_it_to_the_daemon():
    for transport in ("CFN_SIGNAL", "HEAT_SIGNAL"):
        notified(transport, True)


sys.exit(scenarios(sys.modules[__name__]) > 0)
