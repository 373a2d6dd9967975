#include "app/alarm.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/sign.h"
#include "core/notice.h"
#include "core/route.h"

struct alarm {
    struct alarm_deps deps;
    struct http_call *call; /* NULL: none is on its way */
    struct live *live;      /* one reference, while it is */
    struct arena *a;
    const struct conf_channel *channel; /* in live */
};

static void over(struct alarm *al)
{
    al->call = NULL;
    arena_destroy(al->a);
    al->a = NULL;
    live_unref(al->live);
    al->live = NULL;
}

static void answered(void *arg, const struct http_response *resp, const struct err *err)
{
    struct alarm *al = arg;
    const struct conf_channel *c = al->channel;
    struct dur after;
    struct err why;

    err_clear(&why);
    if (c->ops->judge(&c->chat, resp, err, clock_wall(al->deps.clock), &after, &why) ==
        CHAT_DELIVERED)
        log_info("channel %.*s: told", STR_FMT(c->chat.name));
    else
        log_error("channel %.*s: could not be told: %s", STR_FMT(c->chat.name),
                  why.msg);
    over(al);
}

static bool random_key(struct arena *a, struct str *ret, struct err *e)
{
    uint64_t half[2];

    if (!sign_random(half, sizeof(half), e))
        return false;
    *ret = arena_printf(a, "%016llx%016llx", (unsigned long long)half[0],
                        (unsigned long long)half[1]);
    return !arena_failed(a) || err_nomem(e);
}

/* False: it could not even be sent. A line goes to the log, and that is that. */
static bool post(struct alarm *al, const struct notice *n, struct err *e)
{
    const struct conf_channel *c = al->channel;
    struct chat_attempt at = {.now = n->at};
    struct http_request req;

    if (c->ops->line != NULL) {
        log_warn("%.*s: %.*s", STR_FMT(c->chat.name), STR_FMT(n->text));
        over(al);
        return true;
    }
    return random_key(al->a, &at.key, e) &&
           c->ops->render(&c->chat, n, &at, al->a, &req, e) &&
           http_start(al->deps.http, &req, answered, al, &al->call, e);
}

void alarm_send(struct alarm *al, struct str text)
{
    struct live *l = al->deps.live(al->deps.arg);
    const struct eval_conf *conf = &l->eval;
    struct notice n = {
        .kind = NOTICE_OPERATIONS,
        .channel =
            route_operations(conf->routes, conf->n_routes, conf->operations_channel),
        .at = clock_wall(al->deps.clock),
        .text = text,
    };
    struct err e;

    if (al->call != NULL)
        return;
    al->channel = live_channel(l, n.channel);
    if (al->channel == NULL)
        return;
    al->live = live_ref(l);
    al->a = arena_create((size_t)4 << 20);
    if (al->a == NULL)
        err_nomem(&e);
    else if (post(al, &n, &e))
        return;
    log_error("channel %.*s: could not be told: %s", STR_FMT(n.channel), e.msg);
    over(al);
}

bool alarm_create(const struct alarm_deps *deps, struct alarm **ret, struct err *e)
{
    struct alarm *al = calloc(1, sizeof(*al));

    if (al == NULL)
        return err_nomem(e);
    al->deps = *deps;
    *ret = al;
    return true;
}

void alarm_destroy(struct alarm *al)
{
    if (al == NULL)
        return;
    if (al->call != NULL)
        http_cancel(al->call);
    over(al);
    free(al);
}
