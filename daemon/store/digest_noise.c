#include "store/digest_noise.h"

#include "store/db.h"

static bool is_weekly(const struct when *when)
{
    return (when->days & (when->days - 1)) == 0;
}

static struct str advice_on(struct eval *ev, const struct precision_row *r)
{
    const struct precision_change *c = &r->change;

    if (c->param == NULL)
        return arena_printf(ev->a,
                            "no other setting would have spared them: exempt what they "
                            "name, silence it, or switch the rule off");
    return arena_printf(ev->a, "`%s: %lld` instead of %lld would have spared %lld of them%s",
                        c->param, (long long)c->to, (long long)c->from,
                        (long long)c->spared,
                        c->lost == 0 ? ""
                        : c->lost == 1
                            ? ", and 1 that was acted upon"
                            : arena_printf(ev->a, ", and %lld that were acted upon",
                                           (long long)c->lost).p);
}

bool digest_noise(struct eval *ev, const struct when *when, struct str *ret,
                  struct err *e)
{
    struct precision_row *v;
    size_t n;

    *ret = STR_NONE;
    if (!is_weekly(when))
        return true;
    if (!db_read_precision(ev->db, ev->conf, ev->now, ev->a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct precision *p = &v[i].counts;

        if (v[i].is_noise)
            *ret = arena_printf(ev->a,
                                "%.*s%s%s: nothing was done about %lld of %lld in %d days; "
                                "%.*s",
                                STR_FMT(*ret), ret->n > 0 ? "\n" : "", v[i].rule->id,
                                (long long)p->ignored, (long long)p->judged,
                                PRECISION_IGNORED_DAYS, STR_FMT(advice_on(ev, &v[i])));
    }
    return !arena_failed(ev->a) || err_nomem(e);
}
