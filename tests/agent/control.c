/* Commands to a node: what each does, and what is said to what makes no sense. */
#include "diatom/control.h"

#include "net.h"
#include "shown.h"

#include <diatom/app/all.h>
#include <stdio.h>

struct scene {
    struct net net;
    dia_node *client, *server;
    dia_log *log;
    dia_control control;
    dia_page page;
    char traced[200]; /* "HOST PATH" of the last one */
    unsigned reloads, stops, lines;
};

static void count_line(void *arg, const char *line, size_t n)
{
    struct scene *s = arg;
    (void)line;
    s->lines += n > 0;
}

static int trace(void *arg, const char *host, const char *path, dia_page *answer)
{
    struct scene *s = arg;
    snprintf(s->traced, sizeof s->traced, "%s %s", host, path ? path : "-");
    dia_page_put(answer, "traced\n");
    return DIA_CONTROL_DONE;
}

static int routes(void *arg, bool json, dia_page *answer)
{
    (void)arg;
    dia_page_put(answer, json ? "{\"routes\": []}\n" : "no routes\n");
    return DIA_CONTROL_DONE;
}

static int policies(void *arg, bool json, dia_page *answer)
{
    (void)arg;
    dia_page_put(answer, json ? "{\"policies\": []}\n" : "no policies\n");
    return DIA_CONTROL_DONE;
}

static int reload(void *arg, dia_page *answer)
{
    struct scene *s = arg;
    s->reloads++;
    dia_page_put(answer, "4:15: peers[0].watchdog: no duration\n");
    return DIA_CONTROL_REFUSED;
}

static int stop(void *arg, dia_page *answer)
{
    struct scene *s = arg;
    s->stops++;
    dia_page_put(answer, "the node ends\n");
    return DIA_CONTROL_DONE;
}

static bool begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    dia_page_init(&s->page, 0, harness_allocator());
    if (!net_pair(&s->net, &s->client, &s->server, NULL) ||
        dia_log_new(&(dia_log_config){ .write = count_line, .arg = s, .alloc = harness_allocator() }, &s->log))
        return false;
    s->control = (dia_control){ .report = { .node = s->client, .dicts = &dia_dicts_all },
                                .log = s->log,
                                .trace = trace,
                                .routes = routes,
                                .policies = policies,
                                .reload = reload,
                                .stop = stop,
                                .arg = s };
    return true;
}

static void end(struct scene *s)
{
    dia_page_done(&s->page);
    dia_log_free(s->log);
    net_end(&s->net);
}

static int run(struct scene *s, const char *line)
{
    dia_page_clear(&s->page);
    return dia_control_run(&s->control, dia_cstr(line), &s->page);
}

static void commands_are_carried_out_or_refused_with_a_sentence(void)
{
    static const struct {
        const char *line;
        int status;
        const char *part;
    } rows[] = {
        { "status", 0, "peer server.example.net\n" },
        { "  status   server.example.net  ", 0, "peer server.example.net\n" },
        { "status --json", 0, "{\"time\": " },
        { "peers", 0, "server.example.net  I-Open" },
        { "peers \"server.example.net\"", 0, "I-Open" },
        { "peers nobody.example.net", 1, "nobody.example.net is no peer of this node\n" },
        { "counters", 0, "requests_out" },
        { "--json latencies", 0, "\"messages\": []" },
        { "metrics", 0, "# EOF\n" },
        { "routes", 0, "no routes\n" },
        { "routes --json", 0, "{\"routes\": []}\n" },
        { "policies", 0, "no policies\n" },
        { "policies --json", 0, "{\"policies\": []}\n" },
        { "disable", 2, "it is: disable HOST [--cause=CAUSE]\n" },
        { "disable a b", 2, "it is: disable" },
        { "disable nobody.example.net", 1, "nobody.example.net is no peer" },
        { "disable server.example.net --cause=hunger", 2,
          "--cause is rebooting, busy or do-not-want-to-talk-to-you\n" },
        { "connect server.example.net", 0, "server.example.net is being connected to\n" },
        { "trace server.example.net here.pcapng", 2, "the file must have its whole path" },
        { "trace \"a b\" /x", 1, "a b is no DiameterIdentity" },
        { "trace server.example.net", 2, "it is: trace HOST FILE\n" },
        { "reload", 1, "4:15: peers[0].watchdog: no duration\n" },
        { "log", 0, "log level info\n" },
        { "log loud", 2, "a level is error, warning, info or debug\n" },
        { "version", 0, "diatom " },
        { "version --json", 0, "{\"version\": \"" },
        { "help", 0, "latencies  [HOST]" },
        { "stop", 0, "the node ends\n" },
        { "", 2, "there is no command\n" },
        { "    ", 2, "there is no command\n" },
        { "nonsense", 2, "there is no command 'nonsense'; there are: status peers" },
        { "peers --loud", 2, "there is no such option\n" },
        { "peers \"server", 2, "a quote is not closed\n" },
        { "peers \"server\\", 2, "a quote is not closed\n" },
        { "peers a\tb", 2, "there are control characters in it\n" },
        { "peers \xff", 2, "the line is no text\n" },
        { "a b c d e f g h i", 2, "there are too many words\n" },
    };
    struct scene s;
    need(begin(&s));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].line);
        const int status = run(&s, rows[i].line);
        if (harness_injected())
            continue;
        check_int(status, rows[i].status);
        check(has(shown(&s.page), rows[i].part));
    }
    need_int(s.reloads, 1);
    need_int(s.stops, 1);
done:
    end(&s);
}

static void lines_that_are_too_long_are_refused(void)
{
    char line[5000];
    struct scene s;
    memset(line, 'x', sizeof line);
    need(begin(&s));
    need_int(dia_control_run(&s.control, (dia_bytes){ (const uint8_t *)line, sizeof line }, &s.page), 2);
    need(has(shown(&s.page), "the line is too long\n"));
    dia_page_clear(&s.page);
    need_int(dia_control_run(&s.control, (dia_bytes){ (const uint8_t *)line, 4095 }, &s.page), 2);
    need(has(shown(&s.page), "there is no command 'xxx"));
done:
    end(&s);
}

static void peers_are_taken_out_and_put_back(void)
{
    struct scene s;
    need(begin(&s));
    const dia_peer *peer = dia_node_next_peer(s.client, NULL);
    need_int(run(&s, "disable server.example.net --cause=busy"), 0);
    net_pass(&s.net, 100);
    need(!dia_peer_is_open(peer));
    need_int(net_seat_of(&s.net, s.server)->events[DIA_EVENT_PEER_DOWN], 1);
    need(has(net_seat_of(&s.net, s.server)->reason, "busy (DPR)"));
    need_int(run(&s, "connect server.example.net"), 1);
    need(has(shown(&s.page), "it is out of service, or being removed"));
    need_int(run(&s, "disconnect server.example.net"), 1);
    need_int(run(&s, "enable SERVER.example.net"), 0); /* in any case */
    net_pass(&s.net, 100);
    need(dia_peer_is_open(peer));
    need_int(run(&s, "disconnect server.example.net"), 0);
    net_pass(&s.net, 100);
    need(!dia_peer_is_open(peer));
    need_int(run(&s, "connect server.example.net"), 0);
    net_pass(&s.net, 100);
    need(dia_peer_is_open(peer));
done:
    end(&s);
}

static void peers_without_a_name_are_found_by_their_address(void)
{
    struct scene s;
    need(begin(&s));
    need_int(dia_node_add_peer(s.client, &(dia_peer_config){ .connect = "aaa://nowhere.example.net" }, NULL), 0);
    need_int(run(&s, "disable aaa://nowhere.example.net"), 0);
    need_int(run(&s, "disable aaa://elsewhere.example.net"), 1);
    s.control.report.node = s.server; /* which knows no address of the client */
    need_int(run(&s, "connect client.example.net"), 1);
    need(has(shown(&s.page), "client.example.net: it connects to us; there is no address to connect to\n"));
done:
    end(&s);
}

static void traces_are_the_programs(void)
{
    struct scene s;
    need(begin(&s));
    need_int(run(&s, "trace server.example.net \"/var/tmp/a \\\"b\\\".pcapng\""), 0);
    need_str(s.traced, "server.example.net /var/tmp/a \"b\".pcapng");
    need_int(run(&s, "untrace server.example.net"), 0);
    need_str(s.traced, "server.example.net -");
done:
    end(&s);
}

static void the_level_of_the_log_is_changed(void)
{
    static const dia_event watchdog = { .kind = DIA_EVENT_WATCHDOG, .reason = "OKAY" };
    struct scene s;
    need(begin(&s));
    dia_log_event(s.log, &watchdog, (dia_time){ 0 }, 0);
    need_int(s.lines, 0);
    need_int(run(&s, "log debug"), 0);
    dia_log_event(s.log, &watchdog, (dia_time){ 0 }, 0);
    need_int(s.lines, 1);
done:
    end(&s);
}

static void what_a_program_cannot_do_it_says(void)
{
    static const char *const lines[] = {
        "trace server.example.net /x", "untrace server.example.net", "reload", "stop", "log", "routes", "policies"
    };
    struct scene s;
    need(begin(&s));
    s.control = (dia_control){ .report = { .node = s.client } };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        harness_row(lines[i]);
        need_int(run(&s, lines[i]), DIA_CONTROL_REFUSED);
        need(has(shown(&s.page), "this program "));
    }
done:
    end(&s);
}

/* Half a report would be taken for a whole one. */
static void an_answer_that_does_not_fit_is_none(void)
{
    struct scene s;
    dia_page small;
    dia_page_init(&small, 200, harness_allocator());
    need(begin(&s));
    const int status = dia_control_run(&s.control, DIA_STR("metrics"), &small);
    need_int(status, DIA_CONTROL_FAILED);
    need_str(shown(&small), "the answer is too long; a report may be of one peer alone\n");
done:
    dia_page_done(&small);
    end(&s);
}

static void a_node_that_ends_takes_no_orders(void)
{
    struct scene s;
    need(begin(&s));
    dia_node_stop(s.client, DIA_CAUSE_REBOOTING, 60000);
    need_int(run(&s, "enable server.example.net"), 1);
    need(has(shown(&s.page), "server.example.net: the node is about to end\n"));
done:
    end(&s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "commands_are_carried_out_or_refused_with_a_sentence", commands_are_carried_out_or_refused_with_a_sentence },
        { "lines_that_are_too_long_are_refused", lines_that_are_too_long_are_refused },
        { "peers_are_taken_out_and_put_back", peers_are_taken_out_and_put_back },
        { "peers_without_a_name_are_found_by_their_address", peers_without_a_name_are_found_by_their_address },
        { "traces_are_the_programs", traces_are_the_programs },
        { "the_level_of_the_log_is_changed", the_level_of_the_log_is_changed },
        { "what_a_program_cannot_do_it_says", what_a_program_cannot_do_it_says },
        { "an_answer_that_does_not_fit_is_none", an_answer_that_does_not_fit_is_none },
        { "a_node_that_ends_takes_no_orders", a_node_that_ends_takes_no_orders },
    };
    return HARNESS_RUN("agent/control", tests);
}
