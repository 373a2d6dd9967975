/*
 * The projection scanner against jansson (tests/unit/project_reference.h): any
 * document either is refused by both or means the same to both.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/project_reference.h"

/* The reference keeps what one path leads to in a table of that many. */
enum { MAX_DOCUMENT = 8000 };

int LLVMFuzzerInitialize(int *argc UNUSED, char ***argv UNUSED)
{
    for (size_t i = 0; i < ARRAY_LEN(projections); i++) {
        compile(&projections[i]);
    }
    return 0;
}

/* Brackets that are open at once, whether or not they stand in a string. */
static size_t most_open(struct str s)
{
    size_t open = 0, most = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '[' || s.p[i] == '{') {
            open++;
            most = open > most ? open : most;
        } else if ((s.p[i] == ']' || s.p[i] == '}') && open > 0) {
            open--;
        }
    }
    return most;
}

/* Too deep for the scanner, which is stricter than jansson there. */
static void run_only(struct str doc)
{
    char *copy = fuzz_copy(doc);

    for (size_t i = 0; i < ARRAY_LEN(projections); i++) {
        json_t *got = NULL;
        struct err e;

        if (project_load(projections[i].compiled, (struct str){copy, doc.n}, &got,
                         &e)) {
            json_decref(got);
        }
    }
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str doc = {(const char *)data, size};

    if (size > MAX_DOCUMENT) {
        return 0;
    }
    if (most_open(doc) > PROJECT_MAX_DEPTH) {
        run_only(doc);
    } else {
        (void)check("input", doc);
    }
    return 0;
}
