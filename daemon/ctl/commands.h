/*
 * The commands of alignctl as a table, from which the help texts, completion
 * and manual are held, and the functions behind its rows, one file for each
 * group (cmd_*.c).
 */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/ctl.h"

struct command {
    const char *name;
    const char *synopsis; /* without alignctl and the global options */
    const char *summary;  /* one line */
    const char *text;     /* further paragraphs, a line feed between; may be "" */
    uint64_t takes;       /* ARGS_OPT mask */
    size_t min, max;      /* arguments */
    int (*run)(struct ctl *c);
    void (*more)(struct ctl *c); /* what its help ends with; may be NULL */
};

extern const struct command commands[]; /* ends with name NULL */
const struct command *command_find(struct str name);
const struct command *command_nearest(struct str name); /* NULL: none is near */

int cmd_status(struct ctl *c);
int cmd_status_healthz(struct ctl *c);
int cmd_doctor(struct ctl *c);
int cmd_drift(struct ctl *c);
int cmd_why(struct ctl *c);
int cmd_lists_unlinked(struct ctl *c);
int cmd_suggest(struct ctl *c);
int cmd_lists_gaps(struct ctl *c);
int cmd_lists_coverage(struct ctl *c);
int cmd_initiatives(struct ctl *c);
int cmd_krs(struct ctl *c);
int cmd_krs_check_in(struct ctl *c);
int cmd_effort_split(struct ctl *c);
int cmd_effort_teams(struct ctl *c);
int cmd_effort_spread(struct ctl *c);
int cmd_effort_needle(struct ctl *c);
int cmd_effort_cost(struct ctl *c);
int cmd_indices(struct ctl *c);
int cmd_retro(struct ctl *c);
int cmd_test(struct ctl *c);
int cmd_init(struct ctl *c);
int cmd_strategy(struct ctl *c);
int cmd_roll(struct ctl *c);
int cmd_decisions(struct ctl *c);
int cmd_event(struct ctl *c);
int cmd_view(struct ctl *c);
int cmd_export(struct ctl *c);
int cmd_compare(struct ctl *c);
int cmd_compare_whatif(struct ctl *c);
int cmd_rules(struct ctl *c);
int cmd_replay(struct ctl *c);
int cmd_routes(struct ctl *c);
int cmd_writes_link(struct ctl *c);
int cmd_writes_unlink(struct ctl *c);
int cmd_writes_exempt(struct ctl *c);
int cmd_writes_unexempt(struct ctl *c);
int cmd_silences_add(struct ctl *c);
int cmd_silences(struct ctl *c);
int cmd_silences_ack(struct ctl *c);
int cmd_silences_snooze(struct ctl *c);
int cmd_daemon_sync(struct ctl *c);
int cmd_daemon_reload(struct ctl *c);
int cmd_events(struct ctl *c);
int cmd_journal_audit(struct ctl *c);
int cmd_journal_outbox(struct ctl *c);
int cmd_journal_channels(struct ctl *c);
int cmd_lint(struct ctl *c);
void cmd_lint_more(struct ctl *c);
int cmd_help(struct ctl *c);

/* Pulls the source (empty: all) and waits until what it found is judged. CTL_DRIFT: some
   of it could not be read, as has been said. */
int cmd_daemon_sync_and_wait(struct ctl *c, struct str source);

#endif
