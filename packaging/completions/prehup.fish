# SPDX-License-Identifier: Apache-2.0
set -l commands run check status explain watch doctor poll metrics record replay clean
complete -c prehup -f
complete -c prehup -l sysroot -x -a '(__fish_complete_directories)' -d 'take every path below a folder'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -l version -d 'print the version'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a run -d 'run the daemon in the foreground'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a check -d 'check the configuration'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a status -d 'show the state of the daemon'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'diagnose the connection to Heat'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a poll -d 'make the daemon poll Heat now'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a replay -d 'run recorded samples through the scorer'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a clean -d 'remove the state of this instance from an image'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a explain -d 'explain the current risk'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a watch -d 'show the riskiest resources continuously'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a metrics -d 'read all metrics once, or list them'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a record -d 'record samples as CSV'
complete -c prehup -n '__fish_seen_subcommand_from run check doctor' -s c -l config -x -a '(__fish_complete_directories)' -d 'folder of the configuration'
complete -c prehup -n '__fish_seen_subcommand_from run' -s v -l verbose -d 'log more'
complete -c prehup -n '__fish_seen_subcommand_from check' -l metadata -r -F -d 'a file of metadata'
complete -c prehup -n '__fish_seen_subcommand_from check' -l print -d 'print the settings in force'
complete -c prehup -n '__fish_seen_subcommand_from status explain doctor metrics replay' -l json -d 'as JSON'
complete -c prehup -n '__fish_seen_subcommand_from replay' -l scores -d 'a line a row'
complete -c prehup -n '__fish_seen_subcommand_from replay' -l plot -r -F -d 'draw it as SVG'
complete -c prehup -n '__fish_seen_subcommand_from replay record' -F
complete -c prehup -n '__fish_seen_subcommand_from metrics' -l list -d 'what there is to read'
complete -c prehup -n '__fish_seen_subcommand_from record' -l interval -x
complete -c prehup -n '__fish_seen_subcommand_from record' -l size -x
complete -c prehup -n '__fish_seen_subcommand_from record' -l files -x
complete -c prehup -n '__fish_seen_subcommand_from record' -l count -x
complete -c prehup -n '__fish_seen_subcommand_from watch' -l every -x
complete -c prehup -n '__fish_seen_subcommand_from watch' -l frames -x
complete -c prehup -n '__fish_seen_subcommand_from clean' -l dry-run -d 'say what would be removed'
