# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
# A filesystem fills within 40 minutes beside a load that leaps once; one sample is missing, and there is a date.
awk 'BEGIN { print "timestamp,fs.used_ratio[/data],load.1m"
	for (i = 0; i < 400; i++)
		printf "%d,%s,%.3f\n", 1700000000 + i * 10, i == 150 ? "" : i < 150 ? 0.3 + i % 3 / 1000 : 0.3 + (i - 150) * 0.0029,
			1 + i % 7 / 10 + (i == 300 ? 50 : 0) }' > r.csv

# --scores: that head, a line a row, numbers that are one or nothing, and all the same as ISO dates.
"$PREHUP" replay --scores r.csv > scores
same 'timestamp,anomaly,risk,eta_s' "$(head -1 scores)"
same 401 "$(wc -l < scores)"
python3 - scores <<'P'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1])))
number = lambda s: None if s == "" else float(s)
anomaly, risk, eta = ([number(r[k]) for r in rows] for k in ("anomaly", "risk", "eta_s"))
assert all(a is not None and 0 <= a <= 1 for a in anomaly)
assert risk[0] is None and all(r is None or 0 <= r <= 1 for r in risk)
assert max(r for r in risk[:150] if r is not None) < 0.2 and risk[380] > 0.8, risk
assert anomaly[300] > 0.5 and max(anomaly[110:150]) < 0.5, (anomaly[300], max(anomaly[110:150]))
assert eta[100] is None and 50 < eta[370] < 400, (eta[100], eta[370])
P
awk -F, 'NR == 1 { print; next } { printf "%s,%s,%s\n", strftime("%Y-%m-%dT%H:%M:%SZ", $1, 1), $2, $3 }' r.csv > iso.csv
"$PREHUP" replay --scores iso.csv | cut -d, -f2- | cmp - <(cut -d, -f2- scores)

# Without: events, for a person and as JSON, the same ones.
"$PREHUP" replay r.csv > events
grep -q '^17000[0-9]* raised fs.used_ratio\[/data\] risk=0\.[0-9]* left_s=[0-9]* fs.used_ratio' events
"$PREHUP" replay --json - < r.csv | python3 -c '
import json, sys
events = [json.loads(line) for line in sys.stdin]
assert len(events) == len(open("events").readlines()) > 0
assert events[0]["event"] == "predict.raised" and events[0]["cause"] == "filesystem", events
assert set(events[0]) == {"timestamp", "event", "metric", "instance", "cause", "value", "risk", "left_s", "reason", "unusual"}'

# "Warn me so long ahead": longer ahead is earlier.
first() { "$PREHUP" replay "$@" r.csv | awk '/ raised / { print $1; exit }'; }
late=$(first --horizon 5m) early=$(first --horizon 30m)
[ "$early" -lt "$late" ]

# --plot: forecast, risk and events.
"$PREHUP" replay --plot r.svg r.csv > /dev/null
for c in band raised; do grep -q "class=\"$c\"" r.svg; done
python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse("r.svg")'

# "At most so many false alarms": the fewer, the later, or never.
rare=$(first --false-alarms 0.05) often=$(first --false-alarms 3)
[ "$often" -lt "${rare:-9999999999}" ]

# An invalid recording is reported with its line, an invalid option with its name.
printf 'timestamp,a\n1,x\n' > bad.csv
"$PREHUP" replay bad.csv 2> why && exit 1
grep -q '^bad.csv:2: a: "x" is not a number' why
"$PREHUP" replay --horizon soon r.csv 2> why && exit 1
grep -q -- '--horizon' why

# Both terms in the daemon's settings, from a file and from metadata.
mkdir -p "$root/full"
conf <<< $'horizon = 15m\nfalse-alarms = 1'
metadata '{"a": 1}'
daemon
explained() { "$PREHUP" explain --json --sysroot "$root" | python3 -c "import json, sys; d = json.load(sys.stdin); sys.exit(not ($1))"; }
await "settings of a file" explained 'd["horizon_s"] == 900 and 0.5 < d["raise"] < 0.8'
explained 'd["unusual"]["now"] == 0 and d["unusual"]["reason"] == ""'
metadata '{"prehup": {"predict": {"horizon": "20m", "false-alarms": 0.01, "unusual": false}}}'
await "settings of metadata" explained 'd["horizon_s"] == 1200 and d["raise"] > 0.9'
end -TERM
