/* Redirects as their maker (RFC 6733, 2.8.3 and 6.1.8): the answer 3006, with the hosts to which a request is to be sent. */
#include "node/node.h"

#include <stdio.h>

/* A DiameterURI as it is, a DiameterIdentity as one with all defaults. Absent: neither. */
static dia_bytes uri_of(const char *host, char room[DIA_URI_ROOM])
{
    dia_uri uri;
    const dia_bytes text = dia_cstr(host);
    if (text.n >= DIA_URI_ROOM - sizeof "aaa://")
        return (dia_bytes){ NULL, 0 };
    if (!dia_uri_parse(text, &uri))
        return text;
    if (!dia_identity_valid(text))
        return (dia_bytes){ NULL, 0 };
    const int n = snprintf(room, DIA_URI_ROOM, "aaa://%s", host);
    return (dia_bytes){ (const uint8_t *)room, (size_t)n };
}

const char *dia_redirection_wrong(const dia_redirection *redirection)
{
    char room[DIA_URI_ROOM];
    if (!redirection->n)
        return "a redirect wants at least one host";
    for (size_t i = 0; i < redirection->n; i++)
        if (!uri_of(redirection->hosts[i], room).p)
            return "hosts of a redirect must be DiameterURIs or DiameterIdentities";
    if ((unsigned)redirection->usage >= DIA_REDIRECT_USAGES)
        return "usage must be a value of dia_redirect_usage";
    if ((redirection->usage == DIA_REDIRECT_DONT_CACHE) != !redirection->max_cache_s)
        return "max_cache_s must be given with every usage but DIA_REDIRECT_DONT_CACHE (RFC 6733, 6.14)";
    return NULL;
}

static void put_redirection(dia_builder *b, const void *of)
{
    const dia_redirection *redirection = of;
    char room[DIA_URI_ROOM];
    for (size_t i = 0; i < redirection->n; i++)
        dia_put_bytes(b, DIA_AVP_REDIRECT_HOST, 0, DIA_AVP_M, uri_of(redirection->hosts[i], room));
    if (redirection->usage == DIA_REDIRECT_DONT_CACHE) /* the default */
        return;
    dia_put_u32(b, DIA_AVP_REDIRECT_HOST_USAGE, 0, DIA_AVP_M, (uint32_t)redirection->usage);
    dia_put_u32(b, DIA_AVP_REDIRECT_MAX_CACHE_TIME, 0, DIA_AVP_M, redirection->max_cache_s);
}

static dia_refusal refusal_of(const dia_redirection *redirection)
{
    return (dia_refusal){ .result_code = DIA_RESULT_CODE_REDIRECT_INDICATION,
                          .error = true,
                          .more = put_redirection,
                          .more_arg = redirection };
}

int dia_request_redirect(dia_request *request, const char *const *hosts, size_t n, dia_redirect_usage usage,
                         uint32_t max_cache_s)
{
    const dia_redirection redirection = { hosts, n, usage, max_cache_s };
    const char *why = dia_redirection_wrong(&redirection);
    if (why)
        return dia_node_failed(dia_request_node(request), DIA_EINVAL, why);
    const dia_refusal refusal = refusal_of(&redirection);
    return dia_request_refuse(request, &refusal);
}

void dia_node_redirect(dia_conn *conn, const dia_header *header, dia_bytes message, const dia_redirection *redirection)
{
    const dia_refusal refusal = refusal_of(redirection);
    if (dia_conn_refuse(conn, header, message, &refusal))
        dia_conn_reject_protocol(conn, header, message, DIA_RESULT_CODE_TOO_BUSY, "no room for a redirect");
}
