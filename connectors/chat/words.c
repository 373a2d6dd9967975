#include "connectors/chat/words.h"

#include "base/date.h"
#include "base/utf8.h"

#define WORDS_NOTE 300

void words_subject(struct buf *out, const struct notice *n)
{
    switch (n->kind) {
    case NOTICE_DRIFT:
        buf_addz(out, n->n_sections > 0      ? "Strategy drift"
                      : words_all_mended(n) ? "Strategy drift resolved"
                                            : "Strategy drift over");
        break;
    case NOTICE_BASELINE:
        buf_addz(out, "Starting point");
        break;
    case NOTICE_TEST:
        buf_addz(out, "Test message");
        break;
    case NOTICE_OPERATIONS:
        buf_addz(out, "alignd needs attention");
        break;
    case NOTICE_DIGEST:
        buf_addz(out, "Strategy digest");
        break;
    }
    if (n->group.n > 0) {
        buf_addz(out, " - ");
        utf8_print_safe(out, n->group, 80);
    }
}

bool words_all_mended(const struct notice *n)
{
    for (size_t i = 0; i < n->n_resolved; i++) {
        if (str_eqz(n->resolved[i].change, "ended"))
            return false;
    }
    return true;
}

void words_age(struct buf *out, struct wall since, struct wall now)
{
    if (since.ms == 0 || since.ms > now.ms)
        return;
    date_print_dur(out, wall_since(now, since));
}

void words_entry(struct buf *out, const struct notice_entry *e)
{
    if (e->title.n > 0) {
        buf_addz(out, " \"");
        utf8_print_safe(out, e->title, WORDS_TITLE);
        buf_addc(out, '"');
    }
    if (str_eqz(e->change, "worse"))
        buf_addz(out, " (got worse)");
    else if (str_eqz(e->change, "reminder"))
        buf_addz(out, " (still open)");
    if (e->note.n > 0) {
        buf_addz(out, " - ");
        utf8_print_safe(out, e->note, WORDS_NOTE);
    }
}

static void plain_entry(struct buf *out, const struct notice_entry *e)
{
    buf_addz(out, "  ");
    utf8_print_safe(out, e->key, 120);
    words_entry(out, e);
    buf_addc(out, '\n');
    if (e->objective.n > 0) {
        buf_addz(out, "    serves: ");
        utf8_print_safe(out, e->objective, 200);
        if (e->why.n > 0) {
            buf_addz(out, " - ");
            utf8_print_safe(out, e->why, WORDS_NOTE);
        }
        buf_addc(out, '\n');
    }
    if (e->fix.n > 0) {
        buf_addz(out, "    fix: ");
        utf8_print_safe(out, e->fix, WORDS_NOTE);
        buf_addc(out, '\n');
    }
    if (e->command.n > 0) {
        buf_addz(out, "    or:  ");
        utf8_print_safe(out, e->command, WORDS_NOTE);
        buf_addc(out, '\n');
    }
}

/* `end`: what comes after is cut off anyway. */
static void plain_section(struct buf *out, const struct notice_section *s, size_t end)
{
    utf8_print_safe(out, s->headline, WORDS_NOTE);
    buf_addz(out, " [");
    utf8_print_safe(out, s->rule, 64);
    buf_addz(out, "]\n");
    for (size_t i = 0; i < s->n_entries && out->n <= end; i++)
        plain_entry(out, &s->entries[i]);
    if (s->total > (int64_t)s->n_entries) {
        buf_printf(out, "  %lld more: ", (long long)(s->total - (int64_t)s->n_entries));
        utf8_print_safe(out, s->more, 200);
        buf_addc(out, '\n');
    }
    if (s->why.n > 0) {
        buf_addz(out, "  why it matters: ");
        utf8_print_safe(out, s->why, WORDS_NOTE);
        buf_addc(out, '\n');
    }
}

static void plain_people(struct buf *out, const struct notice *n)
{
    const struct mention *who[WORDS_PEOPLE];
    size_t more, count = notice_people(n, who, WORDS_PEOPLE, &more);

    for (size_t i = 0; i < count; i++) {
        buf_addz(out, i == 0 ? "For " : ", ");
        utf8_print_safe(out, who[i]->name, WORDS_NAME);
    }
    if (more > 0)
        buf_printf(out, " and %zu more", more);
    buf_addz(out, count > 0 ? "\n" : "");
}

static void plain_resolved(struct buf *out, const struct notice *n)
{
    if (n->total_resolved == 0)
        return;
    buf_printf(out, "%s (%lld):", words_all_mended(n) ? "Resolved" : "Over",
               (long long)n->total_resolved);
    for (size_t i = 0; i < n->n_resolved; i++) {
        const struct notice_entry *e = &n->resolved[i];

        buf_addz(out, i ? ", " : " ");
        utf8_print_safe(out, e->key, 120);
        if (e->ended_by.n > 0) {
            buf_addz(out, " (");
            utf8_print_safe(out, e->ended_by, 120);
            buf_addc(out, ')');
        }
    }
    if (n->total_resolved > (int64_t)n->n_resolved)
        buf_printf(out, " and %lld more",
                   (long long)(n->total_resolved - (int64_t)n->n_resolved));
    buf_addc(out, '\n');
}

static void plain_block(struct buf *out, const struct notice_block *b)
{
    struct str rest = b->text, line;

    utf8_print_safe(out, b->title, 120);
    buf_addc(out, '\n');
    while (str_split(&rest, '\n', &line)) {
        buf_addz(out, "  ");
        if (b->fixed)
            utf8_print_fixed(out, line, 180);
        else
            utf8_print_safe(out, line, 700);
        buf_addc(out, '\n');
    }
}

/* Back to the last whole line that fits, with a mark that something is missing. */
static void cut_lines(struct buf *out, size_t start, size_t max)
{
    static const char mark[] = "...\n";
    size_t end = start + max - (sizeof(mark) - 1);

    if (out->n - start <= max)
        return;
    while (end > start && out->p[end - 1] != '\n')
        end--;
    buf_truncate(out, end);
    buf_addz(out, mark);
}

void words_plain(struct buf *out, const struct notice *n, bool resent, size_t max)
{
    size_t start = out->n;

    words_subject(out, n);
    buf_addz(out, resent ? " (resent)\n" : "\n");
    if (n->text.n > 0) {
        utf8_print_safe(out, n->text, 2000);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; i < n->n_sections && out->n <= start + max; i++)
        plain_section(out, &n->sections[i], start + max);
    for (size_t i = 0; i < n->n_blocks && out->n <= start + max; i++)
        plain_block(out, &n->blocks[i]);
    if (out->n <= start + max)
        plain_people(out, n);
    if (out->n <= start + max)
        plain_resolved(out, n);
    if (buf_ok(out))
        cut_lines(out, start, max);
}
