/* The message sequence chart: a line for each thing that happened.
 *
 *          time   pgw.example.ne  ocs.example.ne
 *      0.000200          |-------------->|          CER 4e1f, 100 us
 *      0.000300          |<--------------|          CEA 4e1f 2001, 100 us */
#include "sim/sim.h"

#include "diatom/app/base.h"

#include <stdio.h>

enum { TIME_WIDTH = 13, COLUMN_WIDTH = 16, COLUMNS_MAX = 16, LINE_MAX = 800 };

static int column(const dia_sim_host *host)
{
    return TIME_WIDTH + COLUMN_WIDTH / 2 + (int)(host->number - 1) * COLUMN_WIDTH;
}

static bool is_drawn(const dia_sim_host *host)
{
    return host && host->number <= COLUMNS_MAX;
}

static uint32_t columns(const dia_sim *sim)
{
    return sim->n_hosts < COLUMNS_MAX ? sim->n_hosts : COLUMNS_MAX;
}

/* The time, and a bar for each host that is up. */
static size_t begin_line(const dia_sim *sim, int64_t at_us, char *line)
{
    const size_t width = TIME_WIDTH + (size_t)columns(sim) * COLUMN_WIDTH + 2;
    memset(line, ' ', width);
    char time[32];
    const int n = snprintf(time, sizeof time, "%5lld.%06d", (long long)(at_us / 1000000), (int)(at_us % 1000000));
    memcpy(line, time, (size_t)n < TIME_WIDTH ? (size_t)n : TIME_WIDTH);
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
        const dia_sim_host *host = DIA_OF(p, dia_sim_host, place);
        if (is_drawn(host))
            line[column(host)] = host->node ? '|' : '.';
    }
    return width;
}

static void draw_head(dia_sim *sim)
{
    char line[LINE_MAX];
    size_t at = (size_t)snprintf(line, sizeof line, "%*s", TIME_WIDTH, "");
    for (dia_list *p = sim->hosts.next; p != &sim->hosts; p = p->next) {
        const dia_sim_host *host = DIA_OF(p, dia_sim_host, place);
        const char *name = dia_sim_name(host);
        const int most = COLUMN_WIDTH - 2, n = (int)strlen(name) < most ? (int)strlen(name) : most;
        if (!is_drawn(host))
            break;
        const int before = (COLUMN_WIDTH - n) / 2;
        at += (size_t)snprintf(line + at, sizeof line - at, "%*s%.*s%*s", before, "", n, name,
                               COLUMN_WIDTH - n - before, "");
    }
    sim->chart.columns = columns(sim);
    sim->chart.line(sim->chart.arg, line);
}

/* From one bar to the other; what is lost ends at the door. */
static void draw_arrow(char *line, const dia_sim_seen *seen)
{
    const int from = column(seen->from), to = column(seen->to), step = to > from ? 1 : -1;
    const bool lost = seen->kind == DIA_SIM_LOST || seen->kind == DIA_SIM_REFUSED;
    const int end = to - step;
    const char body = seen->kind == DIA_SIM_MESSAGE || seen->kind == DIA_SIM_LOST ? '-' : '=';
    for (int at = from + step; at != end; at += step)
        line[at] = body;
    line[end] = lost ? 'x' : step > 0 ? '>' : '<';
}

/* ---- Words ---- */

static const dia_command *command_of(const dia_sim *sim, const dia_header *header)
{
    static const dia_dict *const base[] = { &dia_dict_base };
    const bool request = header->flags & DIA_FLAG_REQUEST;
    const dia_dicts alone = { base, 1, NULL };
    const dia_command *known =
        sim->chart.dicts ? dia_dicts_command(sim->chart.dicts, header->application, header->command, request) : NULL;
    return known ? known : dia_dicts_command(&alone, header->application, header->command, request);
}

static uint32_t result_of(dia_bytes message)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_RESULT_CODE && !it.avp.vendor)
            return dia_avp_u32(&it);
    return 0;
}

static void say_message(const dia_sim *sim, const dia_sim_seen *seen, char *to, size_t size)
{
    dia_header header;
    if (dia_header_read(seen->octets, &header)) {
        snprintf(to, size, "%zu octets", seen->octets.n);
        return;
    }
    const dia_command *command = command_of(sim, &header);
    const char *kind = header.flags & DIA_FLAG_REQUEST ? "request" : "answer";
    char name[60], result[24] = "", took[40] = "";
    if (command)
        snprintf(name, sizeof name, "%s", command->name);
    else
        snprintf(name, sizeof name, "%s %u/%u", kind, (unsigned)header.application, (unsigned)header.command);
    if (!(header.flags & DIA_FLAG_REQUEST))
        snprintf(result, sizeof result, " %u", (unsigned)result_of(seen->octets));
    if (seen->at.us > seen->sent.us)
        snprintf(took, sizeof took, ", %lld us", (long long)(seen->at.us - seen->sent.us));
    snprintf(to, size, "%s%s%s%s hbh %08x e2e %08x%s", seen->kind == DIA_SIM_LOST ? "lost: " : "", name,
             header.flags & DIA_FLAG_RETRANSMITTED ? " T" : "", result, (unsigned)header.hop_by_hop,
             (unsigned)header.end_to_end, took);
}

static void say(const dia_sim *sim, const dia_sim_seen *seen, char *to, size_t size)
{
    switch (seen->kind) {
    case DIA_SIM_MESSAGE:
    case DIA_SIM_LOST: say_message(sim, seen, to, size); break;
    case DIA_SIM_CONNECTED: snprintf(to, size, "connected"); break;
    case DIA_SIM_REFUSED: snprintf(to, size, "refused"); break;
    case DIA_SIM_FIN: snprintf(to, size, "end"); break;
    case DIA_SIM_RST: snprintf(to, size, "reset"); break;
    case DIA_SIM_UP: snprintf(to, size, "started"); break;
    case DIA_SIM_DOWN: snprintf(to, size, seen->from->dark ? "crashed" : "killed"); break;
    case DIA_SIM_EVENT:
    case DIA_SIM_NOTE: snprintf(to, size, "%s", seen->text); break;
    }
}

void dia_chart_draw(dia_sim *sim, const dia_sim_seen *seen)
{
    char line[LINE_MAX], words[500];
    if (sim->chart.columns != columns(sim) && seen->kind != DIA_SIM_UP)
        draw_head(sim);
    size_t at = begin_line(sim, seen->at.us, line);
    say(sim, seen, words, sizeof words);
    const bool arrow = is_drawn(seen->from) && is_drawn(seen->to) && seen->from != seen->to;
    if (arrow)
        draw_arrow(line, seen);
    else if (is_drawn(seen->from))
        line[column(seen->from)] = '*';
    const char *who = arrow || !seen->from ? "" : dia_sim_name(seen->from);
    const char *whom = arrow || !seen->to ? "" : dia_sim_name(seen->to);
    char connection[16] = "";
    if (seen->connection)
        snprintf(connection, sizeof connection, "#%u ", (unsigned)seen->connection);
    snprintf(line + at, sizeof line - at, "%s%s%s%s%s%s", who, *whom ? " to " : "", whom, *who ? ": " : "", connection,
             words);
    sim->chart.line(sim->chart.arg, line);
}

void dia_sim_chart(dia_sim *sim, const dia_dicts *dicts, void (*line)(void *arg, const char *text), void *arg)
{
    sim->chart = (dia_chart){ dicts, line, arg, 0 };
    sim->tapped = line || sim->watcher.fn;
}
