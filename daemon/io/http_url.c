#include "io/http_url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* Longer ones are refused by most servers. */
enum { URL_MAX = 16384 };

bool http_host_is_loopback(const char *host)
{
    char bare[INET6_ADDRSTRLEN + 2];
    struct in_addr v4;
    struct in6_addr v6;
    size_t n = strlen(host);

    if (strcasecmp(host, "localhost") == 0) {
        return true;
    }
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return (ntohl(v4.s_addr) >> 24) == 127;
    }
    if (n > 2 && n < sizeof bare && host[0] == '[' && host[n - 1] == ']') {
        memcpy(bare, host + 1, n - 2);
        bare[n - 2] = '\0';
        host = bare;
    }
    return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

void http_url_finish(struct http_url *u)
{
    curl_free(u->url);
    curl_free(u->scheme);
    curl_free(u->host);
    curl_free(u->port);
    free(u->label);
    *u = (struct http_url){.url = NULL};
}

static bool is_default_port(const struct http_url *u)
{
    return strcmp(u->port, strcmp(u->scheme, "https") == 0   ? "443"
                           : strcmp(u->scheme, "http") == 0  ? "80"
                           : strcmp(u->scheme, "smtps") == 0 ? "465"
                                                             : "25") == 0;
}

/* Whether it is one of the two, and *ret_plain which. */
static bool is_scheme(const struct http_url *u, bool mail, bool *ret_plain)
{
    *ret_plain = strcmp(u->scheme, mail ? "smtp" : "http") == 0;
    return *ret_plain || strcmp(u->scheme, mail ? "smtps" : "https") == 0;
}

static bool take_parts(struct http_url *u, CURLU *c, bool mail, enum err_kind kind,
                       struct err *e)
{
    if (curl_url_get(c, CURLUPART_SCHEME, &u->scheme, 0) != CURLUE_OK) {
        return err_nomem(e);
    }
    if (!is_scheme(u, mail, &u->plain)) {
        return err_set(e, kind, "%s: neither %s", u->scheme,
                       mail ? "smtps nor smtp" : "https nor http");
    }
    /* Both schemes have a host and a port: only memory can be missing. */
    if (curl_url_get(c, CURLUPART_URL, &u->url, 0) != CURLUE_OK ||
        curl_url_get(c, CURLUPART_HOST, &u->host, 0) != CURLUE_OK ||
        curl_url_get(c, CURLUPART_PORT, &u->port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        return err_nomem(e);
    }
    const char *colon = is_default_port(u) ? "" : ":";

    if (asprintf(&u->label, "%s%s%s", u->host, colon, *colon ? u->port : "") < 0) {
        u->label = NULL;
        return err_nomem(e);
    }
    /* STARTTLS makes it as good as smtps. */
    u->plain = u->plain && (!mail || http_host_is_loopback(u->host));
    return true;
}

/* libcurl decodes %XX in a host and then does not take all of that again. */
static bool is_printable(const char *host)
{
    for (size_t i = 0; host[i] != '\0'; i++) {
        if ((unsigned char)host[i] <= ' ' || host[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool check(const struct http_url *u, CURLU *c, enum err_kind kind, struct err *e)
{
    char *zone = NULL;
    bool has_zone = curl_url_get(c, CURLUPART_ZONEID, &zone, 0) == CURLUE_OK;

    curl_free(zone);
    if (has_zone) {
        return err_set(e, kind, "%s: an address with a zone", u->label);
    }
    if (!is_printable(u->host)) {
        return err_set(e, kind, "not a URL: a control character in its host");
    }
    if (u->plain && !http_host_is_loopback(u->host)) {
        return err_set(e, kind, "%s: plain http goes to the loopback only", u->label);
    }
    return true;
}

/* `c` may hold the URL that `text` is relative to. */
static bool resolve(CURLU *c, struct str text, unsigned flags, bool mail,
                    enum err_kind kind, struct http_url *ret, struct err *e)
{
    struct http_url u = {.url = NULL};
    CURLUcode rc;
    char *z;

    if (text.n == 0 || text.n > URL_MAX || memchr(text.p, '\0', text.n) != NULL) {
        return err_set(e, kind, "not a URL (%zu bytes)", text.n);
    }
    z = strndup(text.p, text.n);
    if (z == NULL) {
        return err_nomem(e);
    }
    rc = curl_url_set(c, CURLUPART_URL, z, flags | CURLU_DISALLOW_USER);
    free(z);
    if (rc == CURLUE_OUT_OF_MEMORY) {
        return err_nomem(e);
    }
    if (rc != CURLUE_OK) {
        return err_set(e, kind, "not a URL: %s", curl_url_strerror(rc));
    }
    if (!take_parts(&u, c, mail, kind, e) || !check(&u, c, kind, e)) {
        http_url_finish(&u);
        return false;
    }
    *ret = u;
    return true;
}

static bool init(struct http_url *u, struct str text, bool mail, struct err *e)
{
    CURLU *c = curl_url();
    bool ok = c != NULL ? resolve(c, text, 0, mail, ERR_USAGE, u, e) : err_nomem(e);

    curl_url_cleanup(c);
    return ok;
}

bool http_url_init(struct http_url *u, struct str text, struct err *e)
{
    return init(u, text, false, e);
}

bool http_url_init_mail(struct http_url *u, struct str text, struct err *e)
{
    return init(u, text, true, e);
}

bool http_url_redirect(const struct http_url *from, struct str location,
                       struct http_url *ret, struct err *e)
{
    struct http_url to = {.url = NULL};
    CURLU *c = curl_url();
    bool ok = false;

    if (c == NULL || curl_url_set(c, CURLUPART_URL, from->url, 0) != CURLUE_OK) {
        err_nomem(e);
        goto out;
    }
    /* Location often holds blanks and UTF-8 that should have been escaped. */
    if (!resolve(c, location, CURLU_URLENCODE, false, ERR_REMOTE, &to, e)) {
        err_wrap(e, "%s: redirect", from->label);
        goto out;
    }
    if (strcmp(from->scheme, to.scheme) != 0 || strcasecmp(from->host, to.host) != 0 ||
        strcmp(from->port, to.port) != 0) {
        err_set(e, ERR_REMOTE, "%s: redirect to another origin (%s://%s)", from->label,
                to.scheme, to.label);
        goto out;
    }
    *ret = to;
    to = (struct http_url){.url = NULL};
    ok = true;
out:
    http_url_finish(&to);
    curl_url_cleanup(c);
    return ok;
}
