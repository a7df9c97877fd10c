/* The proxy between two far ends of the node room's tests. */
#include "hooks.h"

static void on_request(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->asked++;
    if (s->ask)
        s->ask(t, s);
}

static void on_answer(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    s->told++;
    s->result = dia_transit_result(t, &s->result_vendor);
    s->has_from = dia_transit_from(t) != NULL;
    s->has_to = dia_transit_to(t) != NULL;
    s->has_octets = dia_transit_octets(t).p != NULL;
    s->has_request = dia_transit_request(t).p != NULL;
    s->state = dia_transit_state(t);
    if (s->state.n <= sizeof s->state_octets && s->state.p) {
        memcpy(s->state_octets, s->state.p, s->state.n);
        s->state.p = s->state_octets;
    }
    if (s->tell)
        s->tell(t, s);
}

int hooks_use(struct hooks *s, bool relayed)
{
    return dia_node_proxy(s->proxy, &(dia_proxy){ .name = "p",
                                                  .application = relayed ? 0 : RO,
                                                  .relayed = relayed,
                                                  .on_request = on_request,
                                                  .on_answer = on_answer,
                                                  .arg = s });
}

bool hooks_begin(struct hooks *s, const dia_node_config *given)
{
    memset(s, 0, sizeof *s);
    s->proxy = net_begin_with(&s->net, "proxy.example.net", given);
    return s->proxy && !dia_node_use(s->proxy, &dia_dict_ro) && !hooks_use(s, false) &&
           (s->client = net_hold_as(&s->net, s->proxy, "client.example.org", "example.org", RO)) != NULL &&
           (s->server = net_hold_as(&s->net, s->proxy, "server.example.com", "example.com", RO)) != NULL;
}

void hooks_put_state(dia_transit *t, void *arg)
{
    struct hooks *s = arg;
    static const uint8_t much[5000];
    s->err = dia_transit_put_state(t, (dia_bytes){ much, sizeof much }) != DIA_ESPACE ||
             dia_transit_put_state(t, DIA_STR("first")) || dia_transit_put_state(t, dia_cstr(s->text));
}

dia_bytes hooks_request(struct hooks *s, uint32_t application, uint32_t command, uint8_t flags, const char *realm,
                        const char *host)
{
    dia_builder b;
    dia_build_begin(&b, s->buf, sizeof s->buf,
                    &(dia_header){ .version = 1,
                                   .flags = (uint8_t)(DIA_FLAG_REQUEST | flags),
                                   .command = command,
                                   .application = application,
                                   .hop_by_hop = HOP,
                                   .end_to_end = END });
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    dia_put_u32(&b, 9999, 4242, DIA_AVP_V, 77);
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("client.example.org"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.org"));
    if (realm)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_REALM, 0, DIA_AVP_M, dia_cstr(realm));
    if (host)
        dia_put_bytes(&b, DIA_AVP_DESTINATION_HOST, 0, DIA_AVP_M, dia_cstr(host));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, RO);
    dia_put_bytes(&b, 461, 0, DIA_AVP_M, DIA_STR("test@example.net")); /* Service-Context-Id */
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 4);                             /* CC-Request-Type */
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);                             /* CC-Request-Number */
    dia_put_group(&b, DIA_AVP_PROXY_INFO, 0, DIA_AVP_M);
    dia_put_bytes(&b, DIA_AVP_PROXY_HOST, 0, DIA_AVP_M, DIA_STR("first.example.org"));
    dia_put_bytes(&b, DIA_AVP_PROXY_STATE, 0, DIA_AVP_M, DIA_STR("of another"));
    dia_put_group_end(&b);
    const int64_t n = dia_build_end(&b);
    s->n = n > 0 ? (size_t)n : 0;
    return (dia_bytes){ s->buf, s->n };
}

void hooks_send_to(struct hooks *s, const char *realm, const char *host)
{
    net_write(&s->net, s->client, hooks_request(s, RO, CCR, DIA_FLAG_PROXIABLE, realm, host));
}

void hooks_send(struct hooks *s)
{
    hooks_send_to(s, "example.com", NULL);
}

void hooks_answer_as(struct hooks *s, struct net_wire *wire, dia_bytes came, const struct hooks_saying *says)
{
    uint8_t buf[1500], infos[512];
    size_t n_infos = 0, last = 0;
    dia_builder b;
    dia_header head;
    dia_header_read(came, &head);
    head.flags = (uint8_t)((head.flags & DIA_FLAG_PROXIABLE) | says->flags);
    for (dia_avps it = dia_avps_of(came); dia_avp_next(&it);) {
        if (!dia_is_proxy_info(&it.avp) || n_infos + it.avp.octets.n > sizeof infos)
            continue;
        memcpy(infos + n_infos, it.avp.octets.p, it.avp.octets.n);
        last = n_infos;
        n_infos += it.avp.octets.n;
    }
    if (says->no_proxy_info)
        n_infos = last;
    if (says->flip)
        infos[n_infos - 1] ^= says->flip;
    dia_build_begin(&b, buf, sizeof buf, &head);
    dia_put_bytes(&b, DIA_AVP_SESSION_ID, 0, DIA_AVP_M, DIA_STR("a;1;2"));
    if (says->result_code)
        dia_put_u32(&b, DIA_AVP_RESULT_CODE, 0, DIA_AVP_M, says->result_code);
    if (says->experimental) {
        dia_put_group(&b, DIA_AVP_EXPERIMENTAL_RESULT, 0, DIA_AVP_M);
        dia_put_u32(&b, DIA_AVP_VENDOR_ID, 0, DIA_AVP_M, 10415);
        dia_put_u32(&b, DIA_AVP_EXPERIMENTAL_RESULT_CODE, 0, DIA_AVP_M, says->experimental);
        dia_put_group_end(&b);
    }
    dia_put_bytes(&b, DIA_AVP_ORIGIN_HOST, 0, DIA_AVP_M, DIA_STR("server.example.com"));
    dia_put_bytes(&b, DIA_AVP_ORIGIN_REALM, 0, DIA_AVP_M, DIA_STR("example.com"));
    dia_put_u32(&b, DIA_AVP_AUTH_APPLICATION_ID, 0, DIA_AVP_M, RO);
    dia_put_u32(&b, 416, 0, DIA_AVP_M, 4);
    dia_put_u32(&b, 415, 0, DIA_AVP_M, 0);
    if (says->redirect_host)
        dia_put_bytes(&b, DIA_AVP_REDIRECT_HOST, 0, DIA_AVP_M, dia_cstr(says->redirect_host));
    if (!says->short_of_class)
        dia_put_bytes(&b, DIA_AVP_CLASS, 0, DIA_AVP_M, DIA_STR("first class"));
    dia_put_octets(&b, (dia_bytes){ infos, says->instead.p ? last : n_infos });
    if (says->instead.p)
        dia_put_octets(&b, says->instead);
    net_write_built(&s->net, wire, &b);
}

void hooks_answer(struct hooks *s, struct net_wire *wire, dia_bytes came, uint32_t result_code)
{
    hooks_answer_as(s, wire, came, &(struct hooks_saying){ .result_code = result_code });
}

unsigned hooks_events(struct hooks *s, dia_event_kind kind)
{
    return net_seat_of(&s->net, s->proxy)->events[kind];
}
