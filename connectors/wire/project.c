#include "connectors/wire/project.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__) && !defined(PROJECT_PORTABLE)
#define PROJECT_SSE2 1
#include <emmintrin.h>
#else
#define PROJECT_SSE2 0
#endif

/* ---- compiled paths: a trie ---- */

enum { MAX_MEMBERS = 64, SLOTS = 64, MAX_STEPS = 16 };

/* Names that an object is expected to have, since the last one had them. */
enum { SHAPES = 16, SHAPE_NAMES = 64, SHAPE_NAME = 32 };

enum take {
    TAKE_PARTS, /* what the members and elements below say */
    TAKE_WHOLE,
    TAKE_SPAN,
};

struct node {
    enum take take;
    int path;             /* index of the path that ends here */
    int lone_path;        /* of the one member of an array's element, else -1 */
    int shape;            /* index of what its objects look like, else -1 */
    struct str name;      /* "name": with quotes and colon, as written out */
    struct node *element; /* of an array; NULL: not wanted */
    struct node **members;
    size_t n_members, cap_members;
    uint8_t slot[SLOTS];            /* 1 + index of the first member with that hash */
    uint8_t same_slot[MAX_MEMBERS]; /* 1 + index of the next one; 0: none */
};

struct project {
    struct node root;
    size_t n_paths;
    int n_shapes;
};

/* The names of one reply hardly ever share both ends and the length. */
static inline size_t slot_of(const uint8_t *p, size_t n)
{
    return (n * 5 + (size_t)p[0] * 3 + p[n - 1]) & (SLOTS - 1);
}

static inline int find_member(const struct node *n, const uint8_t *p, size_t len)
{
    if (len == 0 || n->n_members == 0) {
        return -1;
    }
    for (unsigned i = n->slot[slot_of(p, len)]; i != 0; i = n->same_slot[i - 1]) {
        const struct node *m = n->members[i - 1];

        if (m->name.n == len + 3 && memcmp(m->name.p + 1, p, len) == 0) {
            return (int)i - 1;
        }
    }
    return -1;
}

static struct node *add_member(struct arena *a, struct node *n, struct str name,
                               struct err *e)
{
    const uint8_t *p = (const uint8_t *)name.p;
    int have = find_member(n, p, name.n);

    if (have >= 0) {
        return n->members[have];
    }
    if (n->n_members == MAX_MEMBERS) {
        err_set(e, ERR_LIMIT, "more than %d members of one object are wanted",
                MAX_MEMBERS);
        return NULL;
    }
    struct node *m = arena_alloc(a, sizeof *m);
    struct str written = arena_printf(a, "\"%.*s\":", STR_FMT(name));
    struct node **place =
        arena_grow(a, &n->members, &n->n_members, &n->cap_members, sizeof *place);

    if (m == NULL || place == NULL || arena_failed(a)) {
        err_nomem(e);
        return NULL;
    }
    size_t slot = slot_of(p, name.n);

    m->name = written;
    *place = m;
    n->same_slot[n->n_members - 1] = n->slot[slot];
    n->slot[slot] = (uint8_t)n->n_members;
    return m;
}

/* The next name of the path; empty when it is not of the form. */
static struct str cut_name(struct str *path)
{
    size_t n = 0;

    while (n < path->n && path->p[n] > ' ' && path->p[n] < 0x7f &&
           strchr(".[]@\"\\", path->p[n]) == NULL) {
        n++;
    }
    struct str name = str_first(*path, n);

    *path = str_skip(*path, n);
    return n <= PROJECT_MAX_NAME ? name : STR_NONE;
}

static struct node *add_step(struct arena *a, struct node *n, struct str *path,
                             struct err *e)
{
    if (str_has_prefix(*path, STR("[]"))) {
        *path = str_skip(*path, 2);
        if (n->element == NULL) {
            n->element = arena_alloc(a, sizeof *n->element);
        }
        if (n->element == NULL) {
            err_nomem(e);
        }
        return n->element;
    }
    struct str name = cut_name(path);

    if (name.n == 0) {
        err_set(e, ERR_USAGE, "not a path: a name or [] is missing");
        return NULL;
    }
    return add_member(a, n, name, e);
}

static bool add_path(struct arena *a, struct node *n, struct str path, int index,
                     struct err *e)
{
    enum take take = str_has_suffix(path, STR("@")) ? TAKE_SPAN : TAKE_WHOLE;

    path.n -= take == TAKE_SPAN;
    if (path.n == 0) {
        return err_set(e, ERR_USAGE, "not a path: it is empty");
    }
    for (size_t steps = 0; path.n > 0; steps++) {
        if (steps == MAX_STEPS) {
            return err_set(e, ERR_USAGE, "a path has more than %d steps", MAX_STEPS);
        }
        if (n->take != TAKE_PARTS) {
            break; /* a shorter path takes all of it already */
        }
        n = add_step(a, n, &path, e);
        if (n == NULL) {
            return false;
        }
        if (path.n > 1 && path.p[0] == '.') {
            path = str_skip(path, 1);
        } else if (path.n > 0 && path.p[0] != '[') {
            return err_set(e, ERR_USAGE, "not a path: a dot or [] is missing");
        }
    }
    if (n->take == TAKE_PARTS) {
        n->take = take;
        n->path = index;
    } else if (n->take != take) {
        return err_set(e, ERR_USAGE, "one path wants a value, another its place");
    }
    return true;
}

/* Recursion is as deep as the paths are long. */
static void find_lone_paths(struct node *n, bool is_element)
{
    const struct node *only = n->n_members == 1 ? n->members[0] : NULL;

    n->lone_path = -1;
    if (is_element && only != NULL && only->take != TAKE_PARTS && n->element == NULL) {
        n->lone_path = only->path;
    }
    if (n->element != NULL) {
        find_lone_paths(n->element, true);
    }
    for (size_t i = 0; i < n->n_members; i++) {
        find_lone_paths(n->members[i], false);
    }
}

static void number_shapes(struct node *n, int *next)
{
    n->shape = n->n_members > 0 && *next < SHAPES ? (*next)++ : -1;
    if (n->element != NULL) {
        number_shapes(n->element, next);
    }
    for (size_t i = 0; i < n->n_members; i++) {
        number_shapes(n->members[i], next);
    }
}

bool project_compile(struct arena *a, const char *const *paths, size_t n,
                     const struct project **ret, struct err *e)
{
    struct project *p = arena_alloc(a, sizeof *p);

    if (p == NULL) {
        return err_nomem(e);
    }
    for (size_t i = 0; i < n; i++) {
        if (!add_path(a, &p->root, str_of(paths[i]), (int)i, e)) {
            return err_wrap(e, "path %s", paths[i]);
        }
    }
    p->n_paths = n;
    find_lone_paths(&p->root, false);
    number_shapes(&p->root, &p->n_shapes);
    *ret = p;
    return true;
}

/* ---- the scanner ---- */

/*
 * A list's objects have the same names in the same order, nearly always. What
 * stands for a name, from its quote to the value, was checked and looked up once;
 * where the next object has the same bytes in the same place they mean the same.
 */
struct known_name {
    const uint8_t *p;
    uint8_t n;     /* 0: none, or longer than SHAPE_NAME */
    int8_t member; /* -1: not wanted */
    uint8_t below; /* 1 + index of the shape of its unwanted object; 0: none yet */
};

struct shape {
    struct known_name names[SHAPE_NAMES];
};

/*
 * Positions are passed and returned, NULL after a failure, so that they stay
 * in registers; what is seldom touched stands in the struct.
 */
struct scan {
    const uint8_t *start, *end;
    struct buf *out;           /* a document is written, or */
    struct project_rows *rows; /* rows are filled */
    struct err *e;
    size_t escapes; /* met so far: whether a name needs decoding */
    unsigned depth;
    uint8_t closer[PROJECT_MAX_DEPTH + 1]; /* what ends the container at that depth */
    int n_shapes;                          /* taken */
    struct shape shapes[SHAPES];
};

static const uint8_t *wrong(struct scan *s, const uint8_t *at, const char *what)
{
    err_set(s->e, ERR_PARSE, "JSON: %s at byte %td", what, at - s->start);
    return NULL;
}

static inline const uint8_t *blanks(const struct scan *s, const uint8_t *p)
{
    while (p < s->end && *p <= ' ' &&
           (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')) {
        p++;
    }
    return p;
}

/* Bytes of a string that need a look: controls, quote, backslash, not ASCII. */
static inline bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#if PROJECT_SSE2
/* Whether the same `n` bytes stand at both, where 32 may be read. */
static inline bool is_same_name(const uint8_t *p, const uint8_t *q, unsigned n)
{
    const __m128i *a = (const __m128i *)(const void *)p;
    const __m128i *b = (const __m128i *)(const void *)q;
    unsigned low = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_loadu_si128(b)));

    if (n <= 16) {
        return (~low & ((1U << n) - 1)) == 0;
    }
    unsigned high = (unsigned)_mm_movemask_epi8(
        _mm_cmpeq_epi8(_mm_loadu_si128(a + 1), _mm_loadu_si128(b + 1)));

    return low == 0xffff && (~high & ((1U << (n - 16)) - 1)) == 0;
}

static inline const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i back = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');

    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Signed: below ' ' are the controls and everything from 0x80 up. */
        __m128i special = _mm_or_si128(
            _mm_cmplt_epi8(v, space),
            _mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, back)));
        unsigned mask = (unsigned)_mm_movemask_epi8(special);

        if (mask != 0) {
            return p + __builtin_ctz(mask);
        }
        p += 16;
    }
    while (p < end && is_plain(*p)) {
        p++;
    }
    return p;
}
#else
static inline bool is_same_name(const uint8_t *p, const uint8_t *q, unsigned n)
{
    return memcmp(p, q, n) == 0;
}

static inline const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);

    while (end - p >= 8) {
        uint64_t v;

        memcpy(&v, p, sizeof v);
        /* A byte below n borrows; which one is found below, one by one. */
        uint64_t quote = v ^ (ones * '"');
        uint64_t back = v ^ (ones * '\\');
        uint64_t special = ((v - ones * ' ') & ~v) | ((quote - ones) & ~quote) |
                           ((back - ones) & ~back) | v;

        if ((special & (ones * 0x80)) != 0) {
            break;
        }
        p += 8;
    }
    while (p < end && is_plain(*p)) {
        p++;
    }
    return p;
}
#endif

/* A run of multi-byte characters (RFC 3629): no overlong forms, no surrogates. */
static const uint8_t *skip_utf8(struct scan *s, const uint8_t *p)
{
    while (p < s->end && *p >= 0x80) {
        size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
        uint8_t low = 0x80, high = 0xbf; /* of the second byte */

        if (*p < 0xc2 || *p > 0xf4) {
            return wrong(s, p, "invalid UTF-8");
        }
        if ((size_t)(s->end - p) < n) {
            return wrong(s, p, "a character is cut off");
        }
        low = *p == 0xe0 ? 0xa0 : *p == 0xf0 ? 0x90 : low;
        high = *p == 0xed ? 0x9f : *p == 0xf4 ? 0x8f : high;
        if (p[1] < low || p[1] > high || (n > 2 && (p[2] & 0xc0) != 0x80) ||
            (n > 3 && (p[3] & 0xc0) != 0x80)) {
            return wrong(s, p, "invalid UTF-8");
        }
        p += n;
    }
    return p;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four hex digits at `p`; -1: not four. */
static int32_t hex4(const uint8_t *p, const uint8_t *end)
{
    int32_t v = 0;

    if (end - p < 4) {
        return -1;
    }
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(p[i]);

        if (digit < 0) {
            return -1;
        }
        v = v * 16 + digit;
    }
    return v;
}

static const uint8_t *skip_unicode(struct scan *s, const uint8_t *p)
{
    int32_t unit = hex4(p + 2, s->end);

    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
        return wrong(s, p, "an invalid \\u escape");
    }
    if (unit < 0xd800 || unit > 0xdbff) {
        return p + 6;
    }
    int32_t low =
        s->end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, s->end) : -1;

    if (low < 0xdc00 || low > 0xdfff) {
        return wrong(s, p, "half a surrogate pair");
    }
    return p + 12;
}

/* `p` is at the backslash. */
static const uint8_t *skip_escape(struct scan *s, const uint8_t *p)
{
    s->escapes++;
    if (s->end - p < 2) {
        return wrong(s, p, "an escape is cut off");
    }
    switch (p[1]) {
    case 'n':
    case 'r':
    case 't':
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
        return p + 2;
    case 'u':
        return skip_unicode(s, p);
    default:
        return wrong(s, p, "an unknown escape");
    }
}

/* `p` follows the opening quote; the result, the closing one. */
static inline const uint8_t *skip_string(struct scan *s, const uint8_t *p)
{
    while (p != NULL) {
        p = skip_plain(p, s->end);
        if (p == s->end) {
            return wrong(s, p, "the end within a string");
        }
        if (*p == '"') {
            return p + 1;
        }
        if (*p == '\\') {
            p = skip_escape(s, p);
        } else if (*p >= 0x80) {
            p = skip_utf8(s, p);
        } else {
            return wrong(s, p, "a control character in a string");
        }
    }
    return NULL;
}

static inline const uint8_t *skip_digits(const struct scan *s, const uint8_t *p)
{
    while (p < s->end && *p >= '0' && *p <= '9') {
        p++;
    }
    return p;
}

static const uint8_t *skip_number(struct scan *s, const uint8_t *p)
{
    const uint8_t *from = p + (*p == '-');
    const uint8_t *q = skip_digits(s, from);

    if (q == from || (*from == '0' && q - from > 1)) {
        return wrong(s, p, "not a number");
    }
    if (q < s->end && *q == '.') {
        from = q + 1;
        q = skip_digits(s, from);
        if (q == from) {
            return wrong(s, p, "not a number");
        }
    }
    if (q < s->end && (*q | 0x20) == 'e') {
        from = q + 1;
        from += from < s->end && (*from == '+' || *from == '-');
        q = skip_digits(s, from);
        if (q == from) {
            return wrong(s, p, "not a number");
        }
    }
    return q;
}

static const uint8_t *skip_word(struct scan *s, const uint8_t *p, struct str word)
{
    if ((size_t)(s->end - p) < word.n || memcmp(p, word.p, word.n) != 0) {
        return wrong(s, p, "an unknown word");
    }
    return p + word.n;
}

/* A value that is no container. `p` < end. */
static inline const uint8_t *skip_scalar(struct scan *s, const uint8_t *p)
{
    switch (*p) {
    case '"':
        return skip_string(s, p + 1);
    case 't':
        return skip_word(s, p, STR("true"));
    case 'f':
        return skip_word(s, p, STR("false"));
    case 'n':
        return skip_word(s, p, STR("null"));
    default:
        if (*p == '-' || (*p >= '0' && *p <= '9')) {
            return skip_number(s, p);
        }
        return wrong(s, p, "no value");
    }
}

/* Enters the container that opens at `p`; the result stands at what follows. */
static inline const uint8_t *enter(struct scan *s, const uint8_t *p)
{
    if (s->depth == PROJECT_MAX_DEPTH) {
        err_set(s->e, ERR_LIMIT, "JSON: nested deeper than %d", PROJECT_MAX_DEPTH);
        return NULL;
    }
    s->closer[++s->depth] = *p == '{' ? '}' : ']';
    return blanks(s, p + 1);
}

/* A member's name and the colon; the result stands at its value. */
static inline const uint8_t *skip_name(struct scan *s, const uint8_t *p)
{
    if (p == s->end || *p != '"') {
        return wrong(s, p, "no name of a member");
    }
    p = skip_string(s, p + 1);
    if (p == NULL) {
        return NULL;
    }
    p = blanks(s, p);
    if (p == s->end || *p != ':') {
        return wrong(s, p, "no colon");
    }
    return blanks(s, p + 1);
}

/*
 * After a value within the container at s->depth: its end, or a comma and
 * then the next name or value. *ret_more tells which.
 */
static inline const uint8_t *after_value(struct scan *s, const uint8_t *p,
                                         bool *ret_more)
{
    p = blanks(s, p);
    if (p == s->end) {
        return wrong(s, p, "the end within a value");
    }
    *ret_more = *p == ',';
    if (*ret_more) {
        return blanks(s, p + 1);
    }
    if (*p != s->closer[s->depth]) {
        return wrong(s, p, "neither comma nor end");
    }
    s->depth--;
    return p + 1;
}

static inline bool is_open(uint8_t c)
{
    return c == '{' || c == '[';
}

/* Leaves all containers that end here, down to `base`, or comes to the next value. */
static inline const uint8_t *leave(struct scan *s, const uint8_t *p, unsigned base)
{
    bool more = false;

    while (p != NULL && !more && s->depth > base) {
        p = after_value(s, p, &more);
    }
    if (p != NULL && more && s->closer[s->depth] == '}') {
        return skip_name(s, p);
    }
    return p;
}

/* Any value, checked and not kept. The result follows it. */
static const uint8_t *skip_value(struct scan *s, const uint8_t *p)
{
    unsigned base = s->depth;

    do {
        if (p == s->end) {
            return wrong(s, p, "the end before a value");
        }
        if (!is_open(*p)) {
            p = skip_scalar(s, p);
            p = p == NULL ? NULL : leave(s, p, base);
            continue;
        }
        p = enter(s, p);
        if (p != NULL && p < s->end && *p == s->closer[s->depth]) {
            s->depth--;
            p = leave(s, p + 1, base);
        } else if (p != NULL && s->closer[s->depth] == '}') {
            p = skip_name(s, p);
        }
    } while (p != NULL && s->depth > base);
    return p;
}

/* ---- projecting ---- */

static const uint8_t *take_value(struct scan *s, const struct node *n,
                                 const uint8_t *p);

/* Of the document's structure; rows have none. */
static inline void put(struct scan *s, char c)
{
    if (s->out != NULL) {
        buf_addc(s->out, c);
    }
}

/* What is wanted at `n` stands from `p` to `end`. False: no room for it. */
static bool keep_cell(struct scan *s, const struct node *n, const uint8_t *p,
                      const uint8_t *end)
{
    struct project_rows *r = s->rows;
    int path = n->take == TAKE_PARTS ? n->lone_path : n->path;

    if (path < 0 || *p == 'n') {
        return true; /* nothing wants it, or it is null */
    }
    if (r->n_cells == PROJECT_MAX_CELLS) {
        return err_set(s->e, ERR_LIMIT, "JSON: more than %d values", PROJECT_MAX_CELLS);
    }
    if (r->n_cells == r->cap_cells) {
        size_t cap = r->cap_cells == 0 ? 1024 : r->cap_cells * 2;
        struct project_cell *cells = realloc(r->cells, cap * sizeof *cells);

        if (cells == NULL) {
            return err_nomem(s->e);
        }
        r->cells = cells;
        r->cap_cells = cap;
    }
    struct project_slot *slot = &r->slots[(r->n - 1) * r->n_paths + (size_t)path];
    struct str raw = {(const char *)p, (size_t)(end - p)};

    r->cells[r->n_cells++] = (struct project_cell){.raw = raw};
    if (slot->last != 0) {
        r->cells[slot->last - 1].next = (uint32_t)r->n_cells;
    } else {
        slot->first = (uint32_t)r->n_cells;
    }
    slot->last = (uint32_t)r->n_cells;
    return true;
}

static bool keep(struct scan *s, const struct node *n, const uint8_t *p,
                 const uint8_t *end)
{
    if (s->rows != NULL) {
        return keep_cell(s, n, p, end);
    }
    if (n->take == TAKE_SPAN) {
        buf_printf(s->out, "[%td,%td]", p - s->start, end - p);
    } else {
        buf_add(s->out, (struct str){(const char *)p, (size_t)(end - p)});
    }
    return true;
}

static size_t decode(struct str raw, char *out);

/* The wanted member a name between `p` and `end` (at the quotes) means; -1: none. */
static int wanted_member(const struct node *n, const uint8_t *p, const uint8_t *end,
                         bool escaped)
{
    size_t len = (size_t)(end - p);
    char name[6 * PROJECT_MAX_NAME];

    if (!escaped) {
        return find_member(n, p, len);
    }
    /* No wanted name is longer, even if each of its bytes is escaped. */
    if (len > sizeof name) {
        return -1;
    }
    len = decode((struct str){(const char *)p, len}, name);
    return find_member(n, (const uint8_t *)name, len);
}

/* The name at `p` and what it means (`n` NULL: nothing); the result follows its colon.
 */
static const uint8_t *read_name(struct scan *s, const struct node *n, const uint8_t *p,
                                int *ret_member)
{
    const uint8_t *name = p + 1;
    size_t escapes = s->escapes;

    if (p == s->end || *p != '"') {
        return wrong(s, p, "no name of a member");
    }
    p = skip_string(s, name);
    if (p == NULL) {
        return NULL;
    }
    *ret_member = n == NULL ? -1 : wanted_member(n, name, p - 1, s->escapes != escapes);
    p = blanks(s, p);
    if (p == s->end || *p != ':') {
        return wrong(s, p, "no colon");
    }
    return p + 1;
}

/* read_name, with what is known of that place of the object; `known` may be NULL. */
static inline const uint8_t *take_name(struct scan *s, const struct node *n,
                                       const uint8_t *p, struct known_name *known,
                                       int *ret_member)
{
    if (known != NULL && known->n > 0 && s->end - p >= SHAPE_NAME &&
        is_same_name(p, known->p, known->n)) {
        *ret_member = known->member;
        return p + known->n;
    }
    const uint8_t *value = read_name(s, n, p, ret_member);

    if (known != NULL && value != NULL) {
        known->p = p;
        known->n = value - p <= SHAPE_NAME ? (uint8_t)(value - p) : 0;
        known->member = (int8_t)*ret_member;
    }
    return value;
}

static inline struct known_name *known_name(struct scan *s, int shape, size_t at)
{
    return shape >= 0 && at < SHAPE_NAMES ? &s->shapes[shape].names[at] : NULL;
}

/* An object nothing is wanted of, the like of which stood in that place before. */
static const uint8_t *skip_object(struct scan *s, int shape, const uint8_t *p)
{
    bool more = true;

    p = enter(s, p);
    if (p != NULL && p < s->end && *p == '}') {
        s->depth--;
        return p + 1;
    }
    for (size_t at = 0; p != NULL && more; at++) {
        int none;

        p = take_name(s, NULL, p, known_name(s, shape, at), &none);
        if (p == NULL) {
            return NULL;
        }
        p = blanks(s, p);
        p = p < s->end && !is_open(*p) ? skip_scalar(s, p) : skip_value(s, p);
        p = p == NULL ? NULL : after_value(s, p, &more);
    }
    return p;
}

static inline const uint8_t *skip_member(struct scan *s, struct known_name *known,
                                         const uint8_t *p)
{
    if (p < s->end && !is_open(*p)) {
        return skip_scalar(s, p);
    }
    if (p == s->end || *p != '{' || known == NULL) {
        return skip_value(s, p);
    }
    if (known->below == 0 && s->n_shapes < SHAPES) {
        known->below = (uint8_t)++s->n_shapes;
    }
    return known->below > 0 ? skip_object(s, known->below - 1, p) : skip_value(s, p);
}

/* Member number `at`; `p` is at its name. */
static inline const uint8_t *take_member(struct scan *s, const struct node *n,
                                         const uint8_t *p, size_t at, uint64_t *seen)
{
    struct known_name *known = known_name(s, n->shape, at);
    const uint8_t *name = p + 1;
    int i;

    p = take_name(s, n, p, known, &i);
    if (p == NULL) {
        return NULL;
    }
    p = blanks(s, p);
    if (i < 0) {
        return skip_member(s, known, p);
    }
    uint64_t bit = UINT64_C(1) << i;

    if ((*seen & bit) != 0) {
        return wrong(s, name, "a member named twice");
    }
    if (*seen != 0) {
        put(s, ',');
    }
    *seen |= bit;
    if (s->out != NULL) {
        buf_add(s->out, n->members[i]->name);
    }
    return take_value(s, n->members[i], p);
}

static const uint8_t *take_object(struct scan *s, const struct node *n,
                                  const uint8_t *p)
{
    uint64_t seen = 0;
    bool more = true;

    put(s, '{');
    p = enter(s, p);
    if (p != NULL && p < s->end && *p == '}') {
        s->depth--;
        more = false;
        p++;
    }
    for (size_t at = 0; p != NULL && more; at++) {
        p = take_member(s, n, p, at, &seen);
        p = p == NULL ? NULL : after_value(s, p, &more);
    }
    put(s, '}');
    return p;
}

static const uint8_t *take_array(struct scan *s, const struct node *n, const uint8_t *p)
{
    bool more = true, first = true;

    put(s, '[');
    p = enter(s, p);
    if (p != NULL && p < s->end && *p == ']') {
        s->depth--;
        more = false;
        p++;
    }
    while (p != NULL && more) {
        if (n->element == NULL) {
            p = skip_value(s, p);
        } else {
            if (!first) {
                put(s, ',');
            }
            first = false;
            p = take_value(s, n->element, p);
        }
        p = p == NULL ? NULL : after_value(s, p, &more);
    }
    put(s, ']');
    return p;
}

/* Recursion is as deep as the paths are long, whatever the document. */
static const uint8_t *take_value(struct scan *s, const struct node *n, const uint8_t *p)
{
    if (p < s->end && n->take == TAKE_PARTS && *p == '{') {
        return take_object(s, n, p);
    }
    if (p < s->end && n->take == TAKE_PARTS && *p == '[') {
        return take_array(s, n, p);
    }
    const uint8_t *end = skip_value(s, p);

    return end != NULL && keep(s, n, p, end) ? end : NULL;
}

/* Blanks and nothing else may follow the document. */
static bool ends_well(struct scan *s, const uint8_t *p)
{
    if (p == NULL) {
        return false;
    }
    p = blanks(s, p);
    if (p != s->end) {
        wrong(s, p, "something after the end");
        return false;
    }
    return true;
}

/* An empty view may be NULL, which no arithmetic is defined for. */
static const uint8_t *begin_of(struct str in)
{
    return (const uint8_t *)(in.n > 0 ? in.p : "");
}

bool project_run(const struct project *p, struct str in, struct buf *out, struct err *e)
{
    const uint8_t *start = begin_of(in);
    struct scan s = {.start = start,
                     .end = start + in.n,
                     .out = out,
                     .e = e,
                     .n_shapes = p->n_shapes};

    if (in.n > PROJECT_MAX_IN) {
        return err_set(e, ERR_LIMIT, "JSON: %zu bytes, more than %zu", in.n,
                       PROJECT_MAX_IN);
    }
    const uint8_t *at = in.n == 0 ? start : blanks(&s, start);

    if (at == s.end || !is_open(*at)) {
        wrong(&s, at, "neither an object nor an array");
        return false;
    }
    return ends_well(&s, take_value(&s, &p->root, at)) && buf_check(out, e);
}

/* ---- rows ---- */

static bool add_row(struct scan *s)
{
    struct project_rows *r = s->rows;
    size_t need = (r->n + 1) * r->n_paths;

    if (r->n == PROJECT_MAX_ROWS) {
        return err_set(s->e, ERR_LIMIT, "JSON: more than %d elements",
                       PROJECT_MAX_ROWS);
    }
    if (need > r->cap_slots) {
        size_t cap = r->cap_slots == 0 ? 128 * r->n_paths : r->cap_slots * 2;
        struct project_slot *slots = realloc(r->slots, cap * sizeof *slots);

        if (slots == NULL) {
            return err_nomem(s->e);
        }
        r->slots = slots;
        r->cap_slots = cap;
    }
    memset(r->slots + r->n * r->n_paths, 0, r->n_paths * sizeof *r->slots);
    r->n++;
    return true;
}

/* The root array; `p` is at its bracket. */
static const uint8_t *take_rows(struct scan *s, const struct node *root,
                                const uint8_t *p)
{
    bool more = true;

    p = enter(s, p);
    if (p != NULL && p < s->end && *p == ']') {
        s->depth--;
        return p + 1;
    }
    while (p != NULL && more) {
        p = add_row(s) ? take_value(s, root->element, p) : NULL;
        p = p == NULL ? NULL : after_value(s, p, &more);
    }
    return p;
}

bool project_rows(const struct project *p, struct str in, struct project_rows *ret,
                  struct err *e)
{
    const uint8_t *start = begin_of(in);
    struct scan s = {.start = start,
                     .end = start + in.n,
                     .rows = ret,
                     .e = e,
                     .n_shapes = p->n_shapes};

    *ret = (struct project_rows){.n_paths = p->n_paths};
    if (in.n > PROJECT_MAX_IN) {
        return err_set(e, ERR_LIMIT, "JSON: %zu bytes, more than %zu", in.n,
                       PROJECT_MAX_IN);
    }
    const uint8_t *at = in.n == 0 ? start : blanks(&s, start);

    if (at == s.end || *at != '[' || p->root.element == NULL) {
        wrong(&s, at, "no array");
        return false;
    }
    if (!ends_well(&s, take_rows(&s, &p->root, at))) {
        project_rows_finish(ret);
        return false;
    }
    return true;
}

void project_rows_finish(struct project_rows *r)
{
    free(r->slots);
    free(r->cells);
    *r = (struct project_rows){.n_paths = r->n_paths};
}

/*
 * What jansson may refuse in a document the scanner wrote. Anything else is
 * memory: its lexer then says "invalid token", its parser nothing at all.
 */
static bool is_fault(const json_error_t *why)
{
    enum json_error_code code = json_error_code(why);

    return code == json_error_duplicate_key || code == json_error_numeric_overflow ||
           code == json_error_null_byte_in_key;
}

bool project_load(const struct project *p, struct str in, json_t **ret, struct err *e)
{
    struct buf out;
    json_error_t why;
    json_t *root;
    bool ok = false;

    buf_init(&out, PROJECT_MAX_OUT);
    if (!project_run(p, in, &out, e)) {
        goto out;
    }
    root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (root != NULL) {
        *ret = root;
        ok = true;
    } else if (is_fault(&why)) {
        err_set(e, ERR_PARSE, "JSON: %s", why.text);
    } else {
        err_nomem(e);
    }
out:
    buf_finish(&out);
    return ok;
}

/* ---- values taken by place ---- */

bool project_span(struct str in, const json_t *v, struct str *ret_raw)
{
    json_int_t from, n;

    if (json_array_size(v) != 2) {
        return false;
    }
    from = json_integer_value(json_array_get(v, 0));
    n = json_integer_value(json_array_get(v, 1));
    if (n <= 0 || from < 0 || (uint64_t)from > in.n ||
        (uint64_t)n > in.n - (size_t)from) {
        return false;
    }
    *ret_raw = str_first(str_skip(in, (size_t)from), (size_t)n);
    return true;
}

static size_t put_utf8(uint32_t cp, char *out)
{
    uint8_t b[4];
    size_t n;

    if (cp < 0x80) {
        b[0] = (uint8_t)cp;
        n = 1;
    } else if (cp < 0x800) {
        b[0] = (uint8_t)(0xc0 | cp >> 6);
        b[1] = (uint8_t)(0x80 | (cp & 0x3f));
        n = 2;
    } else if (cp < 0x10000) {
        b[0] = (uint8_t)(0xe0 | cp >> 12);
        b[1] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        b[2] = (uint8_t)(0x80 | (cp & 0x3f));
        n = 3;
    } else {
        b[0] = (uint8_t)(0xf0 | cp >> 18);
        b[1] = (uint8_t)(0x80 | (cp >> 12 & 0x3f));
        b[2] = (uint8_t)(0x80 | (cp >> 6 & 0x3f));
        b[3] = (uint8_t)(0x80 | (cp & 0x3f));
        n = 4;
    }
    memcpy(out, b, n);
    return n;
}

/* The \u escape at the start of `raw`, which was checked. Returns its length. */
static size_t decode_unicode(struct str raw, char *out, size_t *ret_n)
{
    const uint8_t *p = (const uint8_t *)raw.p;
    int32_t unit = hex4(p + 2, p + raw.n);
    bool pair = unit >= 0xd800 && unit <= 0xdbff && raw.n >= 12;

    if (pair) {
        int32_t low = hex4(p + 8, p + raw.n);

        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    *ret_n = put_utf8((uint32_t)unit, out);
    return pair ? 12 : 6;
}

/* Decodes what stands between the quotes of a checked string; never longer. */
static size_t decode(struct str raw, char *out)
{
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    size_t n = 0;

    while (raw.n > 0) {
        const char *back = memchr(raw.p, '\\', raw.n);
        size_t plain = back == NULL ? raw.n : (size_t)(back - raw.p);

        memcpy(out + n, raw.p, plain);
        n += plain;
        raw = str_skip(raw, plain);
        if (raw.n >= 6 && raw.p[1] == 'u') {
            size_t wrote;

            raw = str_skip(raw, decode_unicode(raw, out + n, &wrote));
            n += wrote;
        } else if (raw.n >= 2) {
            const char *letter = strchr(from, raw.p[1]);

            out[n++] = letter == NULL ? raw.p[1] : to[letter - from];
            raw = str_skip(raw, 2);
        } else {
            raw = STR_NONE; /* cut off: not what the scanner let through */
        }
    }
    return n;
}

bool project_text(struct arena *a, struct str raw, struct str *ret)
{
    *ret = STR_NONE;
    if (raw.n < 2 || raw.p[0] != '"') {
        return true;
    }
    char *text = arena_alloc(a, raw.n - 1);

    if (text == NULL) {
        return false;
    }
    ret->n = decode((struct str){raw.p + 1, raw.n - 2}, text);
    ret->p = text;
    text[ret->n] = '\0';
    return true;
}
