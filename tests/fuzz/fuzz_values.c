/*
 * Answers of value sources: a pointer, a line end, and any bytes as what the address
 * says. A number that comes of it is finite; what does not says why.
 */
#include <math.h>

#include "connectors/connector.h"
#include "connectors/values/json.h"
#include "connectors/values/prometheus.h"
#include "connectors/values/value_http.h"
#include "tests/fuzz/fuzz.h"

static void hold(const struct value_ops *ops, struct str pointer, struct str body)
{
    static const struct value_http_conf own = {
        .url = STR_INIT("https://numbers.example.com"),
        .token = {.from = SECRET_FILE, .value = STR_INIT("s3cret-s3cret")}};
    static const int statuses[] = {200, 400, 503};
    const struct value_conf conf = {STR("m"), STR("json"), &own};
    const struct value_question q = {.pointer = pointer};

    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        const struct http_response resp = {.status = statuses[i], .body = body};
        struct err e = {.kind = ERR_NONE};
        double v = 0;

        if (ops->judge(&conf, &q, &resp, &v, &e)) {
            FUZZ_CHECK(isfinite(v), "%g", v);
            FUZZ_CHECK(statuses[i] == 200, "a number of status %d", statuses[i]);
        } else {
            FUZZ_CHECK(e.kind != ERR_NONE && e.msg[0] != '\0', "fails without a word");
            /* Where the strategy spells it, it is not the answer that tells it. */
            FUZZ_CHECK(str_find(pointer, own.token.value) >= 0 ||
                           strstr(e.msg, "s3cret-s3cret") == NULL,
                       "%s", e.msg);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = fuzz_copy((struct str){(const char *)data, size});
    struct str body = {copy, size}, pointer = STR_NONE;

    hold(&prometheus_ops, STR_NONE, body);
    (void)str_split(&body, '\n', &pointer);
    hold(&json_ops, pointer, body);
    free(copy);
    return 0;
}
