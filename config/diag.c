#include "config/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "config/redact.h"

enum {
    SHOWN_COLUMNS = 160,       /* of a source line */
    SHOWN_BEFORE = 100,        /* of it before the caret */
    ENTRY_CEILING = 16 * 1024, /* bytes of one rendered entry */
    FILES_MAX = 512,
};

struct entry {
    size_t file; /* in the order they were first mentioned */
    uint32_t line, col;
    size_t seq;
    bool error;
    struct buf text; /* owned */
};

struct conf_diag {
    struct entry *entries; /* owned */
    size_t n, cap;
    size_t kept_errors, kept_warnings;
    size_t errors, warnings;
    char *files[FILES_MAX]; /* owned names */
    size_t n_files;
    bool failed; /* memory was out: an entry is missing */
};

struct conf_diag *conf_diag_create(void)
{
    return calloc(1, sizeof(struct conf_diag));
}

void conf_diag_destroy(struct conf_diag *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < d->n; i++) {
        buf_finish(&d->entries[i].text);
    }
    for (size_t i = 0; i < d->n_files; i++) {
        free(d->files[i]);
    }
    free(d->entries);
    free(d);
}

size_t conf_diag_errors(const struct conf_diag *d)
{
    return d->errors;
}

size_t conf_diag_warnings(const struct conf_diag *d)
{
    return d->warnings;
}

bool diag_is_full(const struct conf_diag *d)
{
    return d->kept_errors >= DIAG_KEPT;
}

/* The number of a file; the last one for all that do not fit. */
static size_t file_number(struct conf_diag *d, struct str name)
{
    for (size_t i = 0; i < d->n_files; i++) {
        if (str_eqz(name, d->files[i])) {
            return i;
        }
    }
    if (d->n_files == FILES_MAX) {
        return FILES_MAX;
    }
    d->files[d->n_files] = strndup(name.n > 0 ? name.p : "", name.n);
    if (d->files[d->n_files] == NULL) {
        d->failed = true;
        return FILES_MAX;
    }
    return d->n_files++;
}

void diag_file(struct conf_diag *d, struct str name)
{
    (void)file_number(d, name);
}

static struct entry *entry_add(struct conf_diag *d, bool error)
{
    size_t *total = error ? &d->errors : &d->warnings;
    size_t *kept = error ? &d->kept_errors : &d->kept_warnings;

    ++*total;
    if (*kept == (error ? DIAG_KEPT : DIAG_SHOWN)) {
        return NULL;
    }
    if (d->n == d->cap) {
        size_t cap = d->cap == 0 ? 16 : d->cap * 2;
        struct entry *grown = realloc(d->entries, cap * sizeof *grown);

        if (grown == NULL) {
            d->failed = true;
            return NULL;
        }
        d->entries = grown;
        d->cap = cap;
    }
    struct entry *e = &d->entries[d->n];

    *e = (struct entry){.seq = d->n, .error = error};
    buf_init(&e->text, ENTRY_CEILING);
    d->n++;
    ++*kept;
    return e;
}

/* One code point for the terminal; its columns. What could move the cursor is a '?'. */
static size_t add_visible(struct buf *b, struct str c, bool hidden)
{
    uint32_t cp;

    (void)utf8_next(c, &cp);
    if (hidden || cp == '\t' || cp == 0xFFFD || utf8_hostile(cp)) {
        buf_addc(b, hidden ? '*' : cp == '\t' ? ' ' : '?');
        return 1;
    }
    buf_add(b, c);
    return utf8_width(c);
}

/* Messages are ours with the file's words in them: escaped as a whole. */
PRINTF(2, 0)
static void add_message(struct buf *b, const char *fmt, va_list ap)
{
    struct buf raw;

    buf_init(&raw, ENTRY_CEILING);
    buf_vprintf(&raw, fmt, ap);
    utf8_print_safe(b, buf_str(&raw), 600);
    b->failed = b->failed || raw.failed;
    buf_finish(&raw);
}

static bool is_redacted(const struct redact *r, size_t n, size_t at)
{
    for (size_t i = 0; i < n; i++) {
        if (at >= r[i].from && at < r[i].to) {
            return true;
        }
    }
    return false;
}

/* Where the shown part of a line begins: on a code point, not too far before the caret.
 */
static size_t shown_from(struct str line, size_t caret)
{
    size_t skip = caret > SHOWN_BEFORE ? caret - SHOWN_BEFORE : 0;

    while (skip < line.n && ((unsigned char)line.p[skip] & 0xC0) == 0x80) {
        skip++;
    }
    return skip;
}

/*
 * The part of the line that is shown, and beneath it the caret. Columns are
 * the terminal's: a wide character takes two, so the caret still stands below.
 */
static void add_line(struct buf *b, struct buf *under, struct str line, size_t caret,
                     size_t caret_end)
{
    struct redact secrets[REDACT_MAX];
    size_t n_secrets = redact_find(line, secrets), shown = 0;
    size_t at = shown_from(line, caret);

    if (at > 0) {
        buf_addz(b, "...");
        buf_addz(under, "   ");
    }
    for (; at < line.n && shown < SHOWN_COLUMNS; shown++) {
        uint32_t cp;
        size_t n = utf8_next(str_skip(line, at), &cp);
        size_t columns = add_visible(b, str_first(str_skip(line, at), n),
                                     is_redacted(secrets, n_secrets, at));
        char mark = at < caret ? ' ' : at == caret ? '^' : '~';

        for (size_t i = 0; i < columns && at < caret_end; i++) {
            buf_addc(under, i == 0 || mark == ' ' ? mark : '~');
        }
        at += n;
    }
    if (at < line.n) {
        buf_addz(b, "...");
    } else if (at <= caret) {
        buf_addc(under, '^');
    }
}

static void add_source(struct buf *b, struct yaml_at at, uint32_t line, struct str hint)
{
    struct str text = yaml_line_text(at.file, line);
    size_t caret = (size_t)(at.file->text.p + at.from - text.p);
    size_t end = caret + (at.to > at.from ? at.to - at.from : 1);
    struct buf under;

    buf_init(&under, ENTRY_CEILING);
    buf_printf(b, "%5u | ", line);
    add_line(b, &under, text, caret, end);
    buf_addz(b, "\n      | ");
    buf_add(b, buf_str(&under));
    if (hint.n > 0) {
        buf_addc(b, ' ');
        utf8_print_safe(b, hint, 300);
    }
    buf_addc(b, '\n');
    b->failed = b->failed || under.failed;
    buf_finish(&under);
}

PRINTF(5, 0)
static void entry_render(struct conf_diag *d, struct entry *e, struct yaml_at at,
                         struct str hint, const char *fmt, va_list ap)
{
    utf8_print_safe(&e->text, at.file->name, 300);
    e->file = file_number(d, at.file->name);
    yaml_where(at, &e->line, &e->col);
    buf_printf(&e->text, ":%u:%u: %s: ", e->line, e->col,
               e->error ? "error" : "warning");
    add_message(&e->text, fmt, ap);
    buf_addc(&e->text, '\n');
    add_source(&e->text, at, e->line, hint);
    d->failed = d->failed || !buf_ok(&e->text);
}

void diag_error(struct conf_diag *d, struct yaml_at at, struct str hint,
                const char *fmt, ...)
{
    struct entry *e = entry_add(d, true);
    va_list ap;

    if (e == NULL) {
        return;
    }
    va_start(ap, fmt);
    entry_render(d, e, at, hint, fmt, ap);
    va_end(ap);
}

void diag_warn(struct conf_diag *d, struct yaml_at at, struct str hint, const char *fmt,
               ...)
{
    struct entry *e = entry_add(d, false);
    va_list ap;

    if (e == NULL) {
        return;
    }
    va_start(ap, fmt);
    entry_render(d, e, at, hint, fmt, ap);
    va_end(ap);
}

void diag_error_file(struct conf_diag *d, struct str file, const char *fmt, ...)
{
    struct entry *e = entry_add(d, true);
    va_list ap;

    if (e == NULL) {
        return;
    }
    e->file = file_number(d, file);
    if (file.n > 0) {
        utf8_print_safe(&e->text, file, 300);
        buf_addz(&e->text, ": ");
    }
    buf_addz(&e->text, "error: ");
    va_start(ap, fmt);
    add_message(&e->text, fmt, ap);
    va_end(ap);
    buf_addc(&e->text, '\n');
    d->failed = d->failed || !buf_ok(&e->text);
}

void conf_diag_fail(struct conf_diag *d, const char *message)
{
    diag_error_file(d, STR_NONE, "%s", message);
}

static int entry_cmp(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;

    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    if (a->line != b->line) {
        return a->line < b->line ? -1 : 1;
    }
    if (a->col != b->col) {
        return a->col < b->col ? -1 : 1;
    }
    return a->seq < b->seq ? -1 : a->seq > b->seq ? 1 : 0;
}

/* Errors come before warnings where not all can be shown. */
static void entries_print(const struct conf_diag *d, const struct entry *entries,
                          struct buf *out)
{
    size_t errors = 0, warnings = 0;

    for (size_t i = 0; i < d->n; i++) {
        size_t *printed = entries[i].error ? &errors : &warnings;
        size_t room = entries[i].error         ? DIAG_SHOWN
                      : d->errors < DIAG_SHOWN ? DIAG_SHOWN - d->errors
                                               : 0;

        if (*printed < room) {
            buf_add(out, buf_str(&entries[i].text));
            ++*printed;
        }
    }
    if (d->errors + d->warnings > errors + warnings) {
        buf_printf(out, "... and %zu more errors, %zu more warnings\n",
                   d->errors - errors, d->warnings - warnings);
    }
    if (d->failed) {
        buf_addz(out, "error: out of memory, not every message is shown\n");
    }
}

void conf_diag_print(const struct conf_diag *d, struct buf *out)
{
    struct entry *sorted = malloc((d->n + 1) * sizeof *sorted);

    if (sorted == NULL) {
        /* In the order they came is better than nothing. */
        entries_print(d, d->entries, out);
        return;
    }
    if (d->n > 0) {
        memcpy(sorted, d->entries, d->n * sizeof *sorted);
        qsort(sorted, d->n, sizeof *sorted, entry_cmp);
    }
    entries_print(d, sorted, out);
    free(sorted);
}

struct str conf_diag_first(const struct conf_diag *d)
{
    const struct entry *first = NULL;

    for (size_t i = 0; i < d->n; i++) {
        const struct entry *e = &d->entries[i];

        if (e->error && (first == NULL || entry_cmp(e, first) < 0)) {
            first = e;
        }
    }
    if (first == NULL) {
        return d->errors > 0 ? STR("error: out of memory") : STR_NONE;
    }
    struct str text = buf_str(&first->text), line;

    return str_split(&text, '\n', &line) ? line : STR_NONE;
}
