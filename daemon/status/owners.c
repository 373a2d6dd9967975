#include "status/owners.h"

#include "core/mention.h"

struct search {
    const struct strategy *s;
    struct arena *a;
    struct owners *ret;
    bool used[MENTION_CHAT_COUNT], lacking[MENTION_CHAT_COUNT];
    struct str named[OWNERS_MOST];
};

static bool is_named(const struct search *w, struct str id)
{
    for (size_t i = 0; i < w->ret->n; i++) {
        if (str_eq(w->named[i], id))
            return true;
    }
    return false;
}

static void see(struct search *w, struct str id)
{
    struct mention m = mention_of_owner(w->s, id);
    bool lacks = false;

    if (id.n == 0 || w->ret->n == OWNERS_MOST || is_named(w, id))
        return;
    for (unsigned c = 0; c < MENTION_CHAT_COUNT; c++) {
        bool none = w->used[c] && mention_id(&m, (enum mention_chat)c).n == 0;

        w->lacking[c] = w->lacking[c] || none;
        lacks = lacks || none;
    }
    if (!lacks)
        return;
    if (w->ret->n < OWNERS_SHOWN)
        w->ret->text = arena_printf(w->a, "%.*s%s%.*s", STR_FMT(w->ret->text),
                                    w->ret->n > 0 ? ", " : "", STR_FMT(id));
    w->named[w->ret->n++] = id;
}

void owners_find(const struct strategy *s, const struct api_channel_view *channels,
                 size_t n_channels, struct arena *a, struct owners *ret)
{
    struct search w = {.s = s, .a = a, .ret = ret};
    enum mention_chat chat;

    *ret = (struct owners){.asked = false};
    for (size_t i = 0; i < n_channels; i++) {
        if (mention_chat_of(channels[i].type, &chat))
            ret->asked = w.used[chat] = true;
    }
    if (!ret->asked)
        return;
    for (size_t i = 0; i < s->n_initiatives; i++)
        see(&w, s->initiatives[i].node.owner);
    for (size_t i = 0; i < s->n_objectives; i++)
        see(&w, s->objectives[i].node.owner);
    for (size_t i = 0; i < s->n_key_results; i++)
        see(&w, s->key_results[i].node.owner);
    for (size_t i = 0; i < s->n_intents; i++)
        see(&w, s->intents[i].node.owner);
    for (unsigned c = 0; c < MENTION_CHAT_COUNT; c++) {
        if (w.lacking[c])
            ret->keys = arena_printf(a, "%.*s%s`%s:`", STR_FMT(ret->keys),
                                     ret->keys.n > 0 ? ", " : "",
                                     mention_key((enum mention_chat)c));
    }
}
