/* Who we are on a connection: the identity of the node, of the listener that accepted it, or of the peer's configuration. */
#include "peer/peer.h"

/* Both go into a CER, which has an end. */
enum { ADDRESSES_MAX = 64, APPLICATIONS_MAX = 1024 };

bool dia_addresses_make_sense(const dia_address *addresses, size_t n)
{
    if (n > ADDRESSES_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        const dia_address *a = &addresses[i];
        const size_t most = a->family == DIA_FAMILY_IPV4 ? 4 : a->family == DIA_FAMILY_IPV6 ? 16 : 255;
        if (!a->value.p || a->value.n > most || (most < 255 && a->value.n < most))
            return false;
    }
    return true;
}

bool dia_origin_host_makes_sense(const char *host)
{
    uint8_t octets[16];
    return dia_identity_valid(dia_cstr(host)) && dia_ip_parse(dia_cstr(host), octets) < 0;
}

const char *dia_identity_wrong(const dia_identity *identity)
{
    if (identity->origin_host && !dia_origin_host_makes_sense(identity->origin_host))
        return "identity.origin_host must be a DiameterIdentity, and no address (RFC 6733, 4.3.1)";
    if (identity->origin_realm && !dia_identity_valid(dia_cstr(identity->origin_realm)))
        return "identity.origin_realm must be a DiameterIdentity (RFC 6733, 4.3.1)";
    if (identity->n_applications && !identity->applications)
        return "identity.n_applications without applications";
    if (identity->n_host_ip_addresses && !identity->host_ip_addresses)
        return "identity.n_host_ip_addresses without host_ip_addresses";
    if (identity->n_applications > APPLICATIONS_MAX)
        return "identity.n_applications must not be above 1024";
    if (!dia_addresses_make_sense(identity->host_ip_addresses, identity->n_host_ip_addresses))
        return "identity.host_ip_addresses are absent, too many, or have a wrong length";
    return NULL;
}

bool dia_identity_is_empty(const dia_identity *identity)
{
    return !identity->origin_host && !identity->origin_realm && !identity->applications && !identity->host_ip_addresses;
}

static dia_bytes copy_text(uint8_t **at, const char *text)
{
    const dia_bytes copy = { *at, strlen(text) };
    memcpy(*at, text, copy.n + 1);
    *at += copy.n + 1;
    return copy;
}

/* Everything in one block: addresses and numbers first, for their alignment, then octets. */
dia_self *dia_self_new(dia_hub *hub, const dia_identity *identity)
{
    const dia_node_config *config = &hub->config;
    const char *host = identity->origin_host ? identity->origin_host : config->origin_host;
    const char *realm = identity->origin_realm ? identity->origin_realm : config->origin_realm;
    const bool own = identity->host_ip_addresses;
    const dia_address *addresses = own ? identity->host_ip_addresses : config->host_ip_addresses;
    const size_t n = own ? identity->n_host_ip_addresses : config->n_host_ip_addresses;
    size_t size = sizeof(dia_self) + n * sizeof *addresses + identity->n_applications * sizeof(uint32_t) +
                  strlen(host) + strlen(realm) + 2;
    for (size_t i = 0; i < n; i++)
        size += addresses[i].value.n;
    dia_self *self = dia_alloc0(hub->alloc, size);
    if (!self)
        return NULL;
    dia_address *to = (dia_address *)(self + 1);
    uint32_t *apps = (uint32_t *)(void *)(to + n);
    uint8_t *at = (uint8_t *)(apps + identity->n_applications);
    self->refs = 1;
    self->size = size;
    self->host = copy_text(&at, host);
    self->realm = copy_text(&at, realm);
    for (size_t i = 0; i < n; i++) {
        to[i] = addresses[i];
        to[i].value.p = at;
        if (addresses[i].value.n)
            memcpy(at, addresses[i].value.p, addresses[i].value.n);
        at += addresses[i].value.n;
    }
    self->addresses = n ? to : NULL;
    self->n_addresses = n;
    if (identity->n_applications)
        memcpy(apps, identity->applications, identity->n_applications * sizeof *apps);
    self->apps = identity->applications ? apps : NULL;
    self->n_apps = identity->n_applications;
    return self;
}

dia_self *dia_self_ref(dia_self *self)
{
    self->refs++;
    return self;
}

void dia_self_unref(dia_hub *hub, dia_self *self)
{
    if (self && !--self->refs)
        dia_release(hub->alloc, self, self->size);
}

bool dia_self_offers(const dia_hub *hub, const dia_self *self, uint32_t application)
{
    if (!dia_hub_app(hub, application))
        return false;
    if (!self->apps)
        return true;
    for (size_t i = 0; i < self->n_apps; i++)
        if (self->apps[i] == application)
            return true;
    return false;
}

/* ---- Listeners ---- */

dia_listener *dia_listener_ref(dia_listener *listener)
{
    if (listener)
        listener->refs++;
    return listener;
}

void dia_listener_unref(dia_listener *listener)
{
    if (!listener || --listener->refs)
        return;
    dia_hub *hub = listener->hub;
    dia_list_remove(&listener->link);
    dia_self_unref(hub, listener->self);
    dia_path_unref(hub, listener->path);
    dia_release(hub->alloc, (void *)(uintptr_t)listener->allow, listener->allow_size);
    if (listener->name)
        dia_release(hub->alloc, listener->name, strlen(listener->name) + 1);
    dia_release(hub->alloc, listener, sizeof *listener);
}
