/* A proxy with policies between two far ends that mean no good.
 *
 * The input is steps: what to do, how many octets follow (one octet each), the octets. A step is a request of the client, which
 * starts as a sound one with these octets over or behind it; an answer of the server to what it got last, made the same way, or
 * of another command or application; or a kept transit that goes on or is answered. Whatever comes: each request is answered to the
 * client once at most, under its own Hop-by-Hop id and as what it is, the server sees no hidden name, and each request that went on meets its hook again, once. */
#include "fuzz.h"

#include "agent/policy.h"
#include "wire/wire.h"

#include "diatom/app/all.h"
#include "diatom/app/s6a.h"

#include <string.h>

enum { S6A = 16777251, BUF = 4096, STEPS_MAX = 64, KEPT_MAX = 8 };

typedef struct world {
    dia_node *node;
    dia_policies *policies;
    dia_conn *client, *server;
    dia_transit *kept[KEPT_MAX];
    size_t n_kept;
    unsigned went, came; /* requests that went on, and met their hook again */
    uint8_t last[BUF];   /* what the server got last */
    size_t last_n;
    uint8_t asked[256]; /* of each Hop-by-Hop id of the client: requests without an answer */
    uint32_t command[256];
    int64_t now_us;
    bool closing;
} world;

/* ---- Hooks ---- */

static void on_request(dia_transit *t, void *arg)
{
    world *w = arg;
    if (!dia_policies_request(w->policies, t))
        return;
    if (dia_transit_header(t).end_to_end % 3 == 0 && w->n_kept < KEPT_MAX && !dia_transit_keep(t))
        w->kept[w->n_kept++] = t;
    else
        w->went++;
}

static void on_answer(dia_transit *t, void *arg)
{
    world *w = arg;
    must(dia_transit_is_answer(t));
    w->came++;
    dia_policies_answer(w->policies, t);
}

/* ---- Octets ---- */

static dia_bytes build(uint8_t *buf, const dia_header *header, const char *host, dia_bytes extra, bool over)
{
    dia_builder b;
    dia_build_begin(&b, buf, BUF, header);
    dia_put_bytes(&b, 263, 0, DIA_AVP_M, DIA_STR("mme.example.net;1;2"));
    if (!(header->flags & DIA_FLAG_REQUEST))
        dia_put_u32(&b, 268, 0, DIA_AVP_M, 2001);
    dia_put_bytes(&b, 264, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_bytes(&b, 296, 0, DIA_AVP_M, DIA_STR("example.net"));
    if (header->flags & DIA_FLAG_REQUEST)
        dia_put_bytes(&b, 283, 0, DIA_AVP_M, DIA_STR("partner.example"));
    int64_t n = dia_build_end(&b);
    must(n > 0 && extra.n <= 255 && n + 256 < BUF);
    const size_t at = over && extra.n < (size_t)n - 20 ? (size_t)n - extra.n : (size_t)n;
    if (extra.n)
        memcpy(buf + at, extra.p, extra.n);
    size_t size = at + extra.n > (size_t)n ? at + extra.n : (size_t)n;
    while (size % 4)
        buf[size++] = 0;
    dia_store24(buf + 1, (uint32_t)size);
    return (dia_bytes){ buf, size };
}

/* The server is outside: no name of an inner host reaches it. */
static void check_hidden(dia_bytes message)
{
    const dia_bytes pattern = DIA_LIT("*.example.net");
    for (dia_avps it = dia_avps_of(message); dia_avp_next(&it);)
        if (!it.avp.vendor && (it.avp.code == 264 || it.avp.code == 282))
            must(!dia_name_pattern_matches(pattern, it.avp.data));
}

static void check_output(world *w, dia_conn *conn, dia_bytes message)
{
    dia_header h;
    must(!dia_header_read(message, &h) && h.length == message.n);
    if (conn == w->server) {
        if (h.flags & DIA_FLAG_REQUEST && h.application == S6A && message.n <= BUF) {
            check_hidden(message);
            memcpy(w->last, message.p, message.n);
            w->last_n = message.n;
        }
        return;
    }
    if (h.flags & DIA_FLAG_REQUEST || !h.application)
        return;
    must(w->asked[h.hop_by_hop & 0xff] && h.application == S6A && h.command == w->command[h.hop_by_hop & 0xff]);
    w->asked[h.hop_by_hop & 0xff]--;
}

/* What the node says, message by message; wishes are heard and not granted but for the end. */
static void pump(world *w)
{
    dia_todo todo;
    while (dia_node_todo(w->node, &todo)) {
        dia_output pieces[8];
        if (todo.kind == DIA_TODO_CLOSE || todo.kind == DIA_TODO_RESET) {
            if (todo.conn == w->client)
                w->client = NULL;
            if (todo.conn == w->server)
                w->server = NULL;
            dia_conn_closed(todo.conn, NULL, (dia_time){ w->now_us });
            continue;
        }
        for (size_t n; todo.kind == DIA_TODO_WRITE && (n = dia_conn_output(todo.conn, pieces, 8));) {
            size_t size = 0;
            for (size_t i = 0; i < n; i++) {
                check_output(w, todo.conn, pieces[i].octets);
                size += pieces[i].octets.n;
            }
            dia_conn_sent(todo.conn, size, (dia_time){ w->now_us });
        }
    }
}

static dia_conn *join(world *w, const char *host, const char *realm)
{
    static const uint8_t ip[4] = { 192, 0, 2, 1 };
    static const dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    const dia_conn_info info = { .kind = DIA_CONN_MESSAGE, .local = { address, 1 }, .remote = { address, 2 } };
    const uint32_t app = S6A;
    const dia_cer cer = { .origin_host = dia_cstr(host),
                          .origin_realm = dia_cstr(realm),
                          .host_ip_address = { &address, 1 },
                          .vendor_id = 1,
                          .product_name = DIA_LIT("fuzz"),
                          .auth_application_id = { &app, 1 } };
    uint8_t buf[512];
    dia_conn *conn = dia_node_accept(w->node, &info, (dia_time){ w->now_us });
    const int64_t n =
        dia_encode(DIA_COMMAND_CER, &cer, DIA_LEVEL_STRICT, &(dia_header){ 0 }, NULL, buf, sizeof buf, NULL, NULL);
    must(conn && n > 0);
    dia_conn_input(conn, (dia_bytes){ buf, (size_t)n }, (dia_time){ w->now_us });
    return conn;
}

/* ---- Steps ---- */

static void ask(world *w, uint8_t what, uint8_t number, dia_bytes extra)
{
    uint8_t buf[BUF];
    const dia_header header = { .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                .command = what & 4 ? 317 : 316,
                                .application = S6A,
                                .hop_by_hop = number,
                                .end_to_end = number };
    const dia_bytes message = build(buf, &header, "mme.example.net", extra, what & 2);
    if (!w->client)
        return;
    w->asked[number]++;
    w->command[number] = header.command;
    dia_conn_input(w->client, message, (dia_time){ w->now_us });
}

static void answer(world *w, uint8_t what, dia_bytes extra)
{
    uint8_t buf[BUF];
    dia_header header;
    if (!w->server || !w->last_n || dia_header_read((dia_bytes){ w->last, w->last_n }, &header))
        return;
    header.flags &= DIA_FLAG_PROXIABLE;
    header.flags |= what & 8 ? DIA_FLAG_ERROR : 0;
    header.command ^= what & 16 ? 1 : 0;
    header.application += what & 32 ? 1 : 0;
    dia_bytes message = build(buf, &header, "hss.partner.example", extra, what & 2);
    for (dia_avps it = dia_avps_of((dia_bytes){ w->last, w->last_n }); what & 4 && dia_avp_next(&it);) {
        if (it.avp.code != 284 || message.n + it.avp.octets.n > BUF)
            continue;
        memcpy(buf + message.n, it.avp.octets.p, it.avp.octets.n);
        message.n += it.avp.octets.n;
        dia_store24(buf + 1, (uint32_t)message.n);
    }
    dia_conn_input(w->server, message, (dia_time){ w->now_us });
}

static void go_on(world *w, uint8_t what)
{
    if (!w->n_kept)
        return;
    dia_transit *t = w->kept[--w->n_kept];
    if (what & 2) {
        dia_transit_reject(t, 5003, "kept");
        return;
    }
    w->went++;
    if (dia_transit_pass(t) == DIA_ENOENT)
        w->came++; /* it went nowhere */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const anybody[] = { "*", NULL }, *const outside[] = { "*.partner.example", NULL },
                             *const inner[] = { "*.example.net", NULL };
    static const uint8_t key[16] = { 1 };
    static const dia_policy_condition known[] = {
        { .path = "User-Name", .test = DIA_POLICY_BEGINS, .value = "262" },
        { .path = "Supported-Features/Feature-List", .test = DIA_POLICY_PRESENT, .negated = true }
    };
    static const dia_policy_act request[] = {
        { .verb = DIA_POLICY_REMOVE, .path = "Supported-Features/Feature-List" },
        { .verb = DIA_POLICY_SET, .path = "Terminal-Information/IMEI", .value = "4901542032375" },
        { .verb = DIA_POLICY_COPY, .path = "Service-Selection", .value = "User-Name" },
        { .verb = DIA_POLICY_REWRITE, .path = "Route-Record", .pattern = "*.example", .value = "*.test" },
    };
    static const dia_policy_act answers[] = {
        { .verb = DIA_POLICY_REMOVE, .path = "Subscription-Data/Subscriber-Status" },
        { .verb = DIA_POLICY_REJECT, .result_code = 5004, .conditions = known, .n_conditions = 1 },
        { .verb = DIA_POLICY_END_SESSION, .conditions = known, .n_conditions = 1 },
    };
    static const dia_policy policies[] = {
        { .request = request, .n_request = 4, .answer = answers, .n_answer = 3 },
        { .match = { .conditions = known, .n_conditions = 2 }, .limit = { .rate = 5 } },
        { .hide = { .outside = outside, .hosts = inner, .as = "*.hidden.example", .sessions = true, .max_hosts = 4 } },
    };
    world w = { .now_us = 1000000 };
    const dia_node_config config = { .origin_host = "dra.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody,
                                     .limits = { .unanswered = 16 } };
    must(!dia_node_new(&config, (dia_time){ w.now_us }, &w.node, NULL, 0));
    must(!dia_node_use(w.node, &dia_dict_s6a));
    must(!dia_policies_new(policies, 3, &dia_dicts_all, key, NULL, &w.policies, NULL));
    must(!dia_node_proxy(w.node, &(dia_proxy){ .on_request = on_request, .on_answer = on_answer, .arg = &w }));
    w.client = join(&w, "mme.example.net", "example.net");
    w.server = join(&w, "hss.partner.example", "partner.example");
    pump(&w);
    for (size_t at = 0, steps = 0; at + 2 <= size && steps < STEPS_MAX; steps++) {
        const uint8_t what = data[at++];
        size_t n = data[at++];
        n = n < size - at ? n : size - at;
        const dia_bytes extra = { data + at, n };
        at += n;
        switch (what >> 6) {
        case 0: ask(&w, what, (uint8_t)steps, extra); break;
        case 1: answer(&w, what, extra); break;
        case 2: go_on(&w, what); break;
        default: w.now_us += (int64_t)n * 100000; dia_node_tick(w.node, (dia_time){ w.now_us });
        }
        pump(&w);
    }
    dia_node_free(w.node);
    must(w.went == w.came); /* each came back, if only with the end of the node */
    dia_policies_free(w.policies);
    return 0;
}
