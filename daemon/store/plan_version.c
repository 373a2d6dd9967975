#include "store/plan_version.h"

#include "base/date.h"
#include "base/utf8.h"
#include "store/sql.h"

#define GROUP "strategy="

enum { NAMED = 3 };

/* Rules ask when they are due, so what holds for five working days fires a little later. */
static const struct span together = {.wd = 5};
static const struct dur late = {INT64_C(86400) * 1000};

static bool began(struct eval *ev, int64_t version, struct wall *ret, struct err *e)
{
    static const char sql[] = "SELECT at FROM strategy WHERE n = ?";

    return sql_int(ev->db, sql, SQL_ARGS(SQL_I(version)), 0, &ret->ms, e);
}

bool plan_version(struct eval *ev, struct plan_row *p, struct err *e)
{
    const struct finding *f = &p->f.f;
    const struct rule *r = rule_find(p->f.rule);
    struct wall at;

    /* What the operator must know only began at the same time. */
    if (p->f.version == 0 || f->state != FINDING_FIRING || r == NULL || r->operations ||
        p->f.kind == RULE_SOURCE || p->f.kind == RULE_CHANNEL)
        return true;
    if (!began(ev, p->f.version, &at, e))
        return false;
    if (at.ms == 0 ||
        f->fired.ms > wall_add(calendar_add(&ev->conf->cal, at, together), late).ms)
        return true;
    for (size_t i = 0; i < p->n_hits; i++) {
        if (p->told[i].episode != f->episode)
            p->hits[i].group =
                arena_printf(ev->item, GROUP "%lld", (long long)p->f.version);
    }
    return !arena_failed(ev->item) || err_nomem(e);
}

bool plan_version_group(struct str group, int64_t *ret_version)
{
    return str_has_prefix(group, STR(GROUP)) &&
           str_to_i64(str_skip(group, sizeof(GROUP) - 1), ret_version);
}

/* "initiative billing: active -> dropped; ...", where it is still known: of the newest
   version. */
static bool moved(struct eval *ev, int64_t version, struct str *ret, struct err *e)
{
    static const char sql[] = "SELECT changes, words FROM strategy_change WHERE n = ?";
    struct str words = STR_NONE, line, out = STR_NONE;
    int64_t n = 0, named = 0;
    struct query q;
    bool row;

    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_I(version)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        n = query_int(&q, 0);
        words = query_dup(&q, 1, ev->item);
    }
    query_close(&q);
    while (named < NAMED && str_split(&words, '\n', &line)) {
        if (line.n > 0)
            out = arena_printf(ev->item, "%.*s%s%.*s", STR_FMT(out),
                               named++ > 0 ? "; " : "", STR_FMT(utf8_cut(line, 200)));
    }
    if (n > named && named > 0)
        out = arena_printf(ev->item, "%.*s; and %lld more", STR_FMT(out),
                           (long long)(n - named));
    *ret = out;
    return true;
}

bool plan_version_text(struct eval *ev, int64_t version, int64_t findings,
                       struct str *ret, struct err *e)
{
    struct arena *a = ev->item;
    struct str what;
    struct wall at;
    struct date d;

    if (!began(ev, version, &at, e) || !moved(ev, version, &what, e))
        return false;
    d = tz_local(ev->conf->cal.tz != NULL ? ev->conf->cal.tz : tz_utc(), at).date;
    *ret = arena_printf(a,
                        "The strategy changed on %04d-%02d-%02d%s%.*s. %lld %s of it: they "
                        "are told together. What moved: `alignctl strategy diff`.",
                        d.year, d.month, d.day, what.n > 0 ? ": " : "", STR_FMT(what),
                        (long long)findings,
                        findings == 1 ? "finding comes" : "findings come");
    return !arena_failed(a) || err_nomem(e);
}
