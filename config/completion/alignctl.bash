# Completion of alignctl(1) for bash: source it, or install it as
# bash-completion/completions/alignctl.

_alignctl_rules() {
  alignctl rules 2>/dev/null | awk 'NR > 1 && NF == 0 { exit } NR > 1 { print $1 }'
}

_alignctl() {
  local commands='status doctor drift why unlinked suggest gaps coverage initiatives
    krs checkin split teams spread needle cost indices test retro strategy decisions event export view
    compare whatif rules routes replay init lint link unlink exempt unexempt silence silences ack snooze sync reload events audit outbox channels healthz help'
  local global='--json --socket --quiet --host --help --version'
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  local command='' options='' i
  COMPREPLY=()

  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
    --socket | --host | --config | --from-csv | --dir | --github | --github-url | --github-token-file | --jira | --jira-user | --jira-token-file | --rule | --team | --scope | --severity | --limit | --reason | --until | --for | --end | --window | --at | --confidence | --note | --affects | --review-by | --audience | --as | --format | --move | --drop | --share | --add | --moves | --reach | --impact | --effort | --source | --project | --objective | --intent | --initiative | --owner | --label | --since)
      ((i++)) ;;
    -*) ;;
    *)
      command=${COMP_WORDS[i]}
      break
      ;;
    esac
  done

  case $prev in
  --socket | --config | --from-csv | --dir | --github-token-file | --jira-token-file)
    compopt -o default
    return
    ;;
  --rule)
    mapfile -t COMPREPLY < <(compgen -W "$(_alignctl_rules)" -- "$cur")
    return
    ;;
  --severity)
    mapfile -t COMPREPLY < <(compgen -W 'info warn high' -- "$cur")
    return
    ;;
  --format)
    mapfile -t COMPREPLY < <(compgen -W 'text json github md html csv' -- "$cur")
    return
    ;;
  --audience)
    mapfile -t COMPREPLY < <(compgen -W 'team company board' -- "$cur")
    return
    ;;
  --host | --github | --github-url | --jira | --jira-user | --team | --scope | --limit | --reason | --until | --for | --end | --window | --at | --confidence | --note | --affects | --review-by | --as | --move | --drop | --share | --add | --moves | --reach | --impact | --effort | --since)
    return
    ;;
  esac

  case $command in
  '') options=$commands ;;
  doctor) options='--sync --fail --config' ;;
  drift) options='show --rule --team --scope --severity --all --fail --limit' ;;
  unlinked) options='--team --scope --at --limit' ;;
  gaps) options='--at --limit' ;;
  checkin) options='--at --confidence --note --undo' ;;
  indices) options='--window' ;;
  exempt) options='--reason --until --rule' ;;
  silence) options='--rule --team --scope --severity --for --until --reason --end' ;;
  silences) options='--all' ;;
  snooze) options='--for --until' ;;
  sync) options='--wait --list --accept' ;;
  events) options='-f --follow --limit' ;;
  audit | suggest) options='--limit' ;;
  outbox) options='retry all --all --limit' ;;
  channels) options='test' ;;
  strategy) options='show log diff roll --at --limit' ;;
  decisions) options='due' ;;
  init) options='--github --github-url --github-token-file --jira --jira-user --jira-token-file --dir --from-csv' ;;
  test) options='--reach --impact --confidence --effort' ;;
  event) options='add --affects --at --review-by' ;;
  export) options='--audience --format' ;;
  view) options='--as' ;;
  rules) options="--precision $(_alignctl_rules)" ;;
  replay) options='--since --config' ;;
  routes) options='test --rule --team --severity --source --scope --project --objective --intent --initiative --owner --label --config' ;;
  compare)
    [[ $cur == -* ]] || { compopt -o default; return; }
    ;;
  whatif) options='--move --drop --share --add --moves --reach --impact --confidence --effort' ;;
  lint)
    options='--strict --format'
    [[ $cur == -* ]] || { compopt -o default; return; }
    ;;
  help) options=$commands ;;
  esac
  [[ $cur != -* || $command != '' ]] || options=''
  mapfile -t COMPREPLY < <(compgen -W "$options $global" -- "$cur")
}

complete -F _alignctl alignctl
