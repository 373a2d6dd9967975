#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

static struct str number(struct ctl *c, int64_t n)
{
    return ctl_text(c, "%lld", (long long)n);
}

/* ---- unlinked ---- */

static void put_unlinked(struct ctl *c, const json_t *root)
{
    static const struct table_column columns[] = {
        {"ITEM", false, 0, 14},  {"CREATED", false, 1, 0},     {"TEAM", false, 3, 8},
        {"STATUS", false, 2, 8}, {"REPORTED BY", false, 4, 8}, {"TITLE", false, 0, 8},
    };
    const json_t *rows = field_arr(root, "items"), *it;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, it)
    {
        table_add(&t, TERM_PLAIN, field_str(it, "key"));
        table_add(&t, TERM_PLAIN, ctl_ago(c, field_time(it, "created")));
        table_add(&t, TERM_PLAIN, field_str(it, "team"));
        table_add(&t,
                  str_eqz(field_str(it, "category"), "in-progress") ? TERM_WARN
                                                                    : TERM_PLAIN,
                  field_str(it, "status"));
        table_add(&t, TERM_PLAIN, field_str(it, "author"));
        table_add(&t, TERM_PLAIN,
                  field_bool(it, "private") ? STR("(private)")
                                            : field_str(it, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

/* "at" of the answer: nothing is to be done about that day. */
static void put_unlinked_then(struct ctl *c, const json_t *root, int64_t total)
{
    struct str at = field_str(root, "at");

    if (total == 0)
        term_line(&c->term, TERM_GOOD,
                  "At the end of %.*s no open epic was without a strategic link.",
                  STR_FMT(at));
    else
        term_line(&c->term, TERM_WARN, "At the end of %.*s %.*s, oldest first.",
                  STR_FMT(at),
                  STR_FMT(ctl_count(c, total, "open epic served no initiative",
                                    "open epics served no initiative")));
    term_line(&c->term, TERM_PLAIN, "But %.*s.", STR_FMT(field_str(root, "caveat")));
}

static void put_unlinked_head(struct ctl *c, const json_t *root)
{
    int64_t total = field_int(root, "total");

    if (field_has(root, "at")) {
        put_unlinked_then(c, root, total);
        return;
    }
    if (total == 0)
        term_line(&c->term, TERM_GOOD, "No open epic is without a strategic link.");
    else
        term_line(&c->term, TERM_WARN, "%.*s, oldest first.",
                  STR_FMT(ctl_count(c, total, "open epic serves no initiative",
                                    "open epics serve no initiative")));
    ctl_caution(c);
}

static void put_unlinked_tail(struct ctl *c, const json_t *root)
{
    int64_t total = field_int(root, "total");
    int64_t shown = (int64_t)json_array_size(field_arr(root, "items"));

    if (total == 0)
        return;
    term_gap(&c->term);
    if (total > shown)
        term_line(&c->term, TERM_PLAIN, "%lld of %lld shown: --limit %lld shows all.",
                  (long long)shown, (long long)total, (long long)total);
    if (field_has(root, "at"))
        return;
    term_line(&c->term, TERM_PLAIN,
              "Link one: label initiative:ID in the tracker, or alignctl link ITEM "
              "ID. Not strategic: alignctl exempt ITEM --reason \"...\".");
}

int cmd_lists_unlinked(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/unlinked");
    ctl_query(&path, "team", args_value(&c->args, OPT_TEAM));
    ctl_query(&path, "scope", args_value(&c->args, OPT_SCOPE));
    ctl_query(&path, "at", args_value(&c->args, OPT_AT));
    code = ctl_get_list(c, buf_str(&path), "items", &r, &root);
    buf_finish(&path);
    if (root != NULL) {
        put_unlinked_head(c, root);
        put_unlinked(c, root);
        put_unlinked_tail(c, root);
    }
    client_reply_finish(&r);
    return code;
}

/* ---- gaps: both ways in which strategy and work do not meet ---- */

static void put_idle(struct ctl *c, const json_t *root)
{
    const json_t *rows = field_arr(root, "initiatives");
    bool then = field_has(root, "at");
    static const struct table_column columns[] = {
        {"INITIATIVE", false, 0, 12}, {"OWNER", false, 2, 0}, {"START", false, 1, 0},
        {"DUE", false, 3, 0},         {"TITLE", false, 0, 8},
    };
    struct table t;
    const json_t *n;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, n)
    {
        table_add(&t, TERM_PLAIN, field_str(n, "id"));
        table_add(&t, TERM_PLAIN, field_str(n, "owner"));
        table_add(&t, TERM_PLAIN, field_str(n, "start"));
        table_add(&t, TERM_PLAIN, field_str(n, "due"));
        table_add(&t, TERM_PLAIN, field_str(n, "title"));
    }
    term_gap(&c->term);
    if (t.n_cells == 0)
        term_line(&c->term, TERM_GOOD, "Every active initiative %s work.",
                  then ? "had" : "has");
    else
        term_line(&c->term, TERM_WARN, "%.*s %s no work.",
                  STR_FMT(ctl_count(c, (int64_t)json_array_size(rows),
                                    "active initiative", "active initiatives")),
                  then                         ? "had"
                  : json_array_size(rows) == 1 ? "has"
                                               : "have");
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static struct str at_that_day(struct ctl *c, const char *path)
{
    struct str at = args_value(&c->args, OPT_AT), s;
    struct buf b;

    buf_init(&b, CTL_PATH);
    buf_add(&b, str_of(path));
    ctl_query(&b, "at", at);
    s = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

int cmd_lists_gaps(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get_list(c, at_that_day(c, "/v1/gaps"), "items", &r, &root);

    if (root != NULL) {
        put_unlinked_head(c, root);
        put_unlinked(c, root);
        put_unlinked_tail(c, root);
        put_idle(c, root);
    }
    client_reply_finish(&r);
    return code;
}

/* ---- coverage ---- */

static struct str ratio(struct ctl *c, const json_t *o)
{
    return field_has(o, "ratio") ? ctl_percent(c, field_number(o, "ratio")) : STR("-");
}

static void put_scopes(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"SCOPE", false, 0, 12},    {"COVERAGE", true, 0, 0}, {"OPEN", true, 0, 0},
        {"LINKED", true, 2, 0},     {"EXEMPT", true, 3, 0},   {"UNLINKED", true, 1, 0},
        {"BY DEFAULT", true, 5, 0}, {"BASELINE", true, 4, 0}, {"SOURCE", false, 6, 8},
    };
    struct table t;
    const json_t *s;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, s)
    {
        int64_t open = field_int(s, "open"), linked = field_int(s, "linked");
        int64_t exempt = field_int(s, "exempt"), left = open - linked - exempt;

        table_add(&t, TERM_PLAIN, field_str(s, "scope"));
        table_add(&t, TERM_BOLD, ratio(c, s));
        table_add(&t, TERM_PLAIN, number(c, open));
        table_add(&t, TERM_PLAIN, number(c, linked));
        table_add(&t, TERM_PLAIN, number(c, exempt));
        table_add(&t, left > 0 ? TERM_WARN : TERM_PLAIN, number(c, left));
        table_add(&t, TERM_PLAIN, number(c, field_int(s, "by_scope")));
        table_add(&t, TERM_PLAIN, number(c, field_int(s, "baseline")));
        table_add(&t, TERM_PLAIN, field_str(s, "source"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

int cmd_lists_coverage(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, at_that_day(c, "/v1/coverage"), 0, &r, &root);

    if (root != NULL) {
        const json_t *t = field_obj(root, "total");
        int64_t open = field_int(t, "open"), exempt = field_int(t, "exempt");
        int64_t by_scope = field_int(t, "by_scope");

        if (!field_has(t, "ratio"))
            term_line(
                &c->term, TERM_PLAIN,
                "Coverage is unknown: there is no open epic that should be linked.");
        else
            term_line(
                &c->term,
                open - exempt > field_int(t, "linked") ? TERM_WARN : TERM_GOOD,
                "%.*s of the open epics are linked: %lld of %lld, %lld exempt besides.",
                STR_FMT(ratio(c, t)), (long long)field_int(t, "linked"),
                (long long)(open - exempt), (long long)exempt);
        if (by_scope > 0)
            term_line(
                &c->term, TERM_PLAIN,
                "Of these %lld by the default of their project or repository only.",
                (long long)by_scope);
        ctl_caution(c);
        put_scopes(c, field_arr(root, "scopes"));
    }
    client_reply_finish(&r);
    return code;
}
