#include <math.h>

#include "base/jsonw.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* "47", "47.5", "0.1234" */
static struct str figure(struct ctl *c, double v)
{
    return ctl_text(c, "%.6g", v);
}

/* "+3", "-31": percent of the way, to the nearest. */
static struct str points(struct ctl *c, double v)
{
    return ctl_text(c, "%+ld", lround(v * 100));
}

static struct str forecast(struct ctl *c, const json_t *f)
{
    if (f == NULL)
        return STR_NONE;
    return ctl_text(c, "%.3g to %.3g", field_number(f, "low"), field_number(f, "high"));
}

static enum term_style style_of(struct str state)
{
    if (str_eqz(state, "on-pace") || str_eqz(state, "achieved"))
        return TERM_GOOD;
    if (str_eqz(state, "off-pace") || str_eqz(state, "broken") ||
        str_eqz(state, "missed"))
        return TERM_BAD;
    return str_eqz(state, "waiting") ? TERM_PLAIN : TERM_WARN;
}

/* ---- all of them ---- */

static size_t count(const json_t *rows, const char *state)
{
    const json_t *r;
    size_t i, n = 0;

    json_array_foreach(rows, i, r) n += str_eqz(field_str(r, "state"), state);
    return n;
}

static void put_summary(struct ctl *c, const json_t *rows)
{
    size_t all = json_array_size(rows), good = count(rows, "on-pace");
    size_t bad = count(rows, "off-pace") + count(rows, "broken");
    size_t open = count(rows, "stale") + count(rows, "unknown");

    if (all == 0) {
        term_line(&c->term, TERM_WARN, "The strategy has no key result.");
        return;
    }
    term_line(&c->term,
              bad > 0    ? TERM_BAD
              : open > 0 ? TERM_WARN
                         : TERM_GOOD,
              "%zu of %s on pace, %zu off pace or broken, %zu without a value that is "
              "new enough.",
              good, ctl_count(c, (int64_t)all, "key result", "key results").p, bad,
              open);
}

static void put_table(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"ID", false, 0, 10},      {"STATE", false, 0, 0},   {"VALUE", true, 0, 0},
        {"OF", false, 3, 0},       {"EXPECTED", true, 2, 0}, {"PACE", true, 1, 0},
        {"FORECAST", false, 5, 0}, {"BY", false, 4, 0},      {"TITLE", false, 6, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        const json_t *last = field_obj(r, "last");
        struct str state = field_str(r, "state");

        table_add(&t, TERM_PLAIN, field_str(r, "id"));
        table_add(&t, style_of(state), state);
        table_add(&t, TERM_BOLD,
                  last != NULL ? figure(c, field_number(last, "value")) : STR_NONE);
        table_add(&t, TERM_PLAIN, field_str(last, "date"));
        table_add(&t, TERM_PLAIN,
                  field_has(r, "expected_value")
                      ? figure(c, field_number(r, "expected_value"))
                      : STR_NONE);
        table_add(&t, TERM_PLAIN,
                  field_has(r, "pace") ? points(c, field_number(r, "pace")) : STR_NONE);
        table_add(&t, TERM_PLAIN, forecast(c, field_obj(r, "forecast")));
        table_add(&t, TERM_PLAIN, field_str(r, "by"));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

/* Whose value does not come, and why. */
static void put_failing(struct ctl *c, const json_t *rows)
{
    bool first = true;
    const json_t *r;
    size_t i;

    json_array_foreach(rows, i, r)
    {
        const json_t *s = field_obj(r, "source");

        if (s == NULL || !str_eqz(field_str(s, "state"), "failing"))
            continue;
        if (first)
            term_gap(&c->term);
        first = false;
        term_wrap(&c->term, TERM_WARN, 0, 2,
                  ctl_text(c, "%.*s: no value comes, first missed %.*s: %.*s",
                           STR_FMT(field_str(r, "id")),
                           STR_FMT(ctl_ago(c, field_time(s, "failed_since"))),
                           STR_FMT(field_str(s, "error"))));
    }
}

/* ---- one ---- */

static struct str stand(struct ctl *c, const json_t *r)
{
    const json_t *last = field_obj(r, "last");

    if (last == NULL)
        return STR("no value is known");
    return ctl_text(c, "%.6g on %.*s", field_number(last, "value"),
                    STR_FMT(field_str(last, "date")));
}

/* "47 on 2026-11-30, 53 expected then: 31 points of the way behind." */
static void put_stand(struct ctl *c, const json_t *r)
{
    struct str state = field_str(r, "state"), title = field_str(r, "title");
    double pace = field_number(r, "pace");

    if (field_has(r, "pace"))
        term_line(&c->term, style_of(state),
                  "%.*s: %.*s, %.4g expected then: %.*s, %ld%% of the way %s.",
                  STR_FMT(title), STR_FMT(stand(c, r)),
                  field_number(r, "expected_value"), STR_FMT(state),
                  lround(fabs(pace) * 100), pace < 0 ? "behind" : "ahead");
    else
        term_line(&c->term, style_of(state), "%.*s: %.*s: %.*s.", STR_FMT(title),
                  STR_FMT(stand(c, r)), STR_FMT(state));
}

/* "metrics, 3 h ago"; "metrics, failing, first 1 d ago: why" */
static struct str source_line(struct ctl *c, const json_t *s)
{
    struct str name = field_str(s, "name"), state = field_str(s, "state");

    if (str_eqz(state, "failing"))
        return ctl_text(c, "%.*s, failing, first %.*s: %.*s", STR_FMT(name),
                        STR_FMT(ctl_ago(c, field_time(s, "failed_since"))),
                        STR_FMT(field_str(s, "error")));
    if (str_eqz(state, "waiting"))
        return ctl_text(c, "%.*s, not asked yet", STR_FMT(name));
    return ctl_text(c, "%.*s, asked %.*s", STR_FMT(name),
                    STR_FMT(ctl_ago(c, field_time(s, "last_ok"))));
}

static void put_facts(struct ctl *c, const json_t *r)
{
    const json_t *f = field_obj(r, "forecast");

    term_field(&c->term, "Measure", field_str(r, "measure"));
    term_field(&c->term, "Objective", field_str(r, "objective"));
    term_field(&c->term, "Owner", field_str(r, "owner"));
    if (field_has(r, "progress"))
        term_field(
            &c->term, "Progress",
            ctl_text(c, "%ld%% of the way", lround(field_number(r, "progress") * 100)));
    if (field_has(r, "elapsed"))
        term_field(&c->term, "Time",
                   ctl_text(c, "%ld%% of its period is over",
                            lround(field_number(r, "elapsed") * 100)));
    if (f != NULL)
        term_field(&c->term, "Forecast",
                   ctl_text(c, "%.*s by %.*s, at the present rate",
                            STR_FMT(forecast(c, f)), STR_FMT(field_str(r, "by"))));
    term_field(&c->term, "Next value",
               field_has(r, "stale_at")
                   ? ctl_text(c, "before %.*s", STR_FMT(field_str(r, "stale_at")))
                   : STR("alignctl checkin says what it stands at"));
    if (field_obj(r, "source") != NULL)
        term_field(&c->term, "Source", source_line(c, field_obj(r, "source")));
}

static void put_values(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"DATE", false, 0, 0}, {"VALUE", true, 0, 0}, {"CONFIDENCE", true, 2, 0},
        {"BY", false, 1, 0},   {"TOLD", false, 3, 0}, {"NOTE", false, 0, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        table_add(&t, TERM_PLAIN, field_str(r, "date"));
        table_add(&t, TERM_BOLD, figure(c, field_number(r, "value")));
        table_add(&t, TERM_PLAIN,
                  field_has(r, "confidence")
                      ? ctl_text(c, "%lld%%", (long long)field_int(r, "confidence"))
                      : STR_NONE);
        table_add(&t, TERM_PLAIN, field_str(r, "told_by"));
        table_add(&t, TERM_PLAIN, ctl_ago(c, field_time(r, "told_at")));
        table_add(&t, TERM_PLAIN, field_str(r, "note"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

/* The same with --at. */
static struct str that_day(struct ctl *c, struct str path)
{
    struct buf b;
    struct str s;

    buf_init(&b, CTL_PATH);
    buf_add(&b, path);
    ctl_query(&b, "at", args_value(&c->args, OPT_AT));
    s = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

int cmd_krs(struct ctl *c)
{
    struct str path = that_day(
        c, c->args.n > 0 ? ctl_path(c, "/v1/key-results/", c->args.v[0], "")
                         : STR("/v1/key-results"));
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, path, 0, &r, &root);

    if (root != NULL && c->args.n > 0) {
        put_stand(c, root);
        term_gap(&c->term);
        put_facts(c, root);
        put_values(c, field_arr(root, "values"));
    } else if (root != NULL) {
        put_summary(c, field_arr(root, "key_results"));
        put_table(c, field_arr(root, "key_results"));
        put_failing(c, field_arr(root, "key_results"));
    }
    client_reply_finish(&r);
    return code;
}

/* ---- check-ins ---- */

static int take_back(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    if (c->args.n > 1)
        return ctl_usage(c, "--undo takes back the last value: leave the number out");
    buf_init(&path, CTL_PATH);
    buf_add(&path, ctl_path(c, "/v1/check-ins/", c->args.v[0], ""));
    ctl_query(&path, "at", args_value(&c->args, OPT_AT));
    code = ctl_send(c, "DELETE", buf_str(&path), STR_NONE, &r, &root);
    if (root != NULL) {
        term_line(&c->term, TERM_GOOD, "Took it back.");
        put_stand(c, root);
    }
    client_reply_finish(&r);
    buf_finish(&path);
    return code;
}

int cmd_krs_check_in(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct jsonw w;
    struct buf body;
    int code;

    if (args_has(&c->args, OPT_UNDO))
        return take_back(c);
    if (c->args.n < 2)
        return ctl_usage(c, "say what it stands at: alignctl checkin %.*s 47",
                         STR_FMT(str_first(c->args.v[0], 60)));
    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "key_result", c->args.v[0]);
    jsonw_str(&w, "value", c->args.v[1]);
    jsonw_opt(&w, "at", args_value(&c->args, OPT_AT));
    jsonw_opt(&w, "confidence", args_value(&c->args, OPT_CONFIDENCE));
    jsonw_opt(&w, "note", args_value(&c->args, OPT_NOTE));
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", STR("/v1/check-ins"), buf_str(&body), &r, &root);
    if (root != NULL) {
        put_stand(c, root);
        term_line(&c->term, TERM_PLAIN, "alignctl checkin %.*s --undo takes it back.",
                  STR_FMT(field_str(root, "id")));
    }
    client_reply_finish(&r);
    buf_finish(&body);
    return code;
}
