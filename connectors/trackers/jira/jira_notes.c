#include "connectors/trackers/jira/jira_notes.h"

#include "base/utf8.h"
#include "connectors/trackers/jira/jira_json.h"
#include "connectors/trackers/jira/jira_request.h"

enum { MAX_KEY = 60, MAX_WORDS = 1000, MAX_SHOWN = 300 };

#define GATEWAY "https://api.atlassian.com/ex/jira/CLOUD-ID"
#define TENANT "/_edge/tenant_info"

/* Words of a server, or an expression, may have lines. */
static struct str one_line(struct arena *a, struct str s)
{
    char *p = arena_strdup(a, s);

    for (size_t i = 0; p != NULL && i < s.n; i++) {
        p[i] = (unsigned char)p[i] < ' ' ? ' ' : p[i];
    }
    return (struct str){p, p != NULL ? s.n : 0};
}

bool jira_add_note(struct jira_answer *at, const char *key, enum note_level level,
                   struct str text, struct str fix)
{
    struct arena *a = at->out->a;
    bool ok = feed_add_note(at->out, key, level, one_line(a, text), one_line(a, fix));

    return ok && !arena_failed(a) ? true : err_nomem(at->e);
}

/* Keys of `fields` are the operator's; those of notes are [a-z0-9._-]+. */
static const char *field_key(struct arena *a, struct str key)
{
    struct str name = utf8_cut(key, MAX_KEY);
    char mem[MAX_KEY + 1];

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        c = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        mem[i] = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                         c == '.'
                     ? c
                     : '-';
    }
    return arena_printf(a, "fields.%.*s", (int)name.n, mem).p;
}

/* ---- what was found out ---- */

static bool is_anonymous(const struct tracker *t)
{
    return t->own->token.from == SECRET_NONE;
}

static bool is_gateway(const struct tracker *t)
{
    return jira_is_gateway(t->conf->url);
}

static bool note_account(struct jira_answer *at)
{
    const struct tracker *t = at->t;
    struct arena *a = at->out->a;
    struct str kind = STR("personal access token");

    if (is_anonymous(t)) {
        return jira_add_note(at, "account", NOTE_OK,
                             STR("anonymous: what the public sees"), STR_NONE) &&
               jira_add_note(at, "token", NOTE_OK, STR("none"), STR_NONE);
    }
    if (t->own->user.n > 0) {
        kind = is_gateway(t) ? arena_printf(a, "scoped API token of %.*s, through the "
                                               "gateway",
                                            STR_FMT(t->own->user))
               : t->client.cloud
                   ? arena_printf(a, "API token of %.*s", STR_FMT(t->own->user))
                   : arena_printf(a, "password or token of %.*s", STR_FMT(t->own->user));
    } else if (t->client.cloud) {
        kind = STR("Bearer token");
    }
    return jira_add_note(at, "account", NOTE_OK, t->account, STR_NONE) &&
           jira_add_note(at, "token", NOTE_OK, kind, STR_NONE);
}

static bool note_site(struct jira_answer *at)
{
    const struct tracker *t = at->t;
    bool told = t->own->deployment != JIRA_AUTO;
    struct str site = is_gateway(t) ? t->server.site : t->conf->url;
    struct str kind =
        arena_printf(at->out->a, "Jira %s%s%.*s%s",
                     t->client.cloud ? "Cloud" : "Data Center",
                     t->server.version.n > 0 && !t->client.cloud ? " " : "",
                     STR_FMT(t->client.cloud ? STR_NONE : t->server.version),
                     told ? " (as configured)" : "");

    return jira_add_note(at, "deployment", NOTE_OK, kind, STR_NONE) &&
           (site.n > 0
                ? jira_add_note(at, "site", NOTE_OK, site, STR_NONE)
                : jira_add_note(at, "site", NOTE_WARN,
                                STR("the gateway does not tell the site: items have no "
                                    "links"),
                                STR("set the base URL of the site in its settings")));
}

static bool note_dates(struct jira_answer *at)
{
    const struct tracker *t = at->t;

    if (!t->dates_known) {
        return true; /* nothing was there to try it on */
    }
    return t->dates == JQL_EPOCH
               ? jira_add_note(at, "dates", NOTE_OK, STR("JQL takes milliseconds"),
                               STR_NONE)
               : jira_add_note(at, "dates", NOTE_OK,
                               STR("JQL does not take milliseconds: searches go by "
                                   "minutes before now"),
                               STR_NONE);
}

static bool note_fields(struct jira_answer *at)
{
    const struct jira_fields *f = &at->t->fields;

    for (size_t i = 0; i < f->n_choices; i++) {
        const struct jira_field_choice *c = &f->choices[i];
        struct str fix = c->found ? STR_NONE
                                  : arena_printf(at->out->a,
                                                 "give the name or the id of the field: "
                                                 "fields: { %.*s: NAME }",
                                                 STR_FMT(c->key));

        if (!jira_add_note(at, field_key(at->out->a, c->key),
                           c->found ? NOTE_OK : NOTE_WARN, c->text, fix)) {
            return false;
        }
    }
    return true;
}

bool jira_note_setup(struct jira_answer *at)
{
    struct str jql = utf8_cut(at->t->own->jql, MAX_SHOWN);

    return note_account(at) && note_site(at) && note_dates(at) && note_fields(at) &&
           jira_add_note(at, "jql", NOTE_OK, jql, STR_NONE);
}

/* ---- what went wrong ---- */

static bool is_site(const struct tracker *t)
{
    return str_has_suffix(t->conf->url, STR(".atlassian.net"));
}

/* A wrong host gives misleading answers: who reads this should know the right one. */
static struct str credentials_hint(const struct tracker *t, char *mem, size_t size)
{
    struct buf b;
    struct str site = is_site(t) ? t->conf->url : STR("https://SITE");

    buf_init_fixed(&b, mem, size);
    if (is_gateway(t)) {
        buf_addz(&b, "check user, token, its scopes (read:jira-work, read:jira-user) and "
                     "the cloud id, told at https://SITE" TENANT);
    } else if (t->client.cloud || is_site(t)) {
        buf_printf(&b,
                   "check user and token; a scoped token needs url " GATEWAY ", told at "
                   "%.*s" TENANT,
                   STR_FMT(site));
    } else {
        buf_addz(&b, is_anonymous(t) ? "it wants a token" : "check user and token");
    }
    return buf_str(&b);
}

static void add_hint(struct err *why, struct str hint)
{
    struct err plain = *why;

    err_set(why, plain.kind, "%s; %.*s", plain.msg, STR_FMT(hint));
}

void jira_explain(const struct jira_answer *at, struct err *why)
{
    const struct tracker *t = at->t;
    int status = at->resp != NULL ? at->resp->status : 0;
    bool first = t->stage == STAGE_SERVER;
    char mem[400];

    if (status == 401) {
        add_hint(why, credentials_hint(t, mem, sizeof mem));
    } else if (status == 410 && !t->client.cloud) {
        err_set(
            why, ERR_CONFIG,
            "Jira answered 410 to the search of Data Center: this is Jira Cloud, set "
            "'deployment: cloud' or leave it out");
    } else if (status == 404 && is_gateway(t) && t->stage < STAGE_WALKS) {
        add_hint(why, STR("the gateway knows no such site: its cloud id is told at "
                          "https://SITE" TENANT));
    } else if (status == 404 && first) {
        add_hint(why, STR("url is the address of a Jira, with its path"));
    } else if (t->own->deployment != JIRA_AUTO && !first &&
               (status == 404 || status == 405 || status == 410) && t->n_walks == 0) {
        err_set(why, ERR_CONFIG,
                "Jira answered %d to %s: is it %s, as 'deployment' says?", status,
                jira_stage_name(t->stage),
                t->client.cloud ? "Jira Cloud" : "Data Center");
    }
}

bool jira_note_failure(struct jira_answer *at, const struct err *why)
{
    struct str text = str_of(why->msg);
    char mem[400];

    if (why->kind == ERR_AUTH) {
        return jira_add_note(at, "account", NOTE_BAD, text,
                             credentials_hint(at->t, mem, sizeof mem));
    }
    if (why->kind == ERR_CONFIG && str_has_prefix(text, STR("fields."))) {
        struct str key = str_first(str_skip(text, 7), (size_t)(str_chr(text, ':') - 7));

        return jira_add_note(at, field_key(at->out->a, key), NOTE_BAD, text,
                             STR("give the id of one field"));
    }
    return true;
}

/* ---- a refused expression ---- */

/* A place as Jira tells it: "(line 1, character 12)". */
struct place {
    int64_t line, character; /* from 1 */
    size_t at, end;          /* of these words */
};

static bool find_place(struct str words, struct place *ret)
{
    static const struct str middle = STR_INIT(", character ");
    ptrdiff_t at = str_find(words, STR("(line "));
    struct str rest = str_skip(words, (size_t)(at + 6));
    ptrdiff_t comma = at < 0 ? -1 : str_find(rest, middle);
    ptrdiff_t end = comma < 0 ? -1 : str_chr(rest, ')');

    if (end < comma) {
        return false;
    }
    ret->at = (size_t)at;
    ret->end = (size_t)(at + 6 + end + 1);
    return comma >= 0 && str_to_i64(str_first(rest, (size_t)comma), &ret->line) &&
           str_to_i64(str_first(str_skip(rest, (size_t)comma + middle.n),
                                (size_t)end - (size_t)comma - middle.n),
                      &ret->character);
}

/*
 * The expression goes out as "(EXPRESSION) AND ...": on its first line places are
 * one too far, and what lies behind it is ours. *ret: from there on.
 */
static bool find_in_jql(struct str jql, struct place *p, struct str *ret)
{
    struct str line = STR_NONE;
    struct str rest = jql;
    size_t at = 0;

    for (int64_t n = 1; n <= p->line; n++) {
        if (!str_split(&rest, '\n', &line)) {
            return false;
        }
    }
    p->character -= p->line == 1 ? 1 : 0;
    for (int64_t n = 1; n < p->character && at < line.n; n++) {
        at++;
        while (at < line.n && ((unsigned char)line.p[at] & 0xc0) == 0x80) {
            at++;
        }
    }
    *ret = str_skip(line, at);
    return p->character >= 1 && at < line.n;
}

static struct str words_of(const struct jira_answer *at, struct buf *b)
{
    if (at->resp != NULL) {
        jira_error_text(at->resp->body, b);
    }
    return b->n > 0 ? buf_str(b) : STR("no reason was given");
}

/* "at line 1, character 8, 'foo = a'" in front: the end may be cut off. */
static struct str locate(struct arena *a, struct str jql, struct str *words)
{
    struct place p;
    struct str from;

    if (!find_place(*words, &p)) {
        return STR("");
    }
    struct str head = str_trim(str_first(*words, p.at));

    *words = arena_printf(a, "%.*s%.*s", STR_FMT(head), STR_FMT(str_skip(*words, p.end)));
    if (!find_in_jql(jql, &p, &from)) {
        return STR("");
    }
    bool long_ = from.n > 40;

    return arena_printf(a, " at line %lld, character %lld, '%.*s%s'", (long long)p.line,
                        (long long)p.character, STR_FMT(utf8_cut(from, 40)),
                        long_ ? "..." : "");
}

bool jira_explain_jql(struct jira_answer *at, struct err *why)
{
    struct arena *a = at->out->a;
    char mem[MAX_WORDS];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    struct str words = words_of(at, &b);
    struct str place = locate(a, at->t->own->jql, &words);
    struct str text = arena_printf(a, "Jira refused 'jql'%.*s: %.*s", STR_FMT(place),
                                   STR_FMT(words));

    err_set(why, ERR_CONFIG, "%.*s", STR_FMT(text));
    return jira_add_note(at, "jql", NOTE_BAD, text,
                         STR("correct 'jql' of this source"));
}
