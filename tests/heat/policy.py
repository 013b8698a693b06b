# SPDX-License-Identifier: Apache-2.0
"""Heat with the policy of 2024.1 and later, over TLS."""
import shutil
import sys

from deploying import born, deployed, script
from lab import LAB, Guest, Stack, hook, running, scenarios, server_template, wait

OVERRIDE = '"cloudformation:DescribeStackResource": "rule:allow_everybody"'


def test_heats_own_api_needs_no_override_and_serves_deployments_and_hooks():
    name = "newdef"
    dir = Guest(name).dir
    stack = Stack(name, deployed("POLL_SERVER_HEAT", metadata={"rev": 1}, resources=script(dir, signal="HEAT_SIGNAL"),
                                 outputs={"out": {"value": {"get_attr": ["Dep", "deploy_stdout"]}}}))
    g = born(name, stack)
    g.put("ca.pem", open(LAB + "/cert.pem").read())
    # Hooks as cfn-hup has them, of the resource that the other transport brings.
    g.put("etc/cfn/hooks.d/rev.conf", hook("rev", triggers="post.add, post.update", path="Resources.Server.Metadata.rev", action="echo $CFN_NEW_METADATA >> @/revs").replace("@", dir))
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace("[heat]\n", "[heat]\nca-file = /ca.pem\n"))
    with running(g):
        stack.reach("CREATE_COMPLETE", 60)
        wait("the hook", lambda: g.lines("revs") == ["1"])
    assert stack.outputs()["out"] == "hello world\n", stack.outputs()
    assert g.lines("ran") == ["again"]
    stack.delete()


def test_the_policys_403_names_the_override_line_and_the_line_helps():
    stack = Stack("policy", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
    g = Guest("policy", stack, hook("log", action="echo x >> @/ran"))
    shutil.copy(LAB + "/cert.pem", g.path("ca.pem"))
    g.put("etc/prehup/prehup.conf", g.get("etc/prehup/prehup.conf").replace("[heat]\n", "[heat]\nca-file = /ca.pem\n"))
    with running(g):
        wait("the policy is named", lambda: g.source().get("state") == "policy", 30)
        assert OVERRIDE in g.source()["last_error"] and OVERRIDE in g.get("log")
        with open(LAB + "/heat/policy.d/prehup.yaml", "w") as f:
            f.write(OVERRIDE + "\n")
        wait("it polls", lambda: g.source().get("state") == "ok", 60)
        wait("the hook", lambda: g.lines("ran"))
    stack.delete()


def test_an_unknown_certificate_is_refused_and_one_from_boto_cfg_is_verified():
    stack = Stack("tls", server_template({"rev": 1}))
    stack.reach("CREATE_COMPLETE")
    g = Guest("tls", stack, hook("idle", action="true"))
    with running(g):
        wait("refused", lambda: g.source().get("state") == "tls", 30)
        assert "ca-file" in g.source()["last_error"]
    shutil.copy(LAB + "/cert.pem", g.path("ca.pem"))
    g.put("var/lib/heat-cfntools/cfn-boto-cfg", "[Boto]\nis_secure = 1\nca_certificates_file = /ca.pem\n")
    with running(g):
        wait("verified", lambda: g.source().get("state") == "ok", 30)
    stack.delete()


sys.exit(scenarios(sys.modules[__name__]) > 0)
