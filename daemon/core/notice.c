#include "core/notice.h"

#include "base/jsonw.h"

const char *notice_kind_name(enum notice_kind k)
{
    switch (k) {
#define X(e, name)                                                                     \
    case e:                                                                            \
        return name;
        NOTICE_KINDS(X)
#undef X
    }
    return "?";
}

enum { PEOPLE_SEEN = 64 };

size_t notice_people(const struct notice *n, const struct mention **ret, size_t max,
                     size_t *ret_more)
{
    const struct mention *seen[PEOPLE_SEEN];
    size_t n_seen = 0;

    for (size_t i = 0; i < n->n_sections; i++) {
        const struct notice_section *s = &n->sections[i];

        for (size_t k = 0; k < s->n_entries; k++) {
            for (size_t j = 0; j < s->entries[k].n_people; j++) {
                const struct mention *m = &s->entries[k].people[j];
                size_t at = 0;

                while (at < n_seen && !str_eq(seen[at]->name, m->name)) {
                    at++;
                }
                if (at == n_seen && n_seen < PEOPLE_SEEN && m->name.n > 0) {
                    seen[n_seen++] = m;
                }
            }
        }
    }
    *ret_more = n_seen > max ? n_seen - max : 0;
    for (size_t i = 0; i < n_seen && i < max; i++) {
        ret[i] = seen[i];
    }
    return n_seen < max ? n_seen : max;
}

/* Never is "" here: readers find a string under every key. */
static void write_time(struct jsonw *w, const char *key, struct wall t)
{
    if (t.ms == 0) {
        jsonw_strz(w, key, "");
    } else {
        jsonw_time(w, key, t);
    }
}

static void write_people(struct jsonw *w, const struct mention *v, size_t n)
{
    if (n == 0) {
        return;
    }
    jsonw_array(w, "people");
    for (size_t i = 0; i < n; i++) {
        jsonw_object(w, NULL);
        jsonw_str(w, "name", v[i].name);
        for (unsigned c = 0; c < MENTION_CHAT_COUNT; c++) {
            struct str id = mention_id(&v[i], (enum mention_chat)c);

            if (id.n > 0) {
                jsonw_str(w, mention_key((enum mention_chat)c), id);
            }
        }
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

static void write_entry(struct jsonw *w, const struct notice_entry *e)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "finding", e->finding);
    jsonw_str(w, "change", e->change);
    jsonw_str(w, "severity", e->severity);
    jsonw_str(w, "key", e->key);
    jsonw_str(w, "title", e->title);
    jsonw_str(w, "url", e->url);
    jsonw_str(w, "note", e->note);
    jsonw_str(w, "fix", e->fix);
    jsonw_str(w, "command", e->command);
    jsonw_str(w, "objective", e->objective);
    jsonw_str(w, "why", e->why);
    jsonw_str(w, "ended_by", e->ended_by);
    write_time(w, "since", e->since);
    write_people(w, e->people, e->n_people);
    jsonw_end_object(w);
}

static void write_section(struct jsonw *w, const struct notice_section *s)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "rule", s->rule);
    jsonw_str(w, "headline", s->headline);
    jsonw_str(w, "why", s->why);
    jsonw_str(w, "more", s->more);
    jsonw_int(w, "total", s->total);
    jsonw_array(w, "entries");
    for (size_t i = 0; i < s->n_entries; i++) {
        write_entry(w, &s->entries[i]);
    }
    jsonw_end_array(w);
    jsonw_end_object(w);
}

void notice_write(struct buf *out, const struct notice *n)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_int(&w, "v", NOTICE_VERSION);
    jsonw_strz(&w, "kind", notice_kind_name(n->kind));
    jsonw_str(&w, "channel", n->channel);
    jsonw_str(&w, "group", n->group);
    write_time(&w, "at", n->at);
    jsonw_str(&w, "text", n->text);
    jsonw_array(&w, "sections");
    for (size_t i = 0; i < n->n_sections; i++) {
        write_section(&w, &n->sections[i]);
    }
    jsonw_end_array(&w);
    jsonw_array(&w, "blocks");
    for (size_t i = 0; i < n->n_blocks; i++) {
        jsonw_object(&w, NULL);
        jsonw_str(&w, "title", n->blocks[i].title);
        jsonw_str(&w, "text", n->blocks[i].text);
        jsonw_bool(&w, "fixed", n->blocks[i].fixed);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_array(&w, "resolved");
    for (size_t i = 0; i < n->n_resolved; i++) {
        write_entry(&w, &n->resolved[i]);
    }
    jsonw_end_array(&w);
    jsonw_int(&w, "total_resolved", n->total_resolved);
    if (n->to.n > 0) {
        jsonw_str(&w, "to", n->to);
    }
    jsonw_end_object(&w);
}
