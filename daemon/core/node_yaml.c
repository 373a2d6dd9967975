#include "core/node_yaml.h"

#include "base/date.h"
#include "base/yamlw.h"

static void spaces(struct buf *out, size_t n)
{
    while (n-- > 0) {
        buf_addc(out, ' ');
    }
}

static void key_of(struct buf *out, size_t indent, const char *key)
{
    spaces(out, indent + 2);
    buf_printf(out, "%s: ", key);
}

void node_yaml_id(struct buf *out, size_t indent, struct str id)
{
    spaces(out, indent);
    buf_addz(out, "- id: ");
    yamlw_text(out, id);
    buf_addc(out, '\n');
}

void node_yaml_text(struct buf *out, size_t indent, const char *key, struct str text)
{
    if (text.n == 0) {
        return;
    }
    key_of(out, indent, key);
    yamlw_text(out, text);
    buf_addc(out, '\n');
}

void node_yaml_date(struct buf *out, size_t indent, const char *key, struct date d)
{
    if (d.year == 0) {
        return;
    }
    key_of(out, indent, key);
    date_print(out, d);
    buf_addc(out, '\n');
}

void node_yaml_number(struct buf *out, size_t indent, const char *key, double v)
{
    key_of(out, indent, key);
    yamlw_number(out, v);
    buf_addc(out, '\n');
}

void node_yaml_comment(struct buf *out, size_t indent, struct str text)
{
    spaces(out, indent);
    buf_addz(out, "# ");
    yamlw_comment(out, text);
    buf_addc(out, '\n');
}

static void put_docs(struct buf *out, size_t indent, const struct node *n)
{
    if (n->n_docs == 0) {
        return;
    }
    spaces(out, indent + 2);
    buf_addz(out, "docs:\n");
    for (size_t i = 0; i < n->n_docs; i++) {
        spaces(out, indent + 4);
        buf_addz(out, "- { ");
        if (n->docs[i].title.n > 0) {
            buf_addz(out, "title: ");
            yamlw_text(out, n->docs[i].title);
            buf_addz(out, ", ");
        }
        buf_addz(out, "url: ");
        yamlw_text(out, n->docs[i].url);
        buf_addz(out, " }\n");
    }
}

static void put_rest(struct buf *out, size_t indent, const struct node *n)
{
    node_yaml_text(out, indent, "why", n->why);
    node_yaml_text(out, indent, "owner", n->owner);
    if (n->visibility != VIS_COMPANY) {
        node_yaml_text(out, indent, "visibility",
                       n->visibility == VIS_TEAM ? STR("team") : STR("board"));
    }
    put_docs(out, indent, n);
}

void node_yaml_objective(struct buf *out, size_t indent, const struct objective *o)
{
    if (o->intent != NULL) {
        node_yaml_text(out, indent, "intent", o->intent->node.id);
    }
    put_rest(out, indent, &o->node);
    if (o->share >= 0) {
        key_of(out, indent, "share");
        buf_printf(out, "%.10g%%\n", o->share * 100);
    }
}

/* ---- key results ---- */

static void put_span(struct buf *out, size_t indent, const char *key, struct span s)
{
    static const struct {
        int64_t ms;
        char unit;
    } units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};

    key_of(out, indent, key);
    if (s.wd > 0) {
        buf_printf(out, "%lldwd\n", (long long)s.wd);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (s.ms % units[i].ms == 0) {
            buf_printf(out, "%lld%c\n", (long long)(s.ms / units[i].ms), units[i].unit);
            return;
        }
    }
    buf_printf(out, "%llds\n", (long long)(s.ms / 1000));
}

/* `*comma` grows a flow map by "key: ". */
static void flow_key(struct buf *out, const char **comma, const char *key)
{
    buf_printf(out, "%s%s: ", *comma, key);
    *comma = ", ";
}

static void flow_text(struct buf *out, const char **comma, const char *key,
                      struct str text)
{
    if (text.n > 0) {
        flow_key(out, comma, key);
        yamlw_text(out, text);
    }
}

static void flow_list(struct buf *out, const char **comma, const char *key,
                      const struct str_list *l)
{
    if (l->n > 0) {
        flow_key(out, comma, key);
        yamlw_list(out, l->v, l->n);
    }
}

static void put_match(struct buf *out, const struct match_spec *m)
{
    const char *comma = "", *inner = "";

    buf_addz(out, "{ ");
    flow_list(out, &comma, "labels", &m->labels);
    flow_list(out, &comma, "types", &m->types);
    flow_list(out, &comma, "milestones", &m->milestones);
    flow_list(out, &comma, "fix_versions", &m->fix_versions);
    flow_list(out, &comma, "components", &m->components);
    flow_list(out, &comma, "projects", &m->projects);
    flow_list(out, &comma, "repos", &m->repos);
    if (m->n_fields > 0) {
        flow_key(out, &comma, "fields");
        buf_addz(out, "{ ");
        for (size_t i = 0; i < m->n_fields; i++) {
            buf_addz(out, inner);
            yamlw_text(out, m->fields[i].name);
            buf_addz(out, ": ");
            yamlw_list(out, m->fields[i].values.v, m->fields[i].values.n);
            inner = ", ";
        }
        buf_addz(out, " }");
    }
    buf_addz(out, " }");
}

static void put_value(struct buf *out, size_t indent, const struct key_result *kr)
{
    const char *comma = "";

    if (kr->from == VALUE_BY_HAND) {
        return;
    }
    key_of(out, indent, "value");
    buf_addz(out, "{ ");
    flow_text(out, &comma, "from", kr->value_source);
    flow_text(out, &comma, "query", kr->value_query);
    flow_text(out, &comma, "pointer", kr->value_pointer);
    flow_text(out, &comma, "csv", kr->value_csv);
    flow_text(out, &comma, "row", kr->value_row);
    flow_text(out, &comma, "column", kr->value_column);
    if (kr->from == VALUE_ITEMS) {
        flow_key(out, &comma, "items");
        put_match(out, &kr->value_items);
        flow_text(out, &comma, "count", kr->value_count);
    }
    buf_addz(out, " }\n");
}

void node_yaml_measure(struct buf *out, size_t indent, const struct key_result *kr)
{
    if (kr->kind == KR_KEEP) {
        node_yaml_text(out, indent, "kind", STR("keep"));
    } else if (kr->kind == KR_DONE) {
        node_yaml_text(out, indent, "kind", STR("done"));
    }
    if (kr->has_at_least) {
        node_yaml_number(out, indent, "at_least", kr->at_least);
    }
    if (kr->has_at_most) {
        node_yaml_number(out, indent, "at_most", kr->at_most);
    }
    node_yaml_text(out, indent, "unit", kr->unit);
    put_rest(out, indent, &kr->node);
    if (kr->pace == PACE_LATE) {
        node_yaml_text(out, indent, "pace", STR("late"));
    }
    if (kr->lag.ms > 0 || kr->lag.wd > 0) {
        put_span(out, indent, "lag", kr->lag);
    }
    if (kr->check_in.wd > 0 || kr->check_in.ms != DUR_DAY(7).ms) {
        put_span(out, indent, "check_in", kr->check_in);
    }
    put_value(out, indent, kr);
}
