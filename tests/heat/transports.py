# SPDX-License-Identifier: Apache-2.0
"""Every transport that Heat can choose for a server, and software deployments over each."""
import json
import os
import signal
import subprocess
import sys
import time

from lab import ENV, Guest, Stack, call, running, scenarios, wait

HOT = "2018-08-31"
SCRIPT = """#!/bin/sh
echo "hello $name"
echo "$list" > $heat_outputs_path.list
echo again >> %s/ran
echo oops >&2
exit ${code:-0}
"""


def deployed(transport="POLL_SERVER_HEAT", signal="HEAT_SIGNAL", resources=None, metadata=None, outputs=None):
    t = {"heat_template_version": HOT, "resources": {
        "Server": {"type": "OS::Heat::DeployedServer", "properties": {"software_config_transport": transport}}},
        "outputs": {}}
    if metadata:
        t["resources"]["Server"]["properties"]["metadata"] = metadata
    t["resources"].update(resources or {})
    t["outputs"].update(outputs or {})
    return t


def script(guest_dir, name="Dep", signal="HEAT_SIGNAL", code=0, text=None, group="script", values=None, timeout=None):
    """A config and its deployment."""
    c = {"type": "OS::Heat::SoftwareConfig", "properties": {
        "group": group, "config": text or SCRIPT % guest_dir,
        "inputs": [{"name": "name"}, {"name": "list", "type": "Json"}, {"name": "code", "default": str(code)}],
        "outputs": [{"name": "list"}]}}
    if timeout:
        c["properties"]["options"] = {"timeout": timeout}
    d = {"type": "OS::Heat::SoftwareDeployment", "properties": {
        "server": {"get_resource": "Server"}, "config": {"get_resource": name + "Config"}, "signal_transport": signal,
        "input_values": values or {"name": "world", "list": [1, 2]}}}
    return {name + "Config": c, name: d}


def born(name, stack, occ=None):
    """A guest that knows only what Heat's user-data would have left there."""
    g = Guest(name)
    for f in ("etc/cfn/cfn-hup.conf", "etc/cfn/cfn-credentials", "etc/cfn/hooks.conf", "var/lib/heat-cfntools/cfn-metadata-server"):
        os.unlink(g.path(f))
    g.put("var/lib/heat-cfntools/cfn-init-data", json.dumps({"deployments": [], "os-collect-config": occ or stack.occ()}))
    return g


def one_by_one(name, transport, signal):
    """A stack whose deployment runs, is told, and is seen with its outputs; then changes, and runs once more."""
    dir = Guest(name).dir
    out = {"list": {"value": {"get_attr": ["Dep", "list"]}}, "out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}}
    stack = Stack(name, deployed(transport, resources=script(dir, signal=signal), outputs=out))
    g = born(name, stack)
    with running(g):
        stack.reach("CREATE_COMPLETE", 40)
        assert g.lines("ran") == ["again"], g.lines("ran")
        new = deployed(transport, resources=script(dir, signal=signal, values={"name": "moon", "list": [1, 2]}), outputs=out)
        stack.update(new)
        o = stack.outputs()
        assert o["out"] == "hello moon\n" and json.loads(o["list"]) == [1, 2], o
        time.sleep(2)
        assert g.lines("ran") == ["again"] * 2, g.lines("ran")
        s = g.status()
        assert all(x["state"] == "ok" for x in s["sources"]), s["sources"]
        assert s["deployments"]["done"] == 2 and s["signals"]["sent"] == 2, s
    with running(g):
        wait("a poll", lambda: g.status() and any(x["last_ok_s"] is not None for x in g.status()["sources"]))
        time.sleep(2)
    assert g.lines("ran") == ["again"] * 2, "ran again after a restart"
    stack.delete()
    return g


def test_poll_server_heat_with_heat_signal():
    one_by_one("heat-heat", "POLL_SERVER_HEAT", "HEAT_SIGNAL")


def test_poll_server_heat_with_cfn_signal():
    one_by_one("heat-cfn", "POLL_SERVER_HEAT", "CFN_SIGNAL")


def test_poll_server_cfn_with_cfn_signal():
    one_by_one("cfn-cfn", "POLL_SERVER_CFN", "CFN_SIGNAL")


def test_poll_temp_url_with_temp_url_signal():
    one_by_one("temp-temp", "POLL_TEMP_URL", "TEMP_URL_SIGNAL")


def test_zaqar_message_with_zaqar_signal():
    one_by_one("zaqar-zaqar", "ZAQAR_MESSAGE", "ZAQAR_SIGNAL")


sys.exit(scenarios(sys.modules[__name__]) > 0)
