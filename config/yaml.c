#include "config/yaml.h"

#include <libfyaml.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/utf8.h"
#include "config/diag.h"
#include "config/quoted.h"

/* ---- places ---- */

static size_t line_index(const struct yaml_file *f, uint32_t offset)
{
    size_t lo = 0, hi = f->n_lines;

    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (f->lines[mid] <= offset) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

uint32_t yaml_line(struct yaml_at at)
{
    return (uint32_t)line_index(at.file, at.from) + 1;
}

void yaml_where(struct yaml_at at, uint32_t *ret_line, uint32_t *ret_col)
{
    size_t line = line_index(at.file, at.from);
    uint32_t start = at.file->lines[line];
    struct str before = {at.file->text.p + start, at.from - start};

    *ret_line = (uint32_t)line + 1;
    *ret_col = (uint32_t)utf8_count(before) + 1;
}

struct str yaml_line_text(const struct yaml_file *f, uint32_t line)
{
    if (line == 0 || line > f->n_lines) {
        return STR_NONE;
    }
    uint32_t from = f->lines[line - 1];
    uint32_t to = line < f->n_lines ? f->lines[line] : (uint32_t)f->text.n;

    while (to > from && (f->text.p[to - 1] == '\n' || f->text.p[to - 1] == '\r')) {
        to--;
    }
    return (struct str){f->text.p + from, to - from};
}

void yaml_hide(struct yaml_at at)
{
    for (uint32_t i = at.from; i < at.to; i++) {
        char *c = &at.file->bytes[i];

        if (*c != '\n' && *c != '\r') {
            *c = '*';
        }
    }
}

/* Lines end as YAML 1.2 says (5.4): LF, CR LF, or a lone CR. */
static bool is_line_end(struct str text, size_t i)
{
    return text.p[i] == '\n' ||
           (text.p[i] == '\r' && (i + 1 == text.n || text.p[i + 1] != '\n'));
}

struct yaml_file *yaml_file_create(struct arena *a, struct str name, struct str text)
{
    struct yaml_file *f = arena_alloc(a, sizeof *f);
    size_t n = 1;

    for (size_t i = 0; i < text.n; i++) {
        n += is_line_end(text, i);
    }
    uint32_t *lines = arena_array(a, n, sizeof *lines);

    if (f == NULL || lines == NULL) {
        return NULL;
    }
    f->name = arena_str(a, name);
    f->bytes = arena_strdup(a, text);
    f->text = (struct str){f->bytes, text.n};
    f->lines = lines;
    f->n_lines = n;
    n = 1;
    for (size_t i = 0; i < text.n; i++) {
        if (is_line_end(text, i)) {
            lines[n++] = (uint32_t)i + 1;
        }
    }
    return arena_failed(a) ? NULL : f;
}

/* ---- before parsing ---- */

static struct yaml_at at_byte(const struct yaml_file *f, size_t offset)
{
    return (struct yaml_at){f, (uint32_t)offset, (uint32_t)offset + 1};
}

/* YAML 1.2, 5.1: the printable characters, without the byte order mark. */
static bool is_printable(uint32_t cp)
{
    return cp == '\t' || cp == '\n' || cp == '\r' || (cp >= 0x20 && cp <= 0x7E) ||
           cp == 0x85 || (cp >= 0xA0 && cp != 0xFEFF && cp != 0xFFFE && cp != 0xFFFF);
}

static bool check_characters(const struct yaml_file *f, struct conf_diag *d)
{
    struct str rest = f->text;
    size_t bad;

    if (!utf8_valid(rest, &bad)) {
        bool utf16 = rest.n >= 2 && (memcmp(rest.p, "\xFF\xFE", 2) == 0 ||
                                     memcmp(rest.p, "\xFE\xFF", 2) == 0);

        diag_error(d, at_byte(f, bad), utf16 ? STR("save it as UTF-8") : STR_NONE,
                   utf16 ? "the file is UTF-16, not UTF-8"
                         : "byte 0x%02X is not valid UTF-8",
                   (unsigned)(unsigned char)rest.p[bad]);
        return false;
    }
    while (rest.n > 0) {
        uint32_t cp;
        size_t n = utf8_next(rest, &cp);

        if (!is_printable(cp)) {
            diag_error(d, at_byte(f, (size_t)(rest.p - f->text.p)), STR_NONE,
                       "control character U+%04X", cp);
            return false;
        }
        rest = str_skip(rest, n);
    }
    return true;
}

static bool is_blank(struct str s)
{
    return str_trim(s).n == 0;
}

static bool check_lines(const struct yaml_file *f, struct conf_diag *d)
{
    size_t blank = 0;
    bool ok = true;

    for (uint32_t line = 1; line <= f->n_lines; line++) {
        struct str s = yaml_line_text(f, line);

        blank = is_blank(s) ? blank + 1 : 0;
        if (blank > YAML_MAX_BLANK_LINES) {
            diag_error(d, at_byte(f, f->lines[line - 1]), STR_NONE,
                       "more than %d blank lines in a row", YAML_MAX_BLANK_LINES);
            return false;
        }
        if (s.n > 0 && s.p[0] == '%') {
            struct yaml_at at = at_byte(f, f->lines[line - 1]);

            at.to = at.from + (uint32_t)s.n;
            diag_error(d, at, STR_NONE,
                       "directives such as %%YAML and %%TAG are not accepted");
            return false;
        }
    }
    return ok;
}

/* Whether what stands at `i` may begin a token that the library holds back. */
static bool is_mark(struct str text, size_t i)
{
    static const char before[] = " \t\r\n[]{},:-?\"'";

    if (text.p[i] == '[' || text.p[i] == '{') {
        return true;
    }
    return (text.p[i] == '?' || text.p[i] == '&' || text.p[i] == '!') &&
           (i == 0 || memchr(before, text.p[i - 1], sizeof before - 1) != NULL);
}

static bool check_marks(const struct yaml_file *f, struct conf_diag *d)
{
    size_t marks = 0;

    for (size_t i = 0; i < f->text.n; i++) {
        if (is_mark(f->text, i) && ++marks > YAML_MAX_MARKS) {
            diag_error(d, at_byte(f, i), STR_NONE,
                       "more than %d of the marks '[', '{', '?', '&' and '!'",
                       YAML_MAX_MARKS);
            return false;
        }
    }
    return true;
}

/* ---- the tree ---- */

struct level {
    struct yaml_node *node;
    struct yaml_node *last; /* child */
    struct yaml_node *key;  /* of a mapping: waits for its value */
    bool flow;
};

struct reader {
    struct arena *a;
    const struct yaml_file *file;
    struct conf_diag *d;
    struct fy_parser *parser;
    size_t *nodes;
    struct level levels[YAML_MAX_DEPTH];
    size_t depth;
    struct yaml_node *root;
    size_t documents;
    bool wrong; /* an error was reported: the tree is of no use */
};

static struct yaml_at at_marks(const struct yaml_file *f, const struct fy_mark *from,
                               const struct fy_mark *to)
{
    size_t end = f->text.n;
    size_t x = from != NULL && from->input_pos < end ? from->input_pos : end;
    size_t y = to != NULL && to->input_pos < end ? to->input_pos : end;

    return (struct yaml_at){f, (uint32_t)x, (uint32_t)(y > x ? y : x)};
}

static struct yaml_at at_token(const struct reader *r, struct fy_token *t)
{
    return at_marks(r->file, fy_token_start_mark(t), fy_token_end_mark(t));
}

static bool wrong(struct reader *r)
{
    r->wrong = true;
    return false;
}

/* A node of nothing has no token: it stands where its key or parent stands. */
static struct yaml_at at_nothing(const struct reader *r)
{
    const struct level *l = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;

    if (l == NULL) {
        return (struct yaml_at){r->file, 0, 0};
    }
    return l->key != NULL ? l->key->at : l->last != NULL ? l->last->at : l->node->at;
}

static bool check_key(struct reader *r, const struct yaml_node *key)
{
    if (key->kind != YAML_SCALAR) {
        diag_error(r->d, key->at, STR_NONE, "a key must be a word, not %s",
                   yaml_kind_name(key));
        return wrong(r);
    }
    if (key->plain && str_eqz(key->text, "<<")) {
        diag_error(r->d, key->at, STR("write the keys out"),
                   "merge keys are not accepted");
        return wrong(r);
    }
    if (key->text.n == 0) {
        diag_error(r->d, key->at, STR_NONE, "a key is empty");
        return wrong(r);
    }
    return true;
}

/* Puts a node under the open collection, as key, value or element. */
static void place(struct reader *r, struct yaml_node *n)
{
    if (r->depth == 0) {
        r->root = n;
        return;
    }
    struct level *l = &r->levels[r->depth - 1];

    if (l->node->kind == YAML_MAP && l->key == NULL) {
        (void)check_key(r, n);
        l->key = n;
        return;
    }
    n->key = l->key;
    l->key = NULL;
    if (l->last == NULL) {
        l->node->first = n;
    } else {
        l->last->next = n;
    }
    l->last = n;
    l->node->n++;
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind,
                                  struct yaml_at at)
{
    if (*r->nodes == 0) {
        diag_error(r->d, at, STR_NONE, "more than %d values", YAML_MAX_NODES);
        (void)wrong(r);
        return NULL;
    }
    struct yaml_node *n = arena_alloc(r->a, sizeof *n);

    if (n == NULL) {
        diag_error_file(r->d, r->file->name, "out of memory");
        (void)wrong(r);
        return NULL;
    }
    --*r->nodes;
    n->kind = kind;
    n->at = at;
    return n;
}

/*
 * By the library's iterator and not by fy_token_get_text: that one sizes the
 * text by an estimate and cuts it, silently, where the estimate is short.
 */
static bool token_text(struct reader *r, struct fy_token *token, struct str *ret)
{
    struct fy_token_iter *iter = fy_token_iter_create(token);
    const struct fy_iter_chunk *chunk = NULL;
    struct buf text;
    int failed = 0;

    if (iter == NULL) {
        return false;
    }
    buf_init(&text, 4 * (size_t)YAML_MAX_BYTES);
    while ((chunk = fy_token_iter_chunk_next(iter, chunk, &failed)) != NULL) {
        buf_add(&text, (struct str){chunk->str, chunk->len});
    }
    fy_token_iter_destroy(iter);
    *ret = arena_str(r->a, buf_str(&text));
    failed = failed != 0 || !buf_ok(&text);
    buf_finish(&text);
    return !failed;
}

static bool scalar_text(struct reader *r, struct fy_token *token, struct yaml_at at,
                        struct str *ret)
{
    struct str source = {r->file->text.p + at.from, at.to - at.from};
    enum fy_scalar_style style = fy_token_scalar_style(token);

    if (style == FYSS_SINGLE_QUOTED) {
        *ret = quoted_single(r->a, source);
    } else if (style == FYSS_PLAIN && str_chr(source, '\n') < 0 &&
               str_chr(source, '\r') < 0) {
        *ret = arena_str(r->a, source);
    } else if (!token_text(r, token, ret)) {
        return false;
    }
    return !arena_failed(r->a);
}

/* The library's tokens begin after the '&', '*' or quote. */
static struct yaml_at with_mark(struct yaml_at at)
{
    at.from -= at.from > 0 ? 1 : 0;
    return at;
}

static bool is_quoted(struct fy_token *token)
{
    enum fy_scalar_style style = fy_token_scalar_style(token);

    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static bool read_scalar(struct reader *r, struct fy_token *token)
{
    const struct fy_mark *start = token != NULL ? fy_token_start_mark(token) : NULL;
    struct yaml_at at = start != NULL ? at_token(r, token) : at_nothing(r);
    struct yaml_node *n = node_new(r, YAML_SCALAR, at);

    if (n == NULL) {
        return false;
    }
    n->plain = token == NULL || fy_token_scalar_style(token) == FYSS_PLAIN;
    if (start != NULL && !scalar_text(r, token, at, &n->text)) {
        diag_error_file(r->d, r->file->name, "out of memory");
        return wrong(r);
    }
    if (start != NULL && is_quoted(token)) {
        n->at = with_mark(at);
        n->at.to += n->at.to < r->file->text.n ? 1 : 0;
    }
    place(r, n);
    return true;
}

static bool open_level(struct reader *r, enum yaml_kind kind, const struct fy_event *e)
{
    const struct fy_mark *from = fy_event_start_mark((struct fy_event *)(uintptr_t)e);
    struct yaml_at at = at_marks(r->file, from, from);

    if (r->depth == YAML_MAX_DEPTH) {
        diag_error(r->d, at, STR_NONE, "nested deeper than %d levels", YAML_MAX_DEPTH);
        return wrong(r);
    }
    struct yaml_node *n = node_new(r, kind, at);

    if (n == NULL) {
        return false;
    }
    place(r, n);

    char c = at.from < r->file->text.n ? r->file->text.p[at.from] : '\0';

    r->levels[r->depth++] = (struct level){
        .node = n,
        .flow = c == '[' || c == '{',
    };
    return true;
}

/* A key given twice, by hashing: the library compares every pair. */
static bool check_repeats(struct reader *r, const struct yaml_node *map)
{
    struct map *seen = map->n > 1 ? map_create() : NULL;
    bool ok = true;

    if (map->n <= 1) {
        return true;
    }
    for (struct yaml_node *v = map->first; v != NULL && ok; v = v->next) {
        void *old = NULL;

        if (v->key->kind != YAML_SCALAR || v->key->text.n == 0) {
            continue;
        }
        if (seen == NULL || !map_add(seen, v->key->text, v->key, &old)) {
            diag_error_file(r->d, r->file->name, "out of memory");
            ok = false;
        } else if (old != NULL) {
            const struct yaml_node *first = old;

            diag_error(r->d, v->key->at, STR_NONE,
                       "key '%.*s' is given twice, first on line %u",
                       STR_FMT(v->key->text), yaml_line(first->at));
            r->wrong = true;
        }
    }
    map_destroy(seen);
    return ok || wrong(r);
}

static bool close_level(struct reader *r)
{
    struct level *l = &r->levels[--r->depth];

    return l->node->kind != YAML_MAP || check_repeats(r, l->node);
}

/* What the files may not have although YAML does. */
static void refuse_marks(struct reader *r, struct fy_event *e)
{
    struct fy_token *anchor =
        e->type == FYET_ALIAS ? NULL : fy_event_get_anchor_token(e);
    struct fy_token *tag = fy_event_get_tag_token(e);

    if (anchor != NULL) {
        diag_error(r->d, with_mark(at_token(r, anchor)),
                   STR("write the value out where it is used"),
                   "anchors (&) are not accepted");
        r->wrong = true;
    }
    if (tag != NULL) {
        diag_error(r->d, at_token(r, tag), STR_NONE, "tags (!) are not accepted");
        r->wrong = true;
    }
}

static bool read_alias(struct reader *r, struct fy_event *e)
{
    struct yaml_at at = with_mark(at_token(r, e->alias.anchor));

    diag_error(r->d, at, STR("write the value out"), "aliases (*) are not accepted");
    r->wrong = true;

    struct yaml_node *n = node_new(r, YAML_SCALAR, at);

    if (n == NULL) {
        return false;
    }
    n->text = STR("*");
    place(r, n);
    return true;
}

static bool begin_document(struct reader *r, struct fy_event *e)
{
    const struct fy_mark *m = fy_event_start_mark(e);

    if (r->documents++ == 0) {
        return true;
    }
    diag_error(r->d, at_marks(r->file, m, m), STR("give it a file of its own"),
               "a second document in one file");
    return wrong(r);
}

/* False: stop reading. */
static bool read_event(struct reader *r, struct fy_event *e)
{
    switch (e->type) {
    case FYET_DOCUMENT_START:
        return begin_document(r, e);
    case FYET_MAPPING_START:
        refuse_marks(r, e);
        return open_level(r, YAML_MAP, e);
    case FYET_SEQUENCE_START:
        refuse_marks(r, e);
        return open_level(r, YAML_SEQ, e);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return close_level(r);
    case FYET_SCALAR:
        refuse_marks(r, e);
        return read_scalar(r, e->scalar.value);
    case FYET_ALIAS:
        return read_alias(r, e);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        return true;
    }
    return true;
}

/* ---- syntax errors ---- */

/* What usually is behind the library's words. */
static const struct {
    const char *message;
    const char *hint;
} hints[] = {
    {"invalid multiline plain key", "check the indentation of the next line"},
    {"invalid mapping in plain multiline", "put a text that contains ': ' into quotes"},
    {"invalid block mapping key on same line as previous key",
     "put a text that contains ': ' into quotes"},
    {"invalid nested block mapping on the same line",
     "put a text that contains ': ' into quotes"},
    {"could not find expected ':'", "a key is followed by ': '"},
    {"did not find expected key", "check the indentation"},
    {"invalid indentation in mapping", "check the indentation"},
    {"missing comma in flow mapping", "put a ',' before it"},
    {"missing comma in flow sequence", "put a ',' before it"},
};

/* Tabs are the most frequent cause, and the library blames what stands near. */
static bool report_tab(struct reader *r, uint32_t line)
{
    for (uint32_t at = line; at <= line + 1 && at <= r->file->n_lines; at++) {
        struct str s = yaml_line_text(r->file, at);
        size_t i = 0;

        while (i < s.n && s.p[i] == ' ') {
            i++;
        }
        if (i < s.n && s.p[i] == '\t') {
            diag_error(r->d, at_byte(r->file, r->file->lines[at - 1] + i),
                       STR("use spaces"), "a tab in the indentation");
            return true;
        }
    }
    return false;
}

/* A bracket that is never closed: the place of interest is where it opens. */
static bool report_open_bracket(struct reader *r, struct yaml_at at)
{
    const struct level *l = r->depth > 0 ? &r->levels[r->depth - 1] : NULL;

    if (l == NULL || !l->flow || str_trim(str_skip(r->file->text, at.from)).n > 0) {
        return false;
    }
    struct yaml_at open = l->node->at;

    open.to = open.from + 1;
    diag_error(r->d, open, STR_NONE, "this '%c' is never closed",
               l->node->kind == YAML_MAP ? '{' : '[');
    return true;
}

static void report_syntax(struct reader *r, const struct fy_diag_error *err)
{
    const struct fy_mark *m = err->fyt != NULL ? fy_token_start_mark(err->fyt) : NULL;
    struct yaml_at at = at_marks(r->file, m, m);
    const char *hint = NULL;

    if (m == NULL && err->line > 0 && (size_t)err->line <= r->file->n_lines) {
        at = at_byte(r->file, r->file->lines[err->line - 1]);
    }
    if (report_tab(r, yaml_line(at)) || report_open_bracket(r, at)) {
        return;
    }
    if (strstr(err->msg, "without closing quote") != NULL) {
        at = with_mark(at);
    }
    for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        if (strcmp(hints[i].message, err->msg) == 0) {
            hint = hints[i].hint;
        }
    }
    diag_error(r->d, at, str_of(hint), "not valid YAML: %s", err->msg);
}

/* The first error the library collected; everything after it follows from it. */
static void report_library(struct reader *r, struct fy_diag *fd)
{
    struct fy_diag_error *err;
    void *iter = NULL;

    r->wrong = true;
    while ((err = fy_diag_errors_iterate(fd, &iter)) != NULL) {
        if (err->type == FYET_ERROR) {
            report_syntax(r, err);
            return;
        }
    }
    diag_error_file(r->d, r->file->name, "not valid YAML, or out of memory");
}

static void read_events(struct reader *r, struct fy_diag *fd)
{
    struct fy_event *e;
    bool going = true;

    while (going && (e = fy_parser_parse(r->parser)) != NULL) {
        going = read_event(r, e);
        fy_parser_event_free(r->parser, e);
    }
    if (going && fy_parser_get_stream_error(r->parser)) {
        report_library(r, fd);
    }
}

/*
 * libfyaml 0.7.12 looks at the wrong pointer when it has no memory for an input
 * (fy_parse_input_append) and crashes. It asks for some hundred bytes: a larger
 * piece that was to be had just before leaves room for them.
 */
static bool has_memory(void)
{
    enum { ROOM = 16 * 1024 };
    char *volatile room = malloc(ROOM);
    bool ok = room != NULL;

    free(room);
    return ok;
}

static void read_tree(struct reader *r)
{
    struct fy_diag_cfg diag_cfg;

    fy_diag_cfg_default(&diag_cfg);
    diag_cfg.fp = NULL;
    diag_cfg.colorize = false;

    struct fy_diag *fd = fy_diag_create(&diag_cfg);
    struct fy_parse_cfg cfg = {
        .search_path = "",
        .flags = (enum fy_parse_cfg_flags)(FYPCF_QUIET | FYPCF_COLLECT_DIAG |
                                           FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE),
        .diag = fd,
    };

    if (fd != NULL) {
        fy_diag_set_collect_errors(fd, true);
        r->parser = fy_parser_create(&cfg);
    }
    /* Borrowed by the parser until its end. Nothing at all is not a string for it. */
    if (r->parser == NULL || !has_memory() ||
        fy_parser_set_string(r->parser, r->file->text.n > 0 ? r->file->text.p : "\n",
                             r->file->text.n > 0 ? r->file->text.n : 1) != 0) {
        diag_error_file(r->d, r->file->name, "out of memory");
        r->wrong = true;
    } else {
        read_events(r, fd);
    }
    fy_parser_destroy(r->parser);
    fy_diag_destroy(fd);
}

struct yaml_node *yaml_read(struct arena *a, struct str name, struct str text,
                            size_t *nodes, struct conf_diag *d)
{
    diag_file(d, name);
    if (text.n > YAML_MAX_BYTES) {
        diag_error_file(d, name, "larger than 1 MiB");
        return NULL;
    }
    if (str_has_prefix(text, STR("\xEF\xBB\xBF"))) {
        text = str_skip(text, 3);
    }
    struct yaml_file *file = yaml_file_create(a, name, text);

    if (file == NULL) {
        diag_error_file(d, name, "out of memory");
        return NULL;
    }
    if (!check_characters(file, d) || !check_lines(file, d) || !check_marks(file, d)) {
        return NULL;
    }
    struct reader r = {.a = a, .file = file, .d = d, .nodes = nodes};

    read_tree(&r);
    if (!r.wrong && (r.root == NULL || yaml_is_null(r.root))) {
        r.root = arena_alloc(a, sizeof *r.root);
        if (r.root == NULL) {
            diag_error_file(d, name, "out of memory");
            return NULL;
        }
        *r.root = (struct yaml_node){.kind = YAML_MAP, .at = {file, 0, 0}};
    }
    return r.wrong ? NULL : r.root;
}

/* ---- looking at nodes ---- */

bool yaml_is_null(const struct yaml_node *n)
{
    return n->kind == YAML_SCALAR && n->plain &&
           (n->text.n == 0 || str_eqz(n->text, "~") || str_eqz(n->text, "null") ||
            str_eqz(n->text, "Null") || str_eqz(n->text, "NULL"));
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    if (map->kind != YAML_MAP) {
        return NULL;
    }
    for (const struct yaml_node *v = map->first; v != NULL; v = v->next) {
        if (str_eqz(v->key->text, key)) {
            return v;
        }
    }
    return NULL;
}

const char *yaml_kind_name(const struct yaml_node *n)
{
    switch (n->kind) {
    case YAML_MAP:
        return "a mapping";
    case YAML_SEQ:
        return "a list";
    case YAML_SCALAR:
        return yaml_is_null(n) ? "nothing" : "a single value";
    }
    return "nothing";
}
