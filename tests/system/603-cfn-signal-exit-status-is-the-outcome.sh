# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
export PREHUP_SYSROOT=$root no_proxy=127.0.0.1
url=$(waitcondition)
signal() { tell cfn-signal -i me --timeout "$patience" "$@"; }
patience=30

# without a daemon, the exit status is the outcome
same 0 "$(signal "$url")"
same 'ok PUT application/json {"Status":"SUCCESS","Reason":"Configuration Complete","UniqueId":"me","Data":"Application has completed configuration."}' "$(cat requests)"
same 0 "$(signal "$(printf %s "$url" | base64 -w0)")"
same 0 "$(printf '%s\n' "$url" | tell cfn-signal -i me -)"
for m in not-found:22 denied:22 redirect:22 format:22 busy:22 reset:56 hang:28; do
	case $m in busy* | reset* | hang*) patience=2 ;; esac
	manners "${m%:*}"
	same "$m ${m#*:}" "$m $(signal "$url")"
	same 1 "$(wc -l < err)"
done
manners denied
patience=30
same 0 "$(signal --compat-exit "$url")"
patience=1
same 7 "$(signal http://127.0.0.1:1/x)"
same 6 "$(signal http://no.invalid/x)"
same 7 "$(signal --compat-exit http://127.0.0.1:1/x)"
patience=30
for wrong in "" "nonsense" "$url $url" "--nonsense $url" "--timeout x $url" "--secret-key k $url"; do
	# shellcheck disable=SC2086
	same "2 $wrong" "$(tell cfn-signal $wrong) $wrong"
done
same 78 "$(signal --resource Handle)" # without credentials
# a busy Heat is asked again
manners busy
(sleep 1 && manners ok) &
same 0 "$(tell cfn-signal -i me --timeout 20 "$url")"
# a native wait condition needs other keys
manners format-native
same 0 "$(signal -e 3 "$url")"
grep -q '^format-native PUT application/json {"status":"FAILURE","reason":"Configuration failed (exit status 3)","id":"me"' requests
# the method of each URL, and a token
manners ok
same 0 "$(signal --token very-secret "http://127.0.0.1:$port/v1/p/stacks/s/u/resources/H/signal")"
grep -q '^POST /v1/p/stacks/s/u/resources/H/signal very-secret$' paths
same 0 "$(signal "http://127.0.0.1:$port/v1/signal/x?Signature=very-secret")"
same 0 "$(signal "http://127.0.0.1:$port/swift?temp_url_sig=very-secret")"
grep -q '^POST /v1/signal/x' paths
grep -q '^PUT /swift' paths
# an expired URL is signed with this server's keys
cfn_guest
manners expired
same 0 "$(signal "$url")"
grep -q '^PUT /v1/waitcondition/arn:openstack:heat::p:stacks/s/u/resources/H?AWSAccessKeyId=ak&' paths
[ ! -e "$root/var/lib/prehup/signals" ] # there is no daemon to send it later
same "" "$(grep very-secret errs)"
