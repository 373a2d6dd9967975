/*
 * What Teams, Discord, Mattermost and Google Chat would refuse or misread in a payload:
 * more than they take, live mentions, links to anything but pages, text that turned into
 * markup. Fails the running test. The rules of size and shape are those the vendors'
 * stand-in has (tests/support/vendors/chat_rules.c).
 */
#ifndef TESTS_UNIT_CHAT_CHECK_H
#define TESTS_UNIT_CHAT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/utf8.h"
#include "tests/support/notices.h"
#include "tests/support/schema.h"

static inline void check_visible(const char *s)
{
    struct str rest = str_of(s);
    uint32_t cp;

    assert_non_null(s);
    while (rest.n > 0) {
        rest = str_skip(rest, utf8_next(rest, &cp));
        if (cp != '\n' && utf8_hostile(cp)) {
            fail_msg("U+%04X in: %s", (unsigned)cp, s);
        }
    }
}

/* `](` at `p` opens a target: a page, and ended on its line. */
static inline void check_target(const char *p)
{
    size_t n = strcspn(p + 2, ") \n");

    if ((strncmp(p, "](https://", 10) != 0 && strncmp(p, "](http://", 9) != 0) ||
        p[2 + n] != ')') {
        fail_msg("a link to no page: %.200s", p);
    }
}

/*
 * `never`: signs that stand nowhere but behind a backslash or within code. `broken`:
 * signs that U+200C follows, which keeps them from meaning anything; NULL: none.
 */
static inline void check_markdown(const char *s, const char *never, const char *broken)
{
    check_visible(s);
    for (const char *p = s; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
        } else if (strncmp(p, "```", 3) == 0) {
            p = strstr(p + 3, "```");
            if (p == NULL) {
                fail_msg("a fence without an end: %s", s);
            }
            p += 2;
        } else if (*p == '`') {
            p += 1 + strcspn(p + 1, "`\n");
            if (*p != '`') {
                fail_msg("code without an end: %s", s);
            }
        } else if (strncmp(p, "](", 2) == 0) {
            check_target(p);
            p += strcspn(p, ")");
        } else if (strchr(never, *p) != NULL) {
            fail_msg("a live '%c' in: %s", *p, p);
        } else if (broken != NULL && strchr(broken, *p) != NULL &&
                   strncmp(p + 1, "\xe2\x80\x8c", 3) != 0) {
            fail_msg("a live '%c' in: %s", *p, p);
        }
    }
}

static inline const char *string_at(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    if (s == NULL || s[0] == '\0') {
        fail_msg("no text in '%s'", key);
    }
    return s;
}

/* ---- mentions ---- */

enum { MENTIONS_MOST = 5 };

/*
 * A copy without the mentions of people that a notice names: `begin`, a known id and its
 * digit, `end`. What is left of the kind was made of text. The caller's to free.
 */
static inline char *without_mentions(const char *s, const char *begin, const char *id,
                                     const char *end)
{
    size_t n = strlen(s), most = 0;
    char known[64], *out = malloc(n + 1), *to = out;

    assert_non_null(out);
    snprintf(known, sizeof known, "%s%s", begin, id);
    while (*s != '\0') {
        if (strncmp(s, known, strlen(known)) == 0 &&
            strncmp(s + strlen(known) + 1, end, strlen(end)) == 0) {
            s += strlen(known) + 1 + strlen(end);
            most++;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
    assert_true(most <= MENTIONS_MOST);
    return out;
}

/* ---- Teams ---- */

/* Microsoft's schema says since when a keyword is known where JSON Schema has nothing. */
static inline void drop_versions(json_t *schema)
{
    const char *key;
    json_t *v;
    size_t i;

    if (json_is_array(schema)) {
        json_array_foreach(schema, i, v)
        {
            drop_versions(v);
        }
    }
    if (json_is_string(json_object_get(schema, "version"))) {
        (void)json_object_del(schema, "version");
    }
    if (json_is_string(json_object_get(schema, "id"))) {
        (void)json_object_del(schema, "id");
    }
    (void)json_object_del(schema, "features");
    json_object_foreach(schema, key, v)
    {
        drop_versions(v);
    }
}

/* The vendor's schema, where a checkout of the recordings is; NULL otherwise. */
static inline json_t *load_card_schema(void)
{
    const char *shared = getenv("SHARED");
    char path[1024];
    json_t *schema;

    snprintf(path, sizeof path, "%s/data/schemas/adaptive-card-1.5.schema.json",
             shared != NULL ? shared : "../shared");
    schema = json_load_file(path, 0, NULL);
    drop_versions(schema);
    return schema;
}

/* A copy without the mentions that the card's entities declare, each of whom is known. */
static inline char *without_entities(const char *s, const json_t *people)
{
    char *out = strdup(s), *at;
    const json_t *one;
    size_t i;

    assert_non_null(out);
    assert_true(json_array_size(people) <= MENTIONS_MOST);
    json_array_foreach(people, i, one)
    {
        const char *text = string_at(one, "text");

        assert_true(strncmp(string_at(json_object_get(one, "mentioned"), "id"),
                            NOTICE_TEAMS, strlen(NOTICE_TEAMS)) == 0);
        assert_true(strncmp(text, "<at>", 4) == 0);
        at = strstr(out, text);
        if (at != NULL)
            memmove(at, at + strlen(text), strlen(at + strlen(text)) + 1);
    }
    return out;
}

/* `schema` may be NULL. */
static inline void check_teams_card(const json_t *schema, const json_t *root)
{
    json_t *card = json_deep_copy(json_object_get(
        json_array_get(json_object_get(root, "attachments"), 0), "content"));
    const json_t *block;
    json_t *people;
    struct buf why;
    size_t i;

    assert_non_null(card);
    people = json_incref(json_object_get(json_object_get(card, "msteams"), "entities"));
    (void)json_object_del(card, "msteams"); /* Teams' own, beside the schema */
    buf_init(&why, 65536);
    if (schema != NULL && !schema_check(schema, card, &why)) {
        fail_msg("adaptive-card-1.5.schema.json: %s", buf_cstr(&why));
    }
    buf_finish(&why);
    assert_in_range(json_array_size(json_object_get(card, "body")), 1, 200);
    json_array_foreach(json_object_get(card, "body"), i, block)
    {
        char *text = without_entities(string_at(block, "text"), people);

        check_markdown(text, "<>{#~|&", NULL);
        assert_null(strstr(text, "{{"));
        free(text);
    }
    json_decref(people);
    json_decref(card);
}

/* ---- Discord ---- */

static inline void check_discord(const json_t *root)
{
    const json_t *mentions = json_object_get(root, "allowed_mentions");
    const json_t *embeds = json_object_get(root, "embeds"), *one;
    char *text = without_mentions(string_at(root, "content"), "<@", NOTICE_NUMBER, ">");
    size_t i, sum = 0;

    assert_true(json_is_array(json_object_get(mentions, "parse")));
    assert_int_equal(json_array_size(json_object_get(mentions, "parse")), 0);
    assert_true(json_array_size(json_object_get(mentions, "users")) <= MENTIONS_MOST);
    json_array_foreach(json_object_get(mentions, "users"), i, one)
        assert_true(strncmp(json_string_value(one), NOTICE_NUMBER,
                            strlen(NOTICE_NUMBER)) == 0);
    check_markdown(text, "<>#~|@", NULL);
    free(text);
    assert_true(strlen(string_at(root, "content")) <= 2000);
    assert_true(json_array_size(embeds) <= 10);
    json_array_foreach(embeds, i, one)
    {
        const char *part = string_at(one, "description");

        check_markdown(part, "<>#~|@", NULL);
        assert_true(utf8_count(str_of(part)) <= 4096);
        sum += strlen(part);
    }
    assert_true(sum <= 6000);
}

/* ---- Mattermost ---- */

static inline void check_mattermost(const json_t *root)
{
    const json_t *list = json_object_get(root, "attachments"), *one;
    char *text = list != NULL ? json_dumps(list, JSON_COMPACT) : NULL;
    size_t i;

    assert_true(text == NULL || strlen(text) <= 7900);
    free(text);
    text = without_mentions(string_at(root, "text"), "@", NOTICE_MATTERMOST, "");
    check_markdown(text, "#~|!", "@<");
    free(text);
    assert_true(utf8_count(str_of(string_at(root, "text"))) <= 16383);
    json_array_foreach(list, i, one)
    {
        check_visible(string_at(one, "fallback"));
        check_markdown(string_at(one, "text"), "#~|!", "@<");
    }
}

/* ---- Google Chat ---- */

/* Tags that we write, closed in order, and entities; nothing else begins with either. */
static inline void check_html(const char *s)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    char open[64];
    size_t depth = 0;

    check_visible(s);
    for (const char *p = s; *p != '\0'; p++) {
        bool known = false;

        for (size_t i = 0; *p == '&' && i < ARRAY_LEN(entities); i++) {
            known = known || strncmp(p, entities[i], strlen(entities[i])) == 0;
        }
        if (*p == '&' && !known) {
            fail_msg("a bare & in: %s", p);
        }
        if (*p == '>') {
            fail_msg("a bare > in: %s", p);
        }
        if (*p != '<') {
            continue;
        }
        if (p[1] == '/') {
            assert_true(depth > 0 && open[--depth] == p[2] && p[3] == '>');
        } else {
            assert_true(depth < sizeof open && strchr("abi", p[1]) != NULL);
            open[depth++] = p[1];
            if (p[1] == 'a') {
                assert_true(strncmp(p, "<a href=\"http", 13) == 0);
                p += 9 + strcspn(p + 9, "\"");
                assert_true(p[0] == '"' && p[1] == '>');
                p++;
                continue;
            }
            assert_true(p[2] == '>');
        }
        p += strcspn(p, ">");
    }
    assert_int_equal(depth, 0);
}

static inline void check_google_chat(const json_t *root)
{
    const json_t *card = json_object_get(
        json_array_get(json_object_get(root, "cardsV2"), 0), "card");
    const json_t *section, *widget;
    size_t i, k;

    if (json_object_get(root, "text") != NULL) {
        char *text =
            without_mentions(string_at(root, "text"), "<users/", NOTICE_NUMBER, ">");

        check_visible(text);
        assert_null(strchr(text, '<'));
        free(text);
    }
    if (card == NULL) {
        (void)string_at(root, "text");
        return;
    }
    assert_null(strchr(string_at(root, "fallbackText"), '<'));
    check_visible(string_at(json_object_get(card, "header"), "title"));
    assert_in_range(json_array_size(json_object_get(card, "sections")), 1, 100);
    json_array_foreach(json_object_get(card, "sections"), i, section)
    {
        json_array_foreach(json_object_get(section, "widgets"), k, widget)
        {
            check_html(string_at(json_object_get(widget, "textParagraph"), "text"));
        }
    }
}

#endif
