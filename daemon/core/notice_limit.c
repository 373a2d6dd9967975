#include "core/notice_limit.h"

static void redact(struct str *s, const struct audience *au)
{
    *s = audience_text(au, *s);
}

static void leave_out(struct str *s, const struct audience *au)
{
    if (audience_hides(au, *s)) {
        *s = STR_NONE;
    }
}

static void limit_entry(struct notice_entry *e, const struct audience *au)
{
    if (audience_hides(au, e->key)) {
        *e = (struct notice_entry){
            .finding = e->finding,
            .change = e->change,
            .severity = e->severity,
            .key = STR("[...]"),
            .since = e->since,
        };
        return;
    }
    if (audience_hides(au, e->objective) || audience_hides_why(au, e->why)) {
        e->objective = STR_NONE;
        e->why = STR_NONE;
    }
    redact(&e->title, au);
    redact(&e->note, au);
    redact(&e->why, au);
    redact(&e->ended_by, au);
    leave_out(&e->fix, au);
    leave_out(&e->command, au);
    for (size_t i = 0; i < e->n_people; i++) {
        leave_out(&e->people[i].name, au); /* nobody is mentioned without a name */
    }
}

static void limit_entries(struct notice_entry *v, size_t n, const struct audience *au)
{
    for (size_t i = 0; i < n; i++) {
        limit_entry(&v[i], au);
    }
}

/* What is redacted has another width, so a table loses the whole line. */
static void limit_block(struct notice_block *b, const struct audience *au)
{
    struct str rest = b->text, line, text = STR_NONE;

    while (str_split(&rest, '\n', &line)) {
        if (b->fixed && audience_hides(au, line)) {
            continue;
        }
        if (!b->fixed) {
            redact(&line, au);
        }
        text = arena_printf(au->a, "%.*s%s%.*s", STR_FMT(text), text.n > 0 ? "\n" : "",
                            STR_FMT(line));
    }
    redact(&b->title, au);
    b->text = text;
}

void notice_limit(struct notice *n, const struct audience *au)
{
    redact(&n->group, au);
    redact(&n->text, au);
    for (size_t i = 0; i < n->n_sections; i++) {
        redact(&n->sections[i].headline, au);
        limit_entries(n->sections[i].entries, n->sections[i].n_entries, au);
    }
    for (size_t i = 0; i < n->n_blocks; i++) {
        limit_block(&n->blocks[i], au);
    }
    limit_entries(n->resolved, n->n_resolved, au);
}
