#include "core/route_ask.h"

#include "base/jsonw.h"

/* ---- parts of a route ---- */

static void write_span(struct jsonw *w, const char *key, bool has, struct span s)
{
    char mem[40];
    struct buf b;

    if (!has) {
        jsonw_null(w, key);
        return;
    }
    buf_init_fixed(&b, mem, sizeof(mem));
    span_print(&b, s);
    jsonw_str(w, key, buf_str(&b));
}

static void write_hours(struct jsonw *w, const char *key, const struct calendar *c)
{
    char mem[80];
    struct buf b;

    if (c == NULL) {
        jsonw_null(w, key);
        return;
    }
    buf_init_fixed(&b, mem, sizeof(mem));
    calendar_print_hours(&b, c);
    jsonw_str(w, key, buf_str(&b));
}

static void write_mute(struct jsonw *w, const struct calendar *mute, size_t n)
{
    jsonw_array(w, "mute");
    for (size_t i = 0; i < n; i++) {
        write_hours(w, NULL, &mute[i]);
    }
    jsonw_end_array(w);
}

static void write_budget(struct jsonw *w, bool has, const struct route_budget *b)
{
    if (!has) {
        jsonw_null(w, "budget");
        return;
    }
    jsonw_object(w, "budget");
    jsonw_int(w, "day", b->day);
    jsonw_int(w, "week", b->week);
    jsonw_end_object(w);
}

static void write_strs(struct jsonw *w, const char *key, const struct str_list *l)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < l->n; i++) {
        jsonw_str(w, NULL, l->v[i]);
    }
    jsonw_end_array(w);
}

static void write_match(struct jsonw *w, const struct route *r)
{
    jsonw_object(w, "match");
    for (unsigned i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if (r->match[i].n > 0) {
            write_strs(w, route_label_name((enum route_label)i), &r->match[i]);
        }
    }
    jsonw_end_object(w);
}

/* ---- the tree ---- */

static void write_route(struct jsonw *w, const struct route *r, struct str place)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "place", place);
    write_match(w, r);
    jsonw_opt(w, "channel", r->channel);
    jsonw_bool(w, "continue", r->continue_);
    if (r->has_group_by) {
        jsonw_array(w, "group_by");
        for (unsigned i = 0; i < ROUTE_BY_label; i++) {
            if ((r->group_by >> i & 1U) != 0) {
                jsonw_strz(w, NULL, route_label_name((enum route_label)i));
            }
        }
        jsonw_end_array(w);
    } else {
        jsonw_null(w, "group_by");
    }
    write_span(w, "group_wait", r->has_wait, r->group_wait);
    write_span(w, "group_interval", r->has_interval, r->group_interval);
    write_span(w, "repeat_interval", r->has_repeat, r->repeat_interval);
    write_hours(w, "hours", r->has_hours ? &r->hours : NULL);
    write_mute(w, r->mute, r->n_mute);
    write_budget(w, r->has_budget, &r->budget);
    jsonw_end_object(w);
}

static void write_routes(struct jsonw *w, const struct route *v, size_t n,
                         struct str parent, struct arena *a)
{
    for (size_t i = 0; i < n; i++) {
        struct str place = arena_printf(a, "%.*s%s%zu", STR_FMT(parent),
                                        parent.n > 0 ? "." : "", i + 1);

        write_route(w, &v[i], place);
        write_routes(w, v[i].children, v[i].n_children, place, a);
    }
}

void route_list_write(struct buf *out, const struct route_world *world, struct arena *a)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_opt(&w, "operations_channel", world->operations_channel);
    jsonw_array(&w, "routes");
    write_routes(&w, world->routes, world->n_routes, STR_NONE, a);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(out, '\n');
}

/* ---- an answer ---- */

static void write_labels(struct jsonw *w, const struct route_labels *l)
{
    jsonw_object(w, "labels");
    for (unsigned i = 0; i < ROUTE_BY_label; i++) {
        jsonw_opt(w, route_label_name((enum route_label)i),
                  route_label_get(l, (enum route_label)i));
    }
    write_strs(w, "label", &l->labels);
    jsonw_end_object(w);
}

static void write_visit(struct jsonw *w, const struct route_visit *v)
{
    jsonw_object(w, NULL);
    jsonw_str(w, "place", v->place);
    write_match(w, v->route);
    jsonw_bool(w, "matched", v->matched);
    jsonw_strz(w, "failed", v->matched ? NULL : route_label_name(v->failed));
    jsonw_bool(w, "continue", v->route->continue_);
    jsonw_end_object(w);
}

static const char *quiet_name(enum route_quiet q)
{
    switch (q) {
    case ROUTE_LOUD:
        break;
    case ROUTE_QUIET_OFF:
        return "off";
    case ROUTE_QUIET_DIGEST:
        return "digest";
    case ROUTE_QUIET_UNROUTED:
        return "unrouted";
    }
    return NULL;
}

/* When a finding that fires now would be told there. */
static void write_due(struct jsonw *w, const struct route_world *world,
                      const struct route_answer *r, size_t i, struct wall now)
{
    const struct route_hit *hit = &r->hits[i];
    enum severity s = SEV_WARN;
    struct plan_due due;

    (void)severity_parse(r->labels.severity, &s);
    due = plan_group_due(hit, world->cal, s, now, (struct wall){0}, now);
    if (r->has_sent && s != SEV_HIGH) {
        due = plan_budget(hit, world->cal, &r->sent[i], due, now);
    }
    if (r->quiet != ROUTE_LOUD) {
        jsonw_null(w, "next");
        jsonw_null(w, "because");
        return;
    }
    jsonw_time(w, "next", due.at.ms != INT64_MAX ? due.at : (struct wall){0});
    jsonw_strz(w, "because", plan_reason_name(due.reason));
}

static void write_hit(struct jsonw *w, const struct route_world *world,
                      const struct route_answer *r, size_t i, struct wall now)
{
    const struct route_hit *hit = &r->hits[i];

    jsonw_object(w, NULL);
    jsonw_str(w, "channel", hit->channel);
    jsonw_opt(w, "place", r->places[i]);
    jsonw_str(w, "group", hit->group);
    write_span(w, "group_wait", true, hit->group_wait);
    write_span(w, "group_interval", hit->has_interval, hit->group_interval);
    write_span(w, "repeat_interval", true, hit->repeat_interval);
    write_hours(w, "hours", hit->hours != NULL ? hit->hours : world->cal);
    write_mute(w, hit->mute, hit->n_mute);
    write_budget(w, hit->budget.day > 0 || hit->budget.week > 0, &hit->budget);
    if (r->has_sent) {
        jsonw_object(w, "sent");
        jsonw_int(w, "today", r->sent[i].today);
        jsonw_int(w, "week", r->sent[i].week);
        jsonw_end_object(w);
    } else {
        jsonw_null(w, "sent");
    }
    write_due(w, world, r, i, now);
    jsonw_end_object(w);
}

void route_ask_write(struct buf *out, const struct route_world *world,
                     const struct route_answer *r, struct wall now)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    write_labels(&w, &r->labels);
    jsonw_bool(&w, "operations", r->operations);
    jsonw_strz(&w, "quiet", quiet_name(r->quiet));
    jsonw_array(&w, "visited");
    for (size_t i = 0; i < r->n_visits; i++) {
        write_visit(&w, &r->visits[i]);
    }
    jsonw_end_array(&w);
    jsonw_array(&w, "destinations");
    for (size_t i = 0; i < r->n_hits; i++) {
        write_hit(&w, world, r, i, now);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(out, '\n');
}
