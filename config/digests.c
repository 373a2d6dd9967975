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

static void read_to(struct binder *b, const struct yaml_node *value,
                    const struct place *where, const struct bind_key *key, void *out)
{
    struct digest_conf *d = out;
    struct str s;

    if (!bind_scalar(b, value, where, key->key.name, &s)) {
        return;
    }
    d->owners = str_eqz(s, "owners");
    if (!d->owners && !str_eqz(s, "channel")) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be channel or owners");
    }
}

static void whole_digest(struct binder *b, const struct yaml_node *map,
                         const struct place *where, void *out)
{
    struct digest_conf *d = out;
    const struct yaml_node *content = yaml_get(map, "content");

    if (content == NULL) {
        d->parts = d->owners ? DIGEST_OF_OWNER : DIGEST_ALL;
    } else if (d->owners && (d->parts & ~DIGEST_OF_OWNER) != 0) {
        bind_error(b, content->at, STR_NONE, where,
                   "'to: owners' with more than drift, pace, decisions and "
                   "strategy-minute");
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
    {.key = {.name = "to",
             .offset = DIGEST(owners),
             .live = true,
             .doc = "channel (the default), or owners: a direct message to each owner who "
                    "has something to see to, by a slack-app channel."},
     .form = BIND_CALL,
     .call = read_to,
     .schema = "{\"enum\": [\"channel\", \"owners\"]}"},
    {.key = {.name = "content",
             .offset = DIGEST(parts),
             .live = true,
             .doc = "Some of drift, split, pace, coverage, decisions, strategy-minute, "
                    "silences, owners; default: all. With `to: owners` drift, pace, "
                    "decisions, strategy-minute."},
     .form = BIND_CALL,
     .call = read_content,
     .schema = "{\"type\": [\"string\", \"array\"], \"items\": {\"enum\": [\"drift\", "
               "\"split\", \"pace\", \"coverage\", \"decisions\", "
               "\"strategy-minute\", \"silences\", "
               "\"owners\"]}}"},
    {{0}},
};
const struct bind_table digest_table = {
    .what = "digest",
    .keys = digest_rows,
    .size = sizeof(struct digest_conf),
    .whole = whole_digest,
};

/* NULL: there is none of that name. */
static const struct conf_channel *channel_of(const struct conf *c, struct str name,
                                             struct nearest *near)
{
    const struct conf_channel *found = NULL;

    for (size_t i = 0; i < c->n_channels; i++) {
        if (str_eq(c->channels[i].chat.name, name)) {
            found = &c->channels[i];
        }
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
        const struct conf_channel *found = channel_of(c, name, &near);

        if (name.n == 0 || channel == NULL) {
            continue;
        }
        if (found == NULL) {
            bind_error(b, channel->at, nearest_hint(&near, b->scratch), &where,
                       "unknown channel '%.*s'", STR_FMT(name));
        } else if (c->digests[i].owners && found->ops != NULL &&
                   !found->ops->to_people) {
            bind_error(b, channel->at, STR_NONE, &where,
                       "'to: owners' without a slack-app channel");
        }
    }
}
