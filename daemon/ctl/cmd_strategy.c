#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

enum { SHORT = 8 }; /* digits of a version that people see */

static struct str short_version(const json_t *v)
{
    return str_first(field_str(v, "version"), SHORT);
}

/* ---- log ---- */

static struct str what_changed(const json_t *v)
{
    if (field_has(v, "problem"))
        return field_str(v, "problem");
    return field_has(v, "summary") ? field_str(v, "summary")
                                   : STR("the first that is stored");
}

static enum term_style log_style(const json_t *v)
{
    return field_has(v, "problem") ? TERM_WARN : TERM_PLAIN;
}

/* What changed is the answer and is not cut: where there is no room, it is wrapped. */
static void put_narrow_log(struct ctl *c, const json_t *rows)
{
    const json_t *v;
    size_t i;

    json_array_foreach(rows, i, v)
    {
        term_wrap(&c->term, TERM_BOLD, 0, 2,
                  ctl_text(c, "%.*s  %.*s", STR_FMT(ctl_at(c, field_time(v, "since"))),
                           STR_FMT(short_version(v))));
        term_wrap(&c->term, log_style(v), 2, 2, what_changed(v));
    }
}

static void put_log(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"SINCE", false, 0, 0},
        {"VERSION", false, 0, 0},
        {"CHANGED", false, 0, 10},
    };
    const json_t *v;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, v)
    {
        table_add(&t, TERM_PLAIN, ctl_at(c, field_time(v, "since")));
        table_add(&t, TERM_PLAIN, short_version(v));
        table_add(&t, log_style(v), what_changed(v));
    }
    table_print(&t, &c->term, 0);
}

static int log_versions(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get_list(c, STR("/v1/strategy/versions"), "versions", &r, &root);

    if (root != NULL) {
        const json_t *rows = field_arr(root, "versions");

        if (json_array_size(rows) == 0)
            term_line(&c->term, TERM_PLAIN,
                      "No version of the strategy is stored yet.");
        if (c->term.columns > 0 && c->term.columns < 80)
            put_narrow_log(c, rows);
        else
            put_log(c, rows);
        if (field_has(root, "next"))
            term_line(&c->term, TERM_PLAIN, "There is more: --limit N shows it.");
    }
    client_reply_finish(&r);
    return code;
}

/* ---- diff ---- */

static enum term_style change_style(const json_t *change)
{
    struct str what = field_str(change, "change");

    if (str_eqz(what, "added"))
        return TERM_GOOD;
    if (str_eqz(what, "removed"))
        return TERM_BAD;
    return str_eqz(what, "retargeted") ? TERM_WARN : TERM_PLAIN;
}

static void put_diff(struct ctl *c, const json_t *root)
{
    const json_t *from = field_obj(root, "from"), *to = field_obj(root, "to"), *change;
    size_t i;

    term_line(&c->term, TERM_BOLD, "From %.*s (%.*s) to %.*s (%.*s): %.*s.",
              STR_FMT(short_version(from)),
              STR_FMT(ctl_at(c, field_time(from, "since"))), STR_FMT(short_version(to)),
              STR_FMT(ctl_at(c, field_time(to, "since"))),
              STR_FMT(field_str(root, "summary")));
    if (json_array_size(field_arr(root, "changes")) > 0)
        term_gap(&c->term);
    json_array_foreach(field_arr(root, "changes"), i, change)
        term_wrap(&c->term, change_style(change), 0, 2, field_str(change, "text"));
}

static int diff_versions(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/strategy/diff");
    ctl_query(&path, "from", c->args.n > 1 ? c->args.v[1] : STR_NONE);
    ctl_query(&path, "to", c->args.n > 2 ? c->args.v[2] : STR_NONE);
    code = ctl_get(c, arena_str(c->a, buf_str(&path)), 0, &r, &root);
    buf_finish(&path);
    if (root != NULL)
        put_diff(c, root);
    client_reply_finish(&r);
    return code;
}

/* ---- show ---- */

static void put_head(struct ctl *c, const json_t *root)
{
    struct wall since = field_time(root, "since"), until = field_time(root, "until");

    if (since.ms == 0)
        term_line(&c->term, TERM_BOLD, "'%.*s', version %.*s, just loaded.",
                  STR_FMT(field_str(root, "name")), STR_FMT(short_version(root)));
    else if (until.ms == 0)
        term_line(&c->term, TERM_BOLD, "'%.*s', version %.*s, in force since %.*s.",
                  STR_FMT(field_str(root, "name")), STR_FMT(short_version(root)),
                  STR_FMT(ctl_at(c, since)));
    else
        term_line(&c->term, TERM_BOLD,
                  "'%.*s', version %.*s, was in force from %.*s to %.*s.",
                  STR_FMT(field_str(root, "name")), STR_FMT(short_version(root)),
                  STR_FMT(ctl_at(c, since)), STR_FMT(ctl_at(c, until)));
}

/* "kind id (note): title", the note left out where it is empty. */
static void put_node(struct ctl *c, size_t indent, const char *kind, const json_t *n,
                     struct str note)
{
    struct str title = field_str(n, "title");

    term_wrap(&c->term, indent == 0 ? TERM_BOLD : TERM_PLAIN, indent, indent + 4,
              ctl_text(c, "%s %.*s%s%.*s%s%s%.*s", kind, STR_FMT(field_str(n, "id")),
                       note.n > 0 ? " (" : "", STR_FMT(note), note.n > 0 ? ")" : "",
                       title.n > 0 ? ": " : "", STR_FMT(title)));
}

static struct str joined(struct ctl *c, struct str s, struct str more)
{
    if (s.n == 0 || more.n == 0)
        return s.n > 0 ? s : more;
    return ctl_text(c, "%.*s, %.*s", STR_FMT(s), STR_FMT(more));
}

/* "2026-10-01 to 2026-12-31", either end open. */
static struct str period(struct ctl *c, struct str from, struct str to)
{
    if (from.n > 0 && to.n > 0)
        return ctl_text(c, "%.*s to %.*s", STR_FMT(from), STR_FMT(to));
    if (from.n > 0)
        return ctl_text(c, "from %.*s", STR_FMT(from));
    return to.n > 0 ? ctl_text(c, "to %.*s", STR_FMT(to)) : STR_NONE;
}

static void put_objectives(struct ctl *c, const json_t *rows)
{
    const json_t *o, *kr;
    size_t i, j;

    json_array_foreach(rows, i, o)
    {
        struct str intent = field_str(o, "intent");
        struct str note =
            field_has(o, "share") ? ctl_percent(c, field_number(o, "share")) : STR_NONE;

        note = joined(c, note, period(c, field_str(o, "from"), field_str(o, "to")));
        if (intent.n > 0)
            note = joined(c, note, ctl_text(c, "for %.*s", STR_FMT(intent)));
        put_node(c, 0, "objective", o, note);
        json_array_foreach(field_arr(o, "key_results"), j, kr)
            put_node(c, 2, "KR", kr, field_str(kr, "measure"));
    }
}

static void put_initiatives(struct ctl *c, const json_t *rows)
{
    const json_t *in, *move;
    size_t i, j;

    json_array_foreach(rows, i, in)
    {
        struct str note = field_str(in, "status"), moves = STR_NONE;

        json_array_foreach(field_arr(in, "moves"), j, move) moves =
            joined(c, moves, field_str(move, "key_result"));
        note = joined(c, note, period(c, field_str(in, "start"), field_str(in, "due")));
        if (moves.n > 0)
            note = joined(c, note, ctl_text(c, "moves %.*s", STR_FMT(moves)));
        put_node(c, 0, "initiative", in, note);
    }
}

static void put_outline(struct ctl *c, const json_t *root)
{
    const json_t *in, *vision = field_obj(root, "vision");
    struct str statement = field_str(vision, "statement");
    size_t i;

    put_head(c, root);
    term_gap(&c->term);
    if (statement.n > 0) {
        term_wrap(&c->term, TERM_BOLD, 0, 4,
                  ctl_text(c, "vision: %.*s", STR_FMT(statement)));
        term_gap(&c->term);
    }
    json_array_foreach(field_arr(root, "intents"), i, in)
        put_node(c, 0, "intent", in, period(c, STR_NONE, field_str(in, "until")));
    term_gap(&c->term);
    put_objectives(c, field_arr(root, "objectives"));
    term_gap(&c->term);
    put_initiatives(c, field_arr(root, "initiatives"));
}

static int show_strategy(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/strategy");
    ctl_query(&path, "at", args_value(&c->args, OPT_AT));
    code = ctl_get(c, arena_str(c->a, buf_str(&path)), 0, &r, &root);
    buf_finish(&path);
    if (root != NULL)
        put_outline(c, root);
    client_reply_finish(&r);
    return code;
}

int cmd_strategy(struct ctl *c)
{
    static const struct {
        const char *name;
        size_t max;     /* arguments, its own name among them */
        uint64_t takes; /* options */
        int (*run)(struct ctl *c);
    } parts[] = {
        {"show", 1, ARGS_OPT(OPT_AT), show_strategy},
        {"log", 1, ARGS_OPT(OPT_LIMIT), log_versions},
        {"diff", 3, 0, diff_versions},
        {"roll", 3, 0, cmd_roll},
    };
    const uint64_t all = ARGS_OPT(OPT_AT) | ARGS_OPT(OPT_LIMIT);

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (c->args.n > 0 && !str_eqz(c->args.v[0], parts[i].name))
            continue;
        if (c->args.n > parts[i].max || (c->args.given & all & ~parts[i].takes) != 0)
            return ctl_usage(c, "alignctl strategy log [--limit N], strategy diff "
                                "[FROM [TO]], strategy show [--at DATE] or strategy "
                                "roll PERIOD [FILE]");
        return parts[i].run(c);
    }
    return ctl_usage(c, "'%.*s' is not known here: alignctl strategy log, diff, show or roll",
                     STR_FMT(str_first(c->args.v[0], 40)));
}
