#include "core/rules/wording.h"

#include <stdint.h>

#include "base/utf8.h"

/* Every text is cut and every list counted, so that this is never reached. */
enum { FACTS_CEILING = 1 << 20, SHORT = 300 };

void wording_facts_begin(struct wording_facts *f)
{
    buf_init(&f->buf, FACTS_CEILING);
    jsonw_init(&f->w, &f->buf);
    jsonw_object(&f->w, NULL);
}

struct str wording_facts_end(struct wording_facts *f, struct arena *a)
{
    struct str text;

    jsonw_end_object(&f->w);
    if (buf_ok(&f->buf)) {
        text = arena_str(a, buf_str(&f->buf));
    } else {
        /* The caller looks at the arena alone, so it must not look well. */
        (void)arena_alloc(a, SIZE_MAX);
        text = STR_NONE;
    }
    buf_finish(&f->buf);
    return text;
}

void wording_item_facts(struct wording_facts *f, const struct rule_item *it)
{
    struct jsonw *w = &f->w;

    jsonw_str(w, "key", wording_short(it->key));
    jsonw_str(w, "scope", wording_short(it->scope));
    if (!it->private_) {
        jsonw_str(w, "type", wording_short(it->type));
        jsonw_str(w, "status", wording_short(it->status));
    }
    jsonw_int(w, "level", it->level);
    jsonw_bool(w, "in_progress", it->category == ITEM_IN_PROGRESS);
    jsonw_int(w, "assignees", (int64_t)it->n_assignees);
    jsonw_time(w, "created", it->created);
}

void wording_span(struct jsonw *w, const char *key, struct span s)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    span_print(&b, s);
    jsonw_str(w, key, buf_str(&b));
}

struct str wording_short(struct str s)
{
    return utf8_cut(s, SHORT);
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._/:@%+=,-", c) != NULL);
}

struct str wording_shell(struct arena *a, struct str s)
{
    size_t quotes = 0;
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n; i++) {
        /* '#' begins a comment only at the start of a word. */
        plain = plain && (is_plain(s.p[i]) || (s.p[i] == '#' && i > 0));
        quotes += s.p[i] == '\'';
    }
    if (plain) {
        return s;
    }
    size_t size = s.n + 3 * quotes + 3;
    char *mem = arena_alloc(a, size);
    struct buf b;

    if (mem == NULL) {
        return STR_NONE;
    }
    buf_init_fixed(&b, mem, size);
    buf_addc(&b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\'') {
            buf_addz(&b, "'\\''");
        } else {
            buf_addc(&b, s.p[i]);
        }
    }
    buf_addc(&b, '\'');
    return buf_str(&b);
}

struct str wording_link_command(struct arena *a, const struct rule_item *it,
                                struct str id)
{
    struct str key = wording_shell(a, it->key);
    struct str to = id.n > 0 ? wording_shell(a, id) : STR("INITIATIVE");

    return arena_printf(a, "alignctl link %.*s %.*s", STR_FMT(key), STR_FMT(to));
}

struct str wording_link_fix(struct arena *a, const struct rule_item *it, struct str id)
{
    struct str to = id.n > 0 ? id : STR("ID");

    return it->has_label_initiative
               ? arena_printf(a, "label it `initiative:%.*s`", STR_FMT(to))
               : arena_printf(a, "add a line `Initiative: %.*s` to its description",
                              STR_FMT(to));
}
