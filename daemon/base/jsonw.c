#include "base/jsonw.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/utf8.h"

enum { DEPTH_MAX = 32 };

void jsonw_init(struct jsonw *w, struct buf *out)
{
    *w = (struct jsonw){.out = out};
}

/* True for what can stand between quotes as it is. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Whether all eight are: what is not sets the top bit of its byte, and maybe, by the
   borrow, that of the byte after it. */
static bool are_plain(const char *eight)
{
    const uint64_t ones = UINT64_MAX / 0xff;
    uint64_t v;

    memcpy(&v, eight, sizeof v);
    return ((v | (v - ones * 0x20) | ((v ^ ones * '"') - ones) |
             ((v ^ ones * '\\') - ones) | ((v ^ ones * 0x7f) - ones)) &
            ones * 0x80) == 0;
}

/* How many bytes from the first on are. */
static size_t plain_length(struct str s)
{
    size_t n = 0;

    while (s.n - n >= sizeof(uint64_t) && are_plain(s.p + n)) {
        n += sizeof(uint64_t);
    }
    while (n < s.n && is_plain((unsigned char)s.p[n])) {
        n++;
    }
    return n;
}

void jsonw_escape(struct buf *out, struct str s)
{
    uint32_t cp;

    while (s.n > 0 && buf_ok(out)) {
        size_t n = plain_length(s);

        buf_add(out, str_first(s, n));
        s = str_skip(s, n);
        if (s.n == 0) {
            return;
        }
        s = str_skip(s, utf8_next(s, &cp));
        if (cp == '"' || cp == '\\') {
            buf_addc(out, '\\');
            buf_addc(out, (char)cp);
        } else if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0)) {
            buf_printf(out, "\\u%04x", (unsigned)cp);
        } else {
            buf_add_utf8(out, cp);
        }
    }
}

static void quote(struct buf *out, struct str s)
{
    if (plain_length(s) == s.n && buf_reserve(out, s.n + 2)) { /* as keys are */
        char *p = out->p + out->n;

        p[0] = '"';
        memcpy(p + 1, s.n > 0 ? s.p : "", s.n);
        p[s.n + 1] = '"';
        buf_commit(out, s.n + 2);
        return;
    }
    buf_addc(out, '"');
    jsonw_escape(out, s);
    buf_addc(out, '"');
}

/* What stands before each value. */
static void begin(struct jsonw *w, const char *key)
{
    if (w->need_comma[w->depth]) {
        buf_addc(w->out, ',');
    }
    w->need_comma[w->depth] = true;
    if (key != NULL) {
        quote(w->out, str_of(key));
        buf_addc(w->out, ':');
    }
}

static void open(struct jsonw *w, const char *key, char bracket)
{
    begin(w, key);
    if (w->depth >= DEPTH_MAX) {
        buf_fail(w->out);
        return;
    }
    buf_addc(w->out, bracket);
    w->depth++;
    w->need_comma[w->depth] = false;
}

static void close(struct jsonw *w, char bracket)
{
    if (w->depth == 0) {
        buf_fail(w->out);
        return;
    }
    w->depth--;
    buf_addc(w->out, bracket);
}

void jsonw_object(struct jsonw *w, const char *key)
{
    open(w, key, '{');
}

void jsonw_array(struct jsonw *w, const char *key)
{
    open(w, key, '[');
}

void jsonw_end_object(struct jsonw *w)
{
    close(w, '}');
}

void jsonw_end_array(struct jsonw *w)
{
    close(w, ']');
}

void jsonw_str(struct jsonw *w, const char *key, struct str v)
{
    begin(w, key);
    quote(w->out, v);
}

void jsonw_strz(struct jsonw *w, const char *key, const char *v)
{
    if (v == NULL) {
        jsonw_null(w, key);
    } else {
        jsonw_str(w, key, str_of(v));
    }
}

void jsonw_opt(struct jsonw *w, const char *key, struct str v)
{
    if (v.n == 0) {
        jsonw_null(w, key);
    } else {
        jsonw_str(w, key, v);
    }
}

void jsonw_int(struct jsonw *w, const char *key, int64_t v)
{
    begin(w, key);
    buf_add_int(w->out, v);
}

/* The fewest digits, 15 or more, that read back as the same number. */
static void print_double(struct buf *out, double v)
{
    char z[32];

    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(z, sizeof z, "%.*g", digits, v);
        double back = strtod(z, NULL);

        if (back <= v && back >= v) {
            break;
        }
    }
    buf_addz(out, z);
}

void jsonw_double(struct jsonw *w, const char *key, double v)
{
    if (!isfinite(v)) {
        jsonw_null(w, key);
        return;
    }
    begin(w, key);
    /* A host program's locale may write a comma. C's locale is static in libc. */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    if (c == (locale_t)0) {
        buf_fail(w->out);
        return;
    }
    locale_t before = uselocale(c);

    print_double(w->out, v);
    (void)uselocale(before);
    freelocale(c);
}

void jsonw_bool(struct jsonw *w, const char *key, bool v)
{
    begin(w, key);
    buf_addz(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    begin(w, key);
    buf_addz(w->out, "null");
}

void jsonw_time(struct jsonw *w, const char *key, struct wall t)
{
    if (t.ms == 0) {
        jsonw_null(w, key);
        return;
    }
    begin(w, key);
    buf_addc(w->out, '"');
    date_print_iso(w->out, t);
    buf_addc(w->out, '"');
}

void jsonw_raw(struct jsonw *w, const char *key, struct str json)
{
    begin(w, key);
    buf_add(w->out, json.n > 0 ? json : STR("null"));
}
