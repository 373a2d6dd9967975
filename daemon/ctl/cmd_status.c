#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* ---- the first lines: what needs somebody ---- */

static int64_t sum(const json_t *rows, const char *member)
{
    int64_t n = 0;
    const json_t *r;
    size_t i;

    json_array_foreach(rows, i, r) n += field_int(r, member);
    return n;
}

static size_t count_state(const json_t *rows, const char *state)
{
    size_t i, n = 0;
    const json_t *r;

    json_array_foreach(rows, i, r) n += str_eqz(field_str(r, "state"), state);
    return n;
}

static struct str coverage(struct ctl *c, const json_t *cov)
{
    int64_t of = field_int(cov, "open") - field_int(cov, "exempt");

    if (!field_has(cov, "ratio"))
        return STR("no open epic to link");
    return ctl_text(c, "%.*s of %lld open epics linked",
                    STR_FMT(ctl_percent(c, field_number(cov, "ratio"))), (long long)of);
}

static void put_problems(struct ctl *c, const json_t *problems)
{
    const json_t *p;
    size_t i;

    json_array_foreach(problems, i, p)
    {
        struct str name = field_str(p, "name");
        struct str part = field_str(p, "part");

        term_wrap(&c->term, field_bool(p, "unhealthy") ? TERM_BAD : TERM_WARN, 2, 4,
                  ctl_text(c, "%.*s%s%.*s: %.*s", STR_FMT(part), name.n > 0 ? " " : "",
                           STR_FMT(name), STR_FMT(field_str(p, "text"))));
        if (field_has(p, "fix"))
            term_wrap(&c->term, TERM_PLAIN, 4, 4, field_str(p, "fix"));
    }
}

static void put_verdict(struct ctl *c, const json_t *root)
{
    const json_t *problems = field_arr(root, "problems");
    const json_t *sources = field_arr(root, "sources");
    int64_t firing = sum(field_arr(root, "rules"), "firing");
    size_t n = json_array_size(problems);

    if (n > 0) {
        term_line(&c->term, TERM_BAD, "%.*s attention:",
                  STR_FMT(ctl_count(c, (int64_t)n, "thing needs", "things need")));
        put_problems(c, problems);
        return;
    }
    if (firing == 0)
        term_line(&c->term, TERM_GOOD,
                  "All is well: %zu of %zu sources fresh, nothing %s, %.*s.",
                  count_state(sources, "fresh"), json_array_size(sources),
                  sum(field_arr(root, "rules"), "baseline") > 0 ? "new fires" : "fires",
                  STR_FMT(coverage(c, field_obj(root, "coverage"))));
    else
        term_line(&c->term, TERM_WARN,
                  "alignd is well: %zu of %zu sources fresh. %.*s: alignctl drift.",
                  count_state(sources, "fresh"), json_array_size(sources),
                  STR_FMT(ctl_count(c, firing, "finding fires", "findings fire")));
}

/* ---- the parts ---- */

static enum term_style state_style(struct str state)
{
    if (str_eqz(state, "fresh") || str_eqz(state, "ok"))
        return TERM_GOOD;
    if (str_eqz(state, "stale") || str_eqz(state, "undelivered"))
        return TERM_BAD;
    return TERM_WARN;
}

static struct str number(struct ctl *c, const json_t *o, const char *name)
{
    return ctl_text(c, "%lld", (long long)field_int(o, name));
}

static struct str requests_left(struct ctl *c, const json_t *s)
{
    if (!field_has(s, "rate_remaining"))
        return STR("-");
    if (!field_has(s, "rate_limit"))
        return number(c, s, "rate_remaining");
    return ctl_text(c, "%lld of %lld", (long long)field_int(s, "rate_remaining"),
                    (long long)field_int(s, "rate_limit"));
}

static void put_sources(struct ctl *c, const json_t *sources)
{
    static const struct table_column columns[] = {
        {"SOURCE", false, 0, 8},       {"STATE", false, 0, 0}, {"SYNCED", false, 0, 0},
        {"NEXT", false, 3, 0},         {"OPEN", true, 2, 0},   {"ITEMS", true, 4, 0},
        {"REQUESTS LEFT", true, 5, 0},
    };
    struct table t;
    const json_t *s;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(sources, i, s)
    {
        table_add(&t, TERM_PLAIN, field_str(s, "name"));
        table_add(&t, state_style(field_str(s, "state")), field_str(s, "state"));
        table_add(&t, TERM_PLAIN, ctl_ago(c, field_time(s, "last_ok")));
        table_add(&t, TERM_PLAIN,
                  field_bool(s, "running") ? STR("running")
                                           : ctl_ago(c, field_time(s, "next_due")));
        table_add(&t, TERM_PLAIN, number(c, s, "open"));
        table_add(&t, TERM_PLAIN, number(c, s, "items"));
        table_add(&t, TERM_PLAIN, requests_left(c, s));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void add_count(struct ctl *c, struct str *text, int64_t n, const char *what)
{
    if (n > 0)
        *text = ctl_text(c, "%.*s%s%lld %s", STR_FMT(*text), text->n > 0 ? ", " : "",
                         (long long)n, what);
}

/* What became of items that the last listing lacked. */
static void put_vanished(struct ctl *c, const json_t *sources)
{
    const json_t *s;
    size_t i;

    json_array_foreach(sources, i, s)
    {
        const json_t *v = field_obj(s, "vanished");
        struct str text = STR_NONE;

        add_count(c, &text, field_int(v, "deleted"), "deleted");
        add_count(c, &text, field_int(v, "gone"), "gone");
        add_count(c, &text, field_int(v, "outside"), "no longer followed");
        add_count(c, &text, field_int(v, "moved"), "moved");
        add_count(c, &text, field_int(s, "hidden"), "hidden from us");
        if (text.n > 0)
            term_wrap(&c->term, TERM_DIM, 0, 2,
                      ctl_text(c, "%.*s: %.*s since the last listing.",
                               STR_FMT(field_str(s, "name")), STR_FMT(text)));
    }
}

static void put_channels(struct ctl *c, const json_t *channels)
{
    static const struct table_column columns[] = {
        {"CHANNEL", false, 0, 8}, {"TYPE", false, 3, 0},  {"STATE", false, 0, 0},
        {"WAITING", true, 1, 0},  {"FAILED", true, 2, 0}, {"LAST MESSAGE", false, 4, 0},
    };
    struct table t;
    const json_t *ch;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(channels, i, ch)
    {
        table_add(&t, TERM_PLAIN, field_str(ch, "name"));
        table_add(&t, TERM_PLAIN, field_str(ch, "type"));
        table_add(&t, state_style(field_str(ch, "state")), field_str(ch, "state"));
        table_add(&t, TERM_PLAIN, number(c, ch, "queued"));
        table_add(&t, field_int(ch, "dead") > 0 ? TERM_BAD : TERM_PLAIN,
                  number(c, ch, "dead"));
        table_add(&t, TERM_PLAIN, ctl_ago(c, field_time(ch, "last_delivered")));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_rules(struct ctl *c, const json_t *rules)
{
    static const struct table_column columns[] = {
        {"RULE", false, 0, 12},
        {"FIRING", true, 0, 0},
        {"PENDING", true, 1, 0},
        {"BASELINE", true, 2, 0},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rules, i, r)
    {
        int64_t firing = field_int(r, "firing");

        if (firing == 0 && field_int(r, "pending") == 0 &&
            field_int(r, "baseline") == 0)
            continue;
        table_add(&t, TERM_PLAIN, field_str(r, "rule"));
        table_add(&t, firing > 0 ? TERM_WARN : TERM_PLAIN, number(c, r, "firing"));
        table_add(&t, TERM_PLAIN, number(c, r, "pending"));
        table_add(&t, TERM_PLAIN, number(c, r, "baseline"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_about(struct ctl *c, const json_t *root)
{
    const json_t *s = field_obj(root, "strategy"),
                 *conf = field_obj(root, "configuration");
    const json_t *cov = field_obj(root, "coverage");

    term_gap(&c->term);
    term_field(&c->term, "Strategy",
               ctl_text(c, "%.*s, version %.*s, in force since %.*s",
                        STR_FMT(field_str(s, "name")),
                        STR_FMT(str_first(field_str(s, "version"), 8)),
                        STR_FMT(ctl_when(c, field_time(s, "since")))));
    term_field(&c->term, "Coverage",
               ctl_text(c, "%.*s (%lld linked, %lld exempt)", STR_FMT(coverage(c, cov)),
                        (long long)field_int(cov, "linked"),
                        (long long)field_int(cov, "exempt")));
    if (field_int(field_obj(root, "owners"), "unreachable") > 0)
        term_field(&c->term, "Owners",
                   ctl_text(c, "%.*s cannot be mentioned, only named: alignctl doctor",
                            STR_FMT(ctl_count(
                                c, field_int(field_obj(root, "owners"), "unreachable"),
                                "owner", "owners"))));
    if (field_int(root, "waiting") > 0)
        term_field(&c->term, "Evaluation",
                   ctl_text(c, "%.*s to be judged: the counts here will still change",
                            STR_FMT(ctl_count(c, field_int(root, "waiting"),
                                              "item waits", "items wait"))));
    term_field(
        &c->term, "Configuration",
        ctl_text(c, "loaded %.*s", STR_FMT(ctl_when(c, field_time(conf, "reloaded")))));
    term_field(&c->term, "alignd",
               ctl_text(c, "%.*s, up since %.*s", STR_FMT(field_str(root, "version")),
                        STR_FMT(ctl_when(c, field_time(root, "started")))));
}

int cmd_status(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, STR("/v1/status"), 0, &r, &root);

    if (root != NULL) {
        put_verdict(c, root);
        put_about(c, root);
        put_sources(c, field_arr(root, "sources"));
        put_vanished(c, field_arr(root, "sources"));
        put_channels(c, field_arr(root, "channels"));
        put_rules(c, field_arr(root, "rules"));
    }
    client_reply_finish(&r);
    return code;
}

int cmd_status_healthz(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, STR("/healthz"), 503, &r, &root);

    if (code == CTL_OK && r.status != 200)
        code = CTL_DRIFT;
    if (root != NULL && code == CTL_OK) {
        term_line(&c->term, TERM_GOOD,
                  "healthy: every source is fresh, the store answers");
    } else if (root != NULL) {
        term_line(&c->term, TERM_BAD, "not healthy:");
        put_problems(c, field_arr(root, "problems"));
    }
    client_reply_finish(&r);
    return code;
}
