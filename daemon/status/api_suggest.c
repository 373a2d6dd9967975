#include "base/jsonw.h"
#include "status/api_handlers.h"
#include "status/shape.h"

static void write_strs(struct jsonw *w, const char *key, const struct str *v, size_t n)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < n; i++)
        jsonw_str(w, NULL, v[i]);
    jsonw_end_array(w);
}

void shape_suggestion(struct jsonw *w, const char *key, const struct strategy *s,
                      const struct suggestion *v)
{
    const struct node *n = strategy_find(s, v->node);

    jsonw_object(w, key);
    jsonw_str(w, "node", v->node);
    jsonw_opt(w, "title", n != NULL ? n->title : STR_NONE);
    jsonw_strz(w, "grade", suggest_grade_name(v->grade));
    jsonw_double(w, "share", v->share);
    write_strs(w, "words", v->words, v->n_words);
    write_strs(w, "like", v->like, v->n_like);
    jsonw_end_object(w);
}

void shape_suggestions(struct jsonw *w, const char *key, const struct strategy *s,
                       const struct suggestions *v)
{
    jsonw_array(w, key);
    for (size_t i = 0; i < v->n; i++)
        shape_suggestion(w, NULL, s, &v->v[i]);
    jsonw_end_array(w);
}

bool api_suggest_get(struct db *db, const struct api_env *env,
                     const struct api_request *req, struct api_reply *reply,
                     struct err *e)
{
    const struct strategy *s = env->conf->strategy;
    struct suggestions found;
    struct item_row *rows;
    struct jsonw w;
    size_t n;

    if (!db_read_item(db, req->args[0], env->a, &rows, &n, e) ||
        !db_read_suggestions(db, s, rows[0].id, env->a, &found, e))
        return false;
    jsonw_init(&w, &reply->body);
    jsonw_object(&w, NULL);
    shape_item(&w, "item", &rows[0]);
    jsonw_strz(&w, "state", shape_link_state(&rows[0]));
    shape_suggestions(&w, "suggestions", s, &found);
    jsonw_end_object(&w);
    buf_addc(&reply->body, '\n');
    return true;
}
