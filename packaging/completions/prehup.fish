# SPDX-License-Identifier: Apache-2.0
set -l commands run check status explain watch doctor poll metrics record replay clean
complete -c prehup -f
complete -c prehup -l sysroot -x -a '(__fish_complete_directories)' -d 'take every path below a folder'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -l version -d 'print the version'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a run -d 'be the daemon, in the foreground'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a check -d 'say what is wrong with the configuration'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a status -d 'show what the daemon is doing'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a doctor -d 'find out what is wrong between here and Heat'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a poll -d 'make the daemon poll Heat now'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a replay -d 'run recorded samples through the scorer'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a clean -d 'seal an image: forget this instance'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a explain -d 'say why the risk is what it is'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a watch -d 'show the riskiest resources, again and again'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a metrics -d 'read everything once, or list what there is to read'
complete -c prehup -n "not __fish_seen_subcommand_from $commands" -a record -d 'keep samples as CSV, for replay'
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
