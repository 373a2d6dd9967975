#include "config/print.h"

#include <ctype.h>

#include "config/alignd.h"
#include "config/routes.h"
#include "config/rules.h"
#include "config/sources.h"

struct printer {
    struct buf *out;
    const struct conf *c;
    bool origins;
    bool item; /* the next line begins an element of a list */
    int depth;
};

/* ---- lines ---- */

static void begin(struct printer *p, const char *key)
{
    for (int i = 0; i < p->depth - (p->item ? 1 : 0); i++) {
        buf_addz(p->out, "  ");
    }
    if (p->item) {
        buf_addz(p->out, "- ");
    }
    p->item = false;
    buf_printf(p->out, "%s: ", key);
}

static void end_with(struct printer *p, const char *origin)
{
    if (p->origins && origin != NULL) {
        buf_printf(p->out, "  # %s", origin);
    }
    buf_addc(p->out, '\n');
}

static void end(struct printer *p, const void *field)
{
    uint32_t line = origins_line(p->c->origins, field);

    if (p->origins && line > 0) {
        buf_addz(p->out, "  # ");
        buf_add(p->out, p->c->file);
        buf_printf(p->out, ":%u\n", line);
        return;
    }
    end_with(p, "default");
}

/* A mapping or list follows on the next lines. */
static void open_block(struct printer *p, const char *key)
{
    begin(p, key);
    buf_truncate(p->out, p->out->n - 1);
    buf_addc(p->out, '\n');
    p->depth++;
}

static void close_block(struct printer *p)
{
    p->depth--;
}

/* ---- values ---- */

static bool is_plain(struct str s)
{
    static const char *const words[] = {"null", "Null", "NULL"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (str_eqz(s, words[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (!isalnum(c) && (i == 0 || strchr("._/-@+", c) == NULL) && c != '/') {
            return false;
        }
    }
    return s.n > 0;
}

static void put_text(struct printer *p, struct str s)
{
    if (is_plain(s)) {
        buf_add(p->out, s);
        return;
    }
    buf_addc(p->out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c == '"' || c == '\\') {
            buf_printf(p->out, "\\%c", c);
        } else if (c < ' ' || c == 0x7F) {
            buf_printf(p->out, "\\x%02x", c);
        } else {
            buf_addc(p->out, (char)c);
        }
    }
    buf_addc(p->out, '"');
}

static void put_list(struct printer *p, const struct str_list *l)
{
    buf_addc(p->out, '[');
    for (size_t i = 0; i < l->n; i++) {
        buf_addz(p->out, i == 0 ? "" : ", ");
        put_text(p, l->v[i]);
    }
    buf_addc(p->out, ']');
}

static void put_hours(struct printer *p, const struct calendar *c)
{
    const char *quote = c->always ? "" : "\"";

    buf_addz(p->out, quote);
    calendar_print_hours(p->out, c);
    buf_addz(p->out, quote);
}

static void put_secret(struct printer *p, const struct secret *s)
{
    const char *from = s->from == SECRET_CREDENTIAL ? "credential"
                       : s->from == SECRET_FILE     ? "file"
                                                    : "env";

    buf_printf(p->out, "{%s: ", from);
    put_text(p, s->name);
    buf_addc(p->out, '}');
}

/* ---- rows of base/conf_key.h ---- */

static void print_keys(struct printer *p, const struct conf_key *keys, const void *in);

/* Nothing was given and nothing is the default: there is no way to write it. */
static bool is_unset(const struct printer *p, const struct conf_key *key,
                     const void *field)
{
    switch (key->type) {
    case CONF_STR:
    case CONF_URL:
        return ((const struct str *)field)->n == 0;
    case CONF_STRS:
    case CONF_GLOBS:
        return ((const struct str_list *)field)->n == 0;
    case CONF_MAP:
        return ((const struct str_pair_list *)field)->n == 0;
    case CONF_SECRET:
        return ((const struct secret *)field)->from == SECRET_NONE;
    case CONF_SUB:
        return false;
    case CONF_BOOL:
    case CONF_INT:
    case CONF_SPAN:
    case CONF_ENUM:
    case CONF_PERCENT:
        return key->dflt == NULL && origins_line(p->c->origins, field) == 0;
    }
    return true;
}

static void put_value(struct printer *p, const struct conf_key *key, const void *field)
{
    switch (key->type) {
    case CONF_BOOL:
        buf_addz(p->out, *(const bool *)field ? "true" : "false");
        return;
    case CONF_INT:
        buf_printf(p->out, "%lld", (long long)*(const int64_t *)field);
        return;
    case CONF_SPAN:
        span_print(p->out, *(const struct span *)field);
        return;
    case CONF_STR:
    case CONF_URL:
        put_text(p, *(const struct str *)field);
        return;
    case CONF_ENUM:
        buf_addz(p->out, key->choices[*(const int *)field]);
        return;
    case CONF_PERCENT:
        buf_printf(p->out, "%.10g%%", *(const double *)field * 100);
        return;
    case CONF_STRS:
    case CONF_GLOBS:
        put_list(p, field);
        return;
    case CONF_SECRET:
        put_secret(p, field);
        return;
    case CONF_SUB:
    case CONF_MAP:
        return;
    }
}

static void print_map(struct printer *p, const struct conf_key *key,
                      const struct str_pair_list *map)
{
    open_block(p, key->name);
    for (size_t i = 0; i < map->n; i++) {
        for (int k = 0; k < p->depth; k++) {
            buf_addz(p->out, "  ");
        }
        put_text(p, map->v[i].key);
        buf_addz(p->out, ": ");
        put_text(p, map->v[i].value);
        end(p, map);
    }
    close_block(p);
}

/* A block that turns out to be empty is taken back. */
static void print_sub(struct printer *p, const char *name, const struct conf_key *sub,
                      const void *in)
{
    bool item = p->item;
    size_t before = p->out->n, inside;

    open_block(p, name);
    inside = p->out->n;
    print_keys(p, sub, in);
    close_block(p);
    if (p->out->n == inside) {
        buf_truncate(p->out, before);
        p->item = item;
    }
}

static void print_key(struct printer *p, const struct conf_key *key, const void *field)
{
    if (is_unset(p, key, field)) {
        return;
    }
    if (key->type == CONF_SUB) {
        print_sub(p, key->name, key->sub, field);
        return;
    }
    if (key->type == CONF_MAP) {
        print_map(p, key, field);
        return;
    }
    begin(p, key->name);
    put_value(p, key, field);
    end(p, field);
}

static void print_keys(struct printer *p, const struct conf_key *keys, const void *in)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        print_key(p, keys, (const char *)in + keys->offset);
    }
}

static void print_text(struct printer *p, const char *key, const struct str *s)
{
    if (s->n > 0) {
        begin(p, key);
        put_text(p, *s);
        end(p, s);
    }
}

/* The plain rows of a table; the caller prints the others. */
static void print_rows(struct printer *p, const struct bind_key *rows, const void *in)
{
    for (; rows->key.name != NULL; rows++) {
        if (rows->form == BIND_CONF) {
            print_key(p, &rows->key, (const char *)in + rows->key.offset);
        }
    }
}

/* ---- the parts of the file ---- */

static void print_source(struct printer *p, const struct conf_source *s)
{
    p->item = true;
    print_text(p, "name", &s->tracker.name);
    print_text(p, "type", &s->tracker.type);
    print_text(p, "url", &s->tracker.url);
    if (s->tracker.epics.none) {
        begin(p, "epics");
        buf_addz(p->out, "none");
        end(p, &s->tracker.epics);
    } else {
        print_sub(p, "epics", source_epics_keys, &s->tracker.epics);
    }
    print_rows(p, source_rows, &s->tracker);
    print_keys(p, s->ops->keys, s->tracker.own);
}

static void print_channel(struct printer *p, const struct conf_channel *ch)
{
    p->item = true;
    print_text(p, "name", &ch->chat.name);
    print_text(p, "type", &ch->chat.type);
    print_keys(p, ch->ops->keys, ch->chat.own);
}

static void print_value_source(struct printer *p, const struct conf_value *v)
{
    p->item = true;
    print_text(p, "name", &v->value.name);
    print_text(p, "type", &v->value.type);
    print_keys(p, v->ops->keys, v->value.own);
}

static void print_match(struct printer *p, const struct route *r)
{
    bool any = false;

    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        any = any || r->match[i].n > 0;
    }
    if (!any) {
        return;
    }
    open_block(p, "match");
    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if (r->match[i].n > 0) {
            begin(p, route_label_name((enum route_label)i));
            put_list(p, &r->match[i]);
            end(p, &r->match[i]);
        }
    }
    close_block(p);
}

static void print_group_by(struct printer *p, const struct route *r)
{
    const char *comma = "";

    if (!r->has_group_by) {
        return;
    }
    begin(p, "group_by");
    buf_addc(p->out, '[');
    for (size_t i = 0; i < ROUTE_LABEL_COUNT; i++) {
        if ((r->group_by & (UINT32_C(1) << i)) != 0) {
            buf_printf(p->out, "%s%s", comma, route_label_name((enum route_label)i));
            comma = ", ";
        }
    }
    buf_addc(p->out, ']');
    end(p, &r->group_by);
}

static void print_quiet(struct printer *p, const struct route *r)
{
    if (r->has_mute) {
        begin(p, "mute");
        buf_addc(p->out, '[');
        for (size_t i = 0; i < r->n_mute; i++) {
            buf_addz(p->out, i > 0 ? ", " : "");
            put_hours(p, &r->mute[i]);
        }
        buf_addc(p->out, ']');
        end(p, &r->mute);
    }
    if (r->has_budget) {
        begin(p, "budget");
        if (r->budget.day == 0 && r->budget.week == 0) {
            buf_addz(p->out, "off");
        } else {
            buf_printf(p->out, "{day: %u, week: %u}", r->budget.day, r->budget.week);
        }
        end(p, &r->budget);
    }
}

static void print_routes(struct printer *p, const struct route *routes, size_t n)
{
    open_block(p, "routes");
    p->depth++;
    for (size_t i = 0; i < n; i++) {
        const struct route *r = &routes[i];

        p->item = true;
        print_rows(p, route_rows, r);
        print_match(p, r);
        print_text(p, "channel", &r->channel);
        print_group_by(p, r);
        if (r->has_hours) {
            begin(p, "hours");
            put_hours(p, &r->hours);
            end(p, &r->hours);
        }
        print_quiet(p, r);
        if (r->n_children > 0) {
            print_routes(p, r->children, r->n_children);
        }
    }
    p->depth--;
    close_block(p);
}

/* What the file leaves out comes from the rule, not from a row. */
static void print_rule_key(struct printer *p, const struct rule *rule,
                           const struct rule_conf *conf, const struct conf_key *key)
{
    const void *field = (const char *)conf + key->offset;

    if (field == &conf->severity && origins_at(p->c->origins, field) == NULL) {
        begin(p, key->name);
        buf_addz(p->out, severity_name(rule->severity));
        end(p, field);
    } else if (field == &conf->for_ || field == &conf->keep_for) {
        begin(p, key->name);
        span_print(p->out, *(const struct span *)field);
        end(p, field);
    } else {
        print_key(p, key, field);
    }
}

static void print_rule(struct printer *p, const struct rule *rule,
                       const struct rule_conf *conf)
{
    open_block(p, rule->id);
    for (const struct conf_key *key = rule_keys; key->name != NULL; key++) {
        print_rule_key(p, rule, conf, key);
    }
    print_keys(p, rule->params, conf->own);
    close_block(p);
}

static void print_writers(struct printer *p)
{
    struct buf name;

    buf_init(&name, 1024);
    begin(p, "writers");
    buf_addc(p->out, '[');
    for (size_t i = 0; i < p->c->n_writers; i++) {
        const struct conf_writer *w = &p->c->writers[i];

        buf_clear(&name);
        buf_addz(&name, w->group ? "@" : "");
        buf_add(&name, w->name);
        buf_addz(p->out, i == 0 ? "" : ", ");
        put_text(p, buf_str(&name));
        p->out->failed = p->out->failed || name.failed;
    }
    buf_addc(p->out, ']');
    end(p, &p->c->writers);
    buf_finish(&name);
}

static void print_path(struct printer *p, const char *key, const struct str *path,
                       const char *otherwise)
{
    if (path->n == 0) {
        return;
    }
    begin(p, key);
    put_text(p, *path);
    if (origins_line(p->c->origins, path) > 0) {
        end(p, path);
    } else {
        end_with(p, otherwise);
    }
}

static void print_top(struct printer *p)
{
    const struct conf *c = p->c;

    print_path(p, "strategy", &c->strategy_path, "default");
    print_path(p, "state", &c->state_dir, "$STATE_DIRECTORY");
    print_path(p, "socket", &c->socket, "$RUNTIME_DIRECTORY");
    print_text(p, "timezone", &c->timezone);
    begin(p, "working_hours");
    put_hours(p, &c->calendar);
    end(p, c->calendar.always && origins_line(c->origins, &c->calendar.always) > 0
               ? (const void *)&c->calendar.always
               : (const void *)&c->calendar);
    print_text(p, "operations_channel", &c->operations_channel);
    begin(p, "baseline");
    buf_addz(p->out, c->baseline ? "on" : "off");
    end(p, &c->baseline);
    print_writers(p);
    print_rows(p, alignd_rows, c);
}

void print_settings(const struct conf *c, bool origins, struct buf *out)
{
    struct printer p = {.out = out, .c = c, .origins = origins};

    print_top(&p);
    open_block(&p, "sources");
    p.depth++;
    for (size_t i = 0; i < c->n_sources; i++) {
        print_source(&p, &c->sources[i]);
    }
    p.depth--;
    close_block(&p);
    open_block(&p, "channels");
    p.depth++;
    for (size_t i = 0; i < c->n_channels; i++) {
        print_channel(&p, &c->channels[i]);
    }
    p.depth--;
    close_block(&p);
    if (c->n_values > 0) {
        open_block(&p, "values");
        p.depth++;
        for (size_t i = 0; i < c->n_values; i++) {
            print_value_source(&p, &c->values[i]);
        }
        p.depth--;
        close_block(&p);
    }
    print_routes(&p, c->routes, c->n_routes);
    if (rules_count > 0) {
        open_block(&p, "rules");
        for (size_t i = 0; i < rules_count; i++) {
            print_rule(&p, rules[i], &c->rules[i]);
        }
        close_block(&p);
    }
}

void conf_print(const struct conf *c, struct buf *out)
{
    print_settings(c, true, out);
}
