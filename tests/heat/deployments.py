# SPDX-License-Identifier: Apache-2.0
"""Software deployments that fail, hang, are interrupted or late, and the other signals of a guest."""
import re
import signal
import sys

from deploying import born, credential, deployed, owner, script
from lab import ENV, Guest, Stack, call, filling, outputs, running, scaled, scenarios, wait, waiting_natively


def failing(name, resources, reason, conf="", hooks=None):
    g = Guest(name)
    stack = Stack(name, deployed(resources=resources(g.dir)))
    g = born(name, stack)
    g.configure(conf)
    for path, text in (hooks or {}).items():
        g.put(path, text, 0o755)
    with running(g):
        wait("CREATE_FAILED of " + stack.name, lambda: stack.show()["stack_status"] == "CREATE_FAILED", 40)
        assert re.search(reason, stack.show()["stack_status_reason"]), stack.show()["stack_status_reason"]
    stack.delete()
    return g


def test_failed_deployment_fails_the_stack_with_its_status():
    failing("dep-fails", lambda d: script(d, code=3), "non-zero status code: 3")


def test_group_without_a_hook_fails_at_once_and_is_logged():
    g = failing("dep-nohook", lambda d: script(d, group="puppet"), "non-zero status code: 127")
    assert sum("no hook for group" in x for x in g.lines("log")) == 1


def test_hung_deployment_is_ended_and_signalled():
    failing("dep-hangs", lambda d: script(d, text="#!/bin/sh\ntrap '' TERM\nsleep 1000\n", timeout=2), "status code: 124")


def test_hooks_of_heat_agents_run_unchanged():
    name = "dep-hooks"
    hook = "#!/usr/bin/python3\nimport json, sys\nc = json.load(sys.stdin)\n" \
           "json.dump({'deploy_stdout': 'as ' + c['group'], 'list': c['config'], 'deploy_status_code': 0}, sys.stdout)\n"
    r = script(Guest(name).dir, group="component-tool")
    r["DepConfig"] = {"type": "OS::Heat::SoftwareComponent", "properties": {
        "configs": [{"actions": ["CREATE"], "tool": "mytool", "config": "made"}, {"actions": ["UPDATE"], "tool": "mytool", "config": "changed"}],
        "outputs": [{"name": "list"}]}}
    r["Dep"]["properties"].pop("input_values")
    out = outputs(out="Dep deploy_stdout", list="Dep list")
    stack = Stack(name, deployed(resources=r, outputs=out))
    g = born(name, stack)
    g.put("var/lib/heat-config/hooks/mytool", hook, 0o755)
    with running(g):
        stack.reach("CREATE_COMPLETE", 40)
    o = stack.outputs()
    assert o["out"] == "as mytool" and o["list"] == "made", o


def test_deployment_survives_kill_9_and_is_not_repeated():
    name = "dep-kill"
    g = Guest(name)
    text = "#!/bin/sh\necho begin >> %s/ran\nsleep 3\necho end >> %s/ran\necho survived\n" % (g.dir, g.dir)
    stack = Stack(name, deployed(resources=script(g.dir, text=text), outputs=outputs(out="Dep deploy_stdout")))
    g = born(name, stack).start()
    wait("it runs", lambda: g.lines("ran") == ["begin"], 30)
    g.stop(signal.SIGKILL)
    with running(g):
        stack.reach("CREATE_COMPLETE", 40)
    assert g.lines("ran") == ["begin", "end"], g.lines("ran")
    assert stack.outputs()["out"] == "survived\n", stack.outputs()


def test_signal_after_its_url_has_expired_is_signed_again():
    """Keystone's auth_ttl is one minute in this lab (AUTH_TTL=1)."""
    made = []
    for name, transport in (("late-cfn", "POLL_SERVER_CFN"), ("late-heat", "POLL_SERVER_HEAT")):
        stack = Stack(name, deployed(transport, resources=script(
            Guest(name).dir, signal="CFN_SIGNAL", text="#!/bin/sh\nsleep 70\necho late\n"),
            outputs=outputs(out="Dep deploy_stdout")))
        made.append((stack, born(name, stack).start()))
    try:
        for stack, g in made:
            stack.reach("CREATE_COMPLETE", 120)
            assert stack.outputs()["out"] == "late\n", stack.outputs()
            assert g.status()["signals"]["resigned"] == 1, g.status()["signals"]
            assert any("signed again" in x for x in g.lines("log"))
            stack.delete()
    finally:
        for _, g in made:
            g.stop()


def moving(name, before, after, polled_after):
    stack = Stack.complete(name, deployed(before, metadata={"rev": 1}))
    g = born(name, stack)
    g.configure(
          "[hook rev]\ntriggers = post.add, post.update\npath = Resources.Server.Metadata.rev\naction = echo $CFN_NEW_METADATA >> %s/ran\n" % g.dir)

    def polled():
        s = (g.status() or {}).get("sources", [])
        return {x["name"]: x["state"] for x in s if x["name"] in ("cfn", "heat")}
    with running(g):
        wait("the first way", lambda: len(polled()) == 1 and set(polled().values()) == {"ok"})
        stack.update(deployed(after, metadata={"rev": 2}))
        wait("the other way", lambda: polled() in polled_after, 30)
        wait("the hook", lambda: g.lines("ran") == ["1", "2"])
    with running(g):
        wait("the other way after a restart", lambda: polled() in polled_after, 30)
        stack.update(deployed(after, metadata={"rev": 3}))
        wait("the hook", lambda: g.lines("ran") == ["1", "2", "3"])


def test_change_of_transport_survives_a_restart():
    moving("move-cfn", "POLL_SERVER_HEAT", "POLL_SERVER_CFN", [{"cfn": "ok", "heat": "standby"}])


def test_change_to_a_broken_transport_keeps_the_old_one():
    """Heat 19 may give a server that moves from POLL_SERVER_CFN a password that Keystone does not know."""
    moving("move-heat", "POLL_SERVER_CFN", "POLL_SERVER_HEAT", [{"cfn": "ok", "heat": "denied"}, {"cfn": "standby", "heat": "ok"}])


def test_prediction_is_signalled_by_every_transport():
    name = "told"
    g = Guest(name)
    app, secret, _ = credential("PATCH /v1/PROJECT/stacks/*/*/resources/Server")
    reader, reader_secret, _ = credential("GET /v1/PROJECT/stacks/*/*/resources/*/metadata",
                                          "POST /v1/PROJECT/stacks/*/*/resources/Up/signal")
    more = {**waiting_natively("HEAT_SIGNAL"), **scaled()}
    metadata = {"prehup": {
        "health": {"listen": "unix:/run/prehup/health"},
        "collect": {"interval": 1, "collectors": ["filesystem"], "filesystems": "/data"}, "predict": {"horizon": 60, "warmup": 5},
        "signals": {"tell": {"type": "wait-condition-native", "signal": {"get_attr": ["Handle", "signal"]}},
                    "grow": {"type": "resource", "resource": "Up"},
                    "sick": {"type": "unhealthy", "auth-url": ENV["KS"], "application-credential-id": app,
                             "application-credential-secret": secret}}}}
    stack = Stack(name, deployed(metadata=metadata, resources=more, outputs=outputs(size="Group current_size", data="Wait data")))
    g = born(name, stack)
    g.configure(owner(stack, reader, reader_secret))
    with filling(g) as log, running(g):
        g.has_settings()
        log.start()
        wait("all three taken", lambda: g.status()["signals"]["sent"] == 3, 60)
        assert any("confirmed" in x for x in g.lines("log")), "the wait condition was not checked"
        stack.reach("CREATE_COMPLETE", 30)
        wait("marked", lambda: stack.resource("Server")["resource_status"] == "CHECK_FAILED", 20)
        assert "fs.used_ratio" in stack.resource("Server")["resource_status_reason"]
        wait("one member more", lambda: str(stack.outputs()["size"]) == "2", 30)
        assert "fs.used_ratio" in stack.outputs()["data"], stack.outputs()
        log.stop()
        assert secret not in g.get("log")


def test_drained_server_clears_the_hook_of_the_stack():
    name = "drain"
    for transport in ("POLL_SERVER_HEAT", "POLL_SERVER_CFN"):
        g = Guest(name)
        t = deployed(transport, metadata={"go": 1}, resources={"Member": {"type": "OS::Heat::RandomString", "properties": {"length": 8}}})
        stack = Stack.complete(name, t)
        g = born(name, stack)
        g.configure(
              "[hook drain]\ntriggers = post.update\npath = Resources.Server.Metadata.go\nclears = Member pre-update\n"
              "action = echo $CFN_NEW_METADATA >> %s/drained\n[compat]\nfirst-run = none\n" % g.dir)
        with running(g):
            wait("a poll", lambda: any(x["last_ok_s"] is not None for x in (g.status() or {}).get("sources", []) if x["name"] in ("heat", "cfn")))
            new = deployed(transport, metadata={"go": 2}, resources={"Member": {"type": "OS::Heat::RandomString", "properties": {"length": 9}}})
            new["resources"]["Member"]["depends_on"] = "Server"
            call("PUT", "%s/%s/%s" % (stack.base, stack.name, stack.id), stack.token, {
                "template": new, "environment": {"resource_registry": {"resources": {"Member": {"hooks": ["pre-update"]}}}}})
            stack.reach("UPDATE_COMPLETE", 60)
            assert "2" in g.lines("drained"), g.lines("drained")
        stack.delete()


sys.exit(scenarios(sys.modules[__name__]) > 0)
