# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"
need binutils
lacks() { if grep "$@"; then return 1; fi; }
static_is() { # FILE
	readelf -hW "$1" | grep -q 'Type: *DYN'             # position independent
	readelf -lW "$1" | lacks INTERP                     # no dynamic loader
	readelf -dW "$1" | lacks NEEDED                     # no library
	readelf -lW "$1" | grep -q GNU_RELRO
	readelf -lW "$1" | grep -q 'GNU_STACK.* RW '        # and not E
	readelf -lW "$1" | lacks 'LOAD.* RWE'
	readelf -dW "$1" | grep -q 'BIND_NOW\|FLAGS_1.*NOW'
	strings -n 6 "$1" | lacks -F "$TOP"                 # no path of the build machine
}
static_is "$static"
static_is "$static_openssl"
static_is "$static_arm"
tests/packaging/size --check 1048576 2048 1024 "$static"
tests/packaging/size --check 4194304 6144 4096 "$static_openssl" # for a longer support horizon at the cost of size
same AArch64 "$(readelf -hW "$static_arm" | sed -n 's/.*Machine: *//p')"

# The dynamic one, as the makefile builds it by default.
readelf -hW "$dynamic" | grep -q 'Type: *DYN'
readelf -lW "$dynamic" | grep -q GNU_RELRO
readelf -lW "$dynamic" | grep -q 'GNU_STACK.* RW '
readelf -dW "$dynamic" | grep -q 'BIND_NOW\|FLAGS_1.*NOW'
readelf -sW --dyn-syms "$dynamic" | grep -q '__[a-z]*_chk@'  # fortified
readelf -sW --dyn-syms "$dynamic" | grep -q '__stack_chk_fail'
