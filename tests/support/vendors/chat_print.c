/* A Slack message as a framed piece of text, for people who watch a demo. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/support/vendors/chat.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define LINK "\033[4;36m"
#define ALARM "\033[1;31m"
#define PLAIN "\033[0m"

struct page {
    struct buf *out;
    bool colour;
    size_t width;    /* between the bars */
    struct buf line; /* what the current line holds, with its colours */
    size_t column;
    struct buf word;
    size_t word_width;
    bool blank_before_word;
    const char *style; /* NULL: none */
};

static void style_on(struct page *p, struct buf *to)
{
    if (p->colour && p->style) {
        buf_addz(to, p->style);
    }
}

static void style_off(struct page *p, struct buf *to)
{
    if (p->colour && p->style) {
        buf_addz(to, PLAIN);
    }
}

/* ---- lines ---- */

static void end_line(struct page *p)
{
    style_off(p, &p->line);
    buf_add(p->out, buf_str(&p->line));
    buf_addc(p->out, '\n');
    buf_clear(&p->line);
    p->column = 0;
    style_on(p, &p->line);
}

static void end_word(struct page *p)
{
    size_t blank = p->blank_before_word && p->column ? 1 : 0;

    if (!p->word.n) {
        return;
    }
    if (p->column && p->column + blank + p->word_width > p->width) {
        end_line(p);
        blank = 0;
    }
    if (blank) {
        buf_addc(&p->line, ' ');
    }
    buf_add(&p->line, buf_str(&p->word));
    p->column += blank + p->word_width;
    buf_clear(&p->word);
    p->word_width = 0;
    p->blank_before_word = false;
}

static void add_char(struct page *p, struct str s, uint32_t cp)
{
    size_t w = utf8_width(s);

    if (cp == ' ' || cp == '\t') {
        end_word(p);
        p->blank_before_word = true;
        return;
    }
    if (utf8_hostile(cp)) {
        return;
    }
    if (p->word_width + w > p->width) {
        end_word(p);
    }
    buf_add(&p->word, s);
    p->word_width += w;
}

static void add_text(struct page *p, struct str s)
{
    while (s.n) {
        uint32_t cp;
        size_t n = utf8_next(s, &cp);

        if (cp == '\n') {
            end_word(p);
            end_line(p);
            p->blank_before_word = false;
        } else {
            add_char(p, str_first(s, n), cp);
        }
        s = str_skip(s, n);
    }
}

static void set_style(struct page *p, const char *style)
{
    end_word(p);
    style_off(p, &p->line);
    p->style = style;
    style_on(p, &p->line);
}

static void finish_line(struct page *p)
{
    end_word(p);
    if (p->column || p->line.n) {
        end_line(p);
    }
    p->blank_before_word = false;
}

/* ---- mrkdwn ---- */

static void add_plain(struct page *p, struct str s)
{
    static const struct {
        const char *entity, *text;
    } rows[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};

    while (s.n) {
        size_t n = 0;

        for (size_t i = 0; i < ARRAY_LEN(rows) && !n; i++) {
            if (str_has_prefix(s, str_of(rows[i].entity))) {
                add_text(p, str_of(rows[i].text));
                n = strlen(rows[i].entity);
            }
        }
        if (!n) {
            uint32_t cp;

            n = utf8_next(s, &cp);
            add_text(p, str_first(s, n));
        }
        s = str_skip(s, n);
    }
}

/* <url|label>, <@U1>, <#C1|name>, <!channel> */
static void add_reference(struct page *p, struct str inside)
{
    ptrdiff_t bar = str_chr(inside, '|');
    struct str label = bar >= 0 ? str_skip(inside, (size_t)bar + 1) : inside;
    const char *before = p->style;

    if (inside.n && inside.p[0] == '!') {
        set_style(p, ALARM);
        add_text(p, STR("@"));
        label = bar >= 0 ? label : str_skip(inside, 1);
    } else {
        set_style(p, LINK);
    }
    add_plain(p, label);
    set_style(p, before);
}

static size_t bold_length(struct str s)
{
    ptrdiff_t end;

    if (s.n < 3 || s.p[1] == ' ' || s.p[1] == '*') {
        return 0;
    }
    end = str_chr(str_skip(s, 1), '*');
    if (end < 1 || str_chr(str_first(str_skip(s, 1), (size_t)end), '\n') >= 0) {
        return 0;
    }
    return (size_t)end + 2;
}

static void add_mrkdwn(struct page *p, struct str s)
{
    while (s.n) {
        ptrdiff_t close = s.p[0] == '<' ? str_chr(s, '>') : -1;
        size_t bold = s.p[0] == '*' ? bold_length(s) : 0;

        if (close > 1) {
            add_reference(p, str_skip(str_first(s, (size_t)close), 1));
            s = str_skip(s, (size_t)close + 1);
        } else if (bold) {
            const char *before = p->style;

            set_style(p, BOLD);
            add_mrkdwn(p, str_skip(str_first(s, bold - 1), 1));
            set_style(p, before);
            s = str_skip(s, bold);
        } else {
            size_t n = 1;

            while (n < s.n && s.p[n] != '<' && s.p[n] != '*') {
                n++;
            }
            add_plain(p, str_first(s, n));
            s = str_skip(s, n);
        }
    }
}

/* ---- blocks ---- */

static void add_text_object(struct page *p, const json_t *o)
{
    const char *text = json_text(o, "text", "");

    if (strcmp(json_text(o, "type", ""), "mrkdwn") == 0) {
        add_mrkdwn(p, str_of(text));
    } else {
        add_text(p, str_of(text));
    }
}

static void add_list(struct page *p, const json_t *list, const char *before,
                     const char *after)
{
    const char *style = p->style;
    const json_t *o;
    size_t i;

    json_array_foreach(list, i, o)
    {
        add_text(p, str_of(before));
        if (json_object_get(o, "url")) {
            set_style(p, LINK);
        }
        add_text_object(p, json_is_object(json_object_get(o, "text"))
                               ? json_object_get(o, "text")
                               : o);
        set_style(p, style);
        add_text(p, str_of(after));
    }
}

static void add_block(struct page *p, const json_t *o)
{
    const char *type = json_text(o, "type", "");

    if (strcmp(type, "header") == 0) {
        set_style(p, BOLD);
        add_text_object(p, json_object_get(o, "text"));
        set_style(p, NULL);
    } else if (strcmp(type, "divider") == 0) {
        set_style(p, DIM);
        for (size_t i = 0; i < p->width; i++) {
            add_text(p, STR("─"));
        }
        set_style(p, NULL);
    } else if (strcmp(type, "context") == 0) {
        set_style(p, DIM);
        add_list(p, json_object_get(o, "elements"), "", " ");
        set_style(p, NULL);
    } else if (strcmp(type, "actions") == 0) {
        add_list(p, json_object_get(o, "elements"), "[ ", " ] ");
    } else {
        add_text_object(p, json_object_get(o, "text"));
        if (json_object_get(o, "fields")) {
            finish_line(p);
            add_list(p, json_object_get(o, "fields"), "", "\n");
        }
    }
    finish_line(p);
}

/* ---- the frame ---- */

static void rule(struct page *p, const char *title)
{
    size_t used = 0;

    buf_addz(p->out, p->colour ? DIM : "");
    if (*title) {
        buf_addz(p->out, "=== ");
        utf8_print_safe(p->out, str_of(title), 80);
        buf_addc(p->out, ' ');
        used = utf8_width(str_of(title)) + 5;
    }
    for (size_t i = used; i < p->width; i++) {
        buf_addc(p->out, '=');
    }
    buf_printf(p->out, "%s\n", p->colour ? PLAIN : "");
}

/* A webhook that is not Slack's: its members, one a line. */
static void add_any(struct page *p, const json_t *message)
{
    char *text = json_dumps(message, JSON_INDENT(2) | JSON_ENCODE_ANY);
    struct str rest = str_of(text), line;

    while (str_split(&rest, '\n', &line)) {
        for (; line.n && line.p[0] == ' '; line = str_skip(line, 1)) {
            buf_addc(&p->line, ' ');
            p->column++;
        }
        add_text(p, line);
        finish_line(p);
    }
    free(text);
}

void chat_print(struct buf *out, const json_t *message, const char *title, bool colour,
                size_t width)
{
    struct page p = {.out = out, .colour = colour, .width = width < 20 ? 20 : width};
    const json_t *blocks = json_object_get(message, "blocks"), *o;
    const char *text = json_text(message, "text", NULL);
    size_t i;

    buf_init(&p.line, (size_t)64 << 10);
    buf_init(&p.word, (size_t)64 << 10);
    rule(&p, title);
    json_array_foreach(blocks, i, o)
    {
        add_block(&p, o);
    }
    if (!json_array_size(blocks) && text) {
        add_mrkdwn(&p, str_of(text));
        finish_line(&p);
    } else if (!json_array_size(blocks)) {
        add_any(&p, message);
    }
    rule(&p, "");
    buf_finish(&p.line);
    buf_finish(&p.word);
}
