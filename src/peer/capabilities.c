/* Capabilities-Exchange (RFC 6733, 5.3) and Capabilities-Update (RFC 6737): what we say of ourselves, and what we make of
 * what the peer says. */
#include "peer/peer.h"

#include <stdio.h>

/* What CER and CEA both say. */
typedef struct saying {
    dia_address_list addresses;
    dia_u32_list auth, acct, vendors;
    dia_vendor_specific_application_id_list specific;
} saying;

/* What CER, CEA and CUR say alike, each in its own struct. */
#define SAID_BY(conn, me)                                                                                              \
    .origin_host = (conn)->self->host, .origin_realm = (conn)->self->realm, .host_ip_address = (me).addresses,         \
    .vendor_id = (conn)->hub->config.vendor_id, .product_name = dia_cstr((conn)->hub->config.product_name),            \
    .origin_state_id = DIA_U32((conn)->hub->origin_state_id), .supported_vendor_id = (me).vendors,                     \
    .auth_application_id = (me).auth, .acct_application_id = (me).acct,                                                \
    .vendor_specific_application_id = (me).specific,                                                                   \
    .firmware_revision = { (conn)->hub->config.firmware_revision, (conn)->hub->config.firmware_revision != 0, { 0 } }

/* And what is found in one of them. */
#define FOUND_IN(msg)                                                                                                  \
    {                                                                                                                  \
        .host = (msg)->origin_host, .realm = (msg)->origin_realm, .product = (msg)->product_name,                      \
        .vendor_id = (msg)->vendor_id, .firmware_revision = (msg)->firmware_revision.value,                            \
        .address = (msg)->host_ip_address.n ? (msg)->host_ip_address.v[0] : (dia_address){ 0 },                        \
        .origin_state_id = (msg)->origin_state_id.value                                                                \
    }

static bool add_once(uint32_t *list, size_t *n, uint32_t value)
{
    for (size_t i = 0; i < *n; i++)
        if (list[i] == value)
            return false;
    list[(*n)++] = value;
    return true;
}

/* Exactly the configured applications: those of a vendor inside Vendor-Specific-Application-Id. */
static int describe(const dia_conn *conn, dia_arena *arena, saying *out)
{
    const dia_hub *hub = conn->hub;
    const dia_self *self = conn->self;
    const size_t n = hub->n_apps;
    uint32_t *auth = dia_arena_get(arena, n * sizeof *auth);
    uint32_t *acct = dia_arena_get(arena, n * sizeof *acct);
    uint32_t *vendors = dia_arena_get(arena, n * sizeof *vendors);
    dia_vendor_specific_application_id *specific = dia_arena_get0(arena, 2 * n * sizeof *specific);
    if (arena->err)
        return arena->err;
    *out = (saying){ { &conn->local.address, 1 }, { auth, 0 }, { acct, 0 }, { vendors, 0 }, { specific, 0 } };
    if (conn->n_addresses) /* RFC 6733, 5.3.1 and 5.3.2: over SCTP all of them */
        out->addresses = (dia_address_list){ conn->addresses, conn->n_addresses };
    if (self->n_addresses)
        out->addresses = (dia_address_list){ self->addresses, self->n_addresses };
    for (size_t i = 0; i < n; i++) {
        const dia_app *app = &hub->apps[i];
        if (!dia_self_offers(hub, self, app->id))
            continue;
        if (!app->vendor) {
            if (app->kind & DIA_APP_AUTH)
                auth[out->auth.n++] = app->id;
            if (app->kind & DIA_APP_ACCT)
                acct[out->acct.n++] = app->id;
            continue;
        }
        add_once(vendors, &out->vendors.n, app->vendor);
        if (app->kind & DIA_APP_AUTH) /* each names one of the two (RFC 6733, 6.11) */
            specific[out->specific.n++] =
                (dia_vendor_specific_application_id){ .vendor_id = app->vendor,
                                                      .auth_application_id = DIA_U32(app->id) };
        if (app->kind & DIA_APP_ACCT)
            specific[out->specific.n++] =
                (dia_vendor_specific_application_id){ .vendor_id = app->vendor,
                                                      .acct_application_id = DIA_U32(app->id) };
    }
    return 0;
}

int dia_capabilities_send_cer(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, 0, hub->alloc);
    saying me;
    int64_t n = describe(conn, &arena, &me);
    if (!n) {
        dia_conn_ask(conn);
        const dia_header ids = { .hop_by_hop = conn->asked, .end_to_end = dia_hub_end_to_end(hub) };
        const dia_cer cer = { SAID_BY(conn, me), .inband_security_id = dia_secure_offer(conn, false) };
        n = dia_conn_say(conn, hub->cer, &cer, DIA_LEVEL_STRICT, &ids);
    }
    dia_arena_done(&arena);
    return n < 0 ? (int)n : 0;
}

int dia_capabilities_send_cea(dia_conn *conn, uint32_t result_code, const dia_fault *fault)
{
    dia_hub *hub = conn->hub;
    if (conn->answered)
        return 0;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, 0, hub->alloc);
    saying me;
    int64_t n = describe(conn, &arena, &me);
    if (!n) {
        const bool has_failed = fault && fault->failed_avp.p;
        const dia_avp failed_octets = { .octets = has_failed ? fault->failed_avp : (dia_bytes){ NULL, 0 } };
        const dia_failed_avp failed = { .others = { &failed_octets, 1 } };
        const dia_header ids = {
            .flags = (uint8_t)((conn->cer.flags & DIA_FLAG_PROXIABLE) |
                               (dia_result_sets_error(result_code) ? DIA_FLAG_ERROR : 0)),
            .hop_by_hop = conn->cer.hop_by_hop,
            .end_to_end = conn->cer.end_to_end,
        };
        dia_cea cea = {
            SAID_BY(conn, me),
            .result_code = result_code,
            .inband_security_id = dia_secure_offer(conn, result_code == DIA_RESULT_CODE_SUCCESS),
            .error_message = fault ? dia_cstr(fault->text) : (dia_bytes){ NULL, 0 },
            .failed_avp = has_failed ? &failed : NULL,
        };
        n = dia_conn_say(conn, hub->cea, &cea, DIA_LEVEL_LENIENT, &ids);
        if (n == DIA_ESPACE && has_failed) {
            cea.failed_avp = NULL; /* longer than limits.message with it */
            n = dia_conn_say(conn, hub->cea, &cea, DIA_LEVEL_LENIENT, &ids);
        }
    }
    dia_arena_done(&arena);
    return n < 0 ? (int)n : 0;
}

/* ---- What the peer says ---- */

static uint32_t fail(dia_fault *fault, uint32_t result_code, const char *text)
{
    *fault = (dia_fault){ .result_code = result_code };
    dia_sentence(fault->text, sizeof fault->text, "%s", text);
    return result_code;
}

/* All ids in one list; base accounting (3) counts like any other, application 0 is everybody's. */
static int collect(dia_arena *arena, dia_u32_list auth, dia_u32_list acct,
                   dia_vendor_specific_application_id_list specific, dia_capabilities *found)
{
    uint32_t *apps = dia_arena_get(arena, (auth.n + acct.n + 2 * specific.n) * sizeof *apps);
    if (!apps)
        return arena->err;
    size_t n = 0;
    for (size_t i = 0; i < auth.n; i++)
        apps[n++] = auth.v[i];
    for (size_t i = 0; i < acct.n; i++)
        apps[n++] = acct.v[i];
    for (size_t i = 0; i < specific.n; i++) {
        if (specific.v[i].auth_application_id.set)
            apps[n++] = specific.v[i].auth_application_id.value;
        if (specific.v[i].acct_application_id.set)
            apps[n++] = specific.v[i].acct_application_id.value;
    }
    found->apps = apps;
    found->n_apps = n;
    for (size_t i = 0; i < n; i++)
        found->relay = found->relay || apps[i] == DIA_APP_RELAY;
    return 0;
}

/* A relay, here or there, has everything in common with everybody (RFC 6733, 2.4). Capabilities-Update itself is nothing that
 * two nodes would talk for. */
static bool have_common(const dia_conn *conn, const dia_capabilities *found)
{
    const dia_hub *hub = conn->hub;
    if (found->relay || dia_self_offers(hub, conn->self, DIA_APP_RELAY))
        return true;
    for (size_t i = 0; i < found->n_apps; i++)
        if (found->apps[i] != DIA_APP_CAPABILITIES_UPDATE && dia_self_offers(hub, conn->self, found->apps[i]))
            return true;
    return false;
}

/* "4, 16777251", "none": those that may be common, each once, as many as fit. */
enum { IDS_TOLD = 8 };
typedef struct told_ids {
    char text[IDS_TOLD * sizeof "4294967295, " + sizeof "..."];
} told_ids;

static told_ids tell_ids(const uint32_t *all, size_t n_all)
{
    told_ids told = { "none" };
    uint32_t ids[IDS_TOLD + 1];
    size_t n = 0, at = 0;
    for (size_t i = 0; i < n_all && n <= IDS_TOLD; i++)
        if (all[i] != DIA_APP_CAPABILITIES_UPDATE)
            add_once(ids, &n, all[i]);
    for (size_t i = 0; i < n && i < IDS_TOLD; i++)
        at += (size_t)snprintf(told.text + at, sizeof told.text - at, "%s%u", i ? ", " : "", (unsigned)ids[i]);
    if (n > IDS_TOLD)
        snprintf(told.text + at, sizeof told.text - at, ", ...");
    return told;
}

/* Nobody learns by that what CER and CEA do not say. */
static uint32_t fail_without_common(const dia_conn *conn, const dia_capabilities *found, dia_fault *fault)
{
    const dia_hub *hub = conn->hub;
    uint32_t ours[IDS_TOLD + 2];
    size_t n = 0;
    for (size_t i = 0; i < hub->n_apps && n < IDS_TOLD + 2; i++)
        if (dia_self_offers(hub, conn->self, hub->apps[i].id))
            ours[n++] = hub->apps[i].id;
    *fault = (dia_fault){ .result_code = DIA_RESULT_CODE_NO_COMMON_APPLICATION };
    dia_sentence(fault->text, sizeof fault->text, "no common application: here %s; there %s", tell_ids(ours, n).text,
                 tell_ids(found->apps, found->n_apps).text);
    return fault->result_code;
}

/* The name comes before all else: who is somebody else learns nothing more. */
static uint32_t judge_names(const dia_conn *conn, const dia_capabilities *found, dia_fault *fault)
{
    dia_fault named = { 0 };
    if (dia_secure_names(conn, found->host, found->realm, named.text, sizeof named.text))
        return 0;
    return fail(fault, DIA_RESULT_CODE_UNKNOWN_PEER, named.text);
}

static uint32_t judge(dia_conn *conn, const dia_capabilities *found, dia_u32_list inband, dia_bytes message,
                      dia_fault *fault)
{
    if (!dia_identity_valid(found->host)) {
        dia_avp host = { 0 };
        fail(fault, DIA_RESULT_CODE_INVALID_AVP_VALUE, "Origin-Host is no DiameterIdentity");
        dia_avp_find(message, DIA_AVP_ORIGIN_HOST, 0, &host);
        fault->failed_avp = host.octets;
        return DIA_RESULT_CODE_INVALID_AVP_VALUE;
    }
    if (judge_names(conn, found, fault))
        return fault->result_code;
    if (!have_common(conn, found))
        return fail_without_common(conn, found, fault);
    const char *why = dia_secure_disagree(conn, inband);
    return why ? fail(fault, DIA_RESULT_CODE_NO_COMMON_SECURITY, why) : 0;
}

uint32_t dia_capabilities_judge_cer(dia_conn *conn, const dia_header *header, dia_bytes message, dia_arena *arena,
                                    dia_capabilities *found, dia_fault *fault)
{
    const dia_hub *hub = conn->hub;
    if (header->version != 1)
        return fail(fault, DIA_RESULT_CODE_UNSUPPORTED_VERSION, "only version 1 is spoken here");
    if (header->flags & DIA_FLAG_ERROR)
        return fail(fault, DIA_RESULT_CODE_INVALID_HDR_BITS, "a request has the E bit");
    if (header->flags & DIA_FLAG_PROXIABLE && hub->config.receive_level == DIA_LEVEL_STRICT)
        return fail(fault, DIA_RESULT_CODE_INVALID_HDR_BITS, "a CER has the P bit");
    const void *out = NULL;
    const int err = dia_decode(hub->cer, message, DIA_LEVEL_LENIENT, arena, &out, fault);
    if (err == DIA_ERULE)
        return fault->result_code;
    if (err)
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CER");
    const dia_cer *cer = out;
    *found = (dia_capabilities)FOUND_IN(cer);
    if (collect(arena, cer->auth_application_id, cer->acct_application_id, cer->vendor_specific_application_id, found))
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CER");
    return judge(conn, found, cer->inband_security_id, message, fault);
}

/* "the peer refused: DIAMETER_UNKNOWN_PEER: we do not know you", as much of its Error-Message as there is room for. */
static void say_refused(uint32_t result_code, dia_bytes error_message, dia_fault *fault)
{
    const char *name = dia_avp_def_value_name(&dia_def_base_result_code, result_code);
    char said[sizeof fault->text];
    size_t n = 0;
    for (; n < error_message.n && n < sizeof said - 1; n++)
        said[n] = error_message.p[n] >= ' ' && error_message.p[n] < 0x7f ? (char)error_message.p[n] : '?';
    said[n] = '\0';
    *fault = (dia_fault){ .result_code = result_code };
    dia_sentence(fault->text, sizeof fault->text, "the peer refused: %s%s%s", name ? name : "unknown Result-Code",
                 n ? ": " : "", said);
}

uint32_t dia_capabilities_judge_cea(dia_conn *conn, const dia_header *header, dia_bytes message, dia_arena *arena,
                                    dia_capabilities *found, dia_fault *fault)
{
    const dia_hub *hub = conn->hub;
    if (header->version != 1)
        return fail(fault, DIA_RESULT_CODE_UNSUPPORTED_VERSION, "the CEA is of another version");
    const void *out = NULL;
    const int err = dia_decode(hub->cea, message, DIA_LEVEL_LENIENT, arena, &out, fault);
    if (err && err != DIA_ERULE)
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CEA");
    const dia_cea *cea = out;
    const uint32_t result_code = cea ? cea->result_code : 0;
    if (result_code && result_code / 1000 != 2) {
        say_refused(result_code, cea->error_message, fault);
        return result_code;
    }
    if (err || header->flags & DIA_FLAG_ERROR)
        return fault->result_code ? fault->result_code
                                  : fail(fault, DIA_RESULT_CODE_INVALID_HDR_BITS, "a CEA of success has the E bit");
    *found = (dia_capabilities)FOUND_IN(cea);
    if (collect(arena, cea->auth_application_id, cea->acct_application_id, cea->vendor_specific_application_id, found))
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CEA");
    return judge(conn, found, cea->inband_security_id, message, fault);
}

/* ---- Capabilities-Update (RFC 6737) ---- */

int dia_capabilities_send_cur(dia_conn *conn)
{
    dia_hub *hub = conn->hub;
    uint8_t block[1024];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, 0, hub->alloc);
    saying me;
    int64_t n = describe(conn, &arena, &me);
    if (!n) {
        dia_conn_ask(conn);
        const dia_header ids = { .application = DIA_APP_CAPABILITIES_UPDATE,
                                 .hop_by_hop = conn->asked,
                                 .end_to_end = dia_hub_end_to_end(hub) };
        const dia_cu_cur cur = { SAID_BY(conn, me) };
        n = dia_conn_say(conn, hub->cur, &cur, DIA_LEVEL_STRICT, &ids);
    }
    dia_arena_done(&arena);
    return n < 0 ? (int)n : 0;
}

static uint32_t judge_cur(dia_conn *conn, dia_bytes message, dia_arena *arena, dia_capabilities *found,
                          dia_fault *fault)
{
    const void *out = NULL;
    const int err = dia_decode(conn->hub->cur, message, DIA_LEVEL_LENIENT, arena, &out, fault);
    if (err == DIA_ERULE)
        return fault->result_code;
    if (err)
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CUR");
    const dia_cu_cur *cur = out;
    *found = (dia_capabilities)FOUND_IN(cur);
    if (!dia_bytes_equal_nocase(found->host, conn->peer->host))
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "Origin-Host is that of another peer");
    if (judge_names(conn, found, fault)) /* another realm than that of its CER or CEA */
        return fault->result_code;
    if (collect(arena, cur->auth_application_id, cur->acct_application_id, cur->vendor_specific_application_id, found))
        return fail(fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory to read the CUR");
    if (!have_common(conn, found))
        return fail_without_common(conn, found, fault);
    return 0;
}

/* Without a common application the connection is of no more use: it ends in order, behind its requests. */
void dia_capabilities_answer_cur(dia_conn *conn, const dia_header *header, dia_bytes message)
{
    dia_hub *hub = conn->hub;
    dia_peer *peer = conn->peer;
    uint8_t block[2048];
    dia_arena arena;
    dia_arena_init(&arena, block, sizeof block, hub->config.limits.decoded, hub->alloc);
    dia_capabilities found;
    dia_fault fault = { 0 };
    uint32_t result_code = judge_cur(conn, message, &arena, &found, &fault);
    if (!result_code && dia_peer_learn(peer, &found)) /* what was known stays */
        result_code = fail(&fault, DIA_RESULT_CODE_UNABLE_TO_COMPLY, "no memory for the capabilities");
    if (!result_code)
        hub->hooks.changed(hub->above, peer);
    if (conn->phase == DIA_PHASE_ENDED) { /* the room above had no place for what it is now */
        dia_arena_done(&arena);
        return;
    }
    const dia_header ids = { .flags = (uint8_t)((header->flags & DIA_FLAG_PROXIABLE) |
                                                (dia_result_sets_error(result_code) ? DIA_FLAG_ERROR : 0)),
                             .application = DIA_APP_CAPABILITIES_UPDATE,
                             .hop_by_hop = header->hop_by_hop,
                             .end_to_end = header->end_to_end };
    /* The grammar of CUA has no Failed-AVP, but place for it. */
    const dia_avp failed = { .code = DIA_AVP_FAILED_AVP, .flags = DIA_AVP_M, .data = fault.failed_avp };
    dia_cu_cua cua = { .origin_host = conn->self->host,
                       .origin_realm = conn->self->realm,
                       .result_code = result_code ? result_code : DIA_RESULT_CODE_SUCCESS,
                       .error_message = fault.text[0] ? dia_cstr(fault.text) : (dia_bytes){ NULL, 0 },
                       .others = { &failed, fault.failed_avp.p ? 1 : 0 } };
    if (dia_conn_say(conn, hub->cua, &cua, DIA_LEVEL_LENIENT, &ids) == DIA_ESPACE) {
        cua.others.n = 0; /* longer than limits.message with it */
        dia_conn_say(conn, hub->cua, &cua, DIA_LEVEL_LENIENT, &ids);
    }
    dia_arena_done(&arena);
    if (!result_code)
        dia_hub_event(hub, DIA_EVENT_CAPABILITIES, peer, conn, "the peer's capabilities have changed", 0, message);
    else if (result_code == DIA_RESULT_CODE_NO_COMMON_APPLICATION)
        dia_peer_leave(peer, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU,
                       hub->now.us + (int64_t)hub->config.limits.drain_ms * 1000,
                       "no common application is left (Capabilities-Update)");
}

/* A refusal is told; what it means for the connection is the peer's decision. */
void dia_capabilities_take_cua(dia_conn *conn, dia_bytes message)
{
    const dia_result result = dia_result_of(message);
    if (result.code / 1000 != 2)
        dia_hub_event(conn->hub, DIA_EVENT_FAULT, conn->peer, conn, "the peer refused our Capabilities-Update",
                      result.code, message);
}
