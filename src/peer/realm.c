/* The realms of all peers, open or not, each with how many are of it: known without a look at all of them. */
#include "peer/peer.h"

struct dia_realm {
    dia_bytes name; /* behind */
    uint32_t n;
};

static dia_realm *make(dia_hub *hub, dia_bytes name)
{
    dia_realm *realm = dia_alloc0(hub->alloc, sizeof *realm + name.n);
    if (!realm)
        return NULL;
    memcpy(realm + 1, name.p, name.n);
    realm->name = (dia_bytes){ (const uint8_t *)(realm + 1), name.n };
    if (dia_names_put(&hub->realms, realm->name, realm)) {
        dia_release(hub->alloc, realm, sizeof *realm + name.n);
        return NULL;
    }
    return realm;
}

int dia_realm_enter(dia_hub *hub, dia_bytes name, dia_realm **out)
{
    *out = NULL;
    if (!name.p || name.n > DIA_IDENTITY_MAX)
        return 0;
    dia_realm *realm = dia_names_get(&hub->realms, name);
    if (!realm)
        realm = make(hub, name);
    if (!realm)
        return DIA_ENOMEM;
    realm->n++;
    *out = realm;
    return 0;
}

void dia_realm_leave(dia_hub *hub, dia_realm *realm)
{
    if (!realm || --realm->n)
        return;
    dia_names_remove(&hub->realms, realm->name);
    dia_release(hub->alloc, realm, sizeof *realm + realm->name.n);
}

bool dia_realm_is_known(const dia_hub *hub, dia_bytes name)
{
    return name.p && dia_names_get(&hub->realms, name);
}
