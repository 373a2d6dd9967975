#include "core/value.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "core/retry.h"

bool value_is_asked(const struct key_result *kr, struct date today)
{
    struct date by = kr->by;

    if (by.year == 0 && kr->objective != NULL)
        by = kr->objective->to;
    return kr->from != VALUE_BY_HAND &&
           (by.year == 0 || date_to_days(today) <= date_to_days(by) + VALUE_AFTER_DAYS);
}

/* ---- the question ---- */

static void put(struct buf *out, struct str s)
{
    buf_printf(out, "%zu:", s.n);
    buf_add(out, s);
}

static void put_list(struct buf *out, const struct str_list *l)
{
    buf_printf(out, "%zu;", l->n);
    for (size_t i = 0; i < l->n; i++)
        put(out, l->v[i]);
}

static void put_spec(struct buf *out, const struct match_spec *m)
{
    const struct str_list *const lists[] = {
        &m->labels,     &m->types,    &m->milestones, &m->fix_versions,
        &m->components, &m->projects, &m->repos,
    };

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        put_list(out, lists[i]);
    for (size_t i = 0; i < m->n_fields; i++) {
        put(out, m->fields[i].name);
        put_list(out, &m->fields[i].values);
    }
}

bool value_question(const struct key_result *kr, uint64_t *ret, struct err *e)
{
    const struct str parts[] = {
        kr->value_source, kr->value_query,  kr->value_pointer, kr->value_csv,
        kr->value_row,    kr->value_column, kr->value_count,
    };
    struct buf text;
    bool ok;

    buf_init(&text, (size_t)4 << 20);
    buf_printf(&text, "%d;", (int)kr->from);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        put(&text, parts[i]);
    put_spec(&text, &kr->value_items);
    ok = buf_check(&text, e);
    *ret = ok ? hash64(buf_cstr(&text), text.n, 0) : 0;
    buf_finish(&text);
    return ok;
}

struct str value_from(const struct key_result *kr)
{
    switch (kr->from) {
    case VALUE_SOURCE:
        return kr->value_source;
    case VALUE_CSV:
        return kr->value_csv;
    case VALUE_ITEMS:
        return STR("items");
    case VALUE_BY_HAND:
        break;
    }
    return STR_NONE;
}

/* ---- when ---- */

struct wall value_next_day(const struct tz *tz, struct wall now)
{
    const struct date today = tz_local(tz, now).date;
    struct wall next = tz_wall(tz, date_from_days(date_to_days(today) + 1), 0);

    return next.ms > now.ms ? next : wall_add(now, DUR_H(1));
}

struct wall value_next_try(const struct err *failure, unsigned failures,
                           struct wall now, uint64_t random)
{
    const struct retry_sync s = {
        .interval = DUR_H(1), .failure = failure, .whole = true, .failures = failures};

    return wall_add(now, retry_sync_wait(&s, random));
}

/* ---- counted items ---- */

/* A strategy of one team, whose items are those that are counted. */
struct value_items {
    struct strategy *s;
    struct matcher *m;
    bool open, done;
};

bool value_items_create(const struct key_result *kr, struct value_items **ret,
                        struct err *e)
{
    struct arena *a = arena_create((size_t)64 << 20);
    struct value_items *v = calloc(1, sizeof *v);
    struct strategy *s = a != NULL ? arena_alloc(a, sizeof *s) : NULL;

    if (v == NULL || s == NULL) {
        arena_destroy(a);
        free(v);
        return err_nomem(e);
    }
    *s = (struct strategy){.a = a, .refs = 1, .n_teams = 1};
    s->teams = arena_alloc(a, sizeof *s->teams);
    v->s = s;
    v->done = str_eqz(kr->value_count, "done") || str_eqz(kr->value_count, "all");
    v->open = !v->done || str_eqz(kr->value_count, "all");
    if (s->teams != NULL)
        *s->teams = (struct team){
            .node = {.kind = NODE_TEAM, .id = kr->node.id, .title = kr->node.title},
            .match = kr->value_items,
        };
    if ((s->teams == NULL && !err_nomem(e)) || !strategy_index(s, e) ||
        !matcher_create(s, &v->m, e)) {
        value_items_destroy(v);
        return false;
    }
    *ret = v;
    return true;
}

void value_items_destroy(struct value_items *v)
{
    if (v == NULL)
        return;
    matcher_destroy(v->m);
    strategy_unref(v->s);
    free(v);
}

bool value_items_has(const struct value_items *v, const struct match_item *item,
                     enum item_outcome outcome, struct arena *a)
{
    bool kind = (outcome == ITEM_OPEN && v->open) ||
                (outcome == ITEM_COMPLETED && v->done) ||
                (outcome == ITEM_DISCARDED && v->open && v->done);

    return kind && match_team(v->m, item, a) != NULL;
}
