/*
 * The floor: what a first sync of a GitHub repository costs a program that does
 * nothing else. The same pages, the same table and indexes as alignd's; one
 * thread fetches, one inflates, projects and upserts, a page a transaction. No
 * retries, no limits, no links, no rules.
 *
 *   floor URL DATABASE      URL: .../repos/OWNER/NAME/issues?...
 *
 * Prints how many issues it stored.
 */
#include <curl/curl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "connectors/wire/project.h"
#include "store/schema.h"

enum { QUEUE = 2, PAGE_MAX = 64 << 20, BLANKS = 32 };

struct page {
    struct buf body;
    bool gzip, last;
};

/* Pages on their way from the thread that fetches to the one that stores. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct page *slots[QUEUE];
    size_t n;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(1);
}

static void queue_put(struct queue *q, struct page *p)
{
    pthread_mutex_lock(&q->lock);
    while (q->n == QUEUE)
        pthread_cond_wait(&q->changed, &q->lock);
    q->slots[q->n++] = p;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
}

static struct page *queue_take(struct queue *q)
{
    struct page *p;

    pthread_mutex_lock(&q->lock);
    while (q->n == 0)
        pthread_cond_wait(&q->changed, &q->lock);
    p = q->slots[0];
    memmove(q->slots, q->slots + 1, --q->n * sizeof(struct page *));
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    return p;
}

/* ---- fetching ---- */

struct answer {
    struct page *page;
    char next[4096];
};

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;

    buf_add(&a->page->body, (struct str){p, size * n});
    return buf_ok(&a->page->body) ? size * n : 0;
}

static size_t take_header(char *p, size_t size, size_t n, void *arg)
{
    struct answer *a = arg;
    struct str line = {p, size * n};

    if (str_find_nocase(line, STR("content-encoding: gzip")) == 0)
        a->page->gzip = true;
    if (str_find_nocase(line, STR("link:")) == 0) {
        /* <URL>; rel="next", <URL>; rel="last", ... */
        struct str rest = str_skip(line, 5), part;

        while (str_split(&rest, ',', &part)) {
            ptrdiff_t from = str_chr(part, '<'), to = str_chr(part, '>');

            if (from >= 0 && to > from &&
                str_find_nocase(part, STR("rel=\"next\"")) >= 0)
                snprintf(a->next, sizeof(a->next), "%.*s", (int)(to - from - 1),
                         part.p + from + 1);
        }
    }
    return size * n;
}

static void fetch(struct queue *q, const char *first)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Accept-Encoding: gzip");
    CURL *easy = curl_easy_init();
    char url[4096];
    bool last;

    snprintf(url, sizeof(url), "%s", first);
    headers = curl_slist_append(headers, "User-Agent: floor");
    headers = curl_slist_append(headers, "Authorization: Bearer t0ken");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    do {
        struct answer a = {.page = calloc(1, sizeof(*a.page))};
        CURLcode code;

        if (a.page == NULL)
            die("fetch", "out of memory");
        buf_init(&a.page->body, PAGE_MAX);
        curl_easy_setopt(easy, CURLOPT_URL, url);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &a);
        curl_easy_setopt(easy, CURLOPT_HEADERDATA, &a);
        code = curl_easy_perform(easy);
        if (code != CURLE_OK)
            die(url, curl_easy_strerror(code));
        snprintf(url, sizeof(url), "%s", a.next);
        last = a.page->last = a.next[0] == '\0';
        queue_put(q, a.page);
    } while (!last);
    curl_slist_free_all(headers);
    curl_easy_cleanup(easy);
}

/* ---- storing ---- */

/* In the order of the projection's paths. */
enum {
    P_ID,
    P_NUMBER,
    P_TITLE,
    P_STATE,
    P_CREATED,
    P_UPDATED,
    P_CLOSED,
    P_LABEL,
    P_USER,
    P_ASSIGNEE,
    P_TYPE,
    P_PULL,
    P_COUNT
};
static const char *const paths[P_COUNT] = {
    "[].id",         "[].number",
    "[].title",      "[].state",
    "[].created_at", "[].updated_at",
    "[].closed_at",  "[].labels[].name",
    "[].user.login", "[].assignees[].login",
    "[].type.name",  "[].pull_request@",
};

struct sink {
    sqlite3 *db;
    sqlite3_stmt *find, *put, *begin, *commit;
    const struct project *project;
    struct libdeflate_decompressor *inflate;
    struct buf plain, marks;
    size_t stored;
};

static void check(struct sink *s, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        die(what, sqlite3_errmsg(s->db));
}

static sqlite3_stmt *prepare(struct sink *s, const char *sql)
{
    sqlite3_stmt *st = NULL;

    check(s, sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL),
          sql);
    return st;
}

static void sink_open(struct sink *s, struct arena *a, const char *path)
{
    struct err e;

    check(s, sqlite3_open(path, &s->db), path);
    check(s,
          sqlite3_exec(s->db,
                       "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                       "PRAGMA cache_size=-2048",
                       NULL, NULL, NULL),
          "pragma");
    for (unsigned i = 0; i < schema_count; i++)
        check(s, sqlite3_exec(s->db, schema_sql[i], NULL, NULL, NULL), "schema");
    s->find = prepare(s, "SELECT hash FROM item WHERE source = 1 AND vid = ?");
    s->put = prepare(
        s,
        "INSERT INTO item (source, vid, hash, scope, key, level, category, outcome,"
        " outsider, private, baseline, created, updated, closed, first_seen, changed,"
        " children, parent_vid, parent_key, type, status, author, author_name,"
        " assignees, url, title, marks, excerpt) VALUES (1, ?1, ?2, 1, ?3, 0, 0, 0, 0,"
        " 0, 0, ?4, ?5, ?6, 0, 0, 0, '', '', ?7, ?8, ?9, ?9, ?10, '', ?11, ?12, '')"
        " ON CONFLICT DO UPDATE SET hash = excluded.hash, updated = excluded.updated,"
        " closed = excluded.closed, status = excluded.status, title = excluded.title,"
        " marks = excluded.marks, assignees = excluded.assignees");
    s->begin = prepare(s, "BEGIN IMMEDIATE");
    s->commit = prepare(s, "COMMIT");
    s->inflate = libdeflate_alloc_decompressor();
    buf_init(&s->plain, PAGE_MAX);
    buf_init(&s->marks, 1 << 20);
    if (s->inflate == NULL || !project_compile(a, paths, P_COUNT, &s->project, &e))
        die("projection", "not compiled");
}

/* The first value of a path; quotes are cut off, escapes stay. */
static struct str value(const struct project_rows *rows, size_t row, size_t path)
{
    const struct project_cell *c = project_first(rows, row, path);

    if (c == NULL)
        return STR("");
    return c->raw.n >= 2 && c->raw.p[0] == '"'
               ? (struct str){c->raw.p + 1, c->raw.n - 2}
               : c->raw;
}

static void bind_text(sqlite3_stmt *st, int i, struct str v)
{
    sqlite3_bind_text(st, i, v.n > 0 ? v.p : "", (int)v.n, SQLITE_STATIC);
}

static void step(struct sink *s, sqlite3_stmt *st)
{
    check(s, sqlite3_step(st), sqlite3_sql(st));
    sqlite3_reset(st);
}

static int64_t seconds(struct str iso)
{
    int64_t v = 0;

    for (size_t i = 0; i < iso.n; i++)
        v = iso.p[i] >= '0' && iso.p[i] <= '9' ? v * 10 + (iso.p[i] - '0') : v;
    return v;
}

static void store_row(struct sink *s, const struct project_rows *rows, size_t row)
{
    uint64_t h = 0;
    struct str id = value(rows, row, P_ID);
    bool same = false;

    if (project_first(rows, row, P_PULL) != NULL)
        return;
    buf_clear(&s->marks);
    for (const struct project_cell *c = project_first(rows, row, P_LABEL); c != NULL;
         c = project_next(rows, c))
        buf_printf(&s->marks, "l\t%.*s\n", STR_FMT(c->raw));
    for (size_t p = 0; p < P_LABEL; p++) {
        struct str v = value(rows, row, p);

        h = hash64(v.p, v.n, h);
    }
    h = hash64(s->marks.p, s->marks.n, h);
    bind_text(s->find, 1, id);
    if (sqlite3_step(s->find) == SQLITE_ROW)
        same = sqlite3_column_int64(s->find, 0) == (int64_t)h;
    sqlite3_reset(s->find);
    if (same)
        return;
    bind_text(s->put, 1, id);
    sqlite3_bind_int64(s->put, 2, (int64_t)h);
    bind_text(s->put, 3, value(rows, row, P_NUMBER));
    sqlite3_bind_int64(s->put, 4, seconds(value(rows, row, P_CREATED)));
    sqlite3_bind_int64(s->put, 5, seconds(value(rows, row, P_UPDATED)));
    sqlite3_bind_int64(s->put, 6, seconds(value(rows, row, P_CLOSED)));
    bind_text(s->put, 7, value(rows, row, P_TYPE));
    bind_text(s->put, 8, value(rows, row, P_STATE));
    bind_text(s->put, 9, value(rows, row, P_USER));
    bind_text(s->put, 10, value(rows, row, P_ASSIGNEE));
    bind_text(s->put, 11, value(rows, row, P_TITLE));
    bind_text(s->put, 12, buf_str(&s->marks));
    step(s, s->put);
    s->stored++;
}

static struct str inflated(struct sink *s, const struct page *p)
{
    size_t cap = (size_t)1 << 20, n = 0;
    enum libdeflate_result r;

    if (!p->gzip)
        return buf_str(&p->body);
    for (;; cap *= 2) {
        buf_clear(&s->plain);
        if (!buf_reserve(&s->plain, cap))
            die("inflate", "too large");
        r = libdeflate_gzip_decompress(s->inflate, p->body.p, p->body.n, s->plain.p,
                                       cap, &n);
        if (r == LIBDEFLATE_SUCCESS)
            return (struct str){s->plain.p, n};
        if (r != LIBDEFLATE_INSUFFICIENT_SPACE)
            die("inflate", "bad data");
    }
}

static void store_page(struct sink *s, const struct page *p)
{
    struct project_rows rows;
    struct err e;

    if (!project_rows(s->project, inflated(s, p), &rows, &e))
        die("page", e.msg);
    step(s, s->begin);
    for (size_t i = 0; i < rows.n; i++)
        store_row(s, &rows, i);
    step(s, s->commit);
    project_rows_finish(&rows);
}

struct work {
    struct queue queue;
    const char *path;
    size_t stored;
};

static void *store_pages(void *arg)
{
    struct work *w = arg;
    struct arena *a = arena_create((size_t)1 << 20);
    struct sink s = {0};
    bool last;

    if (a == NULL)
        die("floor", "out of memory");
    sink_open(&s, a, w->path);
    do {
        struct page *p = queue_take(&w->queue);

        store_page(&s, p);
        last = p->last;
        buf_finish(&p->body);
        free(p);
    } while (!last);
    sqlite3_finalize(s.find);
    sqlite3_finalize(s.put);
    sqlite3_finalize(s.begin);
    sqlite3_finalize(s.commit);
    check(&s, sqlite3_close(s.db), "close");
    libdeflate_free_decompressor(s.inflate);
    buf_finish(&s.plain);
    buf_finish(&s.marks);
    arena_destroy(a);
    w->stored = s.stored;
    return NULL;
}

int main(int argc, char **argv)
{
    struct work w = {
        .queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {NULL}, 0}};
    pthread_t worker;

    if (argc != 3)
        die("usage", "floor URL DATABASE");
    w.path = argv[2];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (pthread_create(&worker, NULL, store_pages, &w) != 0)
        die("thread", "not started");
    fetch(&w.queue, argv[1]);
    pthread_join(worker, NULL);
    curl_global_cleanup();
    printf("%zu issues\n", w.stored);
    return 0;
}
