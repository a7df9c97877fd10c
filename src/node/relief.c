/* What overload relief, load and priority have in common: the configuration, whom we trust, and the AVPs that they read in
 * answers and add to messages. */
#include "node/overload.h"

/* ---- Life ---- */

enum { STATES = 4096, RECOVERY_MS = 10000, LOAD_MS = 30000, SWEEP_US = 1000000 };

static uint32_t given_or(uint32_t given, uint32_t otherwise)
{
    return given ? given : otherwise;
}

static dia_overload_config fill_in(const dia_overload_config *given)
{
    dia_overload_config c = *given;
    c.trusted = NULL; /* they are copied */
    c.default_priority = given_or(c.default_priority, DIA_PRIORITY_DEFAULT);
    c.throttled_result = given_or(c.throttled_result, DIA_RESULT_CODE_UNABLE_TO_COMPLY);
    c.states = given_or(c.states, STATES);
    c.recovery_ms = given_or(c.recovery_ms, RECOVERY_MS);
    c.load_ms = given_or(c.load_ms, LOAD_MS);
    return c;
}

static void set_states(struct dia_relief *relief, uint32_t states)
{
    dia_known_shrink(&relief->obeyed, states);
    dia_known_shrink(&relief->loads, states);
}

struct dia_relief *dia_relief_of(dia_node *node)
{
    dia_hub *hub = &node->hub;
    if (node->relief)
        return node->relief;
    struct dia_relief *relief = dia_alloc0(hub->alloc, sizeof *relief);
    if (!relief)
        return NULL;
    relief->config = fill_in(&(dia_overload_config){ 0 });
    relief->load = DIA_LOAD_NONE;
    relief->priority = DIA_PRIORITY_NONE;
    dia_known_init(&relief->obeyed, sizeof(dia_obeyed), hub);
    dia_known_init(&relief->loads, sizeof(dia_host_load), hub);
    set_states(relief, relief->config.states);
    /* Above all that was given before a restart, if less than a million a second were (RFC 7683, 5.2.1.4). */
    relief->sequence = (uint64_t)hub->config.wall_clock << 20;
    return node->relief = relief;
}

static void release_patterns(const dia_hub *hub, struct dia_relief *relief)
{
    dia_release(hub->alloc, (void *)(uintptr_t)relief->trusted, relief->trusted_size);
}

void dia_relief_done(dia_node *node)
{
    dia_hub *hub = &node->hub;
    struct dia_relief *relief = node->relief;
    if (!relief)
        return;
    dia_known_done(&relief->obeyed);
    dia_known_done(&relief->loads);
    dia_release(hub->alloc, relief->reported, relief->cap_reported * sizeof *relief->reported);
    release_patterns(hub, relief);
    dia_release(hub->alloc, relief, sizeof *relief);
    node->relief = NULL;
    dia_relief_apply(node);
}

static const char *wrong(const dia_overload_config *config)
{
    for (const char *const *pattern = config->trusted; pattern && *pattern; pattern++)
        if (!dia_allow_pattern_valid(*pattern))
            return "trusted has a pattern that is none (see dia_node_config.allow)";
    if (config->default_priority > DIA_PRIORITY_LOWEST)
        return "default_priority is at most 15";
    if (config->throttled_result && config->throttled_result / 1000 != 3 && config->throttled_result / 1000 != 4 &&
        config->throttled_result / 1000 != 5)
        return "throttled_result is a Result-Code that says no: 3xxx, 4xxx or 5xxx";
    return NULL;
}

int dia_node_set_overload(dia_node *node, const dia_overload_config *config)
{
    dia_hub *hub = &node->hub;
    if (!config) {
        dia_relief_done(node);
        return 0;
    }
    const char *why = wrong(config);
    if (why)
        return dia_node_failed(node, DIA_EINVAL, why);
    size_t size = 0;
    const char **trusted = config->trusted ? dia_patterns_copy(hub, config->trusted, &size) : NULL;
    struct dia_relief *relief = config->trusted && !trusted ? NULL : dia_relief_of(node);
    if (!relief) {
        dia_release(hub->alloc, (void *)(uintptr_t)trusted, size);
        return dia_node_failed(node, DIA_ENOMEM, NULL);
    }
    release_patterns(hub, relief);
    relief->trusted = trusted;
    relief->trusted_size = size;
    relief->config = fill_in(config);
    set_states(relief, relief->config.states);
    dia_relief_apply(node);
    return 0;
}

void dia_relief_apply(dia_node *node)
{
    dia_hub *hub = &node->hub;
    struct dia_relief *relief = node->relief;
    const bool says = relief && (relief->config.reports || relief->load != DIA_LOAD_NONE);
    hub->complete = says ? dia_relief_complete_answer : NULL;
    DIA_LIST_EACH (p, &hub->conns)
        DIA_OF(p, dia_conn, link)->trust = 0;
    if (!relief)
        return;
    relief->obeys = relief->config.reacts || relief->config.reacts_for_clients;
    relief->reads = relief->obeys || relief->config.loads || relief->load != DIA_LOAD_NONE || relief->trusted;
}

void dia_relief_tick(dia_node *node)
{
    struct dia_relief *relief = node->relief;
    const int64_t now_us = node->hub.now.us;
    if (now_us - relief->swept_us < SWEEP_US)
        return;
    relief->swept_us = now_us;
    dia_overload_expire(relief, now_us);
    dia_reports_expire(relief, now_us);
    dia_load_expire(relief, now_us);
}

bool dia_relief_trusts(const struct dia_relief *relief, dia_conn *conn)
{
    enum { UNKNOWN, YES, NO };
    if (!relief->trusted)
        return true;
    if (conn->trust == UNKNOWN) {
        const dia_stranger who = { .host = conn->peer->host, .realm = conn->peer->realm, .conn = conn };
        conn->trust = dia_patterns_match(relief->trusted, &who) ? YES : NO;
    }
    return conn->trust == YES;
}

/* ---- What a request is to the routes ---- */

static uint8_t what_ours_abate(const struct dia_relief *relief)
{
    return relief->config.reacts ? DIA_ABATES_ALL : DIA_ABATES_NOTHING;
}

void dia_relief_ask(const dia_node *node, dia_errand *errand, const dia_command *request, const void *msg)
{
    errand->priority = (uint8_t)dia_priority_of_struct(node->relief, request, msg);
    errand->abates = what_ours_abate(node->relief);
}

void dia_relief_ask_octets(const dia_node *node, dia_errand *errand, dia_bytes message)
{
    errand->priority = (uint8_t)dia_priority_of_octets(node->relief, message, node->relief->priority);
    errand->abates = what_ours_abate(node->relief);
}

/* It was let in already; but no overloaded peer gets it. */
void dia_relief_ask_again(const dia_node *node, dia_errand *errand, dia_bytes message)
{
    struct dia_relief *relief = node->relief;
    errand->priority = (uint8_t)dia_priority_of_octets(relief, message, DIA_PRIORITY_NONE);
    errand->abates = relief->obeys ? DIA_ABATES_BY_DIVERSION : DIA_ABATES_NOTHING;
    relief->errand++;
}

void dia_relief_ask_passing(const dia_node *node, dia_errand *errand, dia_conn *from, uint32_t drmp, bool features)
{
    const struct dia_relief *relief = node->relief;
    const bool counts = drmp <= DIA_PRIORITY_LOWEST && dia_relief_trusts(relief, from);
    errand->priority = (uint8_t)(counts ? drmp : relief->config.default_priority);
    errand->abates = !relief->config.reacts_for_clients ? DIA_ABATES_NOTHING
                     : features                         ? DIA_ABATES_BY_DIVERSION
                                                        : DIA_ABATES_ALL;
}

/* ---- Messages that go ---- */

/* A message has them already: who made it knows better. */
typedef struct having {
    bool features, load, drmp;
} having;

static having look(dia_bytes message)
{
    having has = { false };
    dia_avps it = dia_avps_of(message);
    while (dia_avp_step(&it)) {
        if (it.avp.vendor)
            continue;
        has.features = has.features || it.avp.code == DIA_AVP_OC_SUPPORTED_FEATURES;
        has.load = has.load || it.avp.code == DIA_AVP_LOAD;
        has.drmp = has.drmp || it.avp.code == DIA_AVP_DRMP;
    }
    return has;
}

/* The n octets behind the output get longer. Where there is no room the message goes as it is: it matters more. */
static size_t append(dia_conn *conn, size_t n, const dia_builder *tail)
{
    dia_buf *out = &conn->out;
    const size_t size = n + tail->n;
    if (!tail->n || tail->err || tail->n > tail->cap || size > dia_conn_longest(conn))
        return n;
    out->n += n; /* should it move, these move along */
    const int err = dia_buf_reserve(out, tail->n);
    out->n -= n;
    if (err)
        return n;
    uint8_t *message = out->p + out->n;
    memcpy(message + n, tail->buf, tail->n);
    dia_store24(message + DIA_AT_LENGTH, (uint32_t)size);
    return size;
}

/* For both reports with all their AVPs, a Load and the longest identity. */
enum { TAIL_MAX = 512 };

/* What it says of the loss algorithm might as well be left out (5.1.1 and 5.1.2); others want to read it. */
static void put_features(dia_builder *b)
{
    dia_put_group(b, DIA_AVP_OC_SUPPORTED_FEATURES, 0, 0);
    dia_put_u64(b, DIA_AVP_OC_FEATURE_VECTOR, 0, 0, DIA_OC_LOSS);
    dia_put_group_end(b);
}

size_t dia_relief_features(uint8_t to[DIA_FEATURES_SIZE])
{
    dia_builder b;
    dia_build_begin_avps(&b, to, DIA_FEATURES_SIZE);
    put_features(&b);
    return b.n;
}

size_t dia_relief_complete_request(const dia_node *node, dia_conn *conn, size_t n)
{
    const struct dia_relief *relief = node->relief;
    uint8_t buf[TAIL_MAX];
    dia_builder b;
    if (!relief->config.reacts && relief->priority == DIA_PRIORITY_NONE)
        return n;
    const having has = look((dia_bytes){ conn->out.p + conn->out.n, n });
    dia_build_begin_avps(&b, buf, sizeof buf);
    if (relief->priority != DIA_PRIORITY_NONE && !has.drmp)
        dia_put_u32(&b, DIA_AVP_DRMP, 0, 0, relief->priority);
    if (relief->config.reacts && !has.features)
        put_features(&b);
    return append(conn, n, &b);
}

static bool has_features(dia_bytes request)
{
    dia_avp avp;
    return !dia_avp_find(request, DIA_AVP_OC_SUPPORTED_FEATURES, 0, &avp);
}

size_t dia_relief_complete_answer(void *above, dia_conn *conn, dia_bytes request, size_t n)
{
    const dia_node *node = above;
    struct dia_relief *relief = node->relief;
    const uint8_t *message = conn->out.p + conn->out.n;
    const uint32_t application = dia_load32(message + DIA_AT_APPLICATION);
    uint8_t buf[TAIL_MAX];
    dia_builder b;
    if (!application || !conn->peer || !dia_relief_trusts(relief, conn))
        return n;
    const having has = look((dia_bytes){ message, n });
    dia_build_begin_avps(&b, buf, sizeof buf);
    if (relief->config.reports && !has.features && has_features(request)) {
        put_features(&b);
        dia_reports_put(relief, conn, application, &b);
    }
    if (!has.load)
        dia_load_put(relief, conn, DIA_LOAD_OF_HOST, &b);
    return append(conn, n, &b);
}

/* ---- Answers that come ---- */

enum { AVPS_MAX = 4 }; /* of one kind that are read; more say nothing new */

typedef struct reading {
    dia_bytes host, realm; /* Origin-Host and -Realm */
    dia_bytes olr[AVPS_MAX], load[AVPS_MAX];
    size_t n_olr, n_load;
    bool features;
    bool other; /* another algorithm than loss is selected, which was not offered */
} reading;

static bool is_other_algorithm(dia_bytes features)
{
    uint64_t vector = DIA_OC_LOSS;
    dia_avps it = dia_avps_in(features);
    while (dia_avp_next(&it))
        if (it.avp.code == DIA_AVP_OC_FEATURE_VECTOR && !it.avp.vendor)
            dia_read_u64(&it.avp, &vector);
    return !(vector & DIA_OC_LOSS);
}

static void put_in(dia_bytes *list, size_t *n, dia_bytes value)
{
    if (*n < AVPS_MAX)
        list[(*n)++] = value;
}

static reading read(dia_bytes message)
{
    reading r = { .n_olr = 0 };
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (it.avp.vendor)
            continue;
        switch (it.avp.code) {
        case DIA_AVP_ORIGIN_HOST: r.host = it.avp.data; break;
        case DIA_AVP_ORIGIN_REALM: r.realm = it.avp.data; break;
        case DIA_AVP_OC_SUPPORTED_FEATURES:
            r.features = true;
            r.other = is_other_algorithm(it.avp.data);
            break;
        case DIA_AVP_OC_OLR: put_in(r.olr, &r.n_olr, it.avp.data); break;
        case DIA_AVP_LOAD: put_in(r.load, &r.n_load, it.avp.data); break;
        default: break;
        }
    }
    return r;
}

/* What of it may have to be taken out. */
static reading find(struct dia_relief *relief, dia_bytes message)
{
    const reading r = read(message);
    relief->has_report = r.features || r.n_olr;
    relief->has_load = false;
    for (size_t i = 0; i < r.n_load; i++)
        relief->has_load = relief->has_load || dia_load_is_of_peer(r.load[i]);
    return r;
}

/* RFC 7683, 10.1: only an answer to a request that waits for it is believed, and one that belongs to it. */
void dia_relief_read_answer(dia_node *node, const dia_waiting *waiting, dia_conn *conn, const dia_header *header,
                            dia_bytes message)
{
    struct dia_relief *relief = node->relief;
    if (!relief->reads)
        return;
    const reading r = find(relief, message);
    if (header->command != waiting->code || header->application != waiting->application)
        return;
    if (!dia_relief_trusts(relief, conn))
        return;
    for (size_t i = 0; relief->config.loads && i < r.n_load; i++)
        dia_load_take(node, conn, r.load[i], r.host);
    /* Each may be told, and who hears of it may end all of this. */
    for (size_t i = 0; node->relief && node->relief->obeys && !r.other && i < r.n_olr; i++)
        dia_overload_take(node, conn, waiting, message, r.olr[i], r.host, r.realm);
}

/* ---- Answers that pass ---- */

static bool is_dropped(const dia_avp *avp, bool reports, bool loads)
{
    if (avp->vendor)
        return false;
    if (avp->code == DIA_AVP_OC_SUPPORTED_FEATURES || avp->code == DIA_AVP_OC_OLR)
        return reports;
    return avp->code == DIA_AVP_LOAD && loads && dia_load_is_of_peer(avp->data);
}

/* The octets without these; 0: they cannot be read as AVPs. */
static size_t copy_without(uint8_t *to, dia_bytes message, bool reports, bool loads)
{
    size_t n = DIA_HEADER_SIZE;
    memcpy(to, message.p, DIA_HEADER_SIZE);
    dia_avps it = dia_avps_of(message);
    while (dia_avp_next(&it)) {
        if (is_dropped(&it.avp, reports, loads))
            continue;
        memcpy(to + n, it.avp.octets.p, it.avp.octets.n);
        n += it.avp.octets.n;
    }
    return it.err ? 0 : n;
}

void dia_relief_look(dia_node *node, dia_bytes message)
{
    find(node->relief, message);
}

/* Reports are for whoever said that it reacts: when we said so for a client, they end here (RFC 7683, 5.1.2). None pass to or
 * from whom we do not trust (10.2), and the load of a neighbour goes no further than to us (RFC 8583, 6.2). */
uint8_t *dia_relief_put_answer(dia_node *node, const dia_waiting *waiting, dia_conn *from, dia_conn *to,
                               dia_bytes message, size_t *n)
{
    struct dia_relief *relief = node->relief;
    if (!from) /* it was put aside, and is not the one that was read last */
        find(relief, message);
    const bool confided = (!from || dia_relief_trusts(relief, from)) && dia_relief_trusts(relief, to);
    const bool reports = relief->has_report && (waiting->stands_in || !confided);
    const bool loads = relief->has_load && (relief->config.loads || relief->load != DIA_LOAD_NONE);
    uint8_t *p = dia_conn_put(to, message);
    *n = message.n;
    if (!p)
        return NULL;
    const size_t size = reports || loads ? copy_without(p, message, reports, loads) : 0;
    if (size) {
        dia_store24(p + DIA_AT_LENGTH, (uint32_t)size);
        *n = size;
    } else if (reports || loads) {
        memcpy(p, message.p, message.n);
    }
    if (relief->load == DIA_LOAD_NONE || !dia_relief_trusts(relief, to))
        return p;
    uint8_t buf[TAIL_MAX];
    dia_builder b;
    dia_build_begin_avps(&b, buf, sizeof buf);
    dia_load_put(relief, to, DIA_LOAD_OF_PEER, &b);
    *n = append(to, *n, &b);
    return to->out.p + to->out.n;
}
