/* Shortcuts: what redirects said for more than one message (RFC 6733, 6.13 and 6.14). A pure structure: it knows no peers and
 * no clock. */
#ifndef NODE_SHORTCUTS_H
#define NODE_SHORTCUTS_H

#include "base/base.h"
#include "diatom/node.h"

/* What a message can be found by; absent: it does not have it. */
typedef struct dia_shortcut_keys {
    dia_bytes session, user; /* Session-Id, User-Name: octet by octet */
    dia_bytes realm;         /* Destination-Realm, in any case */
    dia_bytes host;          /* the peer that it would go to, in any case */
    uint32_t application;
} dia_shortcut_keys;

typedef struct dia_shortcut {
    dia_list link; /* in dia_shortcuts.all */
    dia_timer expiry;
    uint64_t hash;
    uint32_t application;
    uint8_t usage; /* dia_redirect_usage */
    size_t size;   /* of the block, with the octets behind it */
    dia_bytes key; /* the one of the keys that counts for its usage; absent: the application alone does */
    dia_bytes to;  /* the host that it leads to */
} dia_shortcut;

enum { DIA_REDIRECT_USAGES = DIA_REDIRECT_ALL_USER + 1 };

typedef struct dia_shortcuts {
    const dia_allocator *alloc;
    dia_list all;
    dia_map by_key;
    dia_heap by_expiry;
    size_t n_of[DIA_REDIRECT_USAGES];
    size_t n, held;     /* how many, and their octets */
    size_t max, octets; /* and what of both there may be: those that expire first make way */
    uint64_t seed;
} dia_shortcuts;

void dia_shortcuts_init(dia_shortcuts *shortcuts, size_t max, size_t octets, uint64_t seed, const dia_allocator *alloc);
void dia_shortcuts_done(dia_shortcuts *shortcuts);

/* Messages that have this in common with `keys` go to the host `to`, until then; what was said of them before counts no longer.
 * 0 also when there is nothing to remember: usage DONT_CACHE or unknown, or a message without what it wants. DIA_ENOMEM,
 * DIA_ESPACE. Copied. */
int dia_shortcuts_put(dia_shortcuts *shortcuts, dia_redirect_usage usage, const dia_shortcut_keys *keys, dia_bytes to,
                      int64_t expires_us, int64_t now_us);

/* The next one for such a message behind `after` (NULL: the first), in the order of precedence of 6.13; NULL: no more. Valid
 * until the next put, remove or forget. */
const dia_shortcut *dia_shortcuts_find(dia_shortcuts *shortcuts, const dia_shortcut_keys *keys, int64_t now_us,
                                       const dia_shortcut *after);

void dia_shortcuts_remove(dia_shortcuts *shortcuts, const dia_shortcut *shortcut);

/* This host cannot be reached any more: what leads there is deleted (6.14). Looks at all of them. */
void dia_shortcuts_forget(dia_shortcuts *shortcuts, dia_bytes to);

#endif
