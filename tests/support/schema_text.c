#include "tests/support/schema_text.h"

#include <regex.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/sign.h"

/* ---- texts ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Whether `s` reads as the mask: 0 a digit, x a hexadecimal one, else itself. */
static bool looks_like(struct str s, const char *mask)
{
    if (s.n != strlen(mask))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        bool fits = mask[i] == '0'   ? is_digit(s.p[i])
                    : mask[i] == 'x' ? is_hex(s.p[i])
                                     : s.p[i] == mask[i];

        if (!fits)
            return false;
    }
    return true;
}

static int two(struct str s, size_t at)
{
    return (s.p[at] - '0') * 10 + s.p[at + 1] - '0';
}

static bool is_date(struct str s)
{
    struct date d;

    return looks_like(s, "0000-00-00") && date_parse(s, &d);
}

/* RFC 3339, 5.6: a leap second is allowed, an offset without a colon is not. */
static bool is_date_time(struct str s)
{
    size_t at = 19;
    struct str zone;

    if (s.n < 20 || !is_date(str_first(s, 10)) || (s.p[10] != 'T' && s.p[10] != 't') ||
        !looks_like((struct str){s.p + 11, 8}, "00:00:00"))
        return false;
    if (two(s, 11) > 23 || two(s, 14) > 59 || two(s, 17) > 60)
        return false;
    if (s.p[at] == '.') {
        for (at++; at < s.n && is_digit(s.p[at]); at++)
            continue;
        if (at == 20)
            return false;
    }
    zone = str_skip(s, at);
    if (str_eqz(zone, "Z") || str_eqz(zone, "z"))
        return true;
    return (looks_like(zone, "+00:00") || looks_like(zone, "-00:00")) &&
           two(zone, 1) <= 23 && two(zone, 4) <= 59;
}

/* How long the authority is that an URI has behind its scheme; 0: none. */
static size_t authority(struct str rest)
{
    size_t n = 2;

    if (!str_has_prefix(rest, STR("//")))
        return 0;
    while (n < rest.n && !strchr("/?#", rest.p[n]))
        n++;
    return n;
}

/* RFC 3986: a scheme, then only characters that may stand there bare; brackets only
   around an address in the authority. */
static bool is_uri(struct str s)
{
    static const char others[] = "-._~:/?#@!$&'()*+,;=";
    ptrdiff_t colon = str_chr(s, ':');
    struct str rest = str_skip(s, (size_t)(colon + 1));
    size_t host = authority(rest);

    if (colon < 1 || !is_alpha(s.p[0]) || rest.n == 0)
        return false;
    for (size_t i = 1; i < (size_t)colon; i++) {
        if (!is_alpha(s.p[i]) && !is_digit(s.p[i]) && !strchr("+-.", s.p[i]))
            return false;
    }
    for (size_t i = 0; i < rest.n; i++) {
        bool bare = is_alpha(rest.p[i]) || is_digit(rest.p[i]) ||
                    strchr(others, rest.p[i]) || (i < host && strchr("[]", rest.p[i]));

        if (!bare && (rest.p[i] != '%' ||
                      !looks_like(str_first(str_skip(rest, i + 1), 2), "xx")))
            return false;
    }
    return true;
}

static bool is_email(struct str s)
{
    ptrdiff_t at = str_chr(s, '@');

    return at > 0 && (size_t)at + 1 < s.n &&
           str_chr(str_skip(s, (size_t)at + 1), '@') < 0 && str_chr(s, ' ') < 0;
}

static bool is_uuid(struct str s)
{
    return looks_like(s, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
}

static bool is_base64(struct str s)
{
    struct buf plain;
    struct err e;
    bool ok;

    buf_init(&plain, s.n + 4);
    ok = sign_base64_decode(&plain, s, &e);
    buf_finish(&plain);
    return ok;
}

static bool is_json(struct str s)
{
    json_t *v = json_loadb(s.p, s.n, JSON_DECODE_ANY, NULL);

    json_decref(v);
    return v != NULL;
}

/* GitHub's "name with owner". */
static bool is_full_name(struct str s)
{
    ptrdiff_t slash = str_chr(s, '/');

    return slash > 0 && (size_t)slash + 1 < s.n &&
           str_chr(str_skip(s, (size_t)slash + 1), '/') < 0 && str_chr(s, ' ') < 0;
}

static bool is_anything(struct str s)
{
    (void)s;
    return true;
}

/* ---- formats ---- */

static const struct format {
    const char *name;
    bool (*text)(struct str s); /* NULL: of numbers */
    json_int_t least, most;     /* of an integer; both 0: any number */
} formats[] = {
    {"date-time", is_date_time},
    {"date", is_date},
    {"uri", is_uri},
    {"url", is_uri},
    {"URL", is_uri},
    {"email", is_email},
    {"uuid", is_uuid},
    {"byte", is_base64},
    {"binary", is_anything},
    {"json", is_json},
    {"repo.nwo", is_full_name},
    {"int32", NULL, INT32_MIN, INT32_MAX},
    {"int64", NULL, INT64_MIN, INT64_MAX},
    {"timestamp", NULL, 0, INT64_MAX / 1000}, /* seconds since 1970 */
    {"double", NULL},
};

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    }
    return NULL;
}

bool schema_knows_format(const char *format)
{
    return find_format(format) != NULL;
}

bool schema_has_format(const char *format, const json_t *value)
{
    const struct format *f = find_format(format);

    if (f == NULL)
        return false;
    if (f->text != NULL)
        return !json_is_string(value) || f->text(str_of(json_string_value(value)));
    if (!json_is_number(value) || f->most == 0)
        return true;
    return json_is_integer(value) && json_integer_value(value) >= f->least &&
           json_integer_value(value) <= f->most;
}

/* ---- patterns ---- */

/*
 * Only \d is not known to regcomp; \w, \s and their opposites are (GNU). Groups
 * that begin with "(?", lazy quantifiers, other escapes, and any within brackets
 * would mean something else.
 */
static bool translate_one(const char **p, bool first, struct buf *out)
{
    const char *at = *p;

    if (strncmp(at, "(?", 2) == 0 || (strchr("*+?}", *at) && !first && at[1] == '?'))
        return false;
    if (*at != '\\') {
        buf_addc(out, *at);
        return true;
    }
    *p = ++at;
    if (*at == 'd') {
        buf_addz(out, "[0-9]");
        return true;
    }
    if (*at == '\0' || !strchr("wWsS.[](){}*+?^$|/\\-", *at))
        return false;
    buf_addc(out, '\\');
    buf_addc(out, *at);
    return true;
}

static bool translate(const char *pattern, struct buf *out)
{
    bool bracket = false;

    for (const char *p = pattern; *p != '\0'; p++) {
        if (bracket && *p == '\\')
            return false;
        if (bracket) {
            bracket = *p != ']';
            buf_addc(out, *p);
            continue;
        }
        bracket = *p == '[';
        if (!translate_one(&p, p == pattern, out))
            return false;
    }
    return true;
}

static bool compile(const char *pattern, regex_t *ret)
{
    struct buf text;
    bool ok;

    buf_init(&text, 4096);
    ok = translate(pattern, &text) && buf_ok(&text) &&
         regcomp(ret, buf_cstr(&text), REG_EXTENDED | REG_NOSUB) == 0;
    buf_finish(&text);
    return ok;
}

bool schema_knows_pattern(const char *pattern)
{
    regex_t re;

    if (pattern == NULL || !compile(pattern, &re))
        return false;
    regfree(&re);
    return true;
}

bool schema_has_pattern(const char *pattern, const char *text)
{
    regex_t re;
    bool found;

    if (!compile(pattern, &re))
        return false;
    found = regexec(&re, text, 0, NULL, 0) == 0;
    regfree(&re);
    return found;
}
