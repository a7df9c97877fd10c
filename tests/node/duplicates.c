/* Requests that come again: the first answer once more, or together with the first one. */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

enum { BUF = 4096, KEPT_MAX = 8 };

static const char *const anybody[] = { "*", NULL };

/* A server of Ro. */
struct scene {
    struct net net;
    dia_node *node;
    bool keeps, mute;     /* keeps what comes; does nothing */
    uint32_t result_code; /* 0: 2001 */
    size_t padding;       /* octets of the User-Name in its answers */
    unsigned n;           /* requests that the handler saw */
    dia_request *kept[KEPT_MAX];
    const dia_ro_ccr *ccr[KEPT_MAX];
    unsigned n_kept;
    struct net_wire *a, *b; /* agents or clients */
};

static void serve(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    struct scene *s = arg;
    static char text[2000];
    s->n++;
    if (s->mute)
        return;
    if (s->keeps) {
        const dia_ro_ccr *kept = s->n_kept < KEPT_MAX ? dia_keep_ro_ccr(request) : NULL;
        if (kept) {
            s->kept[s->n_kept] = request;
            s->ccr[s->n_kept++] = kept;
        }
        return;
    }
    memset(text, 'x', sizeof text);
    const dia_ro_cca cca = {
        .result_code = s->result_code ? s->result_code : 2001,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = s->n, /* no two answers are the same */
        .user_name = s->padding ? (dia_bytes){ (const uint8_t *)text, s->padding } : (dia_bytes){ NULL, 0 },
    };
    (void)dia_answer_ro_cca(request, &cca);
}

static bool begin(struct scene *s, const dia_node_config *given)
{
    dia_node_config config = { 0 };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    if (given)
        config = *given;
    config.allow = anybody;
    s->node = net_add(&s->net, "s.example.net", &config);
    return s->node && !dia_serve_ro_ccr(s->node, serve, s) &&
           (s->a = net_hold_open(&s->net, s->node, "a.example.net")) &&
           (s->b = net_hold_open(&s->net, s->node, "b.example.net"));
}

struct ccr {
    const char *host;    /* NULL: "c.example.net" */
    const char *session; /* NULL: "c;1" */
    const char *proxy;   /* Proxy-State of a Proxy-Info; NULL: there is none */
    uint32_t id, hop_by_hop;
    bool again; /* T */
    bool proxiable;
};

static dia_bytes make(uint8_t *buf, const struct ccr *c)
{
    dia_proxy_info proxy = { .proxy_host = DIA_LIT("agent.example.net") };
    dia_ro_ccr ccr = net_ccr(1);
    ccr.session_id = dia_cstr(c->session ? c->session : "c;1");
    ccr.origin_host = dia_cstr(c->host ? c->host : "c.example.net");
    ccr.origin_realm = dia_cstr("example.net");
    ccr.auth_application_id = 4;
    if (c->proxy) {
        proxy.proxy_state = dia_cstr(c->proxy);
        ccr.proxy_info.v = &proxy;
        ccr.proxy_info.n = 1;
    }
    const dia_header ids = { .application = 4, .hop_by_hop = c->hop_by_hop, .end_to_end = c->id };
    const int64_t n = dia_encode(DIA_COMMAND_RO_CCR, &ccr, DIA_LEVEL_STRICT, &ids, NULL, buf, BUF, NULL, NULL);
    if (n < 0)
        abort();
    buf[DIA_AT_FLAGS] =
        (uint8_t)(DIA_FLAG_REQUEST | (c->proxiable ? DIA_FLAG_PROXIABLE : 0) | (c->again ? DIA_FLAG_RETRANSMITTED : 0));
    return (dia_bytes){ buf, (size_t)n };
}

static void say(struct scene *s, struct net_wire *wire, const struct ccr *c)
{
    uint8_t buf[BUF];
    net_write(&s->net, wire, make(buf, c));
}

/* A copy of the next message but its Hop-by-Hop id; absent: there is none. */
static dia_bytes hear(struct scene *s, struct net_wire *wire, uint8_t *buf)
{
    const dia_bytes message = net_read(&s->net, wire);
    if (!message.p || message.n > BUF)
        return (dia_bytes){ NULL, 0 };
    memcpy(buf, message.p, message.n);
    memset(buf + DIA_AT_HOP_BY_HOP, 0, 4);
    return (dia_bytes){ buf, message.n };
}

static uint64_t duplicates(const struct scene *s)
{
    return dia_node_counters(s->node).duplicates;
}

static int answer(struct scene *s, unsigned i)
{
    if (i >= s->n_kept)
        return DIA_ESTATE;
    return net_answer(s->kept[i], s->ccr[i], 2001);
}

/* ---- Behind the first answer ---- */

struct repeat_row {
    const char *name;
    bool elsewhere; /* comes from another peer: through another agent */
    bool later;     /* 200 seconds */
    struct ccr c;
};

static const struct repeat_row repeats[] = {
    { "on the same connection", false, false, { .hop_by_hop = 8 } },             /* B3-24, B3-25 */
    { "on another connection, of another peer", true, false, { 0 } },            /* W2.5-01, W3.4.1-10, W3.5-01 */
    { "Origin-Host in another case", true, false, { .host = "C.Example.NET" } }, /* B5.5.4-04 */
    { "with P", false, false, { .proxiable = true } },
    { "much later", true, true, { 0 } },
};

static void repeat_gets_the_first_answer_again(void)
{
    for (size_t i = 0; i < sizeof repeats / sizeof *repeats; i++) {
        const struct repeat_row *row = &repeats[i];
        struct scene s;
        uint8_t first[BUF], second[BUF];
        harness_row(row->name);
        need(begin(&s, &(dia_node_config){ .watchdog_ms = 600000 }));
        say(&s, s.a, &(struct ccr){ .id = 7, .hop_by_hop = 99 });
        const dia_bytes want = hear(&s, s.a, first);
        need_int(net_result(want), 2001);
        if (row->later)
            net_pass(&s.net, 200000);
        for (int n = 0; n < 2; n++) {
            struct ccr c = row->c;
            c.id = 7;
            c.again = true;
            struct net_wire *wire = row->elsewhere ? s.b : s.a;
            say(&s, wire, &c);
            dia_bytes got = hear(&s, wire, second);
            need(got.p);
            need_int(s.net.header.hop_by_hop, c.hop_by_hop);
            need_int(s.net.header.flags, c.proxiable ? DIA_FLAG_PROXIABLE : 0);
            second[DIA_AT_FLAGS] = first[DIA_AT_FLAGS];
            need_bytes(got, want);
        }
        need_int(s.n, 1);
        need_int(duplicates(&s), 2);
        need_int(dia_node_counters(s.node).answers_out, 3);
        need_int(dia_node_counters(s.node).requests_in, 3);
    done:
        net_end(&s.net);
        harness_row(NULL);
        if (harness_injected())
            return;
    }
}

/* RFC 6733, 3: "and any routing AVPs that may be present". */
static void repeat_gets_its_own_proxy_info(void)
{
    struct scene s;
    uint8_t buf[BUF];
    need(begin(&s, NULL));
    say(&s, s.a, &(struct ccr){ .id = 7, .proxy = "first" });
    need(net_value(hear(&s, s.a, buf), 284).p);
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true, .proxy = "the second" });
    const dia_bytes got = hear(&s, s.b, buf);
    need_int(net_result(got), 2001);
    const dia_bytes proxy = net_value(got, 284);
    need(proxy.n > 10);
    need_bytes(((dia_bytes){ proxy.p + proxy.n - 12, 10 }), dia_cstr("the second"));
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
    need(!net_value(hear(&s, s.b, buf), 284).p);
    need_int(s.n, 1);
done:
    net_end(&s.net);
}

static const struct {
    const char *name;
    struct ccr c;
} others[] = {
    { "without T", { .id = 7 } },
    { "another End-to-End id", { .id = 8, .again = true } },
    { "another Origin-Host", { .id = 7, .again = true, .host = "d.example.net" } },
    { "an Origin-Host that begins so", { .id = 7, .again = true, .host = "c.example.network" } },
    { "another session", { .id = 7, .again = true, .session = "c;2" } },
};

static void other_requests_are_handled(void)
{
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int kept = 0; kept < 2; kept++) {
            struct scene s;
            uint8_t buf[BUF];
            harness_row(others[i].name);
            need(begin(&s, NULL));
            s.keeps = kept;
            say(&s, s.a, &(struct ccr){ .id = 7 });
            say(&s, s.a, &others[i].c);
            need_int(s.n, 2);
            need_int(duplicates(&s), 0);
            for (unsigned k = 0; k < s.n_kept; k++)
                need_int(answer(&s, k), 0);
            net_pump(&s.net);
            need_int(net_result(hear(&s, s.a, buf)), 2001);
            need_int(net_result(hear(&s, s.a, buf)), 2001);
        done:
            net_end(&s.net);
            harness_row(NULL);
            if (harness_injected())
                return;
        }
}

/* Two hashes that are the same say nothing yet. */
static void hash_alone_makes_no_repeat(void)
{
    struct scene s;
    need(begin(&s, NULL));
    dia_given *given = &s.node->duplicates.given;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    given->host_hash--; /* so that the next id has the same one */
    say(&s, s.a, &(struct ccr){ .id = 8, .again = true });
    need_int(s.n, 2);
    given->host_hash++;
    memcpy(given->host, "d", 1); /* which looks as if it were the host before */
    say(&s, s.a, &(struct ccr){ .id = 7, .again = true, .host = "d.example.net" });
    need_int(s.n, 3);
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 9 });
    given->host_hash--;
    say(&s, s.a, &(struct ccr){ .id = 10, .again = true });
    need_int(s.n, 5);
    need_int(duplicates(&s), 0);
done:
    net_end(&s.net);
}

static void original_behind_its_repeat_is_found(void) /* BC-02 */
{
    for (int kept = 0; kept < 2; kept++) {
        struct scene s;
        uint8_t first[BUF], second[BUF];
        need(begin(&s, &(dia_node_config){ .watchdog_ms = 600000 }));
        say(&s, s.a, &(struct ccr){ .id = 5 });
        need(net_read(&s.net, s.a).p);
        s.keeps = kept;
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
        say(&s, s.a, &(struct ccr){ .id = 7 });
        need_int(s.n, 2);
        if (kept)
            need_int(answer(&s, 0), 0);
        net_pump(&s.net);
        const dia_bytes want = hear(&s, s.b, first);
        need_int(net_result(want), 2001);
        need_bytes(hear(&s, s.a, second), want);
        s.keeps = false;
        say(&s, s.a, &(struct ccr){ .id = 5 }); /* nobody said that this one was sent again */
        need_int(s.n, 3);
        s.keeps = kept;
        say(&s, s.a, &(struct ccr){ .id = 6 });
        say(&s, s.a, &(struct ccr){ .id = 6 });
        need_int(s.n, 5);
        s.keeps = false;
        net_pass(&s.net, 240001);
        say(&s, s.a, &(struct ccr){ .id = 7 });
        need_int(s.n, 6);
        need_int(duplicates(&s), 1);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* ---- While the first one is kept ---- */

static void repeat_waits_with_the_first_one(void) /* B3-24, B3-25, W2.5-01 */
{
    struct scene s;
    uint8_t first[BUF], second[BUF];
    need(begin(&s, NULL));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7, .hop_by_hop = 1 });
    say(&s, s.a, &(struct ccr){ .id = 7, .again = true, .hop_by_hop = 2 });
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true, .hop_by_hop = 3, .proxy = "p", .host = "C.example.net" });
    need_int(s.n, 1);
    need(!net_read(&s.net, s.a).p && !net_read(&s.net, s.b).p);
    dia_peer_status status;
    dia_peer_get_status(dia_node_find_peer(s.node, "a.example.net"), &status);
    need_int(status.unanswered, 2);
    need_int(answer(&s, 0), 0);
    net_pump(&s.net);
    const dia_bytes want = hear(&s, s.a, first);
    need_int(net_result(want), 2001);
    need_int(s.net.header.hop_by_hop, 1);
    need_bytes(hear(&s, s.a, second), want);
    need_int(s.net.header.hop_by_hop, 2);
    need_int(net_result(hear(&s, s.b, second)), 2001);
    need_int(s.net.header.hop_by_hop, 3);
    need(net_value((dia_bytes){ second, s.net.header.length }, 284).p);
    dia_peer_get_status(dia_node_find_peer(s.node, "a.example.net"), &status);
    need_int(status.unanswered, 0);
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true }); /* and from memory */
    need_bytes(hear(&s, s.b, second), want);
    need_int(s.n, 1);
    need_int(duplicates(&s), 3);
done:
    net_end(&s.net);
}

enum way { AS_STRUCT, AS_OCTETS, AS_FAILURE, AS_PROTOCOL_ERROR, AS_LEAST, WAYS };

static int answer_so(struct scene *s, enum way way)
{
    dia_request *request = s->kept[0];
    uint8_t buf[BUF];
    if (!s->n_kept)
        return DIA_ESTATE;
    switch (way) {
    case AS_STRUCT: return answer(s, 0);
    case AS_FAILURE: return dia_request_fail(request, 5012, "no");
    case AS_PROTOCOL_ERROR: return dia_request_fail(request, 3004, "no");
    case AS_LEAST: return dia_request_answer_least(request, 2001);
    default: break;
    }
    /* As an application does it that copies Proxy-Info itself. */
    const dia_bytes octets = dia_request_octets(request);
    memcpy(buf, octets.p, octets.n);
    buf[DIA_AT_FLAGS] = 0;
    return dia_request_answer_octets(request, (dia_bytes){ buf, octets.n });
}

static void repeat_gets_the_answer_although_the_first_connection_is_gone(void) /* W2.5-01 */
{
    for (int row = 0; row < 2 * WAYS; row++) {
        const bool before = row / WAYS; /* gone before the repeat comes */
        const enum way way = (enum way)(row % WAYS);
        struct scene s;
        uint8_t buf[BUF];
        need(begin(&s, NULL));
        s.keeps = true;
        say(&s, s.a, &(struct ccr){ .id = 7, .proxy = "first" });
        if (before)
            net_cut(&s.net, s.a);
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true, .hop_by_hop = 3, .proxy = "other" });
        if (!before)
            net_cut(&s.net, s.a);
        need_int(s.n, 1);
        need_int(answer_so(&s, way), 0);
        net_pump(&s.net);
        const dia_bytes got = hear(&s, s.b, buf);
        need(got.p);
        need_int(s.net.header.hop_by_hop, 3);
        need_int(s.net.header.end_to_end, 7);
        need_int(net_result(got), way == AS_OCTETS           ? 0
                                  : way == AS_FAILURE        ? 5012
                                  : way == AS_PROTOCOL_ERROR ? 3004
                                                             : 2001);
        const dia_bytes proxy = net_value(got, 284);
        need(proxy.n > 8);
        need_bytes(((dia_bytes){ proxy.p + proxy.n - 8, 5 }), dia_cstr("other"));
        need(!net_read(&s.net, s.b).p);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void first_one_gets_its_answer_although_the_repeat_is_gone(void)
{
    struct scene s;
    uint8_t buf[BUF];
    need(begin(&s, NULL));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
    net_cut(&s.net, s.b);
    need_int(answer(&s, 0), 0);
    net_pump(&s.net);
    need_int(net_result(hear(&s, s.a, buf)), 2001);
    need(dia_list_empty(&s.node->orphans));
done:
    net_end(&s.net);
}

static void too_many_that_wait_are_refused(void)
{
    struct scene s;
    uint8_t buf[BUF];
    need(begin(&s, &(dia_node_config){ .limits = { .unanswered = 2 } }));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    for (int i = 0; i < 3; i++)
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
    need_int(s.n, 1);
    need_int(net_result(hear(&s, s.b, buf)), 3004);
    need(!net_read(&s.net, s.b).p);
    need_int(answer(&s, 0), 0);
    net_pump(&s.net);
    for (int i = 0; i < 2; i++)
        need_int(net_result(hear(&s, s.b, buf)), 2001);
    need(!net_read(&s.net, s.b).p);
done:
    net_end(&s.net);
}

/* One answer to many repeats must not fill the output of somebody who reads nothing. */
static void repeat_whose_output_is_full_gets_no_answer(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .output_soft = 500, .output_hard = 1000 } }));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    for (int i = 0; i < 100; i++)
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
    s.b->end[1].stuck = true;
    need_int(answer(&s, 0), 0);
    const struct net_seat *seat = net_seat_of(&s.net, s.node);
    need(s.b->end[1].conn->out.n < 1300);
    need(seat->events[DIA_EVENT_UNANSWERED] > 90);
    need_int(s.b->end[1].conn->unanswered, 0);
done:
    net_end(&s.net);
}

/* ---- What is not repeated ---- */

static void request_without_an_answer_is_handled_again(void)
{
    for (int row = 0; row < 4; row++) {
        struct scene s;
        uint8_t buf[BUF];
        need(begin(&s, NULL));
        s.mute = row == 0; /* 5012 of the stack */
        s.result_code = row == 1 ? 3004 : 0;
        s.keeps = row >= 2;
        say(&s, s.a, &(struct ccr){ .id = 7 });
        if (row == 2)
            need_int(answer_so(&s, AS_PROTOCOL_ERROR), 0);
        if (row == 3) {
            net_cut(&s.net, s.a);
            need_int(answer(&s, 0), DIA_ENOENT);
        }
        s.mute = s.keeps = false;
        s.result_code = 0;
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
        need_int(net_result(hear(&s, s.b, buf)), 2001);
        need_int(s.n, 2);
        need_int(duplicates(&s), 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* They say that the other side may try again: nothing of it is the application's word. */
static void errors_of_the_stack_are_not_repeated(void)
{
    struct scene s;
    uint8_t buf[BUF];
    need(begin(&s, NULL));
    need_int(dia_node_withdraw(s.node, 4), 0);
    say(&s, s.a, &(struct ccr){ .id = 7 });
    need_int(net_result(hear(&s, s.a, buf)), 3007);
    need_int(dia_serve_ro_ccr(s.node, serve, &s), 0);
    say(&s, s.a, &(struct ccr){ .id = 7, .again = true });
    need_int(net_result(hear(&s, s.a, buf)), 2001);
    need_int(s.n, 1);
done:
    net_end(&s.net);
}

static void application_may_look_itself(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .handle_duplicates = true }));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    say(&s, s.a, &(struct ccr){ .id = 7, .again = true });
    need_int(s.n, 2);
    need_int(s.n_kept, 2);
    need(dia_request_header(s.kept[1]).flags & DIA_FLAG_RETRANSMITTED);
    need_int(answer(&s, 0), 0);
    need_int(answer(&s, 1), 0);
    say(&s, s.a, &(struct ccr){ .id = 7, .again = true });
    need_int(s.n, 3);
    need(!s.node->duplicates.given.held && !s.node->duplicates.kept.n);
done:
    net_end(&s.net);
}

/* ---- Bounds ---- */

/* How many of the ids 0 to n - 1 are still answered from memory. */
static unsigned remembered(struct scene *s, uint32_t n)
{
    uint8_t buf[BUF];
    unsigned found = 0;
    const size_t padding = s->padding;
    s->mute = true; /* what is not remembered leaves no trace */
    for (uint32_t id = 0; id < n; id++) {
        say(s, s->b, &(struct ccr){ .id = id, .again = true });
        found += net_result(hear(s, s->b, buf)) == 2001;
    }
    s->mute = false;
    s->padding = padding;
    return found;
}

static void oldest_answers_go_first(void)
{
    struct scene s;
    const size_t limit = 20000;
    need(begin(&s, &(dia_node_config){ .limits = { .duplicates = limit } }));
    const dia_given *given = &s.node->duplicates.given;
    for (uint32_t id = 0; id < 400; id++) {
        s.padding = id % 7 * 50;
        say(&s, s.a, &(struct ccr){ .id = id });
        need(net_read(&s.net, s.a).p);
        need(given->held <= limit);
    }
    uint8_t buf[BUF];
    s.mute = true;
    unsigned found = 0;
    for (uint32_t id = 0; id < 400; id++) {
        say(&s, s.b, &(struct ccr){ .id = id, .again = true });
        const bool is = net_result(hear(&s, s.b, buf)) == 2001;
        need(is || !found); /* from one of them on all are there */
        found += is;
    }
    need(found > limit / 2 / 400 && found < 300);
    need(given->n >= found);
done:
    net_end(&s.net);
}

static void many_answers_are_found(void)
{
    struct scene s;
    need(begin(&s, NULL));
    for (uint32_t id = 0; id < 1000; id++) {
        char host[40];
        snprintf(host, sizeof host, "c%u.example.net", (unsigned)(id % 10));
        say(&s, s.a, &(struct ccr){ .id = id, .host = id % 3 ? NULL : host });
        need(net_read(&s.net, s.a).p);
    }
    need_int(remembered(&s, 1000), 666);
    need(s.node->duplicates.given.held < 1000 * 400);
done:
    net_end(&s.net);
}

/* A peer with one id for everything must not make looking for it dear. */
static void looking_is_bounded(void)
{
    struct scene s;
    need(begin(&s, NULL));
    say(&s, s.a, &(struct ccr){ .id = 0 });
    for (uint32_t id = 1; id < 128; id++)
        say(&s, s.a, &(struct ccr){ .id = id << 16 }); /* all in one bucket */
    say(&s, s.a, &(struct ccr){ .id = 0, .again = true });
    need_int(s.n, 128);
    say(&s, s.a, &(struct ccr){ .id = 128u << 16 });
    say(&s, s.a, &(struct ccr){ .id = 0, .again = true });
    need_int(s.n, 130);
done:
    net_end(&s.net);
}

static void large_answer_does_not_sweep_the_others_away(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .limits = { .duplicates = 6000 } }));
    for (uint32_t id = 0; id < 3; id++) {
        s.padding = id == 1 ? 1800 : 0;
        say(&s, s.a, &(struct ccr){ .id = id });
        need(net_read(&s.net, s.a).p);
    }
    need_int(remembered(&s, 3), 2);
done:
    net_end(&s.net);
}

static void old_answers_go_and_their_memory_with_them(void)
{
    struct scene s;
    need(begin(&s, &(dia_node_config){ .watchdog_ms = 600000, .limits = { .duplicates_ms = 10000 } }));
    say(&s, s.a, &(struct ccr){ .id = 0 });
    net_pass(&s.net, 6000);
    say(&s, s.a, &(struct ccr){ .id = 1 });
    need_int(remembered(&s, 2), 2);
    net_pass(&s.net, 5000);
    need_int(remembered(&s, 2), 1);
    need(s.node->duplicates.given.held > 0);
    net_pass(&s.net, 30000);
    need_int(s.node->duplicates.given.held, 0);
    say(&s, s.a, &(struct ccr){ .id = 0 });
    need_int(remembered(&s, 2), 1);
done:
    net_end(&s.net);
}

/* It does not grow where memory is used up: then it lives in what it has. */
static void memory_limit_counts_what_is_remembered(void)
{
    struct scene s;
    need(begin(&s, NULL));
    dia_hub *hub = &s.node->hub;
    const dia_given *given = &s.node->duplicates.given;
    const size_t before = hub->memory;
    for (uint32_t id = 0; id < 100; id++)
        say(&s, s.a, &(struct ccr){ .id = id });
    need(given->held > 10000 && hub->memory >= before + given->held);
    const size_t held = given->held;
    hub->config.limits.memory = hub->memory;
    for (uint32_t id = 100; id < 400; id++) {
        say(&s, s.a, &(struct ccr){ .id = id });
        need(given->held <= held);
    }
    say(&s, s.b, &(struct ccr){ .id = 399, .again = true });
    need_int(s.n, 400);
done:
    net_end(&s.net);
}

static void more_than_all_memory_makes_no_sense(void)
{
    dia_node *node = NULL;
    char why[100];
    const dia_node_config config = { .origin_host = "a.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator(),
                                     .limits = { .memory = 2 << 20, .duplicates = (2 << 20) + 1 } };
    const int err = dia_node_new(&config, (dia_time){ 1 }, &node, why, sizeof why);
    need(err == DIA_EINVAL || err == DIA_ENOMEM);
    need(err == DIA_ENOMEM || strstr(why, "limits.duplicates"));
done:
    dia_node_free(node);
}

/* ---- Whole nodes ---- */

/* A client of two connections to one server, and a request that the server keeps. */
static dia_node *client_of(struct scene *s, struct asked *asked)
{
    memset(asked, 0, sizeof *asked);
    dia_node *client = net_add(&s->net, "client.example.net", NULL);
    const dia_peer_config peer = { .host = "s.example.net", .connect = "aaa://s.example.net", .connections = 2 };
    s->keeps = true;
    const dia_peer_config back = { .host = "client.example.net", .connections = 2 };
    if (!client || dia_node_use(client, &dia_dict_ro) || dia_node_add_peer(s->node, &back, NULL) ||
        dia_node_add_peer(client, &peer, NULL))
        return NULL;
    net_pump(&s->net);
    if (dia_node_reachable(client, 4, NULL) != 2 || net_ask(client, 1, 60000, asked))
        return NULL;
    net_pump(&s->net);
    return client;
}

/* The wire on which the kept request came. */
static struct net_wire *wire_of(struct scene *s, unsigned i)
{
    for (size_t k = 0; k < s->net.n_wires; k++)
        if (s->net.wire[k].end[1].conn == s->kept[i]->conn)
            return &s->net.wire[k];
    abort();
}

static void failover_to_the_same_server_is_no_second_request(void) /* B5.5.4-04, W3.4.1-10 */
{
    for (int cancels = 0; cancels < 2; cancels++) {
        struct scene s;
        struct asked asked;
        need(begin(&s, NULL));
        dia_node *client = client_of(&s, &asked);
        need(client);
        need_int(s.n, 1);
        const uint64_t handle = dia_node_last_sent(client);
        net_cut(&s.net, wire_of(&s, 0));
        need_int(dia_node_counters(client).failovers, 1);
        need_int(s.n, 1);
        if (cancels)
            need_int(dia_node_cancel(client, handle), 0);
        need_int(answer(&s, 0), 0);
        net_pump(&s.net);
        need_int(asked.n, !cancels);
        need_int(asked.result_code, cancels ? 0 : 2001);
        need_int(dia_node_counters(client).unexpected_answers, 0);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

static void node_ends_with_requests_that_wait(void)
{
    for (int way = 0; way < 4; way++) {
        struct scene s;
        need(begin(&s, NULL));
        s.keeps = true;
        say(&s, way & 1 ? s.b : s.a, &(struct ccr){ .id = 7 });
        say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
        say(&s, s.a, &(struct ccr){ .id = 7, .again = true });
        if (way & 2)
            net_cut(&s.net, s.a);
        net_free(&s.net, s.node);
    done:
        net_end(&s.net);
        if (harness_injected())
            return;
    }
}

/* A peer that leaves is given time for what it waits for. */
static void waiting_request_holds_up_the_farewell(void)
{
    struct scene s;
    uint8_t buf[BUF];
    need(begin(&s, NULL));
    s.keeps = true;
    say(&s, s.a, &(struct ccr){ .id = 7 });
    say(&s, s.b, &(struct ccr){ .id = 7, .again = true });
    dia_node_stop(s.node, DIA_CAUSE_REBOOTING, 0);
    net_pass(&s.net, 1000);
    need(!net_read(&s.net, s.b).p);
    need_int(answer(&s, 0), 0);
    net_pump(&s.net);
    need_int(net_result(hear(&s, s.b, buf)), 2001);
    net_pass(&s.net, 1);
    need(net_read(&s.net, s.b).p);
    need_int(s.net.header.command, 282); /* DPR */
done:
    net_end(&s.net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "repeat_gets_the_first_answer_again", repeat_gets_the_first_answer_again },
        { "repeat_gets_its_own_proxy_info", repeat_gets_its_own_proxy_info },
        { "other_requests_are_handled", other_requests_are_handled },
        { "hash_alone_makes_no_repeat", hash_alone_makes_no_repeat },
        { "original_behind_its_repeat_is_found", original_behind_its_repeat_is_found },
        { "repeat_waits_with_the_first_one", repeat_waits_with_the_first_one },
        { "repeat_gets_the_answer_although_the_first_connection_is_gone",
          repeat_gets_the_answer_although_the_first_connection_is_gone },
        { "first_one_gets_its_answer_although_the_repeat_is_gone",
          first_one_gets_its_answer_although_the_repeat_is_gone },
        { "too_many_that_wait_are_refused", too_many_that_wait_are_refused },
        { "repeat_whose_output_is_full_gets_no_answer", repeat_whose_output_is_full_gets_no_answer },
        { "request_without_an_answer_is_handled_again", request_without_an_answer_is_handled_again },
        { "errors_of_the_stack_are_not_repeated", errors_of_the_stack_are_not_repeated },
        { "application_may_look_itself", application_may_look_itself },
        { "oldest_answers_go_first", oldest_answers_go_first },
        { "many_answers_are_found", many_answers_are_found },
        { "looking_is_bounded", looking_is_bounded },
        { "large_answer_does_not_sweep_the_others_away", large_answer_does_not_sweep_the_others_away },
        { "old_answers_go_and_their_memory_with_them", old_answers_go_and_their_memory_with_them },
        { "memory_limit_counts_what_is_remembered", memory_limit_counts_what_is_remembered },
        { "more_than_all_memory_makes_no_sense", more_than_all_memory_makes_no_sense },
        { "failover_to_the_same_server_is_no_second_request", failover_to_the_same_server_is_no_second_request },
        { "node_ends_with_requests_that_wait", node_ends_with_requests_that_wait },
        { "waiting_request_holds_up_the_farewell", waiting_request_holds_up_the_farewell },
    };
    return HARNESS_RUN("node/duplicates", tests);
}
