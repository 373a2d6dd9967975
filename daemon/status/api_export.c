#include "core/tz.h"
#include "status/api_handlers.h"
#include "status/export.h"

static bool read_audience(struct str text, enum visibility *ret, struct err *e)
{
    static const char *const names[] = {
        [VIS_TEAM] = "team", [VIS_COMPANY] = "company", [VIS_BOARD] = "board"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (str_eqz(text, names[i])) {
            *ret = (enum visibility)i;
            return true;
        }
    }
    return err_set(e, ERR_USAGE, "audience is team, company or board");
}

bool api_export_get(struct db *db, const struct api_env *env,
                    const struct api_request *req, struct api_reply *reply,
                    struct err *e)
{
    static const struct {
        const char *name, *type;
        void (*print)(const struct export_list *l, struct buf *out);
    } formats[] = {
        {"md", "text/markdown; charset=utf-8", export_md},
        {"html", "text/html; charset=utf-8", export_html},
        {"json", "application/json", export_json},
        {"csv", "text/csv; charset=utf-8", export_csv},
    };
    struct str format = api_query(req, "format");
    struct export_list l;
    enum visibility who = VIS_BOARD;
    struct facts f;

    if (!read_audience(api_query(req, "audience"), &who, e))
        return false;
    facts_init(&f, db, env->conf, env->now, env->a);
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (!str_eqz(format.n > 0 ? format : STR("md"), formats[i].name))
            continue;
        if (!export_read(&f, who, tz_local(env->conf->cal.tz, env->now).date, &l, e))
            return false;
        formats[i].print(&l, &reply->body);
        reply->content_type = formats[i].type;
        return true;
    }
    return err_set(e, ERR_USAGE, "format is md, html, json or csv");
}
