# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in
cfn_guest
sed -i 's/^\[heat\]/&\nresource = Server/' "$root/etc/prehup/prehup.conf"
echo '{"a": 1}' > metadata

# Heat's CFN API, from the first step to the last
cfn ok 0 'dns ok' 'tcp ok' "service ok Heat's CFN API" 'authentication ok' 'metadata ok' 'state folder ok' 'no faults found'
json 0
cfn denied 16 'authentication FAILED' 'compare the access key'
json 16
echo 1200 > skew
cfn denied 15 'clock FAILED' '1200 s behind' 'set the clock' || grep -q '1[12][0-9][0-9] s behind' flat
cfn ok 0 's behind the server' # prehup signs with the server's time
rm skew
cfn policy 17 'policy FAILED' '"cloudformation:DescribeStackResource": "rule:allow_everybody"'
cfn string 18 'stack FAILED' 'openstack stack list'
cfn no-resource 19 'resource FAILED'
cfn forbidden 19 'resource FAILED' 'AccessPolicy'
cfn deep 20 'metadata FAILED'
cfn no-object 20 'metadata FAILED'
cfn huge 20 'metadata FAILED' 'MiB'
cfn half 14 'service FAILED' 'in the middle'
cfn reset 14 'service FAILED'
cfn no-http 14 'service FAILED' 'is not HTTP'
cfn html 14 'service FAILED' "Heat's CFN API"
cfn redirect 14 'service FAILED'
cfn hang 14 'service FAILED' 'does not answer'
cfn empty-500 22 'service FAILED' 'operator must repair'
cfn busy 22 'service FAILED'
manners ok
echo '{"prehup": {"predict": {"raise": 3}}}' > metadata
doctor 20 'prehup.predict.raise: "3" is more than 1' 'check --metadata'
echo '{"a": 1}' > metadata
