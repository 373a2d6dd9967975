/* The timeline of an issue: what the company file tells, or what follows from it. */
#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/jsonw.h"
#include "tests/support/vendors/github_repo.h"
#include "tests/support/vendors/when.h"

enum { PER_PAGE = 30, PER_PAGE_MAX = 100 };

/* One event with the members that every event has. */
struct event {
    const char *kind, *at;
    const char *who;   /* assignee, by their id in the file; NULL: none */
    const char *label; /* NULL: none */
};

struct telling {
    const struct gh_repo *r;
    const struct gh_issue *i;
    struct jsonw w;
    int64_t first, end, seen; /* which of them are on the page */
};

static void put_user(struct telling *t, const char *key, const char *id)
{
    const struct github *g = t->r->github;
    struct buf user;

    buf_init(&user, 1 << 16);
    gh_render_user(&user, g, staff_get(g->people, id));
    jsonw_raw(&t->w, key, buf_str(&user));
    buf_finish(&user);
}

/* As the schemas timeline-assigned-issue-event, labeled-issue-event and
   state-change-issue-event of GitHub's description have it. */
static void put_event(struct telling *t, const struct event *ev)
{
    int64_t id = t->i->id * 100 + t->seen;
    char url[512];
    struct buf b;

    if (t->seen < t->first || t->seen >= t->end) {
        t->seen++;
        return;
    }
    t->seen++;
    buf_init_fixed(&b, url, sizeof url);
    buf_printf(&b, "%s/repos/%s/issues/events/%" PRId64, t->r->github->api, t->r->full,
               id);
    jsonw_object(&t->w, NULL);
    jsonw_int(&t->w, "id", id);
    jsonw_strz(&t->w, "node_id", "E_kwDOtimeline");
    jsonw_strz(&t->w, "url", url);
    put_user(t, "actor", json_text(t->i->model, "author", "ghost"));
    jsonw_strz(&t->w, "event", ev->kind);
    jsonw_null(&t->w, "commit_id");
    jsonw_null(&t->w, "commit_url");
    jsonw_strz(&t->w, "created_at", ev->at);
    jsonw_null(&t->w, "performed_via_github_app");
    if (ev->who) {
        put_user(t, "assignee", ev->who);
    }
    if (ev->label) {
        jsonw_object(&t->w, "label");
        jsonw_strz(&t->w, "name", ev->label);
        jsonw_strz(&t->w, "color", "ededed");
        jsonw_end_object(&t->w);
    }
    jsonw_end_object(&t->w);
}

/* `events` of the file: [{"event": "assigned", "at": "-3d", "who": "ana"}, ...]. */
static void put_told(struct telling *t, const json_t *events)
{
    const json_t *one;
    size_t k;

    json_array_foreach(events, k, one)
    {
        struct event ev = {.kind = json_text(one, "event", ""),
                           .who = json_text(one, "who", NULL),
                           .label = json_text(one, "label", NULL)};
        struct wall at;
        char iso[40];
        struct buf b;

        if (!when_parse(str_of(json_text(one, "at", "now")), t->r->github->start,
                        &at)) {
            continue;
        }
        buf_init_fixed(&b, iso, sizeof iso);
        date_print_iso(&b, at);
        ev.at = iso;
        put_event(t, &ev);
    }
}

/* Without them: assigned when it was created, closed when it was closed. */
static void put_implied(struct telling *t)
{
    const json_t *m = t->i->model, *who;
    size_t k;

    json_array_foreach(json_object_get(m, "assignees"), k, who)
    {
        put_event(t, &(struct event){.kind = "assigned",
                                     .at = json_text(m, "created", ""),
                                     .who = json_string_value(who)});
    }
    if (!t->i->open) {
        put_event(t,
                  &(struct event){.kind = "closed", .at = json_text(m, "closed", "")});
    }
}

void gh_timeline(const struct gh_repo *r, const struct gh_issue *i,
                 const struct request *rq, struct reply *rp)
{
    int64_t per_page = request_int(rq, "per_page", PER_PAGE);
    int64_t page = request_int(rq, "page", 1);
    const json_t *events = json_object_get(i->model, "events");
    struct telling t = {.r = r, .i = i};

    rp->class_ = "github.timeline";
    per_page = per_page < 1              ? PER_PAGE
               : per_page > PER_PAGE_MAX ? PER_PAGE_MAX
                                         : per_page;
    page = page < 1 ? 1 : page;
    t.first = (page - 1) * per_page;
    t.end = t.first + per_page;
    jsonw_init(&t.w, &rp->body);
    jsonw_array(&t.w, NULL);
    if (events) {
        put_told(&t, events);
    } else {
        put_implied(&t);
    }
    jsonw_end_array(&t.w);
    if (t.end < t.seen) {
        reply_header(rp, "Link",
                     "<%s/repositories/%" PRId64 "/issues/%u/timeline?per_page=%" PRId64
                     "&page=%" PRId64 ">; rel=\"next\"",
                     r->github->api, r->id, i->number, per_page, page + 1);
    }
    rp->status = 200;
    rp->type = "application/json; charset=utf-8";
}
