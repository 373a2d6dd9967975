#include "config/redact.h"

#include "base/attr.h"

static const char *const words[] = {"token",   "secret", "passw",      "passphrase",
                                    "api_key", "apikey", "private_key"};

bool redact_is_key(struct str key)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_find_nocase(key, str_of(words[i])) >= 0) {
            return true;
        }
    }
    return false;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-';
}

/* The key that ends before the colon at `colon`, with or without quotes. */
static struct str key_before(struct str line, size_t colon)
{
    size_t to = colon, from;

    while (to > 0 &&
           (line.p[to - 1] == ' ' || line.p[to - 1] == '"' || line.p[to - 1] == '\'')) {
        to--;
    }
    from = to;
    while (from > 0 && is_word(line.p[from - 1])) {
        from--;
    }
    return (struct str){line.p + from, to - from};
}

/* Where the value ends that begins at `at`: its quote, or what ends it in a flow. */
static size_t value_end(struct str line, size_t at)
{
    char quote = line.p[at] == '"' || line.p[at] == '\'' ? line.p[at] : '\0';
    size_t i = at + 1;

    while (i < line.n) {
        bool escape = (quote == '"' && line.p[i] == '\\') ||
                      (quote == '\'' && str_has_prefix(str_skip(line, i), STR("''")));

        if (escape) {
            i += 2;
            continue;
        }
        if (quote != '\0' && line.p[i] == quote) {
            return i + 1;
        }
        if (quote == '\0' && (line.p[i] == ',' || line.p[i] == '}' ||
                              (line.p[i] == '#' && line.p[i - 1] == ' '))) {
            return i;
        }
        i++;
    }
    return line.n; /* never closed, or all of it */
}

/* A secret's value after the colon at `colon`; false when there is none. */
static bool after_key(struct str line, size_t colon, struct redact *ret)
{
    size_t at = colon + 1;

    if (!redact_is_key(key_before(line, colon))) {
        return false;
    }
    while (at < line.n && line.p[at] == ' ') {
        at++;
    }
    if (at == line.n || line.p[at] == '{' || line.p[at] == '#' || line.p[at] == '\r') {
        return false;
    }
    *ret = (struct redact){at, value_end(line, at)};
    return true;
}

static size_t url_end(struct str line, size_t at)
{
    while (at < line.n && strchr(" \"'>,}", line.p[at]) == NULL) {
        at++;
    }
    return at;
}

/* The URL whose "://" is at `colon`: its user, or its path when it is a webhook's. */
static bool in_url(struct str line, size_t colon, struct redact *ret)
{
    struct str url = {line.p + colon + 3, url_end(line, colon + 3) - (colon + 3)};
    ptrdiff_t user = str_chr(url, '@'), path = str_chr(url, '/');

    if (user >= 0 && (path < 0 || user < path)) {
        *ret = (struct redact){colon + 3, colon + 3 + (size_t)user};
        return true;
    }
    if (path >= 0 && (str_find_nocase(url, STR("hook")) >= 0 ||
                      str_find_nocase(url, STR("sig=")) >= 0 ||
                      str_find_nocase(url, STR("token=")) >= 0)) {
        *ret = (struct redact){colon + 3 + (size_t)path, colon + 3 + url.n};
        return true;
    }
    return false;
}

size_t redact_find(struct str line, struct redact ret[REDACT_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < line.n; i++) {
        struct redact r;

        if (line.p[i] != ':') {
            continue;
        }
        bool url = str_has_prefix(str_skip(line, i), STR("://"));

        if (url ? !in_url(line, i, &r) : !after_key(line, i, &r)) {
            continue;
        }
        if (n == REDACT_MAX) {
            ret[n - 1].to = line.n;
            break;
        }
        ret[n++] = r;
        i = r.to > i ? r.to - 1 : i;
    }
    return n;
}
