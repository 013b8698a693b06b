# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
_prehup() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' options
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		run | check | status | doctor | poll | replay | clean) command=$word && break ;;
		esac
	done
	case $prev in
	-c | --config | --sysroot)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--metadata)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $command in
	'') options="run check status doctor poll replay clean --sysroot --version --help" ;;
	run) options="--config --verbose --help" ;;
	check) options="--config --metadata --print --help" ;;
	status) options="--json --help" ;;
	doctor) options="--config --json --help" ;;
	poll) options="--help" ;;
	clean) options="--dry-run --help" ;;
	replay)
		options="--scores --json --horizon --raise --clear --warmup --help"
		[[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -X '!*.csv' -- "$cur"); return; }
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -F _prehup prehup
