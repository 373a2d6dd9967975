#include "core/mention.h"

#include <string.h>

const char *mention_key(enum mention_chat c)
{
    switch (c) {
#define X(f, name)                                                                     \
    case MENTION_##f:                                                                  \
        return name;
        MENTION_IDS(X)
#undef X
    case MENTION_CHAT_COUNT:
        break;
    }
    return "?";
}

struct str mention_id(const struct mention *m, enum mention_chat c)
{
    switch (c) {
#define X(f, name)                                                                     \
    case MENTION_##f:                                                                  \
        return m->f;
        MENTION_IDS(X)
#undef X
    case MENTION_CHAT_COUNT:
        break;
    }
    return STR_NONE;
}

bool mention_chat_of(struct str channel_type, enum mention_chat *ret)
{
    static const struct {
        const char *type;
        enum mention_chat chat;
    } rows[] = {
        {"slack", MENTION_slack},
        {"slack-app", MENTION_slack},
        {"teams", MENTION_teams},
        {"discord", MENTION_discord},
        {"mattermost", MENTION_mattermost},
        {"google-chat", MENTION_google_chat},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (str_eqz(channel_type, rows[i].type)) {
            *ret = rows[i].chat;
            return true;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_number(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i])) {
            return false;
        }
    }
    return s.n >= 1 && s.n <= 32;
}

static bool is_slack(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i]) && !is_upper(s.p[i])) {
            return false;
        }
    }
    return s.n >= 3 && s.n <= 32 && (s.p[0] == 'U' || s.p[0] == 'W');
}

static bool is_teams(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!is_digit(c) && !is_lower(c) && !is_upper(c) &&
            (c == '\0' || strchr("@._-+", c) == NULL)) {
            return false;
        }
    }
    return s.n >= 3 && s.n <= 113; /* the longest UPN */
}

static bool is_mattermost(struct str s)
{
    static const char *const everybody[] = {"all", "channel", "here"};

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        if (!is_digit(c) && !is_lower(c) && (c == '\0' || strchr("._-", c) == NULL)) {
            return false;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(everybody); i++) {
        if (str_eqz(s, everybody[i])) {
            return false;
        }
    }
    return s.n >= 1 && s.n <= 64 && (is_lower(s.p[0]) || is_digit(s.p[0]));
}

bool mention_fits(enum mention_chat c, struct str id)
{
    switch (c) {
    case MENTION_slack:
        return is_slack(id);
    case MENTION_teams:
        return is_teams(id);
    case MENTION_mattermost:
        return is_mattermost(id);
    case MENTION_discord:
    case MENTION_google_chat:
        return is_number(id);
    case MENTION_CHAT_COUNT:
        break;
    }
    return false;
}

struct mention mention_of_person(const struct person *p)
{
    struct mention m = {.name = p->name.n > 0 ? p->name : p->id};

#define X(f, name) m.f = mention_fits(MENTION_##f, p->f) ? p->f : STR_NONE;
    MENTION_IDS(X)
#undef X
    return m;
}

struct mention mention_of_owner(const struct strategy *s, struct str owner)
{
    const struct person *p = strategy_person(s, owner);

    return p != NULL ? mention_of_person(p) : (struct mention){.name = owner};
}
