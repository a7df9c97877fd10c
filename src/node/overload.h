/* Overload, load and priority inside the room: what a node that speaks of them keeps (DOIC, RFC 7683; load, RFC 8583;
 * priority, RFC 7944). A node without has none of this: one pointer of it is NULL. */
#ifndef NODE_OVERLOAD_H
#define NODE_OVERLOAD_H

#include "diatom/overload.h"
#include "node/node.h"

/* The AVPs, of RFC 7683, 7; 7944, 9; 8581, 7.3 and 8583, 7. */
enum {
    DIA_AVP_OC_FEATURE_VECTOR = 622,
    DIA_AVP_OC_OLR = 623,
    DIA_AVP_OC_SEQUENCE_NUMBER = 624,
    DIA_AVP_OC_VALIDITY_DURATION = 625,
    DIA_AVP_OC_REPORT_TYPE = 626,
    DIA_AVP_OC_REDUCTION_PERCENTAGE = 627,
    DIA_AVP_SOURCE_ID = 649,
    DIA_AVP_LOAD = 650,
    DIA_AVP_LOAD_TYPE = 651,
    DIA_AVP_LOAD_VALUE = 652,
};
enum { DIA_LOAD_OF_HOST, DIA_LOAD_OF_PEER }; /* Load-Type */
enum { DIA_OC_LOSS = 1 };                    /* OLR_DEFAULT_ALGO of OC-Feature-Vector */
enum { DIA_VALIDITY_DEFAULT_S = 30, DIA_VALIDITY_MAX_S = 86400 };

/* ---- Things known by a name and a number, as many as there is room for; those longest unused go (known.c) ---- */

/* The head of each; its name stands behind it. */
typedef struct dia_known {
    dia_list recent;
    uint64_t number;
    dia_bytes name;
} dia_known;

typedef struct dia_known_table {
    dia_map map;
    dia_list recent; /* the one used last first */
    size_t n, max;
    size_t size; /* of the struct that begins with the head */
    uint64_t seed;
    const dia_allocator *alloc;
} dia_known_table;

void dia_known_init(dia_known_table *table, size_t size, dia_hub *hub);
void dia_known_done(dia_known_table *table);
void *dia_known_find(dia_known_table *table, uint64_t number, dia_bytes name); /* is the one used last, then */
void *dia_known_look(const dia_known_table *table, uint64_t number, dia_bytes name);
void *dia_known_add(dia_known_table *table, uint64_t number, dia_bytes name); /* zeroed; NULL: no memory, or no name */
void dia_known_remove(dia_known_table *table, void *item);
void dia_known_shrink(dia_known_table *table, size_t max);

/* ---- What a node keeps ---- */

/* A report that we obey (RFC 7683, 5.2.1.1). */
typedef struct dia_obeyed {
    dia_known known; /* application << 1 | type, and the host or realm */
    uint64_t sequence;
    int64_t until_us; /* it expires */
    int64_t stale_us; /* until then a lower sequence number is an older report */
    uint32_t percent;
    uint32_t n_seen;   /* sum of: */
    uint16_t seen[16]; /* requests by priority, the older ones counting less */
    uint64_t errand;   /* the last request that it was asked about, */
    bool spared;       /* and the answer: it is left out */
    uint64_t requests, out;
} dia_obeyed;

/* The load that a host told. */
typedef struct dia_host_load {
    dia_known known;
    uint16_t value;
    int64_t at_us;
} dia_host_load;

/* A report of ours (RFC 7683, 5.2.1.2). */
typedef struct dia_reported {
    uint32_t application;
    uint8_t type;
    uint8_t percent; /* 0: it is over, which is still told */
    uint32_t validity_s;
    uint64_t sequence;
    int64_t at_us;   /* when its sequence number was given */
    int64_t gone_us; /* when its end need not be told any longer */
} dia_reported;

struct dia_relief {
    dia_overload_config config; /* patterns copied, defaults filled in */
    const char **trusted;       /* NULL: everybody is */
    size_t trusted_size;
    bool obeys;        /* reports in answers are */
    bool reads;        /* answers are */
    uint32_t load;     /* that we tell */
    uint32_t priority; /* of requests of ours */
    dia_known_table obeyed, loads;
    dia_reported *reported;
    size_t n_reported, cap_reported;
    uint64_t sequence; /* the last one given */
    uint64_t errand;   /* the request that is looked at */
    uint64_t spared;   /* the last one that a peer was spared */
    int64_t swept_us;
    bool has_report, has_load; /* the last answer that was read: OC-... AVPs, a Load of type PEER */
};

/* The one of this node, made when there is none; NULL: no memory. */
struct dia_relief *dia_relief_of(dia_node *node);

/* What is wanted may have changed: answers are completed or not. */
void dia_relief_apply(dia_node *node);

/* May the peer behind this connection say, and hear, such things? */
bool dia_relief_trusts(const struct dia_relief *relief, dia_conn *conn);

/* The value of an AVP of four octets; false: it has others. */
static inline bool dia_read_u32(const dia_avp *avp, uint32_t *out)
{
    if (avp->data.n != 4)
        return false;
    *out = dia_load32(avp->data.p);
    return true;
}

static inline bool dia_read_u64(const dia_avp *avp, uint64_t *out)
{
    if (avp->data.n != 8)
        return false;
    *out = dia_load64(avp->data.p);
    return true;
}

/* ---- The parts ---- */

/* reports.c: the AVPs that go with an answer; time passes. */
void dia_reports_put(struct dia_relief *relief, dia_conn *conn, uint32_t application, dia_builder *b);
void dia_reports_expire(struct dia_relief *relief, int64_t now_us);

/* overload.c: an answer's OC-OLR. `host` and `realm` are its origin. */
void dia_overload_take(dia_node *node, dia_conn *conn, const dia_waiting *waiting, dia_bytes message, dia_bytes olr,
                       dia_bytes host, dia_bytes realm);
void dia_overload_expire(struct dia_relief *relief, int64_t now_us);

/* load.c: an answer's Load AVP; ours; what is too old goes. */
void dia_load_take(dia_node *node, dia_conn *conn, dia_bytes load, dia_bytes origin_host);
bool dia_load_is_of_peer(dia_bytes load);
void dia_load_put(const struct dia_relief *relief, const dia_conn *conn, uint32_t type, dia_builder *b);
void dia_load_expire(struct dia_relief *relief, int64_t now_us);

/* priority.c: of a request of ours; of any, without DRMP the one that is given, or the default. */
uint32_t dia_priority_of_struct(const struct dia_relief *relief, const dia_command *request, const void *msg);
uint32_t dia_priority_of_octets(const struct dia_relief *relief, dia_bytes message, uint32_t otherwise);

#endif
