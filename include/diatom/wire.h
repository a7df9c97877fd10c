/* Diameter as octets: framing, the header, AVPs as views, the builder, the data types of RFC 6733, 4.2 and 4.3.
 *
 * Nothing here knows a dictionary, and nothing allocates. Reading gives views into the caller's octets; a cursor
 * remembers its first error, so that one check at the end is enough:
 *
 *     dia_avps it = dia_avps_of(msg);
 *     while (dia_avp_next(&it))
 *         if (it.avp.code == 268) result = dia_avp_u32(&it);
 *     if (it.err) ...
 */
#ifndef DIATOM_WIRE_H
#define DIATOM_WIRE_H

#include "diatom/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The header (RFC 6733, 3) ---- */

enum { DIA_HEADER_SIZE = 20 };

/* Command flags. */
enum {
    DIA_FLAG_REQUEST = 0x80,       /* R */
    DIA_FLAG_PROXIABLE = 0x40,     /* P */
    DIA_FLAG_ERROR = 0x20,         /* E */
    DIA_FLAG_RETRANSMITTED = 0x10, /* T */
    DIA_FLAG_RESERVED = 0x0f       /* sent as 0, ignored on receipt */
};

typedef struct dia_header {
    uint8_t version;      /* 1 */
    uint8_t flags;        /* DIA_FLAG_... */
    uint32_t length;      /* of the whole message, header and padding included; 24 bits */
    uint32_t command;     /* Command Code; 24 bits */
    uint32_t application; /* Application-Id */
    uint32_t hop_by_hop;
    uint32_t end_to_end;
} dia_header;

/* Reads the first 20 octets. DIA_ETRUNC when there are fewer. Version and length are reported, not judged. */
int dia_header_read(dia_bytes octets, dia_header *out);

/* Writes 20 octets to `to`. */
void dia_header_write(const dia_header *header, uint8_t *to);

/* Copies a whole message under other ids: Hop-by-Hop and End-to-End are those of `ids`, all else stays. The length;
 * DIA_ETRUNC: below 20 octets; DIA_ESPACE. `buf` may be where the message stands. */
int64_t dia_message_copy(dia_bytes message, const dia_header *ids, void *buf, size_t cap);

/* ---- Framing ---- */

/* How long is the message at the start of `octets`?
 * > 0: its length, and all of it is there. 0: not complete yet. DIA_EFORMAT: no stream of Diameter messages can go on
 * like this (length below 20 or not a multiple of 4). DIA_ESPACE: longer than max_message. The version is not looked
 * at: a message of version 2 can still be cut, and is answered 5011. */
int64_t dia_frame_cut(dia_bytes octets, size_t max_message);

/* ---- Reading AVPs (RFC 6733, 4.1) ---- */

/* AVP flags. */
enum { DIA_AVP_V = 0x80, DIA_AVP_M = 0x40, DIA_AVP_P = 0x20, DIA_AVP_RESERVED = 0x1f };

/* One AVP as it stands on the wire. */
typedef struct dia_avp {
    uint32_t code;
    uint32_t vendor;  /* 0 without flag V */
    uint8_t flags;    /* DIA_AVP_... as received */
    dia_bytes data;   /* the value, without padding */
    dia_bytes octets; /* the whole AVP with header, and with padding as far as it is there */
} dia_avp;

/* A cursor over the AVPs of a message or of a Grouped AVP. */
typedef struct dia_avps {
    dia_avp avp;             /* the current AVP, after dia_avp_next() returned true */
    const uint8_t *at, *end; /* what is still to be read */
    int err;                 /* the first error: DIA_ETRUNC, DIA_EFORMAT (length below the header's), or of a getter */
    const uint8_t *where;    /* the AVP at which it happened */
} dia_avps;

/* A cursor over the AVPs behind the header of a whole message. A message below 20 octets gives err = DIA_ETRUNC. */
dia_avps dia_avps_of(dia_bytes message);

/* A cursor over octets that consist of AVPs alone, such as the data of a Grouped AVP. */
dia_avps dia_avps_in(dia_bytes avps);

/* Steps to the next AVP. False at the end and after any error. The padding of the last AVP may be missing.
 *
 * When an AVP cannot be read, it->avp holds what is there of it, for a Failed-AVP: code, flags and vendor as far as
 * they were received (else 0); `octets` up to the end, or with DIA_EFORMAT the header alone; `data` what follows the
 * header. */
bool dia_avp_next(dia_avps *it);

/* A cursor into the current, Grouped, AVP. Its errors are its own. */
dia_avps dia_avp_enter(const dia_avps *it);

/* The current AVP's value. A wrong length sets it->err = DIA_EFORMAT and gives 0. Enumerated is Integer32. Float values
 * keep every bit, NaNs included. */
uint32_t dia_avp_u32(dia_avps *it);
uint64_t dia_avp_u64(dia_avps *it);
int32_t dia_avp_i32(dia_avps *it);
int64_t dia_avp_i64(dia_avps *it);
float dia_avp_f32(dia_avps *it);
double dia_avp_f64(dia_avps *it);

/* The first AVP with this code and vendor (0: none) in a message; DIA_ENOENT, or the cursor's error. */
int dia_avp_find(dia_bytes message, uint32_t code, uint32_t vendor, dia_avp *out);

/* ---- Writing ---- */

enum { DIA_NESTING_MAX = 16 }; /* depth of groups that builder and engine go along with */

/* Writes one message, or bare AVPs, into the caller's buffer. When it does not fit, the builder goes on counting, so
 * that dia_build_end() tells the size needed. Nothing beyond `cap` is ever touched. */
typedef struct dia_builder {
    uint8_t *buf;
    size_t cap;
    size_t n; /* octets written or needed so far */
    uint32_t group[DIA_NESTING_MAX];
    int depth;
    bool bare; /* AVPs without a header */
    int err;   /* the first error except "too small": DIA_EDEPTH, DIA_ESTATE, DIA_ERANGE (above 24 bits) */
} dia_builder;

/* Starts a message with this header. Its length is filled in at the end, version 0 becomes 1, reserved flags are
 * cleared. `buf` is kept; cap may be 0. */
void dia_build_begin(dia_builder *b, void *buf, size_t cap, const dia_header *header);

/* Starts bare AVPs, without a header: for the inside of a Failed-AVP, or the data of a group. */
void dia_build_begin_avps(dia_builder *b, void *buf, size_t cap);

/* Appends an AVP. `flags` takes DIA_AVP_M and DIA_AVP_P; V follows from vendor != 0. */
void dia_put_bytes(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, dia_bytes value);
void dia_put_u32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, uint32_t value);
void dia_put_u64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, uint64_t value);
void dia_put_i32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, int32_t value);
void dia_put_i64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, int64_t value);
void dia_put_f32(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, float value);
void dia_put_f64(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags, double value);

/* Opens and closes a Grouped AVP; everything put between them is inside. */
void dia_put_group(dia_builder *b, uint32_t code, uint32_t vendor, uint8_t flags);
void dia_put_group_end(dia_builder *b);

/* Appends octets as they are: one or more whole AVPs that were read elsewhere. Padding that the last one lacks is
 * added. */
void dia_put_octets(dia_builder *b, dia_bytes avps);

/* Ends the message and fills in its length. The number of octets; DIA_ESPACE when `cap` was too small (b->n is the size
 * needed); DIA_ESTATE when a group is still open; the sticky error otherwise. */
int64_t dia_build_end(dia_builder *b);

/* ---- Derived data types (RFC 6733, 4.3.1) ---- */

/* Address families of IANA that this library prints by name; any other is kept as a number and octets. */
enum { DIA_FAMILY_IPV4 = 1, DIA_FAMILY_IPV6 = 2, DIA_FAMILY_E164 = 8 };

/* Address. value.p == NULL means "absent". IPv4 has 4 octets, IPv6 16, E.164 digits in ASCII. */
typedef struct dia_address {
    uint16_t family;
    dia_bytes value; /* without the two octets of the family */
} dia_address;

/* From the data of an AVP. DIA_EFORMAT when below 2 octets, or when an IPv4 or IPv6 address has a wrong length. */
int dia_address_read(dia_bytes data, dia_address *out);

/* From "192.0.2.1", "2001:db8::1", "e164:4915112345678" or "family:N:HEX"; the octets go to `store`, which is kept in
 * *out. DIA_EFORMAT, or DIA_ESPACE when `store` is too small (16 octets suffice for IP). */
int dia_address_parse(dia_bytes text, uint8_t *store, size_t store_size, dia_address *out);

/* Prints what dia_address_parse() reads, NUL-terminated, IPv6 as RFC 5952 recommends. The length without NUL, or
 * DIA_ESPACE; DIA_EINVAL for an absent address. */
int dia_address_print(const dia_address *address, char *to, size_t size);

/* Time: seconds of the NTP era in 32 bits. Values with the highest bit set lie in 1968 to 2036, others in 2036 to 2104
 * (RFC 6733, 4.3.1 with RFC 5905). Both functions convert to and from seconds since 1970-01-01 UTC. */
int64_t dia_time_to_unix(uint32_t ntp);
/* DIA_ERANGE before 1968-01-20T03:14:08Z and after 2104-02-26T09:42:23Z. */
int dia_time_from_unix(int64_t unix_seconds, uint32_t *ntp);

/* "2026-01-31T12:00:00Z" both ways. Print: length without NUL or DIA_ESPACE; DIA_ERANGE outside of the years 0 to 9999.
 * Parse: DIA_EFORMAT, DIA_ERANGE; takes an offset "+01:00" instead of Z. */
int dia_time_print(int64_t unix_seconds, char *to, size_t size);
int dia_time_parse(dia_bytes text, int64_t *unix_seconds);

/* Is it UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF)? */
bool dia_utf8_valid(dia_bytes text);

/* Is it a DiameterIdentity: a non-empty FQDN or realm of ASCII letters, digits, '-', '.' and '_', no longer than
 * DIA_IDENTITY_MAX octets, without empty labels (but for a dot at the end)? Internationalized names travel as A-labels. */
enum { DIA_IDENTITY_MAX = 255 };
bool dia_identity_valid(dia_bytes text);

/* DiameterURI. The defaults of RFC 6733, 4.3.1 are filled in by parsing and left out by printing. */
typedef enum dia_transport { DIA_TRANSPORT_TCP, DIA_TRANSPORT_SCTP, DIA_TRANSPORT_UDP } dia_transport;
typedef enum dia_protocol { DIA_PROTOCOL_DIAMETER, DIA_PROTOCOL_RADIUS, DIA_PROTOCOL_TACACS } dia_protocol;
typedef struct dia_uri {
    bool secure;     /* aaas */
    dia_bytes fqdn;  /* a view into the text; an IPv6 literal stands in brackets and is given without them */
    uint16_t port;   /* default 3868, aaas 5658 in RFC 6733 but 5868 at IANA (erratum 3997): 5868 */
    bool port_given; /* then it is printed; also true for ":0", which asks the kernel to choose when listening */
    dia_transport transport; /* default tcp (RFC 6733; RFC 3588 had sctp) */
    dia_protocol protocol;   /* default diameter */
} dia_uri;

/* DIA_EFORMAT when the text is no DiameterURI. */
int dia_uri_parse(dia_bytes text, dia_uri *out);
/* The shortest text that parses to the same. Length without NUL, or DIA_ESPACE. */
int dia_uri_print(const dia_uri *uri, char *to, size_t size);

/* IPFilterRule (RFC 6733, 4.3.1): action dir proto from src to dst [options]. */
typedef enum dia_filter_action { DIA_FILTER_PERMIT, DIA_FILTER_DENY } dia_filter_action;
typedef enum dia_filter_dir { DIA_FILTER_IN, DIA_FILTER_OUT } dia_filter_dir;

typedef struct dia_port_range {
    uint16_t first, last;
} dia_port_range;

enum { DIA_FILTER_PORTS_MAX = 16 };

typedef struct dia_filter_end {
    bool invert;    /* "!" before the address */
    bool any;       /* "any" */
    bool assigned;  /* "assigned": the address of the terminal */
    uint8_t family; /* DIA_FAMILY_IPV4 or DIA_FAMILY_IPV6, 0 with any and assigned */
    uint8_t prefix; /* length in bits: 32 or 128 for one host */
    uint8_t address[16];
    uint8_t n_ports;
    dia_port_range ports[DIA_FILTER_PORTS_MAX];
} dia_filter_end;

/* Option bits; a bit in `..._not` means the option stood there with "!". */
enum {
    DIA_TCPFLAG_FIN = 1,
    DIA_TCPFLAG_SYN = 2,
    DIA_TCPFLAG_RST = 4,
    DIA_TCPFLAG_PSH = 8,
    DIA_TCPFLAG_ACK = 16,
    DIA_TCPFLAG_URG = 32
};
enum { DIA_IPOPT_SSRR = 1, DIA_IPOPT_LSRR = 2, DIA_IPOPT_RR = 4, DIA_IPOPT_TS = 8 };
enum { DIA_TCPOPT_MSS = 1, DIA_TCPOPT_WINDOW = 2, DIA_TCPOPT_SACK = 4, DIA_TCPOPT_TS = 8, DIA_TCPOPT_CC = 16 };

typedef struct dia_filter_rule {
    dia_filter_action action;
    dia_filter_dir dir;
    bool any_protocol; /* "ip" */
    uint8_t protocol;
    dia_filter_end from, to;
    bool frag, established, setup;
    uint8_t ip_options, ip_options_not;   /* DIA_IPOPT_... */
    uint8_t tcp_options, tcp_options_not; /* DIA_TCPOPT_... */
    uint8_t tcp_flags, tcp_flags_not;     /* DIA_TCPFLAG_... */
    uint64_t icmp_types[4];               /* bit t of 256: ICMP type t */
    bool has_icmp_types;
} dia_filter_rule;

/* DIA_EFORMAT with *where (may be NULL) = offset of the first octet that does not fit; DIA_ESPACE: too many ports. */
int dia_filter_rule_parse(dia_bytes text, dia_filter_rule *out, size_t *where);
/* In the RFC's order of words. Length without NUL, or DIA_ESPACE; DIA_EINVAL when a field is out of its range. */
int dia_filter_rule_print(const dia_filter_rule *rule, char *to, size_t size);

/* QoSFilterRule (RFC 6733, 4.3.1 points to RFC 3588, 4.3): action dir proto from src to dst [DSCP c] [metering r c e]. */
typedef enum dia_qos_action { DIA_QOS_TAG, DIA_QOS_METER } dia_qos_action;
typedef struct dia_qos_rule {
    dia_qos_action action;
    dia_filter_rule match; /* its action is unused */
    bool has_dscp;
    uint8_t dscp; /* 0..63 */
    bool has_metering;
    uint32_t rate;                   /* bits per second */
    uint8_t color_under, color_over; /* DSCP below and above the rate; 255: "drop" */
} dia_qos_rule;
int dia_qos_rule_parse(dia_bytes text, dia_qos_rule *out, size_t *where);
int dia_qos_rule_print(const dia_qos_rule *rule, char *to, size_t size);

#ifdef __cplusplus
}
#endif
#endif
