#include "core/rules/lint_rule.h"

#include "core/lint.h"
#include "core/rules/wording.h"

/* The message names its node, and so does what is told of the finding: once is enough. */
static struct str without_subject(struct arena *a, const struct node *n, struct str text)
{
    const char *kind = n->kind == NODE_KR ? "key result" : node_kind_name(n->kind);
    struct str head = arena_printf(a, "%s '%.*s' ", kind, STR_FMT(n->id));

    return str_has_prefix(text, head) ? str_skip(text, head.n) : text;
}

bool lint_rule(const struct rule_input *in, const char *check, const struct node *n,
               struct arena *a, struct rule_hit *hit, struct wall *ret_next)
{
    struct date end = lint_next_end(in->lint);
    struct wording_facts f;
    struct lint_finding found;

    *ret_next = end.year != 0 ? wording_midnight(in, end) : (struct wall){0};
    if (lint_ask_check(in->lint, check, n, a, &found) != LINT_FOUND) {
        return false;
    }
    hit->note = without_subject(a, n, found.message);
    hit->fix = found.fix;
    hit->command = STR("alignctl lint");
    hit->node = n->id;
    wording_facts_begin(&f);
    jsonw_strz(&f.w, "kind", node_kind_name(n->kind));
    jsonw_str(&f.w, "id", n->id);
    jsonw_int(&f.w, "line", found.line);
    hit->facts = wording_facts_end(&f, a);
    return true;
}
