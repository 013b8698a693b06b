# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
cfn_guest
export PREHUP_SYSROOT=$root no_proxy=127.0.0.1
url=$(waitcondition)
spool=$root/var/lib/prehup/signals
signal() { tell cfn-signal -i me --timeout 30 "$@"; }
heard() { [ "$(grep -c "^$1" requests)" = "$2" ]; }

# a daemon keeps refused signals in order, also when it is killed
echo '{}' > metadata
manners ok
daemon
manners busy
same 75 "$(tell cfn-signal -i one --timeout 1 "$url")"
grep -q 'the daemon retries' err
same 75 "$(tell cfn-signal -i two --timeout 0 "$url")"
end -KILL
same 2 "$(find "$spool" -name '*.json' -perm 600 | wc -l)"
same "" "$(ls "$root/var/lib/prehup/inbox")"
# a signal in the inbox of a daemon that was killed
cp "$(find "$spool" -name '*.json' | sort | tail -1)" x
python3 -c 'import json; b = json.load(open("x"))["body"]; b["text"] = "{\"three\":3}"; json.dump(b, open("y", "w"))'
cp y "$root/var/lib/prehup/inbox/0123456789abcdef.json"
daemon
manners ok
await "all three" heard ok 3
same "one two three" "$(sed -n 's/^ok .*"UniqueId":"\([a-z]*\)".*/\1/p; s/^ok .*{"\(three\)".*/\1/p' requests | tr '\n' ' ' | sed 's/ $//')"
await "an empty spool" sh -c "[ -z \"\$(ls $spool $root/var/lib/prehup/inbox | grep json)\" ]"
# a signal that Heat refuses for good is not kept: its caller has the status
manners not-found
same 22 "$(signal "$url")"
await "an empty spool" sh -c "[ -z \"\$(ls $spool)\" ]"
# more callers than can wait at once
manners busy
for i in 1 2 3 4 5 6; do (s=0; bin/cfn-signal -i "$i" --timeout 2 "$url" 2>> errs || s=$?; echo "$s" >> many) & done
await "six answers" sh -c '[ "$(cat many 2> /dev/null | wc -l)" = 6 ]'
same 75 "$(sort -u many)"
status_is '"waiting": 6'
manners ok
rm requests
await "all six" heard ok 6

# heat-config-notify
item() { printf '{"id": "d1", "name": "dep", "inputs": [{"name": "deploy_signal_transport", "value": "%s"}, {"name": "deploy_stack_id", "value": "s/u"}, {"name": "deploy_resource_name", "value": "D"}, {"name": "deploy_signal_id", "value": "http://127.0.0.1:%s/v1/signal/x?Signature=very-secret"}, {"name": "deploy_signal_verb", "value": "POST"}]}' "$1" "$port" > item; }
notify() { tell heat-config-notify --timeout "$patience" "$@"; }
item CFN_SIGNAL
rm requests
patience=30
same 0 "$(echo '{"deploy_stdout": "out", "deploy_status_code": 0, "x": [1]}' | notify item)"
same 'ok POST application/json {"deploy_stdout":"out","deploy_status_code":0,"x":[1]}' "$(cat requests)"
python3 -c 'import json; print(json.dumps({"deploy_stdout": "\u00e9" * 2000000 + "end"}))' > big
same 0 "$(notify item < big)"
[ "$(tail -1 requests | wc -c)" -lt 1000000 ]
tail -1 requests | grep -q 'bytes cut.*end"}$'
manners busy
patience=1
same 75 "$(echo '{}' | notify item)"
end
manners ok
same 65 "$(echo '[]' | notify item)"
same 65 "$(notify item < /dev/null)"
same 1 "$(echo '{}' | notify missing)"
same 1 "$(notify)"
echo '{"inputs": [{"name": "deploy_signal_transport", "value": "HEAT_SIGNAL"}]}' > item
same 65 "$(echo '{}' | notify item)"
user='{"name": "deploy_auth_url", "value": "http://127.0.0.1:'$port'"}, {"name": "deploy_user_id", "value": "u"}, {"name": "deploy_password", "value": "very-secret"}, {"name": "deploy_project_id", "value": "p"}'
patience=30
echo '{"inputs": ['"$user"', {"name": "deploy_stack_id", "value": "s/u"}, {"name": "deploy_resource_name", "value": "D"}]}' > item
same 0 "$(echo '{"by": "heat"}' | notify item)"
same 'POST /v1/p/stacks/s/u/resources/D/signal very-secret-token' "$(tail -1 paths)"
same 'ok POST application/json {"by":"heat"}' "$(tail -1 requests)"
echo '{"inputs": ['"$user"', {"name": "deploy_queue_id", "value": "q"}]}' > item
same 0 "$(echo '{"by": "zaqar"}' | notify item)"
same 'POST /v1/p/v2/queues/q/messages very-secret-token' "$(tail -1 paths)"
tail -1 requests | grep -qF '"body":{"by":"zaqar"}'
same 0 "$(tell cfn-signal -i me '{"auth_url": "http://127.0.0.1:'"$port"'", "user_id": "u", "password": "very-secret", "project_id": "p", "alarm_url": "http://h/v1/p/stacks/s/u/resources/H/signal"}')"
same 'POST /v1/p/stacks/s/u/resources/H/signal very-secret-token' "$(tail -1 paths)"
tail -1 requests | grep -qF '{"status":"SUCCESS"'
item NO_SIGNAL
rm requests
same 0 "$(echo '{}' | notify item)"
[ ! -e requests ]
same "" "$(grep -h very-secret log errs)"
