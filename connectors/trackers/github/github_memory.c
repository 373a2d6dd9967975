#include "connectors/trackers/github/github_memory.h"

/* A change of meaning takes another number; what was remembered is then forgotten. */
enum { VERSION = 1, MAX_DEPTH = 16 };

/* jansson nests as deep as it is asked to; a damaged text may ask for much. */
static bool is_shallow(struct str text)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (quoted && c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (!quoted && (c == '[' || c == '{') && ++depth > MAX_DEPTH) {
            return false;
        } else if (!quoted && (c == ']' || c == '}')) {
            depth -= depth > 0;
        }
    }
    return true;
}

/* Where jansson has no memory for its parser it says nothing at all. */
static bool is_out_of_memory(const json_error_t *why)
{
    return json_error_code(why) == json_error_out_of_memory || why->text[0] == '\0';
}

/* NULL: out of memory. */
static json_t *read(struct str text)
{
    json_t *root = NULL;
    json_error_t why;

    if (text.n > 0 && text.n <= TRACKER_MEMORY_MAX && is_shallow(text)) {
        root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &why);
        if (root == NULL && is_out_of_memory(&why)) {
            return NULL;
        }
    }
    if (json_integer_value(json_object_get(root, "v")) == VERSION) {
        return root;
    }
    json_decref(root);
    return json_pack("{s:i}", "v", VERSION);
}

bool github_memory_init(struct github_memory *m, struct str text)
{
    *m = (struct github_memory){.root = read(text)};
    return m->root != NULL;
}

void github_memory_finish(struct github_memory *m)
{
    json_decref(m->root);
    m->root = NULL;
}

json_t *github_memory_get(const struct github_memory *m, const char *part)
{
    return json_object_get(m->root, part);
}

bool github_memory_set(struct github_memory *m, const char *part, json_t *value)
{
    m->changed = true;
    if (value == NULL) {
        (void)json_object_del(m->root, part);
        return true;
    }
    return json_object_set_new(m->root, part, value) == 0;
}

bool github_memory_tell(struct github_memory *m, struct feed *out)
{
    size_t n;
    char *text;

    if (!m->changed) {
        return true;
    }
    n = json_dumpb(m->root, NULL, 0, JSON_COMPACT);
    text = n > 0 ? arena_alloc(out->a, n) : NULL;
    if (text == NULL || json_dumpb(m->root, text, n, JSON_COMPACT) != n) {
        return false;
    }
    out->memory = (struct str){text, n};
    m->changed = false;
    return true;
}

bool github_memory_lacks(const struct github_memory *m, const char *feature,
                         struct wall now)
{
    const json_t *lacks = github_memory_get(m, "lacks");
    json_int_t since = json_integer_value(json_object_get(lacks, feature));

    /* A clock that was set back must not make it last for ever. */
    return since > 0 && since <= now.ms && now.ms - since < DUR_DAY(1).ms;
}

bool github_memory_set_lacks(struct github_memory *m, const char *feature, bool lacks,
                             struct wall now)
{
    json_t *part = github_memory_get(m, "lacks");

    if (!lacks) {
        m->changed |= json_object_del(part, feature) == 0;
        return true;
    }
    if (!json_is_object(part)) {
        part = json_object();
        if (part == NULL || !github_memory_set(m, "lacks", part)) {
            return false;
        }
    }
    m->changed = true;
    return json_object_set_new(part, feature, json_integer(now.ms)) == 0;
}
