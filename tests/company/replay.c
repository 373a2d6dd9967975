#include "tests/company/replay.h"

#include <stdlib.h>

#include "config/diag.h"

enum { ARENA_MAX = 256 << 20, FLUSH_AFTER = 5 * 60000 };

static struct wall clock_now(void *ctx)
{
    return ((struct company_store *)ctx)->now;
}
static struct mono clock_steady(void *ctx)
{
    return (struct mono){((struct company_store *)ctx)->now.ms};
}

struct company_store *company_store_open(const struct company *c, struct err *e)
{
    struct company_store *s = calloc(1, sizeof *s);
    struct clock clock = {clock_now, clock_steady, s};
    struct store_opened opened;
    bool ok;

    if (s == NULL) {
        err_nomem(e);
        return NULL;
    }
    s->company = c;
    s->now.ms = COMPANY_FIRST * COMPANY_DAY_MS;
    s->a = arena_create(ARENA_MAX);
    ok = s->a != NULL || err_nomem(e);
    if (ok && tempdir_create(&s->dir, e)) {
        struct store_options opt = {.dir = tempdir_path(&s->dir), .clock = &clock};

        ok = db_open_writer(&opt, &s->db, &opened, e);
    } else {
        ok = false;
    }
    if (ok)
        return s;
    company_store_close(s);
    return NULL;
}

static bool open_again(struct company_store *s, struct err *e)
{
    struct clock clock = {clock_now, clock_steady, s};
    struct store_options opt = {.dir = tempdir_path(&s->dir), .clock = &clock};
    struct store_opened opened;
    unsigned recovered;
    bool back, is_new;

    return db_open_writer(&opt, &s->db, &opened, e) &&
           db_clock_set(s->db, s->now, &back, e) &&
           db_outbox_recover(s->db, s->now, &recovered, e) &&
           db_strategy_set(s->db, s->version->strategy, s->now, &is_new, e) &&
           db_conf_set(s->db, s->conf->hash, s->now, &is_new, e);
}

bool company_store_reopen(struct company_store *s, bool killed,
                          bool (*with)(const char *path, struct err *e), struct err *e)
{
    struct buf path;
    bool ok;

    if (killed)
        db_close(s->db);
    else
        db_close_writer(s->db);
    s->db = NULL;
    if (!tempdir_join(&s->dir, "alignd.db", &path, e))
        return false;
    ok = (with == NULL || with(buf_cstr(&path), e)) && open_again(s, e);
    buf_finish(&path);
    return ok;
}

void company_store_close(struct company_store *s)
{
    if (s == NULL)
        return;
    db_close_writer(s->db);
    tempdir_remove(&s->dir);
    matcher_destroy(s->matcher);
    conf_destroy(s->conf);
    arena_destroy(s->a);
    free(s);
}

/* ---- what is in force ---- */

static bool conf_read(struct company_store *s, const char *text, struct err *e)
{
    struct conf_env env = {.zoneinfo = "/usr/share/zoneinfo"};
    struct conf_diag *d = conf_diag_create();
    struct conf *conf = NULL;
    struct buf path, said;

    if (d == NULL)
        return err_nomem(e);
    buf_init(&said, 1 << 16);
    if (tempdir_write(&s->dir, "alignd.yaml", str_of(text), e) &&
        tempdir_join(&s->dir, "alignd.yaml", &path, e)) {
        conf = conf_load(buf_cstr(&path), &env, d);
        buf_finish(&path);
        conf_diag_print(d, &said);
        if (conf == NULL)
            err_set(e, ERR_CONFIG, "%s", buf_cstr(&said));
    }
    buf_finish(&said);
    conf_diag_destroy(d);
    if (conf == NULL)
        return false;
    conf_destroy(s->conf);
    s->conf = conf;
    s->conf_text = text;
    return true;
}

static bool parse_stored(const struct strategy_file *files, size_t n,
                         struct strategy **ret, struct err *e)
{
    struct conf_diag *d = conf_diag_create();

    if (d == NULL)
        return err_nomem(e);
    *ret = strategy_load_files(files, n, d);
    if (*ret == NULL)
        err_set(e, ERR_PARSE, "%.*s", STR_FMT(conf_diag_first(d)));
    conf_diag_destroy(d);
    return *ret != NULL;
}

static void force(struct company_store *s)
{
    for (int i = 0; i < COMPANY_SOURCES; i++)
        s->sources[i] = &s->conf->sources[i].tracker;
    s->ev = (struct eval_conf){
        .strategy = s->version->strategy,
        .matcher = s->matcher,
        .cal = conf_calendar(s->conf, s->version->strategy),
        .rules = s->conf->rules,
        .sources = s->sources,
        .n_sources = COMPANY_SOURCES,
        .routes = s->conf->routes,
        .n_routes = s->conf->n_routes,
        .digests = s->conf->digests,
        .n_digests = s->conf->n_digests,
        .operations_channel = s->conf->operations_channel,
        .baseline = s->conf->baseline,
        .first_wait = s->conf->first_wait,
        .idle_after = s->conf->idle_after,
        .keep = s->conf->retention.spans,
        .parse = parse_stored,
    };
}

/* As a reload does it: nothing where neither file changed. */
static bool take_into_force(struct company_store *s, int64_t day, struct err *e)
{
    const struct company_version *v = s->version_of != NULL
                                          ? s->version_of(s->ctx, day)
                                          : company_version_at(s->company, day);
    const char *text = s->conf_of != NULL ? s->conf_of(day) : company_conf(day);
    struct matcher *matcher;
    bool is_new;

    if (v == s->version && text == s->conf_text)
        return true;
    if (!conf_read(s, text, e) || !matcher_create(v->strategy, &matcher, e))
        return false;
    matcher_destroy(s->matcher);
    s->matcher = matcher;
    s->version = v;
    force(s);
    return db_strategy_set(s->db, v->strategy, s->now, &is_new, e) &&
           db_conf_set(s->db, s->conf->hash, s->now, &is_new, e);
}

/* ---- one day ---- */

static bool sync_one(struct company_store *s, int64_t day, enum company_source source,
                     struct err *e)
{
    const struct tracker_conf *conf = s->sources[source];
    struct tracker_start start;
    struct page_stats st;
    struct feed f;

    feed_init(&f, s->a);
    if (!company_day(s->company, day, source, &f))
        return err_nomem(e);
    s->items += f.n_items;
    return db_sync_begin(s->db, conf, company_fingerprint(day, source), true, s->now,
                         s->a, &start, e) &&
           db_page_apply(s->db, conf, &f, s->now, &st, e) &&
           db_sync_end(s->db, conf, NULL, s->now, e);
}

static bool evaluate(struct company_store *s, struct err *e)
{
    struct eval_result one;
    struct wall next;
    unsigned frozen;

    do {
        if (!db_evaluate(s->db, &s->ev, s->now, &one, e))
            return false;
        s->evaluated += one.items;
        s->fired += one.fired;
        s->resolved += one.resolved;
    } while (one.more);
    s->now.ms += FLUSH_AFTER;
    return db_flush(s->db, &s->ev, s->now, &frozen, &next, e);
}

static bool say(struct company_store *s, int64_t day, struct err *e)
{
    const struct company_checkin *v;
    size_t n = company_checkins(s->company, day, &v);

    for (size_t i = 0; i < n; i++) {
        const struct actor by = {1000, v[i].by};

        if (!db_checkin_add(s->db, &v[i].said, &by, s->now, e))
            return false;
    }
    return true;
}

static bool play(struct company_store *s, int64_t day, struct err *e)
{
    arena_reset(s->a);
    s->day = day;
    s->now.ms = day * COMPANY_DAY_MS + COMPANY_SYNC_HOUR * INT64_C(3600000);
    return take_into_force(s, day, e) && sync_one(s, day, COMPANY_JIRA, e) &&
           (s->midway == NULL || s->midway(s->ctx, s, day, e)) &&
           sync_one(s, day, COMPANY_GITHUB, e) && say(s, day, e) && evaluate(s, e);
}

bool company_replay(struct company_store *s, int64_t from, int64_t to,
                    company_each_fn *each, void *ctx, struct err *e)
{
    for (int64_t day = from; day <= to; day++) {
        if (!play(s, day, e) || (each != NULL && !each(ctx, s, day, e)))
            return false;
    }
    return true;
}

bool company_store_tell(struct company_store *s, int64_t day, struct err *e)
{
    struct wall sync = {(day + 1) * COMPANY_DAY_MS + COMPANY_SYNC_HOUR * INT64_C(3600000)};
    struct wall now = s->now, next = {0};
    bool more = true;
    unsigned frozen;

    while (more) {
        if (!db_effort_step(s->db, &s->ev, s->now, &more, e))
            return false;
    }
    do {
        if (!db_flush(s->db, &s->ev, now, &frozen, &next, e))
            return false;
        now = next;
    } while (next.ms != 0 && next.ms < sync.ms);
    return true;
}
