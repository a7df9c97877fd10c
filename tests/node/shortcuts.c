/* What redirects said for more than one message: by usage, for so long, in order of precedence. */
#include "node/shortcuts.h"

#include "harness.h"

#include <stdio.h>

enum { SECOND = 1000000 };

static dia_shortcut_keys keys_of(const char *session, const char *user, const char *realm, uint32_t application,
                                 const char *host)
{
    return (dia_shortcut_keys){ dia_cstr(session), dia_cstr(user), dia_cstr(realm), dia_cstr(host), application };
}

static void init(dia_shortcuts *s, size_t max, size_t octets)
{
    dia_shortcuts_init(s, max, octets, 7, harness_allocator());
}

/* Where a message with these keys goes; absent: its usual way. */
static dia_bytes way(dia_shortcuts *s, const dia_shortcut_keys *keys, int64_t now_us)
{
    const dia_shortcut *found = dia_shortcuts_find(s, keys, now_us, NULL);
    return found ? found->to : (dia_bytes){ NULL, 0 };
}

static void each_usage_has_its_messages(void) /* B6.13-01, -02, -03, -04, -05, -06, -07 */
{
    static const struct {
        const char *name;
        dia_redirect_usage usage;
        bool session, user, realm, application, both, host; /* does it hold when only this is the same? */
    } rows[] = {
        { "DONT_CACHE", DIA_REDIRECT_DONT_CACHE, false, false, false, false, false, false },
        { "ALL_SESSION", DIA_REDIRECT_ALL_SESSION, true, false, false, false, false, false },
        { "ALL_REALM", DIA_REDIRECT_ALL_REALM, false, false, true, false, true, false },
        { "REALM_AND_APPLICATION", DIA_REDIRECT_REALM_AND_APPLICATION, false, false, false, false, true, false },
        { "ALL_APPLICATION", DIA_REDIRECT_ALL_APPLICATION, false, false, false, true, true, false },
        { "ALL_HOST", DIA_REDIRECT_ALL_HOST, false, false, false, false, false, true },
        { "ALL_USER", DIA_REDIRECT_ALL_USER, false, true, false, false, false, false },
        { "7", (dia_redirect_usage)7, false, false, false, false, false, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_shortcut_keys all = keys_of("s;1", "u", "r.example", 4, "h.example");
        const struct {
            dia_shortcut_keys keys;
            bool want;
        } asked[] = {
            { keys_of("s;1", "v", "q.example", 5, "i.example"), rows[i].session },
            { keys_of("S;1", "v", "q.example", 5, "i.example"), false },
            { keys_of("t;1", "u", "q.example", 5, "i.example"), rows[i].user },
            { keys_of("t;1", "U", "q.example", 5, "i.example"), false },
            { keys_of("t;1", "v", "R.Example", 5, "i.example"), rows[i].realm },
            { keys_of("t;1", "v", "q.example", 4, "i.example"), rows[i].application },
            { keys_of("t;1", "v", "R.example", 4, "i.example"), rows[i].both },
            { keys_of("t;1", "v", "q.example", 5, "H.EXAMPLE"), rows[i].host },
            { keys_of(NULL, NULL, NULL, 5, NULL), false },
        };
        dia_shortcuts s;
        harness_row(rows[i].name);
        init(&s, 10, 10000);
        need_int(dia_shortcuts_put(&s, rows[i].usage, &all, DIA_STR("to.example"), SECOND, 0), 0);
        for (size_t k = 0; k < sizeof asked / sizeof *asked; k++)
            need_int(way(&s, &asked[k].keys, 0).p != NULL, asked[k].want);
        const bool remembered =
            rows[i].usage != DIA_REDIRECT_DONT_CACHE && (unsigned)rows[i].usage < DIA_REDIRECT_USAGES;
        need_int(s.n, remembered);
        if (remembered)
            need_bytes(way(&s, &all, SECOND - 1), DIA_STR("to.example"));
        need(!way(&s, &all, SECOND).p); /* B6.14-02 */
        need_int(s.n, 0);
        need_int(s.held, 0);
    done:
        dia_shortcuts_done(&s);
        if (harness_injected())
            return;
    }
}

/* RFC 6733, 6.13. */
static const dia_redirect_usage in_order[] = { DIA_REDIRECT_ALL_SESSION,           DIA_REDIRECT_ALL_USER,
                                               DIA_REDIRECT_REALM_AND_APPLICATION, DIA_REDIRECT_ALL_REALM,
                                               DIA_REDIRECT_ALL_APPLICATION,       DIA_REDIRECT_ALL_HOST };
enum { USAGES = 6 };

static void they_are_found_in_order(void) /* B6.13-08, B6.1.8-05 */
{
    const dia_shortcut_keys all = keys_of("s;1", "u", "r.example", 4, "h.example");
    for (unsigned mask = 0; mask < 1U << USAGES; mask++) {
        dia_shortcuts s;
        const dia_shortcut *found = NULL;
        init(&s, 10, 10000);
        for (int i = USAGES - 1; i >= 0; i--)
            if (mask >> i & 1)
                need_int(dia_shortcuts_put(&s, in_order[i], &all, DIA_STR("to.example"), SECOND, 0), 0);
        for (int i = 0; i < USAGES; i++) {
            if (!(mask >> i & 1))
                continue;
            found = dia_shortcuts_find(&s, &all, 0, found);
            need(found);
            need_int(found->usage, in_order[i]);
        }
        need(mask == 0 || !dia_shortcuts_find(&s, &all, 0, found));
    done:
        dia_shortcuts_done(&s);
        if (harness_injected())
            return;
    }
}

static void the_newest_counts(void)
{
    const dia_shortcut_keys all = keys_of("s;1", "u", "r.example", 4, "h.example");
    dia_shortcuts s;
    init(&s, 10, 10000);
    need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_REALM, &all, DIA_STR("a"), 9 * SECOND, 0), 0);
    need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_REALM, &all, DIA_STR("b"), SECOND, 0), 0);
    need_int(s.n, 1);
    need_bytes(way(&s, &all, 0), DIA_STR("b"));
    need(!way(&s, &all, SECOND).p);
done:
    dia_shortcuts_done(&s);
}

static void what_is_not_there_is_not_remembered(void)
{
    const dia_shortcut_keys none = keys_of(NULL, NULL, NULL, 4, NULL);
    dia_shortcuts s;
    init(&s, 10, 10000);
    for (int i = 0; i < USAGES; i++)
        need_int(dia_shortcuts_put(&s, in_order[i], &none, DIA_STR("to"), SECOND, 0), 0);
    need_int(s.n, 1); /* the application is always there */
    need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_APPLICATION, &none, DIA_STR("to"), 5, 5), 0);
    need_bytes(way(&s, &none, 5), DIA_STR("to")); /* without time it says nothing */
done:
    dia_shortcuts_done(&s);
}

static void there_is_room_for_so_many(void)
{
    dia_shortcuts s;
    char session[16];
    init(&s, 4, 10000);
    for (int i = 0; i < 10; i++) {
        snprintf(session, sizeof session, "s;%d", i);
        const dia_shortcut_keys keys = keys_of(session, NULL, NULL, 4, NULL);
        need_int(
            dia_shortcuts_put(&s, DIA_REDIRECT_ALL_SESSION, &keys, DIA_STR("to"), (i == 2 ? 100 : i + 1) * SECOND, 0),
            0);
        need_int(s.n, i < 4 ? i + 1 : 4);
    }
    for (int i = 0; i < 10; i++) { /* those that expire last are left */
        snprintf(session, sizeof session, "s;%d", i);
        const dia_shortcut_keys keys = keys_of(session, NULL, NULL, 4, NULL);
        need_int(way(&s, &keys, 0).p != NULL, i == 2 || i >= 7);
    }
done:
    dia_shortcuts_done(&s);
}

static void there_is_room_for_so_many_octets(void)
{
    const size_t one = sizeof(dia_shortcut) + 3 + 2;
    dia_shortcuts s;
    char session[16];
    init(&s, 1000, 3 * one + 1);
    for (int i = 0; i < 10; i++) {
        snprintf(session, sizeof session, "s;%d", i);
        const dia_shortcut_keys keys = keys_of(session, NULL, NULL, 4, NULL);
        need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_SESSION, &keys, DIA_STR("to"), SECOND, 0), 0);
        need_int(s.n, i < 3 ? i + 1 : 3);
        need(s.held <= s.octets);
    }
    char longest[1000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = 0;
    const dia_shortcut_keys keys = keys_of(longest, NULL, NULL, 4, NULL);
    need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_SESSION, &keys, DIA_STR("to"), SECOND, 0), DIA_ESPACE);
    need_int(s.n, 3);
done:
    dia_shortcuts_done(&s);
}

static void what_leads_to_a_lost_host_goes(void) /* B6.14-03 */
{
    dia_shortcuts s;
    char session[16];
    init(&s, 100, 100000);
    for (int i = 0; i < 50; i++) {
        snprintf(session, sizeof session, "s;%d", i);
        const dia_shortcut_keys keys = keys_of(session, NULL, NULL, 4, NULL);
        need_int(dia_shortcuts_put(&s, DIA_REDIRECT_ALL_SESSION, &keys,
                                   i % 3 ? DIA_STR("a.example") : DIA_STR("B.example"), SECOND, 0),
                 0);
    }
    dia_shortcuts_forget(&s, DIA_STR("b.EXAMPLE"));
    need_int(s.n, 33);
    for (int i = 0; i < 50; i++) {
        snprintf(session, sizeof session, "s;%d", i);
        const dia_shortcut_keys keys = keys_of(session, NULL, NULL, 4, NULL);
        need_int(way(&s, &keys, 0).p != NULL, i % 3 != 0);
    }
done:
    dia_shortcuts_done(&s);
}

/* ---- Against a list that is looked through ---- */

enum { LIST = 64, ROUNDS = 20000 };

typedef struct naive {
    dia_redirect_usage usage;
    unsigned session, user, realm, application, host, to; /* 0: absent */
    int64_t expires_us;
} naive;

static bool is_for(const naive *n, const naive *m)
{
    switch (n->usage) {
    case DIA_REDIRECT_ALL_SESSION: return m->session && n->session == m->session;
    case DIA_REDIRECT_ALL_USER: return m->user && n->user == m->user;
    case DIA_REDIRECT_REALM_AND_APPLICATION:
        return m->realm && n->realm == m->realm && n->application == m->application;
    case DIA_REDIRECT_ALL_REALM: return m->realm && n->realm == m->realm;
    case DIA_REDIRECT_ALL_APPLICATION: return n->application == m->application;
    case DIA_REDIRECT_ALL_HOST: return m->host && n->host == m->host;
    default: return false;
    }
}

static const char *const texts[] = { NULL, "a", "b", "abcdefgh", "abcdefghi", "abcdefgH", "x;1;2;3;4;5;6", "c" };
static const char *const other_case[] = { NULL, "A", "b", "ABCDEFGH", "abcdefghI", NULL, "X;1;2;3;4;5;6", "C" };

/* Names 3 and 5 differ in case alone: they are two sessions, and one realm. */
static dia_shortcut_keys keys_of_naive(const naive *n, bool odd)
{
    const char *const *names = odd ? other_case : texts;
    return keys_of(texts[n->session], texts[n->user], names[n->realm], n->application, names[n->host]);
}

static naive draw(dia_random *random)
{
    static const unsigned named[] = { 0, 1, 2, 3, 4, 6, 7 };
    return (naive){
        .usage = (dia_redirect_usage)dia_random_below(random, 7),
        .session = (unsigned)dia_random_below(random, 8),
        .user = (unsigned)dia_random_below(random, 8),
        .realm = named[dia_random_below(random, 7)],
        .application = (unsigned)dia_random_below(random, 3),
        .host = named[dia_random_below(random, 7)],
        .to = 1 + (unsigned)dia_random_below(random, 4),
    };
}

/* Does it replace it? */
static bool is_same(const naive *a, const naive *b)
{
    return a->usage == b->usage && is_for(a, b);
}

static const naive *look(const naive *list, size_t n, const naive *message, int64_t now_us)
{
    for (int i = 0; i < USAGES; i++)
        for (size_t k = 0; k < n; k++)
            if (list[k].usage == in_order[i] && list[k].expires_us > now_us && is_for(&list[k], message))
                return &list[k];
    return NULL;
}

static bool has_key(const naive *n)
{
    return is_for(n, n);
}

static void it_agrees_with_a_plain_list(void) /* B6.13-08 */
{
    static const char *const hosts[] = { NULL, "h1.example", "h2.example", "h3.example", "h4.example" };
    naive list[LIST];
    size_t n = 0;
    dia_random random;
    const uint8_t seed[32] = { 3 };
    dia_shortcuts s;
    dia_random_init(&random, seed);
    dia_shortcuts_init(&s, 1000, 1000000, 7, NULL); /* not again for each of its allocations */
    int64_t now_us = 0;
    for (int round = 0; round < ROUNDS; round++) {
        naive m = draw(&random);
        const dia_shortcut_keys keys = keys_of_naive(&m, dia_random_below(&random, 2));
        const uint64_t what = dia_random_below(&random, 20);
        now_us += (int64_t)dia_random_below(&random, SECOND);
        size_t kept = 0;
        for (size_t i = 0; i < n; i++)
            if (list[i].expires_us > now_us)
                list[kept++] = list[i];
        n = kept;
        if (what < 6 && n < LIST) {
            m.expires_us = now_us + (int64_t)dia_random_below(&random, 30 * SECOND);
            need_int(dia_shortcuts_put(&s, m.usage, &keys, dia_cstr(hosts[m.to]), m.expires_us, now_us), 0);
            if (has_key(&m) && m.expires_us > now_us) {
                size_t at = 0;
                while (at < n && !is_same(&list[at], &m))
                    at++;
                n += at == n;
                list[at] = m;
            }
        } else if (what == 6) {
            dia_shortcuts_forget(&s, dia_cstr(hosts[m.to]));
            kept = 0;
            for (size_t i = 0; i < n; i++)
                if (list[i].to != m.to)
                    list[kept++] = list[i];
            n = kept;
        } else {
            const naive *want = look(list, n, &m, now_us);
            need_bytes(way(&s, &keys, now_us), dia_cstr(want ? hosts[want->to] : NULL));
            need_int(s.n, n);
        }
    }
done:
    dia_shortcuts_done(&s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_usage_has_its_messages", each_usage_has_its_messages },
        { "they_are_found_in_order", they_are_found_in_order },
        { "the_newest_counts", the_newest_counts },
        { "what_is_not_there_is_not_remembered", what_is_not_there_is_not_remembered },
        { "there_is_room_for_so_many", there_is_room_for_so_many },
        { "there_is_room_for_so_many_octets", there_is_room_for_so_many_octets },
        { "what_leads_to_a_lost_host_goes", what_leads_to_a_lost_host_goes },
        { "it_agrees_with_a_plain_list", it_agrees_with_a_plain_list },
    };
    return HARNESS_RUN("node/shortcuts", tests);
}
