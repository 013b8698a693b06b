# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
# systemd in namespaces, with only our units; prehup is one of its services.
. "$(dirname "$0")/lib.sh"
groups=/sys/fs/cgroup
[ -e $groups/cgroup.controllers ] || groups=$groups/unified
group=$groups/prehup-test-$$
gone() {
	finish
	for _ in {1..100}; do
		[ -d "$group" ] || break
		find "$group" -depth -type d -exec rmdir {} \; 2> /dev/null || true
		sleep 0.1
	done
}
trap gone EXIT
if ! [ -x /lib/systemd/systemd ] || ! mkdir "$group" 2> /dev/null || ! unshare -C -m -p -f -u -i true 2> /dev/null; then
	echo "skipped: services in a container (no systemd, no cgroups of version 2, or no namespaces here)"
	exit 0
fi
for c in memory cpu pids io; do echo "+$c" 2> /dev/null > $groups/cgroup.subtree_control || true; done

unit() { # NAME LINE...
	printf '[Unit]\nDefaultDependencies=no\n[Service]\n' > "units/$1.service"
	printf '%s\n' "${@:2}" >> "units/$1.service"
}
mkdir units "$root/run"
cp /bin/sleep wormhole
printf '[Unit]\nWants=web.service leaker.service worm.service worker.service prehup.service\n' > units/default.target
unit web 'ExecStart=/bin/sleep 600' Restart=always RestartSec=100ms MemoryMax=64M CPUQuota=20% TasksMax=40
unit leaker "ExecStart=/usr/bin/python3 $PWD/leak.py $root/run/leaker.pid" OOMScoreAdjust=500
unit worm "ExecStart=$PWD/wormhole 600"
unit worker 'ExecStart=/bin/sh -c "while :; do :; done"' Nice=19
unit prehup Type=notify "ExecStart=$PREHUP run --sysroot $root" "StandardError=append:$PWD/log"
# It leaks memory, descriptors and threads.
cat > leak.py << 'P'
import os, sys, threading, time
open(sys.argv[1], "w").write("%d\n" % os.getpid())
held = [bytearray(64 << 20)]  # from the start the largest here, also beside a daemon built with the sanitizers
for i in range(3000):
    if i < 600:  # for a minute and more: beside other tests the first look comes late
        held.append((bytearray(256 << 10), os.open("/dev/null", os.O_RDONLY)))
        if i % 2:
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    time.sleep(0.1)
P
cat > "$root/etc/prehup/prehup.conf" << C
[collect]
interval = 1
collectors = memory watched cgroup tasks
processes = unit:web.service, pidfile:/run/leaker.pid, comm:wormhole, cgroup:/system.slice/worker.service
[predict]
warmup = 0
C
# The test writes /proc/meminfo, so that memory runs out for this daemon only.
kernel_says() { printf 'MemTotal: 1000000 kB\nMemFree: %d kB\nMemAvailable: %d kB\n' "$1" "$1" > meminfo; }
kernel_says 600000
cat > inside.sh << S
set -eu
mount -t tmpfs none /run
mkdir /run/systemd
umount -l /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup
mount -t proc proc /proc
mount --bind "$PWD/meminfo" /proc/meminfo
touch /run/console
mount --bind /run/console /dev/console
exec env -i container=prehup SYSTEMD_UNIT_PATH=$PWD/units SYSTEMD_GENERATOR_PATH=/none PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
	/lib/systemd/systemd --system --log-target=console --show-status=false
S
sh -c "echo \$\$ > $group/cgroup.procs && exec unshare -C -m -p -f -u -i --propagation private --kill-child sh $PWD/inside.sh" > boot 2>&1 &
pids+=("$!")

# Prints the daemon's value of METRIC INSTANCE, or checks all conditions "METRIC INSTANCE OPERATOR VALUE" at once.
cat > ask.py << 'P'
import json, operator, sys
ops = {"==": operator.eq, "<": operator.lt, ">": operator.gt, ">=": operator.ge}
says = {(m["metric"], m["instance"]): m["value"] for m in json.load(sys.stdin)["risks"]}
for line in sys.argv[1:]:
    metric, instance, *rest = line.split()
    value = says.get((metric, instance))
    if not rest:
        print(round(value) if value > 1 else value)
    elif value is None or not ops[rest[0]](value, float(rest[1])):
        sys.exit("not yet: %s, but %s" % (line, value))
P
ask() { "$PREHUP" status --json --sysroot "$root" 2> /dev/null | python3 ask.py "$@" 2> not-yet; }
w=process.watched web=unit:web.service leaker=pidfile:/run/leaker.pid worm=comm:wormhole worker=cgroup:/system.slice/worker.service
all=()
for name in $web $leaker $worm $worker; do all+=("$w.alive $name == 1" "$w.restarts $name == 0" "$w.age_s $name < 110"); done
await "the daemon" ask
await "all of them" ask "${all[@]}" "$w.rss_kib $leaker > 0" "$w.files.used_ratio $leaker > 0"
mapfile -t was < <(ask "$w.rss_kib $leaker" "$w.threads $leaker" "$w.files.used_ratio $leaker" "$w.oom_score $web")
kernel_says 4000 # memory runs out: the largest process is named
await "what grows, and what works" ask "$w.rss_kib $leaker > $((was[0] + 4096))" "$w.threads $leaker > $((was[1] + 2))" \
	"$w.files.used_ratio $leaker > ${was[2]}" "$w.oom_score $leaker > ${was[3]}" "$w.cpu_ratio $worker > 0.02" "$w.cpu_ratio $web < 0.02"
await "the leaker's name" grep -q 'predict.raised: .*mem.used_ratio.*; most: python3 ([0-9]*) [0-9]* MiB' log

# A service that systemd starts again counts as restarted, any other as dead.
kill "$(cat "$group/system.slice/web.service/cgroup.procs")" "$(cat "$group/system.slice/worm.service/cgroup.procs")"
await "a second life, and a death" ask "$w.restarts $web == 1" "$w.alive $web == 1" "$w.alive $worm == 0" "$w.alive $worker == 1" "$w.restarts $worker == 0"
await "its event" said 'process.watched.alive[comm:wormhole]'

# The use of its limits, if this kernel's cgroups of version 2 have the controllers.
if grep -qw memory "$group/cgroup.controllers" && grep -qw pids "$group/cgroup.controllers"; then
	await "the service's limits" ask "cgroup.memory.used_ratio web.service < 0.5" "cgroup.pids.used_ratio web.service == 0.025" \
		"cgroup.oom_kills web.service == 0" "cgroup.throttled_ratio web.service >= 0" "cgroup.cpu_ratio web.service >= 0"
else
	echo "skipped: limits of services (cgroups of version 2 have no controllers here)"
fi
