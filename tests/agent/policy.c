/* Policies on a proxy between far ends of the test's own: partner outside; mme and hss inside. */
#include "agent/policy.h"

#include "net.h"

#include "diatom/app/all.h"
#include "diatom/app/s6a.h"

#include <stdio.h>

enum { S6A = 16777251, ULR = 316, HOP = 77, END = 88, BUF = 2048 };

static const uint8_t key[16] = { 3, 1, 4, 1, 5, 9, 2, 6 };
static const uint32_t s6a[] = { S6A };

struct scene {
    struct net net;
    dia_node *node;
    dia_policies *policies;
    struct net_wire *partner, *mme, *hss;
    uint8_t buf[BUF];
    struct asks {
        const char *session, *origin_host, *origin_realm, *host, *realm, *user, *record;
        uint32_t application, command;
        void (*more)(dia_builder *b); /* also of answers; NULL: nothing */
    } asks;
};

static struct net_wire *join(struct scene *s, const char *host, const char *realm)
{
    return net_hold_as(&s->net, s->node, host, realm, S6A);
}

static bool begin(struct scene *s, const dia_policy *policies, size_t n)
{
    static const char *const anybody[] = { "*", NULL };
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->node = net_add(&s->net, "dra.example.net",
                      &(dia_node_config){ .allow = anybody, .watchdog_ms = 3600000, .origin_realm = "example.net" });
    s->asks = (struct asks){ .session = "mme.example.net;1;2",
                             .origin_host = "mme.example.net",
                             .origin_realm = "example.net",
                             .realm = "partner.example",
                             .user = "262011234567890",
                             .application = S6A,
                             .command = ULR };
    return s->node && !dia_node_use(s->node, &dia_dict_s6a) &&
           (s->partner = join(s, "hss.partner.example", "partner.example")) &&
           (s->mme = join(s, "mme.example.net", "example.net")) &&
           (s->hss = join(s, "hss1.example.net", "example.net")) &&
           !dia_policies_new(policies, n, &dia_dicts_all, key, harness_allocator(), &s->policies, NULL) &&
           !dia_policies_apply(s->policies, s->node);
}

static void end(struct scene *s)
{
    net_end(&s->net);
    dia_policies_free(s->policies);
}

static void ask(struct scene *s, struct net_wire *wire)
{
    const struct asks *a = &s->asks;
    dia_builder b;
    dia_build_begin(&b, s->buf, sizeof s->buf,
                    &(dia_header){ .version = 1,
                                   .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                                   .command = a->command,
                                   .application = a->application,
                                   .hop_by_hop = HOP,
                                   .end_to_end = END });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, dia_cstr(a->session));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(a->origin_host));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, dia_cstr(a->origin_realm));
    if (a->host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(a->host));
    dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(a->realm));
    dia_put_bytes(&b, DIA_AVP_USER_NAME, 0, DIA_AVP_M, dia_cstr(a->user));
    dia_put_u32(&b, 1405, 10415, DIA_AVP_M, 34);                                                  /* ULR-Flags */
    dia_put_bytes(&b, 1407, 10415, DIA_AVP_M, (dia_bytes){ (const uint8_t *)"\x62\xf2\x10", 3 }); /* Visited-PLMN-Id */
    for (int i = 0; i < 2; i++) { /* Supported-Features */
        dia_put_group(&b, 628, 10415, 0);
        dia_put_u32(&b, DIA_AVP_VENDOR_ID, 0, DIA_AVP_M, 10415);
        dia_put_u32(&b, 629, 10415, 0, (uint32_t)i + 1);
        dia_put_u32(&b, 630, 10415, 0, 7);
        dia_put_group_end(&b);
    }
    if (a->record)
        dia_put_bytes(&b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, dia_cstr(a->record));
    if (a->more)
        a->more(&b);
    net_write_built(&s->net, wire, &b);
}

/* `wire` answers what it got as `host`. */
static void answer(struct scene *s, struct net_wire *wire, dia_bytes came, const char *host, uint32_t result_code)
{
    uint8_t buf[BUF];
    dia_builder b;
    dia_header head;
    dia_header_read(came, &head);
    head.flags &= DIA_FLAG_PROXIABLE;
    head.flags |= result_code / 1000 == 3 ? DIA_FLAG_ERROR : 0;
    const dia_bytes session = net_value(came, DIA_AVP_SESSION_ID);
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, session);
    dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, result_code);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, dia_cstr(strchr(host, '.') + 1));
    dia_put_bytes(&b, DIA_AVP_REDIRECT_HOST, 0, DIA_AVP_M, DIA_STR("aaa://hss2.example.net:3869;transport=sctp"));
    dia_put_bytes(&b, DIA_AVP_ERROR_REPORTING_HOST, 0, 0, DIA_STR("inner.example.net"));
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it);)
        if (dia_is_proxy_info(&it.avp))
            dia_put_octets(&b, it.avp.octets);
    if (s->asks.more)
        s->asks.more(&b);
    net_write_built(&s->net, wire, &b);
}

static size_t count_of(dia_bytes message, const char *path)
{
    dia_finder f;
    size_t n = 0;
    for (dia_finder_begin(&f, &dia_dicts_all, message, path); dia_finder_next(&f);)
        n++;
    return n;
}

static dia_policy_counts counts(const struct scene *s, size_t i)
{
    dia_policy_counts v[8];
    const size_t n = dia_policies_counts(s->policies, v, 8);
    return i < n ? v[i] : (dia_policy_counts){ .name = "none" };
}

/* ---- Matching ---- */

static const char *const from_mme[] = { "mme.example.net", NULL };
static const char *const from_others[] = { "*.other.example", NULL };
static const char *const partner_realms[] = { "*.example", NULL };

static void policies_match_what_they_say(void)
{
    static const uint32_t other_apps[] = { 4, 16777216 }, two_apps[] = { 16777216, S6A }, commands[] = { ULR },
                          other_commands[] = { 318 };
    static const char *const hosts[] = { "MME.example.net", NULL };
    static const char *const realms[] = { "example.com", NULL };
    static const dia_policy_condition imsi[] = { { .path = "User-Name", .test = DIA_POLICY_BEGINS, .value = "26201" } };
    static const dia_policy_condition not_imsi[] = {
        { .path = "User-Name", .test = DIA_POLICY_BEGINS, .negated = true, .value = "26201" }
    };
    static const dia_policy_condition range[] = {
        { .path = "User-Name", .test = DIA_POLICY_BETWEEN, .least = 262010000000000, .most = 262019999999999 }
    };
    static const dia_policy_condition flags[] = { { .path = "ULR-Flags", .test = DIA_POLICY_IS, .value = "34" } };
    static const dia_policy_condition other_flags[] = { { .path = "ULR-Flags", .test = DIA_POLICY_IS, .value = "35" } };
    static const dia_policy_condition deep[] = {
        { .path = "Supported-Features/Feature-List-ID", .test = DIA_POLICY_BETWEEN, .least = 2, .most = 5 }
    };
    static const dia_policy_condition name[] = {
        { .path = "Origin-Host", .test = DIA_POLICY_MATCHES, .value = "*.example.net" }
    };
    static const dia_policy_condition there[] = { { .path = "User-Name", .test = DIA_POLICY_PRESENT } };
    static const dia_policy_condition both[] = {
        { .path = "User-Name", .test = DIA_POLICY_PRESENT },
        { .path = "Destination-Host", .test = DIA_POLICY_PRESENT, .negated = true },
    };
    static const dia_policy_condition one_fails[] = {
        { .path = "User-Name", .test = DIA_POLICY_PRESENT },
        { .path = "Destination-Host", .test = DIA_POLICY_PRESENT },
    };
    static const struct {
        const char *name;
        dia_policy_match match;
        bool matches;
    } rows[] = {
        { "anything", { 0 }, true },
        { "from it", { .from = from_mme }, true },
        { "from others", { .from = from_others }, false },
        { "application", { .applications = s6a, .n_applications = 1 }, true },
        { "the second application", { .applications = two_apps, .n_applications = 2 }, true },
        { "other applications", { .applications = other_apps, .n_applications = 2 }, false },
        { "command", { .commands = commands, .n_commands = 1 }, true },
        { "another command", { .commands = other_commands, .n_commands = 1 }, false },
        { "origin host", { .origin_hosts = hosts }, true },
        { "another origin host", { .origin_hosts = from_others }, false },
        { "origin realm", { .origin_realms = realms }, false },
        { "destination realm", { .destination_realms = partner_realms }, true },
        { "no destination host", { .destination_hosts = hosts }, false },
        { "prefix", { .conditions = imsi, .n_conditions = 1 }, true },
        { "not that prefix", { .conditions = not_imsi, .n_conditions = 1 }, false },
        { "range of digits", { .conditions = range, .n_conditions = 1 }, true },
        { "number", { .conditions = flags, .n_conditions = 1 }, true },
        { "another number", { .conditions = other_flags, .n_conditions = 1 }, false },
        { "any of several, in groups", { .conditions = deep, .n_conditions = 1 }, true },
        { "name", { .conditions = name, .n_conditions = 1 }, true },
        { "presence", { .conditions = there, .n_conditions = 1 }, true },
        { "two conditions", { .conditions = both, .n_conditions = 2 }, true },
        { "one of two", { .conditions = one_fails, .n_conditions = 2 }, false },
        { "name of an application, prefix",
          { .applications = two_apps, .n_applications = 2, .conditions = imsi, .n_conditions = 1 },
          true },
    };
    static const dia_policy_act reject[] = { { .verb = DIA_POLICY_REJECT, .result_code = 5003, .text = "no" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        const dia_policy policy = { .name = "p", .match = rows[i].match, .request = reject, .n_request = 1 };
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, &policy, 1));
        ask(&s, s.mme);
        const dia_bytes back = net_read(&s.net, s.mme);
        need_int(net_result(back), rows[i].matches ? 5003 : 0);
        need_int(net_read(&s.net, s.partner).p != NULL, !rows[i].matches);
        need_int(counts(&s, 0).matched, rows[i].matches);
        need_int(counts(&s, 0).rejected, rows[i].matches);
    done:
        end(&s);
        if (harness_injected())
            return;
    }
}

static void rows_act_in_their_order(void)
{
    static const dia_policy_act first[] = { { .verb = DIA_POLICY_SET, .path = "User-Name", .value = "1" } };
    static const dia_policy_condition is_one[] = { { .path = "User-Name", .test = DIA_POLICY_IS, .value = "1" } };
    static const dia_policy_act second[] = { { .verb = DIA_POLICY_SET, .path = "User-Name", .value = "2" } };
    static const dia_policy_act third[] = { { .verb = DIA_POLICY_SET, .path = "User-Name", .value = "3" } };
    const dia_policy policies[] = {
        { .match = { .from = from_mme }, .request = first, .n_request = 1 },
        { .match = { .conditions = is_one, .n_conditions = 1 }, .request = second, .n_request = 1, .last = true },
        { .request = third, .n_request = 1 },
    };
    struct scene s;
    need(begin(&s, policies, 3));
    ask(&s, s.mme);
    need_bytes(net_value(net_read(&s.net, s.partner), DIA_AVP_USER_NAME), DIA_STR("2"));
    s.asks.realm = "example.net";
    s.asks.host = "hss1.example.net";
    ask(&s, s.partner);
    need_bytes(net_value(net_read(&s.net, s.hss), DIA_AVP_USER_NAME), DIA_STR("3"));
    need_int(counts(&s, 0).matched, 1);
    need_int(counts(&s, 1).matched, 1);
    need_int(counts(&s, 2).matched, 1);
done:
    end(&s);
}

/* ---- Acts ---- */

static void acts_change_requests(void) /* B2.7-04 */
{
    static const dia_policy_condition no_host[] = {
        { .path = "Destination-Host", .test = DIA_POLICY_PRESENT, .negated = true }
    };
    static const dia_policy_act acts[] = {
        { .verb = DIA_POLICY_SET, .path = "ULR-Flags", .value = "35" },
        { .verb = DIA_POLICY_ADD, .path = "Route-Record", .value = "a.example" },
        { .verb = DIA_POLICY_DEFAULT, .path = "User-Name", .value = "nobody" },
        { .verb = DIA_POLICY_DEFAULT, .path = "Terminal-Information/IMEI", .value = "4901542032375" },
        { .verb = DIA_POLICY_REMOVE, .path = "Supported-Features/Feature-List" },
        { .verb = DIA_POLICY_COPY, .path = "UE-SRVCC-Capability", .value = "ULR-Flags" },
        { .verb = DIA_POLICY_COPY, .path = "User-Name", .value = "Destination-Host" }, /* not there */
        { .verb = DIA_POLICY_REWRITE, .path = "Origin-Host", .pattern = "*.example.net", .value = "*.example.org" },
        { .verb = DIA_POLICY_REWRITE, .path = "Origin-Realm", .pattern = "*", .value = "example.org" },
        { .verb = DIA_POLICY_REWRITE, .path = "Destination-Realm", .pattern = "*.com", .value = "no.example" },
        { .verb = DIA_POLICY_SET,
          .path = "Destination-Host",
          .value = "hss.partner.example",
          .conditions = no_host,
          .n_conditions = 1 },
        { .verb = DIA_POLICY_REJECT,
          .result_code = 5012,
          .conditions = no_host,
          .n_conditions = 1 }, /* it is there now */
    };
    const dia_policy policy = { .match = { .applications = s6a, .n_applications = 1 },
                                .request = acts,
                                .n_request = sizeof acts / sizeof *acts };
    struct scene s;
    need(begin(&s, &policy, 1));
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    need_int(s.net.header.length, came.n);
    dia_avp avp;
    need(!dia_dicts_find(&dia_dicts_all, came, "ULR-Flags", &avp) && dia_load32(avp.data.p) == 35);
    need(!dia_dicts_find(&dia_dicts_all, came, "UE-SRVCC-Capability", &avp) && dia_load32(avp.data.p) == 35);
    need(!dia_dicts_find(&dia_dicts_all, came, "Terminal-Information/IMEI", &avp));
    need_bytes(avp.data, DIA_STR("4901542032375"));
    need_int(count_of(came, "Supported-Features"), 2);
    need_int(count_of(came, "Supported-Features/Feature-List-ID"), 2);
    need_int(count_of(came, "Supported-Features/Feature-List"), 0);
    need_bytes(net_value(came, DIA_AVP_USER_NAME), DIA_STR("262011234567890"));
    need_bytes(net_value(came, DIA_AVP_ORIGIN_HOST), DIA_STR("mme.example.org"));
    need_bytes(net_value(came, DIA_AVP_ORIGIN_REALM), DIA_STR("example.org"));
    need_bytes(net_value(came, DIA_AVP_DESTINATION_REALM), DIA_STR("partner.example"));
    need_bytes(net_value(came, DIA_AVP_DESTINATION_HOST), DIA_STR("hss.partner.example"));
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("a.example"));
    need_int(count_of(came, "Route-Record"), 2);
done:
    end(&s);
}

static void acts_change_answers(void)
{
    static const dia_policy_condition failed[] = {
        { .path = "Result-Code", .test = DIA_POLICY_BETWEEN, .least = 3000, .most = 5999 }
    };
    static const dia_policy_act acts[] = {
        { .verb = DIA_POLICY_SET, .path = "Error-Message", .value = "seen" },
        { .verb = DIA_POLICY_REMOVE, .path = "Redirect-Host", .conditions = failed, .n_conditions = 1 },
    };
    const dia_policy policy = {
        .match = { .from = from_mme, .destination_realms = partner_realms },
        .request =
            (const dia_policy_act[]){ { .verb = DIA_POLICY_SET, .path = "Destination-Realm", .value = "example.net" } },
        .n_request = 1,
        .answer = acts,
        .n_answer = 2
    };
    struct scene s;
    for (int i = 0; i < 2; i++) {
        need(begin(&s, &policy, 1));
        ask(&s, s.mme);
        const dia_bytes came = net_read(&s.net, s.hss);
        need(came.p); /* it matched by the realm that it has no more: state says so */
        answer(&s, s.hss, came, "hss1.example.net", i ? 5012 : 2001);
        const dia_bytes back = net_read(&s.net, s.mme);
        need_int(net_result(back), i ? 5012 : 2001);
        need_bytes(net_value(back, DIA_AVP_ERROR_MESSAGE), DIA_STR("seen"));
        need_int(count_of(back, "Redirect-Host"), i ? 0 : 1);
        need_int(count_of(back, "Proxy-Info"), 0);
    done:
        end(&s);
        if (harness_injected())
            return;
    }
}

/* Without the state the request as it was sent is asked again. */
static void lost_state_is_made_up_for(void)
{
    const dia_policy policy = {
        .match = { .from = from_mme, .destination_realms = partner_realms },
        .answer = (const dia_policy_act[]){ { .verb = DIA_POLICY_SET, .path = "Error-Message", .value = "seen" } },
        .n_answer = 1
    };
    struct scene s;
    need(begin(&s, &policy, 1));
    ask(&s, s.mme);
    dia_bytes came = net_read(&s.net, s.partner);
    need_int(count_of(came, "Proxy-Info"), 1);
    came.n -= 8; /* of what is answered: without Proxy-Info */
    uint8_t copy[BUF];
    size_t n = 0;
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it) && !dia_is_proxy_info(&it.avp);)
        n = (size_t)(it.avp.octets.p + it.avp.octets.n - came.p);
    memcpy(copy, came.p, n);
    answer(&s, s.partner, (dia_bytes){ copy, n }, "hss.partner.example", 2001);
    need_bytes(net_value(net_read(&s.net, s.mme), DIA_AVP_ERROR_MESSAGE), DIA_STR("seen"));
    need_int(dia_node_counters(s.node).forged, 1);
done:
    end(&s);
}

static void other_policies_may_come_in_between(void)
{
    const dia_policy_act seen[] = { { .verb = DIA_POLICY_SET, .path = "Error-Message", .value = "seen" } };
    const dia_policy_act not_seen[] = { { .verb = DIA_POLICY_SET, .path = "Error-Message", .value = "not" } };
    const dia_policy policies[] = {
        { .match = { .from = from_others }, .answer = not_seen, .n_answer = 1 },
        { .match = { .from = from_mme }, .answer = seen, .n_answer = 1 },
    };
    dia_policies *others = NULL;
    struct scene s;
    need(begin(&s, policies + 1, 1)); /* what is the first row here ... */
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    need(!dia_policies_new(policies, 2, &dia_dicts_all, key, harness_allocator(), &others, NULL));
    need(!dia_policies_apply(others, s.node)); /* ... is another one there */
    answer(&s, s.partner, came, "hss.partner.example", 2001);
    need_bytes(net_value(net_read(&s.net, s.mme), DIA_AVP_ERROR_MESSAGE), DIA_STR("seen"));
    need(!dia_policies_apply(NULL, s.node));
    need(!dia_policies_apply(NULL, s.node));
done:
    end(&s);
    dia_policies_free(others);
}

static void answers_are_rejected_and_sessions_ended(void) /* B6.2.2-05, B6.2.2-06 */
{
    const dia_policy policy = {
        .match = { .from = from_mme },
        .answer = (const dia_policy_act[]){ { .verb = DIA_POLICY_REJECT, .result_code = 5004, .text = "not here" },
                                            { .verb = DIA_POLICY_END_SESSION } },
        .n_answer = 2,
    };
    struct scene s;
    need(begin(&s, &policy, 1));
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    answer(&s, s.partner, came, "hss.partner.example", 2001);
    const dia_bytes back = net_read(&s.net, s.mme);
    need_int(net_result(back), 5004);
    need_bytes(net_value(back, DIA_AVP_ERROR_REPORTING_HOST), DIA_STR("dra.example.net"));
    need_int(counts(&s, 0).rejected, 1);
    need(net_read(&s.net, s.partner).p);
    need_int(s.net.header.command, 275);
done:
    end(&s);
}

static void requests_are_sent_to_a_peer(void)
{
    const dia_policy_act to_hss[] = { { .verb = DIA_POLICY_SEND_TO, .value = "hss1.example.net" } };
    const dia_policy_act to_nobody[] = { { .verb = DIA_POLICY_SEND_TO, .value = "nobody.example.net" } };
    const dia_policy policies[] = { { .request = to_hss, .n_request = 1 }, { .request = to_nobody, .n_request = 1 } };
    struct scene s;
    need(begin(&s, policies, 2));
    ask(&s, s.mme);
    need(net_read(&s.net, s.hss).p);
    net_cut(&s.net, s.hss);
    ask(&s, s.mme);
    need(net_read(&s.net, s.partner).p); /* the route decides */
done:
    end(&s);
}

/* ---- Limits ---- */

static uint32_t ask_and_answer(struct scene *s, struct net_wire *wire)
{
    ask(s, wire);
    const dia_bytes came = net_read(&s->net, s->partner);
    if (came.p)
        answer(s, s->partner, came, "hss.partner.example", 2001);
    return net_result(net_read(&s->net, wire));
}

static void rates_are_kept(void) /* B7.1.3-05 */
{
    const dia_policy policy = { .limit = { .rate = 10, .burst = 3 } };
    struct scene s;
    need(begin(&s, &policy, 1));
    for (int i = 0; i < 3; i++)
        need_int(ask_and_answer(&s, s.mme), 2001);
    need_int(ask_and_answer(&s, s.mme), 3004);
    need_int(s.net.header.flags & DIA_FLAG_ERROR, DIA_FLAG_ERROR);
    need_int(ask_and_answer(&s, s.hss), 2001); /* a peer of its own */
    net_pass(&s.net, 99);
    need_int(ask_and_answer(&s, s.mme), 3004);
    net_pass(&s.net, 1);
    need_int(ask_and_answer(&s, s.mme), 2001);
    need_int(ask_and_answer(&s, s.mme), 3004);
    net_pass(&s.net, 600000);
    for (int i = 0; i < 3; i++)
        need_int(ask_and_answer(&s, s.mme), 2001);
    need_int(ask_and_answer(&s, s.mme), 3004);
    need_int(counts(&s, 0).limited, 4);
done:
    end(&s);
}

static void buckets_are_limited(void)
{
    const dia_policy policy = { .limit = { .rate = 1, .max_buckets = 1, .result_code = 4002 } };
    struct scene s;
    need(begin(&s, &policy, 1));
    need_int(ask_and_answer(&s, s.mme), 2001);
    need_int(ask_and_answer(&s, s.mme), 4002);
    need_int(ask_and_answer(&s, s.hss), 2001); /* takes the only place */
    need_int(ask_and_answer(&s, s.mme), 2001);
done:
    end(&s);
}

/* A relay's peers are limited, too; but nothing of what it relays is changed. */
static void relayed_applications_are_limited_and_not_changed(void)
{
    const dia_policy_act set[] = { { .verb = DIA_POLICY_SET, .path = "User-Name", .value = "1" } };
    const dia_policy policy = { .request = set, .n_request = 1, .answer = set, .n_answer = 1, .limit = { .rate = 1 } };
    struct scene s;
    need(begin(&s, &policy, 1));
    need(!dia_node_advertise(s.node, DIA_APP_RELAY, 0, DIA_APP_AUTH));
    struct net_wire *one = net_hold_as(&s.net, s.node, "one.example.org", "example.org", 4);
    struct net_wire *two = net_hold_as(&s.net, s.node, "two.example.org", "two.example.org", 4);
    need(one && two);
    s.asks.application = 4;
    s.asks.realm = "two.example.org";
    ask(&s, one);
    const dia_bytes came = net_read(&s.net, two);
    need_bytes(net_value(came, DIA_AVP_USER_NAME), DIA_STR("262011234567890"));
    answer(&s, two, came, "two.example.org", 2001);
    const dia_bytes back = net_read(&s.net, one);
    need_int(net_result(back), 2001);
    need(!net_value(back, DIA_AVP_USER_NAME).p);
    ask(&s, one);
    need_int(net_result(net_read(&s.net, one)), 3004);
done:
    end(&s);
}

/* ---- Hiding ---- */

static const char *const outside[] = { "*.partner.example", NULL };
static const char *const inner[] = { "hss1.example.net", "*.example.net", NULL };

static void name_in(dia_bytes message, uint32_t code, char to[256])
{
    const dia_bytes value = net_value(message, code);
    memcpy(to, value.p ? (const char *)value.p : "", value.n < 255 ? value.n : 255);
    to[value.n < 255 ? value.n : 255] = 0;
}

static void inner_hosts_have_names_of_their_own_outside(void)
{
    const dia_policy policy = { .hide = { .outside = outside,
                                          .hosts = inner,
                                          .as = "h-*.hidden.example",
                                          .realm = "example.net",
                                          .realm_as = "hidden.example",
                                          .sessions = true } };
    char mme[256], session[256], hss[256];
    struct scene s;
    need(begin(&s, &policy, 1));
    /* From inside outwards. */
    s.asks.record = "mme7.example.net";
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    name_in(came, DIA_AVP_ORIGIN_HOST, mme);
    need(!strncmp(mme, "h-", 2) && strstr(mme, ".hidden.example") && strlen(mme) == 2 + 13 + 15);
    need_bytes(net_value(came, DIA_AVP_ORIGIN_REALM), DIA_STR("hidden.example"));
    name_in(came, DIA_AVP_SESSION_ID, session);
    need(!strncmp(session, mme, strlen(mme)) && !strcmp(session + strlen(mme), ";1;2"));
    need_int(count_of(came, "Route-Record"), 2); /* mme7 and mme */
    dia_finder f;
    dia_finder_begin(&f, &dia_dicts_all, came, "Route-Record");
    need(dia_finder_next(&f) && f.avp.data.n == strlen(mme) && memcmp(f.avp.data.p, mme, strlen(mme)));
    need(dia_finder_next(&f));
    need_bytes(f.avp.data, dia_cstr(mme));
    for (size_t i = 0; i + 11 <= came.n; i++)
        need(memcmp(came.p + i, "example.net", 11)); /* nowhere; there is no Proxy-Info */
    answer(&s, s.partner, came, "hss.partner.example", 2001);
    const dia_bytes back = net_read(&s.net, s.mme);
    need_int(net_result(back), 2001);
    need_bytes(net_value(back, DIA_AVP_SESSION_ID), DIA_STR("mme.example.net;1;2"));
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("hss.partner.example"));
    /* From outside inwards: to that name, in that session. */
    s.asks = (struct asks){ .session = session,
                            .origin_host = "hss.partner.example",
                            .origin_realm = "partner.example",
                            .host = mme,
                            .realm = "HIDDEN.example",
                            .user = "1",
                            .application = S6A,
                            .command = 317 };
    ask(&s, s.partner);
    const dia_bytes in = net_read(&s.net, s.mme);
    need_bytes(net_value(in, DIA_AVP_DESTINATION_HOST), DIA_STR("mme.example.net"));
    need_bytes(net_value(in, DIA_AVP_DESTINATION_REALM), DIA_STR("example.net"));
    need_bytes(net_value(in, DIA_AVP_SESSION_ID), DIA_STR("mme.example.net;1;2"));
    need_bytes(net_value(in, DIA_AVP_ROUTE_RECORD), DIA_STR("hss.partner.example"));
    answer(&s, s.mme, in, "mme.example.net", 3006);
    const dia_bytes out = net_read(&s.net, s.partner);
    need_int(net_result(out), 3006);
    need_bytes(net_value(out, DIA_AVP_ORIGIN_HOST), dia_cstr(mme));
    need_bytes(net_value(out, DIA_AVP_ORIGIN_REALM), DIA_STR("hidden.example"));
    need_bytes(net_value(out, DIA_AVP_SESSION_ID), dia_cstr(session));
    for (size_t i = 0; i + 11 <= out.n; i++)
        need(memcmp(out.p + i, "example.net", 11));
    name_in(out, DIA_AVP_REDIRECT_HOST, hss);
    need(!strncmp(hss, "aaa://h-", 8) && strstr(hss, ".hidden.example:3869;transport=sctp"));
    need(counts(&s, 0).hidden >= 2);
done:
    end(&s);
}

/* Does it stand anywhere in the octets, in whatever case? `word` is in small letters. */
static bool shows(dia_bytes message, const char *word)
{
    const size_t n = strlen(word);
    for (size_t i = 0; i + n <= message.n; i++)
        if (dia_bytes_equal_nocase((dia_bytes){ message.p + i, n }, dia_cstr(word)))
            return true;
    return false;
}

static bool value_at(dia_bytes message, const char *path, char to[256])
{
    dia_avp avp;
    to[0] = 0;
    if (dia_dicts_find(&dia_dicts_all, message, path, &avp) || avp.data.n > 255)
        return false;
    memcpy(to, avp.data.p, avp.data.n);
    to[avp.data.n] = 0;
    return true;
}

enum { SOURCE_ID = 649, LOAD = 650, OC_FEATURES = 621, OC_OLR = 623 };

static void put_source(dia_builder *b, uint32_t code)
{
    dia_put_group(b, code, 0, 0);
    dia_put_bytes(b, SOURCE_ID, 0, 0, DIA_STR("HSS1.example.NET"));
    dia_put_group_end(b);
}

/* A Failed-AVP in a Failed-AVP in ..., deeper than anybody looks. */
static void put_deep(dia_builder *b)
{
    enum { DEEP = 20, HEAD = 8 };
    static const char host[] = "mme.example.net."; /* 16 octets */
    uint8_t raw[(DEEP + 1) * HEAD + sizeof host - 1];
    for (size_t i = 0; i <= DEEP; i++) {
        dia_store32(raw + i * HEAD, i < DEEP ? DIA_AVP_FAILED_AVP : DIA_AVP_ORIGIN_HOST);
        dia_store32(raw + i * HEAD + 4, (uint32_t)DIA_AVP_M << 24 | (uint32_t)(sizeof raw - i * HEAD));
    }
    memcpy(raw + (DEEP + 1) * HEAD, host, sizeof host - 1);
    dia_put_octets(b, (dia_bytes){ raw, sizeof raw });
}

/* All that the base protocol and the documents of overload have for names in groups, and two that are no group. */
static void names_everywhere(dia_builder *b)
{
    static const uint8_t broken[] = "\0\0\1\x8\x40\0\0\xffmme.example.net";
    dia_put_group(b, DIA_AVP_FAILED_AVP, 0, DIA_AVP_M);
    dia_put_bytes(b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("mme.example.net"));
    dia_put_bytes(b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, DIA_STR("MME.Example.net"));
    dia_put_bytes(b, DIA_AVP_ROUTE_RECORD, 0, DIA_AVP_M, DIA_STR("mme.example.net"));
    dia_put_bytes(b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.net"));
    dia_put_bytes(b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("mme.example.net;1;2"));
    dia_put_bytes(b, DIA_AVP_ERROR_MESSAGE, 0, 0, DIA_STR("mme.example.net it was"));
    dia_put_bytes(b, DIA_AVP_REDIRECT_HOST, 0, DIA_AVP_M, DIA_STR("aaa://mme.example.net:3869"));
    dia_put_group(b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M);
    dia_put_bytes(b, DIA_AVP_PROXY_HOST, 0, DIA_AVP_M, DIA_STR("mme.example.net"));
    dia_put_group_end(b);
    dia_put_group(b, DIA_AVP_FAILED_AVP, 0, DIA_AVP_M);
    dia_put_bytes(b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, DIA_STR("Example.net"));
    dia_put_group_end(b);
    dia_put_group_end(b);
    dia_put_bytes(b, DIA_AVP_FAILED_AVP, 0, DIA_AVP_M, (dia_bytes){ broken, sizeof broken - 1 });
    put_deep(b);
    put_source(b, LOAD);
    put_source(b, OC_FEATURES);
    put_source(b, OC_OLR);
    dia_put_bytes(b, DIA_AVP_ERROR_MESSAGE, 0, 0, DIA_STR("no answer of HSS1.Example.NET"));
    dia_put_bytes(b, DIA_AVP_ACCT_MULTI_SESSION_ID, 0, DIA_AVP_M, DIA_STR("mme.example.net;9;9"));
}

static void names_in_groups_are_hidden_both_ways(void)
{
    const dia_policy policy = { .hide = { .outside = outside,
                                          .hosts = inner,
                                          .as = "*.hidden.example",
                                          .realm = "example.net",
                                          .realm_as = "hidden.example",
                                          .sessions = true } };
    static const char *const paths[] = { "Failed-AVP/Origin-Host", "Failed-AVP/Destination-Host",
                                         "Failed-AVP/Route-Record", "Failed-AVP/Proxy-Info/Proxy-Host" };
    static const char *const sources[] = { "Load/SourceID", "621/SourceID", "623/SourceID" };
    char mme[256], hss[256], text[256], session[256];
    struct scene s;
    need(begin(&s, &policy, 1));
    s.asks.more = names_everywhere;
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    need(!shows(came, "example.net"));
    name_in(came, DIA_AVP_ORIGIN_HOST, mme);
    name_in(came, DIA_AVP_SESSION_ID, session);
    s.asks = (struct asks){ .session = session,
                            .origin_host = "hss.partner.example",
                            .origin_realm = "partner.example",
                            .host = mme,
                            .realm = "hidden.example",
                            .user = "1",
                            .application = S6A,
                            .command = 317 };
    ask(&s, s.partner); /* the name that it has outside leads to it */
    const dia_bytes in = net_read(&s.net, s.mme);
    need_bytes(net_value(in, DIA_AVP_DESTINATION_HOST), DIA_STR("mme.example.net"));
    s.asks.more = names_everywhere;
    answer(&s, s.mme, in, "mme.example.net", 5004);
    const dia_bytes out = net_read(&s.net, s.partner);
    need_int(net_result(out), 5004);
    need(!shows(out, "example.net"));
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        need(value_at(out, paths[i], text));
        need_str(text, mme);
    }
    need(value_at(out, "Failed-AVP/Session-Id", text) && !strcmp(text, session));
    need(value_at(out, "Failed-AVP/Origin-Realm", text) && !strcmp(text, "hidden.example"));
    need(value_at(out, "Failed-AVP/Failed-AVP/Destination-Realm", text) && !strcmp(text, "hidden.example"));
    need(value_at(out, "Acct-Multi-Session-Id", text) && !strncmp(text, mme, strlen(mme)));
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        need(value_at(out, sources[i], i ? text : hss));
        need(strstr(hss, ".hidden.example") && (!i || !strcmp(text, hss)));
    }
    need_int(count_of(out, "Error-Message"), 0);
done:
    end(&s);
}

static char outer_name[256];

static void outer_names(dia_builder *b)
{
    dia_put_group(b, DIA_AVP_FAILED_AVP, 0, DIA_AVP_M);
    dia_put_bytes(b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, dia_cstr(outer_name));
    dia_put_bytes(b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("hidden.example"));
    dia_put_group_end(b);
}

/* Who inside is told what was wrong with its request knows its own names again. */
static void names_in_a_failed_avp_from_outside_are_the_inner_ones(void)
{
    const dia_policy policy = { .hide = { .outside = outside,
                                          .hosts = inner,
                                          .as = "*.hidden.example",
                                          .realm = "example.net",
                                          .realm_as = "hidden.example" } };
    char text[256];
    struct scene s;
    need(begin(&s, &policy, 1));
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.partner);
    need(came.p);
    name_in(came, DIA_AVP_ORIGIN_HOST, outer_name);
    s.asks.more = outer_names;
    answer(&s, s.partner, came, "hss.partner.example", 5004);
    const dia_bytes back = net_read(&s.net, s.mme);
    need_int(net_result(back), 5004);
    need(value_at(back, "Failed-AVP/Origin-Host", text) && !strcmp(text, "mme.example.net"));
    need(value_at(back, "Failed-AVP/Origin-Realm", text) && !strcmp(text, "example.net"));
    need_bytes(net_value(back, DIA_AVP_ORIGIN_HOST), DIA_STR("hss.partner.example"));
done:
    end(&s);
}

static const char *said;

static void what_is_said(dia_builder *b)
{
    put_source(b, LOAD);
    dia_put_bytes(b, DIA_AVP_ERROR_MESSAGE, 0, 0, dia_cstr(said));
}

static void a_text_that_names_an_inner_host_does_not_pass(void)
{
    static const char *const everybody[] = { "*", NULL }, *const below[] = { "*.example.net", NULL },
                             *const one[] = { "hss1.example.net", NULL };
    static const struct {
        const char *name;
        const char *const *hosts;
        const char *text;
        bool passes;
    } rows[] = {
        { "a host", one, "of aaa://Hss1.example.NET:3868", false },
        { "another host", one, "of hss2.example.net", true },
        { "a host of many", below, "hss2.example.net", false },
        { "half a name", below, "example.ne", true },
        { "a realm", one, "of realm-x.example", false },
        { "any host", everybody, "not to a.b", false },
        { "a sentence", everybody, "No such AVP. Really.", true },
        { "nothing", everybody, "", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_policy policy = {
            .hide = { .outside = outside, .hosts = rows[i].hosts, .realm = "realm-x.example", .realm_as = "y.example" }
        };
        char text[256];
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, &policy, 1));
        said = rows[i].text;
        s.asks.more = what_is_said;
        ask(&s, s.mme);
        const dia_bytes came = net_read(&s.net, s.partner);
        need(came.p);
        need_int(count_of(came, "Error-Message"), rows[i].passes);
        need(value_at(came, "Load/SourceID", text) && !strcmp(text, "dra.example.net"));
    done:
        end(&s);
        if (harness_injected())
            return;
    }
    harness_row(NULL);
}

/* The same key, the same names: hosts that are named in the configuration are found without having been seen. */
static void configured_hosts_are_known_at_once(void)
{
    const dia_policy policy = { .hide = { .outside = outside, .hosts = inner, .as = "*.hidden.example" } };
    char name[256] = "";
    struct scene s;
    need(begin(&s, &policy, 1));
    s.asks.origin_host = "hss1.example.net";
    ask(&s, s.hss);
    name_in(net_read(&s.net, s.partner), DIA_AVP_ORIGIN_HOST, name);
    need(*name);
    end(&s);
    need(begin(&s, &policy, 1));
    s.asks = (struct asks){ .session = "x;1;2",
                            .origin_host = "hss.partner.example",
                            .origin_realm = "partner.example",
                            .host = name,
                            .realm = "example.net",
                            .user = "1",
                            .application = S6A,
                            .command = ULR };
    ask(&s, s.partner);
    need_bytes(net_value(net_read(&s.net, s.hss), DIA_AVP_DESTINATION_HOST), DIA_STR("hss1.example.net"));
    s.asks.host = "aaaaaaaaaaaaa.hidden.example"; /* nobody's */
    ask(&s, s.partner);
    need_int(net_result(net_read(&s.net, s.partner)), 3002);
done:
    end(&s);
}

static void all_may_have_one_name(void)
{
    static const char *const as[] = { NULL, "hss.example.net" };
    for (int i = 0; i < 2; i++) {
        const dia_policy policy = { .hide = { .outside = outside, .hosts = inner, .as = as[i] } };
        const char *name = as[i] ? as[i] : "dra.example.net";
        struct scene s;
        need(begin(&s, &policy, 1));
        s.asks.record = "mme7.example.net";
        ask(&s, s.mme);
        const dia_bytes came = net_read(&s.net, s.partner);
        need_bytes(net_value(came, DIA_AVP_ORIGIN_HOST), dia_cstr(name));
        need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), dia_cstr(name));
        net_cut(&s.net, s.mme);
        s.asks = (struct asks){ .session = "x;1;2",
                                .origin_host = "hss.partner.example",
                                .origin_realm = "partner.example",
                                .host = name,
                                .realm = "example.net",
                                .user = "1",
                                .application = S6A,
                                .command = ULR };
        ask(&s, s.partner);
        const dia_bytes in = net_read(&s.net, s.hss); /* any of the realm */
        need(in.p && !net_value(in, DIA_AVP_DESTINATION_HOST).p);
        answer(&s, s.hss, in, "hss1.example.net", 2001);
        need_bytes(net_value(net_read(&s.net, s.partner), DIA_AVP_ORIGIN_HOST), dia_cstr(name));
    done:
        end(&s);
        if (harness_injected())
            return;
    }
}

static void nothing_is_hidden_inside(void)
{
    const dia_policy policy = { .hide = {
                                    .outside = outside, .hosts = inner, .as = "*.hidden.example", .sessions = true } };
    struct scene s;
    need(begin(&s, &policy, 1));
    s.asks.realm = "example.net";
    s.asks.host = "hss1.example.net";
    ask(&s, s.mme);
    const dia_bytes came = net_read(&s.net, s.hss);
    need_bytes(net_value(came, DIA_AVP_ORIGIN_HOST), DIA_STR("mme.example.net"));
    need_bytes(net_value(came, DIA_AVP_SESSION_ID), DIA_STR("mme.example.net;1;2"));
    need_bytes(net_value(came, DIA_AVP_ROUTE_RECORD), DIA_STR("mme.example.net"));
    answer(&s, s.hss, came, "hss1.example.net", 2001);
    need_bytes(net_value(net_read(&s.net, s.mme), DIA_AVP_ORIGIN_HOST), DIA_STR("hss1.example.net"));
    need_int(counts(&s, 0).hidden, 0);
done:
    end(&s);
}

static void hidden_names_are_limited(void)
{
    static const char *const all[] = { "*.example.net", NULL };
    const dia_policy policy = { .hide = {
                                    .outside = outside, .hosts = all, .as = "*.hidden.example", .max_hosts = 2 } };
    char names[3][256];
    struct scene s;
    need(begin(&s, &policy, 1));
    for (int i = 0; i < 3; i++) {
        static const char *const hosts[] = { "a.example.net", "mme.example.net", "c.example.net" };
        s.asks.origin_host = hosts[i];
        ask(&s, s.mme);
        name_in(net_read(&s.net, s.partner), DIA_AVP_ORIGIN_HOST, names[i]);
        need(*names[i]);
    }
    s.asks = (struct asks){ .session = "x;1;2",
                            .origin_host = "hss.partner.example",
                            .origin_realm = "partner.example",
                            .host = names[0],
                            .realm = "example.net",
                            .user = "1",
                            .application = S6A,
                            .command = ULR };
    ask(&s, s.partner);
    need_int(net_result(net_read(&s.net, s.partner)), 3002); /* forgotten */
    s.asks.host = names[1];
    ask(&s, s.partner);
    need(net_read(&s.net, s.mme).p);
done:
    end(&s);
}

/* Neither is a message with it passed on, nor the name kept. */
static void what_cannot_be_hidden_does_not_pass(void)
{
    static const char *const all[] = { "*.example.net", NULL };
    const dia_policy policy = { .hide = {
                                    .outside = outside, .hosts = all, .as = "*.hidden.example", .sessions = true } };
    char host[600], session[600];
    memset(host, 'a', sizeof host);
    memcpy(host + sizeof host - sizeof ".example.net", ".example.net", sizeof ".example.net");
    snprintf(session, sizeof session, "mme.example.net;1;%0*d", 550, 2);
    const struct {
        const char *name, *origin_host, *session;
        uint32_t result; /* 0: it passes */
    } rows[] = {
        { "a host", "mme.example.net", "mme.example.net;1;2", 0 },
        { "longer than any host", host, "mme.example.net;1;2", 5012 },
        { "no host", "m e.example.net", "mme.example.net;1;2", 5012 },
        { "a session that is too long", "mme.example.net", session, 5012 },
        { "a session that names no host", "mme.example.net", "m e.example.net;1;2", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene s;
        if (!harness_row_runs(rows[i].name))
            continue;
        need(begin(&s, &policy, 1));
        s.asks.origin_host = rows[i].origin_host;
        s.asks.session = rows[i].session;
        ask(&s, s.mme);
        const dia_bytes came = net_read(&s.net, s.partner);
        need(!came.p == (rows[i].result != 0));
        need_int(rows[i].result, rows[i].result ? net_result(net_read(&s.net, s.mme)) : 0);
    done:
        end(&s);
    }
}

/* ---- Mistakes ---- */

static void mistakes_are_named(void)
{
    static const char *const odd[] = { "a b", NULL };
    static const char *const fine[] = { "*", NULL };
#define CONDITION(...) .match = {.conditions = (const dia_policy_condition[]){ { __VA_ARGS__ } }, .n_conditions = 1 }
#define REQUEST(...)   .request = (const dia_policy_act[]){ { __VA_ARGS__ } }, .n_request = 1
#define ANSWER(...)    .answer = (const dia_policy_act[]){ { __VA_ARGS__ } }, .n_answer = 1
    const struct {
        dia_policy policy;
        const char *where, *text;
    } rows[] = {
        { { .match = { .from = odd } }, "match.from", "a b" },
        { { .match = { .destination_realms = odd } }, "match.destination_realms", "a b" },
        { { CONDITION(.path = "No-Such", .value = "1") }, "match.conditions[0].path", "No-Such" },
        { { CONDITION(.path = "User-Name") }, "match.conditions[0].value", "missing" },
        { { CONDITION(.path = "ULR-Flags", .value = "many") }, "match.conditions[0].value", "many" },
        { { CONDITION(.path = "Origin-Host", .test = DIA_POLICY_MATCHES, .value = "x y") },
          "match.conditions[0].value",
          "x y" },
        { { CONDITION(.path = "ULR-Flags", .test = DIA_POLICY_BETWEEN, .least = 2, .most = 1) },
          "match.conditions[0].most",
          "below" },
        { { REQUEST(.verb = DIA_POLICY_SET, .path = "User-Name") }, "request[0].value", "missing" },
        { { REQUEST(.verb = DIA_POLICY_SET, .value = "1") }, "request[0].path", "missing" },
        { { REQUEST(.verb = DIA_POLICY_ADD, .path = "ULR-Flags", .value = "x") }, "request[0].value", "x" },
        { { REQUEST(.verb = DIA_POLICY_REMOVE, .path = "A/B") }, "request[0].path", "A/B" },
        { { REQUEST(.verb = DIA_POLICY_COPY, .path = "User-Name", .value = "C") }, "request[0].value", "C" },
        { { REQUEST(.verb = DIA_POLICY_REWRITE, .path = "Origin-Host", .pattern = "a", .value = "*.b") },
          "request[0].value",
          "*.b" },
        { { REQUEST(.verb = DIA_POLICY_REWRITE, .path = "Origin-Host", .value = "b") }, "request[0].pattern", "name" },
        { { REQUEST(.verb = DIA_POLICY_REWRITE, .path = "ULR-Flags", .pattern = "a", .value = "b") },
          "request[0].path",
          "ULR-Flags" },
        { { REQUEST(.verb = DIA_POLICY_SET, .path = "Origin-Host", .value = "a b") }, "request[0].value", "a b" },
        { { ANSWER(.verb = DIA_POLICY_ADD, .path = "Redirect-Host", .value = "a.b") }, "answer[0].value", "a.b" },
        { { REQUEST(.verb = DIA_POLICY_DEFAULT, .path = "Session-Id", .value = "") },
          "request[0].value",
          "Session-Id" },
        { { REQUEST(.verb = DIA_POLICY_REMOVE, .path = "Route-Record") }, "request[0].path", "Route-Record" },
        { { REQUEST(.verb = DIA_POLICY_REJECT) }, "request[0].result_code", "Result-Code" },
        { { REQUEST(.verb = DIA_POLICY_REJECT, .result_code = 2001) }, "request[0].result_code", "Result-Code" },
        { { REQUEST(.verb = DIA_POLICY_END_SESSION) }, "request[0]", "answers alone" },
        { { ANSWER(.verb = DIA_POLICY_SEND_TO, .value = "a.example") }, "answer[0]", "requests alone" },
        { { REQUEST(.verb = DIA_POLICY_SEND_TO, .value = "a b") }, "request[0].value", "a b" },
        { { REQUEST(.verb = DIA_POLICY_VERBS) }, "request[0]", "no act" },
        { { .hide = { .outside = fine } }, "hide.hosts", "missing" },
        { { .hide = { .hosts = fine } }, "hide.outside", "missing" },
        { { .hide = { .outside = fine, .hosts = fine, .as = "a*b*c" } }, "hide.as", "a*b*c" },
        { { .hide = { .outside = fine, .hosts = fine, .sessions = true } }, "hide.sessions", "Session-Id" },
        { { .hide = { .outside = fine, .hosts = fine, .realm = "a" } }, "hide.realm_as", "together" },
        { { .hide = { .outside = odd, .hosts = fine } }, "hide.outside", "a b" },
        { { .limit = { .burst = 3 } }, "limit.rate", "rate" },
        { { .limit = { .rate = 3, .result_code = 2001 } }, "limit.result_code", "Result-Code" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const dia_policy policies[] = { { .name = "fine" }, rows[i].policy };
        dia_policies *out = NULL;
        dia_policy_fault fault = { 0 };
        if (!harness_row_runs(rows[i].where))
            continue;
        need_int(dia_policies_new(policies, 2, &dia_dicts_all, key, harness_allocator(), &out, &fault), DIA_EINVAL);
        need(!out);
        need_int(fault.policy, 1);
        need_str(fault.where, rows[i].where);
        need(strstr(fault.text, rows[i].text));
    }
done:
    return;
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "policies_match_what_they_say", policies_match_what_they_say },
        { "rows_act_in_their_order", rows_act_in_their_order },
        { "acts_change_requests", acts_change_requests },
        { "acts_change_answers", acts_change_answers },
        { "lost_state_is_made_up_for", lost_state_is_made_up_for },
        { "other_policies_may_come_in_between", other_policies_may_come_in_between },
        { "answers_are_rejected_and_sessions_ended", answers_are_rejected_and_sessions_ended },
        { "requests_are_sent_to_a_peer", requests_are_sent_to_a_peer },
        { "rates_are_kept", rates_are_kept },
        { "buckets_are_limited", buckets_are_limited },
        { "relayed_applications_are_limited_and_not_changed", relayed_applications_are_limited_and_not_changed },
        { "inner_hosts_have_names_of_their_own_outside", inner_hosts_have_names_of_their_own_outside },
        { "names_in_groups_are_hidden_both_ways", names_in_groups_are_hidden_both_ways },
        { "names_in_a_failed_avp_from_outside_are_the_inner_ones",
          names_in_a_failed_avp_from_outside_are_the_inner_ones },
        { "a_text_that_names_an_inner_host_does_not_pass", a_text_that_names_an_inner_host_does_not_pass },
        { "configured_hosts_are_known_at_once", configured_hosts_are_known_at_once },
        { "all_may_have_one_name", all_may_have_one_name },
        { "nothing_is_hidden_inside", nothing_is_hidden_inside },
        { "hidden_names_are_limited", hidden_names_are_limited },
        { "what_cannot_be_hidden_does_not_pass", what_cannot_be_hidden_does_not_pass },
        { "mistakes_are_named", mistakes_are_named },
    };
    return HARNESS_RUN("agent/policy", tests);
}
