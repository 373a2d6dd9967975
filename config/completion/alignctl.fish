# Completion of alignctl(1) for fish: install it in fish/vendor_completions.d.

function __alignctl_rules
    alignctl rules 2>/dev/null | awk 'NR > 1 && NF == 0 { exit } NR > 1 { print $1 }'
end

complete -c alignctl -f
complete -c alignctl -l json -d 'print JSON instead of text'
complete -c alignctl -l socket -r -F -d "the daemon's socket"
complete -c alignctl -s q -l quiet -d 'print nothing but errors'
complete -c alignctl -l host -x -d 'run there, over ssh'
complete -c alignctl -s h -l help -d 'explain the command'
complete -c alignctl -l version -d 'print the version'

set -l none __fish_use_subcommand
complete -c alignctl -n $none -a status -d 'whether all is well, and what is not'
complete -c alignctl -n $none -a doctor -d 'check everything alignd needs, and say how to mend it'
complete -c alignctl -n $none -a drift -d 'where work and strategy have come apart'
complete -c alignctl -n $none -a why -d 'why an item exists: the chain up to the vision'
complete -c alignctl -n $none -a unlinked -d 'open epics that serve no initiative, oldest first'
complete -c alignctl -n $none -a gaps -d 'where strategy and work do not meet'
complete -c alignctl -n $none -a coverage -d 'how much of the open work is linked, by scope'
complete -c alignctl -n $none -a initiatives -d 'initiatives and buckets with the work linked to them'
complete -c alignctl -n $none -a krs -d 'where key results stand, and where they should'
complete -c alignctl -n $none -a checkin -d 'say what a key result stands at'
complete -c alignctl -n $none -a rules -d 'what counts as drift; ID explains one rule'
complete -c alignctl -n $none -a lint -d 'what the form of a strategy leaves open, and how to mend it'
complete -c alignctl -n $none -a link -d 'link an item to an initiative or bucket'
complete -c alignctl -n $none -a unlink -d 'take back what link did'
complete -c alignctl -n $none -a exempt -d 'say that an item needs no link'
complete -c alignctl -n $none -a unexempt -d 'take back what exempt did'
complete -c alignctl -n $none -a sync -d 'pull one source now, or all of them'
complete -c alignctl -n $none -a reload -d 'read alignd.yaml and the strategy again'
complete -c alignctl -n $none -a audit -d 'what people have changed, newest first'
complete -c alignctl -n $none -a outbox -d 'messages that wait or could not be sent'
complete -c alignctl -n $none -a healthz -d 'exit 0 when every source is fresh and the store answers, else 1'
complete -c alignctl -n $none -a help -d 'explain a command'

set -l seen __fish_seen_subcommand_from
complete -c alignctl -n "$seen drift" -a show -d 'explain one finding'
complete -c alignctl -n "$seen drift exempt" -l rule -x -a '(__alignctl_rules)' -d 'only this rule'
complete -c alignctl -n "$seen drift unlinked" -l team -x -d 'only this team'
complete -c alignctl -n "$seen drift unlinked" -l scope -x -d 'only this repository or project'
complete -c alignctl -n "$seen drift" -l severity -x -a 'info warn high' -d 'only this severity'
complete -c alignctl -n "$seen drift outbox" -l all -d 'what is over, too'
complete -c alignctl -n "$seen doctor" -l sync -d 'pull every source first, and wait for it'
complete -c alignctl -n "$seen doctor" -l config -r -d 'checked where alignd does not run'
complete -c alignctl -n "$seen drift doctor" -l fail -d 'exit with 1 if anything fires'
complete -c alignctl -n "$seen drift unlinked gaps audit outbox" -l limit -x -d 'show at most N rows'
complete -c alignctl -n "$seen exempt" -l reason -x -d 'why; everyone who asks will see it'
complete -c alignctl -n "$seen exempt" -l until -x -d 'to the end of that day'
complete -c alignctl -n "$seen checkin" -l at -x -d 'of that day'
complete -c alignctl -n "$seen checkin" -l confidence -x -d 'how sure you are to reach it'
complete -c alignctl -n "$seen checkin" -l note -x -d 'shown to everyone who asks'
complete -c alignctl -n "$seen checkin" -l undo -d 'take the last value back'
complete -c alignctl -n "$seen sync" -l wait -d 'wait until its findings are in'
complete -c alignctl -n "$seen sync" -l list -d 'list everything, too, to find what has vanished'
complete -c alignctl -n "$seen sync" -l accept -d 'what a listing of the source lacks is gone, though it is half of all'
complete -c alignctl -n "$seen lint" -F
complete -c alignctl -n "$seen lint" -l strict -d 'exit with 1 for warnings, too'
complete -c alignctl -n "$seen lint" -l format -x -a 'text json github' -d 'text, json or github (annotations)'
complete -c alignctl -n "$seen rules" -a '(__alignctl_rules)'
complete -c alignctl -n "$seen outbox" -a 'retry all'
complete -c alignctl -n "$seen help" -a 'status doctor drift why unlinked gaps coverage initiatives krs checkin rules lint link unlink exempt unexempt sync reload audit outbox healthz help'
