/*
 * Cuts recordings of the vendors' APIs into small inputs for the fuzz targets.
 * Usage: seeds DATA OUT: writes OUT/NAME/N, none where there are no recordings.
 * What is written is thrown away after the run and never committed.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

enum {
    MAX_SEEDS = 100, /* of one target */
    MAX_SEED = 24 << 10,
    MAX_PROJECT = 8000, /* fuzz_project.c */
    MAX_ANSWERS = 6,
    MAX_FILE = 64 << 20,
    NDJSON_STEP = 29,
};

/* X(target) */
#define TARGETS(X) X(github) X(jira) X(project) X(rich) X(marks)

enum target {
#define X(name) TO_##name,
    TARGETS(X)
#undef X
        TARGET_COUNT
};
static const char *const target_names[] = {
#define X(name) #name,
    TARGETS(X)
#undef X
};

static const char *out_dir;
static unsigned written[TARGET_COUNT];
static bool failed;

static void write_seed(enum target to, struct str text)
{
    char path[4096];

    if (text.n == 0 || text.n > MAX_SEED || written[to] == MAX_SEEDS) {
        return;
    }
    snprintf(path, sizeof path, "%s/%s/recorded-%03u", out_dir, target_names[to],
             written[to]++);
    FILE *f = fopen(path, "we");

    if (f == NULL || fwrite(text.p, 1, text.n, f) != text.n) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        failed = true;
    }
    if (f != NULL && fclose(f) != 0) {
        failed = true;
    }
}

/* `before`, the value as JSON, `after`. */
static void write_json(enum target to, const char *before, const json_t *v,
                       const char *after)
{
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    struct buf b;

    buf_init(&b, MAX_FILE);
    buf_addz(&b, before);
    buf_addz(&b, text == NULL ? "" : text);
    buf_addz(&b, after);
    if (text != NULL && buf_ok(&b)) {
        write_seed(to, buf_str(&b));
    }
    buf_finish(&b);
    free(text);
}

static struct str string_of(const json_t *v)
{
    return (struct str){json_string_value(v), json_string_length(v)};
}

/* ---- texts, wherever they stand ---- */

static void write_text(struct str text)
{
    struct buf b;

    if (text.n < 40 || text.n > 4000) {
        return;
    }
    buf_init(&b, MAX_SEED);
    buf_addc(&b, 14); /* the largest limit of fuzz_rich.c */
    buf_add(&b, text);
    write_seed(TO_rich, buf_str(&b));
    write_seed(TO_marks, text);
    buf_finish(&b);
}

static void find_texts(const json_t *v, unsigned depth)
{
    const char *name;
    json_t *part;
    size_t i;

    if (depth > 20) {
        return;
    }
    if (json_is_object(v) &&
        strcmp("doc", json_is_string(json_object_get(v, "type"))
                          ? json_string_value(json_object_get(v, "type"))
                          : "") == 0) {
        write_json(TO_rich, "\x0e", v, "");
        return;
    }
    json_array_foreach(v, i, part)
    {
        find_texts(part, depth + 1);
    }
    json_object_foreach((json_t *)(uintptr_t)v, name, part)
    {
        if (json_is_string(part) &&
            (strcmp(name, "body") == 0 || strcmp(name, "description") == 0)) {
            write_text(string_of(part));
        }
        find_texts(part, depth + 1);
    }
}

/* ---- issues ---- */

static void write_github_issue(json_t *issue)
{
    json_t *list = json_pack("[O]", issue);

    write_json(TO_github, "", list, "");
    write_json(TO_project, "", list, "");
    json_decref(list);
}

static void write_jira_issue(json_t *issue, bool cloud)
{
    json_t *page =
        json_pack("{s:[O],s:i,s:i}", "issues", issue, "total", 1, "startAt", 0);

    write_json(TO_jira, cloud ? "" : "CONF dc all\n\x1e", page, "");
    write_json(TO_project, "", page, "");
    json_decref(page);
}

static void write_issue(json_t *v, const char *path)
{
    bool jira = strstr(path, "jira") != NULL;

    if (jira && json_is_object(json_object_get(v, "fields"))) {
        write_jira_issue(v, strstr(path, "cloud") != NULL);
    } else if (!jira && json_is_integer(json_object_get(v, "number"))) {
        write_github_issue(v);
    }
}

static void find_issues(json_t *v, const char *path)
{
    json_t *part, *list = json_object_get(v, "issues");
    size_t i;

    write_issue(v, path);
    json_array_foreach(json_is_array(v) ? v : list, i, part)
    {
        if (i < 4) {
            write_issue(part, path);
        }
    }
}

/* Answers of the set-up, each in its place among good ones. */
static void write_setup(json_t *v, const char *path)
{
    if (strstr(path, "field") != NULL && json_is_array(v)) {
        write_json(TO_jira, "CONF cloud all\n\x1eGO\n\x1eHTTP 200\n\n", v,
                   "\x1eGO\n\x1eGO\n\x1eGO\n\x1eGO\n");
    } else if (json_object_get(v, "deploymentType") != NULL) {
        write_json(TO_jira, "CONF all\n\x1eHTTP 200\n\n", v,
                   "\x1eGO\n\x1eGO\n\x1eGO\n\x1eGO\n\x1eGO\n\x1eGO\n");
    } else if (strstr(path, "project") != NULL) {
        write_json(TO_jira,
                   json_is_array(v)
                       ? "CONF dc every\n\x1eGO\n\x1eGO\n\x1eHTTP 200\n\n"
                       : "CONF cloud every\n\x1eGO\n\x1eGO\n\x1eHTTP 200\n\n",
                   v, "\x1eGO\n\x1eGO\n\x1eGO\n");
    }
}

/* ---- exchanges ---- */

static void add_headers(struct buf *out, const json_t *headers)
{
    const char *name;
    json_t *v;

    json_object_foreach((json_t *)(uintptr_t)headers, name, v)
    {
        const json_t *first = json_is_array(v) ? json_array_get(v, 0) : v;

        if (json_is_string(first)) {
            buf_printf(out, "%s: %.*s\n", name, STR_FMT(string_of(first)));
        }
    }
}

/* Long lists are cut to two elements: more of them say nothing new. */
static void add_body(struct buf *out, struct str body)
{
    json_t *v = json_loadb(body.p == NULL ? "" : body.p, body.n, JSON_ALLOW_NUL, NULL);

    if (json_is_array(v) && json_array_size(v) > 2) {
        while (json_array_size(v) > 2) {
            json_array_remove(v, 2);
        }
        char *text = json_dumps(v, JSON_COMPACT);

        buf_addz(out, text == NULL ? "" : text);
        free(text);
    } else {
        buf_add(out, body);
    }
    json_decref(v);
}

static void write_exchanges(const json_t *list, const char *path)
{
    enum target to = strstr(path, "/github/") != NULL ? TO_github : TO_jira;
    const json_t *exchange;
    struct buf b;
    size_t i;

    buf_init(&b, MAX_FILE);
    if (to == TO_jira && strstr(path, "jira-dc") != NULL) {
        buf_addz(&b, "CONF dc\n\x1e");
    }
    json_array_foreach(list, i, exchange)
    {
        const json_t *resp = json_object_get(exchange, "response");

        if (i == MAX_ANSWERS) {
            break;
        }
        buf_printf(&b, "%sHTTP %d\n", i > 0 ? "\x1e" : "",
                   (int)json_integer_value(json_object_get(resp, "status")));
        add_headers(&b, json_object_get(resp, "headers"));
        buf_addc(&b, '\n');
        add_body(&b, string_of(json_object_get(resp, "body")));
    }
    if (buf_ok(&b)) {
        write_seed(to, buf_str(&b));
    }
    buf_finish(&b);
}

/* ---- files ---- */

static void take_json(json_t *v, const char *path)
{
    json_t *exchange;
    size_t i;

    if (!json_is_array(json_object_get(v, "exchanges"))) {
        find_issues(v, path);
        find_texts(v, 0);
        if (strstr(path, "jira") != NULL) {
            write_setup(v, path);
        }
        return;
    }
    write_exchanges(json_object_get(v, "exchanges"), path);
    json_array_foreach(json_object_get(v, "exchanges"), i, exchange)
    {
        struct str body =
            string_of(json_object_get(json_object_get(exchange, "response"), "body"));
        json_t *answer =
            json_loadb(body.p == NULL ? "" : body.p, body.n, JSON_ALLOW_NUL, NULL);

        if (answer != NULL) {
            find_issues(answer, path);
        }
        json_decref(answer);
    }
}

static void take_lines(struct str text, const char *path)
{
    struct str line;

    for (size_t i = 0; str_split(&text, '\n', &line); i++) {
        json_t *v = i % NDJSON_STEP == 0
                        ? json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL)
                        : NULL;

        if (v != NULL) {
            take_json(v, path);
        }
        json_decref(v);
    }
}

static void take_file(const char *path)
{
    FILE *f = fopen(path, "re");
    char chunk[16384];
    struct buf text;
    size_t n;

    if (f == NULL) {
        return;
    }
    buf_init(&text, MAX_FILE);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) {
        buf_add(&text, (struct str){chunk, n});
    }
    fclose(f);
    if (str_has_suffix(str_of(path), STR(".ndjson"))) {
        take_lines(buf_str(&text), path);
    } else if (str_has_suffix(str_of(path), STR(".json"))) {
        json_t *v = json_loadb(buf_cstr(&text), text.n, JSON_ALLOW_NUL, NULL);

        if (v != NULL) {
            take_json(v, path);
        }
        json_decref(v);
    }
    buf_finish(&text);
}

static void take_below(const char *path)
{
    struct dirent **names = NULL;
    int n = scandir(path, &names, NULL, alphasort);

    for (int i = 0; i < n; i++) {
        char below[4096];

        snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] == '.') {
            ;
        } else if (names[i]->d_type == DT_DIR) {
            take_below(below);
        } else {
            take_file(below);
        }
        free(names[i]);
    }
    free(names);
}

int main(int argc, char **argv)
{
    /* Those with few inputs of a kind first. */
    static const char *const folders[] = {
        "jira-cloud/rest", "github/rest",      "jira-cloud/exchanges",
        "jira-dc/rest",    "github/exchanges", "jira-dc/exchanges",
        "large",
    };
    char path[4096];

    if (argc != 3) {
        fprintf(stderr, "usage: seeds DATA OUT\n");
        return 64;
    }
    out_dir = argv[2];
    (void)mkdir(out_dir, 0700);
    for (size_t i = 0; i < TARGET_COUNT; i++) {
        snprintf(path, sizeof path, "%s/%s", out_dir, target_names[i]);
        (void)mkdir(path, 0700);
    }
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", argv[1], folders[i]);
        take_below(path);
    }
    return failed;
}
