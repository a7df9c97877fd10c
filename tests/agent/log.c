/* The log: what its lines say, what they never say, and how many there are at most. */
#include "diatom/log.h"

#include "net.h"
#include "shown.h"

#include <diatom/app/all.h>
#include <stdio.h>

enum { SECOND = 1000000 };
static const int64_t wall_us = 1769860800123456; /* 2026-01-31T12:00:00.123Z */

static void take(void *arg, const char *line, size_t n)
{
    dia_page *page = arg;
    dia_page_octets(page, (dia_bytes){ (const uint8_t *)line, n });
}

/* A log that writes to `to`. */
static dia_log *new_log(dia_page *to, dia_log_config config)
{
    dia_log *log = NULL;
    dia_page_init(to, 0, harness_allocator());
    config.write = take;
    config.arg = to;
    config.alloc = harness_allocator();
    return dia_log_new(&config, &log) ? NULL : log;
}

static void say(dia_log *log, const dia_event *event, int64_t us)
{
    dia_log_event(log, event, (dia_time){ us }, wall_us + us);
}

/* Who has no name has an address at least, in bare lines, too. */
static void who_has_no_name_has_an_address(void)
{
    static const char *const anybody[] = { "*", NULL };
    struct net net;
    dia_page page = { 0 };
    dia_log *log = NULL;
    net_begin(&net);
    dia_node *server = net_add(&net, "server.example.net", &(dia_node_config){ .allow = anybody });
    need(server);
    need_int(dia_node_advertise(server, 4, 0, DIA_APP_AUTH), 0);
    struct net_wire *unnamed = net_hold(&net, server);
    struct net_wire *named = unnamed ? net_hold_open(&net, server, "client.example.net") : NULL;
    need(unnamed);
    need(named);
    need(log = new_log(&page, (dia_log_config){ .bare = true }));
    say(log, &(dia_event){ .kind = DIA_EVENT_REFUSED, .reason = "TLS", .conn = unnamed->end[1].conn }, 0);
    const dia_peer *peer = dia_node_next_peer(server, NULL);
    say(log, &(dia_event){ .kind = DIA_EVENT_PEER_UP, .reason = "up", .peer = peer, .conn = named->end[1].conn }, 0);
    if (!harness_injected()) {
        need(has(shown(&page), "event refused - TLS; 192.0.2."));
        need(has(page.p, "event peer up client.example.net up\n"));
    }
done:
    dia_log_free(log);
    dia_page_done(&page);
    net_end(&net);
}

static void tell_the_log(struct net_seat *seat, const dia_event *event)
{
    say(seat->user, event, 0);
}

/* DPR of somebody who may come and go is no warning; the end of a connection without it is. */
static void the_good_bye_of_a_stranger_is_no_warning(void)
{
    struct net net;
    dia_node *client, *server;
    dia_page page = { 0 };
    dia_log *log = NULL;
    need(net_pair(&net, &client, &server, NULL));
    need(log = new_log(&page, (dia_log_config){ .journald = true }));
    net_seat_of(&net, server)->on_event = tell_the_log;
    net_seat_of(&net, server)->user = log;
    const dia_peer *peer = dia_node_next_peer(client, NULL);
    need_int(dia_node_disable_peer(client, peer, DIA_CAUSE_BUSY), 0);
    net_pump(&net);
    if (!harness_injected())
        need(has(shown(&page), "<6>event peer down client.example.net the peer is busy (DPR)"));
    dia_page_clear(&page);
    need_int(dia_node_enable_peer(client, peer), 0);
    net_pass(&net, 1000);
    struct net_wire *wire = net_wire_of(&net, client, server);
    need(wire);
    net_cut(&net, wire);
    if (!harness_injected())
        need(has(shown(&page), "<4>event peer down client.example.net cut"));
done:
    net_end(&net);
    dia_log_free(log);
    dia_page_done(&page);
}

static void lines_say_what_happened(void)
{
    static const dia_event down = { .kind = DIA_EVENT_PEER_DOWN, .reason = "reset by the peer" };
    static const dia_event failed = { .kind = DIA_EVENT_CONNECT_FAILED, .reason = "refused", .uri = "aaa://x.net" };
    static const dia_event refused = { .kind = DIA_EVENT_REFUSED, .reason = "not known", .result_code = 3010 };
    static const struct {
        dia_log_config config;
        const dia_event *event;
        const char *want;
    } rows[] = {
        { { .bare = true }, &down, "event peer down - reset by the peer\n" },
        { { .bare = true }, &failed, "event connect failed - aaa://x.net: refused\n" },
        { { 0 }, &refused, "2026-01-31T12:00:00.123Z warning event refused - 3010 not known\n" },
        { { .journald = true }, &refused, "<4>event refused - 3010 not known\n" },
        { { .format = DIA_LOG_JSON },
          &failed,
          "{\"time\": \"2026-01-31T12:00:00.123Z\", \"level\": \"warning\", \"event\": \"connect failed\", \"peer\": "
          "null, "
          "\"remote\": null, \"state\": null, \"result_code\": null, \"uri\": \"aaa://x.net\", \"reason\": "
          "\"refused\", "
          "\"message\": null}\n" },
        { { .format = DIA_LOG_JSON, .journald = true },
          &refused,
          "<4>{\"level\": \"warning\", \"event\": \"refused\", \"peer\": null, \"remote\": null, \"state\": null, "
          "\"result_code\": 3010, \"uri\": null, \"reason\": \"not known\", \"message\": null}\n" },
    };
    dia_page page = { 0 };
    dia_log *log = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].want);
        need(log = new_log(&page, rows[i].config));
        say(log, rows[i].event, 0);
        if (!harness_injected())
            need_str(shown(&page), rows[i].want);
        dia_log_free(log);
        log = NULL;
        dia_page_done(&page);
    }
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void to_log(void *log, dia_node *node, const dia_event *event)
{
    (void)node;
    say(log, event, 0);
}

/* The node tells that the octets were none of Diameter, and that somebody was refused: a reader wants one line. */
static void a_stranger_who_speaks_no_diameter_is_one_line(void)
{
    dia_page page = { 0 };
    dia_node *node = NULL;
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    const dia_node_config config = { .origin_host = "a.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator(),
                                     .on_event = to_log,
                                     .arg = log };
    need_int(dia_node_new(&config, (dia_time){ 0 }, &node, NULL, 0), 0);
    dia_conn *conn = dia_node_accept(node, &(dia_conn_info){ 0 }, (dia_time){ 0 });
    need(conn);
    dia_conn_input(conn, DIA_STR("GET / HTTP/1.1\r\nHost: a.example.net\r\n\r\n"), (dia_time){ 0 });
    if (!harness_injected()) {
        need_str(shown(&page), "event refused - the octets are no Diameter: they begin with 'GET / HT'\n");
        need_int(dia_log_counts(log)[DIA_EVENT_BAD_STREAM], 1);
        need_int(dia_log_counts(log)[DIA_EVENT_REFUSED], 1);
    }
done:
    dia_node_free(node);
    dia_log_free(log);
    dia_page_done(&page);
}

/* Of whatever a peer makes us write, one line stays one line. */
static void control_characters_do_not_pass(void)
{
    static const dia_event event = { .kind = DIA_EVENT_FAULT,
                                     .reason = "a\nevent peer up evil\033[2J",
                                     .uri = "\r\x7f" };
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    say(log, &event, 0);
    if (!harness_injected())
        need_str(shown(&page), "event fault - ??: a?event peer up evil?[2J\n");
    dia_log_free(log);
    dia_page_done(&page);
    need(log = new_log(&page, (dia_log_config){ .format = DIA_LOG_JSON }));
    say(log, &event, 0);
    if (!harness_injected()) {
        need_int(times(shown(&page), "\n"), 1);
        need(has(page.p, "a\\nevent peer up evil\\u001b[2J"));
    }
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void messages_are_told_without_names_of_subscribers(void)
{
    uint8_t buf[400];
    dia_builder b;
    dia_page page = { 0 };
    dia_log *log = NULL;
    dia_build_begin(&b, buf, sizeof buf, &(dia_header){ .flags = DIA_FLAG_REQUEST, .command = 272, .application = 4 });
    dia_put_bytes(&b, 263, 0, DIA_AVP_M, DIA_STR("pgw.example.net;1;2;262011234567890"));
    dia_put_bytes(&b, 264, 0, DIA_AVP_M, DIA_STR("pgw.example.net"));
    dia_put_bytes(&b, 1, 0, DIA_AVP_M, DIA_STR("262011234567890"));
    const dia_event event = { .kind = DIA_EVENT_FAULT,
                              .reason = "a required AVP is missing",
                              .result_code = 5005,
                              .message = { buf, (size_t)dia_build_end(&b) } };
    for (int format = DIA_LOG_TEXT; format <= DIA_LOG_JSON; format++) {
        need(log = new_log(&page, (dia_log_config){ .format = (dia_log_format)format, .dicts = &dia_dicts_all }));
        say(log, &event, 0);
        if (!harness_injected()) {
            need(has(shown(&page), "CCR"));
            need(has(page.p, "pgw.example.net;1;2;"));
            need(!strstr(page.p, "26201"));
        }
        dia_log_free(log);
        log = NULL;
        dia_page_done(&page);
    }
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void the_same_within_a_second_is_counted(void)
{
    static const dia_event fault = { .kind = DIA_EVENT_FAULT, .reason = "bad" };
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    need(dia_log_deadline(log).us == DIA_NEVER_US);
    for (int i = 0; i < 50; i++)
        say(log, &fault, i * 1000);
    need_int(dia_log_deadline(log).us, 1000 + SECOND);
    dia_log_tick(log, (dia_time){ SECOND }, wall_us); /* too early */
    if (!harness_injected())
        need_int(times(shown(&page), "\n"), 1);
    dia_page_clear(&page);
    dia_log_tick(log, (dia_time){ SECOND + 1000 }, wall_us);
    if (!harness_injected())
        need_str(shown(&page), "event repeated 49 times\n");
    need(dia_log_deadline(log).us == DIA_NEVER_US);
    dia_page_clear(&page);
    say(log, &fault, 2 * SECOND);
    if (!harness_injected())
        need_str(shown(&page), "event fault - bad\n");
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void flood(dia_log *log, dia_event_kind kind, const dia_peer *peer, int n, int64_t us)
{
    for (int i = 0; i < n; i++) {
        char reason[32];
        snprintf(reason, sizeof reason, "number %d", i);
        say(log, &(dia_event){ .kind = kind, .peer = peer, .reason = reason }, us);
    }
}

static void of_a_flood_a_part_is_written_and_the_rest_counted(void)
{
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    flood(log, DIA_EVENT_FAULT, NULL, 10000, 0);
    if (!harness_injected())
        need_int(times(shown(&page), "\n"), 50);
    dia_page_clear(&page);
    need_int(dia_log_deadline(log).us, 10 * SECOND);
    flood(log, DIA_EVENT_FAULT, NULL, 5, 3 * SECOND); /* three more in three seconds */
    if (!harness_injected())
        need_int(times(shown(&page), "\n"), 3);
    dia_page_clear(&page);
    dia_log_tick(log, (dia_time){ 10 * SECOND }, wall_us);
    if (!harness_injected())
        need_str(shown(&page), "event fault left out 9952 times\n");
    need(dia_log_deadline(log).us == DIA_NEVER_US);
    need_int(dia_log_counts(log)[DIA_EVENT_FAULT], 10005);
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void who_is_loud_leaves_the_others_theirs(void)
{
    struct net net;
    dia_page page = { 0 };
    dia_log *log = NULL;
    dia_peer *loud, *quiet;
    net_begin(&net);
    dia_node *node = net_add(&net, "c.example.net", NULL);
    need(node);
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .host = "a.example.net" }, &loud), 0);
    need_int(dia_node_add_peer(node, &(dia_peer_config){ .host = "b.example.net" }, &quiet), 0);
    need(log = new_log(&page, (dia_log_config){ .bare = true }));
    flood(log, DIA_EVENT_FAULT, loud, 1000, 0);
    dia_page_clear(&page);
    flood(log, DIA_EVENT_PEER_DOWN, loud, 1, 0); /* another kind */
    flood(log, DIA_EVENT_FAULT, quiet, 1, 0);    /* another peer */
    if (!harness_injected())
        need_str(shown(&page), "event peer down a.example.net number 0\nevent fault b.example.net number 0\n");
done:
    dia_log_free(log);
    dia_page_done(&page);
    net_end(&net);
}

static void without_a_bound_everything_is_written(void)
{
    static const dia_event fault = { .kind = DIA_EVENT_FAULT, .reason = "bad" };
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true, .burst = UINT32_MAX });
    need(log);
    for (int i = 0; i < 300; i++)
        say(log, &fault, 0);
    if (!harness_injected())
        need_int(times(shown(&page), "event fault - bad\n"), 300);
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void levels_choose(void)
{
    static const dia_event watchdog = { .kind = DIA_EVENT_WATCHDOG, .reason = "OKAY" };
    static const dia_event up = { .kind = DIA_EVENT_PEER_UP, .reason = "there" };
    static const dia_event unanswered = { .kind = DIA_EVENT_UNANSWERED, .reason = "none" };
    static const struct {
        dia_log_level level;
        size_t lines;
    } rows[] = { { DIA_LOG_DEFAULT, 2 }, { DIA_LOG_ERROR, 1 }, { DIA_LOG_WARNING, 1 }, { DIA_LOG_DEBUG, 3 } };
    dia_page page = { 0 };
    dia_log *log = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(dia_log_level_name(rows[i].level));
        need(log = new_log(&page, (dia_log_config){ .bare = true }));
        dia_log_set_level(log, rows[i].level);
        say(log, &watchdog, 0);
        say(log, &up, 0);
        say(log, &unanswered, 0);
        if (!harness_injected())
            need_int(times(shown(&page), "\n"), rows[i].lines);
        need_int(dia_log_counts(log)[DIA_EVENT_WATCHDOG], 1); /* counted all the same */
        dia_log_free(log);
        log = NULL;
        dia_page_done(&page);
    }
    need_int(dia_log_level_named("warning"), DIA_LOG_WARNING);
    need_int(dia_log_level_named("loud"), DIA_LOG_DEFAULT);
    need_str(dia_log_level_name(DIA_LOG_DEBUG), "debug");
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void the_programs_own_lines_stand_between(void)
{
    static const dia_event fault = { .kind = DIA_EVENT_FAULT, .reason = "bad" };
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    say(log, &fault, 0);
    say(log, &fault, 0);
    dia_log_say(log, DIA_LOG_INFO, (dia_time){ 0 }, wall_us, "reload", "%d peers\n", 2);
    dia_log_say(log, DIA_LOG_DEBUG, (dia_time){ 0 }, wall_us, "reload", "never");
    say(log, &fault, 0);
    say(log, &fault, 0);
    dia_log_flush(log, (dia_time){ 0 }, wall_us);
    if (!harness_injected())
        need_str(shown(&page), "event fault - bad\nevent repeated 1 time\nreload 2 peers?\nevent fault - bad\n"
                               "event repeated 1 time\n");
    dia_log_free(log);
    dia_page_done(&page);
    need(log = new_log(&page, (dia_log_config){ .format = DIA_LOG_JSON }));
    dia_log_say(log, DIA_LOG_WARNING, (dia_time){ 0 }, wall_us, "reload", "bad \"file\"");
    say(log, &fault, 0);
    say(log, &fault, 0);
    dia_log_free(log); /* tells what is left */
    log = NULL;
    if (!harness_injected()) {
        need(has(shown(&page), "\"level\": \"warning\", \"event\": \"reload\", \"reason\": \"bad \\\"file\\\"\"}\n"));
        need(has(page.p, "\"event\": \"repeated\", \"kind\": null, \"count\": 1}\n"));
    }
done:
    dia_log_free(log);
    dia_page_done(&page);
}

static void a_log_wants_somewhere_to_write(void)
{
    dia_log *log = NULL;
    need_int(dia_log_new(&(dia_log_config){ .alloc = harness_allocator() }, &log), DIA_EINVAL);
    need(!log);
    need_int(dia_log_new(&(dia_log_config){ .write = take, .level = DIA_LOG_LEVELS }, &log), DIA_EINVAL);
done:
    dia_log_free(log);
}

/* Two that take turns, and one of them is left out: the counts of the other must not be lines without end. */
static void repeats_among_what_is_left_out_are_one_line(void)
{
    static const dia_event refused = { .kind = DIA_EVENT_REFUSED, .reason = "closed" };
    dia_page page = { 0 };
    dia_log *log = new_log(&page, (dia_log_config){ .bare = true });
    need(log);
    flood(log, DIA_EVENT_FAULT, NULL, 2000, 0);
    say(log, &refused, 0);
    dia_page_clear(&page);
    for (int i = 0; i < 50; i++) {
        flood(log, DIA_EVENT_FAULT, NULL, 1, 0);
        say(log, &refused, 0);
    }
    if (!harness_injected())
        need_int(times(shown(&page), "repeated"), 0);
    dia_page_clear(&page);
    dia_log_tick(log, (dia_time){ SECOND }, wall_us);
    if (!harness_injected())
        need_int(times(shown(&page), "event repeated 50 times\n"), 1);
done:
    dia_log_free(log);
    dia_page_done(&page);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "who_has_no_name_has_an_address", who_has_no_name_has_an_address },
        { "the_good_bye_of_a_stranger_is_no_warning", the_good_bye_of_a_stranger_is_no_warning },
        { "lines_say_what_happened", lines_say_what_happened },
        { "a_stranger_who_speaks_no_diameter_is_one_line", a_stranger_who_speaks_no_diameter_is_one_line },
        { "control_characters_do_not_pass", control_characters_do_not_pass },
        { "messages_are_told_without_names_of_subscribers", messages_are_told_without_names_of_subscribers },
        { "the_same_within_a_second_is_counted", the_same_within_a_second_is_counted },
        { "repeats_among_what_is_left_out_are_one_line", repeats_among_what_is_left_out_are_one_line },
        { "of_a_flood_a_part_is_written_and_the_rest_counted", of_a_flood_a_part_is_written_and_the_rest_counted },
        { "who_is_loud_leaves_the_others_theirs", who_is_loud_leaves_the_others_theirs },
        { "without_a_bound_everything_is_written", without_a_bound_everything_is_written },
        { "levels_choose", levels_choose },
        { "the_programs_own_lines_stand_between", the_programs_own_lines_stand_between },
        { "a_log_wants_somewhere_to_write", a_log_wants_somewhere_to_write },
    };
    return HARNESS_RUN("agent/log", tests);
}
