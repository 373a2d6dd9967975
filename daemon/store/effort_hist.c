#include "store/effort_hist.h"

#include "store/sql.h"

bool hists_init(struct hists *h, struct db *db, struct arena *a, struct wall begin,
                struct wall end, struct err *e)
{
    *h = (struct hists){.db = db, .a = a, .begin = begin, .end = end};
    h->by_id = map_create();
    return h->by_id != NULL || err_nomem(e);
}

void hists_finish(struct hists *h)
{
    map_destroy(h->by_id);
}

static bool read_spans(struct hists *k, struct hist *h, struct err *e)
{
    static const char sql[] =
        "SELECT started, ended, assignees FROM span WHERE item = ?1 AND started < ?3"
        " AND (ended = 0 OR ended >= ?2) ORDER BY started";
    struct query_rows to = QUERY_ROWS(k->a, h->spans, h->n_spans);
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

/* The past ones, then what is linked now. */
static bool read_links(struct hists *k, struct hist *h, struct str team, struct err *e)
{
    static const char sql[] =
        "SELECT at, team, nodes FROM past_link WHERE item = ?1 AND at >= ?2 UNION ALL"
        " SELECT 9223372036854775807, ?3, (SELECT group_concat(node) FROM"
        " (SELECT DISTINCT node FROM link WHERE item = ?1 AND effective = 1"
        " ORDER BY node)) ORDER BY 1";
    struct query_rows to = QUERY_ROWS(k->a, h->links, h->n_links);
    struct hist_link *l;
    struct query q;

    if (!query_open(&q, k->db, sql,
                    SQL_ARGS(SQL_I(h->id), SQL_T(k->begin), SQL_S(team)), e))
        return false;
    while ((l = query_row(&q, &to, e)) != NULL)
        *l = (struct hist_link){query_wall(&q, 0), query_dup(&q, 1, k->a),
                                query_dup(&q, 2, k->a)};
    return to.ok;
}

static bool read_parents(struct hists *k, struct hist *h, struct err *e)
{
    static const char sql[] =
        "SELECT at, vid, key FROM past_parent WHERE item = ?1 AND at >= ?2 UNION ALL"
        " SELECT 9223372036854775807, parent_vid, parent_key FROM item WHERE id = ?1"
        " ORDER BY 1";
    struct query_rows to = QUERY_ROWS(k->a, h->parents, h->n_parents);
    struct hist_parent *p;
    struct query q;

    if (!query_open(&q, k->db, sql, SQL_ARGS(SQL_I(h->id), SQL_T(k->begin)), e))
        return false;
    while ((p = query_row(&q, &to, e)) != NULL)
        *p = (struct hist_parent){query_wall(&q, 0), query_dup(&q, 1, k->a),
                                  query_dup(&q, 2, k->a)};
    return to.ok;
}

static bool read_item(struct hists *k, struct hist *h, bool *ret_found, struct err *e)
{
    static const char sql[] =
        "SELECT i.source, s.type, s.name, i.vid, i.key, v.team FROM item i"
        " JOIN source s ON s.id = i.source LEFT JOIN evaluated v ON v.item = i.id"
        " WHERE i.id = ?";
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
    query_close(&q);
    return read_spans(k, h, e) && read_links(k, h, team, e) && read_parents(k, h, e) &&
           (!arena_failed(k->a) || err_nomem(e));
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
