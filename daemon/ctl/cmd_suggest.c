#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* "second, site" */
static struct str listed(struct ctl *c, const json_t *names)
{
    struct str all = STR_NONE;
    const json_t *one;
    size_t i;

    json_array_foreach(names, i, one)
    {
        all = i == 0 ? str_of(json_string_value(one))
                     : ctl_text(c, "%.*s, %s", STR_FMT(all), json_string_value(one));
    }
    return all;
}

static enum term_style style_of(struct str grade)
{
    if (str_eqz(grade, "high"))
        return TERM_GOOD;
    return str_eqz(grade, "medium") ? TERM_WARN : TERM_DIM;
}

/* ---- one item ---- */

static void put_answer(struct ctl *c, const json_t *item, const json_t *rows)
{
    struct str key = field_str(item, "key"), title = field_str(item, "title");
    struct str grade = field_str(json_array_get(rows, 0), "grade");
    struct str name =
        title.n > 0 ? ctl_text(c, "%.*s '%.*s'", STR_FMT(key), STR_FMT(title)) : key;

    if (field_bool(item, "private"))
        term_line(&c->term, TERM_PLAIN,
                  "%.*s is private: its words are not stored, so nothing is suggested.",
                  STR_FMT(name));
    else if (json_array_size(rows) == 0)
        term_line(&c->term, TERM_WARN,
                  "UNSURE: %.*s has no word in common with an initiative, or with what "
                  "is linked to one.",
                  STR_FMT(name));
    else if (str_eqz(grade, "low"))
        term_line(&c->term, TERM_WARN, "UNSURE: nothing stands out for %.*s.",
                  STR_FMT(name));
    else
        term_line(&c->term, style_of(grade), "%.*s is most like the work for %.*s.",
                  STR_FMT(name), STR_FMT(field_str(json_array_get(rows, 0), "node")));
}

static void put_suggestions(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"INITIATIVE", false, 0, 12}, {"GRADE", false, 0, 0}, {"WORDS", false, 0, 8},
        {"LIKE", false, 1, 8},        {"TITLE", false, 2, 8},
    };
    struct table t;
    const json_t *s;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, s)
    {
        struct str grade = field_str(s, "grade");

        table_add(&t, TERM_PLAIN, field_str(s, "node"));
        table_add(&t, style_of(grade), grade);
        table_add(&t, TERM_PLAIN, listed(c, field_arr(s, "words")));
        table_add(&t, TERM_PLAIN, listed(c, field_arr(s, "like")));
        table_add(&t, TERM_PLAIN, field_str(s, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_fix(struct ctl *c, const json_t *root, const json_t *rows)
{
    struct str key = field_str(field_obj(root, "item"), "key");
    struct str id = field_str(json_array_get(rows, 0), "node");
    bool is_unsure = str_eqz(field_str(json_array_get(rows, 0), "grade"), "low");

    term_gap(&c->term);
    if (!str_eqz(field_str(root, "state"), "unlinked"))
        term_line(&c->term, TERM_PLAIN, "It is %.*s: alignctl why %.*s.",
                  STR_FMT(field_str(root, "state")), STR_FMT(key));
    else if (is_unsure)
        term_line(&c->term, TERM_PLAIN,
                  "If one of them is right: label it initiative:ID in the tracker, or "
                  "alignctl link %.*s ID.",
                  STR_FMT(key));
    else if (id.n > 0)
        term_line(
            &c->term, TERM_PLAIN,
            "Label it initiative:%.*s in the tracker, or alignctl link %.*s %.*s.",
            STR_FMT(id), STR_FMT(key), STR_FMT(id));
    else
        term_line(&c->term, TERM_PLAIN, "alignctl initiatives lists what there is.");
}

static int suggest_one(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, ctl_path(c, "/v1/items/", c->args.v[0], "/suggestions"), 0,
                       &r, &root);

    if (root != NULL) {
        const json_t *rows = field_arr(root, "suggestions");

        put_answer(c, field_obj(root, "item"), rows);
        put_suggestions(c, rows);
        put_fix(c, root, rows);
    }
    client_reply_finish(&r);
    return code;
}

/* ---- all that is unlinked ---- */

static void put_unlinked(struct ctl *c, const json_t *items)
{
    static const struct table_column columns[] = {
        {"ITEM", false, 0, 14}, {"SUGGESTION", false, 0, 12}, {"GRADE", false, 0, 0},
        {"WORDS", false, 1, 8}, {"TITLE", false, 0, 8},
    };
    struct table t;
    const json_t *it;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(items, i, it)
    {
        const json_t *s = field_obj(it, "suggestion");
        struct str grade = field_str(s, "grade");

        table_add(&t, TERM_PLAIN, field_str(it, "key"));
        table_add(&t, TERM_PLAIN, s != NULL ? field_str(s, "node") : STR("-"));
        table_add(&t, style_of(grade), grade);
        table_add(&t, TERM_PLAIN, listed(c, field_arr(s, "words")));
        table_add(&t, TERM_PLAIN,
                  field_bool(it, "private") ? STR("(private)")
                                            : field_str(it, "title"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static int suggest_all(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get_list(c, STR("/v1/unlinked"), "items", &r, &root);

    if (root != NULL) {
        int64_t total = field_int(root, "total");
        int64_t shown = (int64_t)json_array_size(field_arr(root, "items"));

        if (total == 0)
            term_line(&c->term, TERM_GOOD, "No open epic is without a strategic link.");
        else
            term_line(&c->term, TERM_WARN, "%.*s, oldest first.",
                      STR_FMT(ctl_count(c, total, "open epic serves no initiative",
                                        "open epics serve no initiative")));
        ctl_caution(c);
        put_unlinked(c, field_arr(root, "items"));
        if (total > shown)
            term_line(&c->term, TERM_PLAIN,
                      "%lld of %lld shown: --limit %lld shows all.", (long long)shown,
                      (long long)total, (long long)total);
    }
    client_reply_finish(&r);
    return code;
}

int cmd_suggest(struct ctl *c)
{
    return c->args.n > 0 ? suggest_one(c) : suggest_all(c);
}
