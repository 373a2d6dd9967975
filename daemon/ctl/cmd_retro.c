#include <math.h>

#include "ctl/commands.h"
#include "ctl/effort_print.h"
#include "ctl/field.h"

/* ---- key results ---- */

static size_t count(const json_t *rows, const char *state)
{
    const json_t *r;
    size_t i, n = 0;

    json_array_foreach(rows, i, r) n += str_eqz(field_str(r, "state"), state);
    return n;
}

static void put_summary(struct ctl *c, const json_t *root)
{
    const json_t *krs = field_arr(root, "key_results");
    struct str from = field_str(root, "from"), until = field_str(root, "until");

    term_line(&c->term, TERM_BOLD, "%.*s, %.*s to %.*s%s.",
              STR_FMT(field_str(root, "period")), STR_FMT(from), STR_FMT(until),
              field_bool(root, "is_over") ? "" : ", so far");
    term_gap(&c->term);
    term_field(&c->term, "Key results",
               ctl_text(c, "%zu achieved, %zu on pace, %zu missed, %zu off pace, of %zu",
                        count(krs, "achieved"), count(krs, "on-pace"),
                        count(krs, "missed"), count(krs, "off-pace"),
                        json_array_size(krs)));
    term_field(&c->term, "Days",
               ctl_text(c, "%.1f person-days, %.1f of them unmapped",
                        field_number(root, "person_days"),
                        field_number(root, "unmapped_days")));
    if (field_has(root, "distance"))
        term_field(&c->term, "Plan",
                   ctl_text(c, "%ld points from the shares planned at the end",
                            lround(field_number(root, "distance") * 100)));
    term_field(&c->term, "Trust", effort_trust(c, field_obj(root, "trust")));
    term_field(&c->term, "Strategy",
               ctl_count(c, (int64_t)json_array_size(field_arr(root, "versions")),
                         "new version in it", "new versions in it"));
}

static struct str value_text(struct ctl *c, const json_t *r, const char *name)
{
    return field_has(r, name) ? ctl_text(c, "%.6g", field_number(r, name)) : STR_NONE;
}

static void put_key_results(struct ctl *c, const json_t *rows)
{
    static const struct effort_column v[] = {
        {{"KEY RESULT", false, 0, 0}, "id", effort_text, TERM_PLAIN},
        {{"STATE", false, 0, 0}, "state", effort_text, TERM_PLAIN},
        {{"VALUE", true, 2, 0}, "value", value_text, TERM_BOLD},
        {{"CAME", true, 1, 0}, "progress", effort_percent, TERM_PLAIN},
        {{"EXPECTED", true, 3, 0}, "expected", effort_percent, TERM_PLAIN},
        {{"TITLE", false, 4, 8}, "title", effort_text, TERM_PLAIN},
    };

    effort_put_rows(c, rows, v, ARRAY_LEN(v), true, 0);
}

/* ---- the rest ---- */

static struct str likely_by(struct ctl *c, const json_t *o, const char *name)
{
    const json_t *f = field_obj(o, name);

    return field_bool(f, "late") ? ctl_text(c, "%.*s, late", STR_FMT(field_str(f, "p85")))
                                 : field_str(f, "p85");
}

static void put_initiatives(struct ctl *c, const json_t *rows)
{
    static const struct effort_column v[] = {
        {{"INITIATIVE", false, 0, 0}, "id", effort_text, TERM_PLAIN},
        {{"STATUS", false, 0, 0}, "status", effort_text, TERM_PLAIN},
        {{"DAYS", true, 0, 0}, "person_days", effort_days, TERM_BOLD},
        {{"SHARE", true, 1, 0}, "share", effort_percent, TERM_PLAIN},
        {{"DUE", false, 2, 0}, "due", effort_text, TERM_PLAIN},
        {{"LIKELY BY", false, 3, 0}, "forecast", likely_by, TERM_PLAIN},
        {{"TITLE", false, 4, 8}, "title", effort_text, TERM_PLAIN},
    };

    effort_put_rows(c, rows, v, ARRAY_LEN(v), true, 0);
}

/* "2026-09-14  D-12  Defer SSO" */
static void put_dated(struct ctl *c, const char *title, const json_t *rows,
                      const char *text)
{
    const json_t *r;
    size_t i;

    if (json_array_size(rows) == 0)
        return;
    term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "%s", title);
    json_array_foreach(rows, i, r) term_wrap(
        &c->term, TERM_PLAIN, 2, 4,
        ctl_text(c, "%.*s  %.*s  %.*s", STR_FMT(field_str(r, "date")),
                 STR_FMT(field_str(r, "id")), STR_FMT(field_str(r, text))));
}

int cmd_retro(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, CTL_PATH);
    buf_add(&path, STR("/v1/retro"));
    ctl_query(&path, "period", c->args.v[0]);
    code = ctl_get(c, buf_str(&path), 0, &r, &root);
    if (root != NULL) {
        put_summary(c, root);
        effort_put_shares(c, field_arr(root, "shares"));
        put_key_results(c, field_arr(root, "key_results"));
        put_initiatives(c, field_arr(root, "initiatives"));
        put_dated(c, "Decided", field_arr(root, "decisions"), "chose");
        put_dated(c, "Happened", field_arr(root, "events"), "what");
    }
    client_reply_finish(&r);
    buf_finish(&path);
    return code;
}
