/* What Slack accepts in an incoming webhook. */
#include <string.h>

#include "base/utf8.h"
#include "tests/support/vendors/chat_inside.h"

#define BLOCKS_MAX 50
#define ATTACHMENTS_MAX 100
#define TEXT_MAX 3000
#define HEADER_MAX 150
#define FIELDS_MAX 10
#define FIELD_MAX 2000
#define CONTEXT_MAX 10
#define ACTIONS_MAX 25
#define ID_MAX 255
#define BUTTON_TEXT_MAX 75
#define URL_MAX 3000
#define VALUE_MAX 2000
#define MARKDOWN_MAX 12000

bool chat_only(const json_t *o, const char *const *keys)
{
    const char *key;
    json_t *value;

    if (!json_is_object(o)) {
        return false;
    }
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        const char *const *k = keys;

        while (*k && strcmp(*k, key) != 0) {
            k++;
        }
        if (!*k) {
            return false;
        }
    }
    return true;
}

/* Limits count characters. An absent string is within any, unless required. */
bool chat_within(const json_t *o, const char *key, size_t min, size_t max, bool needed)
{
    const json_t *v = json_object_get(o, key);
    size_t n;

    if (!v) {
        return !needed;
    }
    if (!json_is_string(v)) {
        return false;
    }
    n = utf8_count((struct str){json_string_value(v), json_string_length(v)});
    return n >= min && n <= max;
}

static bool is_text(const json_t *o, size_t max, bool plain_only)
{
    static const char *const keys[] = {"type", "text", "emoji", "verbatim", NULL};
    const char *type = json_text(o, "type", "");
    bool plain = strcmp(type, "plain_text") == 0;

    if (!chat_only(o, keys) || (!plain && (plain_only || strcmp(type, "mrkdwn") != 0))) {
        return false;
    }
    if (json_object_get(o, "emoji") && !plain) {
        return false;
    }
    if (json_object_get(o, "verbatim") && plain) {
        return false;
    }
    return chat_within(o, "text", 1, max, true);
}

static bool is_button(const json_t *o)
{
    static const char *const keys[] = {
        "type",  "text",      "url",     "value",
        "style", "action_id", "confirm", "accessibility_label",
        NULL};
    const char *style = json_text(o, "style", "primary");

    return chat_only(o, keys) && strcmp(json_text(o, "type", ""), "button") == 0 &&
           is_text(json_object_get(o, "text"), BUTTON_TEXT_MAX, true) &&
           chat_within(o, "url", 1, URL_MAX, false) &&
           chat_within(o, "value", 1, VALUE_MAX, false) &&
           chat_within(o, "action_id", 1, ID_MAX, false) &&
           chat_within(o, "accessibility_label", 1, BUTTON_TEXT_MAX, false) &&
           (strcmp(style, "primary") == 0 || strcmp(style, "danger") == 0);
}

static bool is_image(const json_t *o)
{
    static const char *const keys[] = {
        "type", "image_url", "slack_file", "alt_text", "block_id", "title", NULL};

    return chat_only(o, keys) && chat_within(o, "image_url", 1, URL_MAX, false) &&
           chat_within(o, "alt_text", 0, VALUE_MAX, true) &&
           (json_object_get(o, "image_url") || json_object_get(o, "slack_file"));
}

static bool is_section(const json_t *o)
{
    static const char *const keys[] = {"type",      "text",   "block_id", "fields",
                                       "accessory", "expand", NULL};
    const json_t *text = json_object_get(o, "text"), *f = json_object_get(o, "fields");
    const json_t *accessory = json_object_get(o, "accessory");
    const json_t *one;
    size_t i;

    if (!chat_only(o, keys) || (!text && !f) || (text && !is_text(text, TEXT_MAX, false))) {
        return false;
    }
    if (f && (!json_array_size(f) || json_array_size(f) > FIELDS_MAX)) {
        return false;
    }
    json_array_foreach(f, i, one)
    {
        if (!is_text(one, FIELD_MAX, false)) {
            return false;
        }
    }
    return !accessory || is_button(accessory) || is_image(accessory);
}

static bool is_context(const json_t *o)
{
    static const char *const keys[] = {"type", "elements", "block_id", NULL};
    const json_t *all = json_object_get(o, "elements"), *one;
    size_t i;

    if (!chat_only(o, keys) || !json_array_size(all) || json_array_size(all) > CONTEXT_MAX) {
        return false;
    }
    json_array_foreach(all, i, one)
    {
        bool image = strcmp(json_text(one, "type", ""), "image") == 0;

        if (image ? !is_image(one) : !is_text(one, TEXT_MAX, false)) {
            return false;
        }
    }
    return true;
}

static bool is_actions(const json_t *o)
{
    static const char *const keys[] = {"type", "elements", "block_id", NULL};
    const json_t *all = json_object_get(o, "elements"), *one;
    size_t i;

    if (!chat_only(o, keys) || !json_array_size(all) || json_array_size(all) > ACTIONS_MAX) {
        return false;
    }
    json_array_foreach(all, i, one)
    {
        if (!is_button(one)) {
            return false;
        }
    }
    return true;
}

static bool is_header(const json_t *o)
{
    static const char *const keys[] = {"type", "text", "block_id", NULL};

    return chat_only(o, keys) && is_text(json_object_get(o, "text"), HEADER_MAX, true);
}

static bool is_divider(const json_t *o)
{
    static const char *const keys[] = {"type", "block_id", NULL};

    return chat_only(o, keys);
}

static bool is_markdown(const json_t *o)
{
    static const char *const keys[] = {"type", "text", "block_id", NULL};

    return chat_only(o, keys) && chat_within(o, "text", 1, MARKDOWN_MAX, true);
}

static bool is_block(const json_t *o)
{
    static const struct {
        const char *type;
        bool (*check)(const json_t *o);
    } kinds[] = {
        {"section", is_section},   {"header", is_header},   {"divider", is_divider},
        {"context", is_context},   {"actions", is_actions}, {"image", is_image},
        {"markdown", is_markdown},
    };
    const char *type = json_text(o, "type", "");

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(type, kinds[i].type) == 0) {
            return chat_within(o, "block_id", 1, ID_MAX, false) && kinds[i].check(o);
        }
    }
    return false;
}

static bool ids_are_unique(const json_t *blocks)
{
    const json_t *a, *b;
    size_t i, k;

    json_array_foreach(blocks, i, a)
    {
        const char *id = json_text(a, "block_id", NULL);

        for (k = 0; id && k < i; k++) {
            b = json_array_get(blocks, k);
            if (strcmp(json_text(b, "block_id", ""), id) == 0) {
                return false;
            }
        }
    }
    return true;
}

static bool are_blocks(const json_t *blocks)
{
    const json_t *one;
    size_t i;

    if (!json_is_array(blocks) || json_array_size(blocks) > BLOCKS_MAX) {
        return false;
    }
    json_array_foreach(blocks, i, one)
    {
        if (!is_block(one)) {
            return false;
        }
    }
    return ids_are_unique(blocks);
}

const char *chat_check_slack(const json_t *message)
{
    const json_t *text = json_object_get(message, "text");
    const json_t *blocks = json_object_get(message, "blocks");
    const json_t *attachments = json_object_get(message, "attachments");

    if (!json_is_object(message) || (text && !json_is_string(text)) ||
        (attachments && !json_is_array(attachments))) {
        return "invalid_payload";
    }
    if (blocks && !are_blocks(blocks)) {
        return "invalid_blocks";
    }
    if (json_array_size(attachments) > ATTACHMENTS_MAX) {
        return "too_many_attachments";
    }
    if (!json_string_length(text) && !json_array_size(blocks) &&
        !json_array_size(attachments)) {
        return "no_text";
    }
    return "ok";
}
