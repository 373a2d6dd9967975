#include "store/effort_hist.h"

#include <stdlib.h>

#include "store/sql.h"

bool hists_init(struct hists *h, struct db *db, struct arena *a, struct wall begin,
                struct wall end, struct err *e)
{
    static const char links[] = "SELECT 1 FROM past_link WHERE at >= ? LIMIT 1";
    static const char parents[] = "SELECT 1 FROM past_parent WHERE at >= ? LIMIT 1";
    int64_t any_link, any_parent;

    *h = (struct hists){.db = db, .a = a, .begin = begin, .end = end};
    h->by_id = map_create();
    if (h->by_id == NULL)
        return err_nomem(e);
    if (!sql_int(db, links, SQL_ARGS(SQL_T(begin)), 0, &any_link, e) ||
        !sql_int(db, parents, SQL_ARGS(SQL_T(begin)), 0, &any_parent, e))
        return false;
    h->has_past_links = any_link != 0;
    h->has_past_parents = any_parent != 0;
    return true;
}

void hists_finish(struct hists *h)
{
    map_destroy(h->by_id);
}

/* Most items have one of each: room for it, where arena_grow would make some for eight. */
#define ONE_ROW(k, array_, n_)                                                         \
    ((array_) = arena_alloc((k)->a, sizeof *(array_)),                                 \
     (struct query_rows){.a = (k)->a,                                                  \
                         .array = &(array_),                                           \
                         .n = &(n_),                                                   \
                         .cap = (array_) != NULL,                                      \
                         .size = sizeof *(array_)})

static bool read_spans(struct hists *k, struct hist *h, struct err *e)
{
    static const char sql[] =
        "SELECT started, ended, assignees FROM span WHERE item = ?1 AND started < ?3"
        " AND (ended = 0 OR ended >= ?2) ORDER BY started";
    struct query_rows to = ONE_ROW(k, h->spans, h->n_spans);
    struct hist_span *s;
    struct query q;

    if (!query_open(&q, k->db, sql,
                    SQL_ARGS(SQL_I(h->id), SQL_T(k->begin), SQL_T(k->end)), e))
        return false;
    while ((s = query_row(&q, &to, e)) != NULL)
        *s = (struct hist_span){query_wall(&q, 0), query_wall(&q, 1),
                                query_dup(&q, 2, k->a)};
    return to.ok;
}

static bool read_past_links(struct hists *k, struct hist *h, struct query_rows *to,
                            struct err *e)
{
    static const char sql[] =
        "SELECT at, team, nodes FROM past_link WHERE item = ? AND at >= ? ORDER BY at";
    struct hist_link *l;
    struct query q;

    if (!k->has_past_links)
        return true;
    if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_I(h->id), SQL_T(k->begin)), e))
        return false;
    while ((l = query_row(&q, to, e)) != NULL)
        *l = (struct hist_link){query_wall(&q, 0), query_dup(&q, 1, k->a),
                                query_dup(&q, 2, k->a)};
    return to->ok;
}

static int by_name(const void *x, const void *y)
{
    return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* Several methods may name one node. */
static struct str join_once(struct arena *a, struct str *v, size_t n)
{
    struct str list;

    if (n == 0)
        return STR_NONE;
    qsort(v, n, sizeof *v, by_name);
    list = v[0];
    for (size_t i = 1; i < n; i++) {
        if (!str_eq(v[i], v[i - 1]))
            list = arena_printf(a, "%.*s,%.*s", STR_FMT(list), STR_FMT(v[i]));
    }
    return list;
}

static bool read_nodes(struct hists *k, const struct hist *h, struct str *ret,
                       struct err *e)
{
    static const char sql[] = "SELECT node FROM link WHERE item = ? AND effective = 1";
    struct str *v = NULL, *node;
    size_t n = 0;
    struct query_rows to = ONE_ROW(k, v, n);
    struct query q;

    if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_I(h->id)), e))
        return false;
    while ((node = query_row(&q, &to, e)) != NULL)
        *node = query_dup(&q, 0, k->a);
    *ret = join_once(k->a, v, n);
    return to.ok;
}

/* The past ones, then what is linked now. */
static bool read_links(struct hists *k, struct hist *h, struct str team, struct err *e)
{
    struct query_rows to = ONE_ROW(k, h->links, h->n_links);
    struct hist_link *now;
    struct str nodes;

    if (!read_past_links(k, h, &to, e) || !read_nodes(k, h, &nodes, e))
        return false;
    now = arena_grow(k->a, &h->links, &h->n_links, &to.cap, sizeof *now);
    if (now == NULL)
        return err_nomem(e);
    *now = (struct hist_link){{INT64_MAX}, team, nodes};
    return true;
}

static bool read_parents(struct hists *k, struct hist *h, const struct hist_parent *now,
                         struct err *e)
{
    static const char sql[] =
        "SELECT at, vid, key FROM past_parent WHERE item = ? AND at >= ? ORDER BY at";
    struct query_rows to = ONE_ROW(k, h->parents, h->n_parents);
    struct hist_parent *p;
    struct query q;

    if (k->has_past_parents) {
        if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_I(h->id), SQL_T(k->begin)), e))
            return false;
        while ((p = query_row(&q, &to, e)) != NULL)
            *p = (struct hist_parent){query_wall(&q, 0), query_dup(&q, 1, k->a),
                                      query_dup(&q, 2, k->a)};
        if (!to.ok)
            return false;
    }
    p = arena_grow(k->a, &h->parents, &h->n_parents, &to.cap, sizeof *p);
    if (p == NULL)
        return err_nomem(e);
    *p = *now;
    return true;
}

static bool read_item(struct hists *k, struct hist *h, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT i.source, s.type, s.name, i.vid, i.key, v.team, i.parent_vid,"
        " i.parent_key FROM item i JOIN source s ON s.id = i.source"
        " LEFT JOIN evaluated v ON v.item = i.id WHERE i.id = ?";
    struct hist_parent parent = {.at = {INT64_MAX}};
    struct str team;
    struct query q;

    if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_I(h->id)), e) ||
        !query_next(&q, ret_found, e))
        return false;
    if (!*ret_found)
        return true;
    h->source = query_int(&q, 0);
    h->source_type = query_dup(&q, 1, k->a);
    h->source_name = query_dup(&q, 2, k->a);
    h->vid = query_dup(&q, 3, k->a);
    h->key = query_dup(&q, 4, k->a);
    team = query_dup(&q, 5, k->a);
    parent.vid = query_dup(&q, 6, k->a);
    parent.key = query_dup(&q, 7, k->a);
    query_close(&q);
    return read_spans(k, h, e) && read_links(k, h, team, e) &&
           read_parents(k, h, &parent, e) && (!arena_failed(k->a) || err_nomem(e));
}

bool hist_get(struct hists *k, int64_t item, struct hist **ret, struct err *e)
{
    struct hist *h;
    bool found;

    *ret = map_get(k->by_id, (struct str){(const char *)&item, sizeof item});
    if (*ret != NULL)
        return true;
    h = arena_alloc(k->a, sizeof *h);
    if (h == NULL)
        return err_nomem(e);
    *h = (struct hist){.id = item};
    if (!read_item(k, h, &found, e))
        return false;
    if (found &&
        !map_set(k->by_id, (struct str){(const char *)&h->id, sizeof h->id}, h))
        return err_nomem(e);
    *ret = found ? h : NULL;
    return true;
}

bool hists_save_days(struct hists *k, struct err *e)
{
    static const char sql[] =
        "INSERT INTO item_days (item, days) VALUES (?, ?) ON CONFLICT DO UPDATE"
        " SET days = days + excluded.days";

    for (size_t i = 0; i < map_count(k->by_id); i++) {
        const struct hist *h;
        struct str id;
        void *value;

        map_at(k->by_id, i, &id, &value);
        h = value;
        if (h->days > 0 &&
            !sql_run(k->db, sql, SQL_ARGS(SQL_I(h->id), SQL_R(h->days)), e))
            return false;
    }
    return true;
}

bool hist_span_is_in(const struct hist_span *s, struct wall begin, struct wall end)
{
    return s->started.ms < end.ms &&
           (s->ended.ms == 0 || s->ended.ms > begin.ms || s->started.ms >= begin.ms);
}

bool hist_know_people(struct hists *k, const struct hist *h, struct hist_span *s,
                      const struct people *p, unsigned nth)
{
    struct str list = s->people, account;
    size_t cap = 0;

    if (s->keys_of == nth)
        return true;
    s->keys = NULL;
    s->n_keys = 0;
    while (str_split(&list, ',', &account)) {
        struct str *to;

        if (account.n == 0 || people_is_bot(p, account, k->a))
            continue;
        to = arena_grow(k->a, &s->keys, &s->n_keys, &cap, sizeof *to);
        if (to == NULL)
            return false;
        *to = people_key(p, h->source_type, h->source_name, account, k->a);
    }
    s->keys_of = nth;
    return true;
}

const struct hist_link *hist_links_on(const struct hist *h, struct wall end)
{
    size_t i = 0;

    while (i + 1 < h->n_links && h->links[i].at.ms < end.ms)
        i++;
    return &h->links[i];
}

static const struct hist_parent *parent_on(const struct hist *h, struct wall end)
{
    size_t i = 0;

    while (i + 1 < h->n_parents && h->parents[i].at.ms < end.ms)
        i++;
    return &h->parents[i];
}

static bool was_child(const struct hist *child, const struct hist *of, struct wall end)
{
    const struct hist_parent *p = parent_on(child, end);

    if (p->vid.n > 0 && child->source == of->source && str_eq(p->vid, of->vid))
        return true;
    return p->key.n > 0 && str_eq_nocase(p->key, of->key);
}

static bool read_children(struct hists *k, struct hist *of, struct err *e)
{
    static const char sql[] =
        "SELECT id FROM item WHERE source = ?1 AND parent_vid = ?2 AND parent_vid <> ''"
        " UNION ALL SELECT id FROM item WHERE parent_key = ?3 AND parent_key <> ''"
        " UNION ALL SELECT item FROM past_parent WHERE vid = ?2 AND vid <> ''"
        " UNION ALL SELECT item FROM past_parent WHERE key = ?3 AND key <> ''";
    struct query_rows to = QUERY_ROWS(k->a, of->children, of->n_children);
    int64_t *id;
    struct query q;

    of->children = arena_array(k->a, 1, sizeof *of->children);
    if (of->children == NULL)
        return err_nomem(e);
    if (!query_open(&q, k->db, sql,
                    SQL_ARGS(SQL_I(of->source), SQL_S(of->vid), SQL_S(of->key)), e))
        return false;
    while ((id = query_row(&q, &to, e)) != NULL)
        *id = query_int(&q, 0);
    return to.ok;
}

bool hist_has_child_in_progress(struct hists *k, struct hist *of, struct wall begin,
                                struct wall end, bool *ret, struct err *e)
{
    *ret = false;
    if (of->children == NULL && !read_children(k, of, e))
        return false;
    for (size_t i = 0; i < of->n_children; i++) {
        struct hist *child;

        if (!hist_get(k, of->children[i], &child, e))
            return false;
        if (child == NULL || child == of || !was_child(child, of, end))
            continue;
        for (size_t s = 0; s < child->n_spans; s++) {
            if (hist_span_is_in(&child->spans[s], begin, end)) {
                *ret = true;
                return true;
            }
        }
    }
    return true;
}
