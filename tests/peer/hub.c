/* The hub: which configurations make sense, what defaults they get, copies, applications, stopping. */
#include "rig.h"

static int try(const dia_node_config *given, char *why, size_t why_size)
{
    static dia_hub hub;
    dia_node_config config = *given;
    config.alloc = harness_allocator();
    const int err = dia_hub_init(&hub, &config, (dia_time){ 0 }, why, why_size);
    if (!err)
        dia_hub_done(&hub);
    return err;
}

#define NAMES .origin_host = "a.example.net", .origin_realm = "example.net"

static void configuration_that_makes_no_sense_is_refused_with_a_sentence(void) /* W3.4.1-03, BD-01 */
{
    static const dia_address no_addresses[1], short_one[] = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0") } },
                                              long_one[] = { { DIA_FAMILY_IPV6, { (const uint8_t *)"", SIZE_MAX } } },
                                              phone[] = { { 8, DIA_LIT("4930") } };
    static char long_name[400];
    memset(long_name, 'a', sizeof long_name - 1);
    char *const product = long_name + sizeof long_name - 1 - 255;
    static const char *const nobody[] = { NULL }, *const all_kinds[] = { "*", "a.b", "*.c", NULL },
                             *const empty[] = { "*", "", NULL }, *const strangers[] = { "*example.net", NULL },
                             *const star_inside[] = { "a.*.net", NULL }, *const star_dot[] = { "*.", NULL };
    const struct {
        const char *name;
        dia_node_config config;
        const char *about; /* NULL: it is fine */
    } rows[] = {
        { "the least", { NAMES }, NULL },
        { "no host", { .origin_realm = "example.net" }, "origin_host" },
        { "an empty host", { .origin_host = "", .origin_realm = "example.net" }, "origin_host" },
        { "a host with a blank", { .origin_host = "a b", .origin_realm = "example.net" }, "origin_host" },
        { "a host beyond ASCII", { .origin_host = "b\xc3\xbc.example", .origin_realm = "example.net" }, "origin_host" },
        { "an address as host",
          { .origin_host = "192.0.2.1", .origin_realm = "example.net" },
          "no address" }, /* B4.3.1-08 */
        { "no realm", { .origin_host = "a.example.net" }, "origin_realm" },
        { "a realm with a slash", { .origin_host = "a.example.net", .origin_realm = "a/b" }, "origin_realm" },
        { "a destination realm that is none", { NAMES, .destination_realm = "@" }, "destination_realm" },
        { "a product that is no UTF-8", { NAMES, .product_name = "\xff" }, "product_name" },
        { "watchdog of 5999 ms", { NAMES, .watchdog_ms = 5999 }, "watchdog_ms" },
        { "watchdog of 6000 ms", { NAMES, .watchdog_ms = 6000 }, NULL },
        { "messages too short for CER", { NAMES, .limits.message = 4095 }, "limits.message" },
        { "messages of 4096", { NAMES, .limits.message = 4096 }, NULL },
        { "the longest messages", { NAMES, .limits.message = 16777212 }, NULL },
        { "messages beyond 24 bits", { NAMES, .limits.message = 16777213 }, "limits.message" },
        { "soft above hard", { NAMES, .limits = { .output_soft = 2, .output_hard = 1 } }, "output_soft" },
        { "soft above the default of hard", { NAMES, .limits.output_soft = 16 << 20 }, "output_soft" },
        { "hard below the default of soft", { NAMES, .limits.output_hard = 1 << 19 }, "output_soft" },
        { "soft as hard", { NAMES, .limits = { .output_soft = 9, .output_hard = 9 } }, NULL },
        { "memory for less than one message", { NAMES, .limits.memory = (1 << 20) - 1 }, "limits.memory" },
        { "memory for one message", { NAMES, .limits = { .memory = 4096, .message = 4096 } }, NULL },
        { "addresses that are not there", { NAMES, .n_host_ip_addresses = 1 }, "host_ip_addresses" },
        { "nobody may come", { NAMES, .allow = nobody }, NULL },
        { "patterns of all kinds", { NAMES, .allow = all_kinds }, NULL },
        { "an empty pattern", { NAMES, .allow = empty }, "allow" },
        { "a pattern that would let strangers in", { NAMES, .allow = strangers }, "allow" },
        { "a star inside", { NAMES, .allow = star_inside }, "allow" },
        { "a star and a dot", { NAMES, .allow = star_dot }, "allow" },
        { "an address that is too short",
          { NAMES, .n_host_ip_addresses = 1, .host_ip_addresses = short_one },
          "4 octets" },
        { "an endless address",
          { NAMES, .n_host_ip_addresses = 1, .host_ip_addresses = long_one },
          "host_ip_addresses" },
        { "endlessly many addresses",
          { NAMES, .n_host_ip_addresses = SIZE_MAX, .host_ip_addresses = phone },
          "host_ip_addresses" },
        { "an address of another family", { NAMES, .n_host_ip_addresses = 1, .host_ip_addresses = phone }, NULL },
        { "a long host", { .origin_host = long_name, .origin_realm = "example.net" }, "origin_host" },
        { "a long product", { NAMES, .product_name = product - 1 }, "product_name" },
        { "the longest product", { NAMES, .product_name = product }, NULL },
        { "an arena for nothing", { NAMES, .limits.decoded = 4095 }, "limits.decoded" },
        { "an arena of 4096", { NAMES, .limits.decoded = 4096 }, NULL },
        { "no rows for what is counted", { NAMES, .limits.counts = 3 }, "limits.counts" },
        { "the fewest rows for what is counted", { NAMES, .limits.counts = 4 }, NULL },
        { "no level for what comes", { NAMES, .receive_level = (dia_level)4 }, "receive_level" },
        { "no level for what goes", { NAMES, .send_level = (dia_level)4 }, "send_level" },
        { "Tc of a month", { NAMES, .reconnect_ms = UINT32_MAX }, NULL },
        { "an address without octets",
          { NAMES, .n_host_ip_addresses = 1, .host_ip_addresses = no_addresses },
          "host_ip_addresses" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char why[200] = "";
        harness_row(rows[i].name);
        const int err = try(&rows[i].config, why, sizeof why);
        if (harness_injected())
            return;
        check_int(err, rows[i].about ? DIA_EINVAL : 0);
        check(rows[i].about ? strstr(why, rows[i].about) != NULL : !why[0]);
        check_int(try(&rows[i].config, NULL, 0), err);
    }
}

static void sentence_fits_its_buffer(void)
{
    char why[8];
    check_int(try(&(dia_node_config){ 0 }, why, sizeof why), DIA_EINVAL);
    check_int(strlen(why), sizeof why - 1);
}

static void limits_have_defaults(void) /* W3.4.1-02 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .limits = { .pending = 5, .stall_ms = 1 } }));
    const dia_limits *limits = &rig.hub.config.limits;
    need_int(limits->message, 1 << 20);
    need_int(limits->decoded, 1 << 20);
    need_int(limits->memory, 256 << 20);
    need_int(limits->turn, 128);
    need_int(limits->connections, 20000);
    need_int(limits->per_address, 1000);
    need_int(limits->before_cer, 256);
    need_int(limits->unknown_peers, 20000);
    need_int(limits->pending, 5);
    need_int(limits->unanswered, 65536);
    need_int(limits->output_soft, 1 << 20);
    need_int(limits->output_hard, 8 << 20);
    need_int(limits->cer_ms, 10000);
    need_int(limits->partial_ms, 10000);
    need_int(limits->stall_ms, 1);
    need_int(limits->disconnect_ms, 5000);
    need_int(rig.hub.config.watchdog_ms, 30000);
    need_int(rig.hub.config.reconnect_ms, 30000);
    need_str(rig.hub.config.product_name, "Diatom");
done:
    rig_end(&rig);
}

static void patterns_can_be_checked_alone(void)
{
    static const char *const right[] = { "a.example.net",
                                         "*.example.net",
                                         "*",
                                         "realm:example.net",
                                         "realm:*.example.net",
                                         "*@192.0.2.0/24",
                                         "*.example.net@2001:db8::/32" };
    static const char *const wrong[] = { "", "*example.net", "a b", "realm:", "*@192.0.2.0/33", "*@", "a..b", NULL };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        harness_row(right[i]);
        check(dia_allow_pattern_valid(right[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        harness_row(wrong[i] ? wrong[i] : "none");
        check(!dia_allow_pattern_valid(wrong[i]));
    }
}

static void what_the_configuration_points_to_is_copied(void)
{
    char host[] = "a.example.net", realm[] = "example.net", pattern[] = "*.example.org", product[] = "P";
    uint8_t ip[4] = { 10, 0, 0, 1 };
    dia_address address = { DIA_FAMILY_IPV4, { ip, 4 } };
    const char *allow[] = { pattern, NULL };
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .origin_host = host,
                                             .origin_realm = realm,
                                             .destination_realm = realm,
                                             .product_name = product,
                                             .allow = allow,
                                             .host_ip_addresses = &address,
                                             .n_host_ip_addresses = 1 }));
    host[0] = realm[0] = pattern[0] = product[0] = '#';
    ip[0] = 0;
    allow[0] = NULL;
    address.value.p = NULL;
    const dia_node_config *config = &rig.hub.config;
    need_str(config->origin_host, "a.example.net");
    need_str(config->origin_realm, "example.net");
    need_str(config->destination_realm, "example.net");
    need_str(config->product_name, "P");
    need_str(config->allow[0], "*.example.org");
    need(!config->allow[1]);
    need_bytes(config->host_ip_addresses[0].value, ((dia_bytes)DIA_LIT("\x0a\0\0\1")));
done:
    rig_end(&rig);
}

static void application_is_advertised_once(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need_int(dia_hub_advertise(&rig.hub, 5, 0, DIA_APP_AUTH), 0);
    need_int(dia_hub_advertise(&rig.hub, 5, 0, DIA_APP_AUTH), 0);
    need_int(rig.hub.n_apps, 2);
    need_int(dia_hub_advertise(&rig.hub, 5, 10415, DIA_APP_AUTH), DIA_EEXIST);
    need_int(dia_hub_advertise(&rig.hub, 5, 0, DIA_APP_ACCT), DIA_EEXIST);
    need_int(dia_hub_advertise(&rig.hub, 6, 0, (dia_app_kind)0), DIA_EINVAL);
    need(dia_hub_app(&rig.hub, 5));
    need(!dia_hub_app(&rig.hub, 6));
done:
    rig_end(&rig);
}

/* RFC 6733, 3: the high 12 bits from the time, then a counter. */
static void end_to_end_ids_come_from_the_time_and_count(void) /* B3-21, B6.1.1-01 */
{
    struct rig rig;
    need(rig_begin(&rig, &(dia_node_config){ .wall_clock = 0x12345678 }));
    const uint32_t first = dia_hub_end_to_end(&rig.hub);
    need_int(first >> 20, 0x678);
    need_int(dia_hub_end_to_end(&rig.hub), first + 1);
    need_int(rig.hub.origin_state_id, 0x12345678);
done:
    rig_end(&rig);
}

static void clock_does_not_go_back(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    dia_hub_tick(&rig.hub, (dia_time){ 5000000 });
    dia_hub_tick(&rig.hub, (dia_time){ 4000000 });
    need_int(rig.hub.now.us, 5000000);
done:
    rig_end(&rig);
}

/* ---- Stopping ---- */

static void hub_without_connections_stops_at_once(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    dia_hub_stop(&rig.hub, DIA_CAUSE_REBOOTING, 0);
    need(rig.hub.stopped);
    need_int(rig_saw(&rig, DIA_EVENT_STOPPED), 1);
    dia_hub_stop(&rig.hub, DIA_CAUSE_REBOOTING, 0);
    need_int(rig_saw(&rig, DIA_EVENT_STOPPED), 1);
done:
    rig_end(&rig);
}

/* Connections in all phases: DPR where peers are open, an end for all others. */
static void stopping_ends_connections_in_every_phase(void) /* B5.4-01 */
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *r = rig_open_r(&rig, "a.example.net"), *i = rig_open_i(&rig, "b.example.net");
    need(r && i);
    need(rig_peer(&rig, "c.example.net", "aaa://far.example.net"));
    struct rig_link *connecting = rig_wanted(&rig), *silent = rig_accept(&rig), *probing = rig_accept(&rig);
    need(connecting && silent && probing && connecting != i);
    rig_send_cer(&rig, probing, "a.example.net");
    need(rig_read(&rig, r, DIA_COMMAND_DWR));
    dia_hub_stop(&rig.hub, DIA_CAUSE_BUSY, 0);
    rig_pump(&rig);
    const dia_dpr *dpr = rig_read(&rig, r, DIA_COMMAND_DPR);
    need(dpr);
    need_int(dpr->disconnect_cause, DIA_CAUSE_BUSY);
    need(rig_read(&rig, i, DIA_COMMAND_DPR));
    need_int(connecting->ending, RIG_RESET);
    need_int(silent->ending, RIG_RESET);
    need_int(probing->ending, RIG_RESET);
    need(!rig_accept(&rig)); /* nobody comes in any more */
    rig_send_dpa(&rig, r, r->header.hop_by_hop);
    rig_send_dpa(&rig, i, i->header.hop_by_hop);
    need_int(r->ending, RIG_CLOSED);
    rig_drop(&rig, r);
    rig_drop(&rig, i);
    rig_drop(&rig, connecting);
    rig_drop(&rig, silent);
    need(!rig.hub.stopped);
    rig_drop(&rig, probing);
    need(rig.hub.stopped);
    need_int(rig_saw(&rig, DIA_EVENT_STOPPED), 1);
    rig_pass(&rig, 100000);
    need_int(rig.hub.n_conns, 0); /* nobody connects again */
done:
    rig_end(&rig);
}

static void stopping_takes_no_longer_than_it_may(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *a = rig_open_r(&rig, "a.example.net"), *b = rig_open_r(&rig, "b.example.net");
    need(a && b);
    need(rig_request(&rig, a, 60000));
    rig_send_dpr(&rig, b, DIA_CAUSE_REBOOTING); /* this one waits for its peer to close */
    dia_hub_stop(&rig.hub, DIA_CAUSE_REBOOTING, 3000);
    rig_pump(&rig);
    rig_pass(&rig, 2999);
    need_int(a->ending, RIG_STAYS);
    rig_pass(&rig, 1);
    need_int(a->ending, RIG_RESET);
    need_int(b->ending, RIG_RESET);
    need_int(rig.outcomes[DIA_OUTCOME_STOPPED], 1);
    rig_drop(&rig, a);
    rig_drop(&rig, b);
    need(rig.hub.stopped);
done:
    rig_end(&rig);
}

/* A peer whose DPR came before keeps its own, shorter, wait. */
static void stopping_does_not_prolong_a_disconnect(void)
{
    struct rig rig;
    struct rig_link *link = rig_begin_open(&rig, &(dia_node_config){ .limits = { .disconnect_ms = 1000 } });
    need(link);
    rig_send_dpr(&rig, link, DIA_CAUSE_REBOOTING);
    dia_hub_stop(&rig.hub, DIA_CAUSE_REBOOTING, 60000);
    rig_pass(&rig, 1000);
    need_int(link->ending, RIG_RESET);
done:
    rig_end(&rig);
}

static void remove_all(struct rig *rig, const dia_event *event)
{
    if (event->kind != DIA_EVENT_PEER_DOWN)
        return;
    DIA_LIST_EACH (p, &rig->hub.peers) {
        dia_peer *peer = DIA_OF(p, dia_peer, link);
        peer->removed = true;
        dia_peer_forget_if_done(peer);
    }
}

static void peers_may_be_removed_while_the_hub_stops(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    need(rig_open_r(&rig, "a.example.net"));
    need(rig_peer(&rig, "b.example.net", NULL));
    need(rig_peer(&rig, "c.example.net", NULL));
    rig.on_event = remove_all;
    dia_hub_stop(&rig.hub, DIA_CAUSE_REBOOTING, 0);
    need_int(rig.hub.n_peers, 3);
    rig_pump(&rig);
    need_int(rig.hub.n_peers, 1);
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "configuration_that_makes_no_sense_is_refused_with_a_sentence",
          configuration_that_makes_no_sense_is_refused_with_a_sentence },
        { "sentence_fits_its_buffer", sentence_fits_its_buffer },
        { "limits_have_defaults", limits_have_defaults },
        { "patterns_can_be_checked_alone", patterns_can_be_checked_alone },
        { "what_the_configuration_points_to_is_copied", what_the_configuration_points_to_is_copied },
        { "application_is_advertised_once", application_is_advertised_once },
        { "end_to_end_ids_come_from_the_time_and_count", end_to_end_ids_come_from_the_time_and_count },
        { "clock_does_not_go_back", clock_does_not_go_back },
        { "hub_without_connections_stops_at_once", hub_without_connections_stops_at_once },
        { "stopping_ends_connections_in_every_phase", stopping_ends_connections_in_every_phase },
        { "stopping_takes_no_longer_than_it_may", stopping_takes_no_longer_than_it_may },
        { "stopping_does_not_prolong_a_disconnect", stopping_does_not_prolong_a_disconnect },
        { "peers_may_be_removed_while_the_hub_stops", peers_may_be_removed_while_the_hub_stops },
    };
    return HARNESS_RUN("peer/hub", tests);
}
