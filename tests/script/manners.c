/* What holds for every message that a node sends, so that no script need say it: the header, the AVPs, the answer and its
 * request. */
#include "script.h"

#include <diatom/app/all.h>

#include <string.h>

enum {
    SESSION_ID = 263,
    ORIGIN_HOST = 264,
    RESULT_CODE = 268,
    EXPERIMENTAL_RESULT = 297,
    ORIGIN_REALM = 296,
    DESTINATION_REALM = 283,
    DESTINATION_HOST = 293,
    CAPABILITIES = 257,
    WATCHDOG = 280,
    DISCONNECT = 282
};

static bool is_of_the_connection(const dia_header *h)
{
    return h->command == CAPABILITIES || h->command == WATCHDOG || h->command == DISCONNECT;
}

static const char *judge_header(const dia_header *h, dia_bytes message)
{
    if (h->version != 1)
        return "the version is 1 (B3-01)";
    if (h->length != message.n || h->length % 4)
        return "Message Length counts all octets and is a multiple of 4 (B3-03)";
    if (h->flags & DIA_FLAG_RESERVED)
        return "reserved flags are 0 (B3-14)";
    if (h->flags & DIA_FLAG_REQUEST && h->flags & DIA_FLAG_ERROR)
        return "no request has the E bit (B3-07)";
    if (!(h->flags & DIA_FLAG_REQUEST) && h->flags & DIA_FLAG_RETRANSMITTED)
        return "no answer has the T bit (B3-13)";
    if (is_of_the_connection(h) && h->application)
        return "messages of the connection have application 0 (B2.5-01)";
    if (is_of_the_connection(h) && h->flags & DIA_FLAG_REQUEST && h->flags & DIA_FLAG_PROXIABLE)
        return "requests of the connection have no P bit (B5.3.1-03)";
    return NULL;
}

static const char *judge_avps(dia_bytes message)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (it.avp.flags & DIA_AVP_RESERVED)
            return "reserved AVP flags are 0 (B4.1-03)";
        if (it.avp.flags & DIA_AVP_V && !it.avp.vendor)
            return "no Vendor-Id field is 0 (B4.1.1-02)";
        const uint8_t *behind = it.avp.data.p + it.avp.data.n, *end = it.avp.octets.p + it.avp.octets.n;
        if (it.avp.octets.n % 4)
            return "AVPs are padded (B4-02)";
        for (; it.avp.data.p && behind < end; behind++)
            if (*behind)
                return "padding is zero (B4-02)";
    }
    return it.err ? "AVPs can be read (B4.1-12)" : NULL;
}

static size_t count(dia_bytes message, uint32_t code)
{
    size_t n = 0;
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it))
        n += it.avp.code == code && !it.avp.vendor;
    return n;
}

static uint32_t result_of(dia_bytes message)
{
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it))
        if (it.avp.code == RESULT_CODE && !it.avp.vendor)
            return dia_avp_u32(&it);
    return 0;
}

static const char *judge_answer(const dia_header *h, dia_bytes message)
{
    const uint32_t result = result_of(message), class = result / 1000;
    const bool error = h->flags & DIA_FLAG_ERROR;
    if (count(message, RESULT_CODE) + count(message, EXPERIMENTAL_RESULT) != 1)
        return "an answer has one Result-Code or one Experimental-Result (B6.2-05, B7.1-01)";
    if (class == 3 && !error)
        return "protocol errors have the E bit (B7-01)";
    if (error && class != 3 && class != 5)
        return "the E bit goes with protocol errors, by way of exception with permanent ones (B3-08, B7.1.4-01)";
    if (count(message, DESTINATION_HOST) || count(message, DESTINATION_REALM))
        return "no answer has a destination (B6.2-04)";
    return NULL;
}

/* Success and requests keep the whole grammar; an error answer says what the request had. */
static const char *judge_grammar(const dia_header *h, dia_bytes message)
{
    const bool request = h->flags & DIA_FLAG_REQUEST;
    const dia_command *command = dia_dicts_command(&dia_dicts_all, h->application, h->command, request);
    if (count(message, ORIGIN_HOST) != 1 || count(message, ORIGIN_REALM) != 1)
        return "every message has Origin-Host and Origin-Realm (B6.3-01, B6.4-01)";
    if (is_of_the_connection(h) && request && (count(message, DESTINATION_HOST) || count(message, DESTINATION_REALM)))
        return "requests of the connection have no destination (B6.1-01)";
    if (!command || (!request && result_of(message) / 1000 != 2))
        return NULL;
    uint8_t block[4096];
    dia_arena arena;
    dia_fault fault;
    dia_arena_init(&arena, block, sizeof block, 0, NULL);
    const int err = dia_decode(command, message, DIA_LEVEL_STRICT, &arena, NULL, &fault);
    dia_arena_done(&arena);
    return err == DIA_ERULE ? "a message keeps the grammar of its command (B3.2-02, B3.2-03)" : NULL;
}

/* Takes the request out that this answer is for. */
static const char *settle(talk_end *end, const dia_header *h)
{
    for (talk_open **at = &end->asked; *at; at = &(*at)->next) {
        const dia_header *r = &(*at)->header;
        if (r->hop_by_hop != h->hop_by_hop || r->end_to_end != h->end_to_end)
            continue;
        if (r->command != h->command || r->application != h->application)
            continue;
        const bool same_p = !((r->flags ^ h->flags) & DIA_FLAG_PROXIABLE);
        *at = (*at)->next;
        return same_p ? NULL : "the P bit of an answer is that of its request (B6.2-08, B7.2-02)";
    }
    return "an answer has the command and both ids of a request that came and is not answered yet (B3-19, B3-22)";
}

static const char *owe(talk_stage *stage, talk_end *end, const dia_header *h)
{
    talk_open **at = &end->owed;
    for (; *at; at = &(*at)->next)
        if ((*at)->header.hop_by_hop == h->hop_by_hop)
            return "Hop-by-Hop ids are unique among the requests of a connection (B3-17)";
    *at = talk_get(stage->arena, sizeof **at);
    (*at)->header = *h;
    return NULL;
}

const char *talk_manners(talk_stage *stage, talk_end *end, dia_bytes message)
{
    dia_header h;
    if (dia_header_read(message, &h))
        return "a message has a header";
    const bool request = h.flags & DIA_FLAG_REQUEST;
    const char *rule = judge_header(&h, message);
    if (!rule)
        rule = judge_avps(message);
    if (!rule && !request)
        rule = judge_answer(&h, message);
    if (!rule)
        rule = judge_grammar(&h, message);
    const char *pairing = request ? owe(stage, end, &h) : settle(end, &h);
    return rule ? rule : pairing;
}
