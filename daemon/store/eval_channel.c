/* Rules of channels, and where is told of one that refuses for good. */
#include "store/eval_channel.h"

#include "core/rule_view.h"
#include "store/eval_rules.h"
#include "store/sql.h"
#include "store/subject.h"

static bool read_channel(struct eval *ev, struct str name, struct rule_channel *ret,
                         struct err *e)
{
    static const char sql[] =
        "SELECT dead_since, dead_reason FROM channel WHERE name = ?";
    struct query q;
    bool row;

    *ret = (struct rule_channel){.name = name};
    if (!query_open(&q, ev->db, sql, SQL_ARGS(SQL_S(name)), e) ||
        !query_next(&q, &row, e))
        return false;
    if (row) {
        ret->dead_since = query_wall(&q, 0);
        ret->reason = query_dup(&q, 1, ev->item);
    }
    query_close(&q);
    return !arena_failed(ev->item) || err_nomem(e);
}

static bool is_configured(const struct eval *ev, struct str name)
{
    for (size_t i = 0; i < ev->conf->n_channels; i++) {
        if (str_eq(ev->conf->channels[i], name))
            return true;
    }
    return false;
}

bool eval_channel(struct eval *ev, struct str name, struct err *e)
{
    struct rule_channel view;
    struct subject_rules w = {
        .in = {.channel = &view},
        .exists = is_configured(ev, name),
        .gone = STR("no longer configured"),
    };

    arena_reset(ev->item);
    w.subject = (struct finding_subject){
        .kind = RULE_CHANNEL,
        .key = arena_printf(ev->item, "channel %.*s", STR_FMT(name)),
    };
    if (!read_channel(ev, name, &view, e) || !run_rules(ev, &w, e))
        return false;
    return w.exists ? subject_asked(ev->db, RULE_CHANNEL, name, w.next, e)
                    : subject_drop(ev->db, RULE_CHANNEL, name, e);
}

static bool may_tell(struct eval *ev, struct str name, struct str dead, bool *ret,
                     struct err *e)
{
    struct rule_channel c;

    *ret = false;
    if (name.n == 0 || str_eq(name, dead))
        return true;
    if (!read_channel(ev, name, &c, e))
        return false;
    *ret = c.dead_since.ms == 0;
    return true;
}

bool eval_other_channel(struct eval *ev, struct str dead, struct str *ret,
                        struct err *e)
{
    const struct eval_conf *conf = ev->conf;
    bool ok = false;

    *ret = conf->operations_channel;
    if (!may_tell(ev, *ret, dead, &ok, e))
        return false;
    for (size_t i = 0; !ok && i < conf->n_channels; i++) {
        *ret = conf->channels[i];
        if (!may_tell(ev, *ret, dead, &ok, e))
            return false;
    }
    if (!ok)
        *ret = STR_NONE;
    return true;
}
