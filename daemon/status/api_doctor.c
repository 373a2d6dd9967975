#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/doctor.h"

static const char *level_name(enum note_level level)
{
    static const char *const names[] = {
#define X(e, name) [e] = name,
        NOTE_LEVELS(X)
#undef X
    };
    return names[level];
}

static void write_check(struct jsonw *w, const struct doctor_check *c)
{
    jsonw_object(w, NULL);
    jsonw_strz(w, "level", level_name(c->level));
    jsonw_strz(w, "part", c->part);
    jsonw_opt(w, "name", c->name);
    jsonw_str(w, "what", c->what);
    jsonw_str(w, "text", c->text);
    jsonw_opt(w, "fix", c->fix);
    jsonw_time(w, "at", c->at);
    jsonw_end_object(w);
}

bool api_doctor_get(struct db *db UNUSED, const struct api_env *env,
                    const struct api_request *req, struct api_reply *reply,
                    struct err *e)
{
    struct doctor_check *v;
    int64_t counts[3] = {0};
    struct jsonw w;
    size_t n;

    if (env->view == NULL) {
        err_set(e, ERR_STORE,
                "alignd is starting: nothing has been read yet, ask again");
        api_problem(reply, 503, e);
        return true;
    }
    if (!doctor_list(env->view, env->conf, req->may_write, env->now, env->a, &v, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        counts[v[i].level]++;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    jsonw_time(&w, "now", env->now);
    jsonw_int(&w, "ok", counts[NOTE_OK]);
    jsonw_int(&w, "warn", counts[NOTE_WARN]);
    jsonw_int(&w, "bad", counts[NOTE_BAD]);
    jsonw_array(&w, "checks");
    for (size_t i = 0; i < n; i++)
        write_check(&w, &v[i]);
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
