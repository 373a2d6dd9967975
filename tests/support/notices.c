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

static struct str random_text(struct arena *a, uint64_t *seed, size_t max)
{
    static const char *const pieces[] = {
        "a",
        "word ",
        " ",
        "\n",
        "\r\n",
        "\t",
        "\"",
        "\\",
        "|",
        ">",
        "&",
        "&lt;",
        "*",
        "`",
        "~",
        "_",
        "\x01",
        "\x1b[31m",
        "\x7f",
        "\xff",
        "\xc3",
        "http://x/",
        "<http://x|",
        "](http://x/)",
        "<!channel>",
        "<!here|x",
        "<@U1>",
        "<#C1|x>",
        "@everyone",
        "javascript:",
        "\xe2\x80\xae",     /* right-to-left override */
        "\xe2\x80\xa8",     /* line separator */
        "\xe2\x80\x8b",     /* zero width space */
        "\xf0\x9f\x98\x80", /* four bytes */
        "\xe4\xb8\xad",     /* two columns */
    };
    size_t n = next_random(seed) % (max + 1);
    struct buf b;
    struct str out;

    buf_init(&b, max + 64);
    while (b.n < n) {
        buf_addz(&b, pieces[next_random(seed) % ARRAY_LEN(pieces)]);
    }
    out = arena_str(a, buf_str(&b));
    buf_finish(&b);
    return out;
}

struct notice notice_random(struct arena *a, uint64_t *seed)
{
    struct notice n = {.kind = (enum notice_kind)(next_random(seed) % 4),
                       .channel = STR("product"),
                       .group = random_text(a, seed, 300),
                       .at = {1700000000000}};

    if (next_random(seed) % 2) {
        n.text = random_text(a, seed, 5000);
    }
    n.n_sections = next_random(seed) % 8;
    n.sections = arena_array(a, n.n_sections + 1, sizeof(*n.sections));
    for (size_t i = 0; i < n.n_sections; i++) {
        struct notice_section *s = &n.sections[i];

        s->rule = random_text(a, seed, 40);
        s->headline = random_text(a, seed, 600);
        s->why = random_text(a, seed, 600);
        s->more = random_text(a, seed, 300);
        s->n_entries = next_random(seed) % (NOTICE_SHOWN + 1);
        s->total = (int64_t)(s->n_entries + next_random(seed) % 1000);
        s->entries = arena_array(a, NOTICE_SHOWN, sizeof(*s->entries));
        for (size_t j = 0; j < s->n_entries; j++) {
            size_t max = next_random(seed) % 4 ? 200 : 10000;

            s->entries[j] = (struct notice_entry){
                .finding = STR("0123456789ab"),
                .change = next_random(seed) % 2 ? STR("new") : STR("worse"),
                .severity = next_random(seed) % 2 ? STR("high") : STR("info"),
                .key = random_text(a, seed, 200),
                .title = random_text(a, seed, max),
                .url = random_text(a, seed, max),
                .note = random_text(a, seed, max),
                .fix = random_text(a, seed, max),
                .command = random_text(a, seed, max),
                .objective = random_text(a, seed, max),
                .why = random_text(a, seed, max),
                .since = {next_random(seed) % 2 ? 1600000000000 : 0},
            };
        }
    }
    n.n_resolved = next_random(seed) % (NOTICE_SHOWN + 1);
    n.total_resolved = (int64_t)n.n_resolved;
    n.resolved = arena_array(a, NOTICE_SHOWN, sizeof(*n.resolved));
    for (size_t j = 0; j < n.n_resolved; j++) {
        n.resolved[j].key = random_text(a, seed, 300);
        n.resolved[j].url = random_text(a, seed, 3000);
        n.resolved[j].ended_by = random_text(a, seed, 300);
    }
    return n;
}
