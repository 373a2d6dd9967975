#include "tests/support/vendors/adf.h"

#include "base/buf.h"

static json_t *text_of(struct str s)
{
    return json_stringn(s.n ? s.p : "", s.n);
}

static json_t *node(const char *type, json_t *content)
{
    return json_pack("{s:s, s:o}", "type", type, "content", content);
}

static void add_text(json_t *out, struct str s)
{
    if (s.n) {
        (void)json_array_append_new(
            out, json_pack("{s:s, s:o}", "type", "text", "text", text_of(s)));
    }
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '.' || c == '-' || c == '_';
}

/* [label|https://...]: text with a link mark. */
static size_t add_link(json_t *out, struct str s)
{
    ptrdiff_t bar = str_chr(s, '|'), end = str_chr(s, ']');

    if (bar < 2 || end < bar) {
        return 0;
    }
    (void)json_array_append_new(
        out, json_pack("{s:s, s:o, s:[{s:s, s:{s:o}}]}", "type", "text", "text",
                       text_of(str_skip(str_first(s, (size_t)bar), 1)), "marks", "type",
                       "link", "attrs", "href",
                       text_of(str_skip(str_first(s, (size_t)end), (size_t)bar + 1))));
    return (size_t)end + 1;
}

static size_t add_card(json_t *out, struct str s)
{
    size_t n = 0;

    if (!str_has_prefix(s, STR("https://")) && !str_has_prefix(s, STR("http://"))) {
        return 0;
    }
    while (n < s.n && s.p[n] != ' ' && s.p[n] != '\n' && s.p[n] != ')') {
        n++;
    }
    (void)json_array_append_new(out,
                                json_pack("{s:s, s:{s:o}}", "type", "inlineCard",
                                          "attrs", "url", text_of(str_first(s, n))));
    return n;
}

static size_t add_mention(json_t *out, struct str s)
{
    size_t n = 1;

    while (n < s.n && is_name(s.p[n])) {
        n++;
    }
    if (n == 1) {
        return 0;
    }
    (void)json_array_append_new(out, json_pack("{s:s, s:{s:o, s:o}}", "type", "mention",
                                               "attrs", "id",
                                               text_of(str_skip(str_first(s, n), 1)),
                                               "text", text_of(str_first(s, n))));
    return n;
}

static void add_line(json_t *out, struct str line)
{
    size_t plain = 0;

    for (size_t i = 0; i < line.n;) {
        struct str rest = str_skip(line, i);
        json_t *found = json_array();
        bool at_word = i == 0 || !is_name(line.p[i - 1]);
        size_t n = 0;

        if (rest.p[0] == '[') {
            n = add_link(found, rest);
        } else if (rest.p[0] == 'h' && at_word) {
            n = add_card(found, rest);
        } else if (rest.p[0] == '@' && at_word) {
            n = add_mention(found, rest);
        }
        if (n) {
            add_text(out, str_first(str_skip(line, plain), i - plain));
            (void)json_array_extend(out, found);
            i += n;
            plain = i;
        } else {
            i++;
        }
        json_decref(found);
    }
    add_text(out, str_skip(line, plain));
}

/* ---- blocks ---- */

static void close_block(json_t *doc, json_t **block, const char *type)
{
    if (json_array_size(*block)) {
        (void)json_array_append_new(doc, node(type, *block));
        *block = json_array();
    }
}

static bool add_heading(json_t *doc, struct str line)
{
    json_t *content;

    if (line.n < 5 || line.p[0] != 'h' || line.p[1] < '1' || line.p[1] > '6' ||
        line.p[2] != '.') {
        return false;
    }
    content = json_array();
    add_line(content, str_trim(str_skip(line, 3)));
    (void)json_array_append_new(doc, json_pack("{s:s, s:{s:i}, s:o}", "type", "heading",
                                               "attrs", "level", line.p[1] - '0',
                                               "content", content));
    return true;
}

static void add_item(json_t *list, struct str line)
{
    json_t *content = json_array();

    add_line(content, str_trim(str_skip(line, 2)));
    (void)json_array_append_new(list, json_pack("{s:s, s:[o]}", "type", "listItem",
                                                "content", node("paragraph", content)));
}

static void add_code(json_t *doc, struct str *rest)
{
    struct buf text;
    struct str line;
    json_t *content = json_array();

    buf_init(&text, (size_t)1 << 20);
    while (str_split(rest, '\n', &line) && !str_has_prefix(line, STR("{code}"))) {
        buf_addz(&text, text.n ? "\n" : "");
        buf_add(&text, line);
    }
    add_text(content, buf_str(&text));
    (void)json_array_append_new(doc, node("codeBlock", content));
    buf_finish(&text);
}

json_t *adf_of_wiki(struct str text)
{
    json_t *doc = json_array(), *paragraph = json_array(), *list = json_array();
    struct str line;

    while (str_split(&text, '\n', &line)) {
        bool item = str_has_prefix(line, STR("* "));

        if (str_has_suffix(line, STR("\r"))) {
            line = str_first(line, line.n - 1);
        }
        if (!item) {
            close_block(doc, &list, "bulletList");
        }
        if (!line.n || item || (line.p[0] == 'h' && line.n > 4 && line.p[2] == '.') ||
            str_has_prefix(line, STR("{code"))) {
            close_block(doc, &paragraph, "paragraph");
        }
        if (item) {
            add_item(list, line);
        } else if (str_has_prefix(line, STR("{code"))) {
            add_code(doc, &text);
        } else if (line.n && !add_heading(doc, line)) {
            if (json_array_size(paragraph)) {
                (void)json_array_append_new(paragraph,
                                            json_pack("{s:s}", "type", "hardBreak"));
            }
            add_line(paragraph, line);
        }
    }
    close_block(doc, &list, "bulletList");
    close_block(doc, &paragraph, "paragraph");
    json_decref(list);
    json_decref(paragraph);
    return json_pack("{s:i, s:s, s:o}", "version", 1, "type", "doc", "content", doc);
}
