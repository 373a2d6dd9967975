#include "connectors/trackers/github/github_link.h"

/* ---- URLs ---- */

static bool is_url_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}#", c) != NULL) {
            return false;
        }
    }
    return true;
}

static bool parse_authority(struct str authority, struct github_url *ret)
{
    ptrdiff_t colon = str_chr(authority, ':');
    uint64_t port = ret->https ? 443 : 80;

    /* An IPv6 literal has colons within its brackets. */
    if (str_has_prefix(authority, STR("["))) {
        ptrdiff_t close = str_chr(authority, ']');

        if (close < 0) {
            return false;
        }
        colon = (size_t)close + 1 == authority.n ? -1 : close + 1;
        if (colon > 0 && authority.p[colon] != ':') {
            return false;
        }
    }
    ret->host = colon < 0 ? authority : str_first(authority, (size_t)colon);
    if (colon >= 0 && (!str_to_u64(str_skip(authority, (size_t)colon + 1), &port) ||
                       port == 0 || port > 65535)) {
        return false;
    }
    ret->port = (unsigned)port;
    return ret->host.n > 0 && str_chr(authority, '@') < 0;
}

bool github_url_parse(struct str url, struct github_url *ret)
{
    size_t n = 0;

    if (!is_url_text(url)) {
        return false;
    }
    if (str_eq_nocase(str_first(url, 8), STR("https://"))) {
        ret->https = true;
        url = str_skip(url, 8);
    } else if (str_eq_nocase(str_first(url, 7), STR("http://"))) {
        ret->https = false;
        url = str_skip(url, 7);
    } else {
        return false;
    }
    while (n < url.n && url.p[n] != '/' && url.p[n] != '?') {
        n++;
    }
    ret->path = str_skip(url, n);
    return parse_authority(str_first(url, n), ret);
}

bool github_url_same_origin(const struct github_url *a, const struct github_url *b)
{
    return a->https == b->https && a->port == b->port &&
           str_eq_nocase(a->host, b->host);
}

/* ---- Link ---- */

static void skip_blanks(struct str *s)
{
    while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t')) {
        *s = str_skip(*s, 1);
    }
}

/* Cuts a token or a quoted string off `s`, without its quotes. */
static bool cut_word(struct str *s, struct str *ret)
{
    size_t n = 0;

    if (s->n > 0 && s->p[0] == '"') {
        struct str inside = str_skip(*s, 1);

        while (n < inside.n && inside.p[n] != '"') {
            n += inside.p[n] == '\\' ? 2 : 1;
        }
        if (n >= inside.n) {
            return false;
        }
        *ret = str_first(inside, n);
        *s = str_skip(inside, n + 1);
        return true;
    }
    while (n < s->n && strchr(" \t;,=\"<>", s->p[n]) == NULL) {
        n++;
    }
    *ret = str_first(*s, n);
    *s = str_skip(*s, n);
    return n > 0;
}

static bool has_token(struct str list, const char *token)
{
    struct str word;

    while (str_split(&list, ' ', &word)) {
        if (str_eq_nocase(word, str_of(token))) {
            return true;
        }
    }
    return false;
}

/* The parameters of one link; *ret_next: its relation is "next". */
static bool cut_params(struct str *s, bool *ret_next)
{
    bool have_rel = false;

    *ret_next = false;
    skip_blanks(s);
    while (s->n > 0 && s->p[0] == ';') {
        struct str name, value = STR_NONE;

        *s = str_skip(*s, 1);
        skip_blanks(s);
        if (s->n == 0 || s->p[0] == ';' || s->p[0] == ',') {
            continue; /* an empty parameter is allowed */
        }
        if (!cut_word(s, &name)) {
            return false;
        }
        skip_blanks(s);
        if (s->n > 0 && s->p[0] == '=') {
            *s = str_skip(*s, 1);
            skip_blanks(s);
            if (!cut_word(s, &value)) {
                return false;
            }
            skip_blanks(s);
        }
        /* RFC 8288 3.3: only the first rel counts. */
        if (!have_rel && str_eq_nocase(name, STR("rel"))) {
            have_rel = true;
            *ret_next = has_token(value, "next");
        }
    }
    return true;
}

static enum github_next judge_target(struct str target, const struct github_url *base,
                                     struct str *ret_path)
{
    struct github_url url;

    if (str_has_prefix(target, STR("/")) && !str_has_prefix(target, STR("//")) &&
        is_url_text(target)) {
        url = *base;
        url.path = target;
    } else if (!github_url_parse(target, &url)) {
        return str_has_prefix(target, STR("//")) ? GITHUB_NEXT_FOREIGN
                                                 : GITHUB_NEXT_MALFORMED;
    }
    if (!github_url_same_origin(&url, base)) {
        return GITHUB_NEXT_FOREIGN;
    }
    if (!str_has_prefix(url.path, STR("/")) || url.path.n > GITHUB_MAX_PATH) {
        return GITHUB_NEXT_MALFORMED;
    }
    *ret_path = url.path;
    return GITHUB_NEXT_PAGE;
}

static enum github_next next_of_header(struct str s, const struct github_url *base,
                                       struct str *ret_path)
{
    enum github_next found = GITHUB_NEXT_NONE;

    for (;;) {
        while (s.n > 0 && strchr(" \t,", s.p[0]) != NULL) {
            s = str_skip(s, 1);
        }
        if (s.n == 0) {
            return found;
        }
        ptrdiff_t close = s.p[0] == '<' ? str_chr(s, '>') : -1;
        bool is_next;

        if (close < 0) {
            return GITHUB_NEXT_MALFORMED;
        }
        struct str target = str_first(str_skip(s, 1), (size_t)close - 1);

        s = str_skip(s, (size_t)close + 1);
        if (!cut_params(&s, &is_next) || (s.n > 0 && s.p[0] != ',')) {
            return GITHUB_NEXT_MALFORMED;
        }
        if (is_next && found == GITHUB_NEXT_NONE) {
            found = judge_target(target, base, ret_path);
        }
    }
}

enum github_next github_link_next(const struct http_response *resp,
                                  const struct github_url *base, struct str *ret_path)
{
    for (size_t i = 0; i < resp->n_headers; i++) {
        enum github_next next = GITHUB_NEXT_NONE;

        if (str_eq_nocase(resp->headers[i].name, STR("link"))) {
            next = next_of_header(resp->headers[i].value, base, ret_path);
        }
        if (next != GITHUB_NEXT_NONE) {
            return next;
        }
    }
    return GITHUB_NEXT_NONE;
}

/* ---- queries ---- */

bool github_param(struct str path, const char *name, struct str *ret)
{
    ptrdiff_t mark = str_chr(path, '?');
    struct str query = mark < 0 ? STR_NONE : str_skip(path, (size_t)mark + 1);
    struct str part, key = str_of(name);

    while (str_split(&query, '&', &part)) {
        if (part.n > key.n && part.p[key.n] == '=' && str_has_prefix(part, key)) {
            *ret = str_skip(part, key.n + 1);
            return true;
        }
    }
    return false;
}

/* Appends `path` with the value of one parameter, a view into it, replaced. */
static void put_replaced(struct buf *out, struct str *path, struct str value,
                         uint64_t number)
{
    size_t before = (size_t)(value.p - path->p);

    buf_add(out, str_first(*path, before));
    buf_printf(out, "%llu", (unsigned long long)number);
    *path = str_skip(*path, before + value.n);
}

bool github_halve_page(struct buf *out, struct str path)
{
    struct str size, page;
    uint64_t per_page, number = 0;

    if (!github_param(path, "per_page", &size) || !str_to_u64(size, &per_page) ||
        per_page <= 25 || per_page > 100 || per_page % 2 != 0) {
        return false;
    }
    bool paged = github_param(path, "page", &page);

    if (paged && (!str_to_u64(page, &number) || number == 0 || number > UINT32_MAX)) {
        return false;
    }
    number = number * 2 - 1;
    if (paged && page.p < size.p) {
        put_replaced(out, &path, page, number);
        put_replaced(out, &path, size, per_page / 2);
    } else {
        put_replaced(out, &path, size, per_page / 2);
        if (paged) {
            put_replaced(out, &path, page, number);
        }
    }
    buf_add(out, path);
    return true;
}

/* ---- names in paths ---- */

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.') {
            return false;
        }
    }
    return s.n > 0 && s.n <= 100 && !str_eqz(s, ".") && !str_eqz(s, "..");
}

bool github_owner_valid(struct str name)
{
    return is_name(name);
}

bool github_repo_valid(struct str name)
{
    ptrdiff_t slash = str_chr(name, '/');

    return slash > 0 && is_name(str_first(name, (size_t)slash)) &&
           is_name(str_skip(name, (size_t)slash + 1));
}

bool github_path_repo(struct str path, struct str *ret_id, struct str *ret_name)
{
    ptrdiff_t query = str_chr(path, '?');
    struct str rest = query < 0 ? path : str_first(path, (size_t)query);
    struct str part, id, owner, repo;
    uint64_t number;

    *ret_id = *ret_name = STR_NONE;
    while (str_split(&rest, '/', &part)) {
        if (str_eqz(part, "repositories")) {
            if (!str_split(&rest, '/', &id) || !str_to_u64(id, &number)) {
                return false;
            }
            *ret_id = id;
            return true;
        }
        if (str_eqz(part, "repos")) {
            if (!str_split(&rest, '/', &owner) || !str_split(&rest, '/', &repo)) {
                return false;
            }
            *ret_name = (struct str){owner.p, owner.n + 1 + repo.n};
            return github_repo_valid(*ret_name);
        }
    }
    return false;
}

/* Cuts what follows the last slash. */
static struct str cut_last(struct str *s)
{
    size_t n = s->n;

    while (n > 0 && s->p[n - 1] != '/') {
        n--;
    }
    struct str last = str_skip(*s, n);

    *s = str_first(*s, n > 0 ? n - 1 : 0);
    return last;
}

bool github_issue_url(struct str url, struct str *ret_repo, struct str *ret_number)
{
    struct str number = cut_last(&url);
    struct str kind = cut_last(&url);
    uint64_t n;

    if (!str_to_u64(number, &n) || n == 0 ||
        (!str_eqz(kind, "issues") && !str_eqz(kind, "pull"))) {
        return false;
    }
    struct str rest = url;
    struct str repo = cut_last(&rest);
    struct str owner = cut_last(&rest);

    *ret_number = number;
    *ret_repo = (struct str){owner.p, owner.n + 1 + repo.n};
    return owner.n > 0 && github_repo_valid(*ret_repo);
}
