#include "connectors/trackers/jira/jira_issue.h"

#include <inttypes.h>

#include "base/utf8.h"
#include "connectors/trackers/jira/jira.h"
#include "connectors/trackers/jira/jira_jql.h"
#include "connectors/trackers/jira/jira_json.h"
#include "connectors/wire/adf.h"
#include "connectors/wire/project.h"
#include "connectors/wire/wiki.h"

enum {
    MAX_TEXT = 256 << 10, /* bytes of a description that are read */
    MAX_REFERENCES = 20,
    MAX_NESTING = 4, /* of a custom field's value */
    MAX_LEVEL = 10,
};

/*
 * Resolutions that close an issue without the work being done, in the words of
 * Jira, Jira Service Management and large public instances. Resolutions are
 * free text and may be translated: `discarded` of the configuration adds more.
 */
static const char *const discarding[] = {
    "Abandoned",
    "Can't Do",
    "Can't Fix",
    "Can't Reproduce",
    "Cancelled",
    "Canceled",
    "Cannot Reproduce",
    "Declined",
    "Deferred",
    "Duplicate",
    "Incomplete",
    "Invalid",
    "Later",
    "Needs more info",
    "Not a Bug",
    "Not a Problem",
    "Not an Issue",
    "Not Applicable",
    "Not Our Bug",
    "Not Reproducible",
    "Obsolete",
    "Out of Date",
    "Rejected",
    "Superseded",
    "Unresolved",
    "Will Not Do",
    "Will Not Fix",
    "Withdrawn",
    "Won't Do",
    "Won't Fix",
    "Wont Do",
    "Wont Fix",
    "Works as Designed",
    "Works for Me",
};

const char *const jira_issue_paths[] = {
    "summary",
    "status.name",
    "status.statusCategory.key",
    "issuetype.name",
    "issuetype.subtask",
    "issuetype.hierarchyLevel",
    "project.key",
    "labels",
    "components[].name",
    "fixVersions[].name",
    "parent.id",
    "parent.key",
    "resolution.name",
    "resolutiondate",
    "created",
    "updated",
    "assignee.accountId",
    "assignee.name",
    "assignee.key",
    "reporter.accountId",
    "reporter.name",
    "reporter.key",
    "reporter.displayName",
    "issuelinks[].type.name",
    "issuelinks[].type.inward",
    "issuelinks[].type.outward",
    "issuelinks[].inwardIssue.key",
    "issuelinks[].outwardIssue.key",
    "security.id",
    "issuerestriction.issuerestrictions",
    "statuscategorychangedate",
    "description@",
    NULL,
};

struct reading {
    const struct jira_reader *r;
    const json_t *fields; /* borrowed: the issue's */
    struct str body;
    struct arena *a;
    struct buf *text;
    struct item *it;
    size_t cap_marks, cap_assignees, cap_blockers;
};

static bool in_list(struct str s, const struct str_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        if (str_eq_nocase(s, list->v[i])) {
            return true;
        }
    }
    return false;
}

/* ---- marks ---- */

static void add_mark(struct reading *g, enum mark_kind kind, struct str name,
                     struct str value)
{
    value = str_trim(value);
    if (value.n == 0 || g->it->n_marks >= ITEM_MAX_MARKS) {
        return;
    }
    struct mark *m =
        arena_grow(g->a, &g->it->marks, &g->it->n_marks, &g->cap_marks, sizeof *m);

    if (m != NULL) {
        m->kind = kind;
        m->name = jira_copy(g->a, name, ITEM_MAX_VALUE);
        m->value = jira_copy(g->a, value, ITEM_MAX_VALUE);
    }
}

static void add_labels(struct reading *g)
{
    const json_t *labels = json_object_get(g->fields, "labels");

    for (size_t i = 0; i < json_array_size(labels); i++) {
        add_mark(g, MARK_LABEL, STR_NONE, jira_str(json_array_get(labels, i)));
    }
}

static void add_named(struct reading *g, enum mark_kind kind, const char *field)
{
    const json_t *list = json_object_get(g->fields, field);

    for (size_t i = 0; i < json_array_size(list); i++) {
        add_mark(g, kind, STR_NONE, jira_get(json_array_get(list, i), "name"));
    }
}

/*
 * Data Center prints sprints as "...Sprint@1f2e[id=7,rapidViewId=3,state=ACTIVE,
 * name=Sprint 12,startDate=...]": the name ends before the next "WORD=".
 */
static struct str sprint_name(struct str s)
{
    ptrdiff_t at = str_find(s, STR(",name="));

    if (str_find(s, STR("Sprint@")) < 0 || at < 0) {
        return s;
    }
    s = str_skip(s, (size_t)at + 6);
    ptrdiff_t end = str_find(s, STR(",startDate="));

    end = end >= 0 ? end : str_find(s, STR(",goal="));
    end = end >= 0 ? end : str_chr(s, ']');
    return end >= 0 ? str_first(s, (size_t)end) : s;
}

static void add_number(struct reading *g, struct str name, const json_t *v)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    if (json_is_integer(v)) {
        buf_printf(&b, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    } else {
        buf_printf(&b, "%.15g", json_real_value(v));
    }
    add_mark(g, MARK_FIELD, name, buf_str(&b));
}

/*
 * A custom field's value, of whatever type: text, number, option {value} with
 * a `child` when cascading, user {displayName}, group, version, team or sprint
 * {name}, an issue {key}, rich text, and lists of these.
 */
static void add_value(struct reading *g, struct str name, const json_t *v,
                      unsigned depth)
{
    static const char *const members[] = {"value", "displayName", "name",
                                          "label", "title",       "key"};

    if (depth > MAX_NESTING) {
        return;
    }
    if (json_is_string(v)) {
        add_mark(g, MARK_FIELD, name, sprint_name(jira_str(v)));
    } else if (json_is_number(v)) {
        add_number(g, name, v);
    } else if (json_is_array(v)) {
        for (size_t i = 0; i < json_array_size(v); i++) {
            add_value(g, name, json_array_get(v, i), depth + 1);
        }
    } else if (json_is_object(v) && str_eqz(jira_get(v, "type"), "doc")) {
        size_t start = g->text->n;

        adf_to_text(v, ITEM_MAX_VALUE, g->text);
        add_mark(g, MARK_FIELD, name, str_skip(buf_str(g->text), start));
        buf_truncate(g->text, start);
    } else if (json_is_object(v)) {
        for (size_t i = 0; i < ARRAY_LEN(members); i++) {
            const json_t *member = json_object_get(v, members[i]);

            if (json_is_number(member) || jira_str(member).n > 0) {
                add_value(g, name, member, depth + 1);
                break;
            }
        }
        add_value(g, name, json_object_get(v, "child"), depth + 1);
    }
}

static void add_configured_fields(struct reading *g)
{
    for (size_t i = 0; i < g->r->fields->n_marks; i++) {
        const struct jira_mark_field *f = &g->r->fields->marks[i];

        add_value(g, f->name, json_object_getn(g->fields, f->id.p, f->id.n), 0);
    }
}

/* By the type's name or what it says in either direction. */
static bool is_wanted_link(const struct reading *g, const json_t *type)
{
    const struct str_list *wanted = &g->r->conf->link_types;

    return in_list(jira_get(type, "name"), wanted) ||
           in_list(jira_get(type, "outward"), wanted) ||
           in_list(jira_get(type, "inward"), wanted);
}

static void add_links(struct reading *g)
{
    const json_t *links = json_object_get(g->fields, "issuelinks");

    for (size_t i = 0; g->r->conf->link_types.n > 0 && i < json_array_size(links);
         i++) {
        const json_t *link = json_array_get(links, i);
        const json_t *type = json_object_get(link, "type");

        if (is_wanted_link(g, type)) {
            struct str name = jira_get(type, "name");

            add_mark(g, MARK_LINK, name, jira_get2(link, "outwardIssue", "key"));
            add_mark(g, MARK_LINK, name, jira_get2(link, "inwardIssue", "key"));
        }
    }
}

/* ---- what it waits for ---- */

/* Types are configurable, and a site may have made one that points the other way: what
   counts is what it says of this issue. */
static bool says_blocked(const struct reading *g, struct str said)
{
    const struct jira_conf *own = g->r->conf->own;

    return str_eq_nocase(said, STR("is blocked by")) || in_list(said, &own->blocked_by);
}

static void add_blocker(struct reading *g, struct str key)
{
    key = str_trim(key);
    if (key.n == 0 || g->it->n_blockers >= ITEM_MAX_BLOCKERS) {
        return;
    }
    struct str *slot = arena_grow(g->a, &g->it->blockers, &g->it->n_blockers,
                                  &g->cap_blockers, sizeof *slot);

    if (slot != NULL) {
        *slot = jira_copy(g->a, key, ITEM_MAX_VALUE);
    }
}

static void add_blockers(struct reading *g)
{
    const json_t *links = json_object_get(g->fields, "issuelinks");

    for (size_t i = 0; g->it->outcome == ITEM_OPEN && i < json_array_size(links); i++) {
        const json_t *link = json_array_get(links, i);
        const json_t *type = json_object_get(link, "type");

        if (says_blocked(g, jira_get(type, "inward"))) {
            add_blocker(g, jira_get2(link, "inwardIssue", "key"));
        }
        if (says_blocked(g, jira_get(type, "outward"))) {
            add_blocker(g, jira_get2(link, "outwardIssue", "key"));
        }
    }
}

/* ---- the description: reference lines, and the excerpt of epics ---- */

/* Case ignored; looks for the rare letter at `rare` and compares around it. */
static bool has_word(struct str s, struct str word, size_t rare)
{
    const char letters[] = {word.p[rare], (char)(word.p[rare] - 'a' + 'A')};

    for (size_t i = 0; i < sizeof letters; i++) {
        struct str rest = str_skip(s, rare);

        for (ptrdiff_t at = str_chr(rest, letters[i]); at >= 0;
             at = str_chr(rest, letters[i])) {
            const char *start = rest.p + at - rare;
            size_t left = (size_t)(s.p + s.n - start);

            if (left >= word.n && str_eq_nocase((struct str){start, word.n}, word)) {
                return true;
            }
            rest = str_skip(rest, (size_t)at + 1);
        }
    }
    return false;
}

/*
 * Most descriptions need not be decoded: they name no initiative and belong to
 * no epic. A word split by markup within itself is not seen.
 */
static bool is_worth_reading(const struct reading *g, struct str raw)
{
    return g->it->level >= ITEM_LEVEL_EPIC || has_word(raw, STR("initiative"), 8) ||
           has_word(raw, STR("strategy"), 6);
}

/*
 * Cloud's API 3 has a document tree here, Data Center wiki markup. False: it
 * does not read, though the page did.
 */
static bool decode_description(struct reading *g, struct str raw)
{
    struct str markup = STR_NONE;
    json_t *doc;
    struct err e;

    buf_clear(g->text);
    if (!str_has_prefix(raw, STR("{"))) {
        bool ok = project_text(g->a, raw, &markup);

        wiki_to_text(utf8_cut(markup, MAX_TEXT), MAX_TEXT, g->text);
        return ok;
    }
    if (!jira_parse(raw, &doc, &e)) {
        if (e.kind == ERR_NOMEM) {
            buf_fail(g->text);
        }
        return false;
    }
    adf_to_text(doc, MAX_TEXT, g->text);
    json_decref(doc);
    return true;
}

/* False: what the item says of itself is not known, so it must not be stored. */
static bool read_description(struct reading *g)
{
    struct mark found[MAX_REFERENCES];
    struct str raw;

    if (!project_span(g->body, json_object_get(g->fields, "description"), &raw) ||
        !is_worth_reading(g, raw)) {
        return true;
    }
    if (!decode_description(g, raw) || !buf_ok(g->text)) {
        return false;
    }
    size_t n = item_read_references(buf_str(g->text), found);

    for (size_t i = 0; i < n; i++) {
        add_mark(g, found[i].kind, found[i].name, found[i].value);
    }
    if (g->it->level >= ITEM_LEVEL_EPIC) {
        g->it->excerpt = jira_copy(g->a, str_trim(buf_str(g->text)), ITEM_EXCERPT);
    }
    return true;
}

/* ---- members ---- */

static bool has_label_of(const struct reading *g, const struct str_list *labels)
{
    const json_t *list = json_object_get(g->fields, "labels");

    for (size_t i = 0; labels->n > 0 && i < json_array_size(list); i++) {
        if (in_list(jira_str(json_array_get(list, i)), labels)) {
            return true;
        }
    }
    return false;
}

/* An epic by what Jira says; `level` is its hierarchyLevel where it tells one. */
static bool is_epic(const struct reading *g, bool told, int64_t level)
{
    const struct str_list *types = &g->r->conf->epics.types;
    struct str epic_name = g->r->fields->epic_name;

    if (has_label_of(g, &g->r->conf->epics.labels)) {
        return true;
    }
    if (types->n > 0) {
        return in_list(g->it->type, types);
    }
    if (told) {
        return level >= ITEM_LEVEL_EPIC;
    }
    return str_eq_nocase(g->it->type, STR("Epic")) ||
           (epic_name.n > 0 &&
            jira_str(json_object_getn(g->fields, epic_name.p, epic_name.n)).n > 0);
}

/*
 * Cloud tells issuetype.hierarchyLevel: -1 sub-task, 0, 1 epic, more with
 * Plans. Data Center only `subtask`; its epics are those with an epic name.
 */
static int read_level(const struct reading *g)
{
    const json_t *type = json_object_get(g->fields, "issuetype");
    int64_t level = 0;
    bool told = jira_get_int(type, "hierarchyLevel", &level);

    if (json_is_true(json_object_get(type, "subtask")) || (told && level < 0)) {
        return ITEM_LEVEL_SUB;
    }
    if (g->r->conf->epics.none || !is_epic(g, told, level)) {
        return ITEM_LEVEL_BASE;
    }
    level = level < ITEM_LEVEL_EPIC ? ITEM_LEVEL_EPIC : level;
    return level < MAX_LEVEL ? (int)level : MAX_LEVEL;
}

/* By the category's key: names are translated. */
static enum item_category read_category(const struct reading *g)
{
    const json_t *status = json_object_get(g->fields, "status");
    struct str key = jira_get2(status, "statusCategory", "key");

    if (str_eqz(key, "done")) {
        return ITEM_DONE;
    }
    return str_eqz(key, "indeterminate") ||
                   in_list(g->it->status, &g->r->conf->in_progress)
               ? ITEM_IN_PROGRESS
               : ITEM_TODO;
}

/* A typographic apostrophe is the same word. */
static struct str plain_apostrophes(struct arena *a, struct str s)
{
    static const struct str curly = {"\xe2\x80\x99", 3};
    ptrdiff_t at = str_find(s, curly);

    if (at < 0) {
        return s;
    }
    return arena_printf(a, "%.*s'%.*s", (int)at, s.p,
                        STR_FMT(str_skip(s, (size_t)at + curly.n)));
}

static enum item_outcome read_outcome(const struct reading *g)
{
    const struct jira_conf *own = g->r->conf->own;
    struct str name =
        plain_apostrophes(g->a, jira_get2(g->fields, "resolution", "name"));

    if (g->it->category != ITEM_DONE) {
        return ITEM_OPEN;
    }
    if (in_list(name, &own->discarded)) {
        return ITEM_DISCARDED;
    }
    for (size_t i = 0; i < ARRAY_LEN(discarding); i++) {
        if (str_eq_nocase(name, str_of(discarding[i]))) {
            return ITEM_DISCARDED;
        }
    }
    return ITEM_COMPLETED;
}

/* Workflows may reach a done status without a resolution, hence without its date. */
static struct wall read_closed(const struct reading *g)
{
    static const char *const dates[] = {"resolutiondate", "statuscategorychangedate",
                                        "updated"};

    for (size_t i = 0; g->it->category == ITEM_DONE && i < ARRAY_LEN(dates); i++) {
        struct wall t = jira_get_time(g->fields, dates[i]);

        if (t.ms != 0) {
            return t;
        }
    }
    return (struct wall){0};
}

/* Cloud has accountId only, Data Center name and key. */
static struct str account(const json_t *user)
{
    struct str id = jira_get(user, "accountId");

    id = id.n > 0 ? id : jira_get(user, "name");
    return id.n > 0 ? id : jira_get(user, "key");
}

static void read_people(struct reading *g)
{
    const json_t *reporter = json_object_get(g->fields, "reporter");
    struct str assignee = account(json_object_get(g->fields, "assignee"));

    g->it->author = jira_copy(g->a, account(reporter), ITEM_MAX_VALUE);
    g->it->author_name =
        jira_copy(g->a, jira_get(reporter, "displayName"), ITEM_MAX_VALUE);
    if (assignee.n > 0) {
        struct str *slot = arena_grow(g->a, &g->it->assignees, &g->it->n_assignees,
                                      &g->cap_assignees, sizeof *slot);

        if (slot != NULL) {
            *slot = jira_copy(g->a, assignee, ITEM_MAX_VALUE);
        }
    }
}

/* A link to a parent: a key, or an issue, or an issue in `data`. */
static bool read_parent(struct reading *g, const json_t *v)
{
    const json_t *data = json_object_get(v, "data");
    struct str key = json_is_string(v) ? jira_str(v) : jira_get(v, "key");
    struct str vid = jira_get(v, "id");

    if (key.n == 0 && vid.n == 0) {
        key = jira_get(data, "key");
        vid = jira_get(data, "id");
    }
    g->it->parent_key = jira_copy(g->a, key, ITEM_MAX_VALUE);
    g->it->parent_vid = jira_copy(g->a, vid, ITEM_MAX_VALUE);
    return key.n > 0 || vid.n > 0;
}

/* `parent` says it on Cloud; on Data Center it holds for sub-tasks alone. */
static void read_parents(struct reading *g)
{
    const struct jira_fields *f = g->r->fields;

    if (read_parent(g, json_object_get(g->fields, "parent")) ||
        (f->epic_link.n > 0 &&
         read_parent(g, json_object_getn(g->fields, f->epic_link.p, f->epic_link.n))) ||
        f->parent_link.n == 0) {
        return;
    }
    read_parent(g, json_object_getn(g->fields, f->parent_link.p, f->parent_link.n));
}

/* An issue security level, or a team-managed project's restriction to roles. */
static bool read_restricted(const struct reading *g)
{
    const json_t *restriction = json_object_get(g->fields, "issuerestriction");

    return json_is_object(json_object_get(g->fields, "security")) ||
           json_object_size(json_object_get(restriction, "issuerestrictions")) > 0;
}

struct str jira_project_of(struct str key)
{
    size_t n = key.n;

    while (n > 0 && key.p[n - 1] != '-') {
        n--;
    }
    return str_first(key, n > 0 ? n - 1 : 0);
}

/* The project's key; an issue without one (never seen) keeps what its key says. */
static struct str read_scope(const struct reading *g, struct str key)
{
    struct str project = jira_get2(g->fields, "project", "key");

    return jira_copy(g->a, project.n > 0 ? project : jira_project_of(key),
                     ITEM_MAX_VALUE);
}

/* Never `self`: since July 2026 it may name a gateway that people cannot open. */
static struct str browse_url(struct reading *g, struct str key)
{
    if (g->r->site.n == 0) {
        return STR_NONE; /* the gateway did not tell the site */
    }
    buf_clear(g->text);
    jql_percent(g->text, key);
    return arena_printf(g->a, "%.*s/browse/%s", STR_FMT(g->r->site), buf_cstr(g->text));
}

bool jira_read_issue(const struct jira_issues *in, const json_t *json, struct item *ret)
{
    struct arena *a = in->a;
    struct reading g = {.r = in->r,
                        .fields = json_object_get(json, "fields"),
                        .body = in->body,
                        .a = a,
                        .text = in->text,
                        .it = ret};
    struct str vid = jira_get(json, "id");
    struct str key = jira_get(json, "key");

    /* Cloud may leave fields out that it failed to get (`failFast`); every issue
       has a status, and without one a closed issue would read as open. */
    if (vid.n == 0 || key.n == 0 ||
        !json_is_object(json_object_get(g.fields, "status"))) {
        return false;
    }
    *ret = (struct item){0};
    ret->vid = jira_copy(a, vid, ITEM_MAX_VALUE);
    ret->key = jira_copy(a, key, ITEM_MAX_VALUE);
    ret->scope = read_scope(&g, key);
    ret->title = jira_copy(a, jira_get(g.fields, "summary"), ITEM_MAX_TITLE);
    ret->url = browse_url(&g, ret->key);
    ret->type = jira_copy(a, jira_get2(g.fields, "issuetype", "name"), ITEM_MAX_VALUE);
    ret->status = jira_copy(a, jira_get2(g.fields, "status", "name"), ITEM_MAX_VALUE);
    ret->level = read_level(&g);
    ret->category = read_category(&g);
    ret->outcome = read_outcome(&g);
    ret->created = jira_get_time(g.fields, "created");
    ret->updated = jira_get_time(g.fields, "updated");
    ret->closed = read_closed(&g);
    ret->restricted = read_restricted(&g);
    read_people(&g);
    read_parents(&g);
    add_labels(&g); /* first: what passes ITEM_MAX_MARKS is dropped */
    bool ok = read_description(&g);

    add_configured_fields(&g);
    add_links(&g);
    add_blockers(&g);
    add_named(&g, MARK_COMPONENT, "components");
    add_named(&g, MARK_FIX_VERSION, "fixVersions");
    return ok;
}
