# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
cfn_guest
cfn_hook "echo \"\$CFN_NEW_METADATA\" >> $PWD/ran"
echo '{}' > metadata
daemon
await "the first hook" ran 1
n=1
for fault in denied busy empty-500 string html redirect deep huge endless-head half half-head 401 hang reset no-http; do
	case $fault in
	denied | 401) state=denied ;;
	busy) state=busy ;;
	empty-500) state=engine-down ;;
	string) state=no-stack ;;
	html | deep) state=garbled ;;
	redirect) state=wrong-url ;;
	huge | endless-head) state=too-large ;;
	hang) state=timeout ;;
	half | half-head | reset | no-http) state=unreachable ;;
	esac
	manners $fault
	await "$fault: $state" status_is "\"state\": \"$state\""
	await "$fault: some more tries" status_is '"failures": 3'
	echo "{\"n\": $n}" > metadata
	manners ok
	n=$((n + 1))
	await "the hook after $fault" ran $n
done
# one line when a fault begins and one when it ends
same 1 "$(grep -c 'Server: busy:' log)"
same 2 "$(grep -c 'Server: too-large:' log)"
same 15 "$(grep -c 'answers again after' log)"
manners no-object
await "metadata that is no object" status_is "the resource's metadata is not an object"
same $n "$(wc -l < ran)"
same "" "$(grep -e very-secret -e Signature= log)"
end
