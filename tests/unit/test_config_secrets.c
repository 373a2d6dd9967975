/* The secrets behind the names of alignd.yaml: where each is found, what is refused. */
#include <sys/stat.h>
#include <unistd.h>

#include "base/sign.h"
#include "config/secrets.h"
#include "connectors/chat/slack.h"
#include "connectors/trackers/github/github.h"
#include "tests/support/rsa.h"
#include "tests/unit/config_alignd_rig.h"

struct secret_case {
    struct tempdir dir;
    struct buf path, credentials, fallback;
    struct conf_env env;
};

static void secrets_begin(struct secret_case *s)
{
    struct err e;

    assert_true(tempdir_create(&s->dir, &e));
    assert_true(tempdir_join(&s->dir, "a.yaml", &s->path, &e));
    assert_true(tempdir_join(&s->dir, "credentials", &s->credentials, &e));
    assert_true(tempdir_join(&s->dir, "fallback", &s->fallback, &e));
    assert_int_equal(mkdir(buf_cstr(&s->credentials), 0700), 0);
    assert_int_equal(mkdir(buf_cstr(&s->fallback), 0700), 0);
    s->env = no_env;
    s->env.credentials_directory = buf_cstr(&s->credentials);
    s->env.credentials_fallback = buf_cstr(&s->fallback);
}

static void secrets_end(struct secret_case *s)
{
    tempdir_remove(&s->dir);
    buf_finish(&s->fallback);
    buf_finish(&s->credentials);
    buf_finish(&s->path);
}

#define TOKEN(ref)                                                                     \
    "state: /s\nsocket: /r\nsources:\n"                                                \
    "  - { name: gh, type: github, repos: [a/b], token: " ref " }\n"

/* What is loaded for the token, or what is said instead. */
static void check_secret(struct secret_case *s, const char *text, const char *expected,
                         const char *message)
{
    put(&s->dir, "a.yaml", text);

    struct conf *c = load(buf_cstr(&s->path), &s->env);
    struct conf_diag *d = conf_diag_create();
    struct buf said;
    bool ok = conf_load_secrets(c, &s->env, d);
    const struct github_conf *own = c->sources[0].tracker.own;

    buf_init(&said, TEXT_MAX);
    conf_diag_print(d, &said);
    assert_int_equal(ok, conf_diag_errors(d) == 0);
    if (expected != NULL) {
        if (!ok) {
            fail_msg("%s", buf_cstr(&said));
        }
        assert_str(own->token.value, expected);
    } else if (ok || strstr(buf_cstr(&said), message) == NULL) {
        fail_msg("'%s' is not in\n%s", message, buf_cstr(&said));
    }
    if (expected == NULL && strstr(text, "gh.token") != NULL) {
        /* The place is where the operator named it. */
        assert_non_null(strstr(buf_cstr(&said), "a.yaml:4:60: error: "));
    }
    buf_finish(&said);
    conf_diag_destroy(d);
    conf_destroy(c);
}

static void secret_sources(void **state UNUSED)
{
    struct secret_case s;

    secrets_begin(&s);
    put(&s.dir, "fallback/tok", "from the fallback");
    check_secret(&s, TOKEN("{ credential: tok }"), "from the fallback", NULL);
    put(&s.dir, "credentials/alignd_tok", "with the unit's prefix\n");
    check_secret(&s, TOKEN("{ credential: tok }"), "with the unit's prefix", NULL);
    put(&s.dir, "credentials/tok", "as named\r\n");
    check_secret(&s, TOKEN("{ credential: tok }"), "as named", NULL);
    put(&s.dir, "gh.token", " kept blank \n\n");
    check_secret(&s, TOKEN("{ file: gh.token }"), " kept blank ", NULL);
    assert_int_equal(setenv("ALIGND_TEST_TOKEN", "from the environment", 1), 0);
    check_secret(&s, TOKEN("{ env: ALIGND_TEST_TOKEN }"), "from the environment", NULL);
    s.env.credentials_directory = NULL;
    check_secret(&s, TOKEN("{ credential: tok }"), "from the fallback", NULL);
    secrets_end(&s);
}

static void secret_errors(void **state UNUSED)
{
    struct secret_case s;
    struct buf file, big;
    struct err e;

    secrets_begin(&s);
    assert_true(tempdir_join(&s.dir, "gh.token", &file, &e));
    check_secret(&s, TOKEN("{ credential: tok }"), NULL,
                 "there is no credential 'tok'");
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "there is no file ");
    assert_int_equal(unsetenv("ALIGND_TEST_TOKEN"), 0);
    check_secret(&s, TOKEN("{ env: ALIGND_TEST_TOKEN }"), NULL,
                 "there is no variable $ALIGND_TEST_TOKEN");
    put(&s.dir, "gh.token", "\n\n");
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "gh.token is empty");
    put(&s.dir, "gh.token", "secret");
    assert_int_equal(chmod(buf_cstr(&file), 0620), 0);
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "can be written by others");
    assert_int_equal(chmod(buf_cstr(&file), 0602), 0);
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "can be written by others");
    assert_int_equal(chmod(buf_cstr(&file), 0600), 0);
    check_secret(&s, TOKEN("{ file: gh.token }"), "secret", NULL);
    buf_init(&big, TEXT_MAX);
    for (size_t i = 0; i < 65 * 1024; i++) {
        buf_addc(&big, 'x');
    }
    put(&s.dir, "gh.token", buf_cstr(&big));
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "is larger than 65536 bytes");
    assert_true(tempdir_write(&s.dir, "gh.token", (struct str){"a\0b", 3}, &e));
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "holds a NUL byte");
    assert_int_equal(unlink(buf_cstr(&file)), 0);
    assert_int_equal(mkdir(buf_cstr(&file), 0700), 0);
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "is a directory");
    buf_finish(&big);
    buf_finish(&file);
    secrets_end(&s);
}

/* Another user's file is refused; only root can make one to try it. */
static void secret_owner(void **state UNUSED)
{
    struct secret_case s;
    struct buf file;
    struct err e;

    if (geteuid() != 0) {
        skip();
    }
    secrets_begin(&s);
    put(&s.dir, "gh.token", "secret");
    assert_true(tempdir_join(&s.dir, "gh.token", &file, &e));
    assert_int_equal(chown(buf_cstr(&file), 65534, 65534), 0);
    check_secret(&s, TOKEN("{ file: gh.token }"), NULL, "belongs to another user");

    /* Who checks may not be who runs it. */
    struct conf *c = load(buf_cstr(&s.path), &s.env);
    struct conf_diag *d = conf_diag_create();

    assert_true(conf_check_secrets(c, &s.env, d));
    assert_int_equal(conf_diag_warnings(d), 1);
    conf_diag_destroy(d);
    conf_destroy(c);
    buf_finish(&file);
    secrets_end(&s);
}

/* The key of an App has to be one: it is told when it is loaded, not an hour later. */
static void secret_key(void **state UNUSED)
{
    static const char text[] = "state: /s\nsocket: /r\nsources:\n"
                               "  - { name: gh, type: github, org: acme,\n"
                               "      app: { id: 7, key: { file: gh.key } } }\n";
    struct secret_case s;
    struct buf said;
    struct rsa k;
    struct err e;

    secrets_begin(&s);
    put(&s.dir, "a.yaml", text);
    put(&s.dir, "gh.key", "ghp_notakey\n");

    struct conf *c = load(buf_cstr(&s.path), &s.env);
    struct conf_diag *d = conf_diag_create();
    const struct github_conf *own = c->sources[0].tracker.own;

    buf_init(&said, TEXT_MAX);
    assert_false(conf_load_secrets(c, &s.env, d));
    conf_diag_print(d, &said);
    assert_non_null(strstr(buf_cstr(&said),
                           "a.yaml:5:34: error: 'key' in source \"gh\": the secret "
                           "cannot be used: not a private key in PEM form"));
    assert_null(strstr(buf_cstr(&said), "notakey"));
    buf_finish(&said);
    conf_diag_destroy(d);

    d = conf_diag_create();
    assert_true(rsa_create(&k, 2048, &e));
    put(&s.dir, "gh.key", k.pkcs1);
    assert_true(conf_load_secrets(c, &s.env, d));
    assert_int_equal(own->app.id, 7);
    assert_int_equal(own->app.installation, 0);
    assert_true(sign_rs256_key(own->app.key.value, &e));
    rsa_finish(&k);
    conf_diag_destroy(d);
    conf_destroy(c);
    secrets_end(&s);
}

/* The address of a chat is a secret that still has to be an address. */
static void secret_address(void **state UNUSED)
{
    static const char text[] =
        "state: /s\nsocket: /r\n" SOURCE "channels: [{ name: ops, type: slack, url: { "
        "file: url } }]\nroutes: [{ channel: ops }]\n";
    struct secret_case s;

    secrets_begin(&s);
    put(&s.dir, "a.yaml", text);
    put(&s.dir, "url", "http://hooks.evil.example/T0/topsecret\n");

    struct conf *c = load(buf_cstr(&s.path), &s.env);
    struct conf_diag *d = conf_diag_create();
    struct buf said;

    buf_init(&said, TEXT_MAX);
    assert_false(conf_load_secrets(c, &s.env, d));
    conf_diag_print(d, &said);
    assert_non_null(strstr(buf_cstr(&said), "the secret must be https"));
    assert_null(strstr(buf_cstr(&said), "topsecret"));
    buf_finish(&said);
    conf_diag_destroy(d);

    d = conf_diag_create();
    put(&s.dir, "url", "https://hooks.example/T0/topsecret\n");
    assert_true(conf_load_secrets(c, &s.env, d)); /* a rotation is read again */

    const struct slack_conf *own = c->channels[0].chat.own;
    struct buf printed;

    assert_str(own->url.value, "https://hooks.example/T0/topsecret");
    buf_init(&printed, TEXT_MAX);
    conf_print(c, &printed);
    assert_null(strstr(buf_cstr(&printed), "topsecret"));
    assert_non_null(strstr(buf_cstr(&printed), "url: {file: url}"));
    buf_finish(&printed);
    conf_diag_destroy(d);

    /* Looking keeps nothing. */
    d = conf_diag_create();
    assert_true(conf_check_secrets(c, &s.env, d));
    assert_int_equal(own->url.value.n, 0);
    assert_int_equal(conf_diag_warnings(d), 0);
    assert_true(conf_load_secrets(c, &s.env, d));
    conf_diag_destroy(d);

    /* Nothing of it stays behind. */
    struct str value = own->url.value;

    secrets_wipe(c);
    for (size_t i = 0; i < value.n; i++) {
        assert_int_equal(value.p[i], 0);
    }
    assert_int_equal(own->url.value.n, 0);
    conf_destroy(c);
    secrets_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_sources),
        cmocka_unit_test(secret_errors),
        cmocka_unit_test(secret_owner),
        cmocka_unit_test(secret_address),
        cmocka_unit_test(secret_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
