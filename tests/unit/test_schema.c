/*
 * The validator that other tests hold JSON with: every keyword lets the good pass
 * and not the bad, and none is ignored because it is unknown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/schema.h"
#include "tests/support/schema_text.h"

/* JSON with ' for ". */
static json_t *parse(const char *text)
{
    json_error_t why;
    json_t *v;
    char *copy = strdup(text);

    assert_non_null(copy);
    for (char *p = copy; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    v = json_loads(copy, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
    if (v == NULL)
        fail_msg("%s: %s", copy, why.text);
    free(copy);
    return v;
}

static bool holds(const struct schema_rules *how, const char *schema, const char *value,
                  struct buf *why)
{
    json_t *s = parse(schema), *v = parse(value);
    struct schema_rules rules = *how;
    bool ok;

    rules.root = s;
    ok = schema_check_by(&rules, s, v, why);
    json_decref(s);
    json_decref(v);
    return ok;
}

struct row {
    const char *schema, *good, *bad;
};

static void check_rows(const struct schema_rules *how, const struct row *rows, size_t n)
{
    struct buf why;

    buf_init(&why, 65536);
    for (size_t i = 0; i < n; i++) {
        if (!holds(how, rows[i].schema, rows[i].good, &why))
            fail_msg("%s refuses %s: %s", rows[i].schema, rows[i].good, buf_cstr(&why));
        if (holds(how, rows[i].schema, rows[i].bad, &why))
            fail_msg("%s takes %s", rows[i].schema, rows[i].bad);
        assert_true(why.n > 0);
    }
    buf_finish(&why);
}

#define CHECK_ROWS(how, rows) check_rows(how, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct schema_rules json = {.dialect = SCHEMA_JSON};
static const struct schema_rules openapi = {.dialect = SCHEMA_OPENAPI};
static const struct schema_rules closed = {.dialect = SCHEMA_OPENAPI, .closed = true};

static void keywords_of_both_dialects(void **state)
{
    static const struct row rows[] = {
        {"{'type':'object'}", "{}", "[]"},
        {"{'type':'array'}", "[]", "{}"},
        {"{'type':'string'}", "''", "1"},
        {"{'type':'integer'}", "1", "1.5"},
        {"{'type':'number'}", "1", "'1'"},
        {"{'type':'boolean'}", "false", "null"},
        {"{'enum':[1,'a',[2]]}", "[2]", "2"},
        {"{'format':'date'}", "'2026-02-28'", "'2026-02-29'"},
        {"{'pattern':'^\\\\d{2}-\\\\w+$'}", "'12-ab'", "'1-ab'"},
        {"{'pattern':'b'}", "'abc'", "'ac'"},
        {"{'pattern':'b'}", "7", "'ac'"},
        {"{'minLength':2}", "'\\u00e4\\u00f6'", "'x'"},
        {"{'maxLength':2}", "'\\u00e4\\u00f6'", "'xyz'"},
        {"{'minimum':2}", "2", "1.9"},
        {"{'maximum':2}", "2", "3"},
        {"{'minimum':9007199254740993}", "9007199254740993", "9007199254740992"},
        {"{'items':{'type':'integer'}}", "[1,2]", "[1,'2']"},
        {"{'items':false}", "[]", "[1]"},
        {"{'minItems':1}", "[1]", "[]"},
        {"{'maxItems':1}", "[1]", "[1,2]"},
        {"{'uniqueItems':true}", "[1,{'a':1},{'a':2}]", "[{'a':1},2,{'a':1}]"},
        {"{'uniqueItems':false,'minItems':2}", "[1,1]", "[1]"},
        {"{'required':['a']}", "{'a':null}", "{'b':1}"},
        {"{'properties':{'a':{'type':'string'}}}", "{'a':'','b':1}", "{'a':1}"},
        {"{'properties':{'a':{}},'additionalProperties':false}", "{'a':1}", "{'b':1}"},
        {"{'properties':{'a':{}},'additionalProperties':{'type':'string'}}",
         "{'a':1,'b':''}", "{'a':1,'b':1}"},
        {"{'minProperties':1}", "{'a':1}", "{}"},
        {"{'maxProperties':1}", "{'a':1}", "{'a':1,'b':1}"},
        {"{'anyOf':[{'type':'string'},{'minimum':3}]}", "3", "2"},
        {"{'oneOf':[{'minimum':1},{'minimum':3}]}", "2", "4"},
        {"{'oneOf':[{'minimum':1},{'minimum':3}]}", "2", "0"},
        {"{'allOf':[{'minimum':1},{'maximum':3}]}", "2", "4"},
        {"{'properties':{'a':{'$ref':'#'},'b':{'type':'string'}}}", "{'a':{'b':''}}",
         "{'a':{'a':{'b':1}}}"},
        {"{'$ref':'#/properties/x~1y','properties':{'x/y':{'minimum':1}}}", "1", "0"},
    };

    (void)state;
    CHECK_ROWS(&json, rows);
    CHECK_ROWS(&openapi, rows);
}

static void keywords_of_one_dialect(void **state)
{
    static const struct row in_json[] = {
        {"{'type':['string','null']}", "null", "1"},
        {"{'const':{'a':1}}", "{'a':1}", "{'a':2}"},
        {"{'$defs':{'x':{'minimum':1}},'$ref':'#/$defs/x'}", "1", "0"},
        {"{'definitions':{'x':{'minimum':1}},'$ref':'#/definitions/x'}", "1", "0"},
    };
    static const struct row in_openapi[] = {
        {"{'type':'string','nullable':true}", "null", "1"},
        {"{'type':'string','nullable':false}", "''", "null"},
        {"{'type':'string','nullable':true,'enum':['a',null]}", "null", "'b'"},
        {"{'type':'string','nullable':true,'enum':['a']}", "null", "'b'"},
        {"{'type':'string','enum':['a']}", "'a'", "null"},
        {"{'properties':{'a':{'writeOnly':true}}}", "{}", "{'a':1}"},
        {"{'type':'string','readOnly':true,'xml':{},'example':7}", "''", "1"},
    };

    (void)state;
    CHECK_ROWS(&json, in_json);
    CHECK_ROWS(&openapi, in_openapi);
}

/* A closed schema asks for each member to be named by a schema that fits. */
static void members_are_not_invented(void **state)
{
    static const struct row rows[] = {
        {"{'properties':{'a':{}}}", "{'a':1}", "{'a':1,'z':1}"},
        {"{'properties':{'a':{'properties':{'b':{}}}}}", "{'a':{'b':1}}",
         "{'a':{'b':1,'z':1}}"},
        {"{'allOf':[{'properties':{'a':{}}},{'properties':{'b':{}}}]}", "{'a':1,'b':1}",
         "{'a':1,'b':1,'z':1}"},
        {"{'anyOf':[{'properties':{'a':{}},'required':['a']},"
         "{'properties':{'b':{}},'required':['b']}]}",
         "{'a':1,'b':1}", "{'a':1,'z':1}"},
        /* Only the branch that fits has named something. */
        {"{'anyOf':[{'properties':{'a':{},'c':{}},'required':['a']},"
         "{'properties':{'b':{}},'required':['b']}]}",
         "{'a':1,'c':1}", "{'b':1,'c':1}"},
        {"{'properties':{'a':{}},'additionalProperties':{'type':'string'}}",
         "{'a':1,'z':''}", "{'a':1,'z':1}"},
        {"{'items':{'properties':{'a':{}}}}", "[{'a':1}]", "[{'a':1},{'z':1}]"},
        /* Without any names it is an object of anything. */
        {"{'type':'object'}", "{'z':{'y':1}}", "[]"},
    };

    (void)state;
    CHECK_ROWS(&closed, rows);
}

static void formats(void **state)
{
    static const struct row rows[] = {
        {"{'format':'date-time'}", "'2026-11-22T15:56:19Z'", "'2026-11-22T15:56:19'"},
        {"{'format':'date-time'}", "'2026-11-22t15:56:60.25z'",
         "'2026-11-22T15:56:61Z'"},
        {"{'format':'date-time'}", "'2026-11-22T15:56:19.1+05:30'",
         "'2026-11-22T15:56:19.123+0000'"},
        {"{'format':'date-time'}", "'2026-11-22T15:56:19-00:00'",
         "'2026-11-22T15:56:19.Z'"},
        {"{'format':'date-time'}", "'1970-01-01T00:00:00Z'", "'2026-13-22T15:56:19Z'"},
        {"{'format':'date-time'}", "7", "'2026-11-22T24:00:00Z'"},
        {"{'format':'date'}", "'2024-02-29'", "'2026-2-09'"},
        {"{'format':'uri'}", "'https://a.example/b?c=%20#d'", "'/b'"},
        {"{'format':'uri'}", "'git://[::1]/x'", "'https://a.example/{name}'"},
        {"{'format':'uri'}", "'mailto:a@b'", "'https://a.example/ b'"},
        {"{'format':'uri'}", "'http://[::1]:80?a'", "'https://a.example/b[c]'"},
        {"{'format':'url'}", "'a+b:c'", "'https://a.example/%2'"},
        {"{'format':'URL'}", "'https://a'", "'https:'"},
        {"{'format':'email'}", "'a@b.example'", "'a@b@c'"},
        {"{'format':'email'}", "'a@b'", "'@b'"},
        {"{'format':'uuid'}", "'11223344-a1b2-3b33-c444-def123456789'",
         "'11223344-a1b2-3b33-c444-def12345678'"},
        {"{'format':'byte'}", "'aGk='", "'aGk'"},
        {"{'format':'json'}", "'[1]'", "'[1'"},
        {"{'format':'repo.nwo'}", "'acme/web'", "'acme'"},
        {"{'format':'int32'}", "-2147483648", "2147483648"},
        {"{'format':'int64'}", "9223372036854775807", "1.5"},
        {"{'format':'timestamp'}", "1590701888", "-1"},
        {"{'type':'number','format':'double'}", "1.5", "'1.5'"},
    };

    (void)state;
    CHECK_ROWS(&openapi, rows);
    assert_false(schema_knows_format("ipv4"));
}

/* What would mean something else to regcomp is refused, not tried. */
static void patterns(void **state)
{
    static const char *const known[] = {"^[a-z0-9][a-z0-9._-]{0,63}$", "JWT \\S+",
                                        "^(0|[0-9]+(s|m|h|d|wd))$", "\\.\\d{6}$"};
    static const char *const others[] = {"(?=a)",   "a+?", "a{2}?", "[\\d]",
                                         "\\bword", "(",   "\\",    "a**?"};

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_true(schema_knows_pattern(known[i]));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(schema_knows_pattern(others[i]));
    assert_true(schema_has_pattern("^\\w{1,255}-\\d{1,255}$", "PAY-412"));
    assert_false(schema_has_pattern("^\\w{1,255}-\\d{1,255}$", "PAY-4x"));
}

static void nothing_is_ignored(void **state)
{
    static const struct {
        const char *schema;
        enum schema_dialect dialect;
        const char *where;
    } rows[] = {
        {"{'nulable':true}", SCHEMA_OPENAPI, "nulable"},
        {"{'const':1}", SCHEMA_OPENAPI, "const"},
        {"{'nullable':true}", SCHEMA_JSON, "nullable"},
        {"{'format':'date-tiem'}", SCHEMA_JSON, "format"},
        {"{'pattern':'(?<a>b)'}", SCHEMA_JSON, "pattern"},
        {"{'type':'float'}", SCHEMA_JSON, "type"},
        {"{'type':'null'}", SCHEMA_OPENAPI, "type"},
        {"{'type':['string','float']}", SCHEMA_JSON, "type"},
        {"{'minLength':'1'}", SCHEMA_JSON, "minLength"},
        {"{'minimum':null}", SCHEMA_JSON, "minimum"},
        {"{'required':'a'}", SCHEMA_JSON, "required"},
        {"{'enum':[]}", SCHEMA_JSON, "enum"},
        {"{'anyOf':{}}", SCHEMA_JSON, "anyOf"},
        {"{'uniqueItems':1}", SCHEMA_JSON, "uniqueItems"},
        {"{'$ref':'other.json'}", SCHEMA_JSON, "$ref"},
    };
    struct buf why;
    char within[200];

    (void)state;
    buf_init(&why, 65536);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct schema_rules how = {.dialect = rows[i].dialect};
        json_t *s;

        assert_false(holds(&how, rows[i].schema, "'x'", &why));
        assert_non_null(strstr(buf_cstr(&why), rows[i].where));
        /* Also where no value leads to it. */
        snprintf(within, sizeof(within),
                 "{'properties':{'p':{'anyOf':[{'items':%s}]}}}", rows[i].schema);
        s = parse(within);
        assert_false(schema_is_known(rows[i].dialect, s, &why));
        assert_non_null(strstr(buf_cstr(&why), "/properties/p/anyOf/0/items/"));
        assert_non_null(strstr(buf_cstr(&why), rows[i].where));
        json_decref(s);
    }
    assert_false(holds(&json, "{'$ref':'#/$defs/none'}", "1", &why));
    assert_false(holds(&json, "{'$ref':'#'}", "1", &why)); /* without end */
    buf_finish(&why);
}

/* Of several schemas, the reason is of the one that came closest. */
static void the_reason_helps(void **state)
{
    struct buf why;

    (void)state;
    buf_init(&why, 65536);
    assert_false(holds(&json,
                       "{'anyOf':[{'type':'string'},{'properties':{'a':{'items':"
                       "{'type':'integer'}}}},{'type':'array'}]}",
                       "{'a':[1,2,'x']}", &why));
    assert_string_equal(buf_cstr(&why), "/a/2: no integer");
    buf_finish(&why);
}

/* The schemas that ship use nothing that would go unchecked. */
static void what_ships_is_known(void **state)
{
    static const char *const files[] = {
        "config/webhook.schema.json", "config/alignd.schema.json",
        "config/strategy.schema.json", "config/lint.schema.json"};
    json_t *own = json_load_file("config/openapi.json", 0, NULL), *one;
    const char *name;
    struct buf why;

    (void)state;
    buf_init(&why, 65536);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        json_t *s = json_load_file(files[i], 0, NULL);

        assert_non_null(s);
        if (!schema_is_known(SCHEMA_JSON, s, &why))
            fail_msg("%s%s", files[i], buf_cstr(&why));
        json_decref(s);
    }
    json_object_foreach((json_t *)(uintptr_t)schema_find(own, "/components/schemas"),
                        name, one)
    {
        if (!schema_is_known(SCHEMA_JSON, one, &why))
            fail_msg("%s: %s", name, buf_cstr(&why));
    }
    json_decref(own);
    buf_finish(&why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords_of_both_dialects),
        cmocka_unit_test(keywords_of_one_dialect),
        cmocka_unit_test(members_are_not_invented),
        cmocka_unit_test(formats),
        cmocka_unit_test(patterns),
        cmocka_unit_test(nothing_is_ignored),
        cmocka_unit_test(the_reason_helps),
        cmocka_unit_test(what_ships_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
