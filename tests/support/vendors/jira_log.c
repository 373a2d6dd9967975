/*
 * Change logs: what became of the status and the assignee of an issue since the
 * server runs. Cloud gives them in bulk, oldest first, in pages of changes; a
 * search or GET of one issue shows them with expand=changelog.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "tests/support/vendors/jira_site.h"

#define BULK_ISSUES 1000
#define BULK_FIELDS 10
#define DFLT_CHANGES 1000
#define MAX_CHANGES 10000

static void note(struct jira_issue *i, const char *field, const char *from,
                 const char *to)
{
    bool same = from && to ? strcmp(from, to) == 0 : !from && !to;

    if (same) {
        return;
    }
    if (!i->log) {
        i->log = json_array();
    }
    (void)json_array_append_new(i->log, json_pack("{s:I, s:s, s:s?, s:s?}", "at",
                                                  (json_int_t)i->updated.ms, "field", field,
                                                  "from", from, "to", to));
}

void jira_log_change(struct jira_issue *i, const char *status, const char *assignee)
{
    note(i, "status", status, i->status);
    note(i, "assignee", assignee, json_text(i->model, "assignee", NULL));
}

/* What a log says of a value: its id, and how people read it. */
static void add_value(const struct jira *j, enum jira_form f, const char *field,
                      const char *value, const char *id_name, const char *text_name,
                      json_t *item)
{
    bool status = strcmp(field, "status") == 0;
    json_t *shown = !value   ? json_null()
                    : status ? jira_shape_status(j, f, value)
                             : jira_shape_user(j, f, value);
    const char *id = status ? "id" : f == JIRA_DC_V2 ? "key" : "accountId";
    json_t *id_value = json_object_get(shown, id);
    json_t *text = json_object_get(shown, status ? "name" : "displayName");

    (void)json_object_set_new(item, id_name, id_value ? json_incref(id_value) : json_null());
    (void)json_object_set_new(item, text_name, text ? json_incref(text) : json_null());
    json_decref(shown);
}

static json_t *show_change(const struct jira *j, enum jira_form f, const json_t *change,
                           size_t number)
{
    const char *field = json_text(change, "field", "");
    json_t *item = json_pack("{s:s, s:s, s:s}", "field", field, "fieldtype", "jira",
                             "fieldId", field);
    char id[24];
    struct buf b;

    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%zu", 20000 + number);
    add_value(j, f, field, json_text(change, "from", NULL), "from", "fromString", item);
    add_value(j, f, field, json_text(change, "to", NULL), "to", "toString", item);
    return json_pack("{s:s, s:o, s:[o]}", "id", id, "created",
                     jira_shape_time(j, (struct wall){json_number(change, "at", 0)}),
                     "items", item);
}

json_t *jira_log_show(const struct jira *j, enum jira_form f, const struct jira_issue *i)
{
    size_t n = json_array_size(i->log);
    json_t *all = json_array();

    for (size_t k = 0; k < n; k++) {
        (void)json_array_append_new(all,
                                    show_change(j, f, json_array_get(i->log, k), k));
    }
    return json_pack("{s:i, s:I, s:I, s:o}", "startAt", 0, "maxResults", (json_int_t)n,
                     "total", (json_int_t)n, "histories", all);
}

/* ---- in bulk ---- */

static bool asks_for(const json_t *fields, const char *name)
{
    const json_t *one;
    size_t i;

    json_array_foreach(fields, i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), name) == 0) {
            return true;
        }
    }
    return json_array_size(fields) == 0;
}

struct window {
    size_t from, to, n; /* of all changes of all issues */
};

static void add_issue(const struct jira *j, enum jira_form f, const json_t *fields,
                      const struct jira_issue *i, struct window *w, json_t *all)
{
    json_t *histories = json_array();
    char id[24];
    struct buf b;

    for (size_t k = 0; k < json_array_size(i->log); k++) {
        const json_t *change = json_array_get(i->log, k);

        if (asks_for(fields, json_text(change, "field", ""))) {
            if (w->n >= w->from && w->n < w->to) {
                (void)json_array_append_new(histories, show_change(j, f, change, k));
            }
            w->n++;
        }
    }
    buf_init_fixed(&b, id, sizeof id);
    buf_printf(&b, "%" PRId64, i->id);
    if (json_array_size(histories) > 0) {
        (void)json_array_append_new(
            all, json_pack("{s:s, s:O}", "issueId", id, "changeHistories", histories));
    }
    json_decref(histories);
}

static void answer(struct jira *j, enum jira_form f, const json_t *body,
                   struct reply *rp)
{
    const json_t *ids = json_object_get(body, "issueIdsOrKeys");
    int64_t max = json_number(body, "maxResults", DFLT_CHANGES);
    uint64_t from = 0;
    json_t *all = json_array(), *root;
    char token[24];
    struct buf b;

    (void)!str_to_u64(str_of(json_text(body, "nextPageToken", "0")), &from);
    max = max < 1 || max > MAX_CHANGES ? MAX_CHANGES : max;
    struct window w = {.from = from, .to = from + (size_t)max};

    for (size_t k = 0; k < json_array_size(ids); k++) {
        const struct jira_issue *i =
            jira_find(j, str_of(json_string_value(json_array_get(ids, k))));

        if (i && jira_is_seen(j, i)) {
            add_issue(j, f, json_object_get(body, "fieldIds"), i, &w, all);
        }
    }
    buf_init_fixed(&b, token, sizeof token);
    buf_printf(&b, "%zu", w.to);
    root = json_pack("{s:o, s:s*}", "issueChangeLogs", all, "nextPageToken",
                     w.n > w.to ? token : NULL);
    reply_json(rp, 200, root);
}

void jira_log_bulk(struct jira *j, enum jira_form f, const struct request *rq,
                   struct reply *rp)
{
    json_error_t why;
    json_t *body =
        json_loadb(buf_cstr(&rq->body), rq->body.n, JSON_REJECT_DUPLICATES, &why);
    size_t n = json_array_size(json_object_get(body, "issueIdsOrKeys"));

    rp->class_ = "jira.changelog";
    if (n < 1 || n > BULK_ISSUES ||
        json_array_size(json_object_get(body, "fieldIds")) > BULK_FIELDS) {
        jira_refuse(rp, 400, "Between 1 and 1000 issues and at most 10 fields, please.");
    } else {
        answer(j, f, body, rp);
    }
    json_decref(body);
}
