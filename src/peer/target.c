/* Where a peer is connected to, and with what kind of socket: copied from its configuration. */
#include "peer/peer.h"

static char *copy_text(char **at, const char *text)
{
    if (!text)
        return NULL;
    char *copy = memcpy(*at, text, strlen(text) + 1);
    *at += strlen(text) + 1;
    return copy;
}

static size_t size_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

dia_target *dia_target_new(const dia_hub *hub, const dia_peer_config *config)
{
    size_t n = 1, size = size_of(config->connect) + size_of(config->socket.local);
    for (const char *const *uri = config->also; uri && *uri; uri++, n++)
        size += size_of(*uri);
    size += sizeof(dia_target) + n * sizeof(char *);
    dia_target *target = dia_alloc0(hub->alloc, size);
    if (!target)
        return NULL;
    target->refs = 1;
    target->size = size;
    target->uris = (const char **)(target + 1);
    char *at = (char *)(target->uris + n);
    target->n_uris = n;
    target->uris[0] = copy_text(&at, config->connect);
    for (size_t i = 1; i < n; i++)
        target->uris[i] = copy_text(&at, config->also[i - 1]);
    target->socket = config->socket;
    target->socket.local = copy_text(&at, config->socket.local);
    return target;
}

dia_target *dia_target_ref(dia_target *target)
{
    target->refs++;
    return target;
}

void dia_target_unref(const dia_hub *hub, dia_target *target)
{
    if (target && !--target->refs)
        dia_release(hub->alloc, target, target->size);
}

void dia_peer_aim(dia_peer *peer, dia_target *target)
{
    dia_target_unref(peer->hub, peer->target);
    peer->target = target;
    peer->at = 0;
    peer->failures = 0;
}
