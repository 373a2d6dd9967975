#include "config/rules.h"

#include "config/diag.h"
#include "config/nearest.h"

static const char *const severities[] = {
#define X(e, name) name,
    SEVERITIES(X)
#undef X
        NULL,
};

#define RULE(member) offsetof(struct rule_conf, member)

static const struct conf_key exempt_keys[] = {
    {.name = "labels",
     .type = CONF_GLOBS,
     .offset = BIND_WITHIN(struct rule_conf, exempt, labels),
     .live = true,
     .doc = "Items with one of these labels."},
    {.name = "types",
     .type = CONF_GLOBS,
     .offset = BIND_WITHIN(struct rule_conf, exempt, types),
     .live = true,
     .doc = "Items of one of these types."},
    {.name = "ids",
     .type = CONF_GLOBS,
     .offset = BIND_WITHIN(struct rule_conf, exempt, ids),
     .live = true,
     .doc = "Items with one of these keys."},
    {0},
};
const struct conf_key rule_keys[] = {
    {.name = "off",
     .type = CONF_BOOL,
     .offset = RULE(off),
     .dflt = "false",
     .live = true,
     .doc = "The rule does not run."},
    {.name = "severity",
     .type = CONF_ENUM,
     .offset = RULE(severity),
     .choices = severities,
     .live = true,
     .doc = "info, warn or high; default: the rule's own."},
    {.name = "for",
     .type = CONF_SPAN,
     .offset = RULE(for_),
     .live = true,
     .doc = "How long it must hold before it is told."},
    {.name = "keep_for",
     .type = CONF_SPAN,
     .offset = RULE(keep_for),
     .live = true,
     .doc = "How long it stays after it has cleared."},
    {.name = "exempt",
     .type = CONF_SUB,
     .offset = RULE(exempt),
     .sub = exempt_keys,
     .live = true,
     .doc = "What the rule does not apply to."},
    {0},
};

/* What holds where the file says nothing. */
static bool rule_defaults(struct binder *b, struct rule_conf *conf,
                          const struct rule *rule)
{
    conf->off = rule->off;
    conf->severity = -1;
    conf->for_ = rule->for_;
    conf->keep_for = rule->keep_for;
    if (rule->params != NULL) {
        struct bind_part part = {
            .keys = rule->params,
            .out = arena_alloc(b->a, rule->params_size),
        };

        if (part.out == NULL) {
            return false;
        }
        conf->own = part.out;
        bind_defaults(b, NULL, &part);
    }
    return true;
}

static void read_rule(struct binder *b, const struct yaml_node *value,
                      const struct rule *rule, struct rule_conf *conf)
{
    struct place here = {"rule", str_of(rule->id), NULL};
    struct bind_part parts[] = {
        {.keys = rule_keys, .out = conf},
        {.keys = rule->params, .out = (void *)(uintptr_t)conf->own},
    };

    if (value->kind == YAML_SCALAR && str_eqz(value->text, "off")) {
        conf->off = true;
        bind_origin(b, &conf->off, value);
    } else if (value->kind == YAML_MAP) {
        bind_mapping(b, value, &here, parts, rule->params == NULL ? 1 : 2);
    } else {
        bind_error(b, value->at, STR_NONE, NULL,
                   "rule \"%s\" must be off or a mapping, not %s", rule->id,
                   yaml_kind_name(value));
    }
}

void rules_read(struct binder *b, const struct yaml_node *value,
                const struct place *where, const struct bind_key *key, void *out)
{
    struct conf *c = out;
    struct rule_conf *conf = (struct rule_conf *)(uintptr_t)c->rules;

    if (!bind_is_map(b, value, where, key->key.name)) {
        return;
    }
    for (const struct yaml_node *v = value->first; v != NULL; v = v->next) {
        const struct rule *rule = rule_find(v->key->text);
        struct nearest near = nearest_to(v->key->text, !diag_is_full(b->d));

        if (rule != NULL) {
            read_rule(b, v, rule, &conf[rule_index(rule)]);
            continue;
        }
        for (size_t i = 0; i < rules_count; i++) {
            nearest_try(&near, str_of(rules[i]->id));
        }
        bind_error(b, v->key->at, nearest_hint(&near, b->scratch), where,
                   "unknown rule '%.*s'", STR_FMT(v->key->text));
    }
}

const struct rule_conf *rules_defaults(struct binder *b)
{
    struct rule_conf *conf = arena_array(b->a, rules_count + 1, sizeof *conf);

    for (size_t i = 0; conf != NULL && i < rules_count; i++) {
        if (!rule_defaults(b, &conf[i], rules[i])) {
            return NULL;
        }
    }
    return conf;
}
