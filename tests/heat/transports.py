# SPDX-License-Identifier: Apache-2.0
"""Software deployments over every transport that Heat can choose for a server."""
import functools
import http.server
import json
import os
import subprocess
import sys
import threading
import time

from deploying import born, deployed, script
from lab import Guest, Stack, outputs, running, scenarios, wait


def one_by_one(name, transport, signal):
    """Checks that a deployment runs and is signalled with its outputs, and once more after a change."""
    dir = Guest(name).dir
    out = outputs(out="Dep deploy_stdout", list="Dep list")
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


for t, s in (("POLL_SERVER_HEAT", "HEAT_SIGNAL"), ("POLL_SERVER_HEAT", "CFN_SIGNAL"), ("POLL_SERVER_CFN", "CFN_SIGNAL"),
             ("POLL_TEMP_URL", "TEMP_URL_SIGNAL"), ("ZAQAR_MESSAGE", "ZAQAR_SIGNAL")):
    globals()["test_%s_with_%s" % (t.lower(), s.lower())] = functools.partial(one_by_one, "%s-%s" % (t.lower(), s.lower()), t, s)


def collected(listing):
    """Returns the files that a command got, as [(name, content)]; their folder does not matter."""
    return [(os.path.basename(f), json.load(open(f))) for f in listing.strip().split(":")]


def test_os_collect_config_users_get_the_same_files():
    """Debian's os-collect-config and prehup with one and the same os-collect-config.conf."""
    name = "reference"
    for transport, group in (("POLL_SERVER_CFN", "cfn"), ("POLL_SERVER_HEAT", "heat"), ("POLL_TEMP_URL", "request")):
        dir = Guest(name).dir
        config = {"DepConfig": {"type": "OS::Heat::StructuredConfig", "properties": {"group": "os-apply-config", "config": {"a": {"b": [1, "\u00e9"]}}}},
                  "Dep": {"type": "OS::Heat::StructuredDeployment", "properties": {
                      "server": {"get_resource": "Server"}, "config": {"get_resource": "DepConfig"}, "signal_transport": "NO_SIGNAL", "name": "first"}}}
        stack = Stack.complete(name, deployed(transport, resources=config, metadata={"mine": {"x": 1}}), 40)
        occ = stack.occ()
        conf = "[DEFAULT]\ncollectors = %s\ncollectors = local\npolling_interval = 1\ncachedir = @/cache\nbackup_cachedir = @/backup\n" \
               "command = echo $$OS_CONFIG_FILES >> %s/@ran; test -e %s/@good\n[local]\npath = %s/local-data\n[%s]\n" % (group, dir, dir, dir, group)
        conf += "".join("%s = %s\n" % (k, v.replace("$", "$$")) for k, v in occ[group].items() if v is not None)
        g = born(name, stack, occ)
        os.unlink(g.path("var/lib/heat-cfntools/cfn-init-data"))
        for n in ("two", "one"):
            g.put("local-data/" + n, json.dumps({"from": n}))
        os.chmod(g.path("local-data"), 0o700)
        g.put("theirs.conf", conf.replace("@/", dir + "/their-").replace("/@", "/their-"))
        g.put("etc/os-collect-config.conf", conf.replace("@/", "/our-").replace("/@", "/our-").replace(dir + "/local-data", "/local-data"))

        def reference():
            return subprocess.run(["/usr/bin/os-collect-config", "--config-file", g.path("theirs.conf"), "--one-time"],
                                  env={"PATH": "/usr/bin:/bin", "no_proxy": "127.0.0.1"}, capture_output=True, text=True, timeout=60)
        assert reference().returncode != 0  # the command fails: not committed
        with running(g):
            wait("a failed run, and another try", lambda: len(g.lines("our-ran")) >= 2, 20)
            g.put("their-good", "")
            g.put("our-good", "")
            assert reference().returncode == 0
            theirs = collected(g.lines("their-ran")[-1])
            wait("the same", lambda: g.lines("our-ran") and collected(g.lines("our-ran")[-1]) == theirs, 20)
            assert [n for n, _ in theirs] == [group + ".json", "first.json", "one.json", "two.json"], theirs
            wait("committed", lambda: os.path.exists(g.path("our-cache/first.json.last")))
            runs = len(g.lines("our-ran"))
            time.sleep(3)
            assert len(g.lines("our-ran")) == runs, "ran again for nothing new"
        for n in ("%s.json" % group, "%s.json.orig" % group, "%s.json.last" % group, "first.json.last", "os_config_files.json"):
            a, b = (json.load(open(g.path(w + "-cache/" + n))) for w in ("our", "their"))
            assert a == b or n == "os_config_files.json", n
        stack.delete()


BUILD = """
import json, sys
from unittest import mock
from heat.engine.clients.os import nova
class Plugin(nova.NovaClientPlugin):
    clients = context = None
    def __init__(self): pass
plugin = mock.Mock()
plugin.get_cfn_metadata_server_url.return_value = sys.argv[1]
plugin.get_heat_cfn_url.return_value = sys.argv[1]
Plugin.clients = mock.Mock()
Plugin.clients.client_plugin.return_value = plugin
Plugin.context = mock.Mock()
print(Plugin().build_userdata(json.load(sys.stdin), "#!/bin/sh\\n", user_data_format="SOFTWARE_CONFIG"), end="")
"""


class Nova(http.server.BaseHTTPRequestHandler):
    """The part of Nova's metadata service that serves user-data."""
    user_data = b""

    def do_GET(self):
        text = {"/openstack/latest/user_data": self.user_data, "/openstack/latest/meta_data.json": b'{"uuid": "u-1", "name": "vm", "admin_pass": "no"}'}.get(self.path)
        self.send_response(200 if text else 404)
        self.send_header("Content-Length", str(len(text or b"")))
        self.end_headers()
        self.wfile.write(text or b"")

    def log_message(self, *args):
        pass


def test_guest_without_cloud_init_reads_user_data():
    """User-data as Heat's own code writes it, on a config drive and by the metadata service."""
    for where in ("drive", "service"):
        name = "bare-" + where
        dir = Guest(name).dir
        stack = Stack(name, deployed("POLL_SERVER_HEAT", resources=script(dir)))
        g = born(name, stack)
        meta = g.get("var/lib/heat-cfntools/cfn-init-data")
        os.unlink(g.path("var/lib/heat-cfntools/cfn-init-data"))
        text = subprocess.run(["/usr/bin/python3", "-c", BUILD, "http://192.0.2.1/v1/"], input=meta.encode(), capture_output=True, check=True).stdout
        assert b"x-cfninitdata" in text, text
        server = None
        if where == "drive":
            g.put("config-drive/openstack/latest/user_data", text.decode())
        else:
            Nova.user_data = text
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nova)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            g.configure("metadata-service = http://127.0.0.1:%d\n" % server.server_port, "heat")
        with running(g):
            stack.reach("CREATE_COMPLETE", 40)
        assert g.lines("ran") == ["again"]
        assert os.stat(g.path("var/lib/heat-cfntools/cfn-init-data")).st_mode & 0o777 == 0o600
        if server:
            server.shutdown()
            i = json.loads(g.get("var/lib/prehup/instance.json"))
            assert i == {"uuid": "u-1", "name": "vm", "source": "metadata service"}, i
        stack.delete()


sys.exit(scenarios(sys.modules[__name__]) > 0)
