#include "config/strategy.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "config/diag.h"
#include "config/file.h"
#include "config/ics.h"
#include "config/nodes.h"
#include "config/shares.h"

enum {
    ARENA_MAX = 128 * 1024 * 1024,
    FILES_MAX = 256,               /* of a directory */
    TEXT_MAX = 4 * YAML_MAX_BYTES, /* of all its files */
};

/* ---- keys of the file ---- */

#define STRATEGY(member) offsetof(struct strategy, member)

static void read_version(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct str s;

    (void)out;
    if (bind_scalar(b, value, where, key->key.name, &s) && !str_eqz(s, "1")) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be 1, the version of this form, not '%.*s'", STR_FMT(s));
    }
}

/* ISO 4217 has three capitals. */
static void read_currency(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    struct strategy *s = out;
    bool ok = true;

    if (!bind_str(b, value, where, key->key.name, 100, &s->currency)) {
        return;
    }
    for (size_t i = 0; i < s->currency.n; i++) {
        ok = ok && s->currency.p[i] >= 'A' && s->currency.p[i] <= 'Z';
    }
    if (!ok || s->currency.n != 3) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be a currency code such as EUR, not '%.*s'",
                   STR_FMT(s->currency));
    }
}

static void read_vision(struct binder *b, const struct yaml_node *value,
                        const struct place *where, const struct bind_key *key,
                        void *out)
{
    struct strategy *s = out;
    struct place here = {"vision", STR_NONE, where};

    if (!bind_is_map(b, value, where, key->key.name)) {
        return;
    }
    s->vision = arena_alloc(b->a, sizeof *s->vision);
    if (s->vision != NULL) {
        bind_table_read(b, value, &here, &vision_table, s->vision);
    }
}

static int date_order(const void *x, const void *y)
{
    const struct date *a = x, *b = y;

    return date_cmp(*a, *b);
}

static void sort_dates(struct strategy *s)
{
    size_t n = 0;

    if (s->n_holidays == 0) {
        return;
    }
    qsort(s->holidays, s->n_holidays, sizeof *s->holidays, date_order);
    for (size_t i = 0; i < s->n_holidays; i++) {
        if (n == 0 || date_cmp(s->holidays[n - 1], s->holidays[i]) != 0) {
            s->holidays[n++] = s->holidays[i];
        }
    }
    s->n_holidays = n;
}

static bool add_file_row(struct strategy *s, size_t *cap, struct str name,
                         struct str text, bool beside)
{
    struct strategy_file *f = arena_grow(s->a, &s->files, &s->n_files, cap, sizeof *f);

    if (f == NULL) {
        return false;
    }
    f->name = arena_str(s->a, name);
    f->text = text;
    f->beside = beside;
    return true;
}

static const struct strategy_file *stored_file(const struct nodes_load *l,
                                               struct str name)
{
    for (size_t i = 0; i < l->n_stored; i++) {
        if (l->stored[i].beside && str_eq(l->stored[i].name, name)) {
            return &l->stored[i];
        }
    }
    return NULL;
}

/* The text of the calendar, from what is stored or from its file. */
static bool ics_text(struct binder *b, struct str name, struct buf *ret, struct err *e)
{
    struct nodes_load *l = b->user;
    const struct strategy_file *stored = stored_file(l, name);
    struct str path;

    if (stored != NULL) {
        buf_init(ret, ICS_MAX_BYTES);
        buf_add(ret, stored->text);
        return buf_check(ret, e);
    }
    path = arena_printf(b->scratch, "%.*s/%.*s", STR_FMT(l->dir), STR_FMT(name));
    if (path.n == 0) {
        buf_init(ret, 1);
        return err_nomem(e);
    }
    return file_read_beside(path.p, ICS_MAX_BYTES, ret, NULL, e);
}

/*
 * A calendar beside the strategy. Text that is at hand, posted by a client, has
 * no place: no file is opened for it, and it has no holidays.
 */
static void read_ics(struct binder *b, const struct yaml_node *map,
                     const struct place *where, struct strategy *s)
{
    struct nodes_load *l = b->user;
    const struct yaml_node *file = yaml_get(map, "ics");
    struct ics_dates dates;
    struct str name;
    struct buf text;
    struct err e;

    if (file == NULL || map->n != 1) {
        bind_wrong(b, map, STR_NONE, where, "holidays",
                   "must be a list of dates or {ics: FILE}");
        return;
    }
    if (!nodes_read_file_name(b, file, where, "ics", &name)) {
        return;
    }
    if (l->dir.n == 0 && stored_file(l, name) == NULL) {
        bind_warn(b, file->at, STR_NONE, where,
                  "'%.*s' is not read: no holidays are known", STR_FMT(name));
        return;
    }
    if (!ics_text(b, name, &text, &e)) {
        bind_wrong(b, file, STR_NONE, where, "ics", "cannot be read: %s", e.msg);
    } else if (!ics_read(buf_str(&text), b->a, &dates, &e)) {
        bind_wrong(b, file, STR_NONE, where, "ics", "cannot be used: %s", e.msg);
    } else {
        s->holidays = dates.v;
        s->n_holidays = dates.n;
        l->files_hash = hash64(buf_cstr(&text), text.n, l->files_hash);
        (void)add_file_row(s, &l->cap_files, name, arena_str(s->a, buf_str(&text)),
                           true); /* a failure stays with the arena */
    }
    buf_finish(&text);
}

static void read_holidays(struct binder *b, const struct yaml_node *value,
                          const struct place *where, const struct bind_key *key,
                          void *out)
{
    struct strategy *s = out;

    if (value->kind == YAML_MAP) {
        read_ics(b, value, where, s);
        sort_dates(s);
        return;
    }
    if (value->kind != YAML_SEQ) {
        bind_wrong(b, value, STR_NONE, where, key->key.name,
                   "must be a list of dates or {ics: FILE}, not %s",
                   yaml_kind_name(value));
        return;
    }
    s->holidays = arena_array(b->a, value->n, sizeof *s->holidays);
    for (const struct yaml_node *e = value->first; s->holidays != NULL && e != NULL;
         e = e->next) {
        if (bind_date(b, e, where, key->key.name, &s->holidays[s->n_holidays])) {
            s->n_holidays++;
        }
    }
    sort_dates(s);
}

static void read_retired(struct binder *b, const struct yaml_node *value,
                         const struct place *where, const struct bind_key *key,
                         void *out)
{
    struct strategy *s = out;

    if (bind_strs(b, value, where, key->key.name, 64, &s->retired)) {
        nodes_claim_ids(b, value, key->key.name);
    }
}

static void read_check_ins(struct binder *b, const struct yaml_node *value,
                           const struct place *where, const struct bind_key *key,
                           void *out)
{
    struct strategy *s = out;

    (void)nodes_read_file_name(b, value, where, key->key.name, &s->check_ins);
}

#define LIST(key_name, member, of, text)                                               \
    {                                                                                  \
        .key = {.name = key_name, .offset = STRATEGY(member), .doc = text},            \
        .form = BIND_LIST, .table = &of, .n_offset = STRATEGY(n_##member)              \
    }
#define NEEDED_LIST(key_name, member, of, text)                                        \
    {                                                                                  \
        .key = {.name = key_name,                                                      \
                .offset = STRATEGY(member),                                            \
                .required = true,                                                      \
                .doc = text},                                                          \
        .form = BIND_LIST, .table = &of, .n_offset = STRATEGY(n_##member)              \
    }

const struct bind_key strategy_rows[] = {
    {.key = {.name = "strategy",
             .offset = STRATEGY(version),
             .required = true,
             .doc = "1: the version of this form."},
     .form = BIND_CALL,
     .call = read_version,
     .schema = "{\"const\": 1}"},
    {.key = {.name = "name",
             .type = CONF_STR,
             .offset = STRATEGY(name),
             .required = true,
             .doc = "Whose strategy it is."}},
    {.key = {.name = "review_by",
             .offset = STRATEGY(review_by),
             .doc = "When the whole of it is to be looked at again."},
     .form = BIND_DATE},
    {.key = {.name = "currency",
             .offset = STRATEGY(currency),
             .doc = "ISO 4217, such as EUR."},
     .form = BIND_CALL,
     .call = read_currency,
     .schema = "{\"type\": \"string\", \"pattern\": \"^[A-Z]{3}$\"}"},
    LIST("docs", docs, doc_table, "Links for people."),
    {.key = {.name = "context",
             .type = CONF_MAP,
             .offset = STRATEGY(context),
             .max = NODES_PROSE_MAX,
             .doc = "Prose for the memo: origin, now, threats."}},
    {.key = {.name = "vision",
             .offset = STRATEGY(vision),
             .doc = "What it is all for."},
     .form = BIND_CALL,
     .call = read_vision,
     .table = &vision_table},
    LIST("not_doing", not_doing, not_doing_table,
         "What is not done, so that it is noticed."),
    LIST("intents", intents, intent_table, "Ranked: the first is the most important."),
    NEEDED_LIST("objectives", objectives, objective_table,
                "What is to be reached, ranked."),
    NEEDED_LIST("initiatives", initiatives, initiative_table,
                "Bets on how: each made of several epics."),
    LIST("buckets", buckets, bucket_table, "Work that no objective asks for."),
    LIST("teams", teams, team_table, "Who works."),
    LIST("people", people, person_table,
         "For ownership, mentions and joined identities."),
    {.key = {.name = "bots",
             .type = CONF_STRS,
             .offset = STRATEGY(bots),
             .doc = "Logins that are no people."}},
    {.key = {.name = "holidays",
             .offset = STRATEGY(holidays),
             .doc = "Days off for all: dates, or {ics: FILE} beside this file."},
     .form = BIND_CALL,
     .call = read_holidays,
     .schema = "{\"anyOf\": [{\"type\": \"array\", \"items\": {\"type\": \"string\", "
               "\"format\": \"date\"}}, {\"type\": \"object\", \"properties\": "
               "{\"ics\": {\"type\": \"string\"}}, \"additionalProperties\": false}]}"},
    LIST("competitors", competitors, competitor_table, "Others."),
    LIST("events", events, event_table, "What has happened outside."),
    LIST("decisions", decisions, decision_table,
         "What was chosen, and on what grounds."),
    {.key = {.name = "retired",
             .offset = STRATEGY(retired),
             .doc = "Ids that were used once."},
     .form = BIND_CALL,
     .call = read_retired,
     .schema = "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}"},
    {.key = {.name = "check_ins",
             .offset = STRATEGY(check_ins),
             .doc = "A file beside this one: kr,date,value,confidence,note,by."},
     .form = BIND_CALL,
     .call = read_check_ins,
     .schema = "{\"type\": \"string\"}"},
    {{0}},
};

/* ---- binding ---- */

static size_t count_key_results(const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_get(root, "objectives");
    size_t n = 0;

    for (const struct yaml_node *o = list == NULL ? NULL : list->first; o != NULL;
         o = o->next) {
        const struct yaml_node *krs = yaml_get(o, "key_results");

        n += krs != NULL && krs->kind == YAML_SEQ ? krs->n : 0;
    }
    return n;
}

static void need_one(struct binder *b, const struct yaml_node *root, const char *key)
{
    const struct yaml_node *list = yaml_get(root, key);

    if (list != NULL && list->kind == YAML_SEQ && list->n == 0) {
        bind_wrong(b, list, STR_NONE, NULL, key, "needs at least one");
    }
}

static void set_ranks(struct strategy *s)
{
    for (size_t i = 0; i < s->n_intents; i++) {
        s->intents[i].rank = i;
    }
    for (size_t i = 0; i < s->n_objectives; i++) {
        s->objectives[i].rank = i;
    }
}

static void bind_root(struct binder *b, const struct yaml_node *root,
                      struct strategy *s)
{
    static const struct bind_table table = {.keys = strategy_rows, .size = sizeof *s};
    struct nodes_load *l = b->user;
    const struct yaml_node *objectives = yaml_get(root, "objectives");

    l->cap_key_results = count_key_results(root);
    s->key_results = arena_array(b->a, l->cap_key_results, sizeof *s->key_results);
    l->objectives = arena_array(b->scratch, objectives == NULL ? 0 : objectives->n,
                                sizeof(struct yaml_node *));
    l->refs = refs_create(b);
    if (s->key_results == NULL || l->objectives == NULL || l->refs == NULL) {
        conf_diag_fail(b->d, "out of memory");
        return;
    }
    bind_table_read(b, root, NULL, &table, s);
    need_one(b, root, "objectives");
    need_one(b, root, "initiatives");
    set_ranks(s);
    refs_resolve(l->refs, s);
    if (l->n_objectives == s->n_objectives) {
        shares_check(b, s, l->objectives);
    }
}

/* ---- several files as one ---- */

static void append_list(struct yaml_node *to, const struct yaml_node *from)
{
    struct yaml_node *last = to->first;

    while (last != NULL && last->next != NULL) {
        last = last->next;
    }
    if (last == NULL) {
        to->first = from->first;
    } else {
        last->next = from->first;
    }
    to->n += from->n;
}

static struct yaml_node *find(struct yaml_node *map, struct str key)
{
    struct yaml_node *v = map->first;

    while (v != NULL && !str_eq(v->key->text, key)) {
        v = v->next;
    }
    return v;
}

/* Lists go on in the next file; any other key stands in one of them only. */
static void merge(struct conf_diag *d, struct yaml_node *to, struct yaml_node *from)
{
    struct yaml_node *next;

    for (struct yaml_node *v = from->first; v != NULL; v = next) {
        struct yaml_node *same = find(to, v->key->text);

        next = v->next;
        if (same == NULL) {
            struct yaml_node *last = to->first;

            while (last != NULL && last->next != NULL) {
                last = last->next;
            }
            v->next = NULL;
            if (last == NULL) {
                to->first = v;
            } else {
                last->next = v;
            }
            to->n++;
        } else if (same->kind == YAML_SEQ && v->kind == YAML_SEQ) {
            append_list(same, v);
        } else {
            diag_error(d, v->key->at, STR_NONE,
                       "key '%.*s' is given twice, first at %.*s:%u",
                       STR_FMT(v->key->text), STR_FMT(same->key->at.file->name),
                       yaml_line(same->key->at));
        }
    }
}

/* ---- loading ---- */

struct loading {
    struct arena *scratch; /* owned: trees */
    struct strategy *s;    /* owned until it is returned */
    struct conf_diag *d;
    struct buf text; /* owned: of all files */
    struct yaml_node *root;
    size_t nodes, errors_before, cap_files;
    const struct strategy_file *stored; /* read from these; NULL: from the disk */
    size_t n_stored;
    const struct conf *conf; /* whose value sources there are; NULL: not known */
    bool unread; /* a file has no tree: what it defines is not known */
};

static bool loading_begin(struct loading *l, struct conf_diag *d)
{
    struct arena *a = arena_create(ARENA_MAX);

    *l = (struct loading){
        .scratch = arena_create(ARENA_MAX),
        .d = d,
        .nodes = YAML_MAX_NODES,
        .errors_before = conf_diag_errors(d),
    };
    buf_init(&l->text, TEXT_MAX);
    l->s = a == NULL ? NULL : arena_alloc(a, sizeof *l->s);
    if (l->s == NULL || l->scratch == NULL) {
        arena_destroy(a);
        l->s = NULL;
        conf_diag_fail(d, "out of memory");
        return false;
    }
    l->s->a = a;
    l->s->refs = 1;
    return true;
}

static void loading_add(struct loading *l, struct str name, struct str text)
{
    struct yaml_node *root = yaml_read(l->scratch, name, text, &l->nodes, l->d);

    buf_add(&l->text, text);
    (void)add_file_row(l->s, &l->cap_files, name, text, false);
    if (!buf_ok(&l->text)) {
        diag_error_file(l->d, name, "the files are larger than 4 MiB together");
    }
    if (root == NULL) {
        l->unread = true;
    } else if (root->kind != YAML_MAP) {
        diag_error(l->d, root->at, STR_NONE, "must be a mapping, not %s",
                   yaml_kind_name(root));
        l->unread = true;
    } else if (l->root == NULL) {
        l->root = root;
    } else {
        merge(l->d, l->root, root);
    }
}

/* `beside`: the directory's authors name it, not the operator. */
static void add_file(struct loading *l, const char *path, bool beside)
{
    struct buf text;
    struct err e;

    bool ok = beside ? file_read_beside(path, YAML_MAX_BYTES, &text, NULL, &e)
                     : file_read(path, YAML_MAX_BYTES, &text, NULL, &e);

    if (ok) {
        loading_add(l, str_of(path), buf_str(&text));
    } else {
        diag_error_file(l->d, str_of(path), "%s", e.msg);
        l->unread = true;
    }
    buf_finish(&text);
}

/* What was read lies in buffers that are gone: the text of all has it. */
static void keep_texts(struct strategy *s)
{
    size_t at = 0;

    for (size_t i = 0; i < s->n_files; i++) {
        if (!s->files[i].beside) {
            s->files[i].text = str_first(str_skip(s->text, at), s->files[i].text.n);
            at += s->files[i].text.n;
        }
    }
}

static struct strategy *loading_end(struct loading *l, struct str dir)
{
    struct strategy *s = l->s;

    if (s != NULL && l->root != NULL && !l->unread) {
        struct nodes_load nodes = {
            .s = s,
            .dir = dir,
            .stored = l->stored,
            .n_stored = l->n_stored,
            .cap_files = l->cap_files,
            .conf = l->conf,
        };
        struct binder b = {.a = s->a, .scratch = l->scratch, .d = l->d, .user = &nodes};

        bind_root(&b, l->root, s);
        refs_destroy(nodes.refs);
        s->dir = arena_str(s->a, dir);
        s->text = arena_str(s->a, buf_str(&l->text));
        keep_texts(s);
        s->version = hash64(buf_cstr(&l->text), l->text.n, nodes.files_hash);
        if (arena_failed(s->a) || arena_failed(l->scratch)) {
            conf_diag_fail(l->d, "out of memory");
        }
    }
    buf_finish(&l->text);
    arena_destroy(l->scratch);
    if (s != NULL && conf_diag_errors(l->d) > l->errors_before) {
        strategy_unref(s);
        s = NULL;
    }
    return s;
}

struct strategy *strategy_load_text(const char *name, struct str text,
                                    struct conf_diag *d)
{
    struct loading l;

    if (loading_begin(&l, d)) {
        loading_add(&l, str_of(name), text);
    }
    return loading_end(&l, STR_NONE);
}

struct strategy *strategy_load_files(const struct strategy_file *files, size_t n,
                                     struct conf_diag *d)
{
    struct loading l;

    if (loading_begin(&l, d)) {
        l.stored = files;
        l.n_stored = n;
        for (size_t i = 0; i < n; i++) {
            if (!files[i].beside) {
                loading_add(&l, files[i].name, files[i].text);
            }
        }
        if (l.text.n == 0) {
            conf_diag_fail(d, "nothing of it is stored");
        }
    }
    return loading_end(&l, STR_NONE);
}

static int is_strategy_file(const struct dirent *entry)
{
    struct str name = str_of(entry->d_name);

    return name.p[0] != '.' &&
           (str_has_suffix(name, STR(".yaml")) || str_has_suffix(name, STR(".yml")));
}

static int name_order(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_directory(struct loading *l, const char *path)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, is_strategy_file, name_order);
    char text[100];

    if (n < 0) {
        diag_error_file(l->d, str_of(path), "%s", strerror_r(errno, text, sizeof text));
    } else if (n == 0) {
        diag_error_file(l->d, str_of(path), "holds no file that ends with .yaml");
    } else if (n > FILES_MAX) {
        diag_error_file(l->d, str_of(path), "holds more than %d files", FILES_MAX);
    }
    for (int i = 0; i < n; i++) {
        struct str file = arena_printf(l->scratch, "%s/%s", path, entries[i]->d_name);

        if (n <= FILES_MAX && file.n > 0) {
            add_file(l, file.p, true);
        }
        free(entries[i]);
    }
    free(entries);
}

struct strategy *strategy_load(const char *path, struct conf_diag *d)
{
    return strategy_load_beside(NULL, path, d);
}

struct strategy *strategy_load_beside(const struct conf *c, const char *path,
                                      struct conf_diag *d)
{
    struct loading l;
    struct stat st;
    struct str dir = str_of(path);

    if (!loading_begin(&l, d)) {
        return loading_end(&l, STR_NONE);
    }
    l.conf = c;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        add_directory(&l, path);
        return loading_end(&l, dir);
    }
    while (dir.n > 0 && dir.p[dir.n - 1] != '/') {
        dir.n--;
    }
    add_file(&l, path, false);
    return loading_end(&l, dir.n == 0 ? STR("./") : dir);
}
