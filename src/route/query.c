/* What is asked of a request: what its sender has set, else what stands in its message, looked up once. */
#include "route/route.h"

/* AVP codes of RFC 6733. */
enum { USER_NAME = 1, SESSION_ID = 263, ORIGIN_HOST = 264, DESTINATION_REALM = 283, ORIGIN_REALM = 296 };

dia_bytes dia_query_message(dia_route_query *q)
{
    if (!q->message.p && q->encode) {
        q->message = q->encode(q->encode_arg);
        q->encode = NULL;
    }
    return q->message;
}

void dia_query_read_header(dia_route_query *q)
{
    dia_header header;
    if (q->header_known)
        return;
    q->header_known = true;
    if (!dia_header_read(dia_query_message(q), &header)) {
        q->application = header.application;
        q->command = header.command;
    }
}

static dia_bytes first(dia_bytes message, uint32_t code)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it))
        if (it.avp.code == code && !it.avp.vendor)
            return it.avp.data;
    return (dia_bytes){ NULL, 0 };
}

static dia_bytes look_up(dia_route_query *q, dia_bytes *member, uint32_t bit, uint32_t code)
{
    if (!member->p && !(q->looked_up & bit)) {
        q->looked_up |= bit;
        *member = first(dia_query_message(q), code);
    }
    return *member;
}

dia_bytes dia_route_query_realm(dia_route_query *q)
{
    return look_up(q, &q->realm, DIA_LOOKED_REALM, DESTINATION_REALM);
}

dia_bytes dia_route_query_session(dia_route_query *q)
{
    return look_up(q, &q->session_id, DIA_LOOKED_SESSION, SESSION_ID);
}

dia_bytes dia_query_origin_host(dia_route_query *q)
{
    return look_up(q, &q->origin_host, DIA_LOOKED_ORIGIN_HOST, ORIGIN_HOST);
}

dia_bytes dia_query_origin_realm(dia_route_query *q)
{
    return look_up(q, &q->origin_realm, DIA_LOOKED_ORIGIN_REALM, ORIGIN_REALM);
}

dia_bytes dia_query_user(dia_route_query *q)
{
    return look_up(q, &q->user, DIA_LOOKED_USER, USER_NAME);
}
