/* Pages as texts that tests look into. */
#include "shown.h"

#include "net.h"

#include <diatom/app/all.h>

#include <stdio.h>

const char *shown(dia_page *page)
{
    dia_page_octets(page, (dia_bytes){ (const uint8_t *)"", 1 });
    return page->err ? "" : page->p;
}

bool has(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    if (!harness_injected())
        fprintf(stderr, "no '%s' in:\n%s\n", part, text);
    return false;
}

size_t times(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, part)); p += strlen(part))
        n++;
    return n;
}

/* A certificate that ends an hour after the node began, and names everybody. */
static bool name_all(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size)
{
    (void)arg, (void)host, (void)realm, (void)why, (void)why_size;
    return true;
}

static const dia_security protected_by = { .protocol = "TLSv1.3",
                                           .cipher = "TLS_AES_256_GCM_SHA384",
                                           .subject = "CN=\"server\"",
                                           .expires = 1700003600,
                                           .names = name_all };

bool shown_protected(struct net *net, dia_node **client, dia_node **server)
{
    static const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .allow = anybody, .wall_clock = 1700000000 };
    net_begin(net);
    *client = net_add(net, "client.example.net", &config);
    *server = net_add(net, "server.example.net", &config);
    if (!*client || !*server || dia_node_use(*client, dia_dicts_application(&dia_dicts_all, 4)) ||
        dia_node_use(*server, dia_dicts_application(&dia_dicts_all, 4)))
        return false;
    net->security = &protected_by;
    return net_join(net, *client, *server);
}
