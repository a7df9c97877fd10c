/* The proxies of a node: who has hooks for what. */
#include "node/transit.h"

#include <stdio.h>

static uint64_t key_of(uint32_t application, uint32_t command)
{
    return (uint64_t)application << 32 | command;
}

static dia_proxied *look_up(struct dia_proxies *all, uint32_t application, uint32_t command)
{
    const uint64_t keys[] = { key_of(application, command), key_of(application, 0), key_of(0, command), 0 };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        dia_proxied *proxied = dia_map_get(&all->proxied, keys[i]);
        if (proxied && !proxied->off)
            return proxied;
    }
    return NULL;
}

/* Applications that are only relayed have no proxies of their own. */
static dia_proxied *look_up_relayed(struct dia_proxies *all, uint32_t command)
{
    dia_proxied *proxied = look_up(all, DIA_APP_RELAY, command);
    return proxied && proxied->proxy.relayed ? proxied : NULL;
}

dia_proxied *dia_proxied_for(const dia_node *node, const dia_header *header, bool relayed)
{
    struct dia_proxies *all = node->proxies;
    if (relayed)
        return look_up_relayed(all, header->command);
    if (!all->looked_up || all->latest_application != header->application || all->latest_command != header->command) {
        all->latest = look_up(all, header->application, header->command);
        all->looked_up = true;
        all->latest_application = header->application;
        all->latest_command = header->command;
    }
    return all->latest;
}

static struct dia_proxies *proxies_of(dia_node *node)
{
    struct dia_proxies *all = node->proxies;
    if (all || !(all = dia_alloc0(node->hub.alloc, sizeof *all)))
        return all;
    dia_map_init(&all->proxied, dia_random_u64(&node->hub.random), node->hub.alloc);
    dia_list_init(&all->kept);
    dia_list_init(&all->spare);
    return node->proxies = all;
}

int dia_node_proxy(dia_node *node, const dia_proxy *proxy)
{
    const dia_hub *hub = &node->hub;
    if (proxy->application == DIA_APP_RELAY)
        return dia_node_failed(node, DIA_EINVAL,
                               "a proxy knows the applications that it proxies: the relay application is none of them");
    if (proxy->application && !dia_hub_app(hub, proxy->application))
        return dia_node_failed(node, DIA_EINVAL,
                               "an application has to be advertised (dia_node_use) before it is proxied");
    struct dia_proxies *all = proxies_of(node);
    const uint64_t key = key_of(proxy->application, proxy->command);
    dia_proxied *proxied = all ? dia_map_get(&all->proxied, key) : NULL;
    if (all && !proxied && (proxied = dia_alloc0(hub->alloc, sizeof *proxied)) &&
        dia_map_put(&all->proxied, key, proxied)) {
        dia_release(hub->alloc, proxied, sizeof *proxied);
        proxied = NULL;
    }
    if (!proxied)
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    *proxied = (dia_proxied){ .proxy = *proxy };
    for (size_t i = 0; i < sizeof proxied->marks / sizeof *proxied->marks; i++)
        proxied->marks[i] = (struct dia_mark){ .of = proxied, .sealed = i & 1, .relayed = i & 2 };
    snprintf(proxied->name, sizeof proxied->name, "%s", proxy->name ? proxy->name : "");
    proxied->proxy.name = proxied->name;
    all->looked_up = false;
    return 0;
}

int dia_node_unproxy(dia_node *node, uint32_t application, uint32_t command)
{
    struct dia_proxies *all = node->proxies;
    dia_proxied *proxied = all ? dia_map_get(&all->proxied, key_of(application, command)) : NULL;
    if (!proxied || proxied->off)
        return DIA_ENOENT;
    proxied->proxy = (dia_proxy){ .name = proxied->name };
    proxied->off = true;
    all->looked_up = false;
    return 0;
}

void dia_proxies_done(dia_node *node)
{
    struct dia_proxies *all = node->proxies;
    const dia_allocator *alloc = node->hub.alloc;
    if (!all)
        return;
    /* The requests of those kept have ended with the node's others. */
    for (dia_list *p; (p = dia_list_pop(&all->kept)) || (p = dia_list_pop(&all->spare));)
        dia_transit_free(DIA_OF(p, dia_transit, link));
    size_t at = 0;
    for (dia_proxied *proxied; (proxied = dia_map_next(&all->proxied, &at, NULL));)
        dia_release(alloc, proxied, sizeof *proxied);
    dia_map_done(&all->proxied);
    dia_release(alloc, all, sizeof *all);
    node->proxies = NULL;
}
