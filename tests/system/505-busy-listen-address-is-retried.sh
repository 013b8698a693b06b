# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
stand_in # holds the port
conf <<< $'[health]\nlisten = 127.0.0.1:'"$port"
metadata '{}'
daemon
await "the mistake is told" said "health: cannot listen at 127.0.0.1:$port"
kill -9 "${pids[0]}"
await "it listens" said "health: listening at 127.0.0.1:$port"
await "/health" python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$port/health')"
same 1 "$(grep -c 'cannot listen' log)"
end
