#include "core/item.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "core/textkey.h"

/* ---- marks as stored ---- */

static bool kind_of_letter(char letter, enum mark_kind *ret)
{
    switch (letter) {
#define X(e, l, doc)                                                                   \
    case l:                                                                            \
        *ret = e;                                                                      \
        return true;
        MARK_KINDS(X)
#undef X
    default:
        return false;
    }
}

static void add_one_line(struct buf *out, struct str s)
{
    if (!buf_reserve(out, s.n)) {
        return;
    }
    char *to = out->p + out->n;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        /* SQLite ends a text at NUL in most places. */
        to[i] = c == '\n' || c == '\r' || c == '\t' || c == '\0' ? ' ' : c;
    }
    buf_commit(out, s.n);
}

void item_pack_marks(struct buf *out, const struct mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_addc(out, (char)marks[i].kind);
        add_one_line(out, marks[i].name);
        buf_addc(out, '\t');
        add_one_line(out, marks[i].value);
        buf_addc(out, '\n');
    }
}

bool item_unpack_marks(struct str packed, struct arena *a, struct mark **ret_marks,
                       size_t *ret_n)
{
    struct str rest = packed;
    struct str line;
    size_t lines = 0;
    size_t n = 0;

    while (str_split(&rest, '\n', &line)) {
        lines++;
    }
    struct mark *marks = arena_array(a, lines, sizeof *marks);

    if (marks == NULL) {
        return false;
    }
    rest = packed;
    while (str_split(&rest, '\n', &line)) {
        ptrdiff_t tab = str_chr(line, '\t');

        /* A later version's kinds are not ours to judge. */
        if (tab < 1 || !kind_of_letter(line.p[0], &marks[n].kind)) {
            continue;
        }
        marks[n].name = (struct str){line.p + 1, (size_t)tab - 1};
        marks[n].value = str_skip(line, (size_t)tab + 1);
        n++;
    }
    *ret_marks = marks;
    *ret_n = n;
    return true;
}

bool item_says_exempt(const struct mark *marks, size_t n, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        if (marks[i].kind == MARK_EXEMPT ||
            (marks[i].kind == MARK_LABEL &&
             text_key_eq(a, marks[i].value, STR("strategy:none")))) {
            return true;
        }
    }
    return false;
}

/* ---- hash ---- */

/* Stored, so the same on every machine. */
static uint64_t little_endian(uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* hash64 tells lengths apart, so parts need nothing between them. */
static uint64_t hash_str(uint64_t h, struct str s)
{
    return hash64(s.n > 0 ? s.p : "", s.n, h);
}

/* Nothing where it waits for none: what most rows have stored stays true. */
static uint64_t hash_blockers(uint64_t h, const struct item *it)
{
    uint64_t numbers[] = {little_endian((uint64_t)it->n_blockers),
                          little_endian((uint64_t)it->blocked_by)};

    if (it->n_blockers == 0 && it->blocked_by == 0) {
        return h;
    }
    h = hash64(numbers, sizeof numbers, h);
    for (size_t i = 0; i < it->n_blockers; i++) {
        h = hash_str(h, it->blockers[i]);
    }
    return h;
}

uint64_t item_hash(const struct item *it)
{
    const struct str texts[] = {
        it->vid,         it->key,        it->scope,      it->title,
        it->url,         it->type,       it->status,     it->author,
        it->author_name, it->parent_vid, it->parent_key, it->excerpt,
    };
    uint64_t numbers[] = {
        (uint64_t)it->level,      (uint64_t)it->category,    (uint64_t)it->outcome,
        (uint64_t)it->outsider,   (uint64_t)it->children,    (uint64_t)it->created.ms,
        (uint64_t)it->updated.ms, (uint64_t)it->closed.ms,   (uint64_t)it->restricted,
        (uint64_t)it->n_marks,    (uint64_t)it->n_assignees,
    };
    uint64_t h = 0;

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        h = hash_str(h, texts[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        numbers[i] = little_endian(numbers[i]);
    }
    h = hash64(numbers, sizeof numbers, h);
    for (size_t i = 0; i < it->n_assignees; i++) {
        h = hash_str(h, it->assignees[i]);
    }
    for (size_t i = 0; i < it->n_marks; i++) {
        h = hash_str(h ^ (uint64_t)it->marks[i].kind, it->marks[i].name);
        h = hash_str(h, it->marks[i].value);
    }
    return hash_blockers(h, it);
}

/* ---- references in a body ---- */

enum { MAX_ID = 64 };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_id_byte(char c, bool first)
{
    bool alnum =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

    return alnum || (!first && (c == '.' || c == '_' || c == '-'));
}

static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_id_byte(s.p[i], i == 0)) {
            return false;
        }
    }
    return s.n > 0 && s.n <= MAX_ID;
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static struct str skip_any(struct str s, const char *set)
{
    while (s.n > 0 && is_one_of(s.p[0], set)) {
        s = str_skip(s, 1);
    }
    return s;
}

static struct str trim_end_any(struct str s, const char *set)
{
    while (s.n > 0 && is_one_of(s.p[s.n - 1], set)) {
        s.n--;
    }
    return s;
}

/* "- ", "* ", "3. ", "3) ", then "[x] ": CommonMark 5.2, and GitHub's task lists. */
static struct str skip_bullet(struct str s)
{
    struct str rest = s;
    size_t digits = 0;

    while (digits < rest.n && rest.p[digits] >= '0' && rest.p[digits] <= '9') {
        digits++;
    }
    if (digits == 0 && rest.n > 1 && is_one_of(rest.p[0], "-*+")) {
        rest = str_skip(rest, 1);
    } else if (digits > 0 && rest.n > digits + 1 &&
               (rest.p[digits] == '.' || rest.p[digits] == ')')) {
        rest = str_skip(rest, digits + 1);
    } else {
        return s;
    }
    if (!is_blank(rest.p[0])) {
        return s;
    }
    rest = skip_any(rest, " \t");
    if (rest.n > 3 && rest.p[0] == '[' && rest.p[2] == ']' && is_blank(rest.p[3])) {
        rest = skip_any(str_skip(rest, 3), " \t");
    }
    return rest;
}

/*
 * A fence opens with three or more ` or ~ and closes with at least as many of
 * the same and nothing behind (CommonMark 4.5).
 */
struct block {
    char fence; /* 0: outside */
    size_t length;
    bool comment; /* inside <!-- --> */
};

static size_t run_of(struct str s, char c)
{
    size_t n = 0;

    while (n < s.n && s.p[n] == c) {
        n++;
    }
    return n;
}

/* Whether the line (trimmed) is part of a block whose text is not said by anyone. */
static bool block_takes(struct block *b, struct str line)
{
    if (b->fence != 0) {
        size_t n = run_of(line, b->fence);

        if (n >= b->length && n == line.n) {
            b->fence = 0;
        }
        return true;
    }
    if (b->comment || str_has_prefix(line, STR("<!--"))) {
        b->comment = str_find(line, STR("-->")) < 0;
        return true;
    }
    for (const char *c = "`~"; *c != '\0'; c++) {
        size_t n = run_of(line, *c);

        if (n >= 3 && (*c == '~' || str_chr(str_skip(line, n), '`') < 0)) {
            b->fence = *c;
            b->length = n;
            return true;
        }
    }
    return str_has_prefix(line, STR(">"));
}

/* `**Initiative**: x`, `_Strategy:_ x`: the value behind, or false. */
static bool read_label(struct str line, const char *word, struct str *ret_value)
{
    struct str name = str_of(word);
    struct str s = skip_any(skip_bullet(line), "*_");
    bool underscore = s.p > line.p && s.p[-1] == '_';

    if (s.n < name.n || !str_eq_nocase(str_first(s, name.n), name)) {
        return false;
    }
    s = skip_any(str_skip(s, name.n), "*_ \t");
    if (s.n == 0 || s.p[0] != ':') {
        return false;
    }
    s = skip_any(str_skip(s, 1), "* \t");
    if (underscore) {
        s = trim_end_any(skip_any(s, "_ \t"), "_* \t");
    }
    *ret_value = trim_end_any(s, "* \t");
    return true;
}

/* What a token is once quotes and emphasis around it are gone. */
static struct str bare(struct str s)
{
    static const char around[] = "`*\"' \t";

    s = trim_end_any(skip_any(s, around), around);
    /* An underscore may belong to an id, a pair of them does not. */
    while (s.n > 1 && s.p[0] == '_' && s.p[s.n - 1] == '_') {
        s = (struct str){s.p + 1, s.n - 2};
    }
    return s;
}

/* "none", "none - REASON" with a hyphen, en dash or em dash. */
static bool read_none(struct str value, struct str *ret_reason)
{
    static const char *const dashes[] = {"-", "\xe2\x80\x93", "\xe2\x80\x94"};
    struct str none = STR("none");

    if (str_eq_nocase(bare(value), none)) {
        *ret_reason = STR_NONE;
        return true;
    }
    value = skip_any(value, "`*_");
    if (value.n < none.n || !str_eq_nocase(str_first(value, none.n), none)) {
        return false;
    }
    value = skip_any(str_skip(value, none.n), "`*_ \t");
    for (size_t i = 0; i < ARRAY_LEN(dashes); i++) {
        struct str dash = str_of(dashes[i]);

        if (str_has_prefix(value, dash)) {
            *ret_reason = str_trim(str_skip(value, dash.n));
            return true;
        }
    }
    return false;
}

/* All parts are ids, or the line is prose and names nothing. */
static size_t read_ids(struct str value, struct mark *marks, size_t room)
{
    struct str rest = value;
    struct str part;
    size_t n = 0;

    while (str_split(&rest, ',', &part)) {
        struct str id = bare(part);

        /* A full stop ends the sentence; no id needs to end with one. */
        if (id.n > 1 && id.p[id.n - 1] == '.') {
            id = bare(str_first(id, id.n - 1));
        }
        if (!is_id(id) || str_eq_nocase(id, STR("none"))) {
            return 0;
        }
        if (n < room) {
            marks[n++] = (struct mark){.kind = MARK_REFERENCE, .value = id};
        }
    }
    return n;
}

size_t item_read_references(struct str body, struct mark *marks)
{
    struct block block = {0};
    struct str line;
    size_t n = 0;

    while (n < ITEM_MAX_REFERENCES && str_split(&body, '\n', &line)) {
        struct str value;
        struct str reason;

        line = str_trim(line);
        if (block_takes(&block, line)) {
            continue;
        }
        if (read_label(line, "strategy", &value)) {
            if (read_none(value, &reason)) {
                marks[n++] = (struct mark){.kind = MARK_EXEMPT,
                                           .value = utf8_cut(reason, ITEM_MAX_VALUE)};
                continue;
            }
        } else if (!read_label(line, "initiative", &value)) {
            continue;
        }
        n += read_ids(value, marks + n, ITEM_MAX_REFERENCES - n);
    }
    return n;
}
