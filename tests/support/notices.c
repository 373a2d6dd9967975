#include "tests/support/notices.h"

#include "base/attr.h"
#include "base/buf.h"

struct notice_entry notice_an_entry(const char *key, const char *title)
{
    return (struct notice_entry){
        .finding = STR("0123456789ab"),
        .change = STR("new"),
        .severity = STR("warn"),
        .key = str_of(key),
        .title = str_of(title),
        .url = STR("https://acme.example/browse/PAY-12"),
        .note = STR("reported by Ben"),
        .fix = STR("label `initiative:onboarding` in Jira"),
        .command = STR("alignctl link PAY-12 onboarding"),
        .objective = STR("Multi-site clinics choose us first"),
        .why = STR("They decide once for all their sites"),
        .since = {1700000000000},
    };
}

struct notice notice_of_one(struct notice_section *s, struct notice_entry *e, size_t n)
{
    *s = (struct notice_section){
        .rule = STR("unlinked-work"),
        .headline = STR("1 epic without a strategic link in PAY (oldest 3 d)"),
        .why = STR("Work nobody chose takes the place of work somebody did"),
        .more = STR("alignctl drift --rule unlinked-work"),
        .entries = e,
        .n_entries = n,
        .total = (int64_t)n,
    };
    return (struct notice){
        .kind = NOTICE_DRIFT,
        .channel = STR("product"),
        .group = STR("Payments"),
        .at = {1700000000000},
        .sections = s,
        .n_sections = 1,
    };
}

static uint64_t next_random(uint64_t *s)
{
    *s += 0x9e3779b97f4a7c15u;
    uint64_t z = *s;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* What texts are made of, and the randomness they are made by. */
struct maker {
    struct arena *a;
    uint64_t *seed;
    const struct str *pieces;
    size_t n_pieces;
    bool links; /* most addresses begin as those of pages do */
};

static const struct str pieces[] = {
    STR_INIT("a"),
    STR_INIT("word "),
    STR_INIT(" "),
    STR_INIT("\n"),
    STR_INIT("\r\n"),
    STR_INIT("\t"),
    STR_INIT("\""),
    STR_INIT("\\"),
    STR_INIT("|"),
    STR_INIT(">"),
    STR_INIT("&"),
    STR_INIT("&lt;"),
    STR_INIT("*"),
    STR_INIT("`"),
    STR_INIT("~"),
    STR_INIT("_"),
    STR_INIT("\x01"),
    STR_INIT("\x1b[31m"),
    STR_INIT("\x7f"),
    STR_INIT("\xff"),
    STR_INIT("\xc3"),
    STR_INIT("http://x/"),
    STR_INIT("<http://x|"),
    STR_INIT("](http://x/)"),
    STR_INIT("<!channel>"),
    STR_INIT("<!here|x"),
    STR_INIT("<@U1>"),
    STR_INIT("<#C1|x>"),
    STR_INIT("@everyone"),
    STR_INIT("javascript:"),
    STR_INIT("\xe2\x80\xae"),     /* right-to-left override */
    STR_INIT("\xe2\x80\xa8"),     /* line separator */
    STR_INIT("\xe2\x80\x8b"),     /* zero width space */
    STR_INIT("\xf0\x9f\x98\x80"), /* four bytes */
    STR_INIT("\xe4\xb8\xad"),     /* two columns */
};

/* Every script, and what each chat would take for markup, a mention or an end. */
static const struct str hostile[] = {
    STR_INIT("a"),
    STR_INIT("word "),
    STR_INIT("\n"),
    STR_INIT("\0"),
    STR_INIT("\x01"),
    STR_INIT("\x1b[2J"),
    STR_INIT("\xff"),
    STR_INIT("\xc3"),         /* cut after one of two, */
    STR_INIT("\xe4\xb8"),     /* two of three, */
    STR_INIT("\xf0\x9f\x98"), /* three of four bytes */
    STR_INIT("\xed\xa0\x80"), /* a surrogate */
    STR_INIT("\xc0\xaf"),     /* an overlong slash */
    STR_INIT("<!channel>"),
    STR_INIT("<!here>"),
    STR_INIT("<!subteam^S1|x>"),
    STR_INIT("<@U1>"),
    STR_INIT("<@&1>"),
    STR_INIT("<#C1>"),
    STR_INIT("<users/all>"),
    STR_INIT("<at>all</at>"),
    STR_INIT("<t:1700000000:R>"),
    STR_INIT("<:x:1>"),
    STR_INIT("@everyone "),
    STR_INIT("@here "),
    STR_INIT("@channel "),
    STR_INIT("@all "),
    STR_INIT("~town-square "),
    STR_INIT("#tag "),
    STR_INIT("](javascript:alert(1))"),
    STR_INIT("[x](javascript:alert(1))"),
    STR_INIT("[x](https://evil.example)"),
    STR_INIT("![x](https://evil.example/pixel)"),
    STR_INIT("<javascript:alert(1)>"),
    STR_INIT("<https://evil.example|x>"),
    STR_INIT("</a><script>alert(1)</script>"),
    STR_INIT("\" onclick=\"x"),
    STR_INIT("&lt;&#64;&amp;"),
    STR_INIT("{{DATE(2026-01-01T00:00:00Z)}}"),
    STR_INIT("${x}{{x}}"),
    STR_INIT("```"),
    STR_INIT("`"),
    STR_INIT("**"),
    STR_INIT("__"),
    STR_INIT("~~"),
    STR_INIT("||"),
    STR_INIT("\\"),
    STR_INIT("\n# head\n"),
    STR_INIT("\n> quote\n"),
    STR_INIT("\n- list\n"),
    STR_INIT("\n---\n"),
    STR_INIT("\r\n.\r\nBcc: x@evil.example\r\n"),
    STR_INIT("=?utf-8?q?x?="),
    STR_INIT("https://acme.example/x?a=(1)&b=[2]|3 "),
    STR_INIT("\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d "),             /* Hebrew */
    STR_INIT("\xd9\x85\xd8\xb1\xd8\xad\xd8\xa8\xd8\xa7 "),     /* Arabic */
    STR_INIT("\xe2\x80\xae"),                                   /* right-to-left override */
    STR_INIT("\xe2\x81\xa6"),                                   /* isolate */
    STR_INIT("\xe4\xb8\xad\xe6\x96\x87"),                       /* Chinese */
    STR_INIT("\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7"),           /* Devanagari */
    STR_INIT("\xe0\xb8\x97\xe0\xb8\xb5\xe0\xb9\x88"),           /* Thai */
    STR_INIT("e\xcc\x81\xcc\x81\xcc\x81"),                       /* stacked accents */
    STR_INIT("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac"), /* joined emoji */
    STR_INIT("\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa"),               /* a flag */
    STR_INIT("\xf3\xa0\x81\xa1"),                               /* a tag nobody sees */
    STR_INIT("\xe2\x80\x8b"),                                   /* zero width space */
};

static struct str random_text(const struct maker *m, size_t max)
{
    size_t n = next_random(m->seed) % (max + 1);
    struct buf b;
    struct str out;

    buf_init(&b, max + 64);
    while (b.n < n) {
        buf_add(&b, m->pieces[next_random(m->seed) % m->n_pieces]);
    }
    out = arena_str(m->a, buf_str(&b));
    buf_finish(&b);
    return out;
}

static struct str random_url(const struct maker *m, size_t max)
{
    struct str s = random_text(m, max);

    if (!m->links || next_random(m->seed) % 4 == 0)
        return s;
    return arena_printf(m->a, "https://acme.example/%.*s", STR_FMT(s));
}

/* As a table has them, too: lines that begin with blanks, and runs of these. */
static void add_blocks(const struct maker *m, struct notice *n)
{
    n->n_blocks = next_random(m->seed) % 7;
    n->blocks = arena_array(m->a, n->n_blocks + 1, sizeof(*n->blocks));
    for (size_t i = 0; i < n->n_blocks; i++) {
        struct str a = random_text(m, 2000), b = random_text(m, 100);
        size_t lines = next_random(m->seed) % 30;

        for (size_t k = 0; k < lines; k++)
            a = arena_printf(m->a, "%.*s   %*zu  ===|..\n", STR_FMT(a), (int)(k % 9), k);
        n->blocks[i] = (struct notice_block){b, a, next_random(m->seed) % 2 == 0};
    }
}

/* Some with ids of each chat, some with what no chat takes for one. */
static void add_people(const struct maker *m, struct notice_entry *e)
{
    e->n_people = next_random(m->seed) % 4;
    e->people = arena_array(m->a, 4, sizeof(*e->people));
    for (size_t i = 0; i < e->n_people; i++) {
        unsigned n = (unsigned)(next_random(m->seed) % 10);
        struct str bad = random_text(m, 40);
        bool good = next_random(m->seed) % 3 != 0;

        e->people[i] = (struct mention){
            .name = random_text(m, next_random(m->seed) % 4 ? 30 : 400),
            .slack = good ? arena_printf(m->a, NOTICE_SLACK "%u", n) : bad,
            .teams = good ? arena_printf(m->a, NOTICE_TEAMS "%u", n) : bad,
            .discord = good ? arena_printf(m->a, NOTICE_NUMBER "%u", n) : bad,
            .mattermost = good ? arena_printf(m->a, NOTICE_MATTERMOST "%u", n) : bad,
            .google_chat = good ? arena_printf(m->a, NOTICE_NUMBER "%u", n) : bad,
        };
    }
}

static struct notice make(const struct maker *m)
{
    struct arena *a = m->a;
    uint64_t *seed = m->seed;
    struct notice n = {.kind = (enum notice_kind)(next_random(seed) % 5),
                       .channel = STR("product"),
                       .group = random_text(m, 300),
                       .at = {1700000000000}};

    if (next_random(seed) % 2) {
        n.text = random_text(m, 5000);
    }
    n.n_sections = next_random(seed) % 8;
    n.sections = arena_array(a, n.n_sections + 1, sizeof(*n.sections));
    for (size_t i = 0; i < n.n_sections; i++) {
        struct notice_section *s = &n.sections[i];

        s->rule = random_text(m, 40);
        s->headline = random_text(m, 600);
        s->why = random_text(m, 600);
        s->more = random_text(m, 300);
        s->n_entries = next_random(seed) % (NOTICE_SHOWN + 1);
        s->total = (int64_t)(s->n_entries + next_random(seed) % 1000);
        s->entries = arena_array(a, NOTICE_SHOWN, sizeof(*s->entries));
        for (size_t j = 0; j < s->n_entries; j++) {
            size_t max = next_random(seed) % 4 ? 200 : 10000;

            if (m->links && max > 200 && next_random(seed) % 8)
                max = 600;

            s->entries[j] = (struct notice_entry){
                .finding = STR("0123456789ab"),
                .change = next_random(seed) % 2 ? STR("new") : STR("worse"),
                .severity = next_random(seed) % 2 ? STR("high") : STR("info"),
                .key = random_text(m, 200),
                .title = random_text(m, max),
                .url = random_url(m, m->links ? max % 700 : max),
                .note = random_text(m, max),
                .fix = random_text(m, max),
                .command = random_text(m, max),
                .objective = random_text(m, max),
                .why = random_text(m, max),
                .since = {next_random(seed) % 2 ? 1600000000000 : 0},
            };
            add_people(m, &s->entries[j]);
        }
    }
    add_blocks(m, &n);
    n.n_resolved = next_random(seed) % (NOTICE_SHOWN + 1);
    n.total_resolved = (int64_t)n.n_resolved;
    n.resolved = arena_array(a, NOTICE_SHOWN, sizeof(*n.resolved));
    for (size_t j = 0; j < n.n_resolved; j++) {
        n.resolved[j].key = random_text(m, 300);
        n.resolved[j].url = random_url(m, m->links ? 280 : 3000);
        n.resolved[j].ended_by = random_text(m, 300);
    }
    return n;
}

struct notice notice_random(struct arena *a, uint64_t *seed)
{
    return make(&(struct maker){a, seed, pieces, ARRAY_LEN(pieces)});
}

struct notice notice_hostile(struct arena *a, uint64_t *seed)
{
    return make(&(struct maker){a, seed, hostile, ARRAY_LEN(hostile), .links = true});
}
