# SPDX-License-Identifier: Apache-2.0
"""The main job on a real Heat: poll, run hooks, see a failure coming, act on it."""
import json
import os
import signal
import sys
import time

from lab import Guest, Stack, filling, hook, outputs, running, scaled, scenarios, server_template, wait, waiting


def two_metadata(guest):
    return json.loads(guest.get("var/cache/heat-cfntools/last_metadata")), json.loads(
        guest.get("var/cache/heat-cfntools/last_metadata_Server"))


def test_stack_update_runs_the_hook_once_with_old_and_new():
    stack = Stack.complete("update", server_template({"rev": 1, "text": "na\u00efve \u2013 \u00fcn\u00efcode"}))
    g = Guest("update", stack, hook("rev", action='echo "$PREHUP_TRIGGER $CFN_OLD_METADATA > $CFN_NEW_METADATA" >> @/ran'))
    with running(g):
        wait("the first run", lambda: g.lines("ran"))
        assert g.lines("ran")[0].startswith("post.update  > "), g.lines("ran")
        for m in two_metadata(g):
            assert m["rev"] == 1 and m["text"] == "na\u00efve \u2013 \u00fcn\u00efcode", m
        for f in ("last_metadata", "last_metadata_Server"):
            assert os.stat(g.path("var/cache/heat-cfntools/" + f)).st_mode & 0o777 == 0o600
        stack.update(server_template({"rev": 2}))
        wait("the second run", lambda: len(g.lines("ran")) == 2)
        old, new = g.lines("ran")[1].removeprefix("post.update ").split(" > ")
        assert json.loads(old)["rev"] == 1 and json.loads(new)["rev"] == 2, g.lines("ran")
        time.sleep(3)  # several more polls
        assert len(g.lines("ran")) == 2, g.lines("ran")
    with running(g):
        wait("a poll after the restart", lambda: g.source().get("state") == "ok")
        time.sleep(2)
        assert len(g.lines("ran")) == 2, "ran again after a restart: %s" % g.lines("ran")


def test_predicted_full_filesystem_runs_hook_and_signals():
    more = {**waiting(), **scaled("Type", "Properties", "Ref")}
    metadata = {"rev": 1, "prehup": {
        "heat": {"interval": 1},
        "collect": {"interval": 1, "collectors": ["filesystem"], "filesystems": "/data"},
        "predict": {"horizon": 60, "warmup": 5},
        "hooks": {"drain": {"triggers": "predict.raised",
                            "action": 'df --output=avail %s/data | tail -1 > %s/free.new; echo "$PREHUP_METRIC[$PREHUP_INSTANCE] '
                                      '$PREHUP_RISK $PREHUP_SECONDS_LEFT $PREHUP_REASON" >> %s/ran; mv %s/free.new %s/free'}},
        "signals": {"tell": {"type": "wait-condition", "url": {"Ref": "Handle"}},
                    "scale": {"type": "policy", "url": {"Fn::GetAtt": ["Up", "alarm_url"]}}}}}
    dir = Guest("fill").dir
    h = metadata["prehup"]["hooks"]["drain"]
    h["action"] = h["action"].replace("%s", dir)
    stack = Stack("fill", server_template(metadata, more, outputs("cfn", Data="Wait Data", Size="Group current_size")))
    g = Guest("fill", stack, conf="[hook idle]\ntriggers = post.update\npath = Resources.Server.Metadata\naction = true\n")
    with filling(g) as log, running(g):
        g.has_settings()
        log.start()
        wait("the drain hook", lambda: g.lines("free"), 60)
        free = int(g.lines("free")[0])
        print("     ", g.lines("ran")[0], "; free then: %d KiB" % free)
        assert free > 0, "it was full when the hook ran"
        assert g.lines("ran")[0].startswith("fs.used_ratio[/data] 0."), g.lines("ran")
        stack.reach("CREATE_COMPLETE", 30)
        data = json.loads(stack.outputs()["Data"])
        value = data["prehup:fs.used_ratio[/data]"]
        value = json.loads(value) if isinstance(value, str) else value
        assert value["metric"] == "fs.used_ratio" and value["risk"] >= 0.8, data
        wait("one member more", lambda: str(stack.outputs()["Size"]) == "2", 30)
        log.stop()
        time.sleep(3)
        assert str(stack.outputs()["Size"]) == "2", stack.outputs()
        assert len(g.lines("ran")) == 1, g.lines("ran")
        assert g.status()["signals"]["sent"] == 2, g.status()["signals"]


def test_settings_in_metadata_apply_and_invalid_ones_do_not():
    stack = Stack.complete("settings", server_template({"prehup": {"predict": {"horizon": 300}}}))
    g = Guest("settings", stack, hook("idle", action="true"))
    with running(g):
        wait("the first settings", lambda: (g.status() or {}).get("settings", {}).get("metadata") == "in force")
        stack.update(server_template({"prehup": {"predict": {"horizon": 300, "raise": 7}}}))
        s = wait("the mistake is told", lambda: (lambda s: s if s["metadata"] == "refused" else None)(g.status()["settings"]))
        assert "prehup.predict.raise" in s["metadata_error"], s
        assert g.get("log").count("prehup.predict.raise") == 1, "told more than once, or not at all"
        stack.update(server_template({"prehup": {"predict": {"horizon": 400}, "heat": {"insecure": True}}}))
        wait("insecure is refused", lambda: "heat.insecure" in (g.status()["settings"]["metadata_error"] or ""))
        stack.update(server_template({"prehup": {"predict": {"horizon": 400}}}))
        wait("mended", lambda: g.status()["settings"]["metadata"] == "in force")


def test_wrong_credentials_are_logged_once_and_reloaded():
    stack = Stack.complete("keys", server_template({"rev": 1}))
    good = Guest("keys", stack).keys
    g = Guest("keys", stack, hook("idle", action="echo x >> @/ran"), keys=(good[0], "wrong"))
    with running(g):
        wait("denied", lambda: g.source().get("state") == "denied")
        wait("a few tries", lambda: g.source()["failures"] >= 3)
        assert "wrong or deleted credentials" in g.source()["last_error"]
        assert sum("refuses the signature" in x for x in g.lines("log")) == 1, "told with each try"
        assert "wrong" not in [w for x in g.lines("log") for w in x.split("=")], "the secret is in the log"
        g.credentials(*good)
        g.process.send_signal(signal.SIGHUP)
        wait("the hook", lambda: g.lines("ran"))


def test_wrong_clock_is_corrected_by_heats():
    stack = Stack.complete("clock", server_template({"rev": 1}))
    for shift in ("-20m", "+1d"):
        g = Guest("clock" + shift, stack, hook("idle", action="true"))
        with running(g, "faketime", "-f", shift):
            wait("ok with the clock at " + shift, lambda: g.source().get("state") == "ok", 30)
            wait("told", lambda: any("signed with Heat's time" in x for x in g.lines("log")))


def test_unknown_stack_and_resource_are_reported():
    stack = Stack.complete("unknown", server_template({"rev": 1}))
    g = Guest("unknown1", stack, hook("idle", path="Resources.Nope.Metadata", action="true"))
    with running(g):
        wait("forbidden", lambda: g.source().get("state") == "forbidden")
    g = Guest("unknown2", stack, hook("idle", action="true"))
    g.put("etc/cfn/cfn-hup.conf", "[main]\nstack=nosuch\ncredential-file=/etc/cfn/cfn-credentials\n")
    with running(g):
        wait("no such stack", lambda: g.source().get("state") in ("no-stack", "forbidden"))
        print("     ", g.source()["last_error"])


def test_hook_cut_off_by_kill_9_runs_once_more():
    stack = Stack.complete("kill", server_template({"rev": 1}))
    g = Guest("kill", stack, hook("slow", action="echo begin >> @/ran; sleep 3; echo end >> @/ran"))
    g.start()
    wait("it runs", lambda: g.lines("ran") == ["begin"])
    g.stop(signal.SIGKILL)
    with running(g):
        wait("it ran again", lambda: g.lines("ran") == ["begin", "end", "begin", "end"], 20)
        time.sleep(2)
    for how in (signal.SIGKILL, signal.SIGTERM):
        g.start()
        wait("a poll", lambda: g.source().get("state") == "ok")
        time.sleep(2)
        g.stop(how)
    assert g.lines("ran") == ["begin", "end"] * 2, g.lines("ran")


def test_one_shot_uses_the_running_daemon():
    stack = Stack.complete("oneshot", server_template({"rev": 1}))
    g = Guest("oneshot", stack, hook("log", action='echo $PREHUP_TRIGGER >> @/ran'))
    g.put("etc/prehup/prehup.conf", "[heat]\ninterval = 1h\n")
    r = g.once("-f")
    assert r.returncode == 0, r.stderr
    assert g.lines("ran") == ["post.update"]
    with running(g):
        wait("the daemon", lambda: g.status())
        stack.update(server_template({"rev": 2}))
        r = g.once()
        assert r.returncode == 0, r.stderr
        assert g.lines("ran") == ["post.update"] * 2, "the change has been served when cfn-hup returns"
    r = g.once()
    assert r.returncode == 0 and len(g.lines("ran")) == 2


sys.exit(scenarios(sys.modules[__name__]) > 0)
