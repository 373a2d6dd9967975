#include <stdio.h>
#include <stdlib.h>

#include "ctl/commands.h"
#include "ctl/field.h"

enum { LAST = 50 };

/* Server-sent events, line by line. */
struct listening {
    struct ctl *c;
    struct str kind; /* of the event whose lines these are; into c->a */
    bool follow;
};

static enum term_style style_of(struct str what, struct str severity)
{
    if (str_eqz(what, "resolved"))
        return TERM_GOOD;
    if (str_eqz(what, "fired") || str_eqz(what, "worse"))
        return str_eqz(severity, "high") ? TERM_BAD : TERM_WARN;
    return TERM_PLAIN;
}

static void put_finding(struct ctl *c, const json_t *o)
{
    struct str detail = field_str(o, "detail"), what = field_str(o, "what");
    struct str id = field_str(o, "id");

    term_line(&c->term, style_of(what, field_str(o, "severity")),
              "%.*s %.*s %.*s %.*s %.*s%s%.*s%s",
              STR_FMT(ctl_at(c, field_time(o, "at"))), STR_FMT(what),
              STR_FMT(field_str(o, "rule")), STR_FMT(field_str(o, "subject")),
              STR_FMT(id), detail.n > 0 ? " (" : "", STR_FMT(detail),
              detail.n > 0 ? ")" : "");
}

static void put_sync(struct ctl *c, const json_t *o)
{
    struct str error = field_str(o, "error");

    term_line(&c->term, field_bool(o, "ok") ? TERM_PLAIN : TERM_WARN,
              "%.*s %s %.*s%s%.*s", STR_FMT(ctl_at(c, field_time(o, "at"))), "synced",
              STR_FMT(field_str(o, "source")), error.n > 0 ? " failed: " : "",
              STR_FMT(error));
}

static void put_message(struct ctl *c, const json_t *o)
{
    struct str error = field_str(o, "error");

    term_line(&c->term,
              str_eqz(field_str(o, "state"), "delivered") ? TERM_PLAIN : TERM_WARN,
              "%.*s %s %lld to %.*s: %.*s%s%.*s",
              STR_FMT(ctl_at(c, field_time(o, "at"))), "message",
              (long long)field_int(o, "message"), STR_FMT(field_str(o, "channel")),
              STR_FMT(field_str(o, "state")), error.n > 0 ? ", " : "", STR_FMT(error));
}

static void put_event(struct listening *l, struct str data)
{
    json_t *o = json_loadb(data.p, data.n, JSON_REJECT_DUPLICATES, NULL);

    if (o != NULL && str_eqz(l->kind, "finding"))
        put_finding(l->c, o);
    else if (o != NULL && str_eqz(l->kind, "sync"))
        put_sync(l->c, o);
    else if (o != NULL && str_eqz(l->kind, "message"))
        put_message(l->c, o);
    json_decref(o);
}

/* One JSON object a line, with the kind of event in it. */
static void put_json(struct listening *l, struct str data)
{
    json_t *o = json_loadb(data.p, data.n, JSON_REJECT_DUPLICATES, NULL);
    char *text;

    if (o == NULL || str_eqz(l->kind, "now")) {
        json_decref(o);
        return;
    }
    json_object_set_new(o, "event", json_stringn(l->kind.p, l->kind.n));
    text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (text != NULL)
        buf_printf(l->c->out, "%s\n", text);
    ctl_json_safe(l->c->out);
    free(text);
    json_decref(o);
}

static bool on_line(void *arg, struct str line)
{
    static const struct str event = STR_INIT("event: "), data = STR_INIT("data: ");
    struct listening *l = arg;

    if (str_has_prefix(line, event)) {
        l->kind = arena_str(l->c->a, str_skip(line, event.n));
        return !arena_failed(l->c->a);
    }
    if (!str_has_prefix(line, data))
        return true;
    if (args_has(&l->c->args, OPT_JSON))
        put_json(l, str_skip(line, data.n));
    else
        put_event(l, str_skip(line, data.n));
    if (l->c->flush != NULL && !l->c->flush(l->c->out))
        return false;
    return l->follow || !str_eqz(l->kind, "now");
}

int cmd_events(struct ctl *c)
{
    struct listening l = {.c = c, .follow = args_has(&c->args, OPT_FOLLOW)};
    int64_t last;
    char path[80];
    struct err e;
    int code;

    if (!args_limit(&c->args, LAST, &last, &e))
        return ctl_fail(c, CTL_USAGE, &e);
    snprintf(path, sizeof path, "/v1/events?last=%lld", (long long)last);
    code = client_follow(c->socket, path, on_line, &l, &e);
    return code == CTL_OK ? code : ctl_fail(c, code, &e);
}
