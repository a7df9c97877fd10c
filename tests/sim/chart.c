/* What taps see, and the chart that is drawn of it. */
#include "pair.h"

#include <stdio.h>

struct sights {
    const struct pair *pair;
    unsigned n[DIA_SIM_NOTE + 1];
    dia_sim_seen last[DIA_SIM_NOTE + 1];
    char text[128]; /* of the last note or event */
};

static void look(void *arg, const dia_sim_seen *seen)
{
    struct sights *s = arg;
    s->n[seen->kind]++;
    s->last[seen->kind] = *seen;
    if (seen->text[0])
        snprintf(s->text, sizeof s->text, "%s", seen->text);
}

static void tap_sees_who_sent_to_whom_and_when(void)
{
    struct pair pair;
    struct sights s = { 0 };
    need(pair_begin(&pair, NULL));
    dia_sim_set_links(pair.sim, &(dia_sim_link){ .delay_us = 20000 });
    dia_sim_tap(pair.sim, look, &s);
    const int64_t now = dia_sim_now(pair.sim).us;
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 20);
    need_int(s.n[DIA_SIM_MESSAGE], 1);
    const dia_sim_seen *seen = &s.last[DIA_SIM_MESSAGE];
    need(seen->from == pair.client && seen->to == pair.server);
    need_int(seen->sent.us, now);
    need_int(seen->at.us, now + 20000);
    need_int(seen->connection, 1);
    dia_sim_run(pair.sim, 20);
    need_int(s.n[DIA_SIM_MESSAGE], 2);
    need(seen->from == pair.server && seen->to == pair.client);
    dia_sim_tap(pair.sim, NULL, NULL);
    need_int(pair_ask(&pair, 2), 0);
    dia_sim_run(pair.sim, 100);
    need_int(s.n[DIA_SIM_MESSAGE], 2);
done:
    pair_end(&pair);
}

static void tap_sees_what_is_lost_and_how_things_end(void)
{
    struct pair pair;
    struct sights s = { 0 };
    need(pair_begin(&pair, NULL));
    dia_sim_tap(pair.sim, look, &s);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_cut(pair.client, pair.server);
    dia_sim_run(pair.sim, 1);
    need_int(s.n[DIA_SIM_LOST], 1);
    need_int(s.n[DIA_SIM_RST], 2);
    need(s.last[DIA_SIM_LOST].from == pair.client && s.last[DIA_SIM_LOST].octets.n > 100);
    need(s.n[DIA_SIM_EVENT] >= 2);
    need(dia_sim_run_until(pair.sim, 20000, pair_is_open, &pair));
    need_int(s.n[DIA_SIM_CONNECTED], 1);
    dia_node_stop(dia_sim_node(pair.client), DIA_CAUSE_REBOOTING, 0);
    dia_sim_run(pair.sim, 100);
    need_int(s.n[DIA_SIM_FIN], 2);
    dia_sim_kill(pair.client);
    need_int(s.n[DIA_SIM_DOWN], 1);
    need_int(dia_sim_start(pair.client), 0);
    need_int(s.n[DIA_SIM_UP], 1);
    dia_sim_note(pair.sim, pair.server, "words of the test");
    need_int(s.n[DIA_SIM_NOTE], 1);
    need_str(s.text, "words of the test");
    need(s.last[DIA_SIM_NOTE].from == pair.server);
done:
    pair_end(&pair);
}

/* The application's own tap and events are called as if there were no simulation. */
struct own {
    unsigned messages, events;
    dia_sim_host *other;
};

static void on_own_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    struct own *own = arg;
    (void)node;
    own->messages++;
    own->other = dia_sim_other(seen->conn);
}

static void on_own_event(void *arg, dia_node *node, const dia_event *event)
{
    struct own *own = arg;
    (void)node;
    own->events += event->kind == DIA_EVENT_PEER_UP;
}

static int join(dia_sim_host *host, dia_node *node, void *arg)
{
    static const dia_peer_config config = { .host = "server.example.net", .connect = "aaa://server.example.net" };
    (void)host;
    (void)arg;
    const int err = dia_node_use(node, &dia_dict_ro);
    return err ? err : dia_node_add_peer(node, &config, NULL);
}

static void callbacks_of_the_configuration_are_called(void)
{
    struct pair pair;
    struct own own = { 0 };
    dia_sim_host *host = NULL;
    need(pair_begin(&pair, NULL));
    const dia_node_config config = { .origin_host = "own.example.net",
                                     .origin_realm = "example.net",
                                     .on_event = on_own_event,
                                     .on_message = on_own_message,
                                     .arg = &own };
    need_int(dia_sim_add(pair.sim, &config, join, NULL, &host), 0);
    dia_sim_run(pair.sim, 100);
    need_int(own.messages, 2);
    need_int(own.events, 1);
    need(own.other == pair.server);
done:
    pair_end(&pair);
}

/* ---- The chart ---- */

struct page {
    char text[4000];
    size_t n;
};

static void write_line(void *arg, const char *line)
{
    struct page *page = arg;
    const int n = snprintf(page->text + page->n, sizeof page->text - page->n, "%s\n", line);
    if (n > 0 && (size_t)n < sizeof page->text - page->n)
        page->n += (size_t)n;
}

static void chart_draws_arrows_between_columns(void)
{
    static const dia_dict *const ro[] = { &dia_dict_ro };
    static const dia_dicts dicts = { ro, 1, NULL };
    struct pair pair;
    struct page page = { .n = 0 };
    need(pair_begin(&pair, NULL));
    dia_sim_chart(pair.sim, &dicts, write_line, &page);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 1);
    dia_sim_note(pair.sim, NULL, "that was it");
    dia_sim_crash(pair.server);
    dia_sim_note(pair.sim, NULL, "dark");
    /* Ids differ with the seed; what stands in front of them does not. */
    static const char *const lines[] = {
        "              server.example  client.example ",
        "    0.000500         |<--------------|         #1 CCR hbh ",
        "    0.000600         |-------------->|         #1 CCA 2001 hbh ",
        "    0.001400         |               |         that was it",
        "    0.001400         *               |         server.example.net: crashed",
        "    0.001400         *               |         server.example.net: peer down client.example.net: ",
        "    0.001400         .               |         dark",
    };
    const char *at = page.text;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char start[120];
        harness_row(lines[i]);
        snprintf(start, sizeof start, "%.*s", (int)strlen(lines[i]), at);
        need_str(start, lines[i]);
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    need(!*at);
done:
    pair_end(&pair);
}

static void chart_of_unknown_commands_has_numbers(void)
{
    struct pair pair;
    struct page page = { .n = 0 };
    need(pair_begin(&pair, NULL));
    dia_sim_chart(pair.sim, NULL, write_line, &page);
    need_int(pair_ask(&pair, 1), 0);
    dia_sim_run(pair.sim, 1);
    need(strstr(page.text, "request 4/272 hbh"));
    need(strstr(page.text, "answer 4/272 2001 hbh"));
    dia_sim_run(pair.sim, 10000);
    need(strstr(page.text, "DWR hbh"));
    dia_sim_chart(pair.sim, NULL, NULL, NULL);
    const size_t n = page.n;
    dia_sim_run(pair.sim, 10000);
    need_int(page.n, n);
done:
    pair_end(&pair);
}

static void chart_of_many_hosts_stays_in_its_line(void)
{
    struct pair pair;
    struct page page = { .n = 0 };
    need(pair_begin(&pair, NULL));
    dia_sim_chart(pair.sim, NULL, write_line, &page);
    for (int i = 0; i < 20; i++) {
        static char names[20][40];
        snprintf(names[i], sizeof names[i], "h%d.example.net", i);
        const dia_node_config config = { .origin_host = names[i],
                                         .origin_realm = "example.net",
                                         .alloc = dia_allocator_default() };
        need_int(dia_sim_add(pair.sim, &config, i == 19 ? join : NULL, NULL, NULL), 0);
        page.n = 0;
    }
    dia_sim_run(pair.sim, 100);
    need(strstr(page.text, "h19.example.net to server.example.net: #2 CER"));
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "tap_sees_who_sent_to_whom_and_when", tap_sees_who_sent_to_whom_and_when },
        { "tap_sees_what_is_lost_and_how_things_end", tap_sees_what_is_lost_and_how_things_end },
        { "callbacks_of_the_configuration_are_called", callbacks_of_the_configuration_are_called },
        { "chart_draws_arrows_between_columns", chart_draws_arrows_between_columns },
        { "chart_of_unknown_commands_has_numbers", chart_of_unknown_commands_has_numbers },
        { "chart_of_many_hosts_stays_in_its_line", chart_of_many_hosts_stays_in_its_line },
    };
    return HARNESS_RUN("sim/chart", tests);
}
