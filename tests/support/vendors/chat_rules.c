/*
 * What Teams (Workflows), Discord, Mattermost and Google Chat take.
 *
 * Limits: learn.microsoft.com, Teams connectors (28 KB); discord-api-docs, Message and
 * Webhook resources; docs.mattermost.com, message attachments, and its model
 * (PostMessageMaxRunesV2); developers.google.com, Chat limits and cards v2.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/support/vendors/chat_inside.h"

enum {
    TEAMS_BYTES = 28 * 1024,
    DISCORD_CONTENT = 2000,
    DISCORD_EMBEDS = 10,
    DISCORD_DESCRIPTION = 4096,
    DISCORD_SUM = 6000,
    MATTERMOST_RUNES = 16383,
    MATTERMOST_ATTACHMENTS = 7900,
    GOOGLE_BYTES = 32000,
    GOOGLE_SECTIONS = 100,
};

/* ---- Teams ---- */

static bool is_text_block(const json_t *o)
{
    static const char *const keys[] = {"type",     "text",    "wrap",      "weight",
                                       "size",     "color",   "isSubtle",  "spacing",
                                       "fontType", "maxLines", "separator", NULL};

    return chat_only(o, keys) && strcmp(json_text(o, "type", ""), "TextBlock") == 0 &&
           chat_within(o, "text", 1, TEAMS_BYTES, true);
}

static bool is_card(const json_t *o)
{
    static const char *const keys[] = {"$schema", "type", "version", "body",
                                       "actions", "msteams", "fallbackText", NULL};
    const json_t *body = json_object_get(o, "body"), *one;
    size_t i;

    if (!chat_only(o, keys) || strcmp(json_text(o, "type", ""), "AdaptiveCard") != 0 ||
        !chat_within(o, "version", 3, 3, true) || json_array_size(body) == 0) {
        return false;
    }
    json_array_foreach(body, i, one)
    {
        if (!is_text_block(one)) {
            return false;
        }
    }
    return true;
}

const char *chat_check_teams(const json_t *message, size_t bytes)
{
    const json_t *list = json_object_get(message, "attachments");
    const json_t *one = json_array_get(list, 0);

    if (bytes > TEAMS_BYTES) {
        return "RequestEntityTooLarge";
    }
    if (strcmp(json_text(message, "type", ""), "message") != 0 ||
        json_array_size(list) != 1 ||
        strcmp(json_text(one, "contentType", ""),
               "application/vnd.microsoft.card.adaptive") != 0 ||
        !is_card(json_object_get(one, "content"))) {
        return "TriggerInputSchemaMismatch";
    }
    return NULL;
}

/* ---- Discord ---- */

/* As JavaScript counts them. */
static size_t units(const json_t *o, const char *key)
{
    struct str s = str_of(json_text(o, key, ""));
    size_t n = 0;
    uint32_t cp;

    while (s.n > 0) {
        s = str_skip(s, utf8_next(s, &cp));
        n += cp > 0xffff ? 2 : 1;
    }
    return n;
}

static bool is_embed(const json_t *o, size_t *sum)
{
    static const char *const keys[] = {"title", "description", "url", "color", NULL};
    size_t title = units(o, "title"), description = units(o, "description");

    *sum += title + description;
    return chat_only(o, keys) && title <= 256 && description <= DISCORD_DESCRIPTION &&
           title + description > 0 &&
           (!json_object_get(o, "color") || json_is_integer(json_object_get(o, "color")));
}

const char *chat_check_discord(const json_t *message)
{
    static const char *const keys[] = {"content", "username", "embeds",
                                       "allowed_mentions", NULL};
    const json_t *embeds = json_object_get(message, "embeds"), *one;
    size_t i, sum = 0;

    if (!chat_only(message, keys) || units(message, "content") > DISCORD_CONTENT ||
        (embeds && !json_is_array(embeds)) || json_array_size(embeds) > DISCORD_EMBEDS) {
        return "Invalid Form Body";
    }
    json_array_foreach(embeds, i, one)
    {
        if (!is_embed(one, &sum)) {
            return "Invalid Form Body";
        }
    }
    if (sum > DISCORD_SUM) {
        return "Invalid Form Body";
    }
    if (units(message, "content") == 0 && json_array_size(embeds) == 0) {
        return "Cannot send an empty message";
    }
    return NULL;
}

/* ---- Mattermost ---- */

static bool is_attachment(const json_t *o)
{
    static const char *const keys[] = {"fallback",   "color",  "pretext",   "text",
                                       "title",      "footer", "title_link", "fields",
                                       "author_name", NULL};

    return chat_only(o, keys) && chat_within(o, "fallback", 1, MATTERMOST_RUNES, true);
}

const char *chat_check_mattermost(const json_t *message)
{
    static const char *const keys[] = {"text",    "username",    "icon_url", "channel",
                                       "attachments", "props", NULL};
    const json_t *list = json_object_get(message, "attachments"), *one;
    char *text;
    size_t i, n;

    if (!chat_only(message, keys) || (list && !json_is_array(list))) {
        return "web.incoming_webhook.parse.app_error";
    }
    if (!chat_within(message, "text", 0, MATTERMOST_RUNES, false)) {
        return "web.incoming_webhook.text.length.app_error";
    }
    json_array_foreach(list, i, one)
    {
        if (!is_attachment(one)) {
            return "web.incoming_webhook.parse.app_error";
        }
    }
    if (!json_string_length(json_object_get(message, "text")) && !json_array_size(list)) {
        return "web.incoming_webhook.text.app_error";
    }
    text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    n = text ? utf8_count(str_of(text)) : 0;
    free(text);
    return n > MATTERMOST_ATTACHMENTS ? "web.incoming_webhook.attachment.app_error" : NULL;
}

/* ---- Google Chat ---- */

static bool is_section(const json_t *o)
{
    static const char *const keys[] = {"header", "widgets", NULL};
    static const char *const widget[] = {"textParagraph", NULL};
    static const char *const paragraph[] = {"text", NULL};
    const json_t *list = json_object_get(o, "widgets"), *one;
    size_t i;

    if (!chat_only(o, keys) || json_array_size(list) == 0) {
        return false;
    }
    json_array_foreach(list, i, one)
    {
        const json_t *p = json_object_get(one, "textParagraph");

        if (!chat_only(one, widget) || !chat_only(p, paragraph) ||
            !chat_within(p, "text", 1, GOOGLE_BYTES, true)) {
            return false;
        }
    }
    return true;
}

static bool is_google_card(const json_t *o)
{
    static const char *const outer[] = {"cardId", "card", NULL};
    static const char *const keys[] = {"header", "sections", NULL};
    static const char *const header[] = {"title", "subtitle", NULL};
    const json_t *card = json_object_get(o, "card"), *one;
    const json_t *list = json_object_get(card, "sections");
    size_t i;

    if (!chat_only(o, outer) || !chat_only(card, keys) ||
        !chat_only(json_object_get(card, "header"), header) ||
        !chat_within(json_object_get(card, "header"), "title", 1, GOOGLE_BYTES, true) ||
        json_array_size(list) == 0 || json_array_size(list) > GOOGLE_SECTIONS) {
        return false;
    }
    json_array_foreach(list, i, one)
    {
        if (!is_section(one)) {
            return false;
        }
    }
    return true;
}

const char *chat_check_google(const json_t *message, size_t bytes)
{
    static const char *const keys[] = {"text", "fallbackText", "cardsV2", "thread", NULL};
    const json_t *list = json_object_get(message, "cardsV2"), *one;
    size_t i;

    if (bytes > GOOGLE_BYTES) {
        return "Message is too long.";
    }
    if (!chat_only(message, keys) || !chat_within(message, "text", 0, GOOGLE_BYTES, false) ||
        !chat_within(message, "fallbackText", 0, GOOGLE_BYTES, false)) {
        return "Invalid JSON payload received.";
    }
    json_array_foreach(list, i, one)
    {
        if (!is_google_card(one)) {
            return "Invalid JSON payload received.";
        }
    }
    if (!json_string_length(json_object_get(message, "text")) && !json_array_size(list)) {
        return "Message cannot be empty.";
    }
    return NULL;
}
