#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* ---- audit ---- */

static void put_audit(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"WHEN", false, 0, 0},     {"WHO", false, 0, 8},     {"DID", false, 0, 0},
        {"SUBJECT", false, 0, 10}, {"DETAIL", false, 1, 10},
    };
    const json_t *a;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, a)
    {
        int64_t uid = field_int(a, "uid");
        struct str user = field_str(a, "user");

        table_add(&t, TERM_PLAIN,
                  c->term.columns > 0 && c->term.columns < 80
                      ? ctl_ago(c, field_time(a, "at"))
                      : ctl_at(c, field_time(a, "at")));
        if (user.n > 0)
            table_add(&t, TERM_PLAIN, user);
        else
            table_add(&t, TERM_PLAIN,
                      uid < 0 ? STR("alignd")
                              : ctl_text(c, "uid %lld", (long long)uid));
        table_add(&t, TERM_PLAIN, field_str(a, "action"));
        table_add(&t, TERM_PLAIN, field_str(a, "subject"));
        table_add(&t, TERM_PLAIN, field_str(a, "detail"));
    }
    table_print(&t, &c->term, 0);
}

int cmd_journal_audit(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_get_list(c, STR("/v1/audit"), "audit", &r, &root);

    if (root != NULL) {
        const json_t *rows = field_arr(root, "audit");

        if (json_array_size(rows) == 0)
            term_line(&c->term, TERM_PLAIN, "Nobody has changed anything yet.");
        put_audit(c, rows);
        if (field_has(root, "next"))
            term_line(&c->term, TERM_PLAIN, "There is more: --limit N shows it.");
    }
    client_reply_finish(&r);
    return code;
}

/* ---- outbox ---- */

static enum term_style message_style(struct str state)
{
    if (str_eqz(state, "dead"))
        return TERM_BAD;
    return str_eqz(state, "delivered") ? TERM_GOOD : TERM_PLAIN;
}

static void put_messages(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"ID", true, 0, 0},       {"CHANNEL", false, 0, 8}, {"STATE", false, 0, 0},
        {"WRITTEN", false, 1, 0}, {"TRIES", true, 2, 0},    {"NEXT", false, 3, 0},
        {"ERROR", false, 0, 10},
    };
    const json_t *m;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, m)
    {
        struct str state = field_str(m, "state");
        bool waits = str_eqz(state, "queued");

        table_add(&t, TERM_PLAIN, ctl_text(c, "%lld", (long long)field_int(m, "id")));
        table_add(&t, TERM_PLAIN, field_str(m, "channel"));
        table_add(&t, message_style(state), state);
        table_add(&t, TERM_PLAIN, ctl_ago(c, field_time(m, "created")));
        table_add(&t, TERM_PLAIN,
                  ctl_text(c, "%lld", (long long)field_int(m, "attempts")));
        table_add(&t, TERM_PLAIN,
                  waits ? ctl_ago(c, field_time(m, "next_attempt")) : STR("-"));
        table_add(&t, TERM_PLAIN, field_str(m, "error"));
    }
    if (t.n_cells > 0)
        term_gap(&c->term);
    table_print(&t, &c->term, 0);
}

static void put_outbox(struct ctl *c, const json_t *rows)
{
    int64_t waiting = 0, dead = 0;
    const json_t *m;
    size_t i;

    json_array_foreach(rows, i, m)
    {
        struct str state = field_str(m, "state");

        dead += str_eqz(state, "dead");
        waiting += str_eqz(state, "queued") || str_eqz(state, "attempting");
    }
    if (waiting == 0 && dead == 0)
        term_line(&c->term, TERM_GOOD, "Nothing waits: every message was delivered.");
    else
        term_line(&c->term, dead > 0 ? TERM_BAD : TERM_PLAIN,
                  "%.*s, %lld could not be delivered.",
                  STR_FMT(ctl_count(c, waiting, "message waits", "messages wait")),
                  (long long)dead);
    put_messages(c, rows);
    if (dead > 0) {
        term_gap(&c->term);
        term_line(&c->term, TERM_PLAIN,
                  "Mend what the error says, then alignctl outbox retry ID (or all).");
    }
}

static int retry(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_send(c, "POST", ctl_path(c, "/v1/outbox/", c->args.v[1], "/retry"),
                        STR_NONE, &r, &root);

    if (root != NULL)
        term_line(&c->term, TERM_GOOD,
                  "It is sent again now; alignctl outbox shows what comes of it.");
    client_reply_finish(&r);
    return code;
}

int cmd_journal_outbox(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int64_t limit;
    struct err e;
    int code;

    if (c->args.n > 0 && !str_eqz(c->args.v[0], "retry"))
        return ctl_usage(
            c,
            "'%.*s' is not known here: alignctl outbox, or alignctl outbox "
            "retry ID",
            STR_FMT(str_first(c->args.v[0], 40)));
    if (c->args.n == 1)
        return ctl_usage(c,
                         "which one? alignctl outbox lists the IDs; `all` takes each");
    if (c->args.n == 2)
        return retry(c);
    if (!args_limit(&c->args, 100, &limit, &e))
        return ctl_fail(c, CTL_USAGE, &e);
    buf_init(&path, 1000);
    buf_printf(&path, "/v1/outbox?limit=%lld",
               (long long)(limit < 1000 ? limit : 1000));
    if (args_has(&c->args, OPT_ALL))
        ctl_query(&path, "all", STR("1"));
    code = ctl_get(c, arena_str(c->a, buf_str(&path)), 0, &r, &root);
    buf_finish(&path);
    if (root != NULL)
        put_outbox(c, field_arr(root, "outbox"));
    client_reply_finish(&r);
    return code;
}

/* ---- channels ---- */

int cmd_journal_channels(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code;

    if (!str_eqz(c->args.v[0], "test"))
        return ctl_usage(c, "'%.*s' is not known here: alignctl channels test NAME",
                         STR_FMT(str_first(c->args.v[0], 40)));
    code = ctl_send(c, "POST", ctl_path(c, "/v1/channels/", c->args.v[1], "/test"),
                    STR_NONE, &r, &root);
    if (root != NULL) {
        struct str id = field_str(root, "id");

        term_line(&c->term, TERM_GOOD, "A test message is on its way to %.*s.",
                  STR_FMT(field_str(root, "channel")));
        term_line(&c->term, TERM_PLAIN,
                  "alignctl outbox --all shows what comes of it: message %.*s.",
                  STR_FMT(id));
    }
    client_reply_finish(&r);
    return code;
}
