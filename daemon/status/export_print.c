#include "base/jsonw.h"
#include "base/utf8.h"
#include "status/export.h"

enum { TEXT_MAX = 4000 };

/* ---- Markdown ---- */

static void md(struct buf *out, struct str text)
{
    struct buf b;

    buf_init(&b, 1 << 16);
    utf8_print_safe(&b, text, TEXT_MAX);
    for (size_t i = 0; i < b.n; i++) {
        if (strchr("\\`*_{}[]<>#|!~&", b.p[i]) != NULL)
            buf_addc(out, '\\');
        buf_addc(out, b.p[i]);
    }
    buf_finish(&b);
}

static void md_part(struct buf *out, const char *before, struct str text)
{
    if (text.n == 0)
        return;
    buf_addz(out, before);
    md(out, text);
}

void export_md(const struct export_list *l, struct buf *out)
{
    buf_addz(out, "# ");
    md(out, l->name);
    buf_printf(out, "\n\nFor the %.*s, %.*s.", STR_FMT(l->audience), STR_FMT(l->day));
    md_part(out, " Open work that serves an initiative: ", l->coverage);
    buf_addz(out, "\n\n");
    for (size_t i = 0; i < l->n; i++) {
        const struct export_row *r = &l->v[i];

        for (unsigned k = 0; k < r->level; k++)
            buf_addz(out, "  ");
        buf_printf(out, "- %s", node_kind_name(r->node->kind));
        md_part(out, " ", r->id);
        md_part(out, ": **", r->title);
        buf_addz(out, r->title.n > 0 ? "**" : "");
        md_part(out, " -- ", r->state);
        md_part(out, "; ", r->detail);
        md_part(out, "; owner ", r->owner);
        md_part(out, ". Why: ", r->why);
        buf_addc(out, '\n');
    }
}

/* ---- HTML ---- */

static void html(struct buf *out, struct str text)
{
    struct buf b;

    buf_init(&b, 1 << 16);
    utf8_print_safe(&b, text, TEXT_MAX);
    for (size_t i = 0; i < b.n; i++) {
        if (strchr("<>&\"'", b.p[i]) != NULL)
            buf_printf(out, "&#%d;", b.p[i]);
        else
            buf_addc(out, b.p[i]);
    }
    buf_finish(&b);
}

static void html_cell(struct buf *out, const char *open, struct str text)
{
    buf_addz(out, open);
    html(out, text);
    buf_addz(out, "</td>");
}

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n"
    "<style>body{font:1rem/1.4 sans-serif;margin:2rem}table{border-collapse:collapse}"
    "td,th{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px "
    "solid #999}.l1{padding-left:1.6rem}.l2{padding-left:3.2rem}.l3{padding-left:"
    "4.8rem}@media print{body{margin:0;font-size:9pt}tr{break-inside:avoid}"
    "thead{display:table-header-group}}</style>\n<title>";

void export_html(const struct export_list *l, struct buf *out)
{
    buf_addz(out, page_head);
    html(out, l->name);
    buf_addz(out, "</title></head><body>\n<h1>");
    html(out, l->name);
    buf_printf(out, "</h1>\n<p>For the %.*s, %.*s.", STR_FMT(l->audience),
               STR_FMT(l->day));
    if (l->coverage.n > 0)
        buf_printf(out, " Open work that serves an initiative: %.*s.",
                   STR_FMT(l->coverage));
    buf_addz(out, "</p>\n<table><thead><tr><th>What</th><th>Kind</th><th>State</th>"
                  "<th>Known</th><th>Owner</th><th>Why</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < l->n; i++) {
        const struct export_row *r = &l->v[i];

        buf_printf(out, "<tr><td class=\"l%u\">", r->level);
        html(out, r->title.n > 0 ? r->title : r->id);
        buf_addz(out, "</td><td>");
        buf_printf(out, "%s%s", node_kind_name(r->node->kind), r->id.n > 0 ? " " : "");
        html(out, r->id);
        html_cell(out, "</td><td>", r->state);
        html_cell(out, "<td>", r->detail);
        html_cell(out, "<td>", r->owner);
        html_cell(out, "<td>", r->why);
        buf_addz(out, "</tr>\n");
    }
    buf_addz(out, "</tbody></table>\n</body></html>\n");
}

/* ---- JSON ---- */

void export_json(const struct export_list *l, struct buf *out)
{
    struct jsonw w;

    jsonw_init(&w, out);
    jsonw_object(&w, NULL);
    jsonw_str(&w, "name", l->name);
    jsonw_str(&w, "audience", l->audience);
    jsonw_str(&w, "date", l->day);
    jsonw_opt(&w, "coverage", l->coverage);
    jsonw_array(&w, "nodes");
    for (size_t i = 0; i < l->n; i++) {
        const struct export_row *r = &l->v[i];

        jsonw_object(&w, NULL);
        jsonw_int(&w, "level", r->level);
        jsonw_strz(&w, "kind", node_kind_name(r->node->kind));
        jsonw_opt(&w, "id", r->id);
        jsonw_opt(&w, "title", r->title);
        jsonw_opt(&w, "state", r->state);
        jsonw_opt(&w, "detail", r->detail);
        jsonw_opt(&w, "owner", r->owner);
        jsonw_opt(&w, "why", r->why);
        jsonw_end_object(&w);
    }
    jsonw_end_array(&w);
    jsonw_end_object(&w);
    buf_addc(out, '\n');
}

/* ---- CSV (RFC 4180) ---- */

/* A spreadsheet must not take what begins so for a formula. */
static void csv(struct buf *out, struct str text, const char *end)
{
    struct buf b;

    buf_init(&b, 1 << 16);
    utf8_print_safe(&b, text, TEXT_MAX);
    buf_addc(out, '"');
    if (b.n > 0 && strchr("=+-@", b.p[0]) != NULL)
        buf_addc(out, '\'');
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] == '"')
            buf_addc(out, '"');
        buf_addc(out, b.p[i]);
    }
    buf_addc(out, '"');
    buf_addz(out, end);
    buf_finish(&b);
}

void export_csv(const struct export_list *l, struct buf *out)
{
    buf_addz(out, "level,kind,id,title,state,detail,owner,why\r\n");
    for (size_t i = 0; i < l->n; i++) {
        const struct export_row *r = &l->v[i];

        buf_printf(out, "%u,%s,", r->level, node_kind_name(r->node->kind));
        csv(out, r->id, ",");
        csv(out, r->title, ",");
        csv(out, r->state, ",");
        csv(out, r->detail, ",");
        csv(out, r->owner, ",");
        csv(out, r->why, "\r\n");
    }
}
