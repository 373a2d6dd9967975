#include "base/jsonw.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

/* ---- what is sent ---- */

/* "team=payments rule=unlinked-work", of options and words. */
static struct str match_of(struct ctl *c)
{
    static const struct {
        enum args_option option;
        const char *label;
    } options[] = {
        {OPT_RULE, "rule"},
        {OPT_SEVERITY, "severity"},
        {OPT_SCOPE, "scope"},
        {OPT_TEAM, "team"},
    };
    struct str out = STR_NONE;

    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        if (args_has(&c->args, options[i].option))
            out = ctl_text(c, "%.*s%s%s=%.*s", STR_FMT(out), out.n > 0 ? " " : "",
                           options[i].label,
                           STR_FMT(args_value(&c->args, options[i].option)));
    }
    for (size_t i = 0; i < c->args.n; i++)
        out = ctl_text(c, "%.*s%s%.*s", STR_FMT(out), out.n > 0 ? " " : "",
                       STR_FMT(c->args.v[i]));
    return out;
}

static void put_member(struct jsonw *w, struct ctl *c, const char *name,
                       enum args_option o)
{
    if (args_has(&c->args, o))
        jsonw_str(w, name, args_value(&c->args, o));
}

static int post(struct ctl *c, struct str path, struct str match,
                struct client_reply *r, const json_t **root)
{
    struct jsonw w;
    struct buf body;
    int code;

    buf_init(&body, (size_t)1 << 16);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    if (match.n > 0)
        jsonw_str(&w, "match", match);
    put_member(&w, c, "reason", OPT_REASON);
    put_member(&w, c, "until", OPT_UNTIL);
    put_member(&w, c, "for", OPT_FOR);
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", path, buf_str(&body), r, root);
    buf_finish(&body);
    return code;
}

static bool says_when(const struct ctl *c)
{
    return args_has(&c->args, OPT_FOR) || args_has(&c->args, OPT_UNTIL);
}

/* ---- silences ---- */

static int end(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code;

    if (c->args.n > 0 || (c->args.given & ~ARGS_GLOBAL) != ARGS_OPT(OPT_END))
        return ctl_usage(c, "--end stands alone: alignctl silence --end ID");
    code = ctl_send(c, "DELETE",
                    ctl_path(c, "/v1/silences/", args_value(&c->args, OPT_END), ""),
                    STR_NONE, &r, &root);
    if (root != NULL)
        term_line(&c->term, TERM_GOOD, "Silence %lld is over.",
                  (long long)field_int(root, "id"));
    client_reply_finish(&r);
    return code;
}

int cmd_silences_add(struct ctl *c)
{
    struct str match = match_of(c);
    struct client_reply r;
    const json_t *root;
    int code;

    if (args_has(&c->args, OPT_END))
        return end(c);
    if (match.n == 0)
        return ctl_usage(c, "say what: alignctl silence --team T --for 3d --reason "
                            "\"...\"");
    if (!args_has(&c->args, OPT_REASON))
        return ctl_usage(c, "say why: alignctl silence %.*s --for 3d --reason \"...\"",
                         STR_FMT(str_first(match, 100)));
    if (!says_when(c))
        return ctl_usage(c, "say for how long: --for 3d, at most 30d");
    code = post(c, STR("/v1/silences"), match, &r, &root);
    if (root != NULL) {
        long long id = (long long)field_int(root, "id");

        term_line(&c->term, TERM_GOOD, "Silence %lld keeps %.*s quiet, %.*s.", id,
                  STR_FMT(field_str(root, "match")),
                  STR_FMT(ctl_until(c, field_time(root, "until"))));
        term_line(&c->term, TERM_PLAIN,
                  "It ends by itself when it has covered nothing for 7 d; alignctl "
                  "silence --end %lld ends it now.",
                  id);
    }
    client_reply_finish(&r);
    return code;
}

static void put_list(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"ID", true, 0, 0},    {"MATCHES", false, 0, 14}, {"COVERS", true, 2, 0},
        {"ENDS", false, 0, 0}, {"BY", false, 3, 0},       {"REASON", false, 1, 8},
    };
    const json_t *s;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, s)
    {
        bool over = field_time(s, "ended").ms != 0;
        struct str user = field_str(s, "user");

        table_add(&t, over ? TERM_DIM : TERM_PLAIN,
                  ctl_text(c, "%lld", (long long)field_int(s, "id")));
        table_add(&t, TERM_PLAIN, field_str(s, "match"));
        table_add(&t, TERM_PLAIN,
                  ctl_text(c, "%lld", (long long)field_int(s, "covers")));
        table_add(&t, TERM_PLAIN,
                  over ? ctl_text(c, "over: %.*s", STR_FMT(field_str(s, "ended_by")))
                       : ctl_at(c, field_time(s, "ends")));
        table_add(&t, TERM_PLAIN,
                  user.n > 0 ? user
                             : ctl_text(c, "uid %lld", (long long)field_int(s, "uid")));
        table_add(&t, TERM_PLAIN, field_str(s, "reason"));
    }
    table_print(&t, &c->term, 0);
}

int cmd_silences(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    struct buf path;
    int code;

    buf_init(&path, 200);
    buf_addz(&path, "/v1/silences?limit=1000");
    if (args_has(&c->args, OPT_ALL))
        ctl_query(&path, "all", STR("1"));
    code = ctl_get(c, buf_str(&path), 0, &r, &root);
    if (root != NULL && json_array_size(field_arr(root, "silences")) == 0)
        term_line(&c->term, TERM_GOOD, "Nothing is silenced.");
    else if (root != NULL)
        put_list(c, field_arr(root, "silences"));
    buf_finish(&path);
    client_reply_finish(&r);
    return code;
}

/* ---- one finding ---- */

int cmd_silences_ack(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_send(c, "POST", ctl_path(c, "/v1/findings/", c->args.v[0], "/ack"),
                        STR_NONE, &r, &root);

    if (root != NULL)
        term_line(&c->term, TERM_GOOD,
                  "You are on %.*s: no reminders; its end will be told.",
                  STR_FMT(field_str(root, "id")));
    client_reply_finish(&r);
    return code;
}

int cmd_silences_snooze(struct ctl *c)
{
    struct client_reply r;
    const json_t *root;
    int code;

    if (!says_when(c))
        return ctl_usage(c, "say for how long: alignctl snooze %.*s --for 3d",
                         STR_FMT(str_first(c->args.v[0], 40)));
    code = post(c, ctl_path(c, "/v1/findings/", c->args.v[0], "/snooze"), STR_NONE, &r,
                &root);
    if (root != NULL)
        term_line(&c->term, TERM_GOOD, "%.*s is snoozed, %.*s.",
                  STR_FMT(field_str(root, "id")),
                  STR_FMT(ctl_until(c, field_time(root, "until"))));
    client_reply_finish(&r);
    return code;
}
