/* The DNS of the node room's tests. */
#include "dns.h"

#include <stdio.h>

static const dia_security protected = { .protocol = "TLSv1.3", .cipher = "test", .subject = "test" };

void dns_answer(struct dns *s, uint32_t ticket, const struct dns_says *says)
{
    dia_found found[80];
    char text[4096];
    size_t n = 0;
    snprintf(text, sizeof text, "%s", says->found ? says->found : "");
    for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
        found[n] = (dia_found){ .foreign = *at == '!', .text = at + (*at == '!'), .how = "test" };
        if (dia_uri_parse(dia_cstr(found[n].text), &found[n].uri))
            continue;
        n++;
    }
    const dia_findings findings = { .found = found,
                                    .n = n,
                                    .ttl_s = says->ttl_s,
                                    .why = n             ? NULL
                                           : says->found ? "there is nothing"
                                                         : "no name server answered",
                                    .denied = !n && says->found };
    dia_node_discovered(s->client, ticket, &findings, (dia_time){ s->net.now_us });
    memset(text, 'x', sizeof text); /* it was copied */
}

static void on_discover(struct net *net, dia_node *node, const dia_todo *todo)
{
    (void)node;
    struct dns *s = net->user;
    const size_t row = s->asked < s->n_says ? s->asked : s->n_says - 1;
    s->asked++;
    s->application = todo->application;
    s->ticket = todo->ticket;
    snprintf(s->realm, sizeof s->realm, "%.*s", (int)todo->realm.n, (const char *)todo->realm.p);
    if (!s->silent || (s->known && !strcmp(s->realm, s->known)))
        dns_answer(s, todo->ticket, &s->says[row]);
}

static void on_event(struct net_seat *seat, const dia_event *event)
{
    struct dns *s = seat->user;
    if (event->kind != DIA_EVENT_DISCOVERED)
        return;
    s->expired = s->expired || strstr(event->reason, "example.net has expired");
    s->found = event->found;
    snprintf(s->sentence, sizeof s->sentence, "%s", event->reason);
}

bool dns_begin(struct dns *s, const struct dns_says *says, size_t n, const char *host, const dia_node_config *config)
{
    memset(s, 0, sizeof *s);
    net_begin(&s->net);
    s->net.on_discover = on_discover;
    s->net.user = s;
    s->net.security = &protected;
    s->says = says;
    s->n_says = n;
    if (!(s->client = net_add(&s->net, host, config)))
        return false;
    struct net_seat *seat = net_seat_of(&s->net, s->client);
    seat->user = s;
    seat->on_event = on_event;
    return true;
}

bool dns_is_open_to(const struct dns *s, const char *host)
{
    const dia_peer *peer = dia_node_find_peer(s->client, host);
    return peer && dia_peer_is_open(peer);
}
