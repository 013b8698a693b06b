# SPDX-License-Identifier: Apache-2.0
"""A fleet of prehup on one machine: a thousand daemons, each below its own sysroot, that poll one CFN API.

All are started as fast as the machine can, polled for two intervals, then the server refuses connections for one
interval and comes back.  The default jitter, and an interval of 30 s instead of 60 (INTERVAL) to be done in three
minutes; a burst is the largest number of requests in one second against what the interval makes of the fleet.
Only memory is collected: the kernel would wake all of them whenever the one machine they share is under pressure."""
import os
import resource
import shutil
import signal
import sys
import tempfile
import time

from guests import PREHUP, Cloud, bench, cpu_ms, end_all, start, write

AGENTS = int(os.environ.get("AGENTS", "1000"))
INTERVAL = int(os.environ.get("INTERVAL", "30"))
MEAN = AGENTS / INTERVAL


def guest(cloud, dir, i):
    root = "%s/%d" % (dir, i)
    write(root + "/etc/os-collect-config.conf", "[DEFAULT]\ncollectors = cfn\n" + cloud.settings("cfn", ""))
    write(root + "/etc/prehup/prehup.conf", "[heat]\ninterval = %d\nbootstrap = no\n[collect]\ninterval = 1m\ncollectors = memory\n" % INTERVAL)
    return root


def memory(processes):
    """KiB of an agent: its share of everything, and what is its own."""
    pss = private = 0
    for p in processes:
        for line in open("/proc/%d/smaps_rollup" % p.pid):
            key, value = line.split()[:2]
            pss += int(value) if key == "Pss:" else 0
            private += int(value) if key.startswith("Private_") else 0
    return pss / len(processes), private / len(processes)


def burst(name, count):
    bench(name, max(count["seconds"] or [0]) / MEAN, "ratio")


def main():
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    dir = tempfile.mkdtemp(prefix="prehup-fleet.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("bench: the fleet took too long"))
    signal.alarm(600)
    try:
        cloud = Cloud(dir)
        roots = [guest(cloud, dir, i) for i in range(AGENTS)]
        cloud.count()
        since = time.monotonic()
        fleet = [start([PREHUP, "run", "--sysroot", r], r + "/log") for r in roots]
        print("# %d agents, started within %.0f s; interval %d s, so %.1f requests a second" % (AGENTS, time.monotonic() - since, INTERVAL, MEAN))
        time.sleep(max(0, INTERVAL - (time.monotonic() - since)) + INTERVAL / 4)
        burst("fleet_first_polls_burst", cloud.count())
        cpu, since = sum(cpu_ms(p.pid) for p in fleet), time.monotonic()
        time.sleep(2 * INTERVAL)
        count = cloud.count()
        bench("fleet_requests_per_s", count["requests"] / count["lasted"], "1/s")
        burst("fleet_burst", count)
        bench("fleet_cpu", (sum(cpu_ms(p.pid) for p in fleet) - cpu) / AGENTS / (time.monotonic() - since) * 60, "ms/min")
        pss, private = memory(fleet)
        bench("fleet_memory_per_agent", pss, "KiB")
        bench("fleet_private_per_agent", private, "KiB")
        cloud.get("/_away?%d" % INTERVAL)
        time.sleep(INTERVAL + 1)
        cloud.count()
        time.sleep(1.5 * INTERVAL)
        count = cloud.count()
        burst("fleet_burst_after_outage", count)
        bench("fleet_back_after_outage", count["requests"] / AGENTS * 100, "%")
        dead = [p for p in fleet if p.poll() is not None]
        if dead:
            sys.exit("bench: %d agents have ended; the log of one: %s" % (len(dead), open(roots[fleet.index(dead[0])] + "/log").read()))
    finally:
        end_all()
        shutil.rmtree(dir, ignore_errors=True)


main()
