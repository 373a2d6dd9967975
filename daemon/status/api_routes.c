#include "core/route_ask.h"
#include "status/api_handlers.h"

enum { MAX_LABELS = 50 };

static bool world_of(const struct api_env *env, struct route_world *ret, struct err *e)
{
    const struct eval_conf *c = env->conf;
    struct str *sources = arena_array(env->a, c->n_sources + 1, sizeof(*sources));

    if (sources == NULL)
        return err_nomem(e);
    for (size_t i = 0; i < c->n_sources; i++)
        sources[i] = c->sources[i]->name;
    *ret = (struct route_world){
        .routes = c->routes,
        .n_routes = c->n_routes,
        .strategy = c->strategy,
        .rules = c->rules,
        .cal = &c->cal,
        .sources = sources,
        .n_sources = c->n_sources,
        .operations_channel = c->operations_channel,
    };
    return true;
}

bool api_routes_list(struct db *db UNUSED, const struct api_env *env,
                     const struct api_request *req UNUSED, struct api_reply *reply,
                     struct err *e)
{
    struct route_world world;

    if (!world_of(env, &world, e))
        return false;
    route_list_write(&reply->body, &world, env->a);
    return !arena_failed(env->a) || err_nomem(e);
}

/* "security,p1" */
static bool read_labels(const struct api_env *env, struct str text, struct str_list *ret,
                        struct err *e)
{
    struct str part;

    ret->v = arena_array(env->a, MAX_LABELS, sizeof(*ret->v));
    if (ret->v == NULL)
        return err_nomem(e);
    while (str_split(&text, ',', &part)) {
        if (str_trim(part).n == 0)
            continue;
        if (ret->n == MAX_LABELS)
            return err_set(e, ERR_USAGE, "more than %d labels", MAX_LABELS);
        ret->v[ret->n++] = str_trim(part);
    }
    return true;
}

static bool read_asked(const struct api_env *env, const struct api_request *req,
                       struct route_labels *ret, struct err *e)
{
    *ret = (struct route_labels){
#define X(f, name) .f = api_query(req, name),
        ROUTE_LABELS(X)
#undef X
    };
    return read_labels(env, api_query(req, "label"), &ret->labels, e);
}

bool api_routes_test(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    struct route_labels labels;
    struct route_answer answer;
    struct route_world world;

    if (!world_of(env, &world, e) || !read_asked(env, req, &labels, e) ||
        !route_ask(&world, &labels, env->a, &answer, e))
        return false;
    for (size_t i = 0; i < answer.n_hits; i++) {
        const struct route_hit *hit = &answer.hits[i];
        const struct calendar *hours = hit->hours != NULL ? hit->hours : world.cal;

        if (!db_read_sent(db, hit->channel, hours->tz, env->now, &answer.sent[i], e))
            return false;
    }
    answer.has_sent = true;
    route_ask_write(&reply->body, &world, &answer, env->now);
    return true;
}
