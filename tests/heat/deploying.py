# SPDX-License-Identifier: Apache-2.0
"""Servers with software deployments, and guests that know only what Heat gave them at birth."""
import json
import os

from lab import ENV, Guest, call, http, login

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
        t["resources"]["Server"]["metadata"] = metadata
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


def owner(stack, credential_id, secret):
    """Settings of a source that an application credential of the stack's owner reads."""
    return ("[source owner]\ntype = heat\nauth-url = %s\napplication-credential-id = %s\napplication-credential-secret = %s\n"
            "stack = %s/%s\nresource = Server\n" % (ENV["KS"], credential_id, secret, stack.name, stack.id))


def credential(*rules):
    """An application credential of the stack's owner that may do these things only: "METHOD PATH"."""
    token, project = login("demo", "demo")
    r = http.get(ENV["KS"] + "/auth/tokens", headers={"X-Auth-Token": token, "X-Subject-Token": token})
    user = r.json()["token"]["user"]["id"]
    body = {"application_credential": {"name": os.urandom(4).hex(), "access_rules": [
        {"path": r.split()[1].replace("PROJECT", project), "method": r.split()[0], "service": "orchestration"} for r in rules]}}
    c = call("POST", "%s/users/%s/application_credentials" % (ENV["KS"], user), token, body).json()["application_credential"]
    return c["id"], c["secret"], project
