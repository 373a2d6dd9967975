#include <math.h>

#include "base/jsonw.h"
#include "ctl/commands.h"
#include "ctl/effort_print.h"
#include "ctl/field.h"
#include "ctl/table.h"

static struct str words_of(struct ctl *c, const json_t *fit)
{
    const json_t *w;
    struct buf b;
    struct str s;
    size_t i;

    buf_init(&b, 4096);
    json_array_foreach(field_arr(fit, "words"), i, w)
    {
        if (i > 0)
            buf_add(&b, STR(" "));
        buf_add(&b, field_text(w));
    }
    s = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return s;
}

static void put_verdict(struct ctl *c, const json_t *root)
{
    struct str verdict = field_str(root, "verdict");
    const json_t *best = json_array_get(field_arr(root, "fits"), 0);
    const json_t *not = field_obj(root, "not_doing");

    if (str_eqz(verdict, "no"))
        term_line(&c->term, TERM_BAD, "NO: '%.*s' (%.*s) is among what is not done.",
                  STR_FMT(field_str(not, "title")), STR_FMT(field_str(not, "id")));
    else if (str_eqz(verdict, "yes"))
        term_line(&c->term, TERM_GOOD, "YES: it fits '%.*s' (%.*s).",
                  STR_FMT(field_str(best, "title")), STR_FMT(field_str(best, "node")));
    else
        term_line(&c->term, TERM_WARN,
                  best == NULL ? "UNSURE: no word of it is known from the strategy or "
                                 "the work."
                               : "UNSURE: it may fit one of these, or be something new.");
}

static void put_fits(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"MAY FIT", false, 0, 0}, {"GRADE", false, 0, 0}, {"WORDS", false, 1, 8},
        {"TITLE", false, 2, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        table_add(&t, TERM_PLAIN, field_str(r, "node"));
        table_add(&t, TERM_BOLD, field_str(r, "grade"));
        table_add(&t, TERM_PLAIN, words_of(c, r));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_facts(struct ctl *c, const json_t *root)
{
    const json_t *rice = field_obj(root, "rice"), *out = field_obj(root, "displaces");
    const json_t *cap = field_obj(root, "capacity");

    term_gap(&c->term);
    term_field(&c->term, "Why not", field_str(field_obj(root, "not_doing"), "why"));
    if (rice != NULL)
        term_field(&c->term, "RICE",
                   ctl_text(c, "%.1f, above %ld%% of %lld open initiatives",
                            field_number(rice, "score"),
                            lround(field_number(rice, "percentile") * 100),
                            (long long)field_int(rice, "of")));
    if (out != NULL)
        term_field(&c->term, "Displaces",
                   ctl_text(c, "%.*s (%.1f): %.*s", STR_FMT(field_str(out, "id")),
                            field_number(out, "score"),
                            STR_FMT(field_str(out, "title"))));
    if (field_has(cap, "people_per_initiative"))
        term_field(&c->term, "Capacity",
                   ctl_text(c,
                            "%g people a day for %s already, %.1f each; trust %.*s",
                            field_number(cap, "people"),
                            ctl_count(c, field_int(cap, "active_initiatives"),
                                      "active initiative", "active initiatives")
                                .p,
                            field_number(cap, "people_per_initiative"),
                            STR_FMT(effort_trust(c, field_obj(cap, "trust")))));
}

int cmd_test(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct jsonw w;
    struct buf body;
    int code;

    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "idea", c->args.v[0]);
    jsonw_opt(&w, "reach", args_value(&c->args, OPT_REACH));
    jsonw_opt(&w, "impact", args_value(&c->args, OPT_IMPACT));
    jsonw_opt(&w, "confidence", args_value(&c->args, OPT_CONFIDENCE));
    jsonw_opt(&w, "effort", args_value(&c->args, OPT_EFFORT));
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", STR("/v1/test"), buf_str(&body), &r, &root);
    if (root != NULL) {
        put_verdict(c, root);
        put_fits(c, field_arr(root, "fits"));
        put_facts(c, root);
    }
    client_reply_finish(&r);
    buf_finish(&body);
    return code;
}
