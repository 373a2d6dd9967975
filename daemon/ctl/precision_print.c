#include "ctl/precision_print.h"

#include "ctl/field.h"
#include "ctl/table.h"

static void put_table(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"RULE", false, 0, 12},    {"FIRED", true, 0, 0},  {"IGNORED", true, 0, 0},
        {"LINKED", true, 2, 0},    {"OTHER", true, 3, 0},  {"EXEMPTED", true, 4, 0},
        {"SILENCED", true, 5, 0},
    };
    static const char *const members[] = {"fired", "ignored",  "linked",
                                          "other", "exempted", "silenced"};
    const json_t *r;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        enum term_style style = field_bool(r, "noise") ? TERM_WARN : TERM_PLAIN;

        if (field_int(r, "fired") == 0)
            continue;
        table_add(&t, style, field_str(r, "id"));
        for (size_t k = 0; k < ARRAY_LEN(members); k++)
            table_add(&t, style,
                      ctl_text(c, "%lld", (long long)field_int(r, members[k])));
    }
    table_print(&t, &c->term, 0);
}

static void put_noise(struct ctl *c, const json_t *r)
{
    const json_t *change = field_obj(r, "change");
    struct str id = field_str(r, "id");
    long long lost = (long long)field_int(change, "lost");

    term_gap(&c->term);
    term_line(&c->term, TERM_WARN, "%.*s: nothing was done about %lld of %lld within 14 days.",
              STR_FMT(id), (long long)field_int(r, "ignored"),
              (long long)field_int(r, "judged"));
    if (field_str(change, "param").n == 0) {
        term_line(&c->term, TERM_PLAIN,
                  "No other setting would have spared them. Exempt what they name, silence "
                  "it (alignctl silence --rule %.*s), or switch it off: rules: { %.*s: off }",
                  STR_FMT(id), STR_FMT(id));
        return;
    }
    term_line(&c->term, TERM_PLAIN,
              "rules: { %.*s: { %.*s: %lld } } instead of %lld would have spared %lld of "
              "them%s.",
              STR_FMT(id), STR_FMT(field_str(change, "param")),
              (long long)field_int(change, "to"), (long long)field_int(change, "from"),
              (long long)field_int(change, "spared"),
              lost == 0 ? ""
                        : ctl_text(c, ", and %.*s acted upon",
                                   STR_FMT(ctl_count(c, lost, "that was",
                                                     "that were"))).p);
}

static void put(struct ctl *c, const json_t *root)
{
    const json_t *rows = field_arr(root, "rules"), *r;
    int64_t days = field_int(root, "days");
    size_t i, fired = 0;

    json_array_foreach(rows, i, r) fired += field_int(r, "fired") > 0;
    if (fired == 0) {
        term_line(&c->term, TERM_GOOD, "No rule has fired in the last %lld days.",
                  (long long)days);
        return;
    }
    put_table(c, rows);
    term_gap(&c->term);
    term_line(&c->term, TERM_DIM,
              "In the last %lld days; the other %zu rules have not fired. IGNORED: told, "
              "and nothing done about it for 14 days.",
              (long long)days, json_array_size(rows) - fired);
    json_array_foreach(rows, i, r)
    {
        if (field_bool(r, "noise"))
            put_noise(c, r);
    }
}

int precision_print(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get(c, STR("/v1/rules/precision"), 0, &r, &root);

    if (root != NULL)
        put(c, root);
    client_reply_finish(&r);
    return code;
}
