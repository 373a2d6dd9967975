#include "core/people.h"
#include "store/digest.h"
#include "store/outbox.h"
#include "store/sql.h"

static struct str name_of(const struct digest_writing *w, const struct person *p)
{
    return arena_printf(w->ev->a, "%.*s %.*s", STR_FMT(w->name), STR_FMT(p->id));
}

/* What each of them was sent last, by which what is new is told. */
static bool load_all(const struct digest_writing *w, struct digest_writing *v,
                     struct wall *since, struct err *e)
{
    const struct strategy *s = w->ev->conf->strategy;

    for (size_t i = 0; i < s->n_people; i++) {
        v[i] = (struct digest_writing){.ev = w->ev,
                                       .conf = w->conf,
                                       .name = name_of(w, &s->people[i]),
                                       .readers = w->readers,
                                       .person = &s->people[i]};
        if (arena_failed(w->ev->a))
            return err_nomem(e);
        if (!digest_load(&v[i], e))
            return false;
        if (v[i].sent.ms > w->ev->now.ms) /* the clock was set back */
            v[i].sent = w->ev->now;
        since[i] = v[i].sent;
    }
    return true;
}

static bool send_one(struct digest_writing *w, const struct digest_drift *d,
                     unsigned *frozen, struct err *e)
{
    const struct person *p = w->person;

    w->n = (struct notice){
        .kind = NOTICE_DIGEST,
        .channel = w->conf->channel,
        .to = person_slack(p),
        .group = p->name.n > 0 ? p->name : p->id,
        .at = w->ev->now,
    };
    if (w->n.to.n == 0)
        return true;
    if (!digest_write_own(w, d, e))
        return false;
    if (w->quiet)
        return true;
    ++*frozen;
    return digest_send(w, e) && digest_save(w, e);
}

bool digest_owners(struct digest_writing *w, unsigned *frozen, struct err *e)
{
    struct eval *ev = w->ev;
    size_t n = ev->conf->strategy->n_people;
    struct digest_writing *v = arena_array(ev->a, n + 1, sizeof *v);
    struct digest_drift *drift = arena_array(ev->a, n + 1, sizeof *drift);
    struct wall *since = arena_array(ev->a, n + 1, sizeof *since);

    if (v == NULL || drift == NULL || since == NULL)
        return err_nomem(e);
    if (!load_all(w, v, since, e) || !digest_drift_own(ev, since, drift, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!send_one(&v[i], &drift[i], frozen, e))
            return false;
    }
    w->sent = ev->now;
    return true;
}

/* One that the chat refused for good. */
static bool was_refused(struct digest_writing *w, bool *ret, struct err *e)
{
    static const char sql[] = "SELECT state FROM outbox WHERE id = ?";
    int64_t state = OUTBOX_QUEUED;

    if (!digest_load(w, e) ||
        !sql_int(w->ev->db, sql, SQL_ARGS(SQL_I(w->outbox)), OUTBOX_QUEUED, &state, e))
        return false;
    *ret = state == OUTBOX_DEAD;
    return true;
}

bool digest_reaches(struct eval *ev, const struct person *p, bool *ret, struct err *e)
{
    *ret = false;
    for (size_t i = 0; i < ev->conf->n_digests && !*ret; i++) {
        const struct digest_conf *c = &ev->conf->digests[i];
        struct digest_writing w = {.ev = ev, .conf = c};
        bool refused;

        if (!c->owners || (c->parts & UINT32_C(1) << DIGEST_DRIFT) == 0 ||
            person_slack(p).n == 0)
            continue;
        w.name = digest_name(ev, c);
        w.name = name_of(&w, p);
        if (arena_failed(ev->a))
            return err_nomem(e);
        if (!was_refused(&w, &refused, e))
            return false;
        *ret = !refused;
    }
    return true;
}
