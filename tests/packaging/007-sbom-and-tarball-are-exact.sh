# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
make sbom
python3 - "$static" build/static/prehup.cdx.json packaging/static/lock << 'P'
import hashlib, json, subprocess, sys
bom = json.load(open(sys.argv[2]))
assert bom["bomFormat"] == "CycloneDX" and bom["specVersion"] == "1.5"
assert bom["metadata"]["component"]["hashes"][0]["content"] == hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest()
has = {c["name"]: c["version"] for c in bom["components"]}
assert set(has) == {"curl", "mbedtls", "c-ares", "jansson", "musl-dev", "linux-libc-dev"}, has
# Its version of curl is that in the program.
assert has["curl"].split("-")[0].encode() in open(sys.argv[1], "rb").read(), has["curl"]
P
make dist > /dev/null
sum=$(sha256sum build/packages/prehup-*.tar.gz)
touch README.md # the tarball has the times of the commit
sleep 1
make dist > /dev/null
same "$sum" "$(sha256sum build/packages/prehup-*.tar.gz)"
tar -xzf build/packages/prehup-*.tar.gz -C "$DIR"
same "$(git ls-files | wc -l)" "$(cd "$DIR"/prehup-* && find . ! -type d | wc -l)"
