#include "config/secrets.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/bind.h"
#include "config/diag.h"
#include "config/file.h"
#include "config/url.h"

enum { SECRET_MAX_BYTES = 64 * 1024, MESSAGE_MAX = 16 * 1024 };

/* One setting that refers to a secret. */
struct reference {
    const struct conf_key *key;
    const char *what; /* source, channel, value source */
    struct str owner; /* its name */
    struct secret *s;
};

/* ---- finding them ---- */

typedef void secret_fn(void *arg, const struct reference *ref);

static void walk_keys(const struct conf_key *keys, void *out, struct reference *ref,
                      secret_fn *visit, void *arg)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        void *field = (char *)out + keys->offset;

        if (keys->type == CONF_SECRET) {
            ref->key = keys;
            ref->s = field;
            visit(arg, ref);
        } else if (keys->type == CONF_SUB) {
            walk_keys(keys->sub, field, ref, visit, arg);
        }
    }
}

/* Secrets stand in what connectors own; that part of a conf is ours to fill in. */
static void walk(struct conf *c, secret_fn *visit, void *arg)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        const struct conf_source *s = &c->sources[i];
        struct reference ref = {.what = "source", .owner = s->tracker.name};

        if (s->ops != NULL && s->tracker.own != NULL) {
            walk_keys(s->ops->keys, (void *)(uintptr_t)s->tracker.own, &ref, visit,
                      arg);
        }
    }
    for (size_t i = 0; i < c->n_channels; i++) {
        const struct conf_channel *ch = &c->channels[i];
        struct reference ref = {.what = "channel", .owner = ch->chat.name};

        if (ch->ops != NULL && ch->chat.own != NULL) {
            walk_keys(ch->ops->keys, (void *)(uintptr_t)ch->chat.own, &ref, visit, arg);
        }
    }
    for (size_t i = 0; i < c->n_values; i++) {
        const struct conf_value *v = &c->values[i];
        struct reference ref = {.what = "value source", .owner = v->value.name};

        if (v->ops != NULL && v->value.own != NULL) {
            walk_keys(v->ops->keys, (void *)(uintptr_t)v->value.own, &ref, visit, arg);
        }
    }
}

static void wipe(struct secret *s)
{
    if (s->value.p != NULL) {
        explicit_bzero((void *)(uintptr_t)s->value.p, s->value.n);
    }
    s->value = STR_NONE;
}

static void wipe_one(void *arg, const struct reference *ref)
{
    (void)arg;
    wipe(ref->s);
}

void secrets_wipe(struct conf *c)
{
    walk(c, wipe_one, NULL);
}

/* ---- what is said ---- */

struct reading {
    struct conf *c;
    const struct conf_env *env;
    struct conf_diag *d;
    bool looking;                /* for a report only, maybe not as who will run it */
    const struct reference *ref; /* the one at hand */
};

static void report(const struct reading *r, bool error, struct str hint,
                   const char *fmt, ...) PRINTF(4, 5);
static void report(const struct reading *r, bool error, struct str hint,
                   const char *fmt, ...)
{
    const struct reference *ref = r->ref;
    const struct yaml_at *at = origins_at(r->c->origins, &ref->s->name);
    struct buf text;
    va_list ap;

    buf_init(&text, MESSAGE_MAX);
    buf_printf(&text, "'%s' in %s \"%.*s\": ", ref->key->name, ref->what,
               STR_FMT(ref->owner));
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    if (at == NULL) { /* no file has named it: it is a default */
        diag_error_file(r->d, r->c->file, "%s", buf_cstr(&text));
    } else if (error) {
        diag_error(r->d, *at, hint, "%s", buf_cstr(&text));
    } else {
        diag_warn(r->d, *at, hint, "%s", buf_cstr(&text));
    }
    buf_finish(&text);
}

static void report_hidden(const struct reading *r, const char *path)
{
    if (r->looking) {
        report(r, false, STR("root can look: sudo alignd --check"),
               "%s could not be looked at: permission denied", path);
    } else {
        report(r, true, STR("only root may, or the user alignd runs as: try sudo"),
               "%s cannot be read: permission denied", path);
    }
}

static bool is_there(const char *directory)
{
    return directory != NULL && (access(directory, F_OK) == 0 || errno != ENOENT);
}

/* Nobody can make a credential where there is no directory: then this is no machine
   that alignd is installed on, which is no fault of the file that is checked. */
static void report_absent(const struct reading *r)
{
    const char *given = r->env->credentials_directory;
    const char *own = r->env->credentials_fallback;
    const char *home = own != NULL ? own : given != NULL ? given : "";
    struct str name = r->ref->s->name, hint;

    if (r->looking && !is_there(given) && !is_there(own)) {
        hint = arena_printf(r->c->a, "where alignd is to run: sudo mkdir -p -m 700 %s",
                            home);
        report(r, false, hint, "there is no directory %s to look for '%.*s' in", home,
               STR_FMT(name));
        return;
    }
    hint = arena_printf(r->c->a, "looked in %s%s%s: write it to %s/%.*s, mode 0600%s",
                        given != NULL ? given : "",
                        given != NULL && own != NULL ? " and " : "",
                        own != NULL ? own : "", home, STR_FMT(name),
                        given != NULL ? ", and restart alignd" : "");
    report(r, true, hint, "there is no credential '%.*s'", STR_FMT(name));
}

/* ---- reading them ---- */

/* Without the line end that editors and `echo` put behind it. */
static void keep(const struct reading *r, struct str value, const char *from)
{
    while (value.n > 0 &&
           (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r')) {
        value.n--;
    }
    if (value.n == 0) {
        report(r, true, STR("it must hold the secret and nothing else"), "%s is empty",
               from);
    } else if (memchr(value.p, '\0', value.n) != NULL) {
        report(r, true, STR("it must hold the secret and nothing else"),
               "%s holds a NUL byte", from);
    } else {
        r->ref->s->value = arena_str(r->c->a, value);
    }
}

/* Whoever can write the file decides where messages go. */
static bool check_writers(const struct reading *r, const char *path,
                          struct file_owner owner)
{
    if ((owner.mode & (S_IWGRP | S_IWOTH)) != 0) {
        report(r, true, arena_printf(r->c->a, "chmod go-w %s", path),
               "%s can be written by others (mode %04o)", path, owner.mode & 07777U);
        return false;
    }
    if (owner.uid != 0 && owner.uid != geteuid()) {
        /* Who only looks does not know who will run it. */
        report(r, !r->looking, STR("it must be root's, or of the user alignd runs as"),
               "%s belongs to another user (uid %u)", path, (unsigned)owner.uid);
        return r->looking;
    }
    return true;
}

/*
 * systemd's copies are private although they may look otherwise: they have mode 0400
 * and an access control list for the service's user, whose mask stat(2) shows as
 * the group's bits (systemd, src/core/exec-credential.c, write_credential).
 */
static void check_readers(const struct reading *r, const char *path,
                          struct file_owner owner, bool systemds)
{
    /* Who is not its owner has read it by the group's permission, and needs that. */
    bool by_group = geteuid() != 0 && owner.uid != geteuid();
    mode_t wide = by_group || systemds ? S_IROTH : S_IRGRP | S_IROTH;

    if ((owner.mode & wide) != 0) {
        report(r, false, arena_printf(r->c->a, "chmod go-r %s", path),
               "%s can be read by others (mode %04o)", path, owner.mode & 07777U);
    }
}

enum found {
    FOUND, /* and kept, or told what is wrong with it */
    ABSENT,
    HIDDEN, /* we may not look there */
};

static enum found read_path(const struct reading *r, const char *path, bool systemds)
{
    enum found found = FOUND;
    struct file_owner owner;
    struct buf text;
    struct err e;

    if (file_read(path, SECRET_MAX_BYTES, &text, &owner, &e)) {
        if (check_writers(r, path, owner)) {
            check_readers(r, path, owner, systemds);
            keep(r, buf_str(&text), path);
        }
    } else if (e.kind == ERR_NOT_FOUND) {
        found = ABSENT;
    } else if (e.kind == ERR_FORBIDDEN) {
        found = HIDDEN;
    } else {
        bool is = e.kind == ERR_CONFIG || e.kind == ERR_LIMIT; /* "is a directory" */

        report(r, true, STR_NONE, "%s%s %s", path, is ? "" : ":", e.msg);
    }
    buf_wipe(&text);
    return found;
}

static enum found read_in(const struct reading *r, const char *directory,
                          const char *prefix, bool systemds)
{
    if (directory == NULL || directory[0] == '\0') {
        return ABSENT;
    }
    struct str path =
        arena_printf(r->c->a, "%s/%s%.*s", directory, prefix, STR_FMT(r->ref->s->name));

    return path.n > 0 ? read_path(r, path.p, systemds) : ABSENT;
}

static void read_credential(const struct reading *r)
{
    const char *given = r->env->credentials_directory;
    const char *own = r->env->credentials_fallback;
    const char *where = given;
    enum found found = read_in(r, given, "", true);

    /* systemd.exec(5): LoadCredential=alignd:DIR makes alignd_NAME of each file. */
    if (found == ABSENT) {
        found = read_in(r, given, "alignd_", true);
    }
    if (found == ABSENT) {
        where = own;
        found = read_in(r, own, "", false);
    }
    /* The service never sees root's directory: what systemd gave it is all there was.
     */
    if (found == HIDDEN && where == own && given != NULL && !r->looking) {
        found = ABSENT;
    }
    if (found == ABSENT) {
        report_absent(r);
    } else if (found == HIDDEN) {
        struct str name = r->ref->s->name;

        report_hidden(r, arena_printf(r->c->a, "%s/%.*s", where, STR_FMT(name)).p);
    }
}

static void read_file(const struct reading *r)
{
    struct str name = r->ref->s->name, path = name;

    if (name.p[0] != '/') {
        path = arena_printf(r->c->a, "%.*s/%.*s", STR_FMT(r->c->dir), STR_FMT(name));
    }
    if (path.n == 0) {
        return;
    }
    switch (read_path(r, path.p, false)) {
    case FOUND:
        break;
    case ABSENT:
        report(r, true, STR("write the secret into it, mode 0600"),
               "there is no file %s", path.p);
        break;
    case HIDDEN:
        report_hidden(r, path.p);
        break;
    }
}

static void read_variable(const struct reading *r)
{
    const char *name = r->ref->s->name.p, *value = getenv(name);

    if (value == NULL) {
        report(r, true,
               STR("set it where alignd is started, or use {credential: NAME}"),
               "there is no variable $%s", name);
        return;
    }
    keep(r, str_of(value), arena_printf(r->c->a, "$%s", name).p);
}

static void read_one(void *arg, const struct reference *ref)
{
    struct reading *r = arg;
    const char *wrong, *hint = NULL;
    struct err e;

    r->ref = ref;
    wipe(ref->s);
    switch (ref->s->from) {
    case SECRET_NONE:
        return;
    case SECRET_CREDENTIAL:
        read_credential(r);
        break;
    case SECRET_FILE:
        read_file(r);
        break;
    case SECRET_ENV:
        read_variable(r);
        break;
    }
    /* An address that is a secret obeys the rules for addresses. */
    if (strcmp(ref->key->name, "url") == 0 && ref->s->value.n > 0 &&
        !url_check(ref->s->value, &wrong, &hint)) {
        report(r, true, str_of(hint), "the secret %s", wrong);
    }
    if (ref->key->fits != NULL && ref->s->value.n > 0 &&
        !ref->key->fits(ref->s->value, &e)) {
        report(r, true, STR_NONE, "the secret cannot be used: %s", e.msg);
    }
}

static bool read_all(struct reading *r)
{
    size_t before = conf_diag_errors(r->d);

    walk(r->c, read_one, r);
    if (arena_failed(r->c->a)) {
        diag_error_file(r->d, r->c->file, "out of memory");
    }
    return conf_diag_errors(r->d) == before;
}

bool conf_load_secrets(struct conf *c, const struct conf_env *env, struct conf_diag *d)
{
    struct reading r = {.c = c, .env = env, .d = d};

    return read_all(&r);
}

bool conf_check_secrets(struct conf *c, const struct conf_env *env, struct conf_diag *d)
{
    struct reading r = {.c = c, .env = env, .d = d, .looking = true};
    bool ok = read_all(&r);

    secrets_wipe(c);
    return ok;
}
