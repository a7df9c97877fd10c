/* The application of the target `peer`: asks, answers, orders, and does all of it inside of callbacks too. */
#include "peer_world.h"

#include "diatom/overload.h"

static void react(uint8_t when, const dia_peer *peer);

static void on_outcome(const dia_outcome *outcome, struct sent *sent)
{
    world_work();
    must(!world.quiet);
    must(!sent->cancelled && ++sent->outcomes == 1);
    must((outcome->kind == DIA_OUTCOME_ANSWER || outcome->kind == DIA_OUTCOME_BAD_ANSWER) ==
         (outcome->octets.p != NULL));
    must((outcome->kind == DIA_OUTCOME_BAD_ANSWER) == (outcome->fault != NULL));
    react(OUTCOME, outcome->peer);
}

static void on_cca(const dia_outcome *outcome, const dia_ro_cca *cca, void *arg)
{
    must(outcome->octets.p || !cca);
    on_outcome(outcome, arg);
}

static void on_octets(const dia_outcome *outcome, void *arg)
{
    on_outcome(outcome, arg);
}

static void count_sent(int err)
{
    world.quiet = false;
    if (err)
        return;
    world.sent[world.n_sent++].handle = dia_node_last_sent(world.node);
    world.budget += 4;
}

void app_ask(uint8_t how)
{
    if (world.n_sent == SENT_MAX)
        return;
    const dia_ro_ccr ccr = {
        .destination_realm = dia_cstr(how & 1 ? "example.org" : "example.net"),
        .destination_host = how & 2 ? dia_cstr(world_hosts[how >> 2 & 7]) : (dia_bytes){ NULL, 0 },
        .service_context_id = DIA_LIT("x"),
        .cc_request_type = 4,
        .cc_request_number = (uint32_t)world.n_sent,
    };
    world.quiet = true;
    count_sent(dia_send_ro_ccr(world.node, &ccr, 1000u * (how >> 3), on_cca, &world.sent[world.n_sent]));
}

void app_ask_octets(const dia_peer *peer, uint8_t how)
{
    uint8_t buf[4096];
    if (world.n_sent == SENT_MAX)
        return;
    const size_t n = make_message(NULL, how & 1 ? 15 : 6, 0, buf, sizeof buf);
    world.quiet = true;
    count_sent(dia_node_send_octets(world.node, peer, (dia_bytes){ buf, n }, 1000u * (how >> 1), on_octets,
                                    &world.sent[world.n_sent]));
}

void app_cancel(uint8_t which)
{
    if (!world.n_sent)
        return;
    struct sent *sent = &world.sent[which ? (world.n_sent - which % world.n_sent) % world.n_sent : world.n_sent - 1];
    const bool over = sent->outcomes || sent->cancelled;
    const int err = dia_node_cancel(world.node, sent->handle);
    must((err != 0) == over);
    sent->cancelled = sent->cancelled || !err;
}

dia_peer *app_peer(uint8_t which)
{
    dia_peer *peer = dia_node_next_peer(world.node, NULL);
    for (dia_peer *next = peer; which && next; which--)
        if ((next = dia_node_next_peer(world.node, next)))
            peer = next;
    return peer;
}

void app_add_peer(uint8_t which)
{
    const dia_peer_config peer = { which & 4 ? NULL : world_hosts[which & 1 ? 1 : which >> 3 & 7],
                                   which & 2 ? which & 0x80 ? "far.example.net" : "aaa://far.example.net" : NULL,
                                   which & 0x40 ? 7000 : 0, .insecure = true,
                                   .inband = which & 0x80 ? DIA_INBAND_OFFER : DIA_INBAND_OFF };
    dia_node_add_peer(world.node, &peer, NULL);
}

static void add_listener(uint8_t which)
{
    static const char *const some[] = { "b.example.net", "realm:*.net@10.0.0.2/31", NULL };
    static const uint32_t apps[] = { 4 };
    const dia_listener_config config = { .identity = { .origin_host = which & 2 ? "l.example.net" : NULL,
                                                       .origin_realm = which & 4 ? "example.org" : NULL,
                                                       .applications = which & 8 ? apps : NULL,
                                                       .n_applications = 1 },
                                         .allow = which & 16 ? some : NULL,
                                         .inband = (dia_inband)((which >> 5 & 3) % 3) };
    dia_listener **place = &world.listeners[which & 1];
    if (!*place)
        dia_node_add_listener(world.node, &config, place);
}

static void remove_listener(uint8_t which)
{
    dia_listener **place = &world.listeners[which & 1], *listener = *place;
    *place = NULL;
    if (listener)
        dia_node_remove_listener(world.node, listener);
}

/* A peer with all that may be configured: what it gets anew, or what is added. */
static dia_peer_config config_of_peer(uint8_t which)
{
    static const char *const also[] = { "aaa://near.example.net", "aaa://near.example.net:3869;transport=sctp", NULL };
    static const dia_address address = { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\x09") };
    return (dia_peer_config){
        .host = world_hosts[which >> 5],
        .connect = which & 1 ? "aaa://far.example.net" : NULL,
        .also = which & 3 ? which & 2 ? also : NULL : NULL,
        .connections = which & 4 ? 3 : 1,
        .watchdog_ms = which & 8 ? 9000 : 0,
        .reconnect_ms = which & 8 ? UINT32_MAX / 2 : 0,
        .identity = { .origin_host = which & 16 ? "i.example.net" : NULL,
                      .host_ip_addresses = which & 16 ? &address : NULL,
                      .n_host_ip_addresses = which & 16 ? 1 : 0 },
        .socket = { .local = which & 8 ? "192.0.2.1" : NULL, .dscp = 46 },
        .inband = which & 8 ? DIA_INBAND_OFFER : DIA_INBAND_OFF,
    };
}

/* Overload control, load and priority. With bit 7 a report of ours, and its end; else what is on. */
static void control(uint8_t how)
{
    static const char *const some[] = { "a.example.net", "realm:example.org", NULL };
    const dia_overload_config config = {
        .reacts = how & 1,
        .reacts_for_clients = how & 2,
        .reports = how & 4,
        .loads = how & 8,
        .priorities = how & 16,
        .trusted = how & 32 ? some : NULL,
        .states = 3,
        .load_ms = 2000,
    };
    const dia_overload overload = { .application = how & 1 ? DIA_APP_RELAY : 4,
                                    .type = how & 2 ? DIA_OVERLOAD_REALM : DIA_OVERLOAD_HOST,
                                    .reduction = how & 4 ? 0 : 50,
                                    .validity_s = how >> 3 & 3 };
    if (how & 128) {
        dia_node_report_overload(world.node, &overload);
        dia_node_set_load(world.node, how & 32 ? DIA_LOAD_AUTO : how & 64 ? DIA_LOAD_NONE : how);
    } else {
        dia_node_set_overload(world.node, how & 64 ? NULL : &config);
        dia_node_set_priority(world.node, how & 64 ? how & 15 : DIA_PRIORITY_NONE);
    }
}

void app_order(uint8_t what, uint8_t how, dia_peer *peer)
{
    const dia_peer_config config = config_of_peer(how);
    dia_peer_config nameless = config;
    nameless.host = NULL;
    switch (what % 11) {
    case 0:
        if (peer)
            dia_node_disable_peer(world.node, peer, (dia_cause)(how % 3));
        break;
    case 1:
        if (peer)
            dia_node_enable_peer(world.node, peer);
        break;
    case 2:
        if (peer)
            dia_node_change_peer(world.node, peer, how & 0x80 ? &config : &nameless);
        break;
    case 3: dia_node_add_peer(world.node, &config, NULL); break;
    case 4: dia_node_announce(world.node); break;
    case 5: dia_node_withdraw(world.node, how & 1 ? 4 : 77); break;
    case 6:
        if (how & 1)
            dia_node_advertise(world.node, 77, 0, DIA_APP_BOTH);
        else
            dia_serve_ro_ccr(world.node, app_on_ccr, NULL);
        break;
    case 7: add_listener(how); break;
    case 8: remove_listener(how); break;
    case 10: control(how); break;
    default:
        if ((peer = dia_node_find_peer(world.node, config.host)))
            dia_node_remove_peer(world.node, peer);
        break;
    }
}

/* How a request that was kept ends; true: it has ended. */
static bool settle(dia_request *request, uint8_t how)
{
    static const uint8_t octets[32] = { 1, 0, 0, 32,       0x40,      0,           1,         0x10,     0,
                                        0, 0, 4, [22] = 1, [23] = 12, [24] = 0x40, [27] = 12, [30] = 7, [31] = 0xd1 };
    const dia_fault fault = { .result_code = 5004, .text = "so", .failed_avp = DIA_LIT("\0\0\1\7\x40\0\0\x0as;\0\0") };
    const dia_ro_cca cca = { .result_code = how & 8 ? 0 : how & 0x80 ? 3004 : 2001, .cc_request_type = 1 };
    int err;
    switch (how & 7) {
    case 0: err = dia_request_fail(request, 2001, NULL); break;
    case 1: err = dia_request_fail(request, how & 8 ? 3002 : 5030, "no"); break;
    case 2: err = dia_request_fault(request, &fault); break;
    case 3: err = dia_request_answer_least(request, how & 8 ? 3002 : 2001); break;
    case 4: err = dia_request_answer_octets(request, (dia_bytes){ octets, how & 8 ? 16 : 32 }); break;
    default: err = dia_answer_ro_cca(request, &cca); break;
    }
    must(!err || *dia_node_last_fault(world.node));
    return !err || err == DIA_ENOENT || err == DIA_ESTATE;
}

void app_settle(uint8_t how)
{
    if (!world.n_kept)
        return;
    const size_t i = how >> 3 & 1 ? 0 : world.n_kept - 1;
    world.quiet = true;
    if (settle(world.kept[i], how))
        world.kept[i] = world.kept[--world.n_kept];
    world.quiet = false;
}

/* Everything that may be called from a callback. */
static void act(uint8_t what, const dia_peer *of_callback)
{
    dia_peer *peer = NULL;
    while ((peer = dia_node_next_peer(world.node, peer)) && peer != of_callback)
        ;
    if (!peer)
        peer = dia_node_next_peer(world.node, NULL);
    world.acted = true;
    world.budget += 64;
    if (what >= 240) {
        app_order(what & 15, world_take(), peer);
        return;
    }
    switch (what % 12) {
    case 0: app_ask(what); break;
    case 1:
        if (peer)
            dia_node_remove_peer(world.node, peer);
        break;
    case 2: dia_node_stop(world.node, DIA_CAUSE_BUSY, 1000); break;
    case 3:
        world.freed = true;
        world.n_kept = 0;
        memset(world.listeners, 0, sizeof world.listeners);
        dia_node_free(world.node);
        break;
    case 4:
        if (peer)
            dia_node_connect_peer(world.node, peer);
        break;
    case 5: app_add_peer(what >> 3); break;
    case 6: app_cancel(what >> 4); break;
    case 7: app_settle(what >> 4); break;
    case 8: app_ask_octets(peer, what >> 4); break;
    case 9:
        for (int i = 0; i < 20; i++)
            app_ask_octets(NULL, 1);
        break;
    case 10:
        for (dia_peer *next; peer; peer = next) {
            next = dia_node_next_peer(world.node, peer);
            dia_node_remove_peer(world.node, peer);
        }
        break;
    default: dia_node_replace(world.node, &dia_dict_ro); break;
    }
}

static void react(uint8_t when, const dia_peer *peer)
{
    for (size_t i = 0; i < REACTIONS && !world.freed; i++) {
        struct reaction *r = &world.reactions[i];
        if (!r->armed || r->when != when)
            continue;
        r->armed = false;
        act(r->what, peer);
    }
}

static bool keep(dia_request *request)
{
    const bool kept = world.n_kept < KEPT_MAX && dia_request_keep(request);
    if (kept)
        world.kept[world.n_kept++] = request;
    return kept;
}

/* What it says of itself holds together. */
static void look_at_request(const dia_request *request)
{
    const dia_header header = dia_request_header(request);
    const dia_command *command = dia_request_command(request);
    must(dia_request_node(request) == world.node && dia_request_peer(request));
    must(header.length == dia_request_octets(request).n && header.flags & DIA_FLAG_REQUEST);
    must(!command || command->code == header.command);
}

static void look_at_peer(const dia_peer *peer)
{
    const dia_counters of_peer = dia_peer_counters(peer), all = dia_node_counters(world.node);
    must(of_peer.requests_in <= all.requests_in && of_peer.answers_out <= all.answers_out);
    must(of_peer.octets_in <= all.octets_in && of_peer.discarded <= all.discarded);
    must(!dia_peer_is_open(peer) || (dia_peer_host(peer).n && dia_peer_realm(peer).p));
    dia_peer_status status;
    dia_peer_get_status(peer, &status);
    must(status.state == dia_peer_get_state(peer) && status.watch == dia_peer_get_watch(peer));
    must(dia_watch_state_name(status.watch)[0] != '?' && dia_peer_state_name(status.state)[0] != '?');
    must(!status.connect || strlen(status.connect));
    must(!status.last_error || (*status.last_error && status.last_error_us <= world.now_us + 1));
    must(status.failures < 1000 && (!status.n_applications || status.applications));
    size_t n = 0;
    const dia_count *rows = dia_peer_counts(peer, &n);
    for (size_t i = 0; i < n; i++)
        must(rows[i].n && (!rows[i].request || !rows[i].result_code));
}

static void on_request(dia_request *request)
{
    world_work();
    must(!world.quiet && !world.freed);
    look_at_request(request);
    const uint8_t how = world.manner >> 4;
    switch (world.manner & 7) {
    case 0: break; /* left alone */
    case 1: keep(request); break;
    case 2: /* kept and answered at once */
        if (keep(request) && settle(request, how))
            world.n_kept--;
        break;
    case 3:
        app_ask(how);
        settle(request, how);
        break;
    case 4: /* answered twice */
        if (settle(request, how))
            must(dia_request_fail(request, 2001, NULL) == DIA_ESTATE);
        break;
    default: settle(request, how); break;
    }
    react(HANDLER, dia_request_peer(request));
}

void app_on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    (void)arg;
    must(ccr->session_id.p && ccr->origin_host.p);
    on_request(request);
}

void app_on_any(dia_request *request, void *arg)
{
    (void)arg;
    on_request(request);
}

void app_on_event(void *arg, dia_node *node, const dia_event *event)
{
    (void)arg;
    world_work();
    must(node == world.node && !world.quiet);
    must(event->reason && (unsigned)event->kind < DIA_EVENT_KINDS);
    if (event->peer)
        look_at_peer(event->peer);
    must(event->kind != DIA_EVENT_PEER_UP || dia_peer_is_open(event->peer));
    must(event->kind != DIA_EVENT_PEER_DOWN || !dia_peer_is_open(event->peer));
    if (event->kind == DIA_EVENT_FAILOVER) {
        dia_header header;
        must(!dia_header_read(event->message, &header) && header.flags & DIA_FLAG_RETRANSMITTED);
    }
    must(dia_event_name(event->kind)[0] != '?');
    react((uint8_t)(event->kind > DIA_EVENT_STOPPED ? event->kind + BEHIND - DIA_EVENT_STOPPED - 1 : event->kind),
          event->peer);
}

uint32_t app_on_stranger(void *arg, dia_node *node, const dia_stranger *who)
{
    static const uint32_t answers[] = { 2001, 0, 3010, 5012 };
    (void)arg;
    must(node == world.node && who->host.n && who->realm.p && who->conn && who->cer.n);
    return answers[who->host.p[0] & 3];
}

void app_on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    (void)arg;
    must(node == world.node && seen->conn && seen->octets.n >= DIA_HEADER_SIZE);
}
