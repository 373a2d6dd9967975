/*
 * Searches by JQL and what they return. Cloud: no total, a token for the next
 * page that names the issue it follows, so one that changes meanwhile is met
 * again and none is skipped. Data Center: startAt and total over a list made
 * anew for each page, so one that changes can shift the rest.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/sign.h"
#include "tests/support/vendors/jira_site.h"

#define CLOUD_CAP 100 /* a page with fields; the documented 5000 is for ids alone */
#define CLOUD_ID_CAP 5000
#define DC_CAP 1000 /* jira.search.views.default.max */
#define DFLT_MAX 50
#define BULK_MAX 100
#define QUERY_SEED 37

struct query {
    const char *jql;
    const char *token;
    int64_t start, max;
    bool strict;
    json_t *fields;     /* owned; names; NULL: the default */
    const char *expand; /* borrowed; comma list */
    json_t *body;       /* owned; of a POST */
};

void jira_refuse(struct reply *rp, int status, const char *message)
{
    reply_json(rp, status,
               json_pack("{s:[s], s:{}}", "errorMessages", message, "errors"));
}

/* ---- what is asked ---- */

static json_t *split_names(const char *text)
{
    struct str rest = str_of(text), one;
    json_t *names = json_array();

    while (str_split(&rest, ',', &one)) {
        one = str_trim(one);
        if (one.n) {
            (void)json_array_append_new(names, json_stringn(one.p, one.n));
        }
    }
    return names;
}

static bool read_get(const struct request *rq, struct query *q)
{
    const char *fields = request_arg(rq, "fields");
    const char *validate = request_arg(rq, "validateQuery");

    q->jql = request_arg(rq, "jql");
    q->token = request_arg(rq, "nextPageToken");
    q->start = request_int(rq, "startAt", 0);
    q->max = request_int(rq, "maxResults", DFLT_MAX);
    q->expand = request_arg(rq, "expand");
    q->strict =
        !validate || (strcmp(validate, "false") != 0 && strcmp(validate, "warn") != 0 &&
                      strcmp(validate, "none") != 0);
    q->fields = fields ? split_names(fields) : NULL;
    return true;
}

static bool read_body(const struct request *rq, const char *const *members,
                      struct query *q, struct reply *rp)
{
    json_error_t why;
    const char *key;
    json_t *value;

    q->body = json_loadb(buf_cstr(&rq->body), rq->body.n, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(q->body)) {
        jira_refuse(rp, 400,
                    "There was an error parsing JSON. Check that your request body is "
                    "valid.");
        return false;
    }
    json_object_foreach(q->body, key, value)
    {
        const char *const *m = members;

        while (*m && strcmp(*m, key) != 0) {
            m++;
        }
        if (!*m) {
            jira_refuse(rp, 400,
                        "Invalid request payload. Refer to the REST API documentation "
                        "and try again.");
            return false;
        }
    }
    q->jql = json_text(q->body, "jql", NULL);
    q->token = json_text(q->body, "nextPageToken", NULL);
    q->start = json_number(q->body, "startAt", 0);
    q->max = json_number(q->body, "maxResults", DFLT_MAX);
    q->strict = json_flag(q->body, "validateQuery", true);
    q->expand = json_text(q->body, "expand", NULL);
    value = json_object_get(q->body, "fields");
    q->fields = json_is_array(value) ? json_incref(value) : NULL;
    return true;
}

static void query_finish(struct query *q)
{
    json_decref(q->fields);
    json_decref(q->body);
}

/* ---- the search ---- */

static bool has_project(void *arg, struct str name, const char **ret_key)
{
    const struct jira *j = arg;

    for (size_t i = 0; i < j->n_projects; i++) {
        const struct jira_project *p = &j->projects[i];
        uint64_t id;

        if (str_eq_nocase(name, str_of(p->key)) ||
            str_eq_nocase(name, str_of(p->name)) ||
            (str_to_u64(name, &id) && (int64_t)id == p->id)) {
            *ret_key = p->key;
            return true;
        }
    }
    return false;
}

static bool has_issue(void *arg, struct str key)
{
    const struct jira_issue *i = jira_find(arg, key);

    return i && jira_is_seen(arg, i);
}

static bool carries(const void *issue, char list, struct str value)
{
    const struct jira_issue *i = issue;
    const json_t *all = json_object_get(i->model ? i->model : i->raw,
                                        list == 'l' ? "labels" : "components");
    const json_t *one;
    size_t k;

    json_array_foreach(all, k, one)
    {
        const char *text =
            json_is_object(one) ? json_text(one, "name", "") : json_string_value(one);

        if (text && str_eq_nocase(value, str_of(text))) {
            return true;
        }
    }
    return false;
}

static bool carries_none(const void *issue, char list)
{
    const struct jira_issue *i = issue;

    return json_array_size(json_object_get(i->model ? i->model : i->raw,
                                           list == 'l' ? "labels" : "components")) == 0;
}

static struct jql_issue look(const struct jira *j, const struct jira_issue *i)
{
    return (struct jql_issue){
        .id = i->id,
        .key = i->key,
        .project = j->projects[i->project].key,
        .status = i->status,
        .type = i->type,
        .category = i->category,
        .created = i->created,
        .updated = i->updated,
        .has = carries,
        .is_empty = carries_none,
        .issue = i,
    };
}

struct sorting {
    const struct jira *jira;
    const struct jql *jql;
};

static int compare(const void *a, const void *b, void *arg)
{
    const struct sorting *s = arg;
    const uint32_t *x = a, *y = b;
    struct jql_issue ix = look(s->jira, &s->jira->issues[*x]);
    struct jql_issue iy = look(s->jira, &s->jira->issues[*y]);

    return jql_compare(s->jql, &ix, &iy);
}

struct found {
    struct jql *jql;
    uint32_t *at; /* owned; indices of issues, in order */
    size_t n;
};

static void found_finish(struct found *f)
{
    jql_destroy(f->jql);
    free(f->at);
}

/* False with an answer in `rp`. */
static bool find(struct jira *j, const struct request *rq, const struct query *q,
                 bool bounded, struct found *ret, struct reply *rp)
{
    struct jql_site site = {
        .now = rq->at,
        .zone = j->zone,
        .epoch = !j->o.no_epoch,
        .strict = q->strict,
        .has_project = has_project,
        .has_issue = has_issue,
        .arg = j,
    };
    struct sorting how = {j, NULL};
    struct buf why;

    *ret = (struct found){0};
    buf_init(&why, 4096);
    ret->jql = jql_parse(str_of(q->jql), &site, &why);
    if (!ret->jql) {
        jira_refuse(rp, why.n ? 400 : 500, why.n ? buf_cstr(&why) : "out of memory");
        buf_finish(&why);
        return false;
    }
    buf_finish(&why);
    if (bounded && !jql_is_bounded(ret->jql)) {
        jira_refuse(rp, 400,
                    "Unbounded JQL queries are not allowed here. Please add a search "
                    "restriction to your query.");
        return false;
    }
    ret->at = calloc(j->n_issues + 1, sizeof *ret->at);
    if (!ret->at) {
        jira_refuse(rp, 500, "out of memory");
        return false;
    }
    for (uint32_t i = 0; i < j->n_issues; i++) {
        struct jql_issue seen = look(j, &j->issues[i]);

        bool listed = jira_is_seen(j, &j->issues[i]) && !j->issues[i].archived;

        if (listed && jql_matches(ret->jql, &seen)) {
            ret->at[ret->n++] = i;
        }
    }
    how.jql = ret->jql;
    qsort_r(ret->at, ret->n, sizeof *ret->at, compare, &how);
    return true;
}

/* ---- tokens of Cloud ---- */

static uint64_t query_hash(const struct query *q)
{
    return hash64(q->jql ? q->jql : "", q->jql ? strlen(q->jql) : 0, QUERY_SEED);
}

static json_t *make_token(const struct query *q, const struct jira_issue *last)
{
    char plain[256], text[384];
    struct buf b, out;

    buf_init_fixed(&b, plain, sizeof plain);
    buf_printf(&b, "%" PRIx64 "|%" PRId64 "|%" PRId64 "|%" PRId64 "|%s", query_hash(q),
               last->updated.ms, last->created.ms, last->id, last->key);
    buf_init_fixed(&out, text, sizeof text);
    sign_base64(&out, buf_str(&b));
    return json_string(buf_cstr(&out));
}

/* Where the last page ended, as an issue of that time: it may have moved on. */
struct mark {
    struct jql_issue issue;
    char key[64], project[64];
};

static void keep(char *mem, size_t size, struct str text)
{
    struct buf b;

    buf_init_fixed(&b, mem, size);
    buf_add(&b, text);
    mem[b.n] = '\0';
}

static bool read_token(const struct query *q, struct mark *m)
{
    struct str rest, part[5];
    struct err e;
    char plain[288], hash[24];
    struct buf mem, h;
    ptrdiff_t dash;

    buf_init_fixed(&mem, plain, sizeof plain);
    if (!sign_base64_decode(&mem, str_of(q->token), &e)) {
        return false;
    }
    rest = buf_str(&mem);
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        if (!str_split(&rest, '|', &part[i])) {
            return false;
        }
    }
    buf_init_fixed(&h, hash, sizeof hash);
    buf_printf(&h, "%" PRIx64, query_hash(q));
    dash = str_chr(part[4], '-');
    if (dash < 0 || !str_eqz(part[0], hash) ||
        !str_to_i64(part[1], &m->issue.updated.ms) ||
        !str_to_i64(part[2], &m->issue.created.ms) ||
        !str_to_i64(part[3], &m->issue.id)) {
        return false;
    }
    keep(m->key, sizeof m->key, part[4]);
    keep(m->project, sizeof m->project, str_first(part[4], (size_t)dash));
    m->issue.key = m->key;
    m->issue.project = m->project;
    return true;
}

/* The first of the list that comes after the token; false: it is not ours. */
static bool skip_to_token(const struct jira *j, const struct query *q,
                          const struct found *f, size_t *ret)
{
    struct mark mark = {0};

    if (!read_token(q, &mark)) {
        return false;
    }
    for (*ret = 0; *ret < f->n; ++*ret) {
        struct jql_issue i = look(j, &j->issues[f->at[*ret]]);

        if (jql_compare(f->jql, &i, &mark.issue) > 0) {
            break;
        }
    }
    return true;
}

static int64_t clamp(int64_t max, int64_t cap)
{
    return max < 0 || max > cap ? cap : max;
}

static void page_cloud(struct jira *j, enum jira_form f, const struct query *q,
                       const struct found *found, struct reply *rp)
{
    bool ids = !q->fields || jira_show_is_ids(q->fields);
    int64_t cap = j->o.page_cap ? j->o.page_cap : (ids ? CLOUD_ID_CAP : CLOUD_CAP);
    size_t from = 0, n = (size_t)clamp(q->max > 0 ? q->max : DFLT_MAX, cap);
    json_t *issues, *root;
    bool more;

    if (q->token && !skip_to_token(j, q, found, &from)) {
        jira_refuse(rp, 400, "The provided next page token is invalid or expired.");
        return;
    }
    issues = json_array();
    for (size_t k = from; k < found->n && k - from < n; k++) {
        (void)json_array_append_new(
            issues, jira_show(j, f, &j->issues[found->at[k]], q->fields, ids));
    }
    more = from + n < found->n;
    root = json_pack("{s:b, s:o}", "isLast", !more, "issues", issues);
    if (root && more) {
        (void)json_object_set_new(root, "nextPageToken",
                                  make_token(q, &j->issues[found->at[from + n - 1]]));
    }
    jira_show_names(j, f, q->fields, q->expand, root);
    reply_json(rp, 200, root);
}

void jira_search_cloud(struct jira *j, enum jira_form f, const struct request *rq,
                       struct reply *rp)
{
    static const char *const members[] = {
        "jql",        "nextPageToken", "maxResults",      "fields", "expand",
        "properties", "fieldsByKeys",  "reconcileIssues", NULL};
    struct query q = {.strict = true};
    struct found found = {0};
    bool post = strcmp(rq->method, "POST") == 0;

    rp->class_ = "jira.search";
    if (post ? read_body(rq, members, &q, rp) : read_get(rq, &q)) {
        q.strict = true;
        if (find(j, rq, &q, true, &found, rp)) {
            page_cloud(j, f, &q, &found, rp);
        }
    }
    found_finish(&found);
    query_finish(&q);
}

void jira_count(struct jira *j, const struct request *rq, struct reply *rp)
{
    static const char *const members[] = {"jql", NULL};
    struct query q = {.strict = true};
    struct found found = {0};

    rp->class_ = "jira.count";
    if (read_body(rq, members, &q, rp) && find(j, rq, &q, true, &found, rp)) {
        reply_json(rp, 200, json_pack("{s:I}", "count", (json_int_t)found.n));
    }
    found_finish(&found);
    query_finish(&q);
}

/* ---- Data Center ---- */

static json_t *show_with_log(struct jira *j, struct jira_issue *i, const struct query *q)
{
    json_t *o = jira_show(j, JIRA_DC_V2, i, q->fields, false);

    if (o && q->expand && strstr(q->expand, "changelog")) {
        (void)json_object_set_new(o, "changelog", jira_log_show(j, JIRA_DC_V2, i));
    }
    return o;
}

static void page_dc(struct jira *j, const struct query *q, const struct found *found,
                    struct reply *rp)
{
    int64_t max = clamp(q->max, j->o.page_cap ? j->o.page_cap : DC_CAP);
    json_t *issues = json_array(), *root;

    for (size_t k = (size_t)q->start; k < found->n && (int64_t)k - q->start < max;
         k++) {
        (void)json_array_append_new(
            issues,
            show_with_log(j, &j->issues[found->at[k]], q));
    }
    root = json_pack("{s:s, s:I, s:I, s:I, s:o}", "expand", "schema,names", "startAt",
                     (json_int_t)q->start, "maxResults", (json_int_t)max, "total",
                     (json_int_t)found->n, "issues", issues);
    jira_show_names(j, JIRA_DC_V2, q->fields, q->expand, root);
    reply_json(rp, 200, root);
}

void jira_search_dc(struct jira *j, const struct request *rq, struct reply *rp)
{
    static const char *const members[] = {
        "jql", "startAt", "maxResults", "fields", "expand", "validateQuery", NULL};
    struct query q = {.strict = true};
    struct found found = {0};
    bool post = strcmp(rq->method, "POST") == 0;

    rp->class_ = "jira-dc.search";
    if (post ? read_body(rq, members, &q, rp) : read_get(rq, &q)) {
        if (q.start < 0) {
            jira_refuse(rp, 400, "The start index cannot be negative.");
        } else if (find(j, rq, &q, false, &found, rp)) {
            page_dc(j, &q, &found, rp);
        }
    }
    found_finish(&found);
    query_finish(&q);
}

/* ---- by key or id ---- */

static int compare_ids(const void *a, const void *b, void *arg)
{
    const struct jira *j = arg;
    const uint32_t *x = a, *y = b;

    return (j->issues[*x].id > j->issues[*y].id) -
           (j->issues[*x].id < j->issues[*y].id);
}

/* Ascending ids, each once; what is not there is just missing from the answer. */
static void answer_bulk(struct jira *j, enum jira_form f, const struct query *q,
                        const json_t *wanted, struct reply *rp)
{
    uint32_t at[BULK_MAX];
    size_t n = 0;
    json_t *issues = json_array();
    const json_t *one;
    size_t i;

    json_array_foreach(wanted, i, one)
    {
        const struct jira_issue *found = jira_find(j, str_of(json_string_value(one)));

        if (found && jira_is_seen(j, found)) {
            at[n++] = (uint32_t)(found - j->issues);
        }
    }
    qsort_r(at, n, sizeof *at, compare_ids, j);
    for (size_t k = 0; k < n; k++) {
        if (k == 0 || at[k] != at[k - 1]) {
            (void)json_array_append_new(
                issues, jira_show(j, f, &j->issues[at[k]], q->fields, false));
        }
    }
    reply_json(rp, 200, json_pack("{s:o, s:[]}", "issues", issues, "issueErrors"));
}

void jira_bulk(struct jira *j, enum jira_form f, const struct request *rq,
               struct reply *rp)
{
    static const char *const members[] = {"issueIdsOrKeys", "fields",       "expand",
                                          "properties",     "fieldsByKeys", NULL};
    struct query q = {.strict = true};
    const json_t *wanted;

    rp->class_ = "jira.bulkfetch";
    if (read_body(rq, members, &q, rp)) {
        wanted = json_object_get(q.body, "issueIdsOrKeys");
        if (!json_array_size(wanted) || json_array_size(wanted) > BULK_MAX) {
            jira_refuse(rp, 400, "The number of issues must be between 1 and 100.");
        } else {
            answer_bulk(j, f, &q, wanted, rp);
        }
    }
    query_finish(&q);
}

void jira_one(struct jira *j, enum jira_form f, struct str key,
              const struct request *rq, struct reply *rp)
{
    struct jira_issue *i = jira_find(j, key);
    struct query q = {0};

    rp->class_ = f == JIRA_DC_V2 ? "jira-dc.issue" : "jira.issue";
    if (i && !i->gone && !jira_is_seen(j, i) && f == JIRA_DC_V2) {
        jira_refuse(rp, 403, "You do not have the permission to see the specified issue.");
        return;
    }
    if (!i || !jira_is_seen(j, i)) {
        jira_refuse(
            rp, 404,
            f == JIRA_DC_V2
                ? "Issue Does Not Exist"
                : "Issue does not exist or you do not have permission to see it.");
        return;
    }
    (void)read_get(rq, &q);
    reply_json(rp, 200, jira_show(j, f, i, q.fields, false));
    query_finish(&q);
}
