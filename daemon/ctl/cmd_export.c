#include "ctl/commands.h"

int cmd_export(struct ctl *c)
{
    struct client_reply r = {.status = 0};
    struct str format = args_value(&c->args, OPT_FORMAT);
    struct buf path;
    struct err e;
    int code;

    if (!args_has(&c->args, OPT_AUDIENCE))
        return ctl_usage(c, "for whom? alignctl export --audience team, company or "
                            "board");
    if (args_has(&c->args, OPT_JSON))
        format = STR("json");
    buf_init(&path, CTL_PATH);
    buf_addz(&path, "/v1/export");
    ctl_query(&path, "audience", args_value(&c->args, OPT_AUDIENCE));
    ctl_query(&path, "format", format);
    code = client_ask(c->socket, "GET", buf_cstr(&path), STR_NONE, 0, &r, &e);
    if (code == CTL_OK)
        buf_add(c->out, buf_str(&r.body));
    else
        ctl_fail(c, code, &e);
    client_reply_finish(&r);
    buf_finish(&path);
    return code;
}
