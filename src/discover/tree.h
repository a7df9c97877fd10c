/* The tree of a search: names that lead to names, asked from the realm downwards, and at its leaves the ways to peers. */
#ifndef DISCOVER_TREE_H
#define DISCOVER_TREE_H

#include "discover/discover.h"

enum { DIA_FOUND_NOTES = 64, DIA_FOUND_ADDRESSES = 16 };

typedef struct naptr {
    uint16_t order, preference;
    uint32_t via;
    dia_service_app app;
    char flag; /* 's', 'a', or 0: it leads on */
    const char *service, *replacement;
} naptr;

typedef struct srv {
    uint16_t priority, weight, port;
    const char *target;
} srv;

typedef struct question {
    dia_dns_type type;
    const char *name;  /* that stands in the tree */
    const char *asked; /* that is asked: the end of its aliases */
    uint32_t aliases;
    bool wanted; /* nobody has been told to ask it yet */
    bool done;
    dia_dns_verdict verdict;
    const char *why; /* of USELESS */
    uint32_t ttl_s;
    bool others; /* NAPTR records are for other applications */
    naptr *naptrs;
    srv *srvs;
    dia_address *addresses;
    size_t n;
} question;

/* A way, or the beginning of some. */
typedef struct branch {
    struct branch *first, *last, *next; /* what it leads to, in the order of trying */
    question *question;                 /* that has to be answered to know; NULL: it is a leaf */
    bool grown;
    bool foreign;
    uint32_t via;
    uint16_t order, preference;
    uint32_t depth;
    uint32_t ttl_s;
    const char *how;
    const char *host; /* of a leaf */
    uint16_t port;    /* 0: the default of its transport */
} branch;

/* A leaf with one transport. */
typedef struct way {
    const branch *leaf;
    uint32_t via;
    const question *a, *aaaa; /* NULL: too many questions */
} way;

struct dia_discovery {
    dia_discovery_config config;
    dia_arena arena;
    const char *realm;
    question **questions;
    uint32_t n_questions, n_given, n_done;
    branch *root;
    bool fell_back; /* from NAPTR to SRV */
    bool is_absent; /* the realm is no domain */
    bool others;    /* there are peers, of other applications */
    bool diameter;  /* NAPTR records of Diameter were seen */
    way *ways;      /* NULL: the tree still grows */
    size_t n_ways;
    const char **notes;
    size_t n_notes;
    bool failed; /* something that might have led somewhere was not answered */
    const char *failure;
    uint32_t negative_s;
    bool over;
    dia_findings findings;
};

/* text.c: into the arena; without memory something else, which nobody sees. */
const char *dia_quest_print(dia_discovery *d, const char *format, ...);
const char *dia_quest_copy(dia_discovery *d, const char *text);
void dia_quest_note(dia_discovery *d, const char *sentence);

/* walk.c: the same question is asked once, however many want it. NULL: there are too many. */
question *dia_quest_ask(dia_discovery *d, dia_dns_type type, const char *name);

/* record.c: the records of an answer, which end at this name. */
void dia_quest_read(dia_discovery *d, question *q, dia_bytes message, const char *end);

/* grow.c: what has been answered leads on. False: nothing has grown. */
bool dia_quest_grow(dia_discovery *d, branch *b);

/* settle.c: which ways there are, and what they need to be asked; what there is in the end. */
void dia_quest_choose(dia_discovery *d);
void dia_quest_end(dia_discovery *d);

static inline uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

#endif
