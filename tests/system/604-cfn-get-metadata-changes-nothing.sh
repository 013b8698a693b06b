# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
ln -s "$PREHUP" cfn-get-metadata
export PREHUP_SYSROOT=$root no_proxy=127.0.0.1
get() { local s=0; ./cfn-get-metadata "$@" > out 2> err || s=$?; cat err >> errs; echo $s; }
is() { same "0 $1" "$(get "${@:2}") $(cat out)"; }

same 10 "$(get)" # a guest without configuration
echo '{"from": "before"}' > seed
mkdir -p "$root/var/cache/heat-cfntools"
cp seed "$root/var/cache/heat-cfntools/last_metadata_Server"
is '{"from": "before"}' -s s -r Server # like the reference: without credentials, the last known metadata
grep -q 'as last known' err
cfn_guest
printf '[h]\ntriggers=post.update\npath=Resources.Server\naction=true\n' > "$root/etc/cfn/hooks.conf"
echo '{"a": {"b.c": {"d": [1, null]}, "s": "t\u00e9xt", "t": true}, "z": null, "e": {}}' > metadata
is '{"a": {"b.c": {"d": [1, null]}, "s": "t\u00E9xt", "t": true}, "z": null, "e": {}}'
is '[1, null]' -k "a.'b.c'.d"
is '"t\u00E9xt"' --key a.s
is "$(printf 't\303\251xt')" -k a.s --raw
is 'true' -k a.t -s other -r Other --region r
is '' -k z
is '{}' -k e
is '' -k nope --compat-exit
for key in nope a.s.x "a.''" "'a" "'a'b" ..; do same "3 $key" "$(get -k "$key") $key"; done
is '{"from": "before"}' --cached
same "last_metadata_Server" "$(ls "$root/var/cache/heat-cfntools")"
[ ! -e "$root/var/lib/prehup/resources" ]
sed -i 's/^timeout = 3/timeout = 30/' "$root/etc/prehup/prehup.conf"
for m in denied:16 busy:22 empty-500:22 string:18 html:20 redirect:14 no-object:20 deep:20 huge:20 half:14 reset:14 hang:14; do
	[ "$m" != hang:14 ] || sed -i 's/^timeout = 30/timeout = 1/' "$root/etc/prehup/prehup.conf"
	manners "${m%:*}"
	same "$m ${m#*:}" "$m $(get)"
	same 1 "$(wc -l < err)"
	same "" "$(cat out)"
done
sed -i 's/^timeout = 1$/timeout = 30/' "$root/etc/prehup/prehup.conf"
manners ok
same 11 "$(get --url http://no.invalid/v1/)"
same 12 "$(get -u http://127.0.0.1:1/v1)"
is 'true' -k a.t -u "http://127.0.0.1:$port/v1" --access-key a --secret-key b
same 10 "$(get --access-key a)"
same 10 "$(get --credential-file /nowhere)"
same 2 "$(get --nonsense)"
same 2 "$(get word)"
same 0 "$(get --help)"
same "" "$(grep very-secret errs)"
