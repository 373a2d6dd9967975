#include "base/str.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>

struct str str_of(const char *z)
{
    return (struct str){z, z != NULL ? strlen(z) : 0};
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool str_eqz(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

bool str_eq_nocase(struct str a, struct str b)
{
    return a.n == b.n && same_nocase(a.p, b.p, a.n);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.n > b.n) - (a.n < b.n);
}

bool str_has_prefix(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool str_has_suffix(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_blank(s.p[0])) {
        s = str_skip(s, 1);
    }
    while (s.n > 0 && is_blank(s.p[s.n - 1])) {
        s.n--;
    }
    return s;
}

bool str_split(struct str *rest, char sep, struct str *ret_part)
{
    if (rest->n == 0) {
        return false;
    }
    ptrdiff_t at = str_chr(*rest, sep);
    size_t n = at < 0 ? rest->n : (size_t)at;

    *ret_part = str_first(*rest, n);
    *rest = str_skip(*rest, at < 0 ? n : n + 1);
    return true;
}

ptrdiff_t str_find(struct str s, struct str needle)
{
    if (needle.n == 0) {
        return 0;
    }
    if (s.n < needle.n) {
        return -1;
    }
    const char *at = memmem(s.p, s.n, needle.p, needle.n);

    return at != NULL ? at - s.p : -1;
}

ptrdiff_t str_find_nocase(struct str s, struct str needle)
{
    if (needle.n == 0) {
        return 0;
    }
    for (size_t i = 0; s.n - i >= needle.n; i++) {
        if (same_nocase(s.p + i, needle.p, needle.n)) {
            return (ptrdiff_t)i;
        }
    }
    return -1;
}

ptrdiff_t str_chr(struct str s, char c)
{
    const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

    return at != NULL ? at - s.p : -1;
}

bool str_to_u64(struct str s, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.n == 0) {
        return false;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v)) {
            return false;
        }
    }
    *ret = v;
    return true;
}

bool str_to_i64(struct str s, int64_t *ret)
{
    bool negative = s.n > 0 && s.p[0] == '-';
    uint64_t v;

    if (!str_to_u64(str_skip(s, negative ? 1 : 0), &v) ||
        v > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return false;
    }
    if (!negative) {
        *ret = (int64_t)v;
    } else {
        *ret = v > (uint64_t)INT64_MAX ? INT64_MIN : -(int64_t)v;
    }
    return true;
}

static size_t count_digits(struct str s, size_t at)
{
    size_t n = 0;

    while (at + n < s.n && is_digit(s.p[at + n])) {
        n++;
    }
    return n;
}

/* strtod also takes blanks, signs, hexadecimal, "inf" and "nan". */
static bool is_number(struct str s)
{
    size_t at = s.n > 0 && s.p[0] == '-' ? 1 : 0;
    size_t n = count_digits(s, at);

    if (n == 0) {
        return false;
    }
    at += n;
    if (at < s.n && s.p[at] == '.') {
        n = count_digits(s, at + 1);
        if (n == 0) {
            return false;
        }
        at += n + 1;
    }
    if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
        at++;
        if (at < s.n && (s.p[at] == '+' || s.p[at] == '-')) {
            at++;
        }
        n = count_digits(s, at);
        if (n == 0) {
            return false;
        }
        at += n;
    }
    return at == s.n;
}

bool str_to_double(struct str s, double *ret)
{
    char z[512];

    if (s.n >= sizeof z || !is_number(s)) {
        return false;
    }
    memcpy(z, s.p, s.n);
    z[s.n] = '\0';
    /* The C locale is static in libc: this allocates nothing. */
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    if (c == (locale_t)0) {
        return false;
    }
    double v = strtod_l(z, NULL, c);

    freelocale(c);
    if (!isfinite(v)) {
        return false;
    }
    *ret = v;
    return true;
}
