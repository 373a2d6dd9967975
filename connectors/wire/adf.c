#include "connectors/wire/adf.h"

#include <string.h>

#include "base/date.h"
#include "base/str.h"
#include "connectors/wire/plain.h"

struct adf_node {
    const json_t *json; /* borrowed: the document */
    const json_t *attrs;
    unsigned depth;
};

static void add_content(struct plain *p, const struct adf_node *n);

static struct str json_str(const json_t *v)
{
    return json_is_string(v) ? (struct str){json_string_value(v), json_string_length(v)}
                             : STR_NONE;
}

static struct str attr(const struct adf_node *n, const char *name)
{
    return json_str(json_object_get(n->attrs, name));
}

/* ---- nodes without content ---- */

static void add_text(struct plain *p, const struct adf_node *n)
{
    plain_text(p, json_str(json_object_get(n->json, "text")));
}

static void add_hard_break(struct plain *p, const struct adf_node *n)
{
    (void)n;
    plain_newline(p);
}

static void add_rule(struct plain *p, const struct adf_node *n)
{
    (void)n;
    plain_break(p);
    plain_text(p, STR("----\n"));
}

static void add_attr_text(struct plain *p, const struct adf_node *n)
{
    plain_text(p, attr(n, "text"));
}

static void add_emoji(struct plain *p, const struct adf_node *n)
{
    struct str text = attr(n, "text");

    plain_text(p, text.n > 0 ? text : attr(n, "shortName"));
}

/* attrs.timestamp is a string of milliseconds, UTC midnight. */
static void add_date(struct plain *p, const struct adf_node *n)
{
    int64_t ms;

    if (!str_to_i64(attr(n, "timestamp"), &ms) || ms < 0) {
        return;
    }
    char mem[32];
    struct buf b;

    buf_init_fixed(&b, mem, sizeof mem);
    date_print(&b, date_from_days(ms / 86400000));
    plain_text(p, buf_str(&b));
}

static void add_card(struct plain *p, const struct adf_node *n)
{
    plain_text(p, attr(n, "url"));
}

static void add_media(struct plain *p, const struct adf_node *n)
{
    plain_text(p, attr(n, "alt"));
}

/* ---- nodes with content ---- */

static void add_block(struct plain *p, const struct adf_node *n)
{
    plain_break(p);
    add_content(p, n);
    plain_break(p);
}

static void add_item(struct plain *p, const struct adf_node *n, const char *bullet)
{
    plain_bullet(p, bullet);
    add_content(p, n);
    plain_end_item(p);
}

static void add_list_item(struct plain *p, const struct adf_node *n)
{
    add_item(p, n, "- ");
}

static void add_task_item(struct plain *p, const struct adf_node *n)
{
    add_item(p, n, str_eqz(attr(n, "state"), "DONE") ? "- [x] " : "- [ ] ");
}

static void add_quote(struct plain *p, const struct adf_node *n)
{
    plain_break(p);
    p->quotes++;
    add_content(p, n);
    plain_break(p);
    p->quotes--;
}

static void add_code(struct plain *p, const struct adf_node *n)
{
    plain_fence(p, true);
    add_content(p, n);
    plain_fence(p, false);
}

static void add_expand(struct plain *p, const struct adf_node *n)
{
    plain_break(p);
    plain_text(p, attr(n, "title"));
    plain_break(p);
    add_block(p, n);
}

static void add_row(struct plain *p, const struct adf_node *n)
{
    plain_break(p);
    p->flat++;
    add_content(p, n);
    p->flat--;
    plain_end_item(p);
}

static void add_cell(struct plain *p, const struct adf_node *n)
{
    if (p->open) {
        plain_text(p, STR("| "));
        p->bare = true;
    }
    add_content(p, n);
}

static const struct {
    const char *type;
    void (*add)(struct plain *p, const struct adf_node *n);
} nodes[] = {
    {"text", add_text},
    {"paragraph", add_block},
    {"heading", add_block},
    {"hardBreak", add_hard_break},
    {"listItem", add_list_item},
    {"taskItem", add_task_item},
    {"blockTaskItem", add_task_item},
    {"decisionItem", add_list_item},
    {"codeBlock", add_code},
    {"blockquote", add_quote},
    {"panel", add_block},
    {"expand", add_expand},
    {"nestedExpand", add_expand},
    {"tableRow", add_row},
    {"tableCell", add_cell},
    {"tableHeader", add_cell},
    {"rule", add_rule},
    {"mention", add_attr_text},
    {"status", add_attr_text},
    {"emoji", add_emoji},
    {"date", add_date},
    {"inlineCard", add_card},
    {"blockCard", add_card},
    {"embedCard", add_card},
    {"media", add_media},
    {"mediaInline", add_media},
    {"mediaSingle", add_block},
    {"caption", add_block},
    {"layoutColumn", add_block},
    {"extension", add_attr_text},
    {"bodiedExtension", add_block},
};

static void add_node(struct plain *p, const json_t *json, unsigned depth)
{
    if (!json_is_object(json) || depth > ADF_MAX_DEPTH || p->full) {
        return;
    }
    const struct adf_node n = {json, json_object_get(json, "attrs"), depth};
    const char *type = json_string_value(json_object_get(json, "type"));

    for (size_t i = 0; type != NULL && i < ARRAY_LEN(nodes); i++) {
        if (strcmp(nodes[i].type, type) == 0) {
            nodes[i].add(p, &n);
            return;
        }
    }
    add_content(p, &n);
}

static void add_content(struct plain *p, const struct adf_node *n)
{
    const json_t *content = json_object_get(n->json, "content");
    size_t count = json_array_size(content);

    for (size_t i = 0; i < count && !p->full; i++) {
        add_node(p, json_array_get(content, i), n->depth + 1);
    }
}

void adf_to_text(const json_t *doc, size_t max, struct buf *out)
{
    struct plain p;

    plain_init(&p, out, max);
    add_node(&p, doc, 0);
}
