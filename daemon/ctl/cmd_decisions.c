#include "ctl/commands.h"
#include "ctl/field.h"

static size_t count_reviews(const json_t *rows, const char *state)
{
    const json_t *r;
    size_t i, n = 0;

    json_array_foreach(rows, i, r) n += str_eqz(field_str(r, "review"), state);
    return n;
}

static size_t count_assumptions(const json_t *row, const char *state)
{
    const json_t *a;
    size_t i, n = 0;

    json_array_foreach(field_arr(row, "assumes"), i, a) n +=
        str_eqz(field_str(a, "state"), state);
    return n;
}

static size_t count_broken(const json_t *rows)
{
    const json_t *r;
    size_t i, n = 0;

    json_array_foreach(rows, i, r) n += count_assumptions(r, "false") > 0;
    return n;
}

static void put_summary(struct ctl *c, const json_t *root, bool due)
{
    const json_t *rows = field_arr(root, "decisions");
    size_t n = json_array_size(rows), late = count_reviews(rows, "overdue");
    size_t soon = count_reviews(rows, "due"), broken = count_broken(rows);

    if (field_int(root, "total") == 0)
        term_line(&c->term, TERM_WARN, "The strategy has no decision.");
    else if (n == 0)
        term_line(&c->term, TERM_GOOD, "No decision is to be reviewed within 14 days.");
    else
        term_line(&c->term,
                  late + broken > 0 ? TERM_BAD
                  : soon > 0        ? TERM_WARN
                                    : TERM_GOOD,
                  "%s%s: review overdue for %zu, due within 14 days for %zu; what is "
                  "not true is assumed by %zu.",
                  ctl_count(c, (int64_t)n, "decision", "decisions").p,
                  due ? " to be reviewed" : "", late, soon, broken);
}

static struct str review(struct ctl *c, const json_t *r)
{
    struct str by = field_str(r, "review_by");
    long long left = (long long)field_int(r, "review_in");

    if (by.n == 0)
        return STR("no day is set");
    if (left < 0)
        return ctl_text(c, "overdue: was to be by %.*s, %lld d ago", STR_FMT(by),
                        -left);
    if (left == 0)
        return ctl_text(c, "due today");
    return ctl_text(
        c, "%s by %.*s, in %lld d",
        str_eqz(field_str(r, "review"), "due") ? "due" : "fine:", STR_FMT(by), left);
}

static struct str joined(struct ctl *c, const json_t *list)
{
    struct str all = STR_NONE;
    const json_t *v;
    size_t i;

    json_array_foreach(list, i, v)
    {
        struct str one = json_is_object(v) ? field_str(v, "id") : field_text(v);

        all = all.n == 0 ? one
                         : ctl_text(c, "%.*s%s%.*s", STR_FMT(all),
                                    json_is_object(v) ? ", " : "; ", STR_FMT(one));
    }
    return all;
}

static void put_field(struct ctl *c, enum term_style style, const char *label,
                      struct str text)
{
    term_begin(&c->term, style);
    term_field(&c->term, label, text);
    term_end(&c->term, style);
}

/* "false: pace(nps) >= -10%, it is -31%" */
static void put_assumption(struct ctl *c, const json_t *a)
{
    struct str state = field_str(a, "state"), found = field_str(a, "found");
    struct str unknown = field_str(a, "unknown");
    enum term_style style = str_eqz(state, "true")    ? TERM_GOOD
                            : str_eqz(state, "false") ? TERM_BAD
                                                      : TERM_WARN;

    put_field(c, style, "Assumes",
              ctl_text(c, "%.*s: %.*s%s%.*s", STR_FMT(state),
                       STR_FMT(field_str(a, "text")), unknown.n > 0 ? ", " : ", it is ",
                       STR_FMT(unknown.n > 0 ? unknown : found)));
}

static void put_decision(struct ctl *c, const json_t *r)
{
    struct str state = field_str(r, "review");
    const json_t *a;
    size_t i;

    term_gap(&c->term);
    term_wrap(&c->term, TERM_BOLD, 0, 2,
              ctl_text(c, "%.*s, %.*s: %.*s", STR_FMT(field_str(r, "id")),
                       STR_FMT(field_str(r, "date")), STR_FMT(field_str(r, "chose"))));
    term_field(&c->term, "Because", field_str(r, "because"));
    term_field(&c->term, "Rejected", joined(c, field_arr(r, "rejected")));
    term_field(&c->term, "Affects", joined(c, field_arr(r, "affects")));
    put_field(c, str_eqz(state, "overdue") ? TERM_BAD : TERM_PLAIN, "Review",
              review(c, r));
    json_array_foreach(field_arr(r, "assumes"), i, a) put_assumption(c, a);
}

int cmd_decisions(struct ctl *c)
{
    bool due = c->args.n > 0;
    struct client_reply r;
    const json_t *root, *row;
    size_t i;
    int code;

    if (due && !str_eqz(c->args.v[0], "due"))
        return ctl_usage(c, "'%.*s' is not known here: alignctl decisions [due]",
                         STR_FMT(str_first(c->args.v[0], 40)));
    code = ctl_get(c, due ? STR("/v1/decisions?due=true") : STR("/v1/decisions"), 0, &r,
                   &root);
    if (root != NULL) {
        put_summary(c, root, due);
        json_array_foreach(field_arr(root, "decisions"), i, row) put_decision(c, row);
    }
    client_reply_finish(&r);
    return code;
}
