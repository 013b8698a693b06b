# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
state=$root/var/lib/prehup
deployment() { # ID
	printf '{"id": "%s", "name": "%s", "group": "script", "config": "echo %s >> %s/ran", "inputs": [{"name": "deploy_signal_id", "value": "http://127.0.0.1:%s/v1/signal/%s"}]}' "$1" "$1" "$1" "$PWD" "$port" "$1"
}
on_change change "echo change >> $PWD/ran" '[signal tell]' 'type = wait-condition' "url = http://127.0.0.1:$port/v1/waitcondition/x" | conf
all='{"deployments": ['$(deployment d1)', '$(deployment d2)', '$(deployment d3)']}'
metadata "$all"
daemon
await "three deployments and the hook" ran 4
await "three signals" sh -c '[ "$(grep -c deploy_status_code requests)" = 3 ]'
end
cp -a "$state" good

ways=(empty cut garbage not-an-object link folder theirs open no-record)
spoil() { # WAY FILE
	case $1 in
	empty) : > "$2" ;;
	cut) truncate -s $(($(stat -c %s "$2") / 2)) "$2" ;;
	garbage) head -c 200 /dev/urandom > "$2" ;;
	not-an-object) echo '[1]' > "$2" ;;
	link) mv "$2" "$PWD/elsewhere" && ln -s "$PWD/elsewhere" "$2" ;;
	folder) rm "$2" && mkdir "$2" ;;
	theirs) chown nobody "$2" ;;
	open) chmod 666 "$2" ;;
	no-record) echo '{}' > "$2" ;;
	esac
}

for way in "${ways[@]}"; do
	rm -rf "$state" log
	cp -a good "$state"
	count=0
	for f in "$state"/hooks/*.json "$state"/deployments/d?.json; do
		spoil "$way" "$f"
		count=$((count + 1))
	done
	same 4 $count
	daemon
	await "$way: a poll" status_is '"state": "ok"'
	"$PREHUP" poll --sysroot "$root"
	end
	same 4 "$(wc -l < ran)" # nothing runs twice
	for f in hooks/[0-9a-f]* deployments/d1 deployments/d2 deployments/d3; do
		f=${f%.json*}
		case $f in hooks/*) f=hooks/$(basename "$(find good/hooks -name '*.json')" .json) ;; esac
		same 1 "$(grep -c "/var/lib/prehup/$f.json: .*kept aside" log)"
		[ -e "$state/$f.json.corrupt" ] || [ -L "$state/$f.json.corrupt" ]
	done
done
: > log
daemon # the new files are valid, so nothing is reported
await "a poll" status_is '"state": "ok"'
same 0 "$(grep -c 'kept aside' log)"
end
same 3 "$(grep -c deploy_status_code requests)"

# A deployment that has ended without a signal, and whose record is lost, is signalled from its result.
rm -rf "$state"
cp -a good "$state"
rm "$root"/var/lib/heat-config/deployed/d[23].notify.json
echo '{half' > "$state/deployments/d2.json"
echo '{"program": ""}' > "$state/deployments/d2.job"
echo '{"status": 0, "stdout": "from the result", "stderr": "", "note": "", "outputs": {}}' > "$state/deployments/d2.result"
# A deployment that was started and whose end is unknown.
echo '{half' > "$state/deployments/d3.json"
echo '{"program": ""}' > "$state/deployments/d3.job"
: > requests
daemon
await "both are told" sh -c '[ "$(grep -c deploy_status_code requests)" = 2 ]'
grep -q '"deploy_stdout":"from the result".*"deploy_status_code":0' requests
grep -q 'its result is not known.*"deploy_status_code":125' requests
same 4 "$(wc -l < ran)"
end

# A spool: a damaged entry is set aside, its neighbours are sent, and the highest number does not end it.
rm -rf "$state"
cp -a good "$state"
mkdir -p "$state/signals"
for i in 1 2 3 4; do
	printf '{"body": {"target": "t%s", "way": "url", "method": "POST", "url": "http://127.0.0.1:%s/v1/signal/s%s", "text": "{\\"n\\": %s}"}, "created": %s}' \
		$i "$port" $i $i "$(date +%s)" > "$state/signals/000000000000000$i.json"
done
cp "$state/signals/0000000000000004.json" "$state/signals/ffffffffffffffff.json"
truncate -s 40 "$state/signals/0000000000000002.json"
echo '{"body": 5}' > "$state/signals/0000000000000003.json"
: > requests
: > log
daemon
await "two go out" sh -c '[ "$(wc -l < requests)" = 2 ]'
same 1 "$(grep -c 'signals/0000000000000002.json: is cut off; kept aside' log)"
same 1 "$(grep -c 'signals/0000000000000003.json: is not a spool entry; kept aside' log)"
sed -i "s/echo d1/echo again/; s/d1/d4/g" "$root/metadata.json"
await "a new one finds room" sh -c '[ "$(wc -l < requests)" = 3 ]'
end

# A folder that others can write into is made private.
chmod 777 "$state"
: > log
daemon
await "told" said '/var/lib/prehup: was writable by others'
same 700 "$(stat -c %a "$state")"
end
