/* What taps and the chart are shown: messages when they arrive or are lost, with the moment at which they went. */
#include "sim/sim.h"

#include <stdio.h>

/* A message that was sent and has not arrived. */
typedef struct sight {
    dia_list place; /* in way->shown */
    int64_t sent_us;
    size_t n;
    uint8_t octets[];
} sight;

void dia_sim_show(dia_sim *sim, const dia_sim_seen *seen)
{
    if (sim->watcher.fn)
        sim->watcher.fn(sim->watcher.arg, seen);
    if (sim->chart.line)
        dia_chart_draw(sim, seen);
}

void dia_sim_show_host(dia_sim_seen_kind kind, const dia_sim_host *host, const char *text)
{
    const dia_time now = dia_sim_time(host->sim);
    if (host->sim->tapped)
        dia_sim_show(host->sim, &(dia_sim_seen){ .kind = kind, .sent = now, .at = now, .from = host, .text = text });
}

static void show_way(dia_sim_seen_kind kind, const dia_direction *way, int64_t sent_us, dia_bytes octets)
{
    dia_sim *sim = way->wire->sim;
    if (!sim->tapped)
        return;
    dia_sim_show(sim, &(dia_sim_seen){
                          .kind = kind,
                          .sent = { sent_us },
                          .at = dia_sim_time(sim),
                          .from = way->from->host,
                          .to = way->to->host,
                          .connection = way->wire->number,
                          .octets = octets,
                          .text = "",
                      });
}

void dia_sim_show_wire(dia_sim_seen_kind kind, const dia_direction *way)
{
    show_way(kind, way, way->wire->sim->now_us, (dia_bytes){ NULL, 0 });
}

/* ---- Messages ---- */

static void forget(dia_sim *sim, sight *s)
{
    dia_list_remove(&s->place);
    dia_release(sim->alloc, s, sizeof *s + s->n);
}

static void went(dia_direction *way, dia_bytes octets)
{
    dia_sim *sim = way->wire->sim;
    sight *s = dia_alloc(sim->alloc, sizeof *s + octets.n);
    if (!s)
        return;
    s->sent_us = sim->now_us;
    s->n = octets.n;
    memcpy(s->octets, octets.p, octets.n);
    dia_list_push_back(&way->shown, &s->place);
}

static void came(dia_direction *way, dia_bytes octets)
{
    int64_t sent_us = way->wire->sim->now_us;
    DIA_LIST_EACH (p, &way->shown) {
        sight *s = DIA_OF(p, sight, place);
        if (s->n != octets.n || memcmp(s->octets, octets.p, octets.n) != 0)
            continue;
        sent_us = s->sent_us;
        forget(way->wire->sim, s);
        break;
    }
    show_way(DIA_SIM_MESSAGE, way, sent_us, octets);
}

void dia_sim_show_lost(dia_direction *way)
{
    DIA_LIST_EACH (p, &way->shown) {
        sight *s = DIA_OF(p, sight, place);
        show_way(DIA_SIM_LOST, way, s->sent_us, (dia_bytes){ s->octets, s->n });
        forget(way->wire->sim, s);
    }
}

void dia_sim_on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    const dia_sim_host *host = arg;
    if (host->config.on_message)
        host->config.on_message(host->config.arg, node, seen);
    dia_end *end = host->sim->tapped ? dia_conn_user(seen->conn) : NULL;
    if (!end)
        return;
    const bool is_first = end == &end->wire->end[0];
    if (seen->sent)
        went(&end->wire->way[is_first ? 0 : 1], seen->octets);
    else
        came(&end->wire->way[is_first ? 1 : 0], seen->octets);
}

/* ---- Events and notes ---- */

void dia_sim_on_event(void *arg, dia_node *node, const dia_event *event)
{
    const dia_sim_host *host = arg;
    if (host->sim->tapped) {
        char text[400];
        const dia_bytes peer = event->peer ? dia_peer_host(event->peer) : (dia_bytes){ NULL, 0 };
        snprintf(text, sizeof text, "%s%s%.*s: %s", dia_event_name(event->kind), peer.p ? " " : "", (int)peer.n,
                 peer.p ? (const char *)peer.p : "", event->reason);
        dia_sim_show_host(DIA_SIM_EVENT, host, text);
    }
    if (host->config.on_event)
        host->config.on_event(host->config.arg, node, event);
}

void dia_sim_note(dia_sim *sim, const dia_sim_host *host, const char *text)
{
    const dia_time now = dia_sim_time(sim);
    if (sim->tapped)
        dia_sim_show(sim, &(dia_sim_seen){ .kind = DIA_SIM_NOTE, .sent = now, .at = now, .from = host, .text = text });
}

void dia_sim_tap(dia_sim *sim, void (*fn)(void *arg, const dia_sim_seen *seen), void *arg)
{
    sim->watcher = (dia_sim_watcher){ fn, arg };
    sim->tapped = fn || sim->chart.line;
}
