#include "config/url.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/attr.h"

static const struct {
    struct str scheme;
    bool secure;
} schemes[] = {
    {{"https://", 8}, true},
    {{"http://", 7}, false},
};

/* RFC 3986: what may stand in a URL; not a blank, a control or a byte above ASCII. */
static bool is_url_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c >= 0x7F || strchr("\"<>\\^`{|}", c) != NULL) {
            return false;
        }
    }
    return s.n > 0;
}

struct authority {
    struct str host; /* without the brackets of an IPv6 address */
    struct str port; /* empty: none */
    bool has_user, has_port, closed, literal;
};

static bool is_address6(struct str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;

    if (s.n == 0 || s.n >= sizeof text) {
        return false;
    }
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

/*
 * What can be connected to: an IPv6 address in brackets, without a zone, or a
 * name of letters, digits and - _ . (an international one in its xn-- form).
 */
static bool is_host(struct str s, bool literal)
{
    if (literal) {
        return is_address6(s);
    }
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!alnum && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return s.n > 0;
}

static struct authority authority_of(struct str rest)
{
    struct authority ret = {.closed = true};
    size_t end = 0;

    while (end < rest.n && strchr("/?#", rest.p[end]) == NULL) {
        end++;
    }
    struct str s = str_first(rest, end);
    ptrdiff_t at = str_chr(s, '@');

    if (at >= 0) {
        ret.has_user = true;
        s = str_skip(s, (size_t)at + 1);
    }
    if (s.n > 0 && s.p[0] == '[') {
        ptrdiff_t close = str_chr(s, ']');

        ret.literal = true;
        ret.closed = close > 0;
        ret.host = close > 0 ? str_first(str_skip(s, 1), (size_t)close - 1) : STR_NONE;
        s = close > 0 ? str_skip(s, (size_t)close + 1) : STR_NONE;
        ret.has_port = s.n > 0;
        ret.closed = ret.closed && (s.n == 0 || s.p[0] == ':');
        ret.port = str_skip(s, 1);
        return ret;
    }
    ptrdiff_t colon = str_chr(s, ':');

    ret.host = colon < 0 ? s : str_first(s, (size_t)colon);
    ret.has_port = colon >= 0;
    ret.port = colon < 0 ? STR_NONE : str_skip(s, (size_t)colon + 1);
    return ret;
}

static bool is_port(struct str s)
{
    uint64_t port;

    return s.n <= 5 && str_to_u64(s, &port) && port >= 1 && port <= 65535;
}

/* 127.0.0.0/8 in four decimal parts: shorter and hexadecimal forms are not taken. */
static bool is_loopback4(struct str s)
{
    struct str part;
    int parts = 0;

    if (s.n == 0 || s.p[s.n - 1] == '.') {
        return false;
    }
    while (str_split(&s, '.', &part)) {
        uint64_t v;

        if (part.n > 3 || (part.n > 1 && part.p[0] == '0') || !str_to_u64(part, &v) ||
            v > 255 || (parts == 0 && v != 127)) {
            return false;
        }
        parts++;
    }
    return parts == 4;
}

static bool is_loopback(struct str host)
{
    return is_loopback4(host) || str_eqz(host, "::1") ||
           str_eq_nocase(host, STR("localhost"));
}

bool url_check(struct str url, const char **ret_wrong, const char **ret_hint)
{
    *ret_hint = NULL;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (!str_eq_nocase(str_first(url, schemes[i].scheme.n), schemes[i].scheme)) {
            continue;
        }
        struct authority au = authority_of(str_skip(url, schemes[i].scheme.n));

        if (au.has_user) {
            *ret_wrong = "must not hold a user name or password";
            return false;
        }
        if (!is_url_text(url) || !au.closed || !is_host(au.host, au.literal) ||
            (au.has_port && !is_port(au.port))) {
            *ret_wrong = "is not a valid URL";
            return false;
        }
        if (!schemes[i].secure && !is_loopback(au.host)) {
            *ret_wrong =
                "must be https: plain http is accepted for 127.0.0.0/8, ::1 and "
                "localhost only";
            *ret_hint = "write https://";
            return false;
        }
        return true;
    }
    *ret_wrong = "must be a URL that begins with https://";
    return false;
}

bool url_is_link(struct str url)
{
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_eq_nocase(str_first(url, schemes[i].scheme.n), schemes[i].scheme)) {
            struct authority au = authority_of(str_skip(url, schemes[i].scheme.n));

            return is_url_text(url) && !au.has_user && au.host.n > 0;
        }
    }
    return false;
}
