#include "status/shape.h"

#include "core/plan.h"

void shape_date(struct jsonw *w, const char *key, struct date d)
{
    char mem[16];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof(mem));
    if (d.year > 0)
        date_print(&b, d);
    jsonw_opt(w, key, buf_str(&b));
}

void shape_strs(struct jsonw *w, const char *key, const struct str_list *l)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < l->n; i++)
        jsonw_str(w, NULL, l->v[i]);
    jsonw_end_array(w);
}

void shape_version(struct jsonw *w, const char *key, uint64_t version)
{
    char mem[24];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof(mem));
    if (version != 0)
        buf_printf(&b, "%016llx", (unsigned long long)version);
    jsonw_opt(w, key, buf_str(&b));
}

void shape_tally(struct jsonw *w, const char *key, const struct tally *t)
{
    jsonw_object(w, key);
    jsonw_int(w, "open", t->open);
    jsonw_int(w, "in_progress", t->in_progress);
    jsonw_int(w, "completed", t->completed);
    jsonw_int(w, "discarded", t->discarded);
    jsonw_int(w, "epics", t->epics);
    jsonw_time(w, "last_change", t->last_change);
    jsonw_end_object(w);
}

void shape_ratio(struct jsonw *w, const char *key, int64_t linked, int64_t open,
                 int64_t exempt)
{
    if (open > exempt)
        jsonw_double(w, key, (double)linked / (double)(open - exempt));
    else
        jsonw_null(w, key);
}

void shape_forecast(struct jsonw *w, const char *key, const struct forecast *f,
                    struct date due)
{
    jsonw_object(w, key);
    jsonw_strz(w, "state", forecast_state_name(f->state));
    jsonw_int(w, "open", f->open);
    jsonw_int(w, "closed", f->closed);
    jsonw_int(w, "weeks", f->weeks);
    jsonw_int(w, "runs", FORECAST_RUNS);
    shape_date(w, "p50", f->p50);
    shape_date(w, "p85", f->p85);
    if (f->state == FORECAST_KNOWN && due.year > 0)
        jsonw_bool(w, "late", forecast_is_late(f, due));
    else
        jsonw_null(w, "late");
    jsonw_end_object(w);
}

const char *shape_initiative_status(enum initiative_status s)
{
    switch (s) {
    case INITIATIVE_PROPOSED:
        return "proposed";
    case INITIATIVE_ACTIVE:
        return "active";
    case INITIATIVE_PAUSED:
        return "paused";
    case INITIATIVE_DONE:
        return "done";
    case INITIATIVE_DROPPED:
        break;
    }
    return "dropped";
}

const char *shape_visibility(enum visibility v)
{
    return v == VIS_TEAM ? "team" : v == VIS_COMPANY ? "company" : "board";
}

/* ---- items ---- */

static void assignees(struct jsonw *w, struct str list)
{
    struct str one;

    jsonw_array(w, "assignees");
    while (str_split(&list, ',', &one))
        jsonw_str(w, NULL, str_trim(one));
    jsonw_end_array(w);
}

static void exemption(struct jsonw *w, const struct item_row *it)
{
    if (it->exempt.n == 0 && it->exempt_by.n == 0) {
        jsonw_null(w, "exempt");
        return;
    }
    jsonw_object(w, "exempt");
    jsonw_opt(w, "reason", it->exempt);
    jsonw_opt(w, "by", it->exempt_by);
    jsonw_time(w, "until", it->exempt_until);
    jsonw_end_object(w);
}

static void fate(struct jsonw *w, const struct item_row *it)
{
    if (it->fate.n == 0) {
        jsonw_null(w, "fate");
        return;
    }
    jsonw_object(w, "fate");
    jsonw_str(w, "kind", it->fate);
    jsonw_str(w, "text", it->fate_text);
    jsonw_time(w, "at", it->fate_at);
    jsonw_end_object(w);
}

const char *shape_link_state(const struct item_row *it)
{
    for (size_t i = 0; i < it->n_links; i++) {
        if (it->links[i].effective)
            return "linked";
    }
    return it->exempt_by.n > 0 || it->exempt.n > 0 ? "exempt" : "unlinked";
}

void shape_item_members(struct jsonw *w, const struct item_row *it)
{
    jsonw_str(w, "key", it->key);
    jsonw_str(w, "source", it->source);
    jsonw_str(w, "scope", it->scope);
    jsonw_opt(w, "title", it->title);
    jsonw_opt(w, "url", it->url);
    jsonw_opt(w, "type", it->type);
    jsonw_opt(w, "status", it->status);
    jsonw_opt(w, "category", it->category);
    jsonw_opt(w, "outcome", it->outcome);
    jsonw_int(w, "level", it->level);
    jsonw_opt(w, "author", it->author_name);
    assignees(w, it->assignees);
    jsonw_opt(w, "team", it->team);
    jsonw_opt(w, "parent", it->parent_key);
    jsonw_bool(w, "private", it->private_);
    jsonw_bool(w, "baseline", it->baseline);
    jsonw_bool(w, "idea", it->idea);
    exemption(w, it);
    jsonw_time(w, "created", it->created);
    jsonw_time(w, "updated", it->updated);
    jsonw_time(w, "closed", it->closed);
    jsonw_time(w, "first_seen", it->first_seen);
    fate(w, it);
}

void shape_item(struct jsonw *w, const char *key, const struct item_row *it)
{
    jsonw_object(w, key);
    shape_item_members(w, it);
    jsonw_end_object(w);
}

/* What an id that is none may have been meant for. */
static struct str meant(const struct strategy *s, const struct link_row *l)
{
    const struct node *near = l->known
                                  ? NULL
                                  : strategy_nearest_of(s, l->node,
                                                        STRATEGY_KIND(NODE_INITIATIVE) |
                                                            STRATEGY_KIND(NODE_BUCKET));

    return near != NULL ? near->id : STR_NONE;
}

void shape_link(struct jsonw *w, const struct strategy *s, const struct link_row *l)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "method", l->method);
    jsonw_opt(w, "node", l->node);
    jsonw_opt(w, "detail", l->detail);
    jsonw_bool(w, "known", l->known);
    jsonw_opt(w, "did_you_mean", meant(s, l));
    jsonw_bool(w, "effective", l->effective);
    jsonw_end_object(w);
}

/* ---- findings ---- */

/* Whether a message about this episode has gone out. */
static bool was_told(const struct finding_row *f)
{
    for (size_t i = 0; i < f->n_told; i++) {
        if (f->told[i].delivered.ms != 0)
            return true;
    }
    return false;
}

static void write_told(struct jsonw *w, const struct finding_row *f)
{
    jsonw_array(w, "told");
    for (size_t i = 0; i < f->n_told; i++) {
        const struct told_row *t = &f->told[i];

        jsonw_object(w, NULL);
        jsonw_str(w, "channel", t->channel);
        jsonw_strz(w, "what", plan_reason_name(t->kind));
        jsonw_time(w, "at", t->at);
        jsonw_time(w, "delivered", t->delivered);
        jsonw_str(w, "state", t->state);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
}

void shape_finding_members(struct jsonw *w, const struct finding_row *f)
{
    jsonw_strz(w, "id", f->f.id);
    jsonw_str(w, "rule", f->rule);
    jsonw_strz(w, "state", finding_state_name(f->f.state));
    jsonw_strz(w, "severity", severity_name(f->f.severity));
    jsonw_str(w, "subject_kind", f->subject_kind);
    jsonw_str(w, "subject", f->subject);
    jsonw_opt(w, "title", f->title);
    jsonw_opt(w, "url", f->url);
    jsonw_opt(w, "source", f->source);
    jsonw_opt(w, "scope", f->scope);
    jsonw_opt(w, "team", f->team);
    jsonw_opt(w, "node", f->node);
    jsonw_opt(w, "note", f->note);
    jsonw_opt(w, "fix", f->fix);
    jsonw_opt(w, "command", f->command);
    jsonw_time(w, "since", f->f.since);
    jsonw_time(w, "fired", f->f.fired);
    jsonw_time(w, "resolved", f->f.resolved);
    jsonw_int(w, "episode", f->f.episode);
    jsonw_bool(w, "baseline", f->baseline);
    jsonw_object(w, "reason");
    jsonw_strz(w, "name", plan_reason_name(f->reason));
    jsonw_strz(w, "text", plan_reason_text(f->reason));
    jsonw_opt(w, "detail", f->reason_detail);
    jsonw_bool(w, "told", was_told(f));
    jsonw_time(w, "at", f->reason_at);
    jsonw_time(w, "until", f->reason_until);
    jsonw_end_object(w);
    write_told(w, f);
}
