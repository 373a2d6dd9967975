#include "connectors/survey.h"

#include <stdarg.h>

#include "base/utf8.h"

static struct str kept(struct survey *s, struct str text)
{
    return arena_str(s->a, utf8_cut(text, SURVEY_MAX_TEXT));
}

void survey_add_initiative(struct survey *s, struct str key, struct str title,
                           struct str owner)
{
    struct survey_initiative *in;

    if (title.n == 0 || s->n_initiatives == SURVEY_MAX_INITIATIVES) {
        return;
    }
    in = arena_grow(s->a, &s->initiatives, &s->n_initiatives, &s->cap_initiatives,
                    sizeof *in);
    if (in != NULL) {
        *in = (struct survey_initiative){kept(s, key), kept(s, title), kept(s, owner),
                                         title.n > SURVEY_MAX_TEXT};
    }
}

void survey_add_person(struct survey *s, struct str id, struct str name)
{
    struct survey_person *p;

    if (id.n == 0 || id.n > SURVEY_MAX_TEXT || s->n_people == SURVEY_MAX_PEOPLE) {
        return;
    }
    for (size_t i = 0; i < s->n_people; i++) {
        if (str_eq(s->people[i].id, id)) {
            return;
        }
    }
    p = arena_grow(s->a, &s->people, &s->n_people, &s->cap_people, sizeof *p);
    if (p != NULL) {
        *p = (struct survey_person){kept(s, id), kept(s, name)};
    }
}

void survey_add_place(struct survey *s, struct str name, struct str title)
{
    struct survey_place *p;

    if (name.n == 0 || name.n > SURVEY_MAX_TEXT || s->n_places == SURVEY_MAX_PLACES) {
        return;
    }
    p = arena_grow(s->a, &s->places, &s->n_places, &s->cap_places, sizeof *p);
    if (p != NULL) {
        *p = (struct survey_place){kept(s, name), kept(s, title), false};
    }
}

void survey_mark_busy(struct survey *s, struct str name)
{
    for (size_t i = 0; i < s->n_places; i++) {
        s->places[i].busy = s->places[i].busy || str_eq(s->places[i].name, name);
    }
}

PRINTF(2, 0)
static struct str sentence(struct survey *s, const char *fmt, va_list ap)
{
    struct buf b;
    struct str text;

    buf_init(&b, (size_t)64 << 10);
    buf_vprintf(&b, fmt, ap);
    text = arena_str(s->a, buf_str(&b));
    buf_finish(&b);
    return text;
}

void survey_found(struct survey *s, const char *fmt, ...)
{
    struct str *one =
        arena_grow(s->a, &s->found, &s->n_found, &s->cap_found, sizeof *one);
    va_list ap;

    va_start(ap, fmt);
    if (one != NULL) {
        *one = sentence(s, fmt, ap);
    }
    va_end(ap);
}

void survey_guessed(struct survey *s, const char *fmt, ...)
{
    struct str *one =
        arena_grow(s->a, &s->guessed, &s->n_guessed, &s->cap_guessed, sizeof *one);
    va_list ap;

    va_start(ap, fmt);
    if (one != NULL) {
        *one = sentence(s, fmt, ap);
    }
    va_end(ap);
}
