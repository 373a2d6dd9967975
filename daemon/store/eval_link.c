#include "store/eval_row.h"
#include "store/sql.h"

enum { MAX_DEPTH = 16 };

/* ---- ancestors ---- */

struct kin {
    int64_t id, source;
    struct str vid, key, parent_vid, parent_key;
    bool private_;
};

static bool find_by_vid(struct eval *ev, int64_t source, struct str vid, int64_t *ret,
                        struct err *e)
{
    static const char sql[] = "SELECT id FROM item WHERE source = ? AND vid = ?";

    return sql_int(ev->db, sql, SQL_ARGS(SQL_I(source), SQL_S(vid)), 0, ret, e);
}

/* Keys are unique in a source; across sources the own one comes first. */
static bool find_by_key(struct eval *ev, int64_t source, struct str key, int64_t *ret,
                        struct err *e)
{
    static const char own[] = "SELECT min(id) FROM item WHERE lower(key) = lower(?)"
                              " AND source = ?";
    static const char any[] = "SELECT min(id) FROM item WHERE lower(key) = lower(?)";

    if (!sql_int(ev->db, own, SQL_ARGS(SQL_S(key), SQL_I(source)), 0, ret, e))
        return false;
    return *ret != 0 || sql_int(ev->db, any, SQL_ARGS(SQL_S(key)), 0, ret, e);
}

static bool find_parent(struct eval *ev, const struct kin *k, int64_t *ret,
                        struct err *e)
{
    *ret = 0;
    if (k->parent_vid.n > 0 && !find_by_vid(ev, k->source, k->parent_vid, ret, e))
        return false;
    if (*ret == 0 && k->parent_key.n > 0 &&
        !find_by_key(ev, k->source, k->parent_key, ret, e))
        return false;
    if (*ret == k->id)
        *ret = 0;
    return true;
}

static struct kin kin_of(const struct eval_row *r)
{
    return (struct kin){
        .id = r->id,
        .source = r->source != NULL ? r->source->id : 0,
        .vid = r->vid,
        .key = r->key,
        .parent_vid = r->parent_vid,
        .parent_key = r->parent_key,
    };
}

bool eval_parent(struct eval *ev, const struct eval_row *r, int64_t *ret_id,
                 struct err *e)
{
    struct kin k = kin_of(r);

    return find_parent(ev, &k, ret_id, e);
}

static bool load_kin(struct eval *ev, int64_t id, struct kin *ret, struct err *e)
{
    static const char sql[] =
        "SELECT source, vid, key, parent_vid, parent_key, private FROM item"
        " WHERE id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(id)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret = (struct kin){.id = id};
    if (!row)
        return true;
    ret->source = query_int(&q, 0);
    ret->vid = query_dup(&q, 1, ev->item);
    ret->key = query_dup(&q, 2, ev->item);
    ret->parent_vid = query_dup(&q, 3, ev->item);
    ret->parent_key = query_dup(&q, 4, ev->item);
    ret->private_ = query_int(&q, 5) != 0;
    query_close(&q);
    return true;
}

static bool stored_links(struct eval *ev, int64_t item, struct eval_link **ret,
                         size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT method, node, known, effective, via, detail FROM link"
        " WHERE item = ? ORDER BY method, node";
    struct eval_link *v = NULL;
    size_t n = 0, cap = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    while (row) {
        struct eval_link *l = arena_grow(ev->item, &v, &n, &cap, sizeof *l);

        if (l == NULL) {
            query_close(&q);
            return err_nomem(e);
        }
        l->method = (enum link_method)query_int(&q, 0);
        l->node = query_dup(&q, 1, ev->item);
        l->known = query_int(&q, 2) != 0;
        l->effective = query_int(&q, 3) != 0;
        l->via = query_int(&q, 4);
        l->detail = query_dup(&q, 5, ev->item);
        if (!query_next(&q, &row, e))
            return false;
    }
    *ret = v;
    *ret_n = n;
    return !arena_failed(ev->item) || err_nomem(e);
}

/* What an item would inherit, and from whom. */
struct heritage {
    struct link *v;
    size_t n, cap;
    int64_t via;
};

/* The links an ancestor has of its own: by methods 1 to 6, or to a bucket. What it
   inherited itself is left to its own ancestors, so that no cycle feeds itself. */
static bool own_links(struct eval *ev, const struct kin *k, bool buckets,
                      struct heritage *ret, struct err *e)
{
    struct eval_link *v;
    size_t n;

    if (!stored_links(ev, k->id, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        bool bucket = v[i].method == LINK_BUCKET;
        struct link *l;

        if (!v[i].effective || v[i].via != 0 || bucket != buckets ||
            v[i].method == LINK_INHERITED)
            continue;
        l = arena_grow(ev->item, &ret->v, &ret->n, &ret->cap, sizeof *l);
        if (l == NULL)
            return err_nomem(e);
        *l = (struct link){
            .method = v[i].method,
            .node = v[i].node,
            .known = true,
            .detail = arena_printf(ev->item, "from %.*s, %.*s", STR_FMT(k->key),
                                   STR_FMT(k->private_ ? STR("private") : v[i].detail)),
        };
        ret->via = k->id;
    }
    return true;
}

/* The nearest ancestor linked by methods 1 to 6; without one, the nearest in a bucket.
 */
static bool find_heritage(struct eval *ev, const struct eval_row *r,
                          struct heritage *ret, struct err *e)
{
    int64_t seen[MAX_DEPTH];
    struct kin k = kin_of(r);
    struct heritage bucket = {0};
    unsigned n = 0;

    *ret = (struct heritage){0};
    while (n < MAX_DEPTH) {
        int64_t parent;

        seen[n++] = k.id;
        if (!find_parent(ev, &k, &parent, e))
            return false;
        for (unsigned i = 0; i < n; i++) {
            if (seen[i] == parent)
                parent = 0;
        }
        if (parent == 0)
            break;
        if (!load_kin(ev, parent, &k, e) || !own_links(ev, &k, false, ret, e))
            return false;
        if (ret->n > 0)
            return true;
        if (bucket.n == 0 && !own_links(ev, &k, true, &bucket, e))
            return false;
    }
    *ret = bucket;
    return true;
}

static bool load_pin(struct eval *ev, int64_t item, struct link *ret, size_t *ret_n,
                     struct err *e)
{
    static const char sql[] = "SELECT node, user FROM pin WHERE item = ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret_n = 0;
    if (!row)
        return true;
    *ret = (struct link){
        .method = LINK_MANUAL,
        .node = query_dup(&q, 0, ev->item),
        .known = true,
        .detail = arena_printf(ev->item, "linked by %.*s", STR_FMT(query_str(&q, 1))),
    };
    *ret_n = 1;
    query_close(&q);
    return true;
}

/* ---- the item's answers ---- */

/* An inherited link hands its detail through: that tells it from the item's own. */
static bool is_from(const struct heritage *h, const struct link *l)
{
    for (size_t i = 0; i < h->n; i++) {
        if (l->detail.p == h->v[i].detail.p)
            return true;
    }
    return false;
}

static bool take_answers(struct eval *ev, struct eval_row *r, const struct heritage *h,
                         struct err *e)
{
    r->now = arena_array(ev->item, r->links.n + 1, sizeof *r->now);
    if (r->now == NULL)
        return err_nomem(e);
    r->n_now = r->links.n;
    for (size_t i = 0; i < r->links.n; i++) {
        const struct link *l = &r->links.v[i];

        r->now[i] = (struct eval_link){
            .method = l->method,
            .node = l->node,
            .detail = l->detail,
            .known = l->known,
            .effective = link_is_effective(&r->links, l),
            .via = is_from(h, l) ? h->via : 0,
        };
    }
    return true;
}

bool eval_links(struct eval *ev, struct eval_row *r, struct err *e)
{
    struct heritage h = {0};
    struct link pin;
    size_t n_pins = 0;

    if ((r->has & HAS_LINK) && !stored_links(ev, r->id, &r->before, &r->n_before, e))
        return false;
    if ((r->has & HAS_PIN) && !load_pin(ev, r->id, &pin, &n_pins, e))
        return false;
    if ((r->parent_vid.n > 0 || r->parent_key.n > 0) && !find_heritage(ev, r, &h, e))
        return false;
    if (arena_failed(ev->item))
        return err_nomem(e);
    return match_item(ev->conf->matcher, &r->source->match, &r->match, &pin, n_pins,
                      h.v, h.n, ev->item, &r->links, e) &&
           take_answers(ev, r, &h, e);
}

/* ---- to the rows ---- */

static bool is_same_link(const struct eval_link *a, const struct eval_link *b)
{
    return a->method == b->method && a->known == b->known &&
           a->effective == b->effective && a->via == b->via &&
           str_eq(a->node, b->node) && str_eq(a->detail, b->detail);
}

static bool has_link(const struct eval_link *v, size_t n, const struct eval_link *l)
{
    for (size_t i = 0; i < n; i++) {
        if (is_same_link(&v[i], l))
            return true;
    }
    return false;
}

/* What children inherit: nodes, and whether by a bucket. */
static bool has_effect(const struct eval_link *v, size_t n, const struct eval_link *l)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].effective && str_eq(v[i].node, l->node) && v[i].via == l->via &&
            (v[i].method == LINK_BUCKET) == (l->method == LINK_BUCKET))
            return true;
    }
    return false;
}

static bool has_effects(const struct eval_link *of, size_t n_of,
                        const struct eval_link *in, size_t n_in)
{
    for (size_t i = 0; i < n_of; i++) {
        if (of[i].effective && !has_effect(in, n_in, &of[i]))
            return false;
    }
    return true;
}

static bool mark_children(struct eval *ev, const struct eval_row *r, struct err *e)
{
    static const char by_vid[] =
        "INSERT INTO dirty (scope, item) SELECT scope, id FROM item WHERE source = ?"
        " AND parent_vid = ? AND parent_vid <> '' ON CONFLICT DO NOTHING";
    static const char by_key[] = "INSERT INTO dirty (scope, item) SELECT scope, id "
                                 "FROM item WHERE parent_key = ?"
                                 " AND parent_key <> '' ON CONFLICT DO NOTHING";

    return sql_run(ev->db, by_vid, SQL_ARGS(SQL_I(r->source->id), SQL_S(r->vid)), e) &&
           sql_run(ev->db, by_key, SQL_ARGS(SQL_S(r->key)), e);
}

static bool rewrite(struct eval *ev, const struct eval_row *r, struct err *e)
{
    static const char clear[] = "DELETE FROM link WHERE item = ?";
    static const char add[] =
        "INSERT INTO link (item, method, node, known, effective, via, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";

    if (r->n_before > 0 && !sql_run(ev->db, clear, SQL_ARGS(SQL_I(r->id)), e))
        return false;
    for (size_t i = 0; i < r->n_now; i++) {
        const struct eval_link *l = &r->now[i];

        if (!sql_run(ev->db, add,
                     SQL_ARGS(SQL_I(r->id), SQL_I(l->method), SQL_S(l->node),
                              SQL_I(l->known), SQL_I(l->effective), SQL_I(l->via),
                              SQL_S(l->detail)),
                     e))
            return false;
    }
    return true;
}

bool eval_save_links(struct eval *ev, struct eval_row *r, bool *ret_changed,
                     struct err *e)
{
    bool same = r->n_now == r->n_before;

    *ret_changed = !has_effects(r->now, r->n_now, r->before, r->n_before) ||
                   !has_effects(r->before, r->n_before, r->now, r->n_now);
    for (size_t i = 0; same && i < r->n_now; i++)
        same = has_link(r->before, r->n_before, &r->now[i]);
    if (same)
        return true;
    return rewrite(ev, r, e) && (!*ret_changed || mark_children(ev, r, e));
}
