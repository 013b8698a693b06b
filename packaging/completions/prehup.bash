# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
_prehup() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word command='' options
	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		run | check | status | explain | watch | doctor | poll | metrics | record | replay | clean) command=$word && break ;;
		esac
	done
	case $prev in
	-c | --config | --sysroot)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		return
		;;
	--metadata | --plot)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	esac
	case $command in
	'') options="run check status explain watch doctor poll metrics record replay clean --sysroot --version --help" ;;
	run) options="--config --verbose --help" ;;
	check) options="--config --metadata --print --help" ;;
	status | explain) options="--json --help" ;;
	watch) options="--every --frames --help" ;;
	metrics) options="--json --list --help" ;;
	record)
		options="--interval --size --files --count --help"
		[[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return; }
		;;
	doctor) options="--config --json --help" ;;
	poll) options="--help" ;;
	clean) options="--dry-run --help" ;;
	replay)
		options="--scores --json --plot --horizon --raise --clear --warmup --false-alarms --help"
		[[ $cur == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -X '!*.csv' -- "$cur"); return; }
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
}
complete -F _prehup prehup
