#include "status/filter.h"

#include "core/strategy.h"
#include "core/textkey.h"
#include "store/db.h"

/* The nearest of the names offered. */
struct nearest {
    struct str wanted, best;
    unsigned least; /* distance of the best */
    bool found;
};

static struct nearest nearest_to(struct str wanted)
{
    enum { MAX_DISTANCE = 3 };
    unsigned third = (unsigned)(wanted.n > 60 ? 20 : wanted.n / 3) + 1;

    return (struct nearest){.wanted = wanted,
                            .least = third < MAX_DISTANCE ? third : MAX_DISTANCE};
}

static void offer(struct nearest *n, struct str name)
{
    unsigned d;

    if (str_eq_nocase(name, n->wanted))
        n->found = true;
    d = text_distance(n->wanted, name, n->least);
    if (d < n->least) {
        n->least = d;
        n->best = name;
    }
}

static bool refuse(const struct nearest *n, const char *what, const char *hint,
                   struct err *e)
{
    if (n->best.n > 0)
        return err_set(e, ERR_USAGE, "no %s '%.*s': did you mean '%.*s'?", what,
                       STR_FMT(str_first(n->wanted, 64)), STR_FMT(n->best));
    return err_set(e, ERR_USAGE, "no %s '%.*s': %s", what,
                   STR_FMT(str_first(n->wanted, 64)), hint);
}

bool filter_team(const struct api_env *env, struct str team, struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct nearest n = nearest_to(team);

    if (team.n == 0)
        return true;
    for (size_t i = 0; i < s->n_teams; i++)
        offer(&n, s->teams[i].node.id);
    return n.found || refuse(&n, "team", "the strategy file lists them", e);
}

bool filter_source(const struct api_env *env, struct str source, struct err *e)
{
    struct nearest n = nearest_to(source);

    if (source.n == 0)
        return true;
    for (size_t i = 0; i < env->conf->n_sources; i++)
        offer(&n, env->conf->sources[i]->name);
    return n.found || refuse(&n, "source", "alignctl status lists them", e);
}

bool filter_scope(struct db *db, const struct api_env *env, struct str scope,
                  struct err *e)
{
    struct nearest n = nearest_to(scope);
    struct coverage_rows rows;

    if (scope.n == 0)
        return true;
    if (!db_read_coverage(db, env->a, &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++)
        offer(&n, rows.v[i].scope);
    return n.found ||
           refuse(&n, "repository or project", "alignctl coverage lists them", e);
}
