#include "core/finding.h"

#include "base/sign.h"

const char *finding_state_name(enum finding_state s)
{
    switch (s) {
#define X(e, n, name)                                                                  \
    case e:                                                                            \
        return name;
        FINDING_STATES(X)
#undef X
    }
    return "?";
}

/* Subjects are far shorter; one that is not goes in by its digest. */
enum { MAX_RULE = 64, MAX_SUBJECT = 1024 };

void finding_id(char ret[FINDING_ID_LEN + 1], struct str rule, struct str subject)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SIGN_SHA256_LEN];
    uint8_t sum_of_subject[SIGN_SHA256_LEN];
    char mem[MAX_RULE + MAX_SUBJECT + 2];
    struct buf b;

    if (subject.n > MAX_SUBJECT) {
        sign_sha256(subject, sum_of_subject);
        subject = (struct str){(const char *)sum_of_subject, SIGN_SHA256_LEN};
    }
    buf_init_fixed(&b, mem, sizeof mem);
    buf_add(&b, str_first(rule, MAX_RULE));
    buf_addc(&b, '\0');
    buf_add(&b, subject);
    sign_sha256(buf_str(&b), sum);
    for (size_t i = 0; i < FINDING_ID_LEN / 2; i++) {
        ret[2 * i] = digits[sum[i] >> 4];
        ret[2 * i + 1] = digits[sum[i] & 15];
    }
    ret[FINDING_ID_LEN] = '\0';
}

/* Pending and the condition holds: firing once `for` is over. */
static enum finding_change ripen(struct finding *f, const struct rule_hit *hit,
                                 const struct calendar *cal, struct wall now,
                                 enum finding_change otherwise, struct wall *ret_next)
{
    struct wall due = calendar_add(cal, f->since, hit->for_);

    f->severity = hit->severity;
    if (due.ms > now.ms) {
        *ret_next = due;
        return otherwise;
    }
    f->state = FINDING_FIRING;
    f->fired = now;
    f->resolved = (struct wall){0};
    f->episode++;
    return FINDING_FIRED;
}

static enum finding_change start(struct finding *f, const struct rule_hit *hit,
                                 const struct calendar *cal, struct wall now,
                                 struct wall *ret_next)
{
    f->state = FINDING_PENDING;
    f->since = now;
    f->fired = (struct wall){0};
    f->clear_since = (struct wall){0};
    return ripen(f, hit, cal, now, FINDING_STARTED, ret_next);
}

static enum finding_change keep_firing(struct finding *f, const struct rule_hit *hit)
{
    enum severity before = f->severity;

    f->clear_since = (struct wall){0};
    f->severity = hit->severity;
    if (hit->severity == before) {
        return FINDING_SAME;
    }
    return hit->severity > before ? FINDING_WORSE : FINDING_BETTER;
}

struct span finding_keep_for(const struct rule_conf *conf, int64_t fired)
{
    struct span keep = conf->keep_for;

    if (fired >= FINDING_FLAPS && keep.wd == 0 && keep.ms < FINDING_FLAP_QUIET.ms) {
        keep.ms = FINDING_FLAP_QUIET.ms;
    }
    return keep;
}

static enum finding_change clear(struct finding *f, const struct rule_conf *conf,
                                 const struct calendar *cal, struct wall now,
                                 struct wall *ret_next)
{
    if (f->clear_since.ms == 0) {
        f->clear_since = now;
    }
    struct wall due = calendar_add(cal, f->clear_since, conf->keep_for);

    if (due.ms > now.ms) {
        *ret_next = due;
        return FINDING_SAME;
    }
    f->state = FINDING_RESOLVED;
    f->resolved = now;
    f->clear_since = (struct wall){0};
    return FINDING_CLEARED;
}

enum finding_change finding_step(struct finding *f, const struct rule_hit *hit,
                                 const struct rule_conf *conf,
                                 const struct calendar *cal, struct wall now,
                                 struct wall *ret_next)
{
    *ret_next = (struct wall){0};
    switch (f->state) {
    case FINDING_NONE:
    case FINDING_RESOLVED:
        return hit != NULL ? start(f, hit, cal, now, ret_next) : FINDING_SAME;
    case FINDING_PENDING:
        if (hit != NULL) {
            return ripen(f, hit, cal, now, FINDING_SAME, ret_next);
        }
        /* It is as if the condition had not come back. */
        f->state = f->episode > 0 ? FINDING_RESOLVED : FINDING_NONE;
        return FINDING_WITHDRAWN;
    case FINDING_FIRING:
        return hit != NULL ? keep_firing(f, hit) : clear(f, conf, cal, now, ret_next);
    }
    return FINDING_SAME;
}
