#include "config/alignd.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "config/diag.h"
#include "config/digests.h"
#include "config/file.h"
#include "config/print.h"
#include "config/routes.h"
#include "config/rules.h"
#include "config/secrets.h"
#include "config/sources.h"
#include "config/strategy.h"
#include "config/zone.h"

enum {
    ARENA_MAX = 64 * 1024 * 1024,
    PATH_BYTES_MAX = 4000,
    SOCKET_PATH_MAX = 107, /* unix(7): sun_path without its NUL */
};

/* What the readers of single keys need besides their struct. */
struct load {
    const struct conf_env *env;
};

static void read_path(struct binder *b, const struct yaml_node *value,
                      const struct place *where, const struct bind_key *key, void *out)
{
    const struct conf *c = out;
    struct str *field = (struct str *)(void *)((char *)out + key->key.offset);
    struct str s;

    if (!bind_scalar(b, value, where, key->key.name, &s)) {
        return;
    }
    if (s.n > PATH_BYTES_MAX) {
        bind_wrong(b, value, STR_NONE, where, key->key.name, "is longer than %d bytes",
                   PATH_BYTES_MAX);
        return;
    }
    *field = s.p[0] == '/'
                 ? arena_str(b->a, s)
                 : arena_printf(b->a, "%.*s/%.*s", STR_FMT(c->dir), STR_FMT(s));
}

static void read_timezone(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    const struct load *l = b->user;
    struct conf *c = out;
    struct err e;

    if (!bind_str(b, value, where, key->key.name, 64, &c->timezone)) {
        return;
    }
    if (!zone_load(c->timezone, l->env->zoneinfo, b->a, &c->calendar.tz, &e)) {
        bind_wrong(b, value, zone_hint(c->timezone, l->env->zoneinfo, b->scratch),
                   where, key->key.name, "%s", e.msg);
        c->calendar.tz = tz_utc();
    }
}

static void read_working_hours(struct binder *b, const struct yaml_node *value,
                               const struct place *where, const struct bind_key *key,
                               void *out)
{
    struct conf *c = out;
    bool always = c->calendar.always;

    (void)hours_read(b, value, where, key->key.name, &c->calendar);
    c->calendar.always = c->calendar.always || always;
}

/* `hours: always` switches off whatever calendar there is. */
static void read_hours(struct binder *b, const struct yaml_node *value,
                       const struct place *where, const struct bind_key *key, void *out)
{
    struct conf *c = out;
    struct str s;

    if (!bind_scalar(b, value, where, key->key.name, &s)) {
        return;
    }
    if (!str_eqz(s, "always")) {
        bind_wrong(b, value, STR("or use working_hours"), where, key->key.name,
                   "must be always, not '%.*s'", STR_FMT(s));
        return;
    }
    c->calendar.always = true;
}

static void read_baseline(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    static const char *const choices[] = {"on", "off", "true", "false", NULL};
    struct conf *c = out;
    int i;

    if (bind_choice(b, value, where, key->key.name, choices, &i)) {
        c->baseline = i % 2 == 0;
    }
}

static bool is_account_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if ((unsigned char)c <= ' ' || c == ':' || c == '/' || c == '@' || c == 0x7F) {
            return false;
        }
    }
    return s.n > 0;
}

static void read_writers(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct conf *c = out;
    struct str_list names = {0};
    const struct yaml_node *e = value->kind == YAML_SEQ ? value->first : value;

    if (!bind_strs(b, value, where, key->key.name, 64, &names)) {
        return;
    }
    c->writers = arena_array(b->a, names.n, sizeof *c->writers);
    c->n_writers = c->writers == NULL ? 0 : names.n;
    for (size_t i = 0; i < c->n_writers && e != NULL; i++) {
        bool group = str_has_prefix(names.v[i], STR("@"));
        struct str name = str_skip(names.v[i], group ? 1 : 0);

        if (!is_account_name(name)) {
            bind_error(b, e->at, STR_NONE, where,
                       "'%.*s' is not the name of a user or, with '@', of a group",
                       STR_FMT(names.v[i]));
        }
        c->writers[i] = (struct conf_writer){group, name};
        e = value->kind == YAML_SEQ ? e->next : NULL;
    }
}

static const struct conf_key retention_keys[] = {
    {.name = "spans",
     .type = CONF_SPAN,
     .offset = BIND_WITHIN(struct conf, retention, spans),
     .dflt = "730d",
     .min = 86400000,
     .live = true,
     .doc = "How long the history of items is kept."},
    {.name = "audit",
     .type = CONF_SPAN,
     .offset = BIND_WITHIN(struct conf, retention, audit),
     .dflt = "730d",
     .min = 86400000,
     .live = true,
     .doc = "How long it is kept who changed what."},
    {0},
};

#define CONF(member) offsetof(struct conf, member)

const struct bind_key alignd_rows[] = {
    {.key = {.name = "strategy",
             .offset = CONF(strategy_path),
             .dflt = "strategy.yaml",
             .doc = "The strategy file or directory, relative to this file."},
     .form = BIND_CALL,
     .call = read_path,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "state",
             .offset = CONF(state_dir),
             .doc = "Directory of the database; default $STATE_DIRECTORY."},
     .form = BIND_CALL,
     .call = read_path,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "socket",
             .offset = CONF(socket),
             .doc = "The status socket; default $RUNTIME_DIRECTORY/alignd.sock."},
     .form = BIND_CALL,
     .call = read_path,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "timezone",
             .offset = CONF(timezone),
             .dflt = "UTC",
             .live = true,
             .doc = "Zone of working hours, dates and the days of reports."},
     .form = BIND_CALL,
     .call = read_timezone,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "working_hours",
             .offset = CONF(calendar),
             .dflt = "Mon-Fri 09:00-17:30",
             .live = true,
             .doc = "Days and hours of work, or always."},
     .form = BIND_CALL,
     .call = read_working_hours,
     .schema = "{\"type\": \"string\"}"},
    {.key = {.name = "hours",
             .offset = CONF(calendar.always),
             .live = true,
             .doc = "always: every day is a working day, every hour open."},
     .form = BIND_CALL,
     .call = read_hours,
     .schema = "{\"const\": \"always\"}"},
    {.key = {.name = "idle_after",
             .type = CONF_SPAN,
             .offset = CONF(idle_after),
             .dflt = "10wd",
             .min = 86400000,
             .live = true,
             .doc = "Items in progress that nobody has touched for so long are parked: "
                    "they count for nobody's day."}},
    {.key = {.name = "first_wait",
             .type = CONF_SPAN,
             .offset = CONF(first_wait),
             .dflt = "7d",
             .live = true,
             .doc = "The first finding on a part of the strategy or a team is told only "
                    "if it is still true so much later; 0: at once."}},
    {.key = {.name = "operations_channel",
             .offset = CONF(operations_channel),
             .live = true,
             .doc = "Where alignd's own troubles go; default: the last route's."},
     .form = BIND_ID},
    {.key = {.name = "baseline",
             .offset = CONF(baseline),
             .dflt = "on",
             .live = true,
             .doc = "on: what was there before the first sync is told in one summary."},
     .form = BIND_CALL,
     .call = read_baseline,
     .schema = "{\"enum\": [\"on\", \"off\", true, false]}"},
    {.key = {.name = "sources",
             .offset = CONF(sources),
             .required = true,
             .doc = "The trackers."},
     .form = BIND_CALL,
     .call = sources_read},
    {.key = {.name = "channels",
             .offset = CONF(channels),
             .doc = "The chats; default: the journal."},
     .form = BIND_CALL,
     .call = channels_read},
    {.key = {.name = "routes",
             .offset = CONF(routes),
             .live = true,
             .doc = "Which finding goes where; the first that matches."},
     .form = BIND_LIST,
     .table = &route_table,
     .n_offset = CONF(n_routes)},
    {.key = {.name = "writers",
             .offset = CONF(writers),
             .dflt = "[\"@alignd-write\"]",
             .live = true,
             .doc = "Users and, with '@', groups who may write over the socket."},
     .form = BIND_CALL,
     .call = read_writers,
     .schema =
         "{\"type\": [\"string\", \"array\"], \"items\": {\"type\": \"string\"}}"},
    {.key = {.name = "retention",
             .type = CONF_SUB,
             .offset = CONF(retention),
             .sub = retention_keys,
             .live = true,
             .doc = "How long history is kept."}},
    {.key = {.name = "rules",
             .offset = CONF(rules),
             .live = true,
             .doc = "Settings of single rules, by id."},
     .form = BIND_CALL,
     .call = rules_read},
    {.key = {.name = "values",
             .offset = CONF(values),
             .live = true,
             .doc = "Where numbers of key results come from, by name."},
     .form = BIND_CALL,
     .call = values_read},
    {.key = {.name = "digests",
             .offset = CONF(digests),
             .live = true,
             .doc = "What is sent by the calendar, to whom."},
     .form = BIND_LIST,
     .table = &digest_table,
     .n_offset = CONF(n_digests)},
    {.key = {.name = "listen"}, .form = BIND_LATER},
    {{0}},
};

/* ---- loading ---- */

void conf_env_read(struct conf_env *ret)
{
    *ret = (struct conf_env){
        .state_directory = getenv("STATE_DIRECTORY"),
        .runtime_directory = getenv("RUNTIME_DIRECTORY"),
        .credentials_directory = getenv("CREDENTIALS_DIRECTORY"),
        .zoneinfo = "/usr/share/zoneinfo",
        .credentials_fallback = "/etc/alignd/credentials",
    };
}

/* The directory of a file, absolute where the process still has a place; empty: no
 * memory. */
static struct str directory_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    struct str dir = slash == NULL   ? STR(".")
                     : slash == path ? STR("/")
                                     : (struct str){path, (size_t)(slash - path)};

    if (dir.p[0] == '/') {
        return arena_str(a, dir);
    }
    char *cwd = getcwd(NULL, 0);
    struct str ret = arena_str(a, dir);

    if (cwd == NULL && errno == ENOMEM) {
        return STR_NONE;
    }
    if (cwd != NULL) {
        ret = str_eqz(dir, ".") ? arena_str(a, str_of(cwd))
                                : arena_printf(a, "%s/%.*s", cwd, STR_FMT(dir));
    }
    free(cwd);
    return ret;
}

/* systemd.exec(5): several directories are separated by colons. */
static struct str first_directory(const char *list)
{
    struct str rest = str_of(list), first = STR_NONE;

    (void)str_split(&rest, ':', &first);
    return first;
}

static void missing_path(struct binder *b, const struct yaml_node *root,
                         const char *key, const char *variable, const char *usual)
{
    struct yaml_at at = root->at;

    at.to = at.from + 1;
    diag_error(b->d, at, arena_printf(b->scratch, "add '%s: %s'", key, usual),
               "'%s' is missing, and outside systemd there is no $%s", key, variable);
}

static void resolve_paths(struct binder *b, const struct yaml_node *root,
                          struct conf *c)
{
    const struct load *l = b->user;
    const struct yaml_node *socket = yaml_get(root, "socket");

    if (yaml_get(root, "state") == NULL) {
        c->state_dir = arena_str(b->a, first_directory(l->env->state_directory));
        if (c->state_dir.n == 0 && l->env->needs_state) {
            missing_path(b, root, "state", "STATE_DIRECTORY", "/var/lib/alignd");
        }
    }
    if (socket == NULL) {
        struct str dir = first_directory(l->env->runtime_directory);

        if (dir.n > 0) {
            c->socket = arena_printf(b->a, "%.*s/alignd.sock", STR_FMT(dir));
        } else if (l->env->needs_socket) {
            missing_path(b, root, "socket", "RUNTIME_DIRECTORY",
                         "/run/alignd/alignd.sock");
        }
    }
    if (c->socket.n > SOCKET_PATH_MAX) {
        diag_error(b->d, socket != NULL ? socket->at : root->at, STR_NONE,
                   "'socket' is longer than %d bytes: '%.*s'", SOCKET_PATH_MAX,
                   STR_FMT(c->socket));
    }
}

/* Where nothing is said: the journal, and everything to the first channel. */
static void fill_in(struct binder *b, const struct yaml_node *root, struct conf *c)
{
    if (yaml_get(root, "channels") == NULL ||
        (c->n_channels == 0 && c->channels != NULL)) {
        const struct chat_ops *journal = chat_find(STR("journal"));
        struct conf_channel *ch = arena_alloc(b->a, sizeof *ch);
        struct bind_part part = {.keys = journal == NULL ? NULL : journal->keys};

        if (ch == NULL || journal == NULL) {
            diag_error_file(b->d, c->file,
                            "no channel, and this program has no journal");
            return;
        }
        part.out = arena_alloc(b->a, journal->conf_size);
        if (part.out == NULL) {
            return;
        }
        bind_defaults(b, NULL, &part);
        *ch = (struct conf_channel){
            .chat = {.name = STR("journal"), .type = STR("journal"), .own = part.out},
            .ops = journal,
        };
        c->channels = ch;
        c->n_channels = 1;
    }
    if (c->n_routes == 0 && c->n_channels > 0) {
        c->routes = arena_alloc(b->a, sizeof *c->routes);
        c->n_routes = c->routes == NULL ? 0 : 1;
        if (c->routes != NULL) {
            c->routes[0].channel = c->channels[0].chat.name;
        }
    }
}

static void bind_root(struct binder *b, const struct yaml_node *root, struct conf *c)
{
    static const struct bind_table table = {.keys = alignd_rows, .size = sizeof *c};
    struct place where = {NULL, STR_NONE, NULL};

    c->rules = rules_defaults(b);
    c->calendar.tz = tz_utc();
    if (c->rules == NULL) {
        return;
    }
    bind_table_read(b, root, &where, &table, c);
    resolve_paths(b, root, c);
    fill_in(b, root, c);
    routes_check(b, root, c);
    digests_check(b, root, c);
}

static bool set_hash(struct conf *c)
{
    struct buf text;
    bool ok;

    buf_init(&text, ARENA_MAX);
    print_settings(c, false, &text);
    ok = buf_ok(&text);
    c->hash = hash64(buf_cstr(&text), text.n, 0);
    buf_finish(&text);
    return ok;
}

static struct conf *conf_create(const char *path)
{
    struct arena *a = arena_create(ARENA_MAX);
    struct conf *c = a == NULL ? NULL : arena_alloc(a, sizeof *c);

    if (c == NULL) {
        arena_destroy(a);
        return NULL;
    }
    c->a = a;
    c->file = arena_str(a, str_of(path));
    c->dir = directory_of(a, path);
    c->origins = origins_create(a);
    if (c->origins == NULL || c->dir.n == 0) {
        origins_destroy(c->origins);
        arena_destroy(a);
        return NULL;
    }
    return c;
}

void conf_destroy(struct conf *c)
{
    if (c == NULL) {
        return;
    }
    secrets_wipe(c);
    origins_destroy(c->origins);
    arena_destroy(c->a);
}

static void read_root(struct conf *c, struct arena *scratch, struct str text,
                      const struct conf_env *env, struct conf_diag *d)
{
    size_t before = conf_diag_errors(d), nodes = YAML_MAX_NODES;
    struct yaml_node *root = yaml_read(c->a, c->file, text, &nodes, d);

    if (root != NULL && root->kind != YAML_MAP) {
        diag_error(d, root->at, STR_NONE, "must be a mapping, not %s",
                   yaml_kind_name(root));
    } else if (root != NULL) {
        struct load l = {.env = env};
        struct binder b = {
            .a = c->a, .scratch = scratch, .d = d, .origins = c->origins, .user = &l};

        bind_root(&b, root, c);
        if (arena_failed(c->a) || arena_failed(scratch) ||
            (conf_diag_errors(d) == before && !set_hash(c))) {
            diag_error_file(d, c->file, "out of memory");
        }
    }
}

/* `text` NULL: what is in the file. */
static struct conf *load(const char *path, const struct str *text,
                         const struct conf_env *env, struct conf_diag *d)
{
    struct arena *scratch = arena_create(ARENA_MAX);
    struct conf *c = scratch == NULL ? NULL : conf_create(path);
    size_t before = conf_diag_errors(d);
    struct buf file;
    struct err e;

    if (c == NULL) {
        diag_error_file(d, str_of(path), "out of memory");
        arena_destroy(scratch);
        return NULL;
    }
    if (text != NULL) {
        read_root(c, scratch, *text, env, d);
    } else if (file_read(path, YAML_MAX_BYTES, &file, NULL, &e)) {
        read_root(c, scratch, buf_str(&file), env, d);
        buf_finish(&file);
    } else {
        diag_error_file(
            d, c->file, "%s",
            e.kind == ERR_NOT_FOUND
                ? "there is no such file: begin with alignd.sample.yaml, or name "
                  "another with -c"
                : e.msg);
    }
    arena_destroy(scratch);
    if (conf_diag_errors(d) > before) {
        conf_destroy(c);
        return NULL;
    }
    return c;
}

struct conf *conf_load(const char *path, const struct conf_env *env,
                       struct conf_diag *d)
{
    return load(path, NULL, env, d);
}

struct conf *conf_load_text(const char *name, struct str text,
                            const struct conf_env *env, struct conf_diag *d)
{
    return load(name, &text, env, d);
}

struct strategy *conf_strategy(const struct conf *c, struct conf_diag *d)
{
    const struct yaml_at *at = origins_at(c->origins, &c->strategy_path);
    const char *path = c->strategy_path.p;

    if (access(path, F_OK) == 0 || errno != ENOENT) {
        return strategy_load_beside(c, path, d);
    }
    if (at != NULL) {
        diag_error(d, *at, STR("strategy.sample.yaml is one to begin with"),
                   "there is no strategy at %s", path);
    } else {
        diag_error_file(d, c->file,
                        "there is no strategy at %s, the default of 'strategy'", path);
    }
    return NULL;
}

struct calendar conf_calendar(const struct conf *c, const struct strategy *s)
{
    struct calendar ret = c->calendar;

    ret.holidays = s->holidays;
    ret.n_holidays = s->n_holidays;
    return ret;
}
