#include "app/outbox_step.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/sign.h"
#include "connectors/chat/notice_read.h"
#include "connectors/chat/words.h"
#include "core/retry.h"

static const struct retry_policy policy = {
    .base = {2000},
    .max = {3600000},
    .give_up = {86400000},
};
enum {
    WORDS_MAX = 40000, /* bytes of a message in a dry run */
    ARENA_MAX = 16 << 20,
};

struct outbox_step *outbox_step_create(struct live *l, const struct conf_channel *c,
                                       struct wall now, bool dry_run)
{
    struct outbox_step *s = calloc(1, sizeof(*s));

    if (s == NULL || (s->a = arena_create(ARENA_MAX)) == NULL) {
        free(s);
        return NULL;
    }
    s->live = live_ref(l);
    s->channel = c;
    s->now = now;
    s->dry_run = dry_run;
    return s;
}

void outbox_step_destroy(struct outbox_step *s)
{
    if (s == NULL)
        return;
    live_unref(s->live);
    arena_destroy(s->a);
    free(s);
}

/* ---- engine ---- */

/* What a person reads of it, in place of what a chat is sent. */
static bool put_words(struct outbox_step *s, const struct notice *n, struct err *e)
{
    struct buf text;
    bool ok;

    buf_init(&text, (size_t)1 << 18);
    words_plain(&text, n, false, WORDS_MAX);
    ok = buf_check(&text, e);
    if (ok)
        s->words = arena_str(s->a, buf_str(&text));
    buf_finish(&text);
    return ok;
}

static bool render(struct outbox_step *s, struct err *e)
{
    const struct conf_channel *c = s->channel;
    struct chat_attempt at = {
        .now = s->now,
        .key = s->m.key,
        .plain = s->m.plain,
        .resent = s->m.resent,
        .reply_to = s->m.reply_to,
        .edit = s->m.edit,
    };
    struct notice n;

    if (!notice_read(s->m.notice, s->a, &n, e))
        return false;
    s->to_person = n.to.n > 0;
    if (s->to_person && !c->ops->to_people)
        return err_set(e, ERR_CONFIG, "a %s channel does not write to people",
                       c->ops->name);
    if (s->dry_run && !put_words(s, &n, e))
        return false;
    if (c->ops->line != NULL)
        return c->ops->line(&c->chat, &n, s->a, &s->line, e);
    return c->ops->render(&c->chat, &n, &at, s->a, &s->req, e);
}

bool outbox_step_claim(struct db *db, struct outbox_step *s, struct err *e)
{
    struct err why;

    if (!db_outbox_claim(db, s->channel->chat.name, s->now, s->a, &s->m, &s->found,
                         &s->next, e))
        return false;
    if (s->found && !render(s, &why)) {
        s->render_failed = true;
        s->outcome.verdict = CHAT_REJECTED;
        s->outcome.reason = arena_str(s->a, str_of(why.msg));
    }
    return true;
}

bool outbox_step_record(struct db *db, struct outbox_step *s, struct err *e)
{
    return db_outbox_record(db, s->m.id, &s->outcome, s->now, e);
}

/* ---- what an answer makes of it ---- */

/* The earlier message may be of a channel, or a chat, that it is no more. */
bool outbox_step_follows(const struct outbox_step *s)
{
    const struct conf_channel *c = s->channel;
    struct str first = s->m.edit.n > 0 ? s->m.edit : s->m.reply_to;

    return first.n > 0 ? c->ops->follows != NULL && c->ops->follows(&c->chat, first)
                       : !s->m.is_mark;
}

static uint64_t random64(void)
{
    uint64_t v = 0;
    struct err e;

    if (!sign_random(&v, sizeof(v), &e))
        v = UINT64_MAX / 2;
    return v;
}

void outbox_step_judge(struct outbox_step *s, enum chat_verdict v, struct dur after,
                       const struct err *why, bool for_long)
{
    struct outbox_outcome *o = &s->outcome;

    o->verdict = v;
    o->edited = s->m.edit.n > 0;
    if (v != CHAT_DELIVERED)
        o->reason = arena_str(s->a, str_of(why->msg));
    switch (v) {
    case CHAT_DELIVERED:
        break;
    case CHAT_RETRY:
        o->dead = for_long && wall_since(s->now, s->m.created).ms > policy.give_up.ms;
        o->retry_at =
            wall_add(s->now, retry_wait(&policy, s->m.attempts - 1, random64(), after));
        break;
    case CHAT_UNCERTAIN:
        o->dead = s->m.resent;
        o->retry_at = wall_add(s->now, retry_wait(&policy, s->m.attempts, random64(), after));
        break;
    case CHAT_PLAIN:
        o->dead = s->m.plain;
        o->retry_at = s->now;
        break;
    case CHAT_OTHERWISE:
        o->dead = s->m.reply_to.n == 0;
        o->retry_at = s->now;
        break;
    case CHAT_REJECTED:
    case CHAT_DEAD:
        o->dead = true;
        break;
    }
}

void outbox_step_log(const struct outbox_step *s)
{
    const struct outbox_outcome *o = &s->outcome;

    if (o->verdict == CHAT_DELIVERED)
        log_info("channel %.*s: message %lld delivered", STR_FMT(s->channel->chat.name), (long long)s->m.id);
    else if (o->verdict == CHAT_OTHERWISE && (!o->dead || s->m.is_mark))
        log_info("channel %.*s: message %lld does not follow up an earlier one: %.*s",
                 STR_FMT(s->channel->chat.name), (long long)s->m.id, STR_FMT(o->reason));
    else if (o->dead)
        log_error("channel %.*s: message %lld given up: %.*s (see: alignctl outbox)",
                  STR_FMT(s->channel->chat.name), (long long)s->m.id, STR_FMT(o->reason));
    else
        log_warn("channel %.*s: message %lld not delivered, will be tried again: %.*s",
                 STR_FMT(s->channel->chat.name), (long long)s->m.id, STR_FMT(o->reason));
}
