#include "config/secrets.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/bind.h"
#include "config/diag.h"
#include "config/file.h"
#include "config/url.h"

enum { SECRET_MAX_BYTES = 64 * 1024 };

struct loading {
    struct conf *c;
    const struct conf_env *env;
    struct conf_diag *d;
};

/* ---- finding them ---- */

typedef void secret_fn(void *arg, const struct conf_key *key, struct secret *s);

static void walk_keys(const struct conf_key *keys, void *out, secret_fn *visit,
                      void *arg)
{
    for (; keys != NULL && keys->name != NULL; keys++) {
        void *field = (char *)out + keys->offset;

        if (keys->type == CONF_SECRET) {
            visit(arg, keys, field);
        } else if (keys->type == CONF_SUB) {
            walk_keys(keys->sub, field, visit, arg);
        }
    }
}

/* Secrets stand in what connectors own; that part of a conf is ours to fill in. */
static void walk(struct conf *c, secret_fn *visit, void *arg)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        if (c->sources[i].ops != NULL && c->sources[i].tracker.own != NULL) {
            walk_keys(c->sources[i].ops->keys,
                      (void *)(uintptr_t)c->sources[i].tracker.own, visit, arg);
        }
    }
    for (size_t i = 0; i < c->n_channels; i++) {
        if (c->channels[i].ops != NULL && c->channels[i].chat.own != NULL) {
            walk_keys(c->channels[i].ops->keys,
                      (void *)(uintptr_t)c->channels[i].chat.own, visit, arg);
        }
    }
}

static void wipe_one(void *arg, const struct conf_key *key, struct secret *s)
{
    (void)arg;
    (void)key;
    if (s->value.p != NULL) {
        explicit_bzero((void *)(uintptr_t)s->value.p, s->value.n);
    }
    s->value = STR_NONE;
}

void secrets_wipe(struct conf *c)
{
    walk(c, wipe_one, NULL);
}

/* ---- reading them ---- */

static void refuse(const struct loading *l, const struct secret *s, const char *fmt,
                   ...) PRINTF(3, 4);
static void refuse(const struct loading *l, const struct secret *s, const char *fmt,
                   ...)
{
    const struct yaml_at *at = origins_at(l->c->origins, s);
    struct buf text;
    va_list ap;

    buf_init(&text, 4096);
    va_start(ap, fmt);
    buf_vprintf(&text, fmt, ap);
    va_end(ap);
    if (at != NULL) {
        diag_error(l->d, *at, STR_NONE, "%s", buf_cstr(&text));
    } else {
        diag_error_file(l->d, l->c->file, "%s", buf_cstr(&text));
    }
    buf_finish(&text);
}

/* Without the line end that editors and `echo` put behind it. */
static void keep(const struct loading *l, struct secret *s, struct str value,
                 const char *from)
{
    while (value.n > 0 &&
           (value.p[value.n - 1] == '\n' || value.p[value.n - 1] == '\r')) {
        value.n--;
    }
    if (value.n == 0) {
        refuse(l, s, "%s is empty", from);
    } else if (memchr(value.p, '\0', value.n) != NULL) {
        refuse(l, s, "%s holds a NUL byte", from);
    } else {
        s->value = arena_str(l->c->a, value);
    }
}

/* Whoever can write the file decides where messages go. */
static bool check_owner(const struct loading *l, const struct secret *s,
                        const char *path, struct file_owner owner)
{
    if ((owner.mode & (S_IWGRP | S_IWOTH)) != 0) {
        refuse(l, s, "%s can be written by others: chmod go-w it", path);
        return false;
    }
    if (owner.uid != 0 && owner.uid != geteuid()) {
        refuse(l, s, "%s belongs to another user", path);
        return false;
    }
    return true;
}

/* False: there is no such file, nothing was reported. */
static bool read_path(const struct loading *l, struct secret *s, const char *path)
{
    struct file_owner owner;
    struct buf text;
    struct err e;
    bool found = true;

    if (!file_read(path, SECRET_MAX_BYTES, &text, &owner, &e)) {
        found = e.kind != ERR_NOT_FOUND;
        if (found) {
            refuse(l, s, "%s: %s", path, e.msg);
        }
    } else if (check_owner(l, s, path, owner)) {
        keep(l, s, buf_str(&text), path);
    }
    buf_wipe(&text);
    return found;
}

static bool read_in(const struct loading *l, struct secret *s, const char *directory,
                    const char *prefix)
{
    if (directory == NULL || directory[0] == '\0') {
        return false;
    }
    struct str path =
        arena_printf(l->c->a, "%s/%s%.*s", directory, prefix, STR_FMT(s->name));

    return path.n > 0 && read_path(l, s, path.p);
}

/* systemd.exec(5): LoadCredential=alignd:DIR makes alignd_NAME of each file. */
static void read_credential(const struct loading *l, struct secret *s)
{
    const char *directory = l->env->credentials_directory;
    const char *otherwise = l->env->credentials_fallback;

    if (!read_in(l, s, directory, "") && !read_in(l, s, directory, "alignd_") &&
        !read_in(l, s, otherwise, "")) {
        refuse(l, s, "no credential '%.*s' in %s%s%s", STR_FMT(s->name),
               directory != NULL ? directory : "",
               directory != NULL && otherwise != NULL ? " or " : "",
               otherwise != NULL ? otherwise : "");
    }
}

static void read_file(const struct loading *l, struct secret *s)
{
    struct str path =
        s->name.p[0] == '/'
            ? s->name
            : arena_printf(l->c->a, "%.*s/%.*s", STR_FMT(l->c->dir), STR_FMT(s->name));

    if (path.n > 0 && !read_path(l, s, path.p)) {
        refuse(l, s, "there is no file %s", path.p);
    }
}

static void load_one(void *arg, const struct conf_key *key, struct secret *s)
{
    const struct loading *l = arg;
    const char *value, *wrong, *hint;

    wipe_one(NULL, key, s);
    switch (s->from) {
    case SECRET_NONE:
        return;
    case SECRET_CREDENTIAL:
        read_credential(l, s);
        break;
    case SECRET_FILE:
        read_file(l, s);
        break;
    case SECRET_ENV:
        value = getenv(s->name.p);
        if (value == NULL) {
            refuse(l, s, "there is no variable $%s", s->name.p);
        } else {
            keep(l, s, str_of(value), s->name.p);
        }
        break;
    }
    /* An address that is a secret obeys the rules for addresses. */
    if (strcmp(key->name, "url") == 0 && s->value.n > 0 &&
        !url_check(s->value, &wrong, &hint)) {
        refuse(l, s, "the secret 'url' %s", wrong);
    }
}

bool conf_load_secrets(struct conf *c, const struct conf_env *env, struct conf_diag *d)
{
    struct loading l = {c, env, d};
    size_t before = conf_diag_errors(d);

    walk(c, load_one, &l);
    if (arena_failed(c->a)) {
        diag_error_file(d, c->file, "out of memory");
    }
    return conf_diag_errors(d) == before;
}
