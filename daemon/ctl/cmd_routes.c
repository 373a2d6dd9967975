#include "base/utf8.h"
#include "config/config.h"
#include "core/route_ask.h"
#include "ctl/commands.h"
#include "ctl/field.h"
#include "ctl/table.h"

enum { ANSWER = 16 << 20, LONGEST = 60, MOST = 20 };

/* ---- what is asked ---- */

static const struct {
    enum args_option option;
    enum route_label label;
} filters[] = {
    {OPT_RULE, ROUTE_BY_rule},           {OPT_SEVERITY, ROUTE_BY_severity},
    {OPT_SOURCE, ROUTE_BY_source},       {OPT_SCOPE, ROUTE_BY_scope},
    {OPT_PROJECT, ROUTE_BY_scope},       {OPT_TEAM, ROUTE_BY_team},
    {OPT_OBJECTIVE, ROUTE_BY_objective}, {OPT_INTENT, ROUTE_BY_intent},
    {OPT_INITIATIVE, ROUTE_BY_initiative}, {OPT_OWNER, ROUTE_BY_owner},
    {OPT_LABEL, ROUTE_BY_label},
};

/* "a,b" of an option that may be repeated. */
static struct str value_of(struct ctl *c, enum args_option o)
{
    struct str all = STR_NONE, one;
    size_t at = 0;

    if (o != OPT_LABEL)
        return args_value(&c->args, o);
    while (args_each(&c->args, o, &at, &one))
        all = ctl_text(c, "%.*s%s%.*s", STR_FMT(all), all.n > 0 ? "," : "", STR_FMT(one));
    return all;
}

/* ---- for people ---- */

/* "team payments,web; severity high" */
static struct str match_text(struct ctl *c, json_t *match)
{
    struct str out = STR_NONE;
    const char *label;
    json_t *values, *v;
    size_t i;

    json_object_foreach(match, label, values)
    {
        out = ctl_text(c, "%.*s%s%s ", STR_FMT(out), out.n > 0 ? "; " : "", label);
        json_array_foreach(values, i, v)
            out = ctl_text(c, "%.*s%s%.*s", STR_FMT(out), i > 0 ? "," : "",
                           STR_FMT(field_text(v)));
    }
    return out.n > 0 ? out : STR("anything");
}

static size_t depth_of(struct str place)
{
    size_t depth = 0;

    for (size_t i = 0; i < place.n; i++)
        depth += place.p[i] == '.';
    return depth;
}

static struct str indented(struct ctl *c, struct str place)
{
    return ctl_text(c, "%*s%.*s", (int)(2 * depth_of(place)), "", STR_FMT(place));
}

static void put_list(struct ctl *c, const json_t *root)
{
    static const struct table_column columns[] = {
        {"ROUTE", false, 0, 0},
        {"MATCHES", false, 0, 20},
        {"CHANNEL", false, 0, 8},
        {"THEN", false, 1, 0, .spare = true},
        {"HOURS", false, 2, 0, .spare = true},
    };
    const json_t *r;
    struct table t;
    size_t i;

    table_init(&t, c->a, columns, ARRAY_LEN(columns));
    json_array_foreach(field_arr(root, "routes"), i, r)
    {
        table_add(&t, TERM_PLAIN, indented(c, field_str(r, "place")));
        table_add(&t, TERM_PLAIN, match_text(c, field_obj(r, "match")));
        table_add(&t, TERM_PLAIN, field_str(r, "channel"));
        table_add(&t, TERM_PLAIN, field_bool(r, "continue") ? STR("goes on") : STR_NONE);
        table_add(&t, TERM_PLAIN, field_str(r, "hours"));
    }
    table_print(&t, &c->term, 0);
    term_gap(&c->term);
    if (field_has(root, "operations_channel"))
        term_line(&c->term, TERM_PLAIN, "What alignd says of itself goes to %.*s.",
                  STR_FMT(field_str(root, "operations_channel")));
    term_line(&c->term, TERM_PLAIN,
              "alignctl routes test --rule R --team T shows the path of one finding.");
}

static struct str shortened(struct ctl *c, struct str s)
{
    struct str cut = utf8_cut(s, LONGEST);

    return cut.n == s.n ? s : ctl_text(c, "%.*s...", STR_FMT(cut));
}

/* "security,sec and 3 more" */
static struct str values_text(struct ctl *c, const json_t *v)
{
    struct str out = STR_NONE;
    const json_t *one;
    size_t i;

    if (!json_is_array(v))
        return shortened(c, field_text(v));
    json_array_foreach(v, i, one)
    {
        if (i == MOST)
            return ctl_text(c, "%.*s and %zu more", STR_FMT(out), json_array_size(v) - i);
        out = ctl_text(c, "%.*s%s%.*s", STR_FMT(out), i > 0 ? "," : "",
                       STR_FMT(shortened(c, field_text(one))));
    }
    return out;
}

static struct str labels_text(struct ctl *c, json_t *labels)
{
    struct str out = STR_NONE;
    const char *name;
    json_t *v;

    json_object_foreach(labels, name, v)
    {
        struct str value = values_text(c, v);

        if (value.n > 0)
            out = ctl_text(c, "%.*s%s%s %.*s", STR_FMT(out), out.n > 0 ? ", " : "", name,
                           STR_FMT(value));
    }
    return out;
}

static void put_visit(struct ctl *c, const json_t *v)
{
    bool matched = field_bool(v, "matched");
    struct str place = field_str(v, "place"), text = match_text(c, field_obj(v, "match"));

    text = matched ? ctl_text(c, "Route %.*s, yes: %.*s%s", STR_FMT(place), STR_FMT(text),
                              field_bool(v, "continue") ? "; goes on" : "")
                   : ctl_text(c, "Route %.*s, no by its %.*s: %.*s", STR_FMT(place),
                              STR_FMT(field_str(v, "failed")), STR_FMT(text));
    term_wrap(&c->term, matched ? TERM_PLAIN : TERM_DIM, 2 * depth_of(place), 8, text);
}

static struct str budget_text(struct ctl *c, const json_t *d)
{
    const json_t *b = field_obj(d, "budget"), *sent = field_obj(d, "sent");
    struct str day, week;

    if (b == NULL)
        return STR("no limit");
    day = field_int(b, "day") > 0
              ? ctl_text(c, "%lld a day", (long long)field_int(b, "day"))
              : STR("any number a day");
    week = field_int(b, "week") > 0
               ? ctl_text(c, "%lld a week", (long long)field_int(b, "week"))
               : STR("any number a week");
    if (sent == NULL)
        return ctl_text(c, "%.*s, %.*s", STR_FMT(day), STR_FMT(week));
    return ctl_text(c, "%.*s (%lld sent today), %.*s (%lld sent)", STR_FMT(day),
                    (long long)field_int(sent, "today"), STR_FMT(week),
                    (long long)field_int(sent, "week"));
}

static void put_next(struct ctl *c, const json_t *d)
{
    struct str because = field_str(d, "because");
    const char *why = str_eqz(because, "outside-hours") ? ", for its hours"
                      : str_eqz(because, "budget")      ? ", for its budget"
                                                        : "";

    if (because.n == 0)
        return;
    if (!field_has(d, "next"))
        term_field(&c->term, "Next", STR("never: hours and mute leave no time"));
    else
        term_field(&c->term, "Next",
                   ctl_text(c, "%.*s%s", STR_FMT(ctl_at(c, field_time(d, "next"))), why));
}

static void put_destination(struct ctl *c, const json_t *d)
{
    const json_t *m;
    size_t i;

    term_gap(&c->term);
    term_line(&c->term, TERM_BOLD, "%.*s%s%.*s", STR_FMT(field_str(d, "channel")),
              field_has(d, "place") ? ", by route " : "", STR_FMT(field_str(d, "place")));
    term_field(&c->term, "Group", field_str(d, "group"));
    put_next(c, d);
    term_field(&c->term, "Waits",
               field_has(d, "group_interval")
                   ? ctl_text(c, "%.*s for more, %.*s between messages",
                              STR_FMT(field_str(d, "group_wait")),
                              STR_FMT(field_str(d, "group_interval")))
                   : ctl_text(c, "high %.*s, all else for 10:00 of a working day",
                              STR_FMT(field_str(d, "group_wait"))));
    term_field(&c->term, "Reminders",
               ctl_text(c, "after %.*s, twice", STR_FMT(field_str(d, "repeat_interval"))));
    term_field(&c->term, "Hours", field_str(d, "hours"));
    json_array_foreach(field_arr(d, "mute"), i, m)
        term_field(&c->term, "Mute", field_text(m));
    term_field(&c->term, "Budget", budget_text(c, d));
}

static void put_quiet(struct ctl *c, struct str quiet)
{
    if (str_eqz(quiet, "off"))
        term_line(&c->term, TERM_WARN, "The rule is off: it finds nothing.");
    else if (str_eqz(quiet, "digest"))
        term_line(&c->term, TERM_WARN, "Only digests have what is info.");
    else if (str_eqz(quiet, "unrouted"))
        term_line(&c->term, TERM_WARN, "No route takes it: it is told nowhere.");
}

static void put_answer(struct ctl *c, const json_t *root)
{
    const json_t *v;
    size_t i;

    term_line(&c->term, TERM_BOLD, "A finding with %.*s",
              STR_FMT(labels_text(c, field_obj(root, "labels"))));
    term_gap(&c->term);
    if (field_bool(root, "operations"))
        term_line(&c->term, TERM_PLAIN,
                  "The operations channel has it: routes are not asked.");
    json_array_foreach(field_arr(root, "visited"), i, v) put_visit(c, v);
    put_quiet(c, field_str(root, "quiet"));
    json_array_foreach(field_arr(root, "destinations"), i, v) put_destination(c, v);
}

static void put(struct ctl *c, const json_t *root, bool test)
{
    if (test)
        put_answer(c, root);
    else
        put_list(c, root);
}

/* ---- of a file, without a daemon ---- */

static void set_label(struct ctl *c, enum route_label label, struct str value,
                      struct route_labels *ret)
{
    struct str part;

    switch (label) {
#define X(f, name)                                                                     \
    case ROUTE_BY_##f:                                                                 \
        ret->f = value;                                                                \
        return;
        ROUTE_LABELS(X)
#undef X
    case ROUTE_BY_label:
        ret->labels.v = arena_array(c->a, value.n + 1, sizeof(*ret->labels.v));
        while (ret->labels.v != NULL && str_split(&value, ',', &part))
            ret->labels.v[ret->labels.n++] = part;
        return;
    case ROUTE_LABEL_COUNT:
        break;
    }
}

static bool write_answer(struct ctl *c, const struct route_world *w, bool test,
                         struct buf *out, struct err *e)
{
    struct route_labels labels = {0};
    struct route_answer answer;

    if (!test) {
        route_list_write(out, w, c->a);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        if (args_has(&c->args, filters[i].option))
            set_label(c, filters[i].label, value_of(c, filters[i].option), &labels);
    }
    if (!route_ask(w, &labels, c->a, &answer, e))
        return false;
    route_ask_write(out, w, &answer, c->term.now);
    return true;
}

static int answer_from(struct ctl *c, const struct conf *conf, const struct strategy *s,
                       bool test)
{
    struct calendar cal = conf_calendar(conf, s);
    struct route_world w = {
        .routes = route_with_days_off(conf->routes, conf->n_routes, &cal, c->a),
        .n_routes = conf->n_routes,
        .strategy = s,
        .rules = conf->rules,
        .cal = &cal,
        .n_sources = conf->n_sources,
        .operations_channel = conf->operations_channel,
    };
    struct str *sources = arena_array(c->a, conf->n_sources + 1, sizeof(*sources));
    json_t *root = NULL;
    struct buf text;
    struct err e;
    bool ok;

    buf_init(&text, ANSWER);
    ok = (w.routes != NULL && sources != NULL) || err_nomem(&e);
    for (size_t i = 0; ok && i < conf->n_sources; i++)
        sources[i] = conf->sources[i].tracker.name;
    w.sources = sources;
    ok = ok && write_answer(c, &w, test, &text, &e) && buf_check(&text, &e);
    if (ok && args_has(&c->args, OPT_JSON)) {
        buf_add(c->out, buf_str(&text));
    } else if (ok) {
        root = json_loadb(buf_cstr(&text), text.n, 0, NULL);
        put(c, root, test);
        json_decref(root);
    }
    buf_finish(&text);
    return ok ? CTL_OK : ctl_fail(c, e.kind == ERR_USAGE ? CTL_USAGE : CTL_SOFTWARE, &e);
}

static int from_file(struct ctl *c, bool test)
{
    struct conf_diag *d = conf_diag_create();
    struct strategy *s = NULL;
    struct conf *conf = NULL;
    struct conf_env env;
    struct err e;
    int code = CTL_INVALID;

    if (d == NULL) {
        err_nomem(&e);
        return ctl_fail(c, CTL_SOFTWARE, &e);
    }
    conf_diag_fit(d, c->term.columns);
    conf_env_read(&env);
    conf = conf_load(args_value(&c->args, OPT_CONFIG).p, &env, d); /* argv's: ends with NUL */
    if (conf != NULL)
        s = conf_strategy(conf, d);
    if (s != NULL && conf_diag_errors(d) == 0)
        code = answer_from(c, conf, s, test);
    else
        conf_diag_print(d, c->err);
    strategy_unref(s);
    conf_destroy(conf);
    conf_diag_destroy(d);
    return code;
}

/* ---- the command ---- */

static struct str path_of(struct ctl *c, bool test)
{
    struct str path;
    struct buf b;

    if (!test)
        return STR("/v1/routes");
    buf_init(&b, CTL_PATH);
    buf_addz(&b, "/v1/routes/test");
    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        ctl_query(&b, route_label_name(filters[i].label),
                  value_of(c, filters[i].option));
    path = arena_str(c->a, buf_str(&b));
    buf_finish(&b);
    return path;
}

int cmd_routes(struct ctl *c)
{
    bool test = c->args.n > 0;
    uint64_t asked = 0;
    struct client_reply r;
    const json_t *root;
    int code;

    for (size_t i = 0; i < ARRAY_LEN(filters); i++)
        asked |= ARGS_OPT(filters[i].option);
    asked &= c->args.given;
    if (test && !str_eqz(c->args.v[0], "test"))
        return ctl_usage(c, "'%.*s' is not known here: alignctl routes test",
                         STR_FMT(str_first(c->args.v[0], 60)));
    if (!test && asked != 0)
        return ctl_usage(c, "alignctl routes test takes a finding's labels");
    if (test && asked == 0)
        return ctl_usage(c, "say what it would be: --rule R, --team T");
    if (args_has(&c->args, OPT_SCOPE) && args_has(&c->args, OPT_PROJECT))
        return ctl_usage(c, "--project is another name of --scope");
    if (args_has(&c->args, OPT_CONFIG))
        return from_file(c, test);
    code = ctl_get(c, path_of(c, test), 0, &r, &root);
    if (root != NULL)
        put(c, root, test);
    client_reply_finish(&r);
    return code;
}
