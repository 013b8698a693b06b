# SPDX-License-Identifier: Apache-2.0
"""Software deployments that fail, hang, are cut off or come late; and everything else a guest tells Heat."""
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

from deploying import HOT, born, credential, deployed, script
from lab import ENV, Guest, Stack, call, fill, running, scenarios, wait


def failing(name, resources, reason, conf="", hooks=None):
    g = Guest(name)
    stack = Stack(name, deployed(resources=resources(g.dir)))
    g = born(name, stack)
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf") + conf)
    for path, text in (hooks or {}).items():
        g.put(path, text, 0o755)
    with running(g):
        wait("CREATE_FAILED of " + stack.name, lambda: stack.show()["stack_status"] == "CREATE_FAILED", 40)
        assert re.search(reason, stack.show()["stack_status_reason"]), stack.show()["stack_status_reason"]
    stack.delete()
    return g


def test_a_deployment_that_fails_fails_the_stack_with_its_status():
    failing("dep-fails", lambda d: script(d, code=3), "non-zero status code: 3")


def test_a_group_without_a_hook_fails_at_once_and_is_not_silent():
    g = failing("dep-nohook", lambda d: script(d, group="puppet"), "non-zero status code: 127")
    assert sum("no hook for group" in x for x in g.lines("log")) == 1


def test_a_deployment_that_hangs_is_ended_and_told():
    failing("dep-hangs", lambda d: script(d, text="#!/bin/sh\ntrap '' TERM\nsleep 1000\n", timeout=2), "status code: 124")


def test_hook_programs_of_heat_agents_run_unchanged_and_a_component_by_its_action():
    name = "dep-hooks"
    hook = "#!/usr/bin/python3\nimport json, sys\nc = json.load(sys.stdin)\n" \
           "json.dump({'deploy_stdout': 'as ' + c['group'], 'list': c['config'], 'deploy_status_code': 0}, sys.stdout)\n"
    r = script(Guest(name).dir, group="component-tool")
    r["DepConfig"] = {"type": "OS::Heat::SoftwareComponent", "properties": {
        "configs": [{"actions": ["CREATE"], "tool": "mytool", "config": "made"}, {"actions": ["UPDATE"], "tool": "mytool", "config": "changed"}],
        "outputs": [{"name": "list"}]}}
    r["Dep"]["properties"].pop("input_values")
    out = {"out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}, "list": {"value": {"get_attr": ["Dep", "list"]}}}
    stack = Stack(name, deployed(resources=r, outputs=out))
    g = born(name, stack)
    g.put("var/lib/heat-config/hooks/mytool", hook, 0o755)
    with running(g):
        stack.reach("CREATE_COMPLETE", 40)
    o = stack.outputs()
    assert o["out"] == "as mytool" and o["list"] == "made", o
    stack.delete()


def test_kill_9_in_mid_deployment_loses_nothing_and_repeats_nothing():
    name = "dep-kill"
    g = Guest(name)
    text = "#!/bin/sh\necho begin >> %s/ran\nsleep 3\necho end >> %s/ran\necho survived\n" % (g.dir, g.dir)
    stack = Stack(name, deployed(resources=script(g.dir, text=text), outputs={"out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}}))
    g = born(name, stack).start()
    wait("it runs", lambda: g.lines("ran") == ["begin"], 30)
    g.stop(signal.SIGKILL)
    with running(g):
        stack.reach("CREATE_COMPLETE", 40)
    assert g.lines("ran") == ["begin", "end"], g.lines("ran")
    assert stack.outputs()["out"] == "survived\n", stack.outputs()
    stack.delete()


def test_a_signal_that_comes_after_its_url_has_expired_is_signed_anew_or_goes_another_way():
    """Keystone's auth_ttl is one minute in this lab (AUTH_TTL=1)."""
    made = []
    for name, transport in (("late-cfn", "POLL_SERVER_CFN"), ("late-heat", "POLL_SERVER_HEAT")):
        stack = Stack(name, deployed(transport, resources=script(
            Guest(name).dir, signal="CFN_SIGNAL", text="#!/bin/sh\nsleep 70\necho late\n"),
            outputs={"out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}}))
        made.append((stack, born(name, stack).start()))
    try:
        for stack, g in made:
            stack.reach("CREATE_COMPLETE", 120)
            assert stack.outputs()["out"] == "late\n", stack.outputs()
            assert g.status()["signals"]["resigned"] == 1, g.status()["signals"]
            assert any("signed anew" in x for x in g.lines("log"))
            stack.delete()
    finally:
        for _, g in made:
            g.stop()


def moving(name, before, after, polled_after):
    stack = Stack(name, deployed(before, metadata={"rev": 1}))
    stack.reach("CREATE_COMPLETE")
    g = born(name, stack)
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf") +
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
    stack.delete()


def test_a_change_of_transport_is_followed_and_survives_a_restart():
    moving("move-cfn", "POLL_SERVER_HEAT", "POLL_SERVER_CFN", [{"cfn": "ok", "heat": "standby"}])


def test_a_change_to_a_transport_that_does_not_work_keeps_the_old_one():
    """Heat 19 may give a server that moves from POLL_SERVER_CFN a password that Keystone does not know."""
    moving("move-heat", "POLL_SERVER_CFN", "POLL_SERVER_HEAT", [{"cfn": "ok", "heat": "denied"}, {"cfn": "standby", "heat": "ok"}])


def test_a_prediction_is_told_by_every_road_and_the_server_marks_itself_unhealthy():
    name = "told"
    g = Guest(name)
    app, secret, _ = credential("PATCH /v1/PROJECT/stacks/*/*/resources/Server")
    reader, reader_secret, _ = credential("GET /v1/PROJECT/stacks/*/*/resources/*/metadata",
                                          "POST /v1/PROJECT/stacks/*/*/resources/Up/signal")
    more = {
        "Handle": {"type": "OS::Heat::WaitConditionHandle", "properties": {"signal_transport": "HEAT_SIGNAL"}},
        "Wait": {"type": "OS::Heat::WaitCondition", "properties": {"handle": {"get_resource": "Handle"}, "timeout": 600}},
        "Group": {"type": "OS::Heat::AutoScalingGroup", "properties": {
            "min_size": 1, "desired_capacity": 1, "max_size": 4, "cooldown": 1, "resource": {"type": "OS::Heat::RandomString"}}},
        "Up": {"type": "OS::Heat::ScalingPolicy", "properties": {
            "adjustment_type": "change_in_capacity", "auto_scaling_group_id": {"get_resource": "Group"}, "cooldown": 1, "scaling_adjustment": 1}}}
    metadata = {"prehup": {
        "health": {"listen": "unix:/run/prehup/health"},
        "collect": {"interval": 1, "collectors": ["filesystem"], "filesystems": "/data"}, "predict": {"horizon": 60, "warmup": 5},
        "signals": {"tell": {"type": "wait-condition-native", "signal": {"get_attr": ["Handle", "signal"]}},
                    "grow": {"type": "resource", "resource": "Up"},
                    "sick": {"type": "unhealthy", "auth-url": ENV["KS"], "application-credential-id": app,
                             "application-credential-secret": secret}}}}
    stack = Stack(name, deployed(metadata=metadata, resources=more, outputs={
        "size": {"value": {"get_attr": ["Group", "current_size"]}}, "data": {"value": {"get_attr": ["Wait", "data"]}}}))
    g = born(name, stack)
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf") +
          "[source owner]\ntype = heat\nauth-url = %s\napplication-credential-id = %s\napplication-credential-secret = %s\n"
          "stack = %s/%s\nresource = Server\n" % (ENV["KS"], reader, reader_secret, stack.name, stack.id))
    os.makedirs(g.path("data"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "none", g.path("data")], check=True)
    stop = threading.Event()
    try:
        with running(g):
            wait("settings from metadata", lambda: (g.status() or {}).get("settings", {}).get("metadata") == "in force")
            t = threading.Thread(target=fill, args=(g.path("data/log"), 16 << 10, 45, stop))
            t.start()
            wait("all three taken", lambda: g.status()["signals"]["sent"] == 3, 60)
            assert any("confirmed" in x for x in g.lines("log")), "nobody looked whether the wait condition has it"
            stack.reach("CREATE_COMPLETE", 30)
            wait("marked", lambda: stack.resource("Server")["resource_status"] == "CHECK_FAILED", 20)
            assert "fs.used_ratio" in stack.resource("Server")["resource_status_reason"]
            wait("one member more", lambda: str(stack.outputs()["size"]) == "2", 30)
            assert "fs.used_ratio" in stack.outputs()["data"], stack.outputs()
            stop.set()
            t.join()
            assert secret not in g.get("log")
    finally:
        stop.set()
        subprocess.run(["umount", g.path("data")], check=True)
    stack.delete()


def test_a_drained_server_clears_the_stacks_hook():
    name = "drain"
    for transport in ("POLL_SERVER_HEAT", "POLL_SERVER_CFN"):
        g = Guest(name)
        t = deployed(transport, metadata={"go": 1}, resources={"Member": {"type": "OS::Heat::RandomString", "properties": {"length": 8}}})
        stack = Stack(name, t)
        stack.reach("CREATE_COMPLETE")
        g = born(name, stack)
        g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf") +
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
