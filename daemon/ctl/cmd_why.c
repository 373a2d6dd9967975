#include "ctl/commands.h"
#include "ctl/field.h"

/* "PAY-12 'Reseller SSO'" */
static struct str named(struct ctl *c, const json_t *item)
{
    struct str title = field_str(item, "title"), key = field_str(item, "key");

    if (title.n == 0)
        return key;
    return ctl_text(c, "%.*s '%.*s'", STR_FMT(key), STR_FMT(title));
}

static struct str last_title(const json_t *path)
{
    const json_t *chain = field_arr(path, "chain");
    size_t n = json_array_size(chain);

    return n > 0 ? field_str(json_array_get(chain, n - 1), "title") : STR_NONE;
}

/* The first line: the answer in one sentence. */
/* What it served stands below: its links are kept for its return. */
static void put_fate(struct ctl *c, struct str name, const json_t *fate)
{
    bool hidden = str_eqz(field_str(fate, "kind"), "hidden");

    term_line(&c->term, TERM_WARN, "%.*s %s: %.*s (%.*s).", STR_FMT(name),
              hidden ? "stays as it was" : "is out of view",
              STR_FMT(field_str(fate, "text")),
              STR_FMT(ctl_ago(c, field_time(fate, "at"))));
}

static void put_answer(struct ctl *c, const json_t *root)
{
    const json_t *item = field_obj(root, "item"), *paths = field_arr(root, "paths");
    const json_t *first = json_array_get(paths, 0);
    struct str state = field_str(root, "state"), title = last_title(first);
    struct str name = named(c, item);

    if (field_has(item, "fate"))
        put_fate(c, name, field_obj(item, "fate"));
    else if (str_eqz(state, "linked") && !field_has(first, "gap"))
        term_line(&c->term, TERM_GOOD, "%.*s serves: %.*s", STR_FMT(name),
                  STR_FMT(title));
    else if (str_eqz(state, "linked"))
        term_line(&c->term, TERM_WARN, "%.*s is linked, but its chain is broken: %.*s.",
                  STR_FMT(name), STR_FMT(field_str(first, "gap")));
    else if (str_eqz(state, "exempt"))
        term_line(&c->term, TERM_PLAIN, "%.*s is exempt: %.*s.", STR_FMT(name),
                  STR_FMT(field_str(field_obj(item, "exempt"), "reason")));
    else
        term_line(
            &c->term, TERM_BAD,
            "%.*s has no strategic link: nothing in the strategy says why it exists.",
            STR_FMT(name));
}

static void put_node(struct ctl *c, const json_t *n)
{
    struct str why = field_str(n, "why"), measure = field_str(n, "measure");
    struct str kind = field_str(n, "kind"), title = field_str(n, "title");
    struct str status = field_str(n, "status");

    if (str_eqz(status, "active"))
        status = STR_NONE; /* as it should be */
    if (str_eqz(kind, "vision"))
        term_wrap(&c->term, TERM_BOLD, 2, 4,
                  ctl_text(c, "vision: %.*s", STR_FMT(title)));
    else
        term_wrap(&c->term, TERM_BOLD, 2, 4,
                  ctl_text(c, "%.*s %.*s%s%.*s%s%s%.*s", STR_FMT(kind),
                           STR_FMT(field_str(n, "id")), status.n > 0 ? " (" : "",
                           STR_FMT(status), status.n > 0 ? ")" : "",
                           title.n > 0 ? ": " : "", STR_FMT(title)));
    if (measure.n > 0)
        term_wrap(&c->term, TERM_PLAIN, 4, 4, measure);
    if (why.n > 0)
        term_wrap(&c->term, TERM_PLAIN, 4, 4, ctl_text(c, "why: %.*s", STR_FMT(why)));
    else if (!str_eqz(kind, "vision"))
        term_wrap(&c->term, TERM_DIM, 4, 4, STR("why: the strategy does not say"));
}

/* How the item comes to the node: through which ancestor, by what evidence. */
static void put_evidence(struct ctl *c, const json_t *root, const json_t *path)
{
    struct str by = field_str(path, "named_by");
    struct str key = field_str(field_obj(root, "item"), "key");
    struct str evidence = field_str(path, "evidence");
    const json_t *a;
    size_t i;

    if (!str_eq(by, key)) {
        json_array_foreach(field_arr(root, "ancestors"), i, a)
        {
            term_wrap(&c->term, TERM_PLAIN, 2, 4,
                      ctl_text(c, "part of %.*s", STR_FMT(named(c, a))));
            if (str_eq(field_str(a, "key"), by))
                break;
        }
    }
    if (evidence.n > 0)
        term_wrap(&c->term, TERM_DIM, 2, 4,
                  ctl_text(c, "evidence: %.*s", STR_FMT(evidence)));
    else
        term_wrap(&c->term, TERM_DIM, 2, 4,
                  ctl_text(c, "linked by %.*s", STR_FMT(field_str(path, "method"))));
}

static void put_path(struct ctl *c, const json_t *root, const json_t *path)
{
    const json_t *n;
    size_t i;

    term_gap(&c->term);
    term_wrap(&c->term, TERM_BOLD, 0, 2, named(c, field_obj(root, "item")));
    put_evidence(c, root, path);
    json_array_foreach(field_arr(path, "chain"), i, n) put_node(c, n);
    if (field_has(path, "gap"))
        term_wrap(
            &c->term, TERM_WARN, 2, 4,
            ctl_text(c, "The chain ends here: %.*s.", STR_FMT(field_str(path, "gap"))));
}

/* Of a private item the name itself is not told. */
static void put_unknown(struct ctl *c, const json_t *link, struct str near)
{
    struct str node = field_str(link, "node"), method = field_str(link, "method");
    struct str name =
        node.n > 0 ? ctl_text(c, "'%.*s'", STR_FMT(node)) : STR("an initiative");

    term_line(&c->term, TERM_WARN,
              "It names %.*s (%.*s), which the strategy does not have%s%.*s%s",
              STR_FMT(name), STR_FMT(method), near.n > 0 ? ": did you mean '" : "",
              STR_FMT(near), near.n > 0 ? "'?" : ".");
}

/* One that stands out; empty: none does. */
static struct str put_suggestion(struct ctl *c, const json_t *root)
{
    const json_t *s = json_array_get(field_arr(root, "suggestions"), 0), *word;
    struct str grade = field_str(s, "grade"), words = STR_NONE;
    size_t i;

    if (!str_eqz(grade, "high") && !str_eqz(grade, "medium"))
        return STR_NONE;
    json_array_foreach(field_arr(s, "words"), i, word)
    {
        words = ctl_text(c, "%.*s %s", STR_FMT(words), json_string_value(word));
    }
    term_line(&c->term, TERM_PLAIN, "It reads like %.*s (%.*s:%.*s).",
              STR_FMT(field_str(s, "node")), STR_FMT(grade), STR_FMT(words));
    return field_str(s, "node");
}

static void put_remedy(struct ctl *c, const json_t *root)
{
    const json_t *item = field_obj(root, "item");
    struct str key = field_str(item, "key"), state = field_str(root, "state");
    struct str meant = STR_NONE, id;
    const json_t *l;
    size_t i;

    json_array_foreach(field_arr(root, "links"), i, l)
    {
        struct str near = field_str(l, "did_you_mean");

        if (field_bool(l, "known"))
            continue;
        meant = meant.n > 0 ? meant : near;
        put_unknown(c, l, near);
    }
    if (meant.n == 0)
        meant = put_suggestion(c, root);
    term_gap(&c->term);
    if (str_eqz(state, "exempt")) {
        const json_t *x = field_obj(item, "exempt");
        struct wall until = field_time(x, "until");

        term_line(&c->term, TERM_PLAIN, "Exempted by %.*s, %.*s.",
                  STR_FMT(field_str(x, "by")), STR_FMT(ctl_until(c, until)));
        return;
    }
    id = meant.n > 0 ? meant : STR("ID");
    term_field(&c->term, "In the tracker",
               ctl_text(c,
                        "add the label initiative:%.*s, or a line \"Initiative: "
                        "%.*s\" to its body",
                        STR_FMT(id), STR_FMT(id)));
    term_field(&c->term, "Or run",
               ctl_text(c, "alignctl link %.*s %.*s", STR_FMT(key), STR_FMT(id)));
    term_field(&c->term, "Not strategic?",
               ctl_text(c, "alignctl exempt %.*s --reason \"...\"", STR_FMT(key)));
    if (meant.n == 0)
        term_line(&c->term, TERM_PLAIN, "alignctl initiatives lists the IDs.");
}

int cmd_why(struct ctl *c)
{
    struct client_reply r;
    const json_t *root, *path;
    size_t i;
    int code =
        ctl_get(c, ctl_path(c, "/v1/items/", c->args.v[0], "/why"), 0, &r, &root);

    if (root != NULL) {
        put_answer(c, root);
        json_array_foreach(field_arr(root, "paths"), i, path) put_path(c, root, path);
        if (!str_eqz(field_str(root, "state"), "linked") &&
            !field_has(field_obj(root, "item"), "fate"))
            put_remedy(c, root);
    }
    client_reply_finish(&r);
    return code;
}
