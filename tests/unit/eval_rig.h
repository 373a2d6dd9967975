/*
 * The store's rig with a strategy and settings read by the real readers from
 * text, for tests of evaluation. Static functions.
 */
#ifndef TESTS_UNIT_EVAL_RIG_H
#define TESTS_UNIT_EVAL_RIG_H

#include "config/config.h"
#include "tests/unit/store_rig.h"

struct eval_rig {
    struct rig r;
    struct conf *conf;
    struct strategy *strategy;
    struct matcher *matcher;
    const struct tracker_conf *sources[2];
    struct eval_conf ev;
    struct eval_result last;
    const char *asked; /* ids of rules, blanks between; NULL: EVAL_RIG_RULES */
    struct rule_conf *rules;
    struct str channels[4]; /* names */
};

#define EVAL_RIG_STRATEGY                                                              \
    "strategy: 1\n"                                                                    \
    "name: Acme\n"                                                                     \
    "objectives:\n"                                                                    \
    "  - id: grow\n"                                                                   \
    "    title: Clinics choose us first\n"                                             \
    "    why: They decide once for all their sites and stay for years\n"               \
    "    key_results:\n"                                                               \
    "      - { id: nps, title: NPS, baseline: 40, target: 60, by: 2027-06-30 }\n"      \
    "initiatives:\n"                                                                   \
    "  - { id: onboarding, title: Onboard a second site in a day, moves: [nps],\n"     \
    "      status: active, tracker: [\"acme/web#900\"] }\n"                            \
    "  - { id: billing, title: Bill per site, moves: [nps], status: active }\n"        \
    "  - { id: old-portal, title: The old portal, moves: [nps], status: dropped }\n"   \
    "buckets:\n"                                                                       \
    "  - { id: ktlo, title: Run the business, match: { labels: [bug] } }\n"            \
    "teams:\n"                                                                         \
    "  - { id: web, title: Web, people: 4, match: { repos: [acme/web] } }\n"

#define EVAL_RIG_NODES                                                                 \
    "strategy: strategy.yaml\n"                                                        \
    "state: state\n"                                                                   \
    "socket: alignd.sock\n"                                                            \
    "timezone: UTC\n"                                                                  \
    "working_hours: always\n"                                                          \
    "first_wait: 0\n"                                                                  \
    "sources:\n"                                                                       \
    "  - { name: hub, type: github, repos: [acme/web], interval: 5m,\n"                \
    "      token: { env: RIG_TOKEN }, ideas: { labels: [idea] },\n"                    \
    "      private: { labels: [secret] } }\n"                                          \
    "channels:\n"                                                                      \
    "  - { name: product, type: journal }\n"                                           \
    "  - { name: ops, type: journal }\n"                                               \
    "operations_channel: ops\n"                                                        \
    "routes:\n"                                                                        \
    "  - { channel: product, group_wait: 1m, group_interval: 1h, budget: off }\n"
/* Without the rule that every strategy here would break at once. */
#define EVAL_RIG_CONF EVAL_RIG_NODES "rules: { uncovered-initiative: off }\n"

/* A test sees what it is about: other rules are off, unless er->asked names them. */
#define EVAL_RIG_RULES                                                                 \
    "unlinked-work unknown-link retired-link no-epics uncovered-initiative source-stale"

static inline bool eval_rig_asks(const struct eval_rig *er, const struct rule *rule)
{
    struct str rest = str_of(er->asked != NULL ? er->asked : EVAL_RIG_RULES), one;

    while (str_split(&rest, ' ', &one)) {
        if (str_eqz(one, rule->id))
            return true;
    }
    return false;
}

static inline void eval_rig_choose(struct eval_rig *er)
{
    free(er->rules);
    er->rules = calloc(rules_count, sizeof *er->rules);
    assert_non_null(er->rules);
    for (size_t i = 0; i < rules_count; i++) {
        er->rules[i] = er->conf->rules[i];
        er->rules[i].off = er->rules[i].off || !eval_rig_asks(er, rules[i]);
    }
    er->ev.rules = er->rules;
}

static inline void eval_rig_fail(struct conf_diag *d)
{
    struct buf b;

    buf_init(&b, 1 << 16);
    conf_diag_print(d, &b);
    fail_msg("%s", buf_cstr(&b));
}

static inline void eval_rig_unload(struct eval_rig *er)
{
    matcher_destroy(er->matcher);
    strategy_unref(er->strategy);
    conf_destroy(er->conf);
    er->matcher = NULL;
    er->strategy = NULL;
    er->conf = NULL;
}

/* Reads both texts and takes them into force. */
static inline void eval_rig_load(struct eval_rig *er, const char *conf,
                                 const char *strategy)
{
    struct conf_env env = {.zoneinfo = "/usr/share/zoneinfo"};
    struct conf_diag *d = conf_diag_create();
    struct rig *r = &er->r;
    struct buf path;
    bool is_new;

    eval_rig_unload(er);
    RIG_OK(r, tempdir_write(&r->dir, "alignd.yaml", str_of(conf), &r->e));
    RIG_OK(r, tempdir_join(&r->dir, "alignd.yaml", &path, &r->e));
    er->conf = conf_load(buf_cstr(&path), &env, d);
    buf_finish(&path);
    er->strategy = strategy_load_text("strategy.yaml", str_of(strategy), d);
    if (er->conf == NULL || er->strategy == NULL || conf_diag_errors(d) > 0)
        eval_rig_fail(d);
    conf_diag_destroy(d);
    RIG_OK(r, matcher_create(er->strategy, &er->matcher, &r->e));
    r->conf = er->conf->sources[0].tracker;
    er->sources[0] = &r->conf;
    assert_true(er->conf->n_channels <= ARRAY_LEN(er->channels));
    for (size_t i = 0; i < er->conf->n_channels; i++)
        er->channels[i] = er->conf->channels[i].chat.name;
    er->ev = (struct eval_conf){
        .strategy = er->strategy,
        .matcher = er->matcher,
        .cal = conf_calendar(er->conf, er->strategy),
        .rules = er->conf->rules,
        .sources = er->sources,
        .n_sources = er->conf->n_sources > 0 ? 1 : 0,
        .routes = er->conf->routes,
        .n_routes = er->conf->n_routes,
        .digests = er->conf->digests,
        .n_digests = er->conf->n_digests,
        .channels = er->channels,
        .n_channels = er->conf->n_channels,
        .operations_channel = er->conf->operations_channel,
        .baseline = er->conf->baseline,
        .first_wait = er->conf->first_wait,
        .idle_after = er->conf->idle_after,
        .keep = er->conf->retention.spans,
    };
    eval_rig_choose(er);
    RIG_OK(r, db_strategy_set(r->db, er->strategy, r->now, &is_new, &r->e));
    RIG_OK(r, db_conf_set(r->db, er->conf->hash, r->now, &is_new, &r->e));
}

static inline struct eval_rig *eval_rig_create(void)
{
    struct eval_rig *er = calloc(1, sizeof *er);

    assert_non_null(er);
    rig_init(&er->r);
    eval_rig_load(er, EVAL_RIG_CONF, EVAL_RIG_STRATEGY);
    return er;
}

static inline void eval_rig_destroy(struct eval_rig *er)
{
    eval_rig_unload(er);
    free(er->rules);
    rig_finish(&er->r);
    free(er);
}

/* All batches; sums up. */
static inline struct eval_result eval_rig_run(struct eval_rig *er)
{
    struct eval_result sum = {0}, one;

    do {
        RIG_OK(&er->r, db_evaluate(er->r.db, &er->ev, er->r.now, &one, &er->r.e));
        sum.items += one.items;
        sum.started += one.started;
        sum.fired += one.fired;
        sum.resolved += one.resolved;
        sum.replanned += one.replanned;
    } while (one.more);
    sum.next_check = one.next_check;
    return sum;
}

static inline unsigned eval_rig_flush(struct eval_rig *er, struct wall *ret_next)
{
    unsigned frozen;

    RIG_OK(&er->r, db_flush(er->r.db, &er->ev, er->r.now, &frozen, ret_next, &er->r.e));
    return frozen;
}

/* A sync of acme/web begins with a page; the caller adds items, then eval_rig_synced.
 */
static inline void eval_rig_sync(struct eval_rig *er)
{
    rig_begin(&er->r);
    rig_page(&er->r);
    rig_event(&er->r, SCOPE_SEEN, "acme/web", "");
}

static inline void eval_rig_synced(struct eval_rig *er)
{
    char cursor[32];

    snprintf(cursor, sizeof cursor, "c%lld", (long long)er->r.now.ms);
    rig_event(&er->r, SCOPE_SYNCED, "acme/web", cursor);
    rig_apply(&er->r);
    rig_end(&er->r);
}

/* Nothing new, as of now. */
static inline void eval_rig_look(struct eval_rig *er)
{
    eval_rig_sync(er);
    eval_rig_synced(er);
}

static inline struct item *eval_rig_epic(struct eval_rig *er, int number)
{
    struct item *it = rig_item(&er->r, "acme/web", number);

    it->level = ITEM_LEVEL_EPIC;
    it->type = STR("Epic");
    return it;
}

/* One that came after the source was known: no baseline. */
static inline struct item *eval_rig_new_epic(struct eval_rig *er, int number)
{
    struct item *it = eval_rig_epic(er, number);

    it->created = it->updated = (struct wall){er->r.now.ms - RIG_MIN};
    return it;
}

static inline void rig_close_item(struct rig *r, struct item *it)
{
    it->category = ITEM_DONE;
    it->outcome = ITEM_COMPLETED;
    it->closed = it->updated = r->now;
}

/* "rule key state reason", one line each, for findings that exist. */
static inline const char *eval_rig_findings(struct eval_rig *er)
{
    return rig_text(
        &er->r, "SELECT group_concat(l, '; ') FROM (SELECT f.rule || ' ' ||"
                " coalesce(i.key, f.subject) || ' ' || f.state || ' ' || f.reason AS l"
                " FROM finding f LEFT JOIN item i ON i.id = f.item AND f.item > 0"
                " ORDER BY f.n)");
}

/* Aggregates as they should be, from the rows alone; what is hidden is as it was. */
static inline void eval_rig_check(struct eval_rig *er)
{
    struct rig *r = &er->r;
    static const char rows[] =
        "SELECT count(*) FROM scope c WHERE (items, open, hidden) IS NOT (SELECT"
        " coalesce(sum(has & 16 = 0), 0), coalesce(sum(outcome = 0 AND has & 16 = 0),"
        " 0), coalesce(sum(has & 32 <> 0), 0) FROM item i WHERE i.scope = c.id)";
    static const char scopes[] =
        "SELECT count(*) FROM scope c WHERE (in_view, epics, linked, exempt, by_scope,"
        " baseline, labelled) IS NOT (SELECT coalesce(sum(counted & 1 <> 0), 0),"
        " coalesce(sum(counted & 16 <> 0), 0), coalesce(sum(counted & 32 <> 0), 0),"
        " coalesce(sum(counted & 64 <> 0), 0), coalesce(sum(counted & 128 <> 0), 0),"
        " coalesce(sum(counted & 256 <> 0), 0), coalesce(sum(counted & 1024 <> 0), 0)"
        " FROM item i JOIN evaluated v ON v.item = i.id WHERE"
        " iif(i.has & 32, v.counted_scope, i.scope) = c.id)";
    static const char fates[] =
        "SELECT count(*) FROM item i LEFT JOIN fate f ON f.item = i.id WHERE"
        " (i.has & 48) <> CASE coalesce(f.kind, 0) WHEN 0 THEN 0 WHEN 5 THEN 32 ELSE 16"
        " END";
    static const char tallies[] =
        "SELECT count(*) FROM tally t WHERE (open, in_progress, completed, discarded, "
        "epics,"
        " last_change) IS NOT (SELECT coalesce(sum(v.counted & 1 <> 0), 0),"
        " coalesce(sum(v.counted & 2 <> 0), 0), coalesce(sum(v.counted & 4 <> 0), 0),"
        " coalesce(sum(v.counted & 8 <> 0), 0), coalesce(sum(v.counted & 512 <> 0), 0),"
        " coalesce(max(iif(i.has & 32, v.counted_changed, i.changed)), 0) FROM (SELECT"
        " DISTINCT item, node FROM link"
        " WHERE effective) l JOIN item i ON i.id = l.item JOIN evaluated v ON"
        " v.item = i.id WHERE l.node = t.node AND v.counted & 13 <> 0)";
    static const char want[] =
        "WITH part AS (SELECT l.node, v.counted_scope AS scope, v.counted FROM (SELECT"
        " DISTINCT item, node FROM link WHERE effective) l JOIN evaluated v ON v.item ="
        " l.item WHERE v.counted & 13 <> 0 UNION ALL SELECT team, counted_scope, "
        "counted"
        " FROM evaluated WHERE counted & 1 <> 0 AND team <> '') SELECT "
        "coalesce(group_concat(l,"
        " '; '), '') FROM (SELECT node || ' ' || scope || ' ' || count(*) || ' ' ||"
        " sum(counted & 16 <> 0) AS l FROM part GROUP BY node, scope ORDER BY 1)";
    static const char shares[] =
        "SELECT coalesce(group_concat(l, '; '), '') FROM (SELECT node || ' ' || scope "
        "||"
        " ' ' || items || ' ' || epics AS l FROM share ORDER BY 1)";
    static const char closed[] =
        "SELECT count(*) FROM closed_hour h WHERE n IS NOT (SELECT count(*) FROM (SELECT"
        " DISTINCT item, node FROM link WHERE effective) l JOIN evaluated v ON v.item ="
        " l.item WHERE l.node = h.node AND v.counted & 4 <> 0 AND"
        " v.counted_changed / 3600000 = h.hour)";
    static const char closings[] =
        "SELECT sum(n) IS NOT (SELECT nullif(count(*), 0) FROM (SELECT DISTINCT item,"
        " node FROM link WHERE effective) l JOIN evaluated v ON v.item = l.item"
        " WHERE v.counted & 4 <> 0) FROM closed_hour";
    static const char words[] =
        "SELECT count(*) FROM finding f JOIN item i ON i.id = f.item WHERE i.private "
        "AND"
        " (i.title || i.author_name <> '' OR f.note LIKE '%reported by%' OR EXISTS"
        " (SELECT 1 FROM outbox o, json_tree(o.notice) t WHERE t.key = 'finding' AND"
        " t.atom = f.id AND json_extract(o.notice, t.path || '.title') <> ''))";
    static const char states[] =
        "SELECT count(*) FROM item i JOIN evaluated v ON v.item = i.id WHERE"
        " (v.counted & 1 <> 0) <> (i.outcome = 0) AND v.counted & 13 <> 0 AND"
        " i.has & 32 = 0";

    assert_int_equal(rig_int(r, rows), 0);
    assert_int_equal(rig_int(r, scopes), 0);
    assert_int_equal(rig_int(r, tallies), 0);
    assert_int_equal(rig_int(r, states), 0);
    assert_int_equal(rig_int(r, words), 0);
    assert_string_equal(rig_text(r, shares), rig_text(r, want));
    assert_int_equal(rig_int(r, fates), 0);
    assert_int_equal(rig_int(r, closed), 0);
    assert_int_equal(rig_int(r, closings), 0);
}

#endif
