/*
 * Requests on the status socket: records with 0x1e between them, each a line
 * "METHOD target" and a body, in order on one store. Every answer has a status
 * of config/openapi.json and its schema; a read writes nothing; a write leaves
 * one audit row, or with an error nothing; and evaluation afterwards finds its
 * aggregates as they should be. The store is the same before each input.
 *
 *   RUN 3600         evaluates and flushes, so many seconds later
 */
#include "base/utf8.h"
#include "status/server_uri.h"
#include "tests/fuzz/script.h"
#include "tests/unit/api_rig.h"

enum { MAX_REQUESTS = 8 };

static struct api_rig *rig;
static int64_t image_now;
static struct buf restore_sql; /* the store as each input finds it, from `image` */
static sqlite3_int64 restored; /* changes made when it was as it should be */

static void run_sql(const char *sql)
{
    char *why = NULL;

    FUZZ_CHECK(sqlite3_exec(rig->er->r.db->h, sql, NULL, NULL, &why) == SQLITE_OK,
               "%s: %s", sql, why);
}

/* A copy of each table; the same tables go on, so that statements stay prepared. */
static void take_image(void)
{
    sqlite3_stmt *st;
    struct buf create;

    buf_init(&create, 1 << 16);
    buf_init(&restore_sql, 1 << 16);
    run_sql("ATTACH ':memory:' AS image");
    buf_addz(&restore_sql, "BEGIN; PRAGMA defer_foreign_keys = 1;");
    FUZZ_CHECK(sqlite3_prepare_v2(
                   rig->er->r.db->h,
                   "SELECT l.name, (SELECT group_concat(c.name) FROM "
                   "pragma_table_info(l.name) AS c) FROM pragma_table_list AS l JOIN "
                   "main.sqlite_schema AS s ON s.name = l.name WHERE l.schema = 'main'",
                   -1, &st, NULL) == SQLITE_OK,
               "no tables");
    while (sqlite3_step(st) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(st, 0);
        const char *columns = (const char *)sqlite3_column_text(st, 1);

        buf_printf(&create, "CREATE TABLE image.of_%s AS SELECT %s FROM main.%s;", name,
                   columns, name);
        buf_printf(&restore_sql,
                   "DELETE FROM main.%s; INSERT INTO main.%s (%s) SELECT * FROM "
                   "image.of_%s;",
                   name, name, columns, name);
    }
    sqlite3_finalize(st);
    buf_addz(&restore_sql, "COMMIT;");
    run_sql(buf_cstr(&create));
    buf_finish(&create);
    restored = sqlite3_total_changes64(rig->er->r.db->h);
    image_now = rig->er->r.now.ms;
}

static void restore(void)
{
    sqlite3 *h = rig->er->r.db->h;

    rig->er->r.now.ms = image_now;
    if (sqlite3_total_changes64(h) != restored) {
        run_sql(buf_cstr(&restore_sql));
        restored = sqlite3_total_changes64(h);
    }
}

/* A dead message, and writes of each kind, so that they can be taken back. */
static void prepare(void)
{
    static const char *const requests[][3] = {
        {"POST", "/v1/links", "{\"item\":\"acme/web#9\",\"initiative\":\"billing\"}"},
        {"POST", "/v1/exemptions",
         "{\"item\":\"acme/web#5\",\"reason\":\"r\",\"until\":\"2030-01-01\"}"},
    };
    struct rig *r = &rig->er->r;
    struct outbox_message m;
    const struct outbox_outcome o = {.verdict = CHAT_DEAD,
                                     .status = 410,
                                     .reason = STR("answered 410"),
                                     .dead = true};
    struct wall next;
    bool found;

    fill(rig->er);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        struct api_request req = {.method = str_of(requests[i][0]),
                                  .path = str_of(requests[i][1]),
                                  .body = str_of(requests[i][2]),
                                  .a = rig->a,
                                  .may_write = true};

        (void)run_request(rig, &req);
        FUZZ_CHECK(rig->status == 200, "%s", buf_cstr(&rig->body));
    }
    RIG_OK(r, db_outbox_claim(r->db, STR("product"), r->now, rig->a, &m, &found, &next,
                              &r->e));
    FUZZ_CHECK(found, "no message");
    RIG_OK(r, db_outbox_record(r->db, m.id, &o, r->now, &r->e));
    eval_rig_run(rig->er);
}

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    void *state = NULL;

    FUZZ_CHECK(setup(&state) == 0, "the rig");
    rig = state;
    prepare();
    take_image();
    return 0;
}

/* ---- one request ---- */

/* As the server hands it over; false: it would have answered 400 itself. */
static bool read_target(struct str target, struct str *ret_path,
                        struct str_pair_list *ret_query)
{
    struct str rest = target, part;
    size_t cap = 0;
    struct err e;

    *ret_query = (struct str_pair_list){NULL, 0};
    if (!str_split(&rest, '?', ret_path) || str_chr(target, '\0') >= 0) {
        return false;
    }
    while (str_split(&rest, '&', &part)) {
        struct str_pair *p =
            arena_grow(rig->a, &ret_query->v, &ret_query->n, &cap, sizeof *p);
        ptrdiff_t eq = str_chr(part, '=');
        struct str key = eq < 0 ? part : str_first(part, (size_t)eq);
        struct str value = eq < 0 ? STR_NONE : str_skip(part, (size_t)eq + 1);

        FUZZ_CHECK(p != NULL, "out of memory");
        if (!server_uri_decode(rig->a, key, &p->key, &e) ||
            !server_uri_decode(rig->a, value, &p->value, &e)) {
            return false;
        }
    }
    return true;
}

static bool is_known_status(int status)
{
    static const int known[] = {200, 202, 400, 403, 404, 405, 409, 413, 503};

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (status == known[i]) {
            return true;
        }
    }
    return false;
}

static void check_answer(const struct api_route *route, struct str target)
{
    struct str body = buf_str(&rig->body);
    json_error_t why;
    json_t *v;
    size_t at;

    FUZZ_CHECK(is_known_status(rig->status), "%.*s: %d: %.*s", STR_FMT(target),
               rig->status, STR_FMT(body));
    FUZZ_CHECK(utf8_valid(body, &at), "not UTF-8 at %zu: %.*s", at, STR_FMT(body));
    if (!str_has_suffix(str_of(rig->type), STR("json"))) {
        FUZZ_CHECK(rig->status == 200 && str_has_suffix(body, STR("# EOF\n")), "%.*s",
                   STR_FMT(target));
        return;
    }
    v = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    FUZZ_CHECK(v != NULL, "%.*s: %s in %.*s", STR_FMT(target), why.text, STR_FMT(body));
    if (route == NULL || route->method == NULL) {
        hold_to_schema(rig, "Problem", v, "refusal");
    } else {
        hold_to_schema(rig, answer_schema(rig, route, rig->status), v, route->path);
    }
    json_decref(v);
}

static int64_t count_audits(void)
{
    return rig_int(&rig->er->r, "SELECT coalesce(max(id), 0) FROM audit");
}

static void check_effect(const struct api_route *route, sqlite3_int64 changes,
                         int64_t audits)
{
    sqlite3 *h = rig->er->r.db->h;
    bool write = route != NULL && route->where == API_ENGINE;
    bool ok = rig->status < 300;

    FUZZ_CHECK(write || sqlite3_total_changes64(h) == changes, "a read has written");
    FUZZ_CHECK(count_audits() == audits + (write && ok), "%lld audit rows, status %d",
               (long long)(count_audits() - audits), rig->status);
}

static void request(struct str record)
{
    struct str body = record, line = STR_NONE, method = STR_NONE;
    sqlite3_int64 changes = sqlite3_total_changes64(rig->er->r.db->h);
    int64_t audits = count_audits();
    struct str_pair_list query;
    struct api_request req = {.a = rig->a, .may_write = true, .query = &query};

    arena_reset(rig->a);
    read_view(rig);
    (void)str_split(&body, '\n', &line);
    (void)str_split(&line, ' ', &method);
    if (!read_target(line, &req.path, &query)) {
        return;
    }
    req.method = method;
    req.body = body;
    const struct api_route *route = run_request(rig, &req);

    check_answer(route, line);
    check_effect(route, changes, audits);
}

static void run_evaluation(struct str seconds)
{
    struct wall next;
    uint64_t s = 0;

    if (str_to_u64(seconds, &s) && s < 400 * UINT64_C(86400)) {
        rig->er->r.now.ms += (int64_t)s * 1000;
    }
    eval_rig_run(rig->er);
    (void)eval_rig_flush(rig->er, &next);
    eval_rig_check(rig->er);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct fuzz_in in = {(const uint8_t *)copy, size};
    struct str record, rest;
    unsigned n = 0;

    restore();
    while (n++ < MAX_REQUESTS && script_next(&in, &record)) {
        if (script_is(record, "RUN", &rest)) {
            run_evaluation(rest);
        } else {
            request(record);
        }
    }
    if (sqlite3_total_changes64(rig->er->r.db->h) != restored) {
        run_evaluation(STR("0"));
    }
    free(copy);
    return 0;
}
