#include "core/rule.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

static enum term_style severity_style(struct str severity)
{
    if (str_eqz(severity, "high"))
        return TERM_BAD;
    return str_eqz(severity, "warn") ? TERM_WARN : TERM_PLAIN;
}

/* ---- the list ---- */

static void add_filters(struct ctl *c, struct buf *path)
{
    ctl_query(path, "rule", args_value(&c->args, OPT_RULE));
    ctl_query(path, "team", args_value(&c->args, OPT_TEAM));
    ctl_query(path, "scope", args_value(&c->args, OPT_SCOPE));
    ctl_query(path, "severity", args_value(&c->args, OPT_SEVERITY));
}

/* How far a message about the finding's episode has come. */
enum telling { TOLD_NOTHING, TOLD_IN_VAIN, TOLD_SOON, TOLD };

static enum telling telling_of(const json_t *message)
{
    if (field_time(message, "delivered").ms != 0)
        return TOLD;
    return str_eqz(field_str(message, "state"), "dead") ? TOLD_IN_VAIN : TOLD_SOON;
}

static enum telling best_telling(const json_t *f)
{
    enum telling best = TOLD_NOTHING;
    const json_t *message;
    size_t i;

    json_array_foreach(field_arr(f, "told"), i, message)
    {
        if (telling_of(message) > best)
            best = telling_of(message);
    }
    return best;
}

static struct str told(struct ctl *c, const json_t *f)
{
    struct str reason = field_str(field_obj(f, "reason"), "name");

    switch (best_telling(f)) {
    case TOLD:
        return STR("told");
    case TOLD_SOON:
        return STR("on its way");
    case TOLD_IN_VAIN:
        return STR("undelivered");
    case TOLD_NOTHING:
        break;
    }
    if (str_eqz(field_str(f, "state"), "pending"))
        return STR("not yet");
    return ctl_text(c, "no: %.*s", STR_FMT(reason));
}

static const struct table_column drift_columns[] = {
    {"SEVERITY", false, 1, 0}, {"SUBJECT", false, 0, 14}, {"SINCE", false, 2, 0},
    {"TOLD", false, 3, 0},     {"ID", false, 0, 0},       {"TITLE", false, 0, 8},
};

static void add_row(struct ctl *c, struct table *t, const json_t *f)
{
    struct str severity = field_str(f, "severity"), title = field_str(f, "title");
    bool over = str_eqz(field_str(f, "state"), "resolved");

    table_add(t, over ? TERM_DIM : severity_style(severity),
              over ? STR("over") : severity);
    table_add(t, TERM_PLAIN, field_str(f, "subject"));
    table_add(t, TERM_PLAIN, ctl_ago(c, field_time(f, "since")));
    table_add(t, TERM_PLAIN, told(c, f));
    table_add(t, TERM_DIM, field_str(f, "id"));
    table_add(t, TERM_PLAIN,
              title.n > 0
                  ? title
                  : (str_eqz(field_str(f, "subject_kind"), "item") ? STR("(private)")
                                                                   : STR("")));
}

/* All findings of one rule, under its name. */
static void put_rule(struct ctl *c, const json_t *rows, struct str rule)
{
    const struct rule *known = rule_find(rule);
    struct table t;
    const json_t *f;
    int64_t n = 0;
    size_t i;

    table_init(&t, c->a, drift_columns, ARRAY_LEN(drift_columns));
    json_array_foreach(rows, i, f)
    {
        if (!str_eq(field_str(f, "rule"), rule))
            continue;
        add_row(c, &t, f);
        n++;
    }
    term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "%.*s (%lld)%s%s", STR_FMT(rule), (long long)n,
              known != NULL ? ": " : "", known != NULL ? known->title : "");
    table_print(&t, &c->term, 2);
}

static bool seen_before(const json_t *rows, size_t at, struct str rule)
{
    for (size_t i = 0; i < at; i++) {
        if (str_eq(field_str(json_array_get(rows, i), "rule"), rule))
            return true;
    }
    return false;
}

struct tallies {
    int64_t firing, high, warn, info, pending, before;
};

static struct tallies count(const json_t *rows)
{
    struct tallies n = {0};
    const json_t *f;
    size_t i;

    json_array_foreach(rows, i, f)
    {
        struct str state = field_str(f, "state"), sev = field_str(f, "severity");

        if (str_eqz(state, "resolved"))
            continue;
        if (field_bool(f, "baseline")) {
            n.before++;
            continue;
        }
        n.pending += str_eqz(state, "pending");
        if (!str_eqz(state, "firing"))
            continue;
        n.firing++;
        n.high += str_eqz(sev, "high");
        n.warn += str_eqz(sev, "warn");
        n.info += str_eqz(sev, "info");
    }
    return n;
}

static void put_verdict(struct ctl *c, const json_t *rows, int64_t total)
{
    struct tallies n = count(rows);

    if (total == 0)
        term_line(&c->term, TERM_GOOD, "No drift found%s.",
                  (c->args.given & ~ARGS_GLOBAL) != 0 ? " that matches" : "");
    else if (n.firing > 0)
        term_line(&c->term, n.high > 0 ? TERM_BAD : TERM_WARN,
                  "%.*s: %lld high, %lld warn, %lld info.",
                  STR_FMT(ctl_count(c, n.firing, "finding fires", "findings fire")),
                  (long long)n.high, (long long)n.warn, (long long)n.info);
    else
        term_line(&c->term, TERM_PLAIN, "Nothing fires.");
    if (n.pending > 0)
        term_line(&c->term, TERM_PLAIN, "%.*s: told only if it holds for its time.",
                  STR_FMT(ctl_count(c, n.pending, "finding is pending",
                                    "findings are pending")));
    if (n.before > 0)
        term_line(&c->term, TERM_PLAIN,
                  "%.*s before it came into view: baseline, not told one by one.",
                  STR_FMT(ctl_count(c, n.before, "was there", "were there")));
    ctl_caution(c);
}

/* With --fail: whether anything that matches fires. */
static int fail_code(struct ctl *c)
{
    struct client_reply r = {.status = 0};
    struct buf path;
    struct err e;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/findings?state=firing&limit=1");
    add_filters(c, &path);
    code = client_ask(c->socket, "GET", buf_cstr(&path), STR_NONE, 0, &r, &e);
    if (code != CTL_OK)
        ctl_fail(c, code, &e);
    else if (field_int(r.json, "total") > 0)
        code = CTL_DRIFT;
    client_reply_finish(&r);
    buf_finish(&path);
    return code;
}

static void put_list(struct ctl *c, const json_t *root)
{
    const json_t *rows = field_arr(root, "findings"), *f;
    int64_t total = field_int(root, "total"), shown = (int64_t)json_array_size(rows);
    size_t i;

    put_verdict(c, rows, total);
    json_array_foreach(rows, i, f)
    {
        if (!seen_before(rows, i, field_str(f, "rule")))
            put_rule(c, rows, field_str(f, "rule"));
    }
    if (total == 0)
        return;
    term_gap(&c->term);
    if (total > shown)
        term_line(&c->term, TERM_PLAIN, "%lld of %lld shown: --limit %lld shows all.",
                  (long long)shown, (long long)total, (long long)total);
    term_line(&c->term, TERM_PLAIN,
              "alignctl drift show ID explains one and says how to mend it.");
}

static int list(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/findings");
    if (args_has(&c->args, OPT_ALL))
        ctl_query(&path, "all", STR("1"));
    add_filters(c, &path);
    code = ctl_get_list(c, buf_str(&path), "findings", &r, &root);
    if (root != NULL)
        put_list(c, root);
    buf_finish(&path);
    client_reply_finish(&r);
    if (code == CTL_OK && args_has(&c->args, OPT_FAIL))
        code = fail_code(c);
    return code;
}

/* ---- one ---- */

/* "new on product, 3 h ago (...)", for each channel's last message. */
static struct str messages(struct ctl *c, const json_t *f)
{
    struct str out = STR_NONE, how;
    const json_t *m;
    size_t i;

    json_array_foreach(field_arr(f, "told"), i, m)
    {
        struct str state = field_str(m, "state");

        if (str_eqz(state, "delivered"))
            how = ctl_text(c, ", %.*s", STR_FMT(ctl_when(c, field_time(m, "at"))));
        else if (str_eqz(state, "dead"))
            how = STR(" could not be delivered");
        else
            how = STR(" waits to be sent");
        out = ctl_text(c, "%.*s%s%.*s on %.*s%.*s", STR_FMT(out), i > 0 ? "; " : "",
                       STR_FMT(field_str(m, "what")), STR_FMT(field_str(m, "channel")),
                       STR_FMT(how));
    }
    return out;
}

/* Reasons that messages speak for, or that say nothing. */
static bool is_told_reason(struct str name)
{
    static const char *const names[] = {"new", "worse", "reminder", "resolved",
                                        "unchanged"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eqz(name, names[i]))
            return true;
    }
    return false;
}

/* "Yes: new on product, 3 h ago. Now: someone is on it (ana)." or "No: ...". */
static struct str why_told(struct ctl *c, const json_t *f)
{
    static const char *const answers[] = {[TOLD_NOTHING] = "No",
                                          [TOLD_IN_VAIN] = "No",
                                          [TOLD_SOON] = "Not yet",
                                          [TOLD] = "Yes"};
    const json_t *reason = field_obj(f, "reason");
    struct str text = field_str(reason, "text"), detail = field_str(reason, "detail");
    struct str after =
        detail.n > 0 ? ctl_text(c, " (%.*s)", STR_FMT(detail)) : STR_NONE;
    struct wall at = field_time(reason, "at"), until = field_time(reason, "until");
    struct str end =
        until.ms > 0 ? ctl_text(c, " until %.*s", STR_FMT(ctl_at(c, until))) : STR_NONE;
    struct str since =
        at.ms > 0 ? ctl_text(c, ", as of %.*s", STR_FMT(ctl_when(c, at))) : STR_NONE;
    enum telling best = best_telling(f);

    if (best == TOLD_NOTHING)
        return ctl_text(c, "No: %.*s%.*s%.*s%.*s.", STR_FMT(text), STR_FMT(after),
                        STR_FMT(end), STR_FMT(since));
    if (is_told_reason(field_str(reason, "name")))
        return ctl_text(c, "%s: %.*s.", answers[best], STR_FMT(messages(c, f)));
    return ctl_text(c, "%s: %.*s. Now: %.*s%.*s%.*s%.*s.", answers[best],
                    STR_FMT(messages(c, f)), STR_FMT(text), STR_FMT(after),
                    STR_FMT(end), STR_FMT(since));
}

static struct str state_line(struct ctl *c, const json_t *f)
{
    struct str state = field_str(f, "state");

    if (str_eqz(state, "resolved"))
        return ctl_text(c, "over since %.*s",
                        STR_FMT(ctl_when(c, field_time(f, "resolved"))));
    if (str_eqz(state, "firing"))
        return ctl_text(
            c, "fires since %.*s%s", STR_FMT(ctl_when(c, field_time(f, "fired"))),
            field_bool(f, "baseline") ? "; it was there before it came into view" : "");
    return ctl_text(c, "holds since %.*s; fires if it goes on for its time",
                    STR_FMT(ctl_when(c, field_time(f, "since"))));
}

static void put_chain(struct ctl *c, const json_t *f)
{
    const json_t *n;
    size_t i;

    json_array_foreach(field_arr(f, "chain"), i, n)
    {
        struct str why = field_str(n, "why");

        if (!str_eqz(field_str(n, "kind"), "objective"))
            continue;
        term_field(&c->term, "Objective",
                   ctl_text(c, "%.*s%s%.*s", STR_FMT(field_str(n, "title")),
                            why.n > 0 ? " - " : "", STR_FMT(why)));
    }
}

static void put_numbers(struct ctl *c, json_t *facts)
{
    const char *name;
    struct buf text;
    json_t *v;

    buf_init(&text, 8192);
    json_object_foreach(facts, name, v)
    {
        buf_printf(&text, "%s%s ", text.n > 0 ? ", " : "", name);
        if (json_is_string(v))
            buf_add(&text, field_text(v));
        else if (json_is_number(v))
            buf_printf(&text, "%g", json_number_value(v));
        else
            buf_addz(&text, json_is_true(v) ? "yes" : json_is_false(v) ? "no" : "...");
    }
    term_field(&c->term, "Numbers", buf_str(&text));
    buf_finish(&text);
}

static void put_history(struct ctl *c, const json_t *rows)
{
    const json_t *h;
    size_t i;

    if (json_array_size(rows) == 0)
        return;
    term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "History");
    json_array_foreach(rows, i, h)
    {
        struct str detail = field_str(h, "detail");

        term_wrap(&c->term, TERM_PLAIN, 2, 4,
                  ctl_text(c, "%.*s %.*s%s%.*s",
                           STR_FMT(ctl_at(c, field_time(h, "at"))),
                           STR_FMT(field_str(h, "what")), detail.n > 0 ? ": " : "",
                           STR_FMT(detail)));
    }
}

static void put_one(struct ctl *c, const json_t *f)
{
    const json_t *rule = field_obj(f, "rule_is");
    struct str title = field_str(f, "title"), severity = field_str(f, "severity");

    term_line(&c->term, severity_style(severity), "%.*s%s%.*s: %.*s",
              STR_FMT(field_str(f, "subject")), title.n > 0 ? " " : "", STR_FMT(title),
              STR_FMT(rule != NULL ? field_str(rule, "title") : field_str(f, "rule")));
    term_gap(&c->term);
    term_field(&c->term, "State",
               ctl_text(c, "%.*s, %.*s", STR_FMT(severity), STR_FMT(state_line(c, f))));
    term_field(&c->term, "Told", why_told(c, f));
    term_field(&c->term, "Rule",
               ctl_text(c, "%.*s%s%.*s", STR_FMT(field_str(f, "rule")),
                        rule != NULL ? ": " : "", STR_FMT(field_str(rule, "what"))));
    term_field(&c->term, "Why", field_str(rule, "why"));
    put_chain(c, f);
    put_numbers(c, field_obj(f, "facts"));
    term_field(&c->term, "Note", field_str(f, "note"));
    term_field(&c->term, "Fix", field_str(f, "fix"));
    term_field(&c->term, "Or run", field_str(f, "command"));
    term_field(&c->term, "Team", field_str(f, "team"));
    term_field(&c->term, "Link", field_str(f, "url"));
    put_history(c, field_arr(f, "history"));
}

static int show(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, ctl_path(c, "/v1/findings/", c->args.v[1], ""), 0, &r, &root);

    if (root != NULL)
        put_one(c, root);
    client_reply_finish(&r);
    return code;
}

int cmd_drift(struct ctl *c)
{
    if (c->args.n == 0)
        return list(c);
    if (!str_eqz(c->args.v[0], "show"))
        return ctl_usage(c,
                         "'%.*s' is not known here: alignctl drift, or alignctl drift "
                         "show ID",
                         STR_FMT(str_first(c->args.v[0], 40)));
    if (c->args.n < 2)
        return ctl_usage(c,
                         "which one? alignctl drift lists the IDs; then alignctl drift "
                         "show ID");
    return show(c);
}
