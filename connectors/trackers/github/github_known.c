#include "connectors/trackers/github/github_known.h"

#include "connectors/trackers/github/github_link.h"

#define PART "source"

/* ---- reading ---- */

static struct wall time_of(const json_t *o, const char *name)
{
    json_int_t ms = json_integer_value(json_object_get(o, name));

    return (struct wall){ms > 0 ? ms : 0};
}

/* JSON has no unsigned numbers of 64 bits; bits are kept as they are. */
static uint64_t hash_of(const json_t *o, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(o, name));
}

static struct str text_of(struct arena *a, const json_t *v)
{
    struct str s = {json_string_value(v), json_string_length(v)};

    return s.n > 0 ? arena_str(a, s) : STR_NONE;
}

static bool is_version(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((s.p[i] < '0' || s.p[i] > '9') && s.p[i] != '-') {
            return false;
        }
    }
    return s.n <= 32;
}

static bool read_repos(struct arena *a, const json_t *list, struct github_known *k)
{
    size_t n = json_array_size(list), i;
    json_t *pair;

    if (n > GITHUB_MAX_REPOS) {
        return false;
    }
    k->repos = arena_array(a, n, sizeof *k->repos);
    json_array_foreach(list, i, pair)
    {
        struct github_found f = {text_of(a, json_array_get(pair, 0)),
                                 text_of(a, json_array_get(pair, 1))};

        if (k->repos == NULL || f.id.n == 0 || !github_repo_valid(f.name)) {
            return false;
        }
        k->repos[k->n_repos++] = f;
    }
    return true;
}

static bool read_members(struct arena *a, const json_t *part, struct github_known *k)
{
    k->api = text_of(a, json_object_get(part, "api"));
    k->api_at = time_of(part, "api_at");
    k->installation = json_integer_value(json_object_get(part, "installation"));
    k->installation_of = hash_of(part, "installation_of");
    k->repos_at = time_of(part, "repos_at");
    k->repos_of = hash_of(part, "repos_of");
    k->skew.ms = json_integer_value(json_object_get(part, "skew"));
    k->notes = hash_of(part, "notes");
    return is_version(k->api) && k->installation >= 0 &&
           read_repos(a, json_object_get(part, "repos"), k);
}

bool github_known_read(struct arena *a, const struct github_memory *from,
                       struct github_known *ret)
{
    struct github_known k = {.n_repos = 0};

    *ret = k;
    if (read_members(a, github_memory_get(from, PART), &k)) {
        *ret = k;
    }
    return !arena_failed(a);
}

/* ---- keeping ---- */

static json_t *pack_repos(const struct github_known *k)
{
    json_t *list = json_array();

    for (size_t i = 0; list != NULL && i < k->n_repos; i++) {
        const struct github_found *f = &k->repos[i];
        json_t *pair = json_pack("[s%, s%]", f->id.p, f->id.n, f->name.p, f->name.n);

        if (json_array_append_new(list, pair) != 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

bool github_known_keep(struct github_known *k, struct github_memory *to)
{
    json_t *part;

    if (!k->changed) {
        return true;
    }
    k->changed = false;
    part = json_pack(
        "{s:s%, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "api",
        k->api.n > 0 ? k->api.p : "", k->api.n, "api_at", (json_int_t)k->api_at.ms,
        "installation", (json_int_t)k->installation, "installation_of",
        (json_int_t)k->installation_of, "repos_at", (json_int_t)k->repos_at.ms,
        "repos_of", (json_int_t)k->repos_of, "skew", (json_int_t)k->skew.ms, "notes",
        (json_int_t)k->notes, "repos", pack_repos(k));
    return part != NULL && github_memory_set(to, PART, part);
}
