#include "ctl/commands.h"

#include <string.h>

static void list_commands(struct ctl *c)
{
    term_line(&c->term, TERM_PLAIN, "usage: alignctl COMMAND [ARGUMENTS] [OPTIONS]");
    term_gap(&c->term);
    for (const struct command *cmd = commands; cmd->name != NULL; cmd++)
        term_field(&c->term, cmd->name, str_of(cmd->summary));
}

static void list_options(struct ctl *c, uint64_t mask)
{
    for (int i = 0; i < OPT_COUNT; i++) {
        const struct args_option_row *o = &args_options[i];

        if ((mask & ARGS_OPT(i)) == 0)
            continue;
        term_wrap(&c->term, TERM_PLAIN, 2, 4,
                  ctl_text(c, "--%s%s%s: %s", o->name, o->has_value ? " " : "",
                           o->value, o->text));
    }
}

static void explain(struct ctl *c, const struct command *cmd)
{
    struct str rest = str_of(cmd->text), part;

    term_wrap(&c->term, TERM_BOLD, 0, 4, ctl_text(c, "alignctl %s", cmd->synopsis));
    term_line(&c->term, TERM_PLAIN, "%s", cmd->summary);
    while (str_split(&rest, '\n', &part)) {
        term_gap(&c->term);
        term_wrap(&c->term, TERM_PLAIN, 0, 0, part);
    }
    term_gap(&c->term);
    list_options(c, cmd->takes | ARGS_GLOBAL);
    if (cmd->more != NULL) {
        term_gap(&c->term);
        cmd->more(c);
    }
}

int cmd_help(struct ctl *c)
{
    struct str name = c->args.command;
    const struct command *cmd;

    if (str_eqz(name, "help"))
        name = c->args.n > 0 ? c->args.v[0] : STR_NONE;
    if (name.n == 0) {
        list_commands(c);
        term_gap(&c->term);
        list_options(c, ARGS_GLOBAL);
        term_gap(&c->term);
        term_line(
            &c->term, TERM_PLAIN,
            "Exit: 0 fine, 1 drift with --fail or lint failed, 2 usage, 3 refused by the daemon, 69 "
            "daemon not reachable, 77 no permission on its socket, 78 a file does not "
            "load. See alignctl(1).");
        return CTL_OK;
    }
    cmd = command_find(name);
    if (cmd == NULL)
        return ctl_usage(c, "no command '%.*s': alignctl help lists them",
                         STR_FMT(str_first(name, 40)));
    explain(c, cmd);
    return CTL_OK;
}
