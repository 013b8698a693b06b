# SPDX-License-Identifier: Apache-2.0
"""Faults of a guest: prehup must report each within one tick, in the named metrics and in no others.

The others are all metrics of faults: hard signs, counts of events of kernel, devices and drives, and raised bounded
metrics.  None of them may be worse than before."""
import re
import signal
import sys
import time

from guest import MEMORY, PATIENCE, Guest

TICK = 1.0  # s, as in prehup.conf
HARD = ("count", "flag", "alive")
COUNTED = ("kernel.", "device.", "nvme.", "smart.")
# Hard signs whose weight is too low to raise an alarm alone.
LIGHT = {"clock.jumps", "net.carrier_changes", "kernel.nmis", "process.watched.restarts"}


class Trial:
    def __init__(self, guest, kinds):
        self.guest, self.kinds = guest, kinds
        self.before, self.at = guest.reading()
        self.later = set()  # late effects of earlier scenarios
        self.passed = self.failed = 0

    def level(self, row):
        """Returns the severity that a metric of faults shows; 0: no fault, or no such metric."""
        if row is None or row["value"] is None:
            return 0
        kind = self.kinds.get(row["metric"], "gauge")
        if kind == "alive":
            return 1 - row["value"]
        if kind in HARD or row["metric"].startswith(COUNTED):
            return row["value"]
        return int(row["state"] == "raised")

    def worse(self, now):
        return {k for k in now if self.level(now[k]) > self.level(self.before.get(k))}

    def shown(self, now, signs, shows):
        """Returns the first unmet expectation, "" if all are met.  signs: (metric, instance) of metrics that must be worse;
        shows: (metric, instance) -> test of its value."""
        worse = self.worse(now)
        for sign in signs:
            if sign not in worse:
                return "%s[%s] shows nothing" % sign
            if self.kinds[sign[0]] in HARD and sign[0] not in LIGHT and now[sign]["state"] != "raised":
                return "%s[%s] is not raised" % sign
        for key, test in shows.items():
            if key not in now or now[key]["value"] is None or not test(now[key]["value"]):
                return "%s[%s] is %s" % (*key, now.get(key, {"value": "missing"})["value"])
        return ""

    def watch(self, signs, shows, why, ticks, may):
        """Watches for so many ticks; returns the faults of prehup and the time until the signs showed."""
        since, end, missing = self.guest.uptime(), time.monotonic() + PATIENCE, ""
        took = None
        while time.monotonic() < end:
            now, at = self.guest.reading()
            if at <= since:
                continue
            missing = self.shown(now, signs, shows)
            if not missing and took is None:
                took = at - since
            # Side effects have a whole tick to show; slow signs have more.
            if at < since + TICK or (missing and at < since + ticks * TICK):
                continue
            other = self.worse(now) - set(signs) - may
            self.before, self.at = now, at
            wrong = [missing] if missing else []
            wrong += ["%s[%s] is worse: %s" % (*k, now[k]["reason"]) for k in sorted(other)]
            for key, words in why.items():
                if not missing and not re.search(words, now[key]["reason"] or ""):
                    wrong.append("%s[%s] says: %s" % (*key, now[key]["reason"]))
            return wrong, took
        return ["there was no tick: " + missing], None

    def scenario(self, name, act, signs=(), shows=None, why=None, ticks=1, may=()):
        """may: metrics that may be worse, too.  shows and why may be functions of the result of act()."""
        try:
            got = act()
            shows, why = (x(got) if callable(x) else x for x in (shows or {}, why or {}))
            wrong, took = self.watch(signs, shows, why, ticks, self.later | set(may))
        except (RuntimeError, OSError, ValueError, KeyError) as e:
            wrong, took = ["%s: %s" % (type(e).__name__, e)], None
        if wrong:
            self.failed += 1
            print("FAIL " + name)
            print("".join("     %s\n" % w for w in wrong), end="")
        else:
            self.passed += 1
            print("ok   %s (%.1f s)" % (name, took))
        sys.stdout.flush()


def numbers(signs):
    return [(s, "") for s in signs]


def throttle(guest, bytes_per_s):  # 0: not at all
    guest.qmp("block_set_io_throttle", device="slow", bps=bytes_per_s, bps_rd=0, bps_wr=0, iops=0, iops_rd=0, iops_wr=0)


def disks(t):
    g = t.guest
    bad, slow, nvme = g.disk("bad-1"), g.disk("slow-1"), "nvme0n1"

    def hang():
        throttle(g, 1)
        # The first read succeeds; the others are far apart, so that the kernel merges none.
        g.sh("for i in 1 2 3; do dd if=/dev/%s of=/dev/null bs=4096 count=1 skip=${i}000 iflag=direct & done; true" % slow)

    def warn():
        g.qmp("qom-set", path="/machine/peripheral/nvme", property="smart_critical_warning", value=4)

    t.scenario("unresponsive disk shows stuck I/O", hang,
               shows={("disk.stuck_s", slow): lambda v: v > 0, ("proc.blocked", ""): lambda v: v >= 1})
    # They show later; see hanging().
    t.later = {("disk.stuck", slow), ("proc.hung", "")}
    t.scenario("errors of a disk are counted", lambda: g.sh(
        "! dd if=/dev/%s of=/dev/null bs=512 count=1 skip=4096" % bad),
        signs=[("kernel.io_errors", "")], why={("kernel.io_errors", ""): r"I/O error.* dev %s, " % bad})
    t.scenario("degraded NVMe drive is reported as failing", warn,
               signs=[("nvme.critical_warning", nvme), ("drive.failing", nvme)])


def plugging(t):
    g = t.guest
    settle = "! test -e /run/udev/control || udevadm settle"  # udevd sends its event after its rules have run

    def plug_disk():
        g.qmp("blockdev-add", **{"driver": "null-co", "node-name": "late", "size": 1 << 24})
        g.qmp("device_add", driver="virtio-blk-pci", drive="late", id="late", serial="late-1")
        g.await_("the disk", "grep -x late-1 /sys/block/*/serial")
        g.sh(settle)
        return g.disk("late-1")

    def unplug(device, gone):
        g.qmp("device_del", id=device)
        g.await_(device + " to go", gone)
        g.sh(settle)

    def plug_nic():
        g.qmp("netdev_add", type="hubport", id="lan", hubid=1)
        g.qmp("device_add", driver="virtio-net-pci", netdev="lan", id="card")
        g.await_("the interface", "test -e /sys/class/net/eth1")
        g.sh(settle)

    n, k = t.before[("disk.count", "")]["value"], t.before[("net.count", "")]["value"]
    t.scenario("plugged disk is reported with its serial number", plug_disk,
               signs=[("device.added", "")],
               shows=lambda name: {("disk.count", ""): lambda v: v == n + 1, ("disk.stuck", name): lambda v: v == 0},
               why=lambda name: {("device.added", ""): "disk %s, serial late-1" % name})
    late = g.disk("late-1")
    t.scenario("unplugged disk is reported", lambda: unplug("late", "! test -e /sys/block/" + late),
               signs=[("device.removed", "")], shows={("disk.count", ""): lambda v: v == n},
               why={("device.removed", ""): "disk " + late})
    t.scenario("plugged interface is reported", plug_nic, signs=[("device.added", "")],
               shows={("net.count", ""): lambda v: v == k + 1}, why={("device.added", ""): "net eth1"})
    t.scenario("unplugged interface is reported", lambda: unplug("card", "! test -e /sys/class/net/eth1"),
               signs=[("device.removed", "")], shows={("net.count", ""): lambda v: v == k},
               why={("device.removed", ""): "net eth1"})
    ata = "sda"

    def again():
        g.sh("echo 1 > /sys/block/%s/device/delete; %s" % (ata, settle))
        g.sh('for h in /sys/class/scsi_host/*/scan; do echo "- - -" > $h; done')
        g.await_("the disk", "test -e /sys/block/" + ata)
        g.sh(settle)
        return bool(g.sh("test -e /run/udev/control && echo yes; true").strip())

    t.scenario("returned disk has the serial number of udevd", again,
               signs=numbers(["device.added", "device.removed"]), shows={("disk.count", ""): lambda v: v == n},
               why=lambda udevd: {("device.added", ""): "disk %s%s$" % (ata, ", serial ata-1" if udevd else "")})
    t.scenario("lost carrier is reported", lambda: g.qmp("set_link", name="nic", up=False),
               signs=[("net.carrier_changes", "eth0")], shows={("net.up", "eth0"): lambda v: v == 0})


def clock(t):
    g = t.guest

    def lockup():
        g.sh("echo 1 > /proc/sys/kernel/watchdog_thresh")
        g.stand_still(5)
        g.sh("echo 10 > /proc/sys/kernel/watchdog_thresh")

    def crash():
        # A program that has only zeros after its headers.
        g.sh("cp /bin/busybox /run/broken; dd if=/dev/zero of=/run/broken bs=4096 seek=1 count=200 conv=notrunc; "
             "! /run/broken")

    t.scenario("clock set back by an hour is a jump", lambda: g.sh("date -s @$(($(date +%s) - 3600))"),
               signs=[("clock.jumps", "")])
    t.scenario("stopped CPU is a soft lockup", lockup,
               signs=numbers(["kernel.soft_lockups", "kernel.tainted"]), may=numbers(["kernel.call_traces"]),
               why={("kernel.soft_lockups", ""): "soft lockup - CPU#0 stuck"})
    t.scenario("NMI without a reason is counted", lambda: g.qmp("inject-nmi"), signs=[("kernel.nmis", "")])
    t.scenario("crashed program is counted", crash, signs=[("kernel.segfaults", "")],
               why={("kernel.segfaults", ""): "broken.* segfault at"})


def filesystems(t):
    g = t.guest
    data = g.disk("data-1")
    t.scenario("error found by ext4 is counted", lambda: g.sh("echo hurt > /sys/fs/ext4/%s/trigger_fs_error" % data),
               signs=[("kernel.fs_errors", ""), ("fs.errors", "/data")],
               why={("kernel.fs_errors", ""): r"EXT4-fs error \(device %s\)" % data})
    t.scenario("damaged ext4 turns read-only", lambda: g.sh("! cat /spoilt/gone"),
               signs=[("kernel.fs_errors", ""), ("fs.errors", "/spoilt"), ("fs.readonly", "/spoilt")])


def memory(t):
    g = t.guest
    tail = "comm:tail"
    rss = ("process.watched.rss_kib", tail)

    def balloon(mib):
        g.qmp("balloon", value=mib << 20)
        g.await_("the balloon", "awk '/^balloon_inflate/ { i = $2 } /^balloon_deflate/ { d = $2 } "
                 "END { exit !(i - d == %d) }' /proc/vmstat" % ((MEMORY - mib) * 256))

    def starve():
        g.sh("cat /dev/zero > /run/leak & true")
        g.await_("the kernel to kill", "! pidof tail")

    def revive():
        g.sh("kill $(pidof cat); tail -n 1 < /run/leak > /dev/null & true")

    t.scenario("balloon of 48 MiB is measured", lambda: balloon(MEMORY - 48),
               shows={("mem.balloon_kib", ""): lambda v: v == 48 << 10})
    for i in range(1, 4):
        had = t.before[rss]["value"]
        t.scenario("leak of %d MiB is measured" % (8 * i), lambda: g.sh("head -c 8388608 /dev/zero > /run/leak"),
                   shows={rss: lambda v, had=had: had + 7168 <= v <= had + 10240})
    t.later |= {("mem.used_ratio", ""), ("psi.memory.full", "")}
    t.scenario("out-of-memory kill is reported", starve,
               signs=[*numbers(["kernel.oom_kills", "kernel.call_traces"]), ("process.watched.alive", tail)],
               may=numbers(["kernel.alloc_failures"]),  # the killed process may be allocating a page
               why={("kernel.oom_kills", ""): "Killed process [0-9]+ .tail."})
    t.scenario("restarted service is counted", revive, signs=[("process.watched.restarts", tail)],
               ticks=3, shows={("process.watched.alive", tail): lambda v: v == 1})
    t.scenario("deflated balloon is measured", lambda: balloon(MEMORY),
               shows={("mem.balloon_kib", ""): lambda v: v == 0})


def services(t):
    """Tests services of the guest, each in a cgroup with a limit."""
    g = t.guest

    def inside(service, command):
        return "(echo 0 > /sys/fs/cgroup/%s.service/cgroup.procs; %s)" % (service, command)

    def of(metric, service):
        return ("cgroup." + metric, service + ".service")

    def fill(mib):  # unreclaimable memory that belongs to no process
        return inside("hungry", "dd if=/dev/zero of=/run/held.%d bs=1M count=%d" % (mib, mib))

    def end():
        g.sh("while read -r p; do kill $p; done < /sys/fs/cgroup/busy.service/cgroup.procs; rm /run/held.*")
        g.await_("its processes to end", "! grep . /sys/fs/cgroup/busy.service/cgroup.procs")

    full, throttled, tasks = of("memory.used_ratio", "hungry"), of("throttled_ratio", "busy"), of("pids.used_ratio", "busy")
    cpu, kills = of("cpu_ratio", "busy"), of("oom_kills", "hungry")
    t.scenario("service near its memory limit is measured", lambda: g.sh(fill(13)), may=[full],
               shows={full: lambda v: 0.8 <= v < 1, kills: lambda v: v == 0})
    t.later |= {full}
    t.scenario("kill at the memory limit of a service is counted", lambda: g.sh("! " + fill(8)),
               signs=[kills, ("kernel.cgroup_oom_kills", "")], may=numbers(["kernel.call_traces"]))
    t.scenario("service at its task limit is reported",
               lambda: g.sh(inside("busy", "for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; true") + " || true"),
               signs=numbers(["kernel.refusals"]),
               shows={tasks: lambda v: v >= 7 / 8}, may=[tasks])
    t.later |= {tasks}
    g.sh("while read -r p; do kill $p; done < /sys/fs/cgroup/busy.service/cgroup.procs")
    t.scenario("service throttled at its CPU limit is measured", lambda: g.sh(inside("busy", "while :; do :; done") + " & true"),
               shows={throttled: lambda v: v > 0.3, cpu: lambda v: 0 < v < 0.3}, ticks=4, may=[throttled])
    t.later |= {throttled}
    t.scenario("services within their limits are normal again", end, ticks=4,
               shows={full: lambda v: v < 0.5, tasks: lambda v: v == 0, throttled: lambda v: v == 0, cpu: lambda v: v == 0})


def hanging(t):
    g = t.guest
    slow = g.disk("slow-1")

    def impatient():
        g.sh("echo 3 > /proc/sys/kernel/hung_task_timeout_secs")

    def let_go():
        g.sh("echo 0 > /proc/sys/kernel/hung_task_timeout_secs")
        throttle(g, 0)
        g.await_("the disk", "! pidof dd")

    t.scenario("disk that hangs for 30 s is stuck", lambda: None, ticks=40,
               shows={("disk.stuck", slow): lambda v: v == 1})
    t.later |= {("kernel.hung_tasks", ""), ("kernel.call_traces", "")}
    t.scenario("hung task is reported", impatient, signs=numbers(["kernel.hung_tasks", "kernel.call_traces"]),
               ticks=10, why={("kernel.hung_tasks", ""): "task dd:[0-9]+ blocked for more than"})
    t.scenario("responsive disk is no longer stuck", let_go,
               shows={("disk.stuck", slow): lambda v: v == 0, ("proc.blocked", ""): lambda v: v == 0})


def main():
    folder, kernel = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends QEMU, too
    guest, t = Guest(folder, kernel), None
    try:
        guest.answer("ready")
        kinds = {m["metric"]: m["kind"] for m in guest.list()}
        guest.await_("prehup", "prehup status")
        t = Trial(guest, kinds)
        t.before = {}  # every fault is worse than this
        t.scenario("healthy guest shows no fault", lambda: None)
        print("     prehup is ready %.2f s after its execution" % guest.start_s())
        for part in (disks, plugging, clock, filesystems, services, memory, hanging):
            part(t)
        print("     prehup in the guest: resident %d KiB, dirty %d KiB" % tuple(guest.memory_kib()))
    except (RuntimeError, OSError) as e:
        print("FAIL the guest: %s: %s" % (type(e).__name__, e))
        print(open(guest.console, encoding="utf-8", errors="replace").read()[-3000:])
        t = t or Trial.__new__(Trial)
    finally:
        guest.end()
    print("%d passed, %d failed" % (t.passed, t.failed))
    sys.exit(t.failed != 0)


main()
