# SPDX-License-Identifier: Apache-2.0
"""A guest that boots: QEMU stands for Nova's hypervisor, a config drive for its metadata, the lab is the real Heat.

IMAGE=DIR has vmlinuz and initrd (make image).  The guest has no cloud-init.  It reaches Heat, which listens on this
machine's loopback, over QEMU's user network and a proxy that Heat's own boto file names."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

from deploying import deployed
from lab import LAB, Stack, outputs, scaled, scenarios, wait
from proxy import Proxy

IMAGE = os.path.abspath(os.environ["IMAGE"])
SCRIPT = """#!/bin/sh
echo "deployment on $(uname -r)" > /dev/console
echo "deployed by $(/usr/bin/prehup --version)"
# Something that fills the disk from now on, and stops by itself.
setsid sh -c 'i=0; while [ $i -lt 400 ] && [ ! -e /data/stop ]; do dd if=/dev/zero bs=64k count=4 >> /data/log 2> /dev/null; i=$((i + 1)); sleep 1; done' \
    < /dev/null > /dev/null 2>&1 &
"""
DRAIN = 'echo "drained at $PREHUP_VALUE of $PREHUP_METRIC[$PREHUP_INSTANCE], free $(df /data | tail -1 | awk "{print \\$4}") KiB" > /dev/console'


def template():
    resources = {
        **scaled(),
        "Handle": {"type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {"type": "AWS::CloudFormation::WaitCondition", "properties": {"Handle": {"get_resource": "Handle"}, "Timeout": "900", "Count": "1"}},
        "DepConfig": {"type": "OS::Heat::SoftwareConfig", "properties": {"group": "script", "config": SCRIPT}},
        "Dep": {"type": "OS::Heat::SoftwareDeployment", "properties": {
            "server": {"get_resource": "Server"}, "config": {"get_resource": "DepConfig"}, "signal_transport": "HEAT_SIGNAL"}},
    }
    metadata = {"prehup": {
        "heat": {"interval": 2},
        "collect": {"interval": 1, "collectors": ["filesystem"], "filesystems": "/data"},
        "predict": {"horizon": 60, "warmup": 5},
        "hooks": {"drain": {"triggers": "predict.raised", "action": DRAIN}},
        "signals": {"tell": {"type": "wait-condition", "url": {"get_resource": "Handle"}},
                    "scale": {"type": "policy", "url": {"get_attr": ["Up", "alarm_url"]}}}}}
    return deployed(resources=resources, metadata=metadata, outputs=outputs(
        Size="Group current_size", Out="Dep deploy_stdout", Data="Wait Data"))


def user_data(occ, proxy_port):
    """User-data like Heat's, reduced to the parts that a guest without cloud-init reads."""
    m = MIMEMultipart()
    for name, text in (("cfn-init-data", json.dumps({"deployments": [], "os-collect-config": occ})),
                       ("cfn-boto-cfg", "[Boto]\nproxy = 10.0.2.2\nproxy_port = %d\n" % proxy_port)):
        part = MIMEText(text, "x-cfninitdata")
        part.add_header("Content-Disposition", "attachment", filename=name)
        m.attach(part)
    return m.as_string()


def config_drive(dir, uuid, text):
    os.makedirs(dir + "/drive/openstack/latest")
    with open(dir + "/drive/openstack/latest/user_data", "w") as f:
        f.write(text)
    with open(dir + "/drive/openstack/latest/meta_data.json", "w") as f:
        json.dump({"uuid": uuid, "name": "guest", "hostname": "guest"}, f)
    subprocess.run(["genisoimage", "-quiet", "-V", "config-2", "-r", "-J", "-o", dir + "/drive.iso", dir + "/drive"], check=True)


def qemu(dir, uuid):
    log = open(dir + "/console", "w")
    return subprocess.Popen(
        ["qemu-system-x86_64", "-machine", "q35,accel=tcg", "-cpu", "max", "-m", "192", "-nographic", "-no-reboot", "-monitor", "none",
         "-uuid", uuid, "-nic", "user,model=virtio-net-pci", "-drive", "file=%s/drive.iso,if=virtio,format=raw,readonly=on" % dir,
         "-kernel", IMAGE + "/vmlinuz", "-initrd", IMAGE + "/initrd", "-append", "console=ttyS0 quiet disk=16m"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def test_image_without_cloud_init_deploys_and_is_scaled():
    dir = LAB + "/boot"
    os.makedirs(dir)
    uuid = "7d5c0001-0000-4000-8000-000000000001"
    stack = Stack("boot", template())
    config_drive(dir, uuid, user_data(stack.occ(), Proxy().port))

    def console():
        return open(dir + "/console", errors="replace").read()

    def said(pattern, seconds):
        return wait(pattern, lambda: re.search(pattern, console()), seconds)
    began = time.monotonic()
    guest = qemu(dir, uuid)
    try:
        ready = float(said(r"image: init done at ([\d.]+) s", 240).group(1))
        # These settings stand only in Heat's metadata, not in the guest's user-data.
        polled = float(said(r"prehup: \[([\d.]+)\] metadata: its prehup settings are in force", 120).group(1))
        print("boot power-on to the first successful poll: %.1f s; of these the guest's own %.1f s, prehup's share %.1f s" % (
            time.monotonic() - began, polled, polled - ready), flush=True)
        assert "bootstrap: " in console() and "from the config drive" in console(), console()[-2000:]
        said("deployment on ", 120)
        wait("the deployment's end", lambda: stack.resource("Dep")["resource_status"] == "CREATE_COMPLETE", 60)
        drained = said(r"drained at ([\d.]+) of (\S+), free (\d+) KiB", 300)
        assert int(drained.group(3)) > 0, "it was full when the hook ran: " + drained.group(0)
        print("     ", drained.group(0))
        wait("one member more", lambda: str(stack.outputs()["Size"]) == "2", 120)
        stack.reach("CREATE_COMPLETE", 120)
        out = stack.outputs()
        assert out["Out"].startswith("deployed by prehup "), out
        data = json.loads(out["Data"]) if isinstance(out["Data"], str) else out["Data"]
        assert "prehup:fs.used_ratio[/data]" in data, data
        assert "panic" not in console() and "Out of memory" not in console()
    except BaseException:
        print(console()[-6000:])
        raise
    finally:
        guest.terminate()
        guest.wait(20)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the guest ends with us
sys.exit(scenarios(sys.modules[__name__]) > 0)
