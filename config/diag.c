#include "config/diag.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "config/redact.h"

enum {
    SHOWN_CHARS = 160,         /* of a source line */
    SHOWN_BEFORE = 100,        /* of it before the caret */
    MARGIN = 8,                /* columns of the line number */
    COLUMNS_MIN = 30,          /* of a terminal: what is narrower breaks lines itself */
    ENTRY_CEILING = 16 * 1024, /* bytes of one rendered entry */
    FILES_MAX = 512,
};

struct entry {
    size_t file; /* in the order they were first mentioned */
    uint32_t line, col;
    size_t seq;
    bool error;
    struct buf text;               /* owned */
    size_t message_at, message_to; /* in `text` */
    struct buf hint;               /* owned */
};

struct conf_diag {
    struct entry *entries; /* owned */
    size_t n, cap;
    size_t kept_errors, kept_warnings;
    size_t errors, warnings;
    char *files[FILES_MAX]; /* owned names */
    size_t n_files;
    size_t columns; /* of the terminal; 0: any */
    bool failed;    /* memory was out: an entry is missing */
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
        buf_finish(&d->entries[i].hint);
    }
    for (size_t i = 0; i < d->n_files; i++) {
        free(d->files[i]);
    }
    free(d->entries);
    free(d);
}

void conf_diag_fit(struct conf_diag *d, size_t columns)
{
    d->columns = columns > 0 && columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
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
    buf_init(&e->hint, ENTRY_CEILING);
    d->n++;
    ++*kept;
    return e;
}

/* What could move the cursor is shown as a '?', a tab as a blank. */
static bool is_replaced(uint32_t cp)
{
    return cp == '\t' || cp == 0xFFFD || utf8_hostile(cp);
}

/* Terminal columns of one code point as it is shown. */
static size_t columns_of(struct str c, bool hidden)
{
    uint32_t cp;

    (void)utf8_next(c, &cp);
    return hidden || is_replaced(cp) ? 1 : utf8_width(c);
}

static void add_visible(struct buf *b, struct str c, bool hidden)
{
    uint32_t cp;

    (void)utf8_next(c, &cp);
    if (hidden || is_replaced(cp)) {
        buf_addc(b, hidden ? '*' : cp == '\t' ? ' ' : '?');
    } else {
        buf_add(b, c);
    }
}

/* Messages are ours with the file's words in them: escaped as a whole. */
PRINTF(2, 0)
static void add_message(struct entry *e, const char *fmt, va_list ap)
{
    struct buf raw, *b = &e->text;

    e->message_at = b->n;
    buf_init(&raw, ENTRY_CEILING);
    buf_vprintf(&raw, fmt, ap);
    utf8_print_safe(b, buf_str(&raw), 600);
    b->failed = b->failed || raw.failed;
    e->message_to = b->n;
    buf_finish(&raw);
}

/* A line of a file with what in it is a secret. */
struct source {
    struct str line;
    struct redact secrets[REDACT_MAX];
    size_t n_secrets;
    size_t caret, caret_end; /* bytes */
};

static bool is_hidden(const struct source *s, size_t at)
{
    for (size_t i = 0; i < s->n_secrets; i++) {
        if (at >= s->secrets[i].from && at < s->secrets[i].to) {
            return true;
        }
    }
    return false;
}

static struct str char_at(const struct source *s, size_t at)
{
    struct str rest = str_skip(s->line, at);
    uint32_t cp;

    return str_first(rest, utf8_next(rest, &cp));
}

/* The part of a line that is shown: at most so many columns from a byte on. */
struct window {
    size_t from, columns;
};

/* Where it begins: on a code point, not too far before the caret. */
static size_t shown_from(const struct source *s, size_t before)
{
    size_t skip = s->caret > before ? s->caret - before : 0;

    while (skip < s->line.n && ((unsigned char)s->line.p[skip] & 0xC0) == 0x80) {
        skip++;
    }
    return skip;
}

/* Columns of the line from a byte on, or more than `limit`. */
static size_t columns_from(const struct source *s, size_t at, size_t limit)
{
    size_t used = s->caret >= s->line.n ? 1 : 0, chars = 0;

    while (at < s->line.n && used <= limit) {
        struct str c = char_at(s, at);

        if (chars++ == SHOWN_CHARS) {
            return limit + 1;
        }
        used += columns_of(c, is_hidden(s, at));
        at += c.n;
    }
    return used;
}

static struct window window_of(const struct source *s, size_t columns)
{
    size_t dots = 2 * strlen("..."), room, after;

    if (columns == 0) {
        return (struct window){shown_from(s, SHOWN_BEFORE), SIZE_MAX};
    }
    room = columns - MARGIN < SHOWN_CHARS ? columns - MARGIN : SHOWN_CHARS;
    if (columns_from(s, 0, room) <= room) {
        return (struct window){0, room};
    }
    /* What is marked is of more use than what stands before it. */
    room -= dots;
    after = columns_from(s, s->caret, room * 3 / 4);
    return (struct window){shown_from(s, room - (after < room ? after : room)), room};
}

/*
 * The part of the line that is shown, and beneath it the caret. Columns are
 * the terminal's: a wide character takes two, so the caret still stands below.
 */
static void add_line(struct buf *b, struct buf *under, const struct source *s,
                     struct window w)
{
    size_t at = w.from, used = 0;

    if (at > 0) {
        buf_addz(b, "...");
        buf_addz(under, "   ");
    }
    for (size_t chars = 0; at < s->line.n && chars < SHOWN_CHARS; chars++) {
        struct str c = char_at(s, at);
        bool hidden = is_hidden(s, at);
        size_t columns = columns_of(c, hidden);
        char mark = at < s->caret ? ' ' : at == s->caret ? '^' : '~';

        if (used + columns > w.columns) {
            break;
        }
        add_visible(b, c, hidden);
        for (size_t i = 0; i < columns && at < s->caret_end; i++) {
            buf_addc(under, i == 0 || mark == ' ' ? mark : '~');
        }
        used += columns;
        at += c.n;
    }
    if (at < s->line.n) {
        buf_addz(b, "...");
    } else if (at <= s->caret) {
        buf_addc(under, '^');
    }
}

/* Behind the caret where there is room, else below it, broken at blanks. */
static void add_hint(struct buf *b, struct str hint, size_t used, size_t columns)
{
    bool beside = columns == 0 || MARGIN + used + 1 + utf8_width(hint) <= columns;
    size_t at = columns; /* below it begins with a new line */
    struct str word;

    if (beside) {
        buf_addc(b, ' ');
        buf_add(b, hint);
        return;
    }
    while (str_split(&hint, ' ', &word)) {
        size_t width = utf8_width(word);

        if (at + 1 + width > columns) {
            buf_addz(b, "\n      | ");
            at = MARGIN;
        } else {
            buf_addc(b, ' ');
            at++;
        }
        buf_add(b, word);
        at += width;
    }
}

static void add_source(struct buf *b, struct yaml_at at, uint32_t line, struct str hint,
                       size_t columns)
{
    struct source s = {.line = yaml_line_text(at.file, line)};
    struct buf under;

    s.n_secrets = redact_find(s.line, s.secrets);
    s.caret = (size_t)(at.file->text.p + at.from - s.line.p);
    s.caret_end = s.caret + (at.to > at.from ? at.to - at.from : 1);
    buf_init(&under, ENTRY_CEILING);
    buf_printf(b, "%5u | ", line);
    add_line(b, &under, &s, window_of(&s, columns));
    buf_addz(b, "\n      | ");
    buf_add(b, buf_str(&under));
    if (hint.n > 0) {
        add_hint(b, hint, utf8_width(buf_str(&under)), columns);
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
    add_message(e, fmt, ap);
    buf_addc(&e->text, '\n');
    utf8_print_safe(&e->hint, hint, 300);
    add_source(&e->text, at, e->line, buf_str(&e->hint), d->columns);
    d->failed = d->failed || !buf_ok(&e->text) || !buf_ok(&e->hint);
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
    add_message(e, fmt, ap);
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

typedef void see_entry(const struct conf_diag *d, const struct entry *e, void *user);

/* Errors come before warnings where not all can be shown; how many were not is
   returned. */
static void entries_see(const struct conf_diag *d, const struct entry *entries,
                        see_entry *see, void *user, size_t *ret_errors,
                        size_t *ret_warnings)
{
    size_t errors = 0, warnings = 0;

    for (size_t i = 0; i < d->n; i++) {
        size_t *seen = entries[i].error ? &errors : &warnings;
        size_t room = entries[i].error         ? DIAG_SHOWN
                      : d->errors < DIAG_SHOWN ? DIAG_SHOWN - d->errors
                                               : 0;

        if (*seen < room) {
            see(d, &entries[i], user);
            ++*seen;
        }
    }
    *ret_errors = d->errors - errors;
    *ret_warnings = d->warnings - warnings;
}

/* In file order; in the order they came where there is no memory to sort. */
static void sorted_see(const struct conf_diag *d, see_entry *see, void *user,
                       size_t *ret_errors, size_t *ret_warnings)
{
    struct entry *sorted = malloc((d->n + 1) * sizeof *sorted);

    if (sorted != NULL && d->n > 0) {
        memcpy(sorted, d->entries, d->n * sizeof *sorted);
        qsort(sorted, d->n, sizeof *sorted, entry_cmp);
    }
    entries_see(d, sorted != NULL ? sorted : d->entries, see, user, ret_errors,
                ret_warnings);
    free(sorted);
}

static void entry_print(const struct conf_diag *d, const struct entry *e, void *user)
{
    (void)d;
    buf_add(user, buf_str(&e->text));
}

void conf_diag_print(const struct conf_diag *d, struct buf *out)
{
    size_t errors, warnings;

    sorted_see(d, entry_print, out, &errors, &warnings);
    if (errors + warnings > 0) {
        buf_printf(out, "... and %zu more errors, %zu more warnings\n", errors,
                   warnings);
    }
    if (d->failed) {
        buf_addz(out, "error: out of memory, not every message is shown\n");
    }
}

struct each {
    void (*see)(void *user, const struct conf_diag_item *item);
    void *user;
};

static void entry_each(const struct conf_diag *d, const struct entry *e, void *user)
{
    const struct each *each = user;
    struct conf_diag_item item = {
        .error = e->error,
        .file = e->file < d->n_files ? str_of(d->files[e->file]) : STR_NONE,
        .line = e->line,
        .col = e->col,
        .message = str_first(str_skip(buf_str(&e->text), e->message_at),
                             e->message_to - e->message_at),
        .hint = buf_str(&e->hint),
    };

    each->see(each->user, &item);
}

size_t conf_diag_each(const struct conf_diag *d,
                      void (*see)(void *user, const struct conf_diag_item *item),
                      void *user)
{
    struct each each = {see, user};
    size_t errors, warnings;

    sorted_see(d, entry_each, &each, &errors, &warnings);
    return errors + warnings;
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
