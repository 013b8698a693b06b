# SPDX-License-Identifier: Apache-2.0
"""Every transport that Heat can choose for a server, and software deployments over each."""
import json
import sys
import time

from deploying import born, deployed, script
from lab import Guest, Stack, running, scenarios, wait

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
