#include "core/rule.h"

#include "core/rules/rules.h"
#include "core/textkey.h"

const struct rule *const rules[] = {
#define RULE(name) &rule_##name,
#include "core/rules/rules.def"
#undef RULE
};
const size_t rules_count = ARRAY_LEN(rules);

static const char *const severity_names[] = {
#define X(e, name) [e] = name,
    SEVERITIES(X)
#undef X
};

const char *severity_name(enum severity s)
{
    return (size_t)s < ARRAY_LEN(severity_names) ? severity_names[s] : "?";
}

bool severity_parse(struct str s, enum severity *ret)
{
    for (size_t i = 0; i < ARRAY_LEN(severity_names); i++) {
        if (str_eqz(s, severity_names[i])) {
            *ret = (enum severity)i;
            return true;
        }
    }
    return false;
}

enum severity severity_up(enum severity s)
{
    return s == SEV_INFO ? SEV_WARN : SEV_HIGH;
}

const char *rule_subject_name(enum rule_subject s)
{
    switch (s) {
#define X(e, n, name)                                                                  \
    case e:                                                                            \
        return name;
        RULE_SUBJECTS(X)
#undef X
    }
    return "?";
}

bool rule_subject_node(enum rule_subject s, enum node_kind *ret)
{
    static const struct {
        enum rule_subject subject;
        enum node_kind kind;
    } kinds[] = {
        {RULE_INITIATIVE, NODE_INITIATIVE}, {RULE_TEAM, NODE_TEAM},
        {RULE_KR, NODE_KR},                 {RULE_OBJECTIVE, NODE_OBJECTIVE},
        {RULE_INTENT, NODE_INTENT},         {RULE_COMPETITOR, NODE_COMPETITOR},
        {RULE_EVENT, NODE_EVENT},           {RULE_DECISION, NODE_DECISION},
    };

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].subject == s) {
            *ret = kinds[i].kind;
            return true;
        }
    }
    return false;
}

const struct rule *rule_find(struct str id)
{
    for (size_t i = 0; i < rules_count; i++) {
        if (str_eqz(id, rules[i]->id)) {
            return rules[i];
        }
    }
    return NULL;
}

bool rule_asks(const struct rule *r, enum rule_subject of)
{
    return r->subject == of || (r->also & RULE_ALSO(of)) != 0;
}

size_t rule_index(const struct rule *r)
{
    size_t i = 0;

    while (i + 1 < rules_count && rules[i] != r) {
        i++;
    }
    return i;
}

void rule_hit_init(struct rule_hit *hit, const struct rule *r,
                   const struct rule_conf *c)
{
    *hit = (struct rule_hit){
        .severity = c->severity >= 0 ? (enum severity)c->severity : r->severity,
        .for_ = c->for_,
    };
}

bool rule_is_judged(const struct rule *r, bool stale)
{
    return !stale || r->whatever_scope;
}

bool rule_item_counts(const struct rule_item *it)
{
    return it->category != ITEM_DONE && it->outcome == ITEM_OPEN && !it->exempt &&
           (!it->outsider || it->n_assignees > 0);
}

bool rule_item_names_unknown(const struct rule_item *it)
{
    for (size_t i = 0; i < it->links.n; i++) {
        if (!it->links.v[i].known) {
            return true;
        }
    }
    return false;
}

static bool any_glob(const struct str_list *globs, struct str s, struct arena *a)
{
    if (globs->n == 0 || s.n == 0) {
        return false;
    }
    struct str key = text_key(a, s);

    for (size_t i = 0; i < globs->n; i++) {
        if (text_glob(text_key(a, globs->v[i]), key)) {
            return !arena_failed(a);
        }
    }
    return false;
}

bool rule_exempts(const struct rule_conf *conf, const struct rule_item *it,
                  struct arena *a)
{
    for (size_t i = 0; i < it->n_marks; i++) {
        if (it->marks[i].kind == MARK_LABEL &&
            any_glob(&conf->exempt.labels, it->marks[i].value, a)) {
            return true;
        }
    }
    return any_glob(&conf->exempt.types, it->type, a) ||
           any_glob(&conf->exempt.ids, it->key, a);
}
