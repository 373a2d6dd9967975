#include "base/utf8.h"
#include "core/legibility.h"
#include "core/silence.h"
#include "store/digest.h"
#include "store/digest_noise.h"
#include "store/eval_view.h"
#include "store/sql.h"

static bool has_part(const struct digest_writing *w, enum digest_part p)
{
    return (w->conf->parts >> (unsigned)p & 1U) != 0;
}

static bool add_block(struct digest_writing *w, struct str title, struct str text,
                      bool fixed, struct err *e)
{
    struct notice_block *b;

    if (arena_failed(w->ev->a))
        return err_nomem(e);
    if (text.n == 0)
        return true;
    b = arena_grow(w->ev->a, &w->n.blocks, &w->n.n_blocks, &w->cap, sizeof *b);
    if (b == NULL)
        return err_nomem(e);
    *b = (struct notice_block){.title = title, .text = text, .fixed = fixed};
    return true;
}

/* Goals that readers do not see have no line; what they took stays in the whole. */
static void hide_shares(const struct digest_writing *w, struct effort_sum *sum)
{
    size_t kept = 0;

    for (size_t i = 0; w->readers != NULL && i < sum->n_shares; i++) {
        const struct node *n = strategy_find(w->ev->conf->strategy, sum->shares[i].id);

        if (n == NULL || audience_sees(w->readers, n))
            sum->shares[kept++] = sum->shares[i];
    }
    if (w->readers != NULL)
        sum->n_shares = kept;
}

static bool add_split(struct digest_writing *w, struct err *e)
{
    struct rule_effort effort;

    if (!eval_view_effort(w->ev, STR_NONE, &effort, e))
        return false;
    hide_shares(w, &effort.shares);
    return add_block(w, STR("Where the days went"),
                     digest_split(&effort.shares, effort.share_days, w->ev->a), true, e);
}

/* Whether the digest is for whoever owns the key result, or its objective. */
static bool is_own(const struct digest_writing *w, const struct key_result *kr)
{
    struct str owner = kr->node.owner.n > 0 ? kr->node.owner : kr->objective->node.owner;

    return w->person == NULL ||
           (owner.n > 0 && strategy_person(w->ev->conf->strategy, owner) == w->person);
}

static bool add_pace(struct digest_writing *w, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;
    struct rule_kr *v = arena_array(w->ev->a, s->n_key_results + 1, sizeof *v);
    size_t n = 0;

    if (v == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < s->n_key_results; i++) {
        if (!is_own(w, &s->key_results[i]))
            continue;
        if (!eval_view_kr(w->ev, &s->key_results[i], &v[n++], e))
            return false;
    }
    w->quiet = w->quiet && digest_pace_is_quiet(v, n, w->readers);
    return add_block(w, STR("Key results"), digest_pace(v, n, w->readers, w->ev->a), true, e);
}

static int64_t work_of(const struct coverage_rows *rows, struct str id)
{
    for (size_t i = 0; i < rows->n_initiatives; i++) {
        if (str_eq(rows->initiatives[i].id, id))
            return rows->initiatives[i].tally.open +
                   rows->initiatives[i].tally.completed;
    }
    return 0;
}

/* As it was at the end of the day before it was sent last: what changed on that day is
   said twice rather than never. *ret_known false: that is not kept. */
static bool read_then(struct digest_writing *w, struct coverage_rows *ret,
                      bool *ret_known, struct err *e)
{
    int64_t day = date_to_days(tz_local(w->ev->conf->cal.tz, w->sent).date);

    *ret_known = w->sent.ms != 0;
    for (int64_t i = 1; *ret_known && i >= 0; i--) {
        if (db_read_coverage_at(w->ev->db, date_from_days(day - i), w->ev->a, ret, e))
            return true;
        if (e->kind != ERR_NOT_FOUND)
            return false;
    }
    *ret_known = false;
    return true;
}

static void count_epics(const struct coverage_rows *rows, int64_t *ret_epics,
                        int64_t *ret_linked)
{
    *ret_epics = *ret_linked = 0;
    for (size_t i = 0; i < rows->n; i++) {
        *ret_epics += rows->v[i].open - rows->v[i].exempt;
        *ret_linked += rows->v[i].linked;
    }
}

static struct str epics_line(struct digest_writing *w, const struct coverage_rows *now,
                             const struct coverage_rows *then, bool known)
{
    int64_t epics, linked, epics_then, linked_then;
    struct str text;

    count_epics(now, &epics, &linked);
    count_epics(then, &epics_then, &linked_then);
    if (epics == 0)
        return STR("no open epic");
    text = arena_printf(w->ev->a, "%lld of %lld open epics have a link",
                        (long long)linked, (long long)epics);
    if (!known || (epics == epics_then && linked == linked_then))
        return text;
    return arena_printf(w->ev->a, "%.*s; last time %lld of %lld", STR_FMT(text),
                        (long long)linked_then, (long long)epics_then);
}

static struct str add_list(struct digest_writing *w, struct str text, const char *what,
                           struct str list)
{
    return list.n > 0 ? arena_printf(w->ev->a, "%.*s\n%s: %.*s", STR_FMT(text), what,
                                     STR_FMT(list))
                      : text;
}

static struct str add_name(struct digest_writing *w, struct str list, struct str id)
{
    return arena_printf(w->ev->a, "%.*s%s%.*s", STR_FMT(list), list.n > 0 ? ", " : "",
                        STR_FMT(id));
}

static bool add_coverage(struct digest_writing *w, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;
    struct str text, won = STR_NONE, lost = STR_NONE, none = STR_NONE;
    struct coverage_rows now, then = {.n = 0};
    bool known;

    if (!db_read_coverage(w->ev->db, w->ev->a, &now, e) ||
        !read_then(w, &then, &known, e))
        return false;
    for (size_t i = 0; i < s->n_initiatives; i++) {
        struct str id = s->initiatives[i].node.id;
        bool has = work_of(&now, id) > 0, had = known && work_of(&then, id) > 0;

        if (s->initiatives[i].status != INITIATIVE_ACTIVE)
            continue;
        none = !has ? add_name(w, none, id) : none;
        won = known && has && !had ? add_name(w, won, id) : won;
        lost = known && had && !has ? add_name(w, lost, id) : lost;
    }
    w->quiet = w->quiet && won.n == 0 && lost.n == 0;
    text = epics_line(w, &now, &then, known);
    text = add_list(w, text, "newly covered", won);
    text = add_list(w, text, "covered no more", lost);
    text = add_list(w, text, "active without work", none);
    return add_block(w, STR("Coverage"), text, false, e);
}

static bool add_decisions(struct digest_writing *w, struct err *e)
{
    struct date today = tz_local(w->ev->conf->cal.tz, w->ev->now).date;
    struct str text =
        digest_decisions(w->ev->conf->strategy, today, w->person, w->readers, w->ev->a);

    w->quiet = w->quiet && text.n == 0;
    return add_block(w, STR("To be reviewed"), text, false, e);
}

static bool add_minute(struct digest_writing *w, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;
    struct date today = tz_local(w->ev->conf->cal.tz, w->ev->now).date;

    w->intent = digest_intent(s, w->turn, today, w->readers);
    return w->intent == NULL ||
           add_block(w, STR("The strategy in a minute"),
                     digest_minute(s, w->intent, w->readers, w->ev->a), false, e);
}

/* ---- silences ---- */

/* "team=web: the replatforming (ana, until 2026-02-01; covers 3)" */
static struct str silence_line(struct digest_writing *w, const struct silence_row *s,
                               struct wall ends)
{
    char mem[20];
    struct buf day;

    buf_init_fixed(&day, mem, sizeof mem);
    date_print(&day, tz_local(w->ev->conf->cal.tz, ends).date);
    return arena_printf(w->ev->a, "%.*s: %.*s (%.*s, until %.*s; covers %lld)",
                        STR_FMT(utf8_cut(s->labels, 120)),
                        STR_FMT(utf8_cut(s->reason, 200)), STR_FMT(s->by.user),
                        STR_FMT(buf_str(&day)), (long long)s->covers);
}

/* What they cover is heard of again, or somebody makes them longer. */
static bool add_silences(struct digest_writing *w, struct err *e)
{
    enum { READ = 200, LINES = 20 };
    struct wall soon = wall_add(w->ev->now, DUR_DAY(DIGEST_SILENCE_DAYS));
    struct str text = STR_NONE;
    struct silence_row *v;
    size_t n, shown = 0;

    if (!db_read_silences(w->ev->db, false, READ, w->ev->a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n && shown < LINES; i++) {
        struct wall ends = silence_ends(v[i].until, v[i].idle_since);

        if (ends.ms > soon.ms)
            continue;
        text = arena_printf(w->ev->a, "%.*s%s%.*s", STR_FMT(text), shown++ ? "\n" : "",
                            STR_FMT(silence_line(w, &v[i], ends)));
    }
    w->quiet = w->quiet && shown == 0;
    if (shown > 0 && n > shown)
        text = arena_printf(w->ev->a, "%.*s\n%zu more: alignctl silences", STR_FMT(text),
                            n - shown);
    return add_block(w, STR("Silences that end soon"), text, false, e);
}

static bool add_noise(struct digest_writing *w, struct err *e)
{
    struct str text;

    if (!digest_noise(w->ev, &w->conf->when, &text, e))
        return false;
    w->quiet = w->quiet && text.n == 0;
    return add_block(w, STR("Rules that nobody acts on"), text, false, e);
}

/* ---- drift ---- */

/* Silence must never look like health: how many sources it speaks for. */
static struct str sources_of(const struct eval *ev, bool *ret_all)
{
    size_t fresh = 0;

    for (size_t i = 0; i < ev->n_sources; i++)
        fresh += ev->sources[i].conf != NULL && ev->sources[i].fresh;
    *ret_all = fresh == ev->conf->n_sources;
    return arena_printf(ev->a, "%zu of %zu sources fresh", fresh, ev->conf->n_sources);
}

static int64_t epics_of(const struct eval *ev)
{
    int64_t n = 0;

    for (size_t i = 0; i < ev->n_scopes; i++)
        n += ev->scopes[i].in_view ? ev->scopes[i].counts.epics : 0;
    return n;
}

static struct str quiet_line(struct eval *ev, const struct digest_drift *d)
{
    bool all;
    struct str sources = sources_of(ev, &all), text;

    text = arena_printf(ev->a, "%s: %.*s, %lld epics, %lld new",
                        all ? "all quiet" : "quiet, as far as is known", STR_FMT(sources),
                        (long long)epics_of(ev), (long long)d->fresh);
    return d->resolved > 0 ? arena_printf(ev->a, "%.*s, %lld resolved", STR_FMT(text),
                                          (long long)d->resolved)
                           : text;
}

/* "nps "NPS" - no value yet; open since 2026-01-05" */
static struct str wait_line(struct digest_writing *w, const struct digest_wait *v)
{
    struct arena *a = w->ev->a;
    struct str title = STR_NONE;
    char mem[20];
    struct buf day;

    buf_init_fixed(&day, mem, sizeof mem);
    date_print(&day, tz_local(w->ev->conf->cal.tz, v->since).date);
    if (v->title.n > 0)
        title = arena_printf(a, " \"%.*s\"", STR_FMT(utf8_cut(v->title, 120)));
    return arena_printf(a, "%.*s%.*s%s%.*s (since %.*s)", STR_FMT(v->key),
                        STR_FMT(title), v->note.n > 0 ? " - " : "",
                        STR_FMT(utf8_cut(v->note, 200)), STR_FMT(buf_str(&day)));
}

/* Whoever gets no digest has a part of this one. */
static bool add_owner(struct digest_writing *w, const struct digest_drift *d,
                      const struct person *p, struct err *e)
{
    enum { LINES = 10 };
    struct arena *a = w->ev->a;
    struct str text = STR_NONE;
    size_t n = 0;
    bool reached;

    for (size_t i = 0; i < d->n_waits; i++) {
        if (d->waits[i].owner == p && n++ < LINES)
            text = arena_printf(a, "%.*s%s%.*s", STR_FMT(text), n > 1 ? "\n" : "",
                                STR_FMT(wait_line(w, &d->waits[i])));
    }
    if (n == 0)
        return true;
    if (!digest_reaches(w->ev, p, &reached, e))
        return false;
    if (n > LINES)
        text = arena_printf(a, "%.*s\n%zu more: alignctl drift", STR_FMT(text), n - LINES);
    return reached ||
           add_block(w,
                     arena_printf(a, "%.*s, reminded twice",
                                  STR_FMT(p->name.n > 0 ? p->name : p->id)),
                     text, false, e);
}

static bool add_owners(struct digest_writing *w, const struct digest_drift *d,
                       struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;

    for (size_t i = 0; i < s->n_people; i++) {
        if (!add_owner(w, d, &s->people[i], e))
            return false;
    }
    return true;
}

static bool add_drift(struct digest_writing *w, struct err *e)
{
    struct eval *ev = w->ev;
    struct digest_drift d;
    bool all;

    if (!digest_drift_read(ev, w->conf->channel, w->sent, has_part(w, DIGEST_OWNERS), &d,
                           e))
        return false;
    w->n.sections = d.sections;
    w->n.n_sections = d.n_sections;
    w->quiet = d.open == 0;
    if (d.open == 0)
        w->n.text = quiet_line(ev, &d);
    else
        w->n.text = arena_printf(
            ev->a, "%lld open, %lld new, %lld resolved; %.*s", (long long)d.open,
            (long long)d.fresh, (long long)d.resolved, STR_FMT(sources_of(ev, &all)));
    if (d.silenced > 0)
        w->n.text = arena_printf(ev->a, "%.*s; %lld silenced: `alignctl silences`",
                                 STR_FMT(w->n.text), (long long)d.silenced);
    if (d.baseline > 0)
        w->n.text = arena_printf(ev->a, "%.*s; %lld from before: `alignctl gaps`",
                                 STR_FMT(w->n.text), (long long)d.baseline);
    return (!arena_failed(ev->a) || err_nomem(e)) &&
           (!has_part(w, DIGEST_OWNERS) || add_owners(w, &d, e));
}

/* One line is enough, but for an intent that chat has not shown for long. */
static bool make_short(struct digest_writing *w, struct err *e)
{
    static const char sql[] = "SELECT last FROM shown WHERE node = ?";
    struct eval *ev = w->ev;
    int64_t last = 0;

    if (w->intent != NULL &&
        !sql_int(ev->db, sql, SQL_ARGS(SQL_S(w->intent->node.id)), 0, &last, e))
        return false;
    if (w->intent != NULL && last > wall_add(ev->now, DUR_DAY(-SHOWN_DAYS)).ms)
        w->intent = NULL;
    w->n.n_blocks = 0;
    return w->intent == NULL || add_minute(w, e);
}

bool digest_write_parts(struct digest_writing *w, struct err *e)
{
    w->quiet = false; /* without what is open nobody can say */
    return (!has_part(w, DIGEST_DRIFT) || add_drift(w, e)) &&
           (!has_part(w, DIGEST_SPLIT) || add_split(w, e)) &&
           (!has_part(w, DIGEST_PACE) || add_pace(w, e)) &&
           (!has_part(w, DIGEST_COVERAGE) || add_coverage(w, e)) &&
           (!has_part(w, DIGEST_DECISIONS) || add_decisions(w, e)) &&
           (!has_part(w, DIGEST_SILENCES) || add_silences(w, e)) &&
           (!has_part(w, DIGEST_DRIFT) || add_noise(w, e)) &&
           (!has_part(w, DIGEST_MINUTE) || add_minute(w, e)) &&
           (!w->quiet || make_short(w, e));
}

bool digest_write_own(struct digest_writing *w, const struct digest_drift *d,
                      struct err *e)
{
    struct arena *a = w->ev->a;

    w->n.sections = has_part(w, DIGEST_DRIFT) ? d->sections : NULL;
    w->n.n_sections = has_part(w, DIGEST_DRIFT) ? d->n_sections : 0;
    w->n.text = STR("No drift of yours is open");
    if (d->open > 0)
        w->n.text = arena_printf(a, "%lld open, %lld new, %lld resolved",
                                 (long long)d->open, (long long)d->fresh,
                                 (long long)d->resolved);
    if (d->n_waits > 0)
        w->n.text = arena_printf(a, "%.*s; %zu told three times: from now on only here",
                                 STR_FMT(w->n.text), d->n_waits);
    w->quiet = !has_part(w, DIGEST_DRIFT) || d->open == 0;
    if (arena_failed(a))
        return err_nomem(e);
    return (!has_part(w, DIGEST_PACE) || add_pace(w, e)) &&
           (!has_part(w, DIGEST_DECISIONS) || add_decisions(w, e)) &&
           (!has_part(w, DIGEST_MINUTE) || w->quiet || add_minute(w, e));
}
