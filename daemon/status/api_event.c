#include "base/date.h"
#include "base/jsonw.h"
#include "base/yamlw.h"
#include "core/blast.h"
#include "core/strategy.h"
#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/chain.h"
#include "status/params.h"
#include "status/shape.h"
#include "store/fact.h"

enum { MAX_WHAT = 1000, MAX_IDS = 8192, MAX_NAMED = 100, MAX_DATE = 10, MAX_ID = 64 };
enum { REVIEW_DAYS = 14 }; /* when no day is told */

struct event_asked {
    struct str id, what;
    struct date date, review_by;
    const struct node *named[MAX_NAMED];
    size_t n_named;
};

/* ---- what is asked ---- */

static bool parse_date(struct str text, const char *member, struct date *ret,
                       struct err *e)
{
    if (text.n == 0 || date_parse(text, ret))
        return true;
    return err_set(e, ERR_USAGE, "'%.*s' of %s is no date: write 2026-12-31",
                   STR_FMT(text), member);
}

static bool name_one(const struct strategy *s, struct str id, struct event_asked *ev,
                     struct err *e)
{
    const struct node *n = strategy_find(s, id), *near;

    if (n == NULL) {
        near = strategy_nearest(s, id);
        return err_set(
            e, ERR_NOT_FOUND, "the strategy has no '%.*s'%s%.*s%s",
            STR_FMT(str_first(id, MAX_ID)), near != NULL ? ": did you mean '" : "",
            STR_FMT(near != NULL ? near->id : STR_NONE), near != NULL ? "'?" : "");
    }
    if (ev->n_named == MAX_NAMED)
        return err_set(e, ERR_USAGE, "more than %d ids in affects", MAX_NAMED);
    for (size_t i = 0; i < ev->n_named; i++) {
        if (ev->named[i] == n)
            return true;
    }
    ev->named[ev->n_named++] = n;
    return true;
}

static bool name_all(const struct strategy *s, struct str ids, struct event_asked *ev,
                     struct err *e)
{
    struct str one;

    while (str_split(&ids, ',', &one)) {
        one = str_trim(one);
        if (one.n > 0 && !name_one(s, one, ev, e))
            return false;
    }
    return true;
}

/* The number behind E-; 0: another form. */
static uint64_t number_of(struct str id)
{
    uint64_t n;

    if (!str_has_prefix(id, STR("E-")) || !str_to_u64(str_skip(id, 2), &n) ||
        n > 1000000000)
        return 0;
    return n;
}

/* As the reader of the file will have it. */
static bool is_id(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!alnum && (i == 0 || memchr("._-", c, 3) == NULL))
            return false;
    }
    return true;
}

static bool choose_id(const struct strategy *s, struct arena *a, struct str given,
                      struct str *ret, struct err *e)
{
    uint64_t last = 0;

    *ret = given;
    if (given.n > 0 && strategy_find(s, given) != NULL)
        return err_set(e, ERR_CONFLICT, "the strategy has a '%.*s' already",
                       STR_FMT(given));
    if (!is_id(given))
        return err_set(e, ERR_USAGE, "'%.*s' is no id: letters, digits, '.', '_', '-'",
                       STR_FMT(given));
    if (given.n > 0)
        return true;
    for (size_t i = 0; i < s->n_events; i++) {
        uint64_t n = number_of(s->events[i].node.id);

        last = n > last ? n : last;
    }
    do {
        *ret = arena_printf(a, "E-%llu", (unsigned long long)++last);
    } while (strategy_find(s, *ret) != NULL);
    return !arena_failed(a) || err_nomem(e);
}

static bool read_event(const struct api_env *env, const struct api_request *req,
                       struct event_asked *ev, struct err *e)
{
    struct str affects, at, review, id;
    const struct params_field fields[] = {
        {"what", true, MAX_WHAT, &ev->what},
        {"affects", false, MAX_IDS, &affects},
        {"at", false, MAX_DATE, &at},
        {"id", false, MAX_ID, &id},
        {"review_by", false, MAX_DATE, &review},
    };
    const struct strategy *s = env->conf->strategy;

    if (!params_body(req, env->a, fields, ARRAY_LEN(fields), e))
        return false;
    ev->date = tz_local(env->conf->cal.tz, env->now).date;
    if (!parse_date(at, "at", &ev->date, e))
        return false;
    ev->review_by = date_from_days(date_to_days(ev->date) + REVIEW_DAYS);
    if (!parse_date(review, "review_by", &ev->review_by, e))
        return false;
    if (date_cmp(ev->review_by, ev->date) < 0)
        return err_set(e, ERR_USAGE, "review_by comes before the event itself");
    return name_all(s, affects, ev, e) && choose_id(s, env->a, id, &ev->id, e);
}

/* ---- its lines for the file ---- */

static void put_yaml(struct buf *out, const struct event_asked *ev)
{
    buf_addz(out, "  - id: ");
    yamlw_text(out, ev->id);
    buf_addz(out, "\n    date: ");
    date_print(out, ev->date);
    buf_addz(out, "\n    what: ");
    yamlw_text(out, ev->what);
    if (ev->n_named > 0) {
        struct str ids[MAX_NAMED];

        for (size_t i = 0; i < ev->n_named; i++)
            ids[i] = ev->named[i]->id;
        buf_addz(out, "\n    affects: ");
        yamlw_list(out, ids, ev->n_named);
    }
    buf_addz(out, "\n    review_by: ");
    date_print(out, ev->review_by);
    buf_addc(out, '\n');
}

/* ---- what it reaches ---- */

struct reach_sum {
    int64_t nodes[NODE_RETIRED + 1];
    int64_t open, in_progress, epics;
};

static bool write_work(struct jsonw *w, struct facts *f, const struct node *n,
                       struct reach_sum *sum, struct err *e)
{
    struct tally t;
    int64_t open;

    if (n->kind == NODE_INITIATIVE || n->kind == NODE_BUCKET) {
        t = facts_tally(f, n->id);
        sum->open += t.open;
        sum->in_progress += t.in_progress;
        sum->epics += t.epics;
        shape_tally(w, "items", &t);
        jsonw_null(w, "team_open");
        return true;
    }
    jsonw_null(w, "items");
    if (n->kind != NODE_TEAM) {
        jsonw_null(w, "team_open");
        return true;
    }
    if (!facts_team(f, n->id, &open, e))
        return false;
    jsonw_int(w, "team_open", open);
    return true;
}

static bool write_reach(struct jsonw *w, struct facts *f, const struct blast *b,
                        struct err *e)
{
    struct reach_sum sum = {.open = 0};

    jsonw_array(w, "reach");
    for (size_t i = 0; i < b->n; i++) {
        const struct node *n = b->v[i].node;

        jsonw_object(w, NULL);
        chain_node_members(w, n);
        jsonw_strz(w, "how", blast_how_name(b->v[i].how));
        if (!write_work(w, f, n, &sum, e))
            return false;
        jsonw_end_object(w);
        sum.nodes[n->kind]++;
    }
    jsonw_end_array(w);
    jsonw_object(w, "counts");
    jsonw_int(w, "intents", sum.nodes[NODE_INTENT]);
    jsonw_int(w, "objectives", sum.nodes[NODE_OBJECTIVE]);
    jsonw_int(w, "key_results", sum.nodes[NODE_KR]);
    jsonw_int(w, "initiatives", sum.nodes[NODE_INITIATIVE]);
    jsonw_int(w, "teams", sum.nodes[NODE_TEAM]);
    jsonw_int(w, "open", sum.open);
    jsonw_int(w, "in_progress", sum.in_progress);
    jsonw_int(w, "epics", sum.epics);
    jsonw_end_object(w);
    return true;
}

static bool answer(struct jsonw *w, struct facts *f, const struct event_asked *ev,
                   const struct blast *b, struct err *e)
{
    const char *unknown;
    struct buf yaml;
    bool ok;

    if (!facts_count(f, &unknown, e))
        return false;
    buf_init(&yaml, (size_t)1 << 16);
    put_yaml(&yaml, ev);
    jsonw_object(w, NULL);
    jsonw_str(w, "id", ev->id);
    shape_date(w, "date", ev->date);
    jsonw_str(w, "what", ev->what);
    shape_date(w, "review_by", ev->review_by);
    jsonw_str(w, "yaml", buf_str(&yaml));
    jsonw_strz(w, "caution", unknown);
    ok = buf_check(&yaml, e) && write_reach(w, f, b, e);
    jsonw_end_object(w);
    buf_finish(&yaml);
    return ok;
}

bool api_event_reach(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    struct event_asked ev = {.n_named = 0};
    struct facts f;
    struct blast b;
    struct jsonw w;

    if (!read_event(env, req, &ev, e) ||
        !blast_from(env->conf->strategy, ev.named, ev.n_named, env->a, &b, e))
        return false;
    facts_init(&f, db, env->conf, env->now, env->a);
    jsonw_init(&w, &reply->body);
    if (!answer(&w, &f, &ev, &b, e))
        return false;
    buf_addc(&reply->body, '\n');
    return true;
}
