# SPDX-License-Identifier: Apache-2.0
"""What polling costs a cloud and a guest, by transport, while nothing changes.

Each agent polls a counting cloud (cloud.py) so often as is needed to measure one poll; an hour is that times the
polls that its default interval makes of it, and its logins.  os-collect-config and cfn-hup do so too where they are
installed.  cfn-hup has no interval of its own: cron runs it, once a minute as Heat's templates have it."""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from guests import ENV, PREHUP, Cloud, bench, cpu_ms, end, end_all, start, wait, write

POLLS = 30
TOKEN_S = 3600  # Keystone's default; renewed 300 s before its end
INTERVAL_S = {"": 60, "_os_collect_config": 30, "_cfn_hup": 60}
ONE = {"cfn": "GET /v1", "heat": "GET /heat", "request": "HEAD /swift", "zaqar": "DELETE /v1.1"}  # once in each poll of theirs


def hour(transport, who, poll, first=None):
    """Costs of an hour out of those of one poll, and of a first one (with its login)."""
    polls = 3600 / INTERVAL_S[who]
    logins = 3600 / (TOKEN_S - 300) if first and transport in ("heat", "zaqar") else 0

    def of(key):
        return poll[key] * polls + (first[key] - poll[key]) * logins if logins else poll[key] * polls
    bench("%s_requests_per_h%s" % (transport, who), of("requests"), "1/h")
    bench("%s_connections_per_h%s" % (transport, who), of("connections"), "1/h")
    bench("%s_sent_per_h%s" % (transport, who), of("received") / 1024, "KiB/h")
    bench("%s_received_per_h%s" % (transport, who), of("sent") / 1024, "KiB/h")
    bench("%s_cpu_per_poll%s" % (transport, who), poll["cpu"], "ms")


def per_poll(count, cpu, polls):
    return {k: v / polls for k, v in dict({k: count[k] for k in ("requests", "connections", "sent", "received")}, cpu=cpu).items()}


def prehup(cloud, dir, transport):
    root = "%s/%s" % (dir, transport)
    write(root + "/etc/os-collect-config.conf", "[DEFAULT]\ncollectors = %s\n" % transport + cloud.settings(transport, "/data/a"))
    write(root + "/etc/prehup/prehup.conf", "[heat]\nsplay = 0\nbootstrap = no\n[collect]\ninterval = 1h\n")
    write(root + "/data/a", '{"a": 1}')
    cloud.count()
    p = start([PREHUP, "run", "--sysroot", root], root + "/log")

    def poll():
        return subprocess.run([PREHUP, "poll", "--sysroot", root], env=ENV, capture_output=True).returncode == 0
    wait("a poll over " + transport, lambda: os.path.exists(root + "/run/prehup/control") and poll())
    cloud.count()
    end([p])
    # Anew, so that the first poll can be told from the others.
    p = start([PREHUP, "run", "--sysroot", root], root + "/log")
    wait("a poll over " + transport, lambda: transport == "local" or cloud_polled(cloud, transport))
    time.sleep(0.5)
    first = per_poll(taken(cloud), cpu_ms(p.pid), 1)
    before = cpu_ms(p.pid)
    for _ in range(POLLS):
        if not poll():
            sys.exit("bench: %s: a poll fails: %s" % (transport, open(root + "/log").read()))
    hour(transport, "", per_poll(taken(cloud), cpu_ms(p.pid) - before, POLLS), first)
    end([p])


def os_collect_config(cloud, dir, transport):
    root = "%s/%s-theirs" % (dir, transport)
    write(root + "/data/a", '{"a": 1}')
    os.chmod(root + "/data", 0o700)
    write(root + "/conf", "[DEFAULT]\ncollectors = %s\ncommand = touch %s/done\npolling_interval = 0.2\nmin_polling_interval = 0.2\n"
          "cachedir = %s/cache\nbackup_cachedir = %s/backup\n" % (transport, root, root, root) + cloud.settings(transport, root + "/data"))
    p = start(["/usr/bin/os-collect-config", "--config-file", root + "/conf"], root + "/log")
    if transport == "zaqar":
        wait("a poll", lambda: cloud_polled(cloud, transport), 60)
    else:
        wait("its command over " + transport, lambda: os.path.exists(root + "/done"), 60)
    time.sleep(1)
    taken(cloud)
    before, since = cpu_ms(p.pid), time.monotonic()
    time.sleep(8)
    count, cpu = taken(cloud), cpu_ms(p.pid) - before
    polls = count["kinds"].get(ONE.get(transport), 0) or (time.monotonic() - since) / 0.2
    hour(transport, "_os_collect_config", per_poll(count, cpu, polls))
    end([p])


def cfn_hup(cloud, dir):
    """In a mount namespace of its own, for its paths cannot be set; PORT must stand alone behind the host."""
    root = dir + "/cfn-hup"
    for d in ("etc/cfn", "var/lib/heat-cfntools", "var/cache/heat-cfntools", "var/log"):
        os.makedirs("%s/%s" % (root, d))
    write(root + "/etc/cfn/cfn-hup.conf", "[main]\nstack=fleet\ncredential-file=/etc/cfn/cred\n")
    write(root + "/etc/cfn/hooks.conf", "[h]\ntriggers=post.update\npath=Resources.Server.Metadata\naction=true\nrunas=root\n")
    write(root + "/etc/cfn/cred", "AWSAccessKeyId=%s\nAWSSecretKey=%s\n" % ("a" * 32, "s" * 32))
    write(root + "/var/lib/heat-cfntools/cfn-metadata-server", cloud.url + "/")
    write(root + "/var/lib/heat-cfntools/cfn-boto-cfg", "[Boto]\nis_secure = 0\ncfn_region_endpoint = 127.0.0.1\n")
    script = "".join("mkdir -p /%s; mount --bind %s/%s /%s; " % (d, root, d, d) for d in ("etc/cfn", "var/lib/heat-cfntools", "var/cache/heat-cfntools"))
    script += "mount --bind %s/var/log /var/log; exec /usr/bin/cfn-hup -f" % root

    def one():
        subprocess.run(["unshare", "-m", "--propagation", "private", "sh", "-ec", script], env=ENV, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    one()
    taken(cloud)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        one()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    hour("cfn", "_cfn_hup", per_poll(taken(cloud), cpu, 5))


kept = {}


def taken(cloud):
    """What has been counted, with what cloud_polled() has looked at."""
    count = cloud.count()
    for k, v in kept.items():
        if k == "kinds":
            for kind, n in v.items():
                count["kinds"][kind] = count["kinds"].get(kind, 0) + n
        elif k not in ("seconds", "lasted"):
            count[k] += v
    kept.clear()
    return count


def cloud_polled(cloud, transport):
    now = taken(cloud)
    kept.update(now)
    ours = {"request": "GET /swift", "zaqar": "POST /v2"}.get(transport)
    return now["kinds"].get(ours) or now["kinds"].get(ONE[transport])


def main():
    dir = tempfile.mkdtemp(prefix="prehup-bench.")
    try:
        cloud = Cloud(dir)
        print("# one VM and hour, metadata unchanged; out of the cost of one poll: %d times prehup, every 60 s by default;\n"
              "# os-collect-config, every 30 s by default; cfn-hup by cron, every 60 s; payload of TCP, no TLS" % POLLS)
        for transport in ("cfn", "heat", "request", "zaqar", "local"):
            prehup(cloud, dir, transport)
            if os.path.exists("/usr/bin/os-collect-config"):
                os_collect_config(cloud, dir, transport)
            else:
                print("# skipped: os-collect-config (package python3-os-collect-config) is not here")
        if os.path.exists("/usr/bin/cfn-hup") and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0:
            cfn_hup(cloud, dir)
        else:
            print("# skipped: the reference cfn-hup (package heat-cfntools) is not here")
    finally:
        end_all()
        shutil.rmtree(dir, ignore_errors=True)


main()
