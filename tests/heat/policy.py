# SPDX-License-Identifier: Apache-2.0
"""Heat with the policy of 2024.1 and later, over TLS."""
import shutil
import sys

from deploying import born, deployed, script
from lab import LAB, Guest, Stack, hook, outputs, running, scenarios, server_template, wait

OVERRIDE = '"cloudformation:DescribeStackResource": "rule:allow_everybody"'


def test_native_api_needs_no_policy_override():
    name = "newdef"
    dir = Guest(name).dir
    stack = Stack(name, deployed("POLL_SERVER_HEAT", metadata={"rev": 1}, resources=script(dir, signal="HEAT_SIGNAL"),
                                 outputs=outputs(out="Dep deploy_stdout")))
    g = born(name, stack)
    g.put("ca.pem", open(LAB + "/cert.pem").read())
    # Hooks as cfn-hup has them, of the resource that the other transport brings.
    g.put("etc/cfn/hooks.d/rev.conf", hook("rev", triggers="post.add, post.update", path="Resources.Server.Metadata.rev", action="echo $CFN_NEW_METADATA >> @/revs").replace("@", dir))
    g.configure("ca-file = /ca.pem\n", "heat")
    with running(g):
        stack.reach("CREATE_COMPLETE", 60)
        wait("the hook", lambda: g.lines("revs") == ["1"])
    assert stack.outputs()["out"] == "hello world\n", stack.outputs()
    assert g.lines("ran") == ["again"]


def test_policy_403_names_the_override_that_helps():
    stack = Stack.complete("policy", server_template({"rev": 1}))
    g = Guest("policy", stack, hook("log", action="echo x >> @/ran"))
    shutil.copy(LAB + "/cert.pem", g.path("ca.pem"))
    g.configure("ca-file = /ca.pem\n", "heat")
    with running(g):
        wait("the policy is named", lambda: g.source().get("state") == "policy", 30)
        assert OVERRIDE in g.source()["last_error"] and OVERRIDE in g.get("log")
        with open(LAB + "/heat/policy.d/prehup.yaml", "w") as f:
            f.write(OVERRIDE + "\n")
        wait("it polls", lambda: g.source().get("state") == "ok", 60)
        wait("the hook", lambda: g.lines("ran"))


def test_certificate_is_verified_with_the_ca_of_boto_cfg():
    stack = Stack.complete("tls", server_template({"rev": 1}))
    g = Guest("tls", stack, hook("idle", action="true"))
    with running(g):
        wait("refused", lambda: g.source().get("state") == "tls", 30)
        assert "ca-file" in g.source()["last_error"]
    shutil.copy(LAB + "/cert.pem", g.path("ca.pem"))
    g.put("var/lib/heat-cfntools/cfn-boto-cfg", "[Boto]\nis_secure = 1\nca_certificates_file = /ca.pem\n")
    with running(g):
        wait("verified", lambda: g.source().get("state") == "ok", 30)


sys.exit(scenarios(sys.modules[__name__]) > 0)
