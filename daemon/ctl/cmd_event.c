#include "base/jsonw.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* To be pasted, so as it is: the daemon has escaped what does not print. */
static void put_yaml(struct ctl *c, const json_t *root)
{
    term_line(&c->term, TERM_BOLD, "Add this to the strategy file, under events:");
    buf_add(c->out, field_str(root, "yaml"));
    term_gap(&c->term);
}

static void put_counts(struct ctl *c, const json_t *root)
{
    const json_t *n = field_obj(root, "counts");
    int64_t initiatives = field_int(n, "initiatives");

    if (json_array_size(field_arr(root, "reach")) == 0) {
        term_line(&c->term, TERM_WARN,
                  "It affects nothing: name what it touches with --affects.");
        return;
    }
    term_line(&c->term, TERM_BOLD, "It reaches %s, %s, %s, %s and %s.",
              ctl_count(c, field_int(n, "intents"), "intent", "intents").p,
              ctl_count(c, field_int(n, "objectives"), "objective", "objectives").p,
              ctl_count(c, field_int(n, "key_results"), "key result", "key results").p,
              ctl_count(c, initiatives, "initiative", "initiatives").p,
              ctl_count(c, field_int(n, "teams"), "team", "teams").p);
    if (initiatives > 0)
        term_line(&c->term, TERM_PLAIN, "Work there: %s, %lld in progress, %s.",
                  ctl_count(c, field_int(n, "open"), "open item", "open items").p,
                  (long long)field_int(n, "in_progress"),
                  ctl_count(c, field_int(n, "epics"), "open epic", "open epics").p);
    if (field_has(root, "caution"))
        term_line(&c->term, TERM_WARN, "But these counts may be out of date: %.*s.",
                  STR_FMT(field_str(root, "caution")));
}

static struct str open_work(struct ctl *c, const json_t *r)
{
    const json_t *items = field_obj(r, "items");

    if (items != NULL)
        return ctl_text(c, "%lld", (long long)field_int(items, "open"));
    return field_has(r, "team_open")
               ? ctl_text(c, "%lld", (long long)field_int(r, "team_open"))
               : STR_NONE;
}

static void put_reach(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"KIND", false, 0, 0}, {"ID", false, 0, 8},    {"HOW", false, 1, 0},
        {"OPEN", true, 0, 0},  {"OWNER", false, 2, 0}, {"TITLE", false, 3, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        table_add(&t, TERM_PLAIN, field_str(r, "kind"));
        table_add(&t, TERM_BOLD, field_str(r, "id"));
        table_add(&t, TERM_PLAIN, field_str(r, "how"));
        table_add(&t, TERM_PLAIN, open_work(c, r));
        table_add(&t, TERM_PLAIN, field_str(r, "owner"));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    if (t.n_cells == 0)
        return;
    term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static int add(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct jsonw w;
    struct buf body;
    int code;

    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "what", c->args.v[1]);
    jsonw_opt(&w, "affects", args_value(&c->args, OPT_AFFECTS));
    jsonw_opt(&w, "at", args_value(&c->args, OPT_AT));
    jsonw_opt(&w, "review_by", args_value(&c->args, OPT_REVIEW_BY));
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", STR("/v1/events"), buf_str(&body), &r, &root);
    if (root != NULL) {
        put_yaml(c, root);
        put_counts(c, root);
        put_reach(c, field_arr(root, "reach"));
    }
    client_reply_finish(&r);
    buf_finish(&body);
    return code;
}

int cmd_event(struct ctl *c)
{
    if (!str_eqz(c->args.v[0], "add") || c->args.n < 2)
        return ctl_usage(c, "say what happened: alignctl event add \"A rival cut its "
                            "price\" --affects ID,ID");
    return add(c);
}
