#include "tests/support/vendors/staff.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/map.h"
#include "tests/support/vendors/reply.h"

#define ARENA_CEILING ((size_t)64 << 20)
#define SEED 7

struct staff {
    struct arena *arena;
    struct map *by_id; /* borrowed keys and persons of the arena */
};

struct staff *staff_create(void)
{
    struct staff *p = calloc(1, sizeof *p);

    if (!p) {
        return NULL;
    }
    p->arena = arena_create(ARENA_CEILING);
    p->by_id = map_create();
    if (!p->arena || !p->by_id) {
        staff_destroy(p);
        return NULL;
    }
    return p;
}

void staff_destroy(struct staff *p)
{
    if (p) {
        map_destroy(p->by_id);
        arena_destroy(p->arena);
        free(p);
    }
}

static const char *keep(struct staff *p, const char *text)
{
    return text ? arena_strdup(p->arena, str_of(text)) : NULL;
}

static const struct person *add(struct staff *p, const char *id, const json_t *o)
{
    struct person *who = arena_alloc(p->arena, sizeof *who);
    uint64_t h = hash64(id, strlen(id), SEED);

    if (!who) {
        return NULL;
    }
    who->id = keep(p, id);
    who->name = keep(p, json_text(o, "name", id));
    who->login = keep(p, json_text(o, "github", id));
    who->github_id = json_number(o, "github_id", (int64_t)(h % 90000000) + 1000000);
    who->account = keep(p, json_text(o, "jira", NULL));
    if (!who->account) {
        who->account =
            arena_printf(p->arena, "712020:%08" PRIx64 "-0000-4000-8000-%012" PRIx64,
                         h & 0xffffffff, h >> 16)
                .p;
    }
    who->username = keep(p, json_text(o, "jira_name", id));
    who->email = keep(p, json_text(o, "email", NULL));
    who->bot = json_flag(o, "bot", false);
    if (arena_failed(p->arena) || !map_set(p->by_id, str_of(who->id), who)) {
        return NULL;
    }
    return who;
}

bool staff_load(struct staff *p, const json_t *list, struct err *e)
{
    const json_t *o;
    size_t i;

    json_array_foreach(list, i, o)
    {
        const char *id = json_text(o, "id", NULL);

        if (!id) {
            return err_set(e, ERR_PARSE, "people[%zu] has no id", i);
        }
        if (!add(p, id, o)) {
            return err_nomem(e);
        }
    }
    return true;
}

const struct person *staff_get(struct staff *p, const char *id)
{
    const struct person *who;

    if (!id) {
        return NULL;
    }
    who = map_get(p->by_id, str_of(id));
    return who ? who : add(p, id, NULL);
}
