#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* Names of the daemon's members as people say them. */
static const char *words_of(struct str name)
{
    static const struct {
        const char *name, *words;
    } all[] = {
        {"version_to_work", "a new version of the strategy to work on what it changed"},
        {"active_to_work", "an initiative active to its first item in progress"},
        {"created_to_linked", "an epic made to its link"},
        {"alert_to_resolution", "an alert to its resolution"},
        {"what_not", "what not"},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        if (str_eqz(name, all[i].name))
            return all[i].words;
    }
    return NULL;
}

static struct str words(struct ctl *c, struct str name)
{
    const char *w = words_of(name);

    return w != NULL ? ctl_text(c, "%s", w) : name;
}

/* "repetition, uptake" */
static struct str list(struct ctl *c, const json_t *names, const char *between)
{
    struct str out = STR_NONE;
    const json_t *n;
    size_t i;

    json_array_foreach(names, i, n) out =
        ctl_text(c, "%.*s%s%.*s", STR_FMT(out), i > 0 ? between : "",
                 STR_FMT(words(c, field_text(n))));
    return out;
}

static struct str percent(struct ctl *c, const json_t *o, const char *name)
{
    return field_has(o, name) ? ctl_percent(c, field_number(o, name)) : STR("unknown");
}

static long long number(const json_t *o, const char *name)
{
    return (long long)field_int(o, name);
}

/* ---- legibility ---- */

static struct str articulation(struct ctl *c, const json_t *o)
{
    const json_t *form = field_obj(o, "form"), *answers = field_obj(o, "answers");

    return ctl_text(
        c,
        "%.*s: form %.*s (%.*s, %lld of %lld checks, %lld hints); %lld of %lld nodes "
        "answer who (%lld), what (%lld), why (%lld) and what not (%lld)",
        STR_FMT(percent(c, o, "value")), STR_FMT(percent(c, form, "score")),
        STR_FMT(field_str(form, "grade")), number(form, "passed"),
        number(form, "checks"), number(form, "hints"), number(answers, "all"),
        number(answers, "nodes"), number(answers, "who"), number(answers, "what"),
        number(answers, "why"), number(answers, "what_not"));
}

static struct str repetition(struct ctl *c, const json_t *o)
{
    const char *since = "no message that named one was delivered yet";

    if (field_int(o, "of") == 0)
        return STR("unknown: the strategy has no intent");
    if (field_has(o, "noted_since"))
        since = ctl_text(c, "noted since %.*s",
                         STR_FMT(ctl_at(c, field_time(o, "noted_since"))))
                    .p;
    return ctl_text(c, "%.*s: %lld of %lld intents shown in chat within %lld days; %s",
                    STR_FMT(percent(c, o, "value")), number(o, "lately"),
                    number(o, "of"), number(o, "within_days"), since);
}

static struct str uptake(struct ctl *c, const json_t *o)
{
    return ctl_text(
        c,
        "%.*s: %lld of %lld new epics linked in the tracker within %.*s, before any "
        "alert; %lld later, %lld by their project or repository only, %lld by command, "
        "%lld not at all (not judged: %lld have time left, %lld closed within it)",
        STR_FMT(percent(c, o, "value")), number(o, "linked"), number(o, "of"),
        STR_FMT(field_str(o, "grace")), number(o, "late"), number(o, "by_default"),
        number(o, "by_command"), number(o, "unlinked"), number(o, "waiting"),
        number(o, "closed"));
}

static void put_intents(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"INTENT", false, 0, 10},
        {"SHOWN", false, 0, 0},
        {"TITLE", false, 1, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        struct str state = field_str(r, "state");

        table_add(&t, TERM_PLAIN, field_str(r, "id"));
        table_add(&t, str_eqz(state, "lately") ? TERM_GOOD : TERM_WARN,
                  field_has(r, "last_shown") ? ctl_ago(c, field_time(r, "last_shown"))
                  : str_eqz(state, "unknown") ? STR("unknown")
                                              : STR("not since it is noted"));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_lacking(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"NODE", false, 0, 10},
        {"KIND", false, 1, 0},
        {"DOES NOT SAY", false, 0, 0},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        table_add(&t, TERM_PLAIN, field_str(r, "id"));
        table_add(&t, TERM_PLAIN, field_str(r, "kind"));
        table_add(&t, TERM_WARN, list(c, field_arr(r, "lacks"), ", "));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_legibility(struct ctl *c, const json_t *o)
{
    struct str weakest = field_str(o, "weakest");

    if (field_has(o, "value"))
        term_line(&c->term, TERM_BOLD, "Legibility %.*s, its weakest part: %.*s.",
                  STR_FMT(percent(c, o, "value")), STR_FMT(weakest));
    else
        term_line(&c->term, TERM_WARN, "Legibility is unknown, as long as %.*s is.",
                  STR_FMT(list(c, field_arr(o, "unknown"), " or ")));
    term_field(&c->term, "Articulation", articulation(c, field_obj(o, "articulation")));
    term_field(&c->term, "Repetition", repetition(c, field_obj(o, "repetition")));
    term_field(&c->term, "Uptake", uptake(c, field_obj(o, "uptake")));
    put_intents(c, field_arr(field_obj(o, "repetition"), "intents"));
    put_lacking(c, field_arr(field_obj(field_obj(o, "articulation"), "answers"),
                             "lacking"));
}

/* ---- synchronicity ---- */

static struct str days(struct ctl *c, const json_t *o, const char *name)
{
    double n = field_number(o, name);

    if (!field_has(o, name))
        return STR("unknown");
    return n < 1 ? ctl_text(c, "%.1f h", n * 24) : ctl_text(c, "%.1f d", n);
}

static void put_delays(struct ctl *c, const json_t *o)
{
    static const char *const names[] = {"version_to_work", "active_to_work",
                                        "created_to_linked", "alert_to_resolution"};
    static const struct table_column columns[] = {
        {"MEDIAN", true, 0, 0}, {"OF", true, 0, 0}, {"FROM", false, 0, 12}};
    struct table t;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const json_t *d = field_obj(o, names[i]);

        table_add(&t, field_has(d, "median_days") ? TERM_BOLD : TERM_WARN,
                  days(c, d, "median_days"));
        table_add(&t, TERM_PLAIN,
                  ctl_text(c, "%lld of %lld", number(d, "n"), number(d, "of")));
        table_add(&t, TERM_PLAIN, words(c, str_of(names[i])));
    }
    term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_synchronicity(struct ctl *c, const json_t *o)
{
    term_gap(&c->term);
    if (field_has(o, "days"))
        term_line(&c->term, TERM_BOLD, "Synchronicity %.*s, its slowest part: from %.*s.",
                  STR_FMT(days(c, o, "days")),
                  STR_FMT(words(c, field_str(o, "slowest"))));
    else
        term_line(&c->term, TERM_WARN,
                  "Synchronicity is unknown, as long as one of its parts is.");
    put_delays(c, o);
    if (field_int(o, "versions_unread") > 0) {
        term_gap(&c->term);
        term_line(&c->term, TERM_PLAIN,
                  "%lld of %lld versions could not be compared with the one before.",
                  number(o, "versions_unread"), number(o, "versions"));
    }
}

int cmd_indices(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/indices");
    ctl_query(&path, "window", args_value(&c->args, OPT_WINDOW));
    code = ctl_get(c, buf_str(&path), 0, &r, &root);
    buf_finish(&path);
    if (root != NULL) {
        put_legibility(c, field_obj(root, "legibility"));
        put_synchronicity(c, field_obj(root, "synchronicity"));
        term_gap(&c->term);
        term_line(&c->term, TERM_PLAIN, "In the last %lld days. The limit: %.*s.",
                  number(field_obj(root, "window"), "days"),
                  STR_FMT(field_str(root, "limit")));
    }
    client_reply_finish(&r);
    return code;
}
