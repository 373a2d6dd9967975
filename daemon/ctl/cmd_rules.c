#include "base/jsonw.h"
#include "core/calendar.h"
#include "core/rule.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/precision_print.h"
#include "ctl/table.h"

/* ---- without the daemon: the built-in table in the daemon's form ---- */

static void write_span(struct jsonw *w, const char *key, struct span s)
{
    char mem[40];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof(mem));
    span_print(&b, s);
    jsonw_str(w, key, buf_str(&b));
}

static void write_rule(struct jsonw *w, const struct rule *r)
{
    static const char *const nothing[] = {"labels", "types", "ids"};

    jsonw_object(w, NULL);
    jsonw_strz(w, "id", r->id);
    jsonw_strz(w, "title", r->title);
    jsonw_strz(w, "subject", rule_subject_name(r->subject));
    jsonw_array(w, "subjects");
    for (unsigned i = 0; i < RULE_SUBJECT_COUNT; i++) {
        if (rule_asks(r, (enum rule_subject)i))
            jsonw_strz(w, NULL, rule_subject_name((enum rule_subject)i));
    }
    jsonw_end_array(w);
    jsonw_bool(w, "off", r->off);
    jsonw_strz(w, "severity", severity_name(r->severity));
    write_span(w, "for", r->for_);
    write_span(w, "keep_for", r->keep_for);
    jsonw_strz(w, "what", r->what);
    jsonw_strz(w, "why", r->why);
    jsonw_strz(w, "formula", r->formula);
    jsonw_strz(w, "fix", r->fix);
    jsonw_array(w, "params");
    for (const struct conf_key *k = r->params; k != NULL && k->name != NULL; k++) {
        jsonw_object(w, NULL);
        jsonw_strz(w, "name", k->name);
        jsonw_strz(w, "default", k->dflt);
        jsonw_strz(w, "doc", k->doc);
        jsonw_end_object(w);
    }
    jsonw_end_array(w);
    jsonw_object(w, "exempt");
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        jsonw_array(w, nothing[i]);
        jsonw_end_array(w);
    }
    jsonw_end_object(w);
    jsonw_end_object(w);
}

/* All of them, or with `only` that one alone. */
static void write_table(struct buf *out, const struct rule *only)
{
    struct jsonw w;

    jsonw_init(&w, out);
    if (only != NULL) {
        write_rule(&w, only);
    } else {
        jsonw_object(&w, NULL);
        jsonw_array(&w, "rules");
        for (size_t i = 0; i < rules_count; i++)
            write_rule(&w, rules[i]);
        jsonw_end_array(&w);
        jsonw_end_object(&w);
    }
    buf_addc(out, '\n');
}

/* ---- for people ---- */

static void put_list(struct ctl *c, const json_t *rows)
{
    static const struct table_column columns[] = {
        {"RULE", false, 0, 0},
        {"SEVERITY", false, 1, 0},
        {"FOR", false, 2, 0},
        {"TITLE", false, 0, 8},
    };
    struct table t;
    const json_t *r;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(rows, i, r)
    {
        bool off = field_bool(r, "off");

        table_add(&t, off ? TERM_DIM : TERM_PLAIN, field_str(r, "id"));
        table_add(&t, off ? TERM_DIM : TERM_PLAIN,
                  off ? STR("off") : field_str(r, "severity"));
        table_add(&t, TERM_PLAIN, field_str(r, "for"));
        table_add(&t, TERM_PLAIN, field_str(r, "title"));
    }
    table_print(&t, &c->term, 0);
    term_gap(&c->term);
    term_line(&c->term, TERM_PLAIN, "alignctl rules ID explains one.");
}

static void put_one(struct ctl *c, const json_t *r)
{
    const json_t *p;
    size_t i;

    term_line(&c->term, TERM_BOLD, "%.*s: %.*s", STR_FMT(field_str(r, "id")),
              STR_FMT(field_str(r, "title")));
    term_gap(&c->term);
    term_field(&c->term, "What", field_str(r, "what"));
    term_field(&c->term, "Why", field_str(r, "why"));
    term_field(&c->term, "Formula", field_str(r, "formula"));
    term_field(&c->term, "Fix", field_str(r, "fix"));
    term_field(&c->term, "Settings",
               ctl_text(c, "%s%.*s, for %.*s, keep_for %.*s; looks at each %.*s%s",
                        field_bool(r, "off") ? "off; " : "",
                        STR_FMT(field_str(r, "severity")), STR_FMT(field_str(r, "for")),
                        STR_FMT(field_str(r, "keep_for")),
                        STR_FMT(field_str(r, "subject")),
                        field_bool(r, "teams") ? " and team" : ""));
    json_array_foreach(field_arr(r, "params"), i, p) term_field(
        &c->term, "Parameter",
        ctl_text(
            c, "%.*s (default %.*s): %.*s", STR_FMT(field_str(p, "name")),
            STR_FMT(field_has(p, "default") ? field_str(p, "default") : STR("none")),
            STR_FMT(field_str(p, "doc"))));
}

static void put(struct ctl *c, const json_t *root, bool one, bool in_force)
{
    if (one)
        put_one(c, root);
    else
        put_list(c, field_arr(root, "rules"));
    if (!in_force)
        term_line(
            &c->term, TERM_DIM,
            "These are the defaults: the daemon was not reached for its settings.");
}

static int from_table(struct ctl *c, const struct rule *only)
{
    json_error_t at;
    json_t *root;
    struct buf text;

    buf_init(&text, (size_t)1 << 22);
    write_table(&text, only);
    if (args_has(&c->args, OPT_JSON)) {
        buf_add(c->out, buf_str(&text));
    } else {
        root = json_loadb(buf_cstr(&text), text.n, 0, &at);
        put(c, root, only != NULL, false);
        json_decref(root);
    }
    buf_finish(&text);
    return CTL_OK;
}

int cmd_rules(struct ctl *c)
{
    bool one = c->args.n > 0;
    const struct rule *only = one ? rule_find(c->args.v[0]) : NULL;
    struct client_reply r = {.status = 0};
    struct err e;
    int code;

    if (args_has(&c->args, OPT_PRECISION))
        return one ? ctl_usage(c, "--precision is of all rules: alignctl rules --precision")
                   : precision_print(c);
    if (one && only == NULL)
        return ctl_usage(c, "no rule '%.*s': alignctl rules lists them",
                         STR_FMT(str_first(c->args.v[0], 64)));
    code = client_ask(c->socket, "GET",
                      one ? ctl_path(c, "/v1/rules/", c->args.v[0], "").p : "/v1/rules",
                      STR_NONE, 0, &r, &e);
    if (code != CTL_OK)
        return from_table(c, only);
    if (args_has(&c->args, OPT_JSON))
        buf_add(c->out, buf_str(&r.body));
    else
        put(c, r.json, one, true);
    client_reply_finish(&r);
    return CTL_OK;
}
