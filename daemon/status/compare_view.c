#include "status/compare_view.h"

#include "core/compare.h"
#include "core/tz.h"
#include "store/effort_window.h"

enum { DAYS = 28, PAGE = 500, CEILING = 256 << 20, PAGE_CEILING = 64 << 20 };

/* ---- items ---- */

struct linking {
    struct db *db;
    const struct api_env *env;
    struct matcher *own[2]; /* NULL: the one in force is used */
    const struct matcher *matcher[2];
    struct arena *a, *page;
    struct compare *c;
};

static bool begin(struct linking *l, const struct strategy *s, int side, struct err *e)
{
    if (s == l->env->conf->strategy) {
        l->matcher[side] = l->env->conf->matcher;
        return true;
    }
    if (!matcher_create(s, &l->own[side], e))
        return false;
    l->matcher[side] = l->own[side];
    return true;
}

/* Ids of what counts, in order. */
static bool nodes_of(struct linking *l, const struct open_epic *o, int side,
                     struct compare_item *it, struct err *e)
{
    struct match_conf conf = db_match_conf(l->env->conf, o->item.source);
    struct link pin = {.method = LINK_MANUAL, .node = o->pin, .known = true};
    struct link_set set;
    struct str *v;

    if (!match_item(l->matcher[side], &conf, &o->item, &pin, o->pin.n > 0, o->inherited,
                    o->n_inherited, l->page, &set, e))
        return false;
    v = arena_array(l->page, set.n + 1, sizeof *v);
    if (v == NULL)
        return err_nomem(e);
    it->nodes[side] = v;
    for (size_t i = 0; i < set.n; i++) {
        if (link_is_effective(&set, &set.v[i]))
            v[it->n[side]++] = set.v[i].node;
    }
    return true;
}

static bool link_one(struct linking *l, const struct open_epic *o, struct err *e)
{
    struct compare_item it = {.key = o->item.key, .title = o->title};

    return nodes_of(l, o, 0, &it, e) && nodes_of(l, o, 1, &it, e) &&
           (compare_add(l->c, &it, l->a) || err_nomem(e));
}

static bool link_pages(struct linking *l, struct err *e)
{
    int64_t after = 0;
    size_t n;

    do {
        struct open_epic *v;

        arena_reset(l->page);
        if (!db_read_open_epics(l->db, after, PAGE, l->page, &v, &n, e))
            return false;
        for (size_t i = 0; i < n; i++) {
            if (!link_one(l, &v[i], e))
                return false;
        }
        after = n > 0 ? v[n - 1].id : after;
    } while (n == PAGE);
    return true;
}

static bool link_items(struct linking *l, struct err *e)
{
    bool ok;

    l->page = arena_create(PAGE_CEILING);
    ok = l->page != NULL || err_nomem(e);
    ok = ok && begin(l, l->c->side[0].s, 0, e) && begin(l, l->c->side[1].s, 1, e) &&
         link_pages(l, e);
    matcher_destroy(l->own[0]);
    matcher_destroy(l->own[1]);
    arena_destroy(l->page);
    return ok;
}

/* ---- days ---- */

static bool read_live(struct db *db, const struct api_env *env, struct date today,
                      struct arena *a, struct compare_live *ret, struct err *e)
{
    int64_t day = date_to_days(today);
    struct effort_window w;
    struct effort_sum sum;

    if (!effort_window_read(&w, db, a, date_from_days(day - DAYS),
                            date_from_days(day - 1), NULL, NULL, e) ||
        !effort_window_sum(&w, env->conf->strategy, STR_NONE, &sum, e))
        return false;
    *ret = (struct compare_live){
        .from = w.from, .to = w.to, .v = w.v, .n = w.n, .people = sum.people};
    return true;
}

bool compare_view_answer(struct db *db, const struct api_env *env,
                         const struct strategy *from, const struct strategy *to,
                         struct api_reply *reply, struct err *e)
{
    struct date today = tz_local(env->conf->cal.tz, env->now).date;
    struct arena *a = arena_create(CEILING);
    struct compare_live live;
    struct compare c;
    struct linking l = {.db = db, .env = env, .a = a, .c = &c};
    bool ok;

    if (a == NULL)
        return err_nomem(e);
    ok = read_live(db, env, today, a, &live, e) &&
         (compare_strategies(from, to, today, &live, a, &c) || err_nomem(e)) &&
         link_items(&l, e);
    if (ok)
        compare_write(&reply->body, &c);
    arena_destroy(a);
    return ok;
}
