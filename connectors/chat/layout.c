#include "connectors/chat/layout.h"

#include <string.h>

#include "base/utf8.h"
#include "connectors/chat/words.h"

enum {
    LABEL = 120,
    TEXT = 2000,        /* characters of a sentence that is the message itself */
    SCRATCH = 64 << 10, /* bytes of one text before it is judged too long */
};

struct builder {
    struct arena *a;
    const struct markup *m;
    const struct layout_limits *most;
    struct layout out;
    bool full;    /* nothing more fits */
    bool missing; /* something was left out */
};

/* ---- text ---- */

static void add_safe(struct buf *out, void (*put)(struct buf *out, struct str safe),
                     struct str s, size_t max_cp)
{
    struct buf safe;

    buf_init(&safe, max_cp * 4 + 16);
    utf8_print_safe(&safe, s, max_cp);
    if (buf_ok(&safe))
        put(out, buf_str(&safe));
    else
        buf_fail(out);
    buf_finish(&safe);
}

void layout_text(struct buf *out, const struct markup *m, struct str s, size_t max_cp)
{
    add_safe(out, m->escape, s, max_cp);
}

void layout_url(struct buf *out, struct str url, const char *also)
{
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];

        if (c <= ' ' || c >= 0x7f || strchr(also, c) != NULL)
            buf_printf(out, "%%%02X", c);
        else
            buf_addc(out, (char)c);
    }
}

void layout_subject(struct buf *out, const struct notice *n, bool resent, size_t max)
{
    struct buf all;

    buf_init(&all, 1024);
    words_subject(&all, n);
    if (resent)
        buf_addz(&all, " (resent)");
    utf8_print_safe(out, buf_str(&all), max - 1);
    buf_finish(&all);
}

void layout_plain(struct buf *out, const struct markup *m, const struct notice *n,
                  bool resent, size_t max)
{
    struct buf text;
    struct str rest, line;

    buf_init(&text, (size_t)1 << 18);
    words_plain(&text, n, resent, max);
    if (!buf_ok(&text))
        buf_fail(out);
    rest = str_trim(buf_str(&text));
    for (bool first = true; str_split(&rest, '\n', &line); first = false) {
        buf_addz(out, first ? "" : m->line);
        m->escape(out, line);
    }
    buf_finish(&text);
}

size_t layout_join(struct buf *out, const struct markup *m, const struct layout *l,
                   size_t i)
{
    buf_add(out, l->v[i++].text);
    for (; i < l->n && l->v[i].kind == PART_ABOUT; i++) {
        buf_addz(out, m->line);
        buf_add(out, l->v[i].text);
    }
    return i;
}

static void add_link(struct buf *out, const struct builder *b, struct str url,
                     struct str label)
{
    bool plain = str_has_prefix(url, STR("https://")) ||
                 str_has_prefix(url, STR("http://"));
    struct buf safe;

    buf_init(&safe, LABEL * 4 + 16);
    utf8_print_safe(&safe, label, LABEL);
    if (plain && url.n <= b->most->url && safe.n > 0)
        b->m->link(out, url, buf_str(&safe));
    else
        b->m->escape(out, buf_str(&safe));
    buf_finish(&safe);
}

/* ---- parts ---- */

/* One part and some bytes stay free for the line that something is missing. */
static bool has_room(struct builder *b, size_t bytes)
{
    if (b->out.n + 1 >= b->most->parts ||
        b->out.total + bytes + LAYOUT_NOTE > b->most->total)
        b->full = b->missing = true;
    return !b->full;
}

static void put_part(struct builder *b, enum part_kind kind, struct str text, bool high)
{
    struct layout_part *p =
        arena_grow(b->a, &b->out.v, &b->out.n, &b->out.cap, sizeof *p);

    if (p == NULL)
        return;
    *p = (struct layout_part){kind, arena_str(b->a, text), high};
    b->out.total += text.n;
}

static void add_part(struct builder *b, enum part_kind kind, const struct buf *text,
                     bool high)
{
    if (!buf_ok(text) || text->n > b->most->part)
        b->missing = true;
    else if (text->n > 0 && has_room(b, text->n))
        put_part(b, kind, buf_str(text), high);
}

/* ---- findings ---- */

static void entry_why(struct buf *out, const struct builder *b,
                      const struct notice_entry *e)
{
    const struct markup *m = b->m;

    if (e->objective.n > 0) {
        buf_printf(out, "%s%s%sserves%s ", m->line, m->indent, m->italic[0],
                   m->italic[1]);
        layout_text(out, m, e->objective, 120);
        if (e->why.n > 0) {
            buf_addz(out, ": ");
            layout_text(out, m, e->why, 200);
        }
    }
    if (e->fix.n > 0) {
        buf_printf(out, "%s%s%sfix%s ", m->line, m->indent, m->italic[0], m->italic[1]);
        layout_text(out, m, e->fix, 240);
    }
    if (e->command.n > 0) {
        buf_printf(out, "%s%s%s%s%s ", m->line, m->indent, m->italic[0],
                   e->fix.n > 0 ? "or" : "fix", m->italic[1]);
        add_safe(out, m->code, e->command, 240);
    }
}

static void entry_text(struct buf *out, const struct builder *b,
                       const struct notice_entry *e)
{
    struct buf rest;

    buf_addz(out, "\xe2\x80\xa2 "); /* bullet */
    if (str_eqz(e->severity, "high"))
        buf_addz(out, b->m->high);
    add_link(out, b, e->url, e->key);
    buf_init(&rest, 8192);
    words_entry(&rest, e);
    b->m->escape(out, buf_str(&rest));
    buf_finish(&rest);
    entry_why(out, b, e);
    buf_addz(out, b->m->line);
}

/* Entries fill parts up to the limit; one that is longer alone is left out. */
static void add_entries(struct builder *b, const struct notice_section *s)
{
    struct buf text, one;
    bool high = false;

    buf_init(&text, SCRATCH);
    buf_init(&one, SCRATCH);
    buf_addz(&text, b->m->bold[0]);
    layout_text(&text, b->m, s->headline, 300);
    buf_printf(&text, "%s%s", b->m->bold[1], b->m->line);
    for (size_t i = 0; i < s->n_entries; i++) {
        buf_clear(&one);
        entry_text(&one, b, &s->entries[i]);
        if (!buf_ok(&one) || one.n > b->most->part) {
            b->missing = true;
            continue;
        }
        if (text.n + one.n > b->most->part) {
            add_part(b, PART_FINDINGS, &text, high);
            buf_clear(&text);
            high = false;
        }
        buf_add(&text, buf_str(&one));
        high = high || str_eqz(s->entries[i].severity, "high");
    }
    add_part(b, PART_FINDINGS, &text, high);
    buf_finish(&text);
    buf_finish(&one);
}

static void add_section(struct builder *b, const struct notice_section *s)
{
    struct buf t;

    add_entries(b, s);
    buf_init(&t, SCRATCH);
    if (s->total > (int64_t)s->n_entries) {
        buf_printf(&t, "%lld more: ", (long long)(s->total - (int64_t)s->n_entries));
        add_safe(&t, b->m->code, s->more, 200);
        buf_addz(&t, "  ");
    }
    layout_text(&t, b->m, s->why, 300);
    buf_addz(&t, "  (rule ");
    add_safe(&t, b->m->code, s->rule, 64);
    buf_addc(&t, ')');
    add_part(b, PART_ABOUT, &t, false);
    buf_finish(&t);
}

/* ---- whom it is for ---- */

void layout_people(struct buf *out, const struct markup *m, const struct notice *n)
{
    const struct mention *who[WORDS_PEOPLE];
    size_t more, count = notice_people(n, who, WORDS_PEOPLE, &more);

    for (size_t i = 0; i < count; i++) {
        buf_addz(out, i == 0 ? "For " : ", ");
        if (m->mention == NULL || !m->mention(out, who[i]))
            layout_text(out, m, who[i]->name, WORDS_NAME);
    }
    if (more > 0)
        buf_printf(out, " and %zu more", more);
}

static void add_people(struct builder *b, const struct notice *n)
{
    struct buf t;

    buf_init(&t, SCRATCH);
    if (!b->m->people_apart)
        layout_people(&t, b->m, n);
    add_part(b, PART_PEOPLE, &t, false);
    buf_finish(&t);
}

/* ---- digests ---- */

/* Lines up to the part's limit, less what is to follow them. */
static void add_lines(struct buf *out, struct builder *b, const struct notice_block *v)
{
    enum { BLOCK_LINE = 700, FIXED_LINE = 180, CLOSING = 16 };
    const struct markup *m = b->m;
    struct str rest = v->text, line;
    struct buf safe, one;

    buf_init(&safe, BLOCK_LINE * 4 + 16);
    buf_init(&one, SCRATCH);
    while (str_split(&rest, '\n', &line)) {
        buf_clear(&safe);
        buf_clear(&one);
        if (v->fixed)
            utf8_print_fixed(&safe, line, FIXED_LINE);
        else
            utf8_print_safe(&safe, line, BLOCK_LINE);
        (v->fixed ? m->fixed : m->escape)(&one, buf_str(&safe));
        buf_addz(&one, v->fixed ? m->fixed_line : m->line);
        if (buf_ok(&safe) && buf_ok(&one) && out->n + one.n + CLOSING <= b->most->part)
            buf_add(out, buf_str(&one));
        else
            b->missing = true; /* a shorter one may still have room */
    }
    buf_finish(&safe);
    buf_finish(&one);
}

static void add_fixed(struct buf *out, struct builder *b, const struct notice_block *v)
{
    buf_addz(out, b->m->fence[0]);
    add_lines(out, b, v);
    buf_addz(out, b->m->fence[1]);
}

static void add_block(struct builder *b, const struct notice_block *v)
{
    const struct markup *m = b->m;
    struct buf t;

    buf_init(&t, SCRATCH);
    layout_text(&t, m, v->title, 120);
    if (t.n > 0) {
        buf_clear(&t);
        buf_addz(&t, m->bold[0]);
        layout_text(&t, m, v->title, 120);
        buf_printf(&t, "%s%s", m->bold[1], m->line);
    }
    if (v->fixed && m->fixed_apart) {
        add_part(b, PART_BLOCK, &t, false);
        buf_clear(&t);
    }
    if (v->fixed && v->text.n > 0)
        add_fixed(&t, b, v);
    else if (!v->fixed)
        add_lines(&t, b, v);
    add_part(b, v->fixed && m->fixed_apart ? PART_FIXED : PART_BLOCK, &t, false);
    buf_finish(&t);
}

/* ---- what is over ---- */

static void add_resolved(struct builder *b, const struct notice *n)
{
    const struct markup *m = b->m;
    bool mended = words_all_mended(n);
    size_t i;
    struct buf t, one;

    if (n->total_resolved == 0)
        return;
    buf_init(&t, SCRATCH);
    buf_init(&one, SCRATCH);
    buf_printf(&t, "%s%s%s%s (%lld): ", mended ? m->mended : m->over, m->bold[0],
               mended ? "Resolved" : "Over", m->bold[1], (long long)n->total_resolved);
    for (i = 0; i < n->n_resolved; i++) {
        const struct notice_entry *e = &n->resolved[i];

        buf_clear(&one);
        buf_addz(&one, i ? ", " : "");
        add_link(&one, b, e->url.n <= 300 ? e->url : STR_NONE, e->key);
        if (e->ended_by.n > 0) {
            buf_addz(&one, " (");
            layout_text(&one, m, e->ended_by, 120);
            buf_addc(&one, ')');
        }
        if (!buf_ok(&one) || t.n + one.n + 40 > b->most->part)
            break;
        buf_add(&t, buf_str(&one));
    }
    if (n->total_resolved > (int64_t)i)
        buf_printf(&t, " and %lld more", (long long)(n->total_resolved - (int64_t)i));
    add_part(b, PART_RESOLVED, &t, false);
    buf_finish(&t);
    buf_finish(&one);
}

static void add_text(struct builder *b, struct str text)
{
    struct buf t;

    buf_init(&t, SCRATCH);
    for (size_t max = TEXT; t.n == 0 || t.n > b->most->part; max /= 2) {
        buf_clear(&t);
        layout_text(&t, b->m, text, max);
        if (max == 0 || t.n == 0)
            break;
    }
    add_part(b, PART_TEXT, &t, false);
    buf_finish(&t);
}

static void add_missing(struct builder *b)
{
    struct buf t;

    buf_init(&t, LAYOUT_NOTE);
    buf_addz(&t, "More than one message holds: ");
    b->m->code(&t, STR("alignctl drift"));
    buf_addz(&t, " lists it all.");
    put_part(b, PART_MISSING, buf_str(&t), false);
    buf_finish(&t);
}

bool layout_build(struct arena *a, const struct markup *m,
                  const struct layout_limits *most, const struct notice *n,
                  struct layout *ret, struct err *e)
{
    struct builder b = {.a = a, .m = m, .most = most};

    add_text(&b, n->text);
    for (size_t i = 0; i < n->n_sections && !b.full; i++)
        add_section(&b, &n->sections[i]);
    add_people(&b, n);
    for (size_t i = 0; i < n->n_blocks && !b.full; i++)
        add_block(&b, &n->blocks[i]);
    add_resolved(&b, n);
    if (b.missing)
        add_missing(&b);
    if (arena_failed(a))
        return err_nomem(e);
    *ret = b.out;
    return true;
}
