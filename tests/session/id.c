/* Session-Id (RFC 6733, 8.8): made anew, never the same again, and taken apart. */
#include "session/session.h"

#include "harness.h"

#include <stdio.h>

static dia_node *new_node(int64_t wall_clock)
{
    const dia_node_config config = { .origin_host = "pgw.example.net",
                                     .origin_realm = "example.net",
                                     .wall_clock = wall_clock,
                                     .alloc = harness_allocator() };
    dia_node *node = NULL;
    return dia_node_new(&config, (dia_time){ 0 }, &node, NULL, 0) ? NULL : node;
}

/* What the parts of an id are together with a number that is `more` behind the first one's. */
static const char *expected(const dia_session_id_parts *first, uint32_t more, const char *tail, char to[100])
{
    snprintf(to, 100, "pgw.example.net;%u;%u%s", (unsigned)first->high, (unsigned)(first->low + more), tail);
    return to;
}

static void id_has_the_recommended_form(void) /* B8.8-04, B8.8-05 */
{
    char text[100];
    dia_session_id id;
    dia_session_id_parts first;
    dia_node *node = new_node(1700000000);
    need(node);
    need_int(dia_session_id_next(node, NULL, &id), 0);
    need_int(dia_session_id_parse(dia_session_id_bytes(&id), &first), 0);
    need_int(first.high, 1700000000);
    need_bytes(dia_session_id_bytes(&id), dia_cstr(expected(&first, 0, "", text)));
    need_int(dia_session_id_next(node, "imsi-001010123456789", &id), 0);
    need_bytes(dia_session_id_bytes(&id), dia_cstr(expected(&first, 1, ";imsi-001010123456789", text)));
    need_int(id.text[id.n], 0);
    need_int(dia_session_id_next(node, "", &id), 0);
    need_bytes(dia_session_id_bytes(&id), dia_cstr(expected(&first, 2, ";", text)));
done:
    dia_node_free(node);
}

/* RFC 6733, 8.8: the low part counts on into the high one. */
static void low_part_runs_over_into_the_high_one(void) /* B8.8-05 */
{
    dia_session_id id;
    dia_session_id_parts parts;
    dia_node *node = new_node(1700000000);
    need(node);
    node->sessions |= UINT32_MAX;
    need_int(dia_session_id_next(node, NULL, &id), 0);
    need_int(dia_session_id_parse(dia_session_id_bytes(&id), &parts), 0);
    need_int(parts.high, 1700000000);
    need_int(parts.low, UINT32_MAX);
    need_int(dia_session_id_next(node, NULL, &id), 0);
    need_int(dia_session_id_parse(dia_session_id_bytes(&id), &parts), 0);
    need_int(parts.high, 1700000001);
    need_int(parts.low, 0);
done:
    dia_node_free(node);
}

static void id_is_another_one_after_a_restart(void) /* B8.8-03 */
{
    dia_session_id id[2];
    for (int i = 0; i < 2; i++) {
        dia_node *node = new_node(1700000000 + i);
        const int err = node ? dia_session_id_next(node, NULL, &id[i]) : DIA_ENOMEM;
        dia_node_free(node);
        if (harness_injected())
            return;
        check_int(err, 0);
    }
    check(!dia_bytes_equal(dia_session_id_bytes(&id[0]), dia_session_id_bytes(&id[1])));
}

static void optional_part_that_is_too_long_is_refused(void)
{
    char optional[DIA_SESSION_ID_MAX];
    dia_session_id id = { 0, "" };
    dia_node *node = new_node(1);
    memset(optional, 'x', sizeof optional);
    optional[sizeof optional - 1] = 0;
    need(node);
    need_int(dia_session_id_next(node, optional, &id), DIA_ESPACE);
    need_int(id.n, 0);
    need_int(dia_session_id_next(node, "", &id), 0);
    optional[DIA_SESSION_ID_MAX - 1 - id.n] = 0; /* exactly as long as may be: the next number has as many digits */
    need_int(dia_session_id_next(node, optional, &id), 0);
    need_int(id.n, DIA_SESSION_ID_MAX - 1);
done:
    dia_node_free(node);
}

static void id_is_taken_apart(void)
{
    static const struct {
        const char *name, *text;
        int err;
        const char *host;
        uint32_t high, low;
        const char *optional; /* NULL: none */
    } rows[] = {
        { "three parts", "a.example;1;2", 0, "a.example", 1, 2, NULL },
        { "four parts", "a.example;1876543210;523;mobile@200.1.1.88", 0, "a.example", 1876543210, 523,
          "mobile@200.1.1.88" },
        { "an empty optional part", "a.example;1;2;", 0, "a.example", 1, 2, "" },
        { "an optional part with semicolons", "a.example;1;2;b;c", 0, "a.example", 1, 2, "b;c" },
        { "the greatest numbers", "a;4294967295;4294967295", 0, "a", UINT32_MAX, UINT32_MAX, NULL },
        { "leading zeros", "a;0000000001;02", 0, "a", 1, 2, NULL },
        { "nothing", "", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a host alone", "a.example", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "two parts", "a.example;1", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "two parts and nothing", "a.example;1;", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "no host", ";1;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a host that is none", "a b;1;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a number too great", "a;4294967296;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a number too long", "a;00000000001;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a number with a sign", "a;-1;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a number with letters", "a;1;2x", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "a number with a blank", "a; 1;2", DIA_EFORMAT, NULL, 0, 0, NULL },
        { "another legal form", "hello world", DIA_EFORMAT, NULL, 0, 0, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        dia_session_id_parts parts = { .high = 99 };
        harness_row(rows[i].name);
        check_int(dia_session_id_parse(dia_cstr(rows[i].text), &parts), rows[i].err);
        if (rows[i].err) {
            check_int(parts.high, 99); /* untouched */
            continue;
        }
        check_bytes(parts.host, dia_cstr(rows[i].host));
        check_int(parts.high, rows[i].high);
        check_int(parts.low, rows[i].low);
        check_bytes(parts.optional, dia_cstr(rows[i].optional));
    }
    dia_session_id_parts parts;
    check_int(dia_session_id_parse((dia_bytes){ NULL, 0 }, &parts), DIA_EFORMAT);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "id_has_the_recommended_form", id_has_the_recommended_form },
        { "low_part_runs_over_into_the_high_one", low_part_runs_over_into_the_high_one },
        { "id_is_another_one_after_a_restart", id_is_another_one_after_a_restart },
        { "optional_part_that_is_too_long_is_refused", optional_part_that_is_too_long_is_refused },
        { "id_is_taken_apart", id_is_taken_apart },
    };
    return HARNESS_RUN("session/id", tests);
}
