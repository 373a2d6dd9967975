/*
 * Generated issues of the size real ones have (about 5.9 KB with full user
 * objects), the same for the same number on every run. They are for
 * benchmarks: what varies is what a client looks at.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/jsonw.h"
#include "tests/support/vendors/github_repo.h"

#define TEXT_CEILING ((size_t)1 << 20)
#define KEEP_BYTES ((uint64_t)1536 << 20) /* texts kept; beyond, made on demand */
#define TEXT_BYTES 6000
#define YEARS_BACK 4
#define USERS 2000

static const char *const words[] = {
    "appointment", "booking",  "calendar", "clinic",   "patient", "reminder", "slot",
    "insurer",     "billing",  "sync",     "waitlist", "import",  "export",   "session",
    "login",       "practice", "doctor",   "referral", "invoice", "payment",  "gateway",
    "timeout",     "retry",    "webhook",  "report",   "search",  "filter",   "mobile",
};
static const char *const verbs[] = {"Fix",    "Add",     "Rework", "Remove",
                                    "Verify", "Measure", "Move",   "Document"};
static const char *const labels[] = {
    "bug",      "enhancement",           "team:payments", "team:web",
    "security", "initiative:onboarding", "area:sync",     "help-wanted"};

/* splitmix64: the next of a stream of well-mixed numbers. */
static uint64_t next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
    return (size_t)(next(state) % n);
}

/* Written once each: a user object is a fifth of an issue. */
static bool make_users(struct gh_repo *r)
{
    char login[32];
    struct buf name, text;
    bool ok = true;

    r->users = calloc(USERS, sizeof *r->users);
    buf_init(&text, TEXT_CEILING);
    for (size_t i = 0; ok && r->users && i < USERS; i++) {
        buf_init_fixed(&name, login, sizeof login);
        buf_printf(&name, "clinicdev%zu", i);
        buf_clear(&text);
        gh_render_user(&text, r->github, staff_get(r->github->people, login));
        r->users[i] = buf_ok(&text) ? blob_create(buf_str(&text)) : NULL;
        ok = r->users[i] != NULL;
        r->n_users = i + 1;
    }
    buf_finish(&text);
    return ok && r->users;
}

static void add_user(struct buf *out, const struct gh_repo *r, uint64_t *state)
{
    const struct blob *b = r->users[below(state, USERS)];

    buf_add(out, (struct str){b->p, b->n});
}

static void add_title(struct buf *out, uint64_t *state)
{
    buf_addz(out, verbs[below(state, ARRAY_LEN(verbs))]);
    for (size_t n = 3 + below(state, 4); n; n--) {
        buf_printf(out, " %s", words[below(state, ARRAY_LEN(words))]);
    }
}

/* Prose of invented words: as hard to compress as what people write. */
static void add_word(struct buf *out, uint64_t *state)
{
    static const char syllables[] = "babidocafidegunilopiratesovewaxyzemo"
                                    "kajunerilushitanuporeskiontalimber";
    uint64_t r = next(state);

    for (size_t n = 1 + r % 3; n; n--) {
        r >>= 8;
        buf_add(out, (struct str){syllables + r % (sizeof syllables - 3), 3});
    }
    buf_addc(out, ' ');
}

static void add_body(struct buf *out, uint64_t *state)
{
    for (size_t lines = 12 + below(state, 14); lines; lines--) {
        buf_addz(out, below(state, 3) ? "" : "- ");
        for (size_t n = 5 + below(state, 9); n; n--) {
            add_word(out, state);
        }
        buf_addz(out, "\\n");
    }
    buf_printf(out, "commit %016" PRIx64 "%016" PRIx64, next(state), next(state));
    if (below(state, 8) == 0) {
        buf_addz(out, "\\nInitiative: onboarding");
    }
    buf_addz(out, "\\n");
}

static void add_label_list(struct buf *out, const struct gh_repo *r, uint64_t *state)
{
    size_t first = below(state, ARRAY_LEN(labels)), n = below(state, 4);

    buf_addz(out, ",\"labels\":[");
    for (size_t k = 0; k < n; k++) {
        const char *name = labels[(first + k) % ARRAY_LEN(labels)];

        buf_printf(out,
                   "%s{\"id\":%zu,\"node_id\":\"LA_kwDOAAs5Zs8AAAABb%zu\",\"url\":"
                   "\"%s/repos/%s/labels/%s\",\"name\":\"%s\",\"color\":\"d93f0b\","
                   "\"default\":false,\"description\":null}",
                   k ? "," : "", 6000000000 + (first + k) * 7919, first + k,
                   r->github->api, r->full, name, name);
    }
    buf_addc(out, ']');
}

static void add_milestone(struct buf *out, const struct gh_repo *r, uint64_t *state)
{
    size_t n = below(state, 12) + 1;
    const char *api = r->github->api, *full = r->full;

    if (below(state, 4)) {
        buf_addz(out, ",\"milestone\":null");
        return;
    }
    buf_printf(out,
               ",\"milestone\":{\"url\":\"%s/repos/%s/milestones/%zu\",\"html_url\":"
               "\"%s/%s/milestone/%zu\",\"labels_url\":\"%s/repos/%s/milestones/%zu/"
               "labels\",\"id\":%zu,\"node_id\":\"MI_kwDOAAs5Zs4A%zu\",\"number\":%zu,"
               "\"title\":\"2026.%zu\",\"description\":null,\"creator\":",
               api, full, n, r->github->web, full, n, api, full, n, 10000000 + n, n, n,
               n);
    add_user(out, r, state);
    buf_addz(out, ",\"open_issues\":40,\"closed_issues\":60,\"state\":\"open\","
                  "\"created_at\":\"2026-01-05T09:00:00Z\",\"updated_at\":"
                  "\"2026-06-01T09:00:00Z\",\"due_on\":\"2026-12-15T08:00:00Z\","
                  "\"closed_at\":null}");
}

static void add_time(struct buf *out, const char *key, int64_t s)
{
    buf_printf(out, ",\"%s\":\"", key);
    date_print_iso(out, (struct wall){s * 1000});
    buf_addc(out, '"');
}

static void add_people(struct buf *out, const struct gh_repo *r, uint64_t *state)
{
    size_t n = below(state, 8) < 5 ? 1 : 0;
    uint64_t first = *state;

    buf_addz(out, ",\"assignee\":");
    if (n) {
        add_user(out, r, &first);
    } else {
        buf_addz(out, "null");
    }
    buf_addz(out, ",\"assignees\":[");
    for (size_t k = 0; k < n; k++) {
        buf_addz(out, k ? "," : "");
        add_user(out, r, state);
    }
    buf_addc(out, ']');
}

static void add_head(struct buf *out, const struct gh_repo *r, const struct gh_issue *i)
{
    const char *api = r->github->api, *full = r->full;
    uint32_t n = i->number;

    buf_printf(
        out,
        "{\"url\":\"%s/repos/%s/issues/%u\",\"repository_url\":\"%s/repos/%s\","
        "\"labels_url\":\"%s/repos/%s/issues/%u/labels{/name}\",\"comments_url\":"
        "\"%s/repos/%s/issues/%u/comments\",\"events_url\":\"%s/repos/%s/issues/%u/"
        "events\",\"html_url\":\"%s/%s/%s/%u\",\"id\":%" PRId64
        ",\"node_id\":\"%s_kwDOAAs5Zs7%u\",\"number\":%u,\"title\":\"",
        api, full, n, api, full, api, full, n, api, full, n, api, full, n,
        r->github->web, full, i->pull ? "pull" : "issues", n, i->id,
        i->pull ? "PR" : "I", n, n);
}

static void add_tail(struct buf *out, const struct gh_repo *r, const struct gh_issue *i)
{
    const char *api = r->github->api, *full = r->full;
    uint32_t n = i->number;

    buf_printf(
        out,
        ",\"reactions\":{\"url\":\"%s/repos/%s/issues/%u/reactions\","
        "\"total_count\":0,\"+1\":0,\"-1\":0,\"laugh\":0,\"hooray\":0,\"confused\":"
        "0,\"heart\":0,\"rocket\":0,\"eyes\":0},\"timeline_url\":\"%s/repos/%s/"
        "issues/%u/timeline\",\"performed_via_github_app\":null,\"state_reason\":%s}",
        api, full, n, api, full, n, i->open ? "null" : "\"completed\"");
}

static void add_pull(struct buf *out, const struct gh_repo *r, const struct gh_issue *i)
{
    const char *api = r->github->api, *web = r->github->web, *full = r->full;
    uint32_t n = i->number;

    buf_printf(out,
               ",\"draft\":false,\"pull_request\":{\"url\":\"%s/repos/%s/pulls/%u\","
               "\"html_url\":\"%s/%s/pull/%u\",\"diff_url\":\"%s/%s/pull/%u.diff\","
               "\"patch_url\":\"%s/%s/pull/%u.patch\",\"merged_at\":null}",
               api, full, n, web, full, n, web, full, n, web, full, n);
}

void gh_synth_render(struct buf *out, const struct gh_repo *r, const struct gh_issue *i)
{
    uint64_t state = i->number;

    add_head(out, r, i);
    add_title(out, &state);
    buf_addz(out, "\",\"user\":");
    add_user(out, r, &state);
    add_label_list(out, r, &state);
    buf_printf(out, ",\"state\":\"%s\",\"locked\":false", i->open ? "open" : "closed");
    add_people(out, r, &state);
    add_milestone(out, r, &state);
    buf_printf(out, ",\"comments\":%zu", below(&state, 20));
    add_time(out, "created_at", i->created);
    add_time(out, "updated_at", i->updated);
    if (i->open) {
        buf_addz(out, ",\"closed_at\":null");
    } else {
        add_time(out, "closed_at", i->updated);
    }
    buf_addz(out, ",\"author_association\":\"MEMBER\",\"type\":null,"
                  "\"active_lock_reason\":null");
    if (i->pull) {
        add_pull(out, r, i);
    }
    buf_addz(
        out,
        ",\"sub_issues_summary\":{\"total\":0,\"completed\":0,"
        "\"percent_completed\":0},\"issue_dependencies_summary\":{\"blocked_by\":"
        "0,\"total_blocked_by\":0,\"blocking\":0,\"total_blocking\":0},\"body\":\"");
    add_body(out, &state);
    buf_addz(out, "\",\"closed_by\":null");
    add_tail(out, r, i);
}

static bool keep_text(struct gh_repo *r, struct gh_issue *i, struct buf *scratch)
{
    char *bytes;

    buf_clear(scratch);
    gh_synth_render(scratch, r, i);
    bytes = buf_ok(scratch) ? malloc(scratch->n) : NULL;
    if (!bytes) {
        return false;
    }
    memcpy(bytes, scratch->p, scratch->n);
    gh_issue_set_text(i, bytes, scratch->n);
    return true;
}

bool gh_synth_fill(struct gh_repo *r, uint32_t count, struct wall now, struct err *e)
{
    int64_t first = now.ms / 1000 - (int64_t)YEARS_BACK * 365 * 86400;
    int64_t step = (int64_t)YEARS_BACK * 365 * 86400 / (count + 1);
    bool keep = (uint64_t)count * TEXT_BYTES <= KEEP_BYTES;
    struct buf scratch;
    bool ok = make_users(r);

    buf_init(&scratch, TEXT_CEILING);
    for (uint32_t n = 1; ok && n <= count; n++) {
        struct gh_issue *i = gh_issue_add(r, n);
        uint64_t state = n;

        ok = i != NULL;
        if (ok) {
            i->open = next(&state) % 5 == 0;
            i->pull = next(&state) % 10 == 0;
            i->created = first + step * (n - 1);
            /* Never after the start: a second walk would meet it again. */
            i->updated = i->created + (int64_t)(next(&state) % (uint64_t)step);
            i->hash = next(&state);
            ok = !keep || keep_text(r, i, &scratch);
        }
    }
    buf_finish(&scratch);
    return ok || err_nomem(e);
}
