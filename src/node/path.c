/* Path authorization (RFC 6733, 2.9): which origins and which Route-Records the requests of a peer may carry. */
#include "node/node.h"

enum { RECORDS_MAX = 256 };

/* ---- Rules ---- */

static bool is_empty(const dia_peer_path *path)
{
    return !path->origin_hosts && !path->origin_realms && !path->route_records && !path->direct;
}

static const char *const *list_of(const dia_peer_path *path, size_t i)
{
    return i == DIA_PATH_ORIGIN_HOSTS    ? path->origin_hosts
           : i == DIA_PATH_ORIGIN_REALMS ? path->origin_realms
                                         : path->route_records;
}

const char *dia_path_wrong(const dia_peer_path *path)
{
    static const char *const whys[DIA_PATH_LISTS] = {
        [DIA_PATH_ORIGIN_HOSTS] = "path.origin_hosts wants identities, \"*.\" and an identity, or \"*\"",
        [DIA_PATH_ORIGIN_REALMS] = "path.origin_realms wants identities, \"*.\" and an identity, or \"*\"",
        [DIA_PATH_ROUTE_RECORDS] = "path.route_records wants identities, \"*.\" and an identity, or \"*\"",
    };
    for (size_t i = 0; i < DIA_PATH_LISTS; i++)
        for (const char *const *name = list_of(path, i); name && *name; name++)
            if (!dia_name_pattern_valid(dia_cstr(*name)))
                return whys[i];
    return NULL;
}

/* One block: the rules, then views, then octets. */
int dia_path_new(dia_node *node, const dia_peer_path *path, dia_path_rules **out)
{
    size_t size = sizeof(dia_path_rules);
    *out = NULL;
    if (is_empty(path))
        return 0;
    for (size_t i = 0; i < DIA_PATH_LISTS; i++) {
        const char *const *name = list_of(path, i);
        size += name ? sizeof(dia_bytes) : 0;
        for (; name && *name; name++)
            size += sizeof(dia_bytes) + strlen(*name);
    }
    dia_path_rules *rules = dia_alloc0(node->hub.alloc, size);
    if (!rules)
        return DIA_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < DIA_PATH_LISTS; i++)
        for (const char *const *name = list_of(path, i); name; name = *name ? name + 1 : NULL)
            n++;
    dia_bytes *view = (dia_bytes *)(rules + 1);
    uint8_t *at = (uint8_t *)(view + n);
    *rules = (dia_path_rules){ .refs = 1, .size = size, .direct = path->direct };
    for (size_t i = 0; i < DIA_PATH_LISTS; i++) {
        const char *const *name = list_of(path, i);
        if (!name)
            continue;
        rules->lists[i] = view;
        for (; *name; name++, view++) {
            *view = (dia_bytes){ at, strlen(*name) };
            memcpy(at, *name, view->n);
            at += view->n;
        }
        *view++ = (dia_bytes){ NULL, 0 };
    }
    node->authorizes = true;
    *out = rules;
    return 0;
}

/* ---- A request ---- */

static bool is_listed(const dia_bytes *list, dia_bytes name)
{
    if (!list || !name.p)
        return true;
    for (; list->p; list++)
        if (dia_name_pattern_matches(*list, name))
            return true;
    return false;
}

/* May record number `n` be there? Each is looked for in the list, and a hostile request has as many as it has room for. */
static bool is_passed(const dia_path_rules *rules, size_t n, dia_bytes name)
{
    const dia_bytes *list = rules->lists[DIA_PATH_ROUTE_RECORDS];
    return !list || (n <= RECORDS_MAX && is_listed(list, name));
}

/* Why these do not let it pass; NULL: they do. */
static const char *judge(const dia_path_rules *rules, const dia_peer *peer, dia_bytes message, dia_way *way)
{
    size_t n_records = 0;
    bool records_fit = true;
    for (dia_avps it = dia_avps_of(message); dia_avp_step(&it);) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_ORIGIN_HOST: way->origin_host = way->origin_host.p ? way->origin_host : it.avp.data; break;
        case DIA_AVP_ORIGIN_REALM: way->origin_realm = way->origin_realm.p ? way->origin_realm : it.avp.data; break;
        case DIA_AVP_ROUTE_RECORD:
            n_records++;
            records_fit = records_fit && rules && is_passed(rules, n_records, it.avp.data);
            break;
        default: break;
        }
    }
    if (!rules)
        return NULL;
    if (rules->direct && way->origin_host.p && !dia_bytes_equal_nocase(way->origin_host, peer->host))
        return "the peer is no agent, and sends a request of another host";
    if (rules->direct && n_records)
        return "the peer is no agent, and sends a request with a Route-Record";
    if (!is_listed(rules->lists[DIA_PATH_ORIGIN_HOSTS], way->origin_host))
        return "the peer must not send requests of this Origin-Host";
    if (!is_listed(rules->lists[DIA_PATH_ORIGIN_REALMS], way->origin_realm))
        return "the peer must not send requests of this Origin-Realm";
    return records_fit ? NULL : "the peer must not send requests that took this way (Route-Record)";
}

static const dia_path_rules *rules_of(const dia_node *node, const dia_conn *conn)
{
    if (conn->peer->path)
        return conn->peer->path;
    return conn->listener && conn->listener->path ? conn->listener->path : node->path;
}

uint32_t dia_path_judge(const dia_node *node, dia_way *way, const char **why)
{
    *why = judge(rules_of(node, way->conn), way->peer, way->message, way);
    return *why ? DIA_RESULT_CODE_AUTHORIZATION_REJECTED : 0;
}

bool dia_path_allows(dia_node *node, dia_conn *conn, const dia_header *header, dia_bytes message)
{
    const dia_node_config *config = &node->hub.config;
    dia_way way = { .peer = conn->peer, .conn = conn, .header = *header, .message = message };
    const char *why;
    uint32_t result_code = dia_path_judge(node, &way, &why);
    if (!result_code && config->authorize) {
        why = "the way of the request was refused";
        result_code = config->authorize(config->arg, node, &way);
    }
    if (!result_code || result_code == DIA_RESULT_CODE_SUCCESS)
        return true;
    const dia_command *command = dia_node_command(node, header->application, header->command);
    DIA_COUNT(conn, unauthorized);
    dia_conn_reject(conn, header, message,
                    &(dia_refusal){ .result_code = result_code,
                                    .error = !command || dia_result_sets_error(result_code),
                                    .text = why,
                                    .grammar = command && command->other ? command->other->grammar : NULL });
    return false;
}
