/* A name server of a few rows, for tests: records as text, answers as octets. */
#ifndef TESTS_DISCOVER_ZONE_H
#define TESTS_DISCOVER_ZONE_H

#include "discover/discover.h"

/* `data` as in zone files; NAPTR without quotes, "-" where a string is empty. */
typedef struct zone_record {
    const char *name, *type;
    uint32_t ttl_s;
    const char *data;
} zone_record;

enum { ZONE_MESSAGE = 65535 };

/* How the answers are bent. All zero: honest. */
typedef struct zone_lie {
    const char *name; /* answers of this name alone; NULL: all */
    unsigned code;    /* RCODE */
    uint16_t flags;   /* that are changed */
    uint16_t class_;  /* of the records; 0: IN */
    int counts;       /* that the header says more than there are */
    size_t cut;       /* octets that are missing at the end */
    bool other_question;
    bool no_soa, ns;
    bool silent;
} zone_lie;

/* The answer to a question, in `to`; 0: silence. Below a name that has anything it exists. */
size_t zone_answer(const zone_record *zone, size_t n, const zone_lie *lie, const char *name, unsigned type,
                   uint8_t *to);

/* Appends to a message. */
size_t zone_put_name(uint8_t *to, size_t at, const char *name);
size_t zone_put_record(uint8_t *to, size_t at, const zone_record *record, unsigned class_);

#endif
