#include "config/digests.h"

#include "config/diag.h"
#include "config/nearest.h"
#include "core/digest.h"

static void read_when(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    struct digest_conf *d = out;
    struct str s;
    struct err e;

    if (bind_scalar(b, value, where, key->key.name, &s) &&
        !when_parse(s, &d->when, &e)) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be a time such as \"Mon 09:00\", \"daily 09:00\" or \"1st "
                   "working day 08:00\"");
    }
}

static bool part_of(struct str name, unsigned *ret, struct nearest *near)
{
    bool found = false;

    for (unsigned i = 0; i < DIGEST_PART_COUNT; i++) {
        const char *part = digest_part_name((enum digest_part)i);

        if (str_eqz(name, part)) {
            *ret = i;
            found = true;
        }
        nearest_try(near, str_of(part));
    }
    return found;
}

static void read_content(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct digest_conf *d = out;
    struct str_list names = {0};
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    if (!bind_strs(b, value, where, key->key.name, 64, &names)) {
        return;
    }
    d->parts = 0;
    for (size_t i = 0; i < names.n && e != NULL; i++) {
        struct nearest near = nearest_to(names.v[i], !diag_is_full(b->d));
        unsigned part;

        if (part_of(names.v[i], &part, &near)) {
            d->parts |= UINT32_C(1) << part;
        } else {
            bind_error(b, e->at, nearest_hint(&near, b->scratch), where,
                       "a digest has no '%.*s'", STR_FMT(names.v[i]));
        }
        e = value->kind == YAML_SEQ ? e->next : NULL;
    }
}

static void whole_digest(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct digest_conf *d = out;

    (void)b;
    (void)where;
    if (yaml_get(map, "content") == NULL) {
        d->parts = DIGEST_ALL;
    }
}

#define DIGEST(member) offsetof(struct digest_conf, member)

static const struct bind_key digest_rows[] = {
    {.key = {.name = "channel",
             .offset = DIGEST(channel),
             .required = true,
             .live = true,
             .doc = "Where it goes."},
     .form = BIND_ID},
    {.key = {.name = "when",
             .offset = DIGEST(when),
             .required = true,
             .live = true,
             .doc = "\"Mon 09:00\", \"daily 09:00\", \"1st working day 08:00\"; in the "
                    "time zone."},
     .form = BIND_CALL,
     .call = read_when,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "content",
             .offset = DIGEST(parts),
             .live = true,
             .doc = "Some of drift, split, pace, coverage, decisions, strategy-minute, "
                    "silences; default: all."},
     .form = BIND_CALL,
     .call = read_content,
     .schema = "{\"type\": [\"string\", \"array\"], \"items\": {\"enum\": [\"drift\", "
               "\"split\", \"pace\", \"coverage\", \"decisions\", "
               "\"strategy-minute\", \"silences\"]}}"},
    {{0}},
};
const struct bind_table digest_table = {
    .what = "digest",
    .keys = digest_rows,
    .size = sizeof(struct digest_conf),
    .whole = whole_digest,
};

static bool is_channel(const struct conf *c, struct str name, struct nearest *near)
{
    bool found = false;

    for (size_t i = 0; i < c->n_channels; i++) {
        found = found || str_eq(c->channels[i].chat.name, name);
        nearest_try(near, c->channels[i].chat.name);
    }
    return found;
}

void digests_check(struct binder *b, const struct yaml_node *root, const struct conf *c)
{
    static const struct place where = {"digest", {NULL, 0}, NULL};
    const struct yaml_node *list = yaml_get(root, "digests");
    const struct yaml_node *map =
        list != NULL && list->kind == YAML_SEQ ? list->first : NULL;

    for (size_t i = 0; i < c->n_digests && map != NULL; i++, map = map->next) {
        struct str name = c->digests[i].channel;
        struct nearest near = nearest_to(name, !diag_is_full(b->d));
        const struct yaml_node *channel = yaml_get(map, "channel");

        if (name.n > 0 && channel != NULL && !is_channel(c, name, &near)) {
            bind_error(b, channel->at, nearest_hint(&near, b->scratch), &where,
                       "unknown channel '%.*s'", STR_FMT(name));
        }
    }
}
