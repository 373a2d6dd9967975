#include "config/check_ins.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/lint_print.h"

enum lint_format { LINT_TEXT, LINT_JSON, LINT_GITHUB };

static bool read_format(struct ctl *c, enum lint_format *ret)
{
    static const char *const names[] = {"text", "json", "github"};
    struct str given = args_value(&c->args, OPT_FORMAT);

    *ret = args_has(&c->args, OPT_JSON) ? LINT_JSON : LINT_TEXT;
    if (given.n == 0)
        return true;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eqz(given, names[i])) {
            *ret = (enum lint_format)i;
            return !args_has(&c->args, OPT_JSON) || *ret == LINT_JSON;
        }
    }
    return false;
}

/* ---- what loading has told is a finding, too ---- */

struct warnings {
    struct ctl *c;
    struct lint *l;
    bool failed;
};

static void add_warning(void *user, const struct conf_diag_item *item)
{
    struct warnings *w = user;
    struct lint_finding f = {
        .check = "load",
        .level = item->error ? LINT_ERROR : LINT_WARNING,
        .kind = "strategy",
        .file = item->file,
        .line = item->line,
        .message = item->message,
        .fix = item->hint,
    };

    w->failed = w->failed || !lint_add(w->l, w->c->a, &f);
}

static bool add_warnings(struct ctl *c, const struct strategy *s,
                         const struct conf_diag *d, struct lint *l)
{
    struct warnings w = {.c = c, .l = l};
    size_t more = conf_diag_each(d, add_warning, &w);
    struct conf_diag_item rest = {.file = s->objectives[0].node.file, .line = 1};

    if (more > 0) {
        rest.message = ctl_text(c, "loading tells %zu more", more);
        rest.hint = STR("mend those that are shown, then look again");
        add_warning(&w, &rest);
    }
    lint_sort(l);
    return !w.failed;
}

/* ---- the command ---- */

static int judge(struct ctl *c, const struct strategy *s, struct conf_diag *d,
                 enum lint_format format)
{
    const struct date today = tz_local(c->term.tz, c->term.now).date;
    struct check_ins said;
    struct lint l;
    struct err e;

    check_ins_load(s, today, c->a, d,
                         &said); /* what is wrong with it is in `d` */
    if (!lint_run(s, today, c->a, &l) || !add_warnings(c, s, d, &l)) {
        err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    if (format == LINT_JSON)
        lint_print_json(c, s, &l);
    else if (format == LINT_GITHUB)
        lint_print_github(c, &l);
    else
        lint_print_text(c, &l);
    if (l.found[LINT_ERROR] > 0)
        return CTL_DRIFT;
    return l.found[LINT_WARNING] > 0 && args_has(&c->args, OPT_STRICT) ? CTL_DRIFT
                                                                       : CTL_OK;
}

/* Where the daemon's strategy is; NULL: that it cannot be told was said. */
static const char *find_strategy(struct ctl *c, int *ret_code)
{
    struct client_reply r = {.status = 0};
    const char *path = NULL;
    struct err e;

    *ret_code = client_ask(c->socket, "GET", "/v1/status", STR_NONE, 0, &r, &e);
    if (*ret_code == CTL_OK) {
        path = arena_strdup(c->a, field_str(field_obj(r.json, "strategy"), "path"));
        err_nomem(&e);
        *ret_code = path == NULL ? CTL_SOFTWARE : CTL_OK;
    }
    client_reply_finish(&r);
    if (*ret_code != CTL_OK)
        ctl_fail(c, *ret_code, &e);
    return path;
}

int cmd_lint(struct ctl *c)
{
    const char *path = c->args.v[0].p; /* argv's, so it ends with NUL */
    enum lint_format format;
    struct conf_diag *d;
    struct strategy *s;
    struct err e;
    int code;

    if (!read_format(c, &format))
        return ctl_usage(c, "--format is text, json or github, and --json is one");
    if (c->args.n == 0 && (path = find_strategy(c, &code)) == NULL)
        return code;
    d = conf_diag_create();
    if (d == NULL) {
        err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    conf_diag_fit(d, c->term.columns);
    s = strategy_load(path, d);
    if (s != NULL) {
        code = judge(c, s, d, format);
    } else {
        code = CTL_INVALID;
        if (format == LINT_GITHUB)
            lint_print_github_errors(c, d);
        else
            conf_diag_print(d, c->err);
    }
    strategy_unref(s);
    conf_diag_destroy(d);
    return code;
}

/* ---- alignctl help lint ---- */

void cmd_lint_more(struct ctl *c)
{
    term_line(&c->term, TERM_BOLD, "Checks");
    for (const struct lint_check *k = lint_checks; k->id != NULL; k++) {
        term_wrap(
            &c->term, TERM_PLAIN, 2, 4,
            ctl_text(c, "%s (%s): %s?", k->id, lint_level_name(k->level), k->what));
        /* A part's stands behind a colon elsewhere. */
        term_wrap(&c->term, TERM_DIM, 4, 4,
                  ctl_text(c, "%c%s.",
                           k->why[0] >= 'a' ? k->why[0] - 'a' + 'A' : k->why[0],
                           k->why + 1));
    }
    term_wrap(&c->term, TERM_PLAIN, 2, 4,
              STR("load (warning): what loading warns of, such as an owner who is not "
                  "in people; (error): a line of the check-ins file that cannot be "
                  "taken."));
}
