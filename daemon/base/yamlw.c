#include "base/yamlw.h"

#include <math.h>
#include <stdio.h>

#include "base/utf8.h"

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Readers of YAML 1.1 take these for something else than text. */
static bool is_special(struct str s)
{
    static const char *const words[] = {
        "null", "true", "false", "yes", "no", "on", "off", "y", "n",
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eq_nocase(s, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_plain(struct str s)
{
    if (s.n == 0 || !is_letter(s.p[0]) || s.p[s.n - 1] == ' ' || is_special(s)) {
        return false;
    }
    for (size_t i = 1; i < s.n; i++) {
        char c = s.p[i];

        if (!is_letter(c) && !is_digit(c) && memchr(" ._/+-", c, 6) == NULL) {
            return false;
        }
    }
    return true;
}

static void put_escape(struct buf *out, uint32_t cp)
{
    if (cp == '\n') {
        buf_addz(out, "\\n");
    } else if (cp == '\t') {
        buf_addz(out, "\\t");
    } else if (cp < 0x10000) {
        buf_printf(out, "\\u%04x", (unsigned)cp);
    } else {
        buf_printf(out, "\\U%08x", (unsigned)cp);
    }
}

void yamlw_text(struct buf *out, struct str s)
{
    if (is_plain(s)) {
        buf_add(out, s);
        return;
    }
    buf_addc(out, '"');
    while (s.n > 0) {
        uint32_t cp;

        s = str_skip(s, utf8_next(s, &cp));
        if (cp == '"' || cp == '\\') {
            buf_addc(out, '\\');
            buf_addc(out, (char)cp);
        } else if (utf8_hostile(cp) || cp == 0xFEFF || (cp & 0xFFFE) == 0xFFFE) {
            put_escape(out, cp);
        } else {
            buf_add_utf8(out, cp);
        }
    }
    buf_addc(out, '"');
}

void yamlw_list(struct buf *out, const struct str *v, size_t n)
{
    buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        buf_addz(out, i == 0 ? "" : ", ");
        yamlw_text(out, v[i]);
    }
    buf_addc(out, ']');
}

void yamlw_number(struct buf *out, double v)
{
    char text[40];

    for (int digits = 6; digits <= 17; digits++) {
        double back;

        (void)snprintf(text, sizeof text, "%.*g", digits, v);
        if (str_to_double(str_of(text), &back) && fabs(back - v) <= 0) {
            break;
        }
    }
    buf_addz(out, text);
}

void yamlw_comment(struct buf *out, struct str s)
{
    utf8_print_safe(out, s, 2000);
}
