/* How what a report is of is called. */
#include "report/report.h"

#include <stdio.h>

const char *dia_report_command(const dia_report *report, const dia_count *count)
{
    const dia_command *command =
        count->command == DIA_COUNT_OTHER || !report->dicts
            ? NULL
            : dia_dicts_command(report->dicts, count->application, count->command, count->request);
    return command ? command->name : NULL;
}

const char *dia_report_result(const dia_report *report, const dia_count *count)
{
    const char *avp = count->result_vendor ? "Experimental-Result-Code" : "Result-Code";
    const dia_avp_def *def =
        report->dicts ? dia_dicts_avp_named(report->dicts, count->application, dia_cstr(avp)) : NULL;
    return def ? dia_dicts_value_name(report->dicts, count->application, def, count->result_code, count->result_vendor)
               : NULL;
}

const char *dia_report_application(const dia_report *report, uint32_t application)
{
    const dia_dict *dict = report->dicts ? dia_dicts_application(report->dicts, application) : NULL;
    return dict ? dict->app_name : NULL;
}

const char *dia_report_endpoint(const dia_endpoint *end, char to[DIA_ADDRESS_ROOM])
{
    char address[DIA_ADDRESS_ROOM - 10];
    if (dia_address_print(&end->address, address, sizeof address) < 0)
        snprintf(address, sizeof address, "?");
    snprintf(to, DIA_ADDRESS_ROOM, strchr(address, ':') ? "[%s]:%u" : "%s:%u", address, end->port);
    return to;
}

/* The civil date of a day since 1970-01-01, in years that begin with March, so that the leap day is the last one. */
static void date_of(int64_t day, int64_t *year, unsigned *month, unsigned *of_month)
{
    const int64_t z = day + 719468; /* days from 0000-03-01 */
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t in_era = z - era * 146097;
    const int64_t years = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const int64_t in_year = in_era - (365 * years + years / 4 - years / 100);
    const int64_t march = (5 * in_year + 2) / 153;
    *of_month = (unsigned)(in_year - (153 * march + 2) / 5 + 1);
    *month = (unsigned)(march < 10 ? march + 3 : march - 9);
    *year = years + era * 400 + (*month <= 2);
}

const char *dia_report_utc(int64_t wall_us, bool with_ms, char to[DIA_WALL_ROOM])
{
    int64_t year;
    unsigned month, day;
    const int64_t us = wall_us > 0 ? wall_us : 0;
    const int64_t s = us / 1000000;
    const unsigned in_day = (unsigned)(s % 86400);
    date_of(s / 86400, &year, &month, &day);
    int n = snprintf(to, DIA_WALL_ROOM, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)(year % 10000), month, day,
                     in_day / 3600, in_day / 60 % 60, in_day % 60);
    if (with_ms)
        n += snprintf(to + n, (size_t)(DIA_WALL_ROOM - n), ".%03u", (unsigned)(us / 1000 % 1000));
    snprintf(to + n, (size_t)(DIA_WALL_ROOM - n), "Z");
    return to;
}

int64_t dia_report_uptime(const dia_report *report)
{
    return report->node->hub.now.us - report->node->hub.began.us;
}

int64_t dia_report_wall_of(const dia_report *report, int64_t us)
{
    return report->node->hub.config.wall_clock * 1000000 + us - report->node->hub.began.us;
}

int64_t dia_report_wall(const dia_report *report)
{
    return report->wall_us ? report->wall_us : dia_report_wall_of(report, report->node->hub.now.us);
}

const dia_peer *dia_report_next(const dia_report *report, const dia_peer *peer)
{
    while ((peer = dia_node_next_peer(report->node, peer)))
        if (!report->peer || dia_bytes_equal_nocase(peer->host, dia_cstr(report->peer)))
            break;
    return peer;
}
