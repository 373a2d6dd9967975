/*
 * Recordings of real Jira servers through the connector. What must come out is
 * computed from the recording by jansson, without the connector's code.
 * Recordings are read from $SHARED/data and skipped where they are absent.
 */
#include "tests/unit/jira_talk.h"

#include <jansson.h>
#include <time.h>

#include "base/hash.h"
#include "connectors/trackers/jira/jira_fields.h"
#include "connectors/trackers/jira/jira_wire.h"
#include "tests/replay/recordings.h"

/* ---- what must come out ---- */

static const char *text_of(const json_t *o, const char *a, const char *b)
{
    const json_t *v = json_object_get(o, a);

    v = b != NULL ? json_object_get(v, b) : v;
    return json_is_string(v) ? json_string_value(v) : "";
}

/* 2020-12-03T14:05:20.974+0100 */
static int64_t ms_of(const char *z)
{
    struct tm tm = {0};
    int ms, zone;
    char sign;

    if (sscanf(z, "%d-%d-%dT%d:%d:%d.%d%c%4d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms, &sign, &zone) != 9) {
        return 0;
    }
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t offset = (zone / 100 * 60 + zone % 100) * INT64_C(60000);

    return (int64_t)timegm(&tm) * 1000 + ms - (sign == '-' ? -offset : offset);
}

static bool is_issue(const json_t *v)
{
    return json_is_string(json_object_get(v, "id")) &&
           json_is_string(json_object_get(v, "key")) &&
           json_is_object(json_object_get(json_object_get(v, "fields"), "status"));
}

static enum item_category category_of(const json_t *fields)
{
    const char *key =
        text_of(json_object_get(fields, "status"), "statusCategory", "key");

    return strcmp(key, "done") == 0            ? ITEM_DONE
           : strcmp(key, "indeterminate") == 0 ? ITEM_IN_PROGRESS
                                               : ITEM_TODO;
}

static void assert_text(struct str got, const char *want, size_t max)
{
    size_t n = strlen(want) < max ? strlen(want) : max;

    if (got.n != n || memcmp(got.p != NULL ? got.p : "", want, n) != 0) {
        fail_msg("got '%.*s', want '%s'", STR_FMT(got), want);
    }
}

static size_t count_marks(const struct item *it, enum mark_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < it->n_marks; i++) {
        n += it->marks[i].kind == kind;
    }
    return n;
}

static bool has_mark(const struct item *it, enum mark_kind kind, const char *value)
{
    struct str want = str_first(str_trim(str_of(value)), ITEM_MAX_VALUE);

    for (size_t i = 0; i < it->n_marks; i++) {
        if (it->marks[i].kind == kind && str_has_prefix(want, it->marks[i].value)) {
            return true;
        }
    }
    return want.n == 0;
}

static void check_people(const struct item *it, const json_t *fields)
{
    const json_t *assignee = json_object_get(fields, "assignee");
    const char *id = text_of(assignee, "accountId", NULL);
    const char *author =
        text_of(json_object_get(fields, "reporter"), "accountId", NULL);

    id = id[0] != '\0' ? id : text_of(assignee, "name", NULL);
    author = author[0] != '\0' ? author : text_of(fields, "reporter", "name");
    assert_int_equal(it->n_assignees, json_is_object(assignee) && id[0] != '\0');
    if (it->n_assignees > 0) {
        assert_text(it->assignees[0], id, 255);
    }
    if (author[0] != '\0') {
        assert_text(it->author, author, 255);
    }
    assert_text(it->author_name, text_of(fields, "reporter", "displayName"), 255);
}

/* Options of custom fields that are read as marks. */
static void check_values(const struct item *it, const json_t *fields,
                         const struct jira_fields *read)
{
    for (size_t i = 0; i < read->n_marks; i++) {
        const json_t *v =
            json_object_getn(fields, read->marks[i].id.p, read->marks[i].id.n);

        if (json_is_object(v) && json_is_string(json_object_get(v, "value"))) {
            assert_true(has_mark(it, MARK_FIELD, text_of(v, "value", NULL)));
        }
        for (size_t k = 0; k < json_array_size(v); k++) {
            const json_t *e = json_array_get(v, k);

            if (json_is_object(e)) {
                assert_true(has_mark(it, MARK_FIELD, text_of(e, "value", NULL)));
                assert_true(has_mark(it, MARK_FIELD, text_of(e, "value", NULL)));
            }
        }
    }
}

static size_t texts_in(const json_t *list)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *v = json_array_get(list, i);

        n += json_is_string(v) ? json_string_length(v) > 0
                               : text_of(v, "name", NULL)[0] != '\0';
    }
    return n;
}

static void check_parent(const struct item *it, const json_t *fields,
                         const struct jira_fields *read)
{
    const json_t *parent = json_object_get(fields, "parent");
    const json_t *epic = json_object_getn(fields, read->epic_link.p, read->epic_link.n);

    if (json_is_object(parent)) {
        assert_text(it->parent_key, text_of(parent, "key", NULL), 255);
        assert_text(it->parent_vid, text_of(parent, "id", NULL), 255);
    } else if (json_is_string(epic)) {
        assert_text(it->parent_key, json_string_value(epic), 255);
        assert_int_equal(it->parent_vid.n, 0);
    } else {
        assert_int_equal(it->parent_key.n + it->parent_vid.n, 0);
    }
}

/* Any from which the time of closing can be told; test fixtures may lack all. */
static bool has_date(const json_t *fields)
{
    return text_of(fields, "resolutiondate", NULL)[0] != '\0' ||
           text_of(fields, "statuscategorychangedate", NULL)[0] != '\0' ||
           text_of(fields, "updated", NULL)[0] != '\0';
}

static void check_item(const struct item *it, const json_t *issue,
                       const struct jira_fields *read)
{
    const json_t *fields = json_object_get(issue, "fields");
    const json_t *level =
        json_object_get(json_object_get(fields, "issuetype"), "hierarchyLevel");
    bool done = category_of(fields) == ITEM_DONE;
    char url[300];

    assert_text(it->vid, text_of(issue, "id", NULL), 255);
    assert_text(it->key, text_of(issue, "key", NULL), 255);
    assert_text(it->title, text_of(fields, "summary", NULL), ITEM_MAX_TITLE);
    assert_text(it->type, text_of(fields, "issuetype", "name"), 255);
    assert_text(it->status, text_of(fields, "status", "name"), 255);
    (void)snprintf(url, sizeof url, "https://acme.com/browse/%s",
                   text_of(issue, "key", NULL));
    assert_text(it->url, url, sizeof url);
    assert_int_equal(it->category, category_of(fields));
    assert_int_equal(it->outcome == ITEM_OPEN, !done);
    assert_int_equal(it->created.ms, ms_of(text_of(fields, "created", NULL)));
    assert_int_equal(it->updated.ms, ms_of(text_of(fields, "updated", NULL)));
    assert_int_equal(it->closed.ms != 0, done && has_date(fields));
    if (done && text_of(fields, "resolutiondate", NULL)[0] != '\0') {
        assert_int_equal(it->closed.ms, ms_of(text_of(fields, "resolutiondate", NULL)));
    }
    if (json_is_integer(level)) {
        assert_int_equal(it->level, json_integer_value(level));
    }
    assert_int_equal(it->restricted,
                     json_is_object(json_object_get(fields, "security")));
    assert_int_equal(count_marks(it, MARK_LABEL),
                     texts_in(json_object_get(fields, "labels")));
    assert_int_equal(count_marks(it, MARK_COMPONENT),
                     texts_in(json_object_get(fields, "components")));
    assert_int_equal(count_marks(it, MARK_FIX_VERSION),
                     texts_in(json_object_get(fields, "fixVersions")));
    check_people(it, fields);
    check_parent(it, fields, read);
    check_values(it, fields, read);
}

/* ---- recordings of all kinds ---- */

struct totals {
    size_t files, bodies, pages, issues, truncations;
    uint64_t seed;
    const char *epic_link;
};

static uint64_t next_random(struct totals *t)
{
    t->seed = hash64(&t->seed, sizeof t->seed, 7);
    return t->seed;
}

/* Custom fields of the first issue, as if they were configured. */
static void pick_fields(const json_t *issues, struct arena *a, struct jira_fields *ret)
{
    json_t *fields = json_object_get(json_array_get(issues, 0), "fields");
    size_t cap = 0;
    const char *name;
    json_t *value;

    json_object_foreach(fields, name, value)
    {
        if (strncmp(name, "customfield_", 12) == 0 && !json_is_null(value) &&
            ret->n_marks < 30 && !str_eqz(ret->epic_link, name)) {
            struct jira_mark_field *m =
                arena_grow(a, &ret->marks, &ret->n_marks, &cap, sizeof *m);

            assert_non_null(m);
            m->id = m->name = str_of(name);
        }
    }
}

static size_t cuts(const struct str body, struct totals *t, size_t i)
{
    return body.n <= 16384 ? i : next_random(t) % body.n;
}

/* Cut anywhere it is an error, and nothing of it is taken. */
static void check_truncated(struct str body, const struct jira_reader *r,
                            struct totals *t)
{
    size_t n = body.n <= 16384 ? body.n : 256;
    struct arena *a = arena_create(64 << 20);

    for (size_t i = 0; i < n; i++) {
        struct jira_page page;
        struct feed f;
        struct err e;

        arena_reset(a);
        feed_init(&f, a);
        assert_false(
            jira_read_page(str_first(body, cuts(body, t, i)), r, &f, &page, &e));
        assert_int_equal(e.kind, ERR_PARSE);
        assert_int_equal(f.n_items, 0);
        t->truncations++;
    }
    arena_destroy(a);
}

/* The same through the whole tracker: it says so, and no cursor moves. */
static void check_cursor_still(struct str body, struct totals *t)
{
    for (int i = 0; i < 4; i++) {
        struct str cut = str_first(body, 1 + next_random(t) % (body.n - 1));
        struct talk_answer ans = {.status = 200, .raw = cut};
        struct talk k;

        talk_init(&k);
        talk_known(&k, "PAY", "10", "1 s e 1795345200000 0");
        talk_begin(&k);
        talk_setup_cloud(
            &k, "{\"isLast\":true,\"values\":[{\"key\":\"PAY\",\"id\":\"10\"}]}");
        talk_forget(&k);
        talk_reply(&k, "search/jql", ans);
        talk_log(&k, "");
        talk_reply(&k, "search/jql", ans);
        assert_true(str_has_prefix(buf_str(&k.log), STR("failed PAY malformed: ")));
        assert_int_equal(str_chr(buf_str(&k.log), '\n'), k.log.n - 1);
        assert_int_equal(k.items, 0);
        talk_step(&k, TRACKER_DONE);
        talk_finish(&k);
    }
}

static void check_page(const char *path, struct str body, struct totals *t)
{
    json_t *root = json_loadb(body.p, body.n, 0, NULL);
    const json_t *issues = json_object_get(root, "issues");
    struct jira_fields fields = {.epic_link = str_of(t->epic_link)};
    struct arena *a = arena_create(64 << 20);
    struct jira_conf own = {{0}};
    struct tracker_conf conf = {.own = &own};
    struct jira_reader reader;
    struct jira_page page;
    struct feed f;
    struct err e;
    size_t n = 0;

    feed_init(&f, a);
    pick_fields(issues, a, &fields);
    assert_true(
        jira_reader_init(&reader, &conf, &fields, STR("https://acme.com"), a, &e));
    bool ok = jira_read_page(body, &reader, &f, &page, &e);

    for (size_t i = 0; i < json_array_size(issues); i++) {
        const json_t *issue = json_array_get(issues, i);

        if (is_issue(issue)) {
            assert_true(ok && n < f.n_items);
            check_item(&f.items[n++], issue, &fields);
        }
    }
    if (!ok && (n > 0 || json_array_size(issues) == 0)) {
        fail_msg("%s: %s", path, e.msg);
    }
    assert_int_equal(f.n_items, n);
    assert_int_equal(ok ? f.skipped : 0, ok ? json_array_size(issues) - n : 0);
    t->pages++;
    t->issues += n;
    check_truncated(str_trim(body), &reader, t);
    check_cursor_still(str_trim(body), t);
    arena_destroy(a);
    json_decref(root);
}

/* `issue` alone, as a page. */
static void check_issue(const char *path, struct str issue, struct totals *t)
{
    struct buf b;

    buf_init(&b, 64 << 20);
    buf_addz(&b, "{\"issues\":[");
    buf_add(&b, issue);
    buf_addz(&b, "]}");
    check_page(path, buf_str(&b), t);
    buf_finish(&b);
}

static void check_field_list(const char *path, struct str body, const json_t *list,
                             struct totals *t)
{
    struct tracker_conf conf = {0};
    struct arena *a = arena_create(64 << 20);
    struct jira_fields found = {0};
    const char *epic_link = "";
    struct err e;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *field = json_array_get(list, i);

        if (strcmp(text_of(field, "schema", "custom"),
                   "com.pyxis.greenhopper.jira:gh-epic-link") == 0) {
            epic_link = text_of(field, "id", NULL);
        }
    }
    if (!jira_fields_find(&conf, body, a, &found, &e)) {
        fail_msg("%s: %s", path, e.msg);
    }
    assert_text(found.epic_link, epic_link, 255);
    for (size_t i = 0; i < 256; i++) {
        assert_false(jira_fields_find(&conf, str_first(body, next_random(t) % body.n),
                                      a, &found, &e));
        assert_int_equal(e.kind, ERR_PARSE);
    }
    arena_destroy(a);
}

static void check_projects(const char *path, struct str body, size_t n)
{
    struct arena *a = arena_create(64 << 20);
    struct jira_projects list = {0};
    struct jira_projects_page page;
    struct err e;

    if (!jira_read_projects(body, a, &list, &page, &e)) {
        fail_msg("%s: %s", path, e.msg);
    }
    assert_int_equal(list.n, n);
    arena_destroy(a);
}

static void check_server(struct str body, const json_t *root)
{
    struct arena *a = arena_create(1 << 20);
    struct jira_server server;
    struct err e;

    assert_true(jira_read_server(body, a, &server, &e));
    assert_int_equal(server.cloud,
                     strcmp(text_of(root, "deploymentType", NULL), "Cloud") == 0);
    for (size_t i = 0; i < body.n; i++) {
        assert_false(jira_read_server(str_first(body, i), a, &server, &e));
    }
    arena_destroy(a);
}

static bool is_list_of(const json_t *list, const char *member, const char *other)
{
    const json_t *first = json_array_get(list, 0);

    return json_object_get(first, member) != NULL &&
           json_object_get(first, other) != NULL;
}

static void check_dumped(const char *path, const json_t *issues, struct totals *t)
{
    for (size_t i = 0; i < json_array_size(issues); i++) {
        char *z = json_dumps(json_array_get(issues, i), JSON_COMPACT);

        assert_non_null(z);
        check_issue(path, str_of(z), t);
        free(z);
    }
}

/* By its shape. False: nothing that the connector asks for. */
static bool check_body(const char *path, struct str body, const json_t *root,
                       struct totals *t)
{
    const json_t *values = json_object_get(root, "values");

    if (json_is_array(json_object_get(root, "issues"))) {
        check_page(path, body, t);
    } else if (is_issue(root)) {
        check_issue(path, str_trim(body), t);
    } else if (is_issue(json_object_get(root, "issue"))) {
        json_t *one = json_pack("[O]", json_object_get(root, "issue"));

        check_dumped(path, one, t);
        json_decref(one);
    } else if (is_issue(json_array_get(values, 0))) {
        check_dumped(path, values, t);
    } else if (json_object_get(root, "deploymentType") != NULL) {
        check_server(str_trim(body), root);
    } else if (is_list_of(root, "clauseNames", "schema")) {
        check_field_list(path, str_trim(body), root, t);
    } else if (is_list_of(values, "key", "avatarUrls")) {
        check_projects(path, body, json_array_size(values));
    } else {
        return false;
    }
    return true;
}

static void check_exchanges(const char *path, const json_t *list, struct totals *t)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *resp = json_object_get(json_array_get(list, i), "response");
        struct str body = str_of(text_of(resp, "body", NULL));
        json_t *root = json_loadb(body.p, body.n, 0, NULL);

        t->bodies += root != NULL && check_body(path, body, root, t);
        json_decref(root);
    }
}

static void check_recording(const char *path, struct str text, void *arg)
{
    struct totals *t = arg;
    json_t *root = json_loadb(text.p, text.n, 0, NULL);

    t->files++;
    if (json_is_array(json_object_get(root, "exchanges"))) {
        check_exchanges(path, json_object_get(root, "exchanges"), t);
    } else if (root != NULL) {
        t->bodies += check_body(path, text, root, t);
    }
    json_decref(root);
}

static void recordings_read_as_they_say(void **state)
{
    struct totals cloud = {.epic_link = "customfield_10014"};
    struct totals dc = {.epic_link = "customfield_12311140"};

    (void)state;
    recordings_each("jira-cloud", ".json", check_recording, &cloud);
    recordings_each("jira-dc", ".json", check_recording, &dc);
    print_message("recordings: %zu run, %d skipped\n", cloud.files + dc.files,
                  (cloud.files == 0) + (dc.files == 0));
    print_message("%zu answers, %zu pages, %zu issues, %zu truncations\n",
                  cloud.bodies + dc.bodies, cloud.pages + dc.pages,
                  cloud.issues + dc.issues, cloud.truncations + dc.truncations);
    if (cloud.files + dc.files == 0) {
        skip();
    }
    assert_true(cloud.issues > 30 && dc.issues > 30);
}

/* ---- a whole instance: 500 issues of two projects ---- */

struct record {
    struct str line;
    char key[32];
    char project[16];
    int64_t updated, id;
    bool done;
    unsigned met;
};

struct instance {
    struct buf text;
    struct record v[600];
    size_t n;
    bool cloud;
    uint64_t faults; /* seed; 0: none */
    unsigned n_faults, n_requests;
};

static int by_updated(const void *a, const void *b)
{
    const struct record *x = a, *y = b;

    return x->updated != y->updated
               ? (x->updated > y->updated) - (x->updated < y->updated)
               : (x->id > y->id) - (x->id < y->id);
}

static bool instance_load(struct instance *in)
{
    struct str rest, line;
    struct buf path;

    *in = (struct instance){0};
    recordings_path(&path, "large/jira-500.ndjson");
    bool ok = recording_read(buf_cstr(&path), &in->text);

    buf_finish(&path);
    rest = buf_str(&in->text);
    while (ok && str_split(&rest, '\n', &line)) {
        json_t *issue = json_loadb(line.p, line.n, 0, NULL);
        const json_t *fields = json_object_get(issue, "fields");
        struct record *r = &in->v[in->n];

        if (issue == NULL) {
            continue;
        }
        in->n++;
        r->line = line;
        (void)snprintf(r->key, sizeof r->key, "%s", text_of(issue, "key", NULL));
        (void)snprintf(r->project, sizeof r->project, "%s",
                       text_of(fields, "project", "key"));
        r->updated = ms_of(text_of(fields, "updated", NULL));
        r->id = strtoll(text_of(issue, "id", NULL), NULL, 10);
        r->done = category_of(fields) == ITEM_DONE;
        json_decref(issue);
    }
    qsort(in->v, in->n, sizeof in->v[0], by_updated);
    return ok;
}

static int64_t number_after(const char *s, const char *what, int64_t none)
{
    const char *at = strstr(s, what);

    return at != NULL ? strtoll(at + strlen(what), NULL, 10) : none;
}

static bool is_found(const struct record *r, const char *q)
{
    char quoted[20];

    (void)snprintf(quoted, sizeof quoted, "\"%s\"", r->project);
    return (strstr(q, "project") == NULL || strstr(q, quoted) != NULL) &&
           (strstr(q, "!= Done") == NULL || !r->done) &&
           (strstr(q, "= Done") == NULL || strstr(q, "!= Done") != NULL || r->done) &&
           r->updated >= number_after(q, "updated >= ", 0);
}

/* Answers a search as either kind of Jira does, 37 issues at most. */
static void search(const struct instance *in, const char *q, struct buf *out)
{
    int64_t start = number_after(q, in->cloud ? "nextPageToken=T" : "startAt=", 0);
    int64_t size = number_after(q, "maxResults=", 50);
    int64_t found = 0;

    size = size < 37 ? size : 37;
    buf_addz(out, "{\"issues\":[");
    for (size_t i = 0; i < in->n; i++) {
        if (!is_found(&in->v[i], q)) {
            continue;
        }
        if (found >= start && found < start + size) {
            buf_addz(out, found > start ? "," : "");
            buf_add(out, in->v[i].line);
        }
        found++;
    }
    buf_addz(out, "]");
    if (!in->cloud) {
        buf_printf(out, ",\"startAt\":%" PRId64 ",\"total\":%" PRId64, start, found);
    } else if (start + size < found) {
        buf_printf(out, ",\"nextPageToken\":\"T%" PRId64 "\"", start + size);
    }
    buf_addz(out, "}");
}

static void serve(const struct instance *in, const char *url, struct buf *out)
{
    static const char projects[] = "[{\"key\":\"DAEMON\",\"id\":\"12519\"},"
                                   "{\"key\":\"TIMOB\",\"id\":\"10153\"}]";

    if (strstr(url, "/serverInfo") != NULL) {
        buf_addz(out, in->cloud ? TALK_CLOUD : TALK_SERVER);
    } else if (strstr(url, "/myself") != NULL) {
        buf_addz(out, TALK_MYSELF);
    } else if (strstr(url, "/field") != NULL && strstr(url, "/search") == NULL) {
        buf_addz(out, TALK_FIELDS);
    } else if (strstr(url, "/project") != NULL && strstr(url, "jql=") == NULL) {
        buf_printf(out, in->cloud ? "{\"isLast\":true,\"values\":%s}" : "%s", projects);
    } else {
        search(in, url, out);
    }
}

/* The first fault of each kind is followed by a good answer. */
static struct talk_answer fault(struct instance *in, struct str body)
{
    uint64_t random = hash64(&in->n_requests, sizeof in->n_requests, in->faults);
    struct talk_answer ans = {.status = 200, .raw = body};

    if (in->faults == 0 || in->n_requests % 2 == 0) {
        return ans;
    }
    in->n_faults++;
    switch (random % 5) {
    case 0:
        return (struct talk_answer){.status = 503, .body = ""};
    case 1:
        return (struct talk_answer){.status = 429, .body = ""};
    case 2:
        return (struct talk_answer){.failure = ERR_NET};
    case 3:
        ans.raw.n = 1 + random / 5 % (body.n - 1);
        return ans;
    default:
        in->n_faults--;
        return ans;
    }
}

static void note_items(struct instance *in, const struct feed *f)
{
    for (size_t i = 0; i < f->n_items; i++) {
        bool known = false;

        for (size_t k = 0; k < in->n && !known; k++) {
            known = str_eqz(f->items[i].key, in->v[k].key);
            in->v[k].met += known;
        }
        assert_true(known);
    }
}

static void sync_all(struct instance *in, struct talk *k)
{
    struct tracker_request req = {0};
    enum tracker_step step;

    while ((step = jira_ops.next(k->t, k->now, &req, &k->until)) != TRACKER_DONE) {
        struct buf url, body;
        struct feed f;

        if (step == TRACKER_WAIT) {
            k->now = k->until;
            continue;
        }
        assert_int_equal(step, TRACKER_REQUEST);
        in->n_requests++;
        buf_init(&url, 1 << 20);
        buf_init(&body, 64 << 20);
        talk_decode(&url, req.http.url);
        serve(in, buf_cstr(&url), &body);
        struct talk_answer ans = fault(in, buf_str(&body));

        talk_feed(k, req.tag, &ans, &f);
        note_items(in, &f);
        buf_finish(&url);
        buf_finish(&body);
    }
}

static void sync_instance(struct instance *in, struct str include, int64_t history_days,
                          const char *want_end)
{
    struct talk k;

    for (size_t i = 0; i < in->n; i++) {
        in->v[i].met = 0;
    }
    in->n_requests = 0;
    in->n_faults = 0;
    talk_init(&k);
    k.conf.url = STR("https://jira.acme.com");
    k.conf.history = SPAN_MS(history_days * 86400000);
    k.conf.budget.in_flight = 3;
    if (include.n > 0) {
        talk_include(&k, include.p);
    }
    talk_begin(&k);
    sync_all(in, &k);
    if (strstr(buf_cstr(&k.log), "failed") != NULL ||
        strstr(buf_cstr(&k.log), want_end) == NULL) {
        fail_msg("wanted %s; log: %s", want_end, buf_cstr(&k.log));
    }
    talk_finish(&k);
}

static void all_issues_arrive(void **state)
{
    static struct instance in;

    (void)state;
    if (!instance_load(&in)) {
        print_message("recordings: 0 run, 1 skipped\n");
        buf_finish(&in.text);
        skip();
    }
    assert_int_equal(in.n, 500);
    for (int round = 0; round < 42; round++) {
        bool one = round % 4 >= 2;

        in.cloud = round % 2 == 0;
        in.faults = round < 4 ? 0 : (uint64_t)round;
        sync_instance(&in, one ? STR("DAEMON") : STR(""), 365 * 40,
                      "synced DAEMON [1 s e ");
        for (size_t i = 0; i < in.n; i++) {
            bool wanted = !one || strcmp(in.v[i].project, "DAEMON") == 0;

            if ((in.v[i].met > 0) != wanted) {
                fail_msg("round %d: %s met %u times", round, in.v[i].key, in.v[i].met);
            }
        }
    }
    print_message("recordings: 1 run, 0 skipped; faults of the last round: %u\n",
                  in.n_faults);
    buf_finish(&in.text);
}

/* Open issues of any age, closed ones of the history only. */
static void history_bounds_the_closed(void **state)
{
    static struct instance in;
    const int64_t days = 365 * 8;
    size_t wanted = 0, met = 0;

    (void)state;
    if (!instance_load(&in)) {
        buf_finish(&in.text);
        skip();
    }
    in.cloud = true;
    sync_instance(&in, STR(""), days, "synced TIMOB [1 s e ");
    for (size_t i = 0; i < in.n; i++) {
        bool want = !in.v[i].done || in.v[i].updated >= TALK_NOW.ms - days * 86400000;

        wanted += want;
        met += in.v[i].met > 0;
        assert_int_equal(in.v[i].met > 0, want);
    }
    assert_int_equal(met, wanted);
    assert_true(wanted > 45 && wanted < 500);
    buf_finish(&in.text);
}

/* The archived project resource: one object in a list, as /project answers. */
static void the_project_resource_reads(void **state)
{
    struct jira_projects list = {0};
    struct jira_projects_page page;
    struct arena *a = arena_create(1 << 20);
    struct buf path, text;
    struct err e;

    (void)state;
    recordings_path(&path, "large/jira-project-DAEMON.json");
    bool found = recording_read(buf_cstr(&path), &text);

    if (found) {
        assert_true(jira_read_projects(buf_str(&text), a, &list, &page, &e));
        assert_int_equal(list.n, 1);
        assert_text(list.v[0].key, "DAEMON", 99);
        assert_text(list.v[0].id, "12519", 99);
        assert_true(page.last);
    }
    buf_finish(&path);
    buf_finish(&text);
    arena_destroy(a);
    if (!found) {
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recordings_read_as_they_say),
        cmocka_unit_test(all_issues_arrive),
        cmocka_unit_test(history_bounds_the_closed),
        cmocka_unit_test(the_project_resource_reads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
