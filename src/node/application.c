/* Applications: what the node advertises, and which handler serves which command. */
#include "node/node.h"

static uint64_t key_of(uint32_t application, uint32_t command)
{
    return (uint64_t)application << 32 | command;
}

dia_binding *dia_node_binding(dia_node *node, uint32_t application, uint32_t command)
{
    dia_binding *latest = node->latest;
    if (latest && latest->command->code == command && latest->command->dict->application == application)
        return latest;
    dia_binding *found = dia_map_get(&node->bindings, key_of(application, command));
    if (found)
        node->latest = found;
    return found;
}

int dia_node_use(dia_node *node, const dia_dict *dict)
{
    dia_hub *hub = &node->hub;
    if (dict->table_format != DIA_TABLE_FORMAT)
        return DIA_EVERSION;
    if (!dict->has_application || !dict->application || dict->application == DIA_APP_RELAY)
        return DIA_EINVAL;
    for (size_t i = 0; i < node->n_dicts; i++)
        if (node->dicts[i]->application == dict->application)
            return node->dicts[i] == dict ? 0 : DIA_EEXIST;
    if (node->n_dicts == node->cap_dicts) {
        const size_t size = node->cap_dicts * sizeof *node->dicts;
        const dia_dict **dicts = hub->alloc->resize(hub->alloc->arg, node->dicts, size, size + sizeof *dicts);
        if (!dicts)
            return DIA_ENOMEM;
        node->dicts = dicts;
        node->cap_dicts++;
    }
    const int err = dia_hub_advertise(hub, dict->application, dict->app_vendor, (dia_app_kind)dict->app_kind);
    if (err)
        return err;
    node->dicts[node->n_dicts++] = dict;
    memset(node->nameless, 0, sizeof node->nameless);
    dia_dict_ref(dict);
    return 0;
}

int dia_node_withdraw(dia_node *node, uint32_t application)
{
    const int err = dia_hub_withdraw(&node->hub, application);
    if (err)
        return err;
    node->relays = node->relays && application != DIA_APP_RELAY;
    size_t at = 0;
    for (dia_binding *binding; (binding = dia_map_next(&node->bindings, &at, NULL));)
        binding->off = binding->off || binding->command->dict->application == application;
    for (size_t i = 0; i < node->n_dicts; i++) {
        if (node->dicts[i]->application != application)
            continue;
        dia_dict_unref(node->dicts[i]);
        node->dicts[i] = node->dicts[--node->n_dicts];
        break;
    }
    return 0;
}

int dia_node_announce(dia_node *node)
{
    dia_hub *hub = &node->hub;
    int n = 0;
    if (!hub->config.capabilities_update)
        return DIA_ENOTSUP;
    dia_node_refresh(node);
    DIA_LIST_EACH (p, &hub->peers) {
        const dia_peer *peer = DIA_OF(p, dia_peer, link);
        dia_conn *conn = dia_peer_conn(peer);
        if (!conn || !dia_peer_advertised(peer, DIA_APP_CAPABILITIES_UPDATE))
            continue;
        const int err = dia_capabilities_send_cur(conn);
        if (err)
            return err;
        n++;
    }
    return n;
}

int dia_node_advertise(dia_node *node, uint32_t application, uint32_t vendor, dia_app_kind kind)
{
    const int err = application ? dia_hub_advertise(&node->hub, application, vendor, kind) : DIA_EINVAL;
    node->relays = node->relays || (!err && application == DIA_APP_RELAY);
    return err;
}

/* A member of the struct that is a single dia_bytes. */
static const dia_field *bytes_field(const dia_grammar *grammar, uint32_t code)
{
    const dia_field *field = dia_grammar_field(grammar, code, 0);
    return field && field->store == DIA_STORE_BYTES ? field : NULL;
}

void dia_binding_set(dia_binding *binding, const dia_command *request)
{
    const dia_dict *old = binding->command ? binding->command->dict : NULL;
    dia_dict_ref(request->dict);
    dia_dict_unref(old);
    binding->command = request;
    binding->session_id = bytes_field(request->grammar, DIA_AVP_SESSION_ID);
    binding->origin_host = bytes_field(request->grammar, DIA_AVP_ORIGIN_HOST);
    binding->destination_host = bytes_field(request->grammar, DIA_AVP_DESTINATION_HOST);
    binding->destination_realm = bytes_field(request->grammar, DIA_AVP_DESTINATION_REALM);
    dia_claim_init(&binding->claim, request->grammar);
    binding->proxy_info = dia_grammar_field(request->grammar, DIA_AVP_PROXY_INFO, 0);
}

int dia_node_serve(dia_node *node, const dia_command *request, dia_request_call *call, dia_untyped *fn, void *arg)
{
    dia_hub *hub = &node->hub;
    if (!request || !(request->flags & DIA_FLAG_REQUEST) || !call || !fn)
        return DIA_EINVAL;
    const int err = dia_node_use(node, request->dict);
    if (err)
        return err;
    dia_binding *binding = dia_node_binding(node, request->dict->application, request->code);
    if (!binding) {
        binding = dia_alloc0(hub->alloc, sizeof *binding);
        if (!binding)
            return DIA_ENOMEM;
        if (dia_map_put(&node->bindings, key_of(request->dict->application, request->code), binding)) {
            dia_release(hub->alloc, binding, sizeof *binding);
            return DIA_ENOMEM;
        }
    }
    *binding = (dia_binding){ .command = binding->command, .call = call, .fn = fn, .arg = arg };
    dia_binding_set(binding, request);
    return 0;
}

void dia_node_serve_any(dia_node *node, dia_request_fn *fn, void *arg)
{
    node->any = fn;
    node->any_arg = arg;
}
