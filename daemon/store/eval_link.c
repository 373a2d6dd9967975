#include "store/dirty.h"
#include "store/eval_row.h"
#include "store/replay_past.h"
#include "store/sql.h"

enum { MAX_HOPS = 16 };

/* ---- the parent ---- */

static bool find_by_vid(struct eval *ev, int64_t source, struct str vid, int64_t *ret,
                        struct err *e)
{
    static const char sql[] = "SELECT id FROM item WHERE source = ? AND vid = ?";

    return sql_int(ev->db, sql, SQL_ARGS(SQL_I(source), SQL_S(vid)), 0, ret, e);
}

/*
 * Keys are unique among what a source has in view; across sources the own one comes
 * first. Who moved is named by the key it had for as long as a child is not read again;
 * in the own source nobody else can be meant by it.
 */
static bool find_by_key(struct eval *ev, int64_t source, struct str key, int64_t *ret,
                        bool *ret_former, struct err *e)
{
    static const char own[] = "SELECT id FROM item WHERE key = ? COLLATE NOCASE"
                              " AND source = ? ORDER BY has & 16, id LIMIT 1";
    static const char own_former[] =
        "SELECT i.id FROM former_key k JOIN item i ON i.id = k.item"
        " WHERE k.key = lower(?) AND i.source = ? ORDER BY i.has & 16, i.id DESC LIMIT "
        "1";
    static const char any[] = "SELECT id FROM item WHERE key = ? COLLATE NOCASE"
                              " ORDER BY has & 16, id LIMIT 1";
    static const char any_former[] =
        "SELECT i.id FROM former_key k JOIN item i ON i.id = k.item"
        " WHERE k.key = lower(?) ORDER BY i.has & 16, i.id DESC LIMIT 1";
    static const char *const sql[] = {own, own_former, any, any_former};
    const struct sql_value v[] = {SQL_S(key), SQL_I(source)};

    _Static_assert(HAS_GONE == 16, "stands in the statements above");

    for (size_t i = 0; i < ARRAY_LEN(sql); i++) {
        if (!sql_int(ev->db, sql[i], v, i < 2 ? 2 : 1, 0, ret, e))
            return false;
        *ret_former = *ret != 0 && i % 2 == 1;
        if (*ret != 0)
            return true;
    }
    return true;
}

static bool look_for_parent(struct eval *ev, const struct eval_row *r, int64_t *ret_id,
                            bool *ret_former, struct err *e)
{
    *ret_id = 0;
    *ret_former = false;
    if (r->parent_vid.n > 0 &&
        !find_by_vid(ev, r->source->id, r->parent_vid, ret_id, e))
        return false;
    if (*ret_id == 0 && r->parent_key.n > 0 &&
        !find_by_key(ev, r->source->id, r->parent_key, ret_id, ret_former, e))
        return false;
    if (*ret_id == r->id)
        *ret_id = 0;
    return true;
}

bool eval_parent(struct eval *ev, const struct eval_row *r, int64_t *ret_id,
                 struct err *e)
{
    bool former;

    return look_for_parent(ev, r, ret_id, &former, e);
}

/* What changes of the parent is told to those that name it as it is called now. */
static bool name_parent(struct eval *ev, const struct eval_row *r, struct err *e)
{
    static const char sql[] = "UPDATE item SET parent_key = (SELECT key FROM item p"
                              " WHERE p.id = ?2) WHERE id = ?1";

    return sql_run(ev->db, sql, SQL_ARGS(SQL_I(r->id), SQL_I(r->parent)), e);
}

static bool stored_links(struct eval *ev, int64_t item, struct eval_link **ret,
                         size_t *ret_n, struct err *e)
{
    static const char sql[] =
        "SELECT method, node, known, effective, via, hops, detail FROM link"
        " WHERE item = ? ORDER BY method, node";
    struct eval_link *v = NULL;
    size_t n = 0;
    struct query_rows to = QUERY_ROWS(ev->item, v, n);
    struct eval_link *l;
    struct query q;

    if (sql_rows_wait(&ev->link_rows, item) && !eval_write_rows(ev, e))
        return false;
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e))
        return false;
    while ((l = query_row(&q, &to, e)) != NULL) {
        l->method = (enum link_method)query_int(&q, 0);
        l->node = query_dup(&q, 1, ev->item);
        l->known = query_int(&q, 2) != 0;
        l->effective = query_int(&q, 3) != 0;
        l->via = query_int(&q, 4);
        l->hops = query_int(&q, 5);
        l->detail = query_dup(&q, 6, ev->item);
    }
    *ret = v;
    *ret_n = n;
    return to.ok;
}

/* What an item would inherit, and where each of it comes from. */
struct heritage {
    struct link *v;
    struct eval_link *from;
    size_t n;
};

static struct str inherited_detail(struct eval *ev, const struct eval_link *l,
                                   struct str parent_key)
{
    if (l->via != 0)
        return l->detail;
    return arena_printf(ev->item, "from %.*s, %.*s", STR_FMT(parent_key),
                        STR_FMT(l->detail));
}

/*
 * What holds for the parent holds for the item: the parent's own answer is one of its
 * nearest linked ancestor already, so one step is enough, and nothing but the parent's
 * stored links needs watching. A link that has come full circle, or from too far away,
 * is dropped: when ancestors form a cycle, what they tell each other dies out.
 */
static bool inherit(struct eval *ev, const struct eval_row *r, struct str parent_key,
                    const struct eval_link *v, size_t n, struct heritage *ret,
                    struct err *e)
{
    ret->v = arena_array(ev->item, n + 1, sizeof *ret->v);
    ret->from = arena_array(ev->item, n + 1, sizeof *ret->from);
    if (ret->v == NULL || ret->from == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < n; i++) {
        if (!v[i].effective || v[i].via == r->id || v[i].hops >= MAX_HOPS)
            continue;
        ret->from[ret->n] = v[i];
        ret->v[ret->n] = (struct link){
            .method = v[i].method,
            .node = v[i].node,
            .known = true,
            .detail = inherited_detail(ev, &v[i], parent_key),
        };
        ret->n++;
    }
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool key_of(struct eval *ev, int64_t item, struct str *ret, struct err *e)
{
    static const char sql[] = "SELECT key FROM item WHERE id = ?";
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(item)), e) ||
        !query_next(&q, &row, e))
        return false;
    *ret = row ? query_dup(&q, 0, ev->item) : STR_NONE;
    query_close(&q);
    return true;
}

/* From what is out of view nothing is inherited. */
static bool drop_gone(struct eval *ev, int64_t *item, struct err *e)
{
    static const char sql[] = "SELECT has FROM item WHERE id = ?";
    int64_t has;

    if (!sql_int(ev->db, sql, SQL_ARGS(SQL_I(*item)), 0, &has, e))
        return false;
    if (has & HAS_GONE)
        *item = 0;
    return true;
}

static bool find_heritage(struct eval *ev, struct eval_row *r, struct heritage *ret,
                          struct err *e)
{
    struct eval_link *v = NULL;
    struct str key;
    size_t n = 0;
    bool former;

    *ret = (struct heritage){0};
    if (!look_for_parent(ev, r, &r->parent, &former, e))
        return false;
    if (former && r->parent != 0 && !name_parent(ev, r, e))
        return false;
    if (r->parent != 0 && !drop_gone(ev, &r->parent, e))
        return false;
    if (r->parent == 0)
        return true;
    if (!stored_links(ev, r->parent, &v, &n, e))
        return false;
    return n == 0 ||
           (key_of(ev, r->parent, &key, e) && inherit(ev, r, key, v, n, ret, e));
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
static void set_origin(const struct eval_row *r, const struct heritage *h,
                       const struct link *l, struct eval_link *ret)
{
    for (size_t i = 0; i < h->n; i++) {
        if (l->detail.p != h->v[i].detail.p)
            continue;
        ret->via = h->from[i].via != 0 ? h->from[i].via : r->parent;
        ret->hops = h->from[i].hops + 1;
        return;
    }
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
        };
        set_origin(r, h, l, &r->now[i]);
        /* Evidence quotes the item; children would carry the quotation on. */
        if (r->private_ && r->now[i].via == 0)
            r->now[i].detail = STR("private");
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
           (!ev->db->replays || past_links(ev, r, e)) && take_answers(ev, r, &h, e);
}

bool eval_keep_links(struct eval *ev, struct eval_row *r, struct err *e)
{
    if ((r->has & HAS_LINK) && !stored_links(ev, r->id, &r->before, &r->n_before, e))
        return false;
    r->now = r->before;
    r->n_now = r->n_before;
    return true;
}

/* ---- to the rows ---- */

static bool is_same_link(const struct eval_link *a, const struct eval_link *b)
{
    return a->method == b->method && a->known == b->known &&
           a->effective == b->effective && a->via == b->via && a->hops == b->hops &&
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

/* Whether all that children inherit from `of` is the same in `in`. */
static bool has_effects(const struct eval_link *of, size_t n_of,
                        const struct eval_link *in, size_t n_in)
{
    for (size_t i = 0; i < n_of; i++) {
        if (of[i].effective && !has_link(in, n_in, &of[i]))
            return false;
    }
    return true;
}

/* Nobody names a parent where nobody works so; evaluation changes nothing about it. */
static bool know_children(struct eval *ev, struct err *e)
{
    static const char by_vid[] =
        "SELECT 1 FROM item WHERE source > 0 AND parent_vid <> '' LIMIT 1";
    static const char by_key[] =
        "SELECT 1 FROM item WHERE parent_key > '' AND parent_key <> '' LIMIT 1";
    int64_t vid, key;

    if (ev->children != CHILDREN_NOT_ASKED)
        return true;
    if (!sql_int(ev->db, by_vid, SQL_NONE, 0, &vid, e) ||
        !sql_int(ev->db, by_key, SQL_NONE, 0, &key, e))
        return false;
    ev->children = vid != 0 || key != 0 ? CHILDREN_SOME : CHILDREN_NONE;
    return true;
}

/* Hardly one in twenty has any, and asking costs less than a write that finds none. */
static bool has_children(struct eval *ev, const struct eval_row *r, bool *ret,
                         struct err *e)
{
    static const char sql[] =
        "SELECT 1 FROM item WHERE source = ?1 AND parent_vid = ?2 AND parent_vid <> ''"
        " UNION ALL SELECT 1 FROM item WHERE parent_key = ?3 AND parent_key <> ''";
    int64_t any = 0;

    if (!know_children(ev, e))
        return false;
    if (ev->children == CHILDREN_SOME &&
        !sql_int(ev->db, sql,
                 SQL_ARGS(SQL_I(r->source->id), SQL_S(r->vid), SQL_S(r->key)), 0, &any,
                 e))
        return false;
    *ret = any != 0;
    return true;
}

static bool mark_children(struct eval *ev, const struct eval_row *r, struct err *e)
{
    bool any;

    if (!has_children(ev, r, &any, e))
        return false;
    return !any || dirty_add_children(ev->db, r->source->id, r->vid, r->key, e);
}

void eval_link_rows(struct eval *ev)
{
#define INSERT                                                                         \
    "INSERT OR FAIL INTO link (item, method, node, known, effective, via, hops,"        \
    " detail) VALUES "
#define ROW "(?, ?, ?, ?, ?, ?, ?, ?)"
#define AGAIN " ON CONFLICT DO NOTHING"
    static const char one[] = INSERT ROW AGAIN;
    static const char many[] = INSERT SQL_16(ROW) AGAIN;
#undef INSERT
#undef ROW
#undef AGAIN

    ev->link_rows =
        (struct sql_rows){.db = ev->db, .one = one, .many = many, .n_columns = 8};
}

/* What waits outlives the item: its texts are copies. */
static bool rewrite(struct eval *ev, const struct eval_row *r, struct err *e)
{
    static const char clear[] = "DELETE FROM link WHERE item = ?";

    if (r->n_before > 0 && !sql_run(ev->db, clear, SQL_ARGS(SQL_I(r->id)), e))
        return false;
    for (size_t i = 0; i < r->n_now; i++) {
        const struct eval_link *l = &r->now[i];

        struct str node = arena_str(ev->a, l->node);
        struct str detail = arena_str(ev->a, l->detail);

        if (!sql_rows_add(&ev->link_rows,
                          SQL_ARGS(SQL_I(r->id), SQL_I(l->method), SQL_S(node),
                                   SQL_I(l->known), SQL_I(l->effective), SQL_I(l->via),
                                   SQL_I(l->hops), SQL_S(detail)),
                          e))
            return false;
    }
    return !arena_failed(ev->a) || err_nomem(e);
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
