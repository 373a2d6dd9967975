#include "base/jsonw.h"
#include "ctl/commands.h"
#include "ctl/field.h"

struct member {
    const char *name;
    struct str value; /* empty: left out */
};

/* Sends one JSON object of strings. */
static int post(struct ctl *c, const char *path, const struct member *m, size_t n,
                struct client_reply *r, const json_t **root)
{
    struct jsonw w;
    struct buf body;
    int code;

    buf_init(&body, (size_t)1 << 20);
    jsonw_init(&w, &body);
    jsonw_object(&w, NULL);
    for (size_t i = 0; i < n; i++) {
        if (m[i].value.n > 0)
            jsonw_str(&w, m[i].name, m[i].value);
    }
    jsonw_end_object(&w);
    code = ctl_send(c, "POST", str_of(path), buf_str(&body), r, root);
    buf_finish(&body);
    return code;
}

int cmd_writes_link(struct ctl *c)
{
    const struct member m[] = {{"item", c->args.v[0]}, {"initiative", c->args.v[1]}};
    struct client_reply r;
    const json_t *root;
    int code = post(c, "/v1/links", m, ARRAY_LEN(m), &r, &root);

    if (root != NULL) {
        struct str key = field_str(root, "item"), title = field_str(root, "title");

        term_line(&c->term, TERM_GOOD, "Linked %.*s to %.*s%s%.*s.", STR_FMT(key),
                  STR_FMT(field_str(root, "initiative")), title.n > 0 ? ": " : "",
                  STR_FMT(title));
        term_line(&c->term, TERM_PLAIN,
                  "What this resolves shows in alignctl drift within seconds; alignctl "
                  "unlink %.*s takes it back.",
                  STR_FMT(key));
    }
    client_reply_finish(&r);
    return code;
}

static int take_back(struct ctl *c, const char *before, const char *what)
{
    struct client_reply r;
    const json_t *root;
    int code = ctl_send(c, "DELETE", ctl_path(c, before, c->args.v[0], ""), STR_NONE,
                        &r, &root);

    if (root != NULL)
        term_line(&c->term, TERM_GOOD, "%s %.*s.", what,
                  STR_FMT(field_str(root, "item")));
    client_reply_finish(&r);
    return code;
}

int cmd_writes_unlink(struct ctl *c)
{
    return take_back(c, "/v1/links/", "Took back the link of");
}

int cmd_writes_unexempt(struct ctl *c)
{
    return take_back(c, "/v1/exemptions/", "Took back the exemption of");
}

int cmd_writes_exempt(struct ctl *c)
{
    const struct member m[] = {
        {"item", c->args.v[0]},
        {"rule", args_value(&c->args, OPT_RULE)},
        {"reason", args_value(&c->args, OPT_REASON)},
        {"until", args_value(&c->args, OPT_UNTIL)},
    };
    struct client_reply r;
    const json_t *root;
    int code;

    if (!args_has(&c->args, OPT_REASON))
        return ctl_usage(c, "say why: alignctl exempt %.*s --reason \"...\"",
                         STR_FMT(str_first(c->args.v[0], 60)));
    code = post(c, "/v1/exemptions", m, ARRAY_LEN(m), &r, &root);
    if (root != NULL) {
        struct str rule = field_str(root, "rule"), key = field_str(root, "item");
        struct wall until = field_time(root, "until");

        term_line(&c->term, TERM_GOOD, "Exempted %.*s from %.*s, %.*s.", STR_FMT(key),
                  STR_FMT(rule.n > 0 ? rule : STR("every item rule")),
                  STR_FMT(ctl_until(c, until)));
        term_line(&c->term, TERM_PLAIN, "alignctl unexempt %.*s takes it back.",
                  STR_FMT(key));
    }
    client_reply_finish(&r);
    return code;
}
