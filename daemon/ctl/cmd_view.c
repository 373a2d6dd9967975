#include <math.h>

#include "ctl/commands.h"
#include "ctl/field.h"

static void put_card(struct ctl *c, const json_t *root)
{
    struct str evidence = field_str(root, "evidence");

    term_line(
        &c->term, TERM_BOLD, "As %.*s sees us%s.", STR_FMT(field_str(root, "title")),
        field_has(root, "threat")
            ? ctl_text(c, " (threat %lld of 5)", (long long)field_int(root, "threat")).p
            : "");
    term_line(&c->term, field_bool(root, "card_old") ? TERM_WARN : TERM_PLAIN,
              "Its card: %s%s.",
              evidence.n > 0
                  ? ctl_text(c, "looked at %lld d ago, %.*s",
                             (long long)field_int(root, "card_days"), STR_FMT(evidence))
                        .p
                  : "nobody says when it was looked at",
              field_bool(root, "card_old") ? ": look again" : "");
    if (field_has(root, "note"))
        term_line(&c->term, TERM_PLAIN, "%.*s", STR_FMT(field_str(root, "note")));
    if (field_has(root, "caution"))
        term_line(&c->term, TERM_WARN, "But counts may be out of date: %.*s.",
                  STR_FMT(field_str(root, "caution")));
    if (json_array_size(field_arr(root, "attacks")) == 0)
        term_line(&c->term, TERM_WARN, "It attacks nothing that the strategy has.");
}

static void put_front(struct ctl *c, const json_t *fr)
{
    double exposure = field_number(fr, "exposure");
    const json_t *k;
    size_t i;

    term_gap(&c->term);
    term_wrap(&c->term, exposure >= 0.5 ? TERM_BAD : TERM_BOLD, 0, 2,
              ctl_text(c, "%ld%% exposed: %.*s %.*s: %.*s", lround(exposure * 100),
                       STR_FMT(field_str(fr, "kind")), STR_FMT(field_str(fr, "id")),
                       STR_FMT(field_str(fr, "title"))));
    if (json_array_size(field_arr(fr, "key_results")) == 0)
        term_wrap(&c->term, TERM_WARN, 2, 4, STR("nothing measures it"));
    json_array_foreach(field_arr(fr, "key_results"), i, k)
    {
        struct str pace =
            field_has(k, "pace")
                ? ctl_text(c, ", pace %+ld%%", lround(field_number(k, "pace") * 100))
                : STR_NONE;

        term_wrap(
            &c->term, TERM_PLAIN, 2, 4,
            ctl_text(c, "%.*s (%.*s): %.*s%.*s, %s", STR_FMT(field_str(k, "id")),
                     STR_FMT(field_str(k, "objective")), STR_FMT(field_str(k, "state")),
                     STR_FMT(pace),
                     ctl_count(c, field_int(k, "open"), "open item", "open items").p));
    }
}

int cmd_view(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *fr;
    size_t i;
    int code;

    if (!args_has(&c->args, OPT_AS))
        return ctl_usage(c, "as whom? alignctl view --as RIVAL, an id of competitors");
    code = ctl_get(c, ctl_path(c, "/v1/competitors/", args_value(&c->args, OPT_AS), ""),
                   0, &r, &root);
    if (root != NULL) {
        put_card(c, root);
        json_array_foreach(field_arr(root, "attacks"), i, fr) put_front(c, fr);
    }
    client_reply_finish(&r);
    return code;
}
