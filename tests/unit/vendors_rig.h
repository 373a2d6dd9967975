/* The vendor server as its own tests ask it: started, questioned, stopped. */
#ifndef TESTS_UNIT_VENDORS_RIG_H
#define TESTS_UNIT_VENDORS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "tests/support/probe.h"
#include "tests/support/spawn.h"
#include "tests/support/tempdir.h"

#define VR_LIMIT DUR_S(60)
#define VR_TOKEN "Authorization: Bearer t0ken"
#define VR_BASIC "Authorization: Basic Ym90OnQwa2Vu" /* bot:t0ken */
#define VR_AGENT "User-Agent: vendors-test"

struct vr {
    struct tempdir dir;
    struct spawn *server;
    char url[64];
};

/* `company` NULL: none. `args`: besides --port, NULL-terminated; may be NULL. */
static inline void vr_start(struct vr *v, const char *company, const char *const *args)
{
    const char *argv[16] = {NULL, "--port", "0"};
    struct buf program, path;
    struct err e = {0};
    size_t n = 3;
    unsigned port = 0;

    if (!tempdir_create(&v->dir, &e) || !spawn_program("vendors", &program, &e)) {
        fail_msg("%s", e.msg);
    }
    buf_init(&path, 4096);
    argv[0] = buf_cstr(&program);
    if (company) {
        assert_true(tempdir_write(&v->dir, "company.json", str_of(company), &e));
        buf_printf(&path, "%s/company.json", tempdir_path(&v->dir));
        argv[n++] = "--data";
        argv[n++] = buf_cstr(&path);
    }
    for (size_t i = 0; args && args[i]; i++) {
        argv[n++] = args[i];
    }
    v->server = spawn_start(
        &(struct spawn_options){.argv = argv, .log_dir = tempdir_path(&v->dir)}, &e);
    if (!v->server || !spawn_wait_port(v->server, VR_LIMIT, &port, &e)) {
        fail_msg("%s", e.msg);
    }
    (void)snprintf(v->url, sizeof v->url, "http://127.0.0.1:%u", port);
    buf_finish(&program);
    buf_finish(&path);
}

/* It stops cleanly, whatever hangs. */
static inline void vr_stop(struct vr *v)
{
    struct err e = {0};
    int code = -1;

    if (!spawn_stop(v->server, VR_LIMIT, &code, &e)) {
        fail_msg("%s", e.msg);
    }
    if (code != 0) {
        struct buf log;

        assert_true(spawn_output(v->server, SPAWN_ERR, &log, &e));
        fail_msg("the server ended with %d: %s", code, buf_cstr(&log));
    }
    spawn_destroy(v->server);
    tempdir_remove(&v->dir);
}

/* One request; `target` is a path or a whole URL; any status will do. */
static inline bool vr_try(struct vr *v, const char *method, const char *target,
                          const char *const *headers, const char *body,
                          struct probe_reply *ret, struct err *e)
{
    char url[4096];
    struct probe_request req = {.method = method,
                                .url = url,
                                .headers = headers,
                                .body = str_of(body),
                                .timeout = VR_LIMIT};

    (void)snprintf(url, sizeof url, "%s%s", target[0] == '/' ? v->url : "", target);
    return probe(&req, ret, e);
}

static inline void vr_ask(struct vr *v, const char *method, const char *target,
                          const char *const *headers, const char *body,
                          struct probe_reply *ret)
{
    struct err e = {0}, unread;
    int code = -1;

    if (!vr_try(v, method, target, headers, body, ret, &e)) {
        if (!spawn_wait_exit(v->server, DUR_S(1), &code, &unread)) {
            code = -1;
        }
        fail_msg("no answer: %s; the server has %s %d", e.msg,
                 code < 0 ? "not ended" : "ended with", code);
    }
}

static inline json_t *vr_parse(const struct probe_reply *r)
{
    json_error_t why;
    json_t *o = json_loadb(buf_cstr(&r->body), r->body.n,
                           JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);

    if (!o) {
        fail_msg("not JSON: %s: %.200s", why.text, buf_cstr(&r->body));
    }
    return o;
}

/* The body as JSON; fails unless the status is that. */
static inline json_t *vr_json(struct vr *v, const char *target,
                              const char *const *headers, int status)
{
    struct probe_reply r;
    json_t *o;

    vr_ask(v, NULL, target, headers, NULL, &r);
    if (r.status != status) {
        fail_msg("%s: %d, not %d: %.300s", target, r.status, status, buf_cstr(&r.body));
    }
    o = vr_parse(&r);
    probe_finish(&r);
    return o;
}

static inline json_t *vr_post(struct vr *v, const char *target,
                              const char *const *headers, const char *body, int status)
{
    static const char *const plain[] = {"Content-Type: application/json", NULL};
    struct probe_reply r;
    json_t *o;

    vr_ask(v, "POST", target, headers ? headers : plain, body, &r);
    if (r.status != status) {
        fail_msg("%s: %d, not %d: %.300s", target, r.status, status, buf_cstr(&r.body));
    }
    o = vr_parse(&r);
    probe_finish(&r);
    return o;
}

static inline void vr_control(struct vr *v, const char *target, const char *body)
{
    json_decref(vr_post(v, target, NULL, body, 200));
}

/* The URL with that rel of a Link header; NULL: none. The caller frees. */
static inline char *vr_link(const struct probe_reply *r, const char *rel)
{
    struct str link = probe_header(r, "Link");
    char mark[32];

    (void)snprintf(mark, sizeof mark, "rel=\"%s\"", rel);
    while (link.n) {
        ptrdiff_t open = str_chr(link, '<'), close = str_chr(link, '>');
        ptrdiff_t next = str_find(link, STR(", <"));
        struct str one = next >= 0 ? str_first(link, (size_t)next) : link;

        if (open == 0 && close > 0 && str_find(one, str_of(mark)) >= 0) {
            return strndup(one.p + 1, (size_t)close - 1);
        }
        link = next >= 0 ? str_skip(link, (size_t)next + 2) : STR_NONE;
    }
    return NULL;
}

static inline const char *vr_text(const json_t *o, const char *key)
{
    const char *text = json_string_value(json_object_get(o, key));

    return text ? text : "";
}

static inline json_int_t vr_int(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

#endif
