# SPDX-License-Identifier: Apache-2.0
"""A paste filter for heat-api-cfn: Debian 12's Heat asks Keystone about signatures without a token of
its own, which Keystone refuses since CVE-2025-65073.  This one sends Heat's service token along."""
import requests
from heat.api.aws import ec2token
from keystoneauth1 import session
from keystoneauth1.identity import v3


class WithToken:
    def __init__(self, login):
        self.session = session.Session(auth=login)

    def post(self, url, headers=None, **rest):
        mine = dict(headers or {})
        mine["X-Auth-Token"] = self.session.get_token()
        return requests.post(url, headers=mine, **rest)


def filter_factory(global_conf, **conf):
    login = v3.Password(auth_url=conf.pop("lab_auth_url"), username="heat", password=conf.pop("lab_password"),
                        project_name="service", user_domain_id="default", project_domain_id="default")
    ec2token.requests = WithToken(login)
    return ec2token.EC2Token_filter_factory(global_conf, **conf)
