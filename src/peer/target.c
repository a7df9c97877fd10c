/* Where a peer is connected to, in which order, and with what kind of socket: copied from its configuration. */
#include "peer/peer.h"

/* ---- Places ---- */

/* RFC 6733, 2.1: the order of attempts where nobody says which transport it is. */
static const struct {
    bool secure;
    dia_transport transport;
} order[] = {
    { true, DIA_TRANSPORT_TCP },
    { true, DIA_TRANSPORT_SCTP },
    { false, DIA_TRANSPORT_TCP },
    { false, DIA_TRANSPORT_SCTP },
};

enum { WAYS = sizeof order / sizeof *order };

/* The DiameterURIs that a place stands for, in the order of trying. */
typedef struct ways {
    char uris[WAYS][DIA_URI_ROOM];
    size_t n; /* 0: it is no place */
} ways;

static void add(ways *out, const dia_uri *uri)
{
    if (dia_uri_print(uri, out->uris[out->n], DIA_URI_ROOM) > 0)
        out->n++;
}

/* "host.example.net", "host.example.net:3868", "[2001:db8::1]:3868"; with ";transport=" only those of that transport. */
static void read_host(const char *text, bool insecure, ways *out)
{
    char whole[DIA_URI_ROOM] = "aaa://";
    const size_t n = strlen(whole);
    dia_uri uri;
    if (strlen(text) >= sizeof whole - n)
        return;
    memcpy(whole + n, text, strlen(text) + 1);
    if (dia_uri_parse(dia_cstr(whole), &uri))
        return;
    const bool any = !strstr(text, ";transport=");
    const dia_transport wanted = uri.transport;
    for (size_t i = 0; i < WAYS; i++) {
        if ((!any && order[i].transport != wanted) || (!order[i].secure && !insecure))
            continue;
        uri.secure = order[i].secure;
        uri.transport = order[i].transport;
        uri.port = uri.port_given ? uri.port : 0; /* else the default of each */
        add(out, &uri);
    }
}

static void read_place(const char *text, bool insecure, ways *out)
{
    dia_uri uri;
    out->n = 0;
    if (!strstr(text, "://")) {
        read_host(text, insecure, out);
    } else if (strlen(text) < DIA_URI_ROOM && !dia_uri_parse(dia_cstr(text), &uri)) {
        memcpy(out->uris[0], text, strlen(text) + 1);
        out->n = 1;
    }
}

bool dia_place_makes_sense(const char *text)
{
    ways found;
    read_place(text, true, &found);
    return found.n > 0;
}

/* ---- Targets ---- */

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

/* The i-th place of a configuration; NULL: there is none. */
static const char *place(const dia_peer_config *config, size_t i)
{
    return !i ? config->connect : config->also ? config->also[i - 1] : NULL;
}

static size_t measure(const dia_peer_config *config, size_t *n)
{
    ways found;
    size_t size = 0;
    *n = 0;
    for (size_t i = 0; place(config, i); i++) {
        read_place(place(config, i), config->insecure, &found);
        for (size_t k = 0; k < found.n; k++, (*n)++)
            size += size_of(found.uris[k]);
    }
    return size;
}

static void fill(dia_target *target, const dia_peer_config *config, char **at)
{
    ways found;
    for (size_t i = 0; place(config, i); i++) {
        read_place(place(config, i), config->insecure, &found);
        for (size_t k = 0; k < found.n; k++)
            target->uris[target->n_uris++] = copy_text(at, found.uris[k]);
    }
}

dia_target *dia_target_new(const dia_hub *hub, const dia_peer_config *config)
{
    const dia_socket_options *socket = &config->socket;
    size_t n;
    size_t size = measure(config, &n);
    size += sizeof(dia_target) + n * sizeof(char *) + size_of(config->connect) + size_of(socket->local) +
            size_of(socket->tls) + size_of(config->realm);
    dia_target *target = dia_alloc0(hub->alloc, size);
    if (!target)
        return NULL;
    target->refs = 1;
    target->size = size;
    target->uris = (const char **)(target + 1);
    char *at = (char *)(target->uris + n);
    fill(target, config, &at);
    target->connect = copy_text(&at, config->connect);
    target->inband = config->inband;
    target->realm = copy_text(&at, config->realm);
    target->socket = *socket;
    target->socket.local = copy_text(&at, socket->local);
    target->socket.tls = copy_text(&at, socket->tls);
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
    peer->declined = 0;
    peer->onward = false;
    peer->failures = 0;
}
