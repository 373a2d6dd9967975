#include "core/rules/rules.h"
#include "core/rules/wording.h"

struct source_stale_conf {
    int64_t intervals;
    struct span warn_after, high_after;
};

#define AT(member) offsetof(struct source_stale_conf, member)
static const struct conf_key params[] = {
    {.name = "intervals",
     .type = CONF_INT,
     .offset = AT(intervals),
     .dflt = "3",
     .min = 1,
     .max = 100,
     .live = true,
     .doc = "Syncs that may be missed before it is told."},
    {.name = "warn_after",
     .type = CONF_SPAN,
     .offset = AT(warn_after),
     .dflt = "1h",
     .live = true,
     .doc = "It is told after this long at the earliest."},
    {.name = "high_after",
     .type = CONF_SPAN,
     .offset = AT(high_after),
     .dflt = "4h",
     .live = true,
     .doc = "After this long it is one step more severe."},
    {0},
};

enum { SHOWN = 3, MAX_FACTS = 50 };

/* What is found out while all that may be stale is gone through. */
struct staleness {
    const struct rule_input *in;
    bool stale, late; /* late: past high_after */
    struct wall next;
};

static struct wall later_of(struct wall a, struct wall b)
{
    return a.ms > b.ms ? a : b;
}

static void wait_for(struct staleness *s, struct wall t)
{
    if (t.ms > s->in->now.ms && (s->next.ms == 0 || t.ms < s->next.ms)) {
        s->next = t;
    }
}

/* Something that was last fresh at `since`. */
static void judge_age(struct staleness *s, struct wall since)
{
    const struct source_stale_conf *conf = s->in->conf->own;
    const struct calendar *cal = s->in->cal;
    struct wall missed = since;

    if (since.ms == 0) {
        return;
    }
    for (int64_t i = 0; i < conf->intervals; i++) {
        missed = calendar_add(cal, missed, s->in->source->interval);
    }
    struct wall warn = later_of(missed, calendar_add(cal, since, conf->warn_after));
    struct wall high = later_of(warn, calendar_add(cal, since, conf->high_after));

    s->stale = s->stale || s->in->now.ms >= warn.ms;
    s->late = s->late || s->in->now.ms >= high.ms;
    wait_for(s, warn);
    wait_for(s, high);
}

/* Waiting does not mend these. */
static bool is_lasting(enum err_kind k)
{
    return k == ERR_AUTH || k == ERR_FORBIDDEN || k == ERR_NOT_FOUND || k == ERR_GONE ||
           k == ERR_PARSE;
}

/* The failure to speak of first: a lasting one, else any. */
static enum err_kind main_kind(const struct rule_source *src)
{
    enum err_kind kind = src->kind;

    if (src->auth_failed && !is_lasting(kind)) {
        return ERR_AUTH;
    }
    for (size_t i = 0; i < src->n_failed; i++) {
        if (kind == ERR_NONE ||
            (!is_lasting(kind) && is_lasting(src->failed[i].kind))) {
            kind = src->failed[i].kind;
        }
    }
    return kind;
}

static struct staleness judge(const struct rule_input *in)
{
    const struct rule_source *src = in->source;
    struct staleness s = {.in = in, .stale = src->auth_failed || is_lasting(src->kind)};
    bool first = src->syncing_first && src->error.n == 0;

    for (size_t i = 0; i < src->n_failed; i++) {
        s.stale = s.stale || is_lasting(src->failed[i].kind);
    }
    /* A first sync and an announced pause are states: nothing is late. One that has
       failed is not on time again because the next is paused. */
    if ((src->paused && src->kind == ERR_NONE) || first) {
        return s;
    }
    judge_age(&s, src->last_ok.ms != 0 ? src->last_ok : src->first_try);
    for (size_t i = 0; i < src->n_failed; i++) {
        judge_age(&s, src->failed[i].since);
    }
    return s;
}

static struct str failure_text(struct str error, enum err_kind kind)
{
    return error.n > 0 ? wording_short(error) : str_of(err_kind_name(kind));
}

static struct str note_of(const struct rule_source *src, struct arena *a)
{
    struct str note;

    if (src->n_failed == 0 && (src->error.n > 0 || src->kind != ERR_NONE)) {
        return failure_text(src->error, src->kind);
    }
    if (src->n_failed == 0) {
        return src->last_ok.ms != 0
                   ? STR("no sync has come to its end since the last one")
                   : STR("no sync has ever come to its end");
    }
    note = arena_printf(a, "%zu of %zu scopes fail: ", src->n_failed, src->n_scopes);
    for (size_t i = 0; i < src->n_failed && i < SHOWN; i++) {
        struct str why = failure_text(src->failed[i].error, src->failed[i].kind);

        note = arena_printf(a, "%.*s%s%.*s (%.*s)", STR_FMT(note), i > 0 ? ", " : "",
                            STR_FMT(src->failed[i].scope), STR_FMT(why));
    }
    if (src->n_failed > SHOWN) {
        note = arena_printf(a, "%.*s, ...", STR_FMT(note));
    }
    return note;
}

static const char *fix_of(enum err_kind kind)
{
    if (kind == ERR_AUTH) {
        return "give the source a token that is accepted (`token:` in alignd.yaml)";
    }
    if (kind == ERR_FORBIDDEN) {
        return "let the token's account read it, or take it out of the source's "
               "settings";
    }
    if (kind == ERR_NOT_FOUND || kind == ERR_GONE) {
        return "it was renamed, deleted or is hidden from the token's account: correct "
               "the "
               "source's settings, or let the account read it";
    }
    if (kind == ERR_PARSE) {
        return "the server answers what is none of its API: check the source's `url` "
               "and what "
               "stands in between";
    }
    if (kind == ERR_RATE) {
        return "it limits how often it is asked: a longer `interval`, or credentials "
               "that nothing else uses, leave more of it";
    }
    return "check that the server can be reached from here";
}

static struct str facts_of(const struct rule_source *src, struct arena *a)
{
    struct wording_facts f;

    wording_facts_begin(&f);
    jsonw_str(&f.w, "source", src->name);
    jsonw_time(&f.w, "last_ok", src->last_ok);
    wording_span(&f.w, "interval", src->interval);
    jsonw_opt(&f.w, "error", wording_short(src->error));
    jsonw_int(&f.w, "scopes", (int64_t)src->n_scopes);
    jsonw_int(&f.w, "failed_scopes", (int64_t)src->n_failed);
    jsonw_array(&f.w, "failed");
    for (size_t i = 0; i < src->n_failed && i < MAX_FACTS; i++) {
        jsonw_object(&f.w, NULL);
        jsonw_str(&f.w, "scope", wording_short(src->failed[i].scope));
        jsonw_strz(&f.w, "kind", err_kind_name(src->failed[i].kind));
        jsonw_opt(&f.w, "error", wording_short(src->failed[i].error));
        jsonw_time(&f.w, "since", src->failed[i].since);
        jsonw_end_object(&f.w);
    }
    jsonw_end_array(&f.w);
    return wording_facts_end(&f, a);
}

static bool eval(const struct rule_input *in, struct arena *a, struct rule_hit *hit,
                 struct wall *ret_next)
{
    struct staleness s = judge(in);
    struct str name = wording_shell(a, in->source->name);

    *ret_next = s.next;
    if (!s.stale) {
        return false;
    }
    if (s.late) {
        hit->severity = severity_up(hit->severity);
    }
    hit->note = note_of(in->source, a);
    hit->fix = str_of(fix_of(main_kind(in->source)));
    hit->command = arena_printf(a, "alignctl sync %.*s", STR_FMT(name));
    hit->facts = facts_of(in->source, a);
    return true;
}

const struct rule rule_source_stale = {
    .id = "source-stale",
    .title = "a source that is not up to date",
    .what = "A source, or some of its repositories or projects, could not be synced.",
    .why = "What is not seen is not judged: its findings stand still until it is back.",
    .formula =
        "now - last complete sync, or since a scope was last fresh, >= max(`intervals` "
        "x "
        "interval, `warn_after`); one step more severe from `high_after`; at once on "
        "refused credentials, missing permission, 404, 410, an answer that cannot be "
        "read, or a listing that lacks half of what was there. A first sync without a failure and an announced rate-limit pause are "
        "states, not staleness; a pause after a sync that failed changes nothing.",
    .fix = "Mend the credentials, the settings or the way to the server; `alignctl "
           "sync SOURCE` "
           "tries again at once.",
    .one = "1 source is not up to date",
    .many = "%d sources are not up to date",
    .subject = RULE_SOURCE,
    .severity = SEV_WARN,
    .whatever_scope = true,
    .operations = true,
    .params = params,
    .params_size = sizeof(struct source_stale_conf),
    .eval = eval,
};
