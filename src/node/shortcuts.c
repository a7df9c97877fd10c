/* Shortcuts by what a message has: a map from the hash of usage, key and application, and a heap of their ends. */
#include "node/shortcuts.h"

/* RFC 6733, 6.13: the first one that there is counts. */
static const uint8_t precedence[] = { DIA_REDIRECT_ALL_SESSION,           DIA_REDIRECT_ALL_USER,
                                      DIA_REDIRECT_REALM_AND_APPLICATION, DIA_REDIRECT_ALL_REALM,
                                      DIA_REDIRECT_ALL_APPLICATION,       DIA_REDIRECT_ALL_HOST };

/* What each usage goes by. */
typedef struct rule {
    bool has_key, nocase, application;
    size_t key; /* offset in dia_shortcut_keys */
} rule;

static const rule rules[DIA_REDIRECT_USAGES] = {
    [DIA_REDIRECT_ALL_SESSION] = { true, false, false, offsetof(dia_shortcut_keys, session) },
    [DIA_REDIRECT_ALL_REALM] = { true, true, false, offsetof(dia_shortcut_keys, realm) },
    [DIA_REDIRECT_REALM_AND_APPLICATION] = { true, true, true, offsetof(dia_shortcut_keys, realm) },
    [DIA_REDIRECT_ALL_APPLICATION] = { false, false, true, 0 },
    [DIA_REDIRECT_ALL_HOST] = { true, true, false, offsetof(dia_shortcut_keys, host) },
    [DIA_REDIRECT_ALL_USER] = { true, false, false, offsetof(dia_shortcut_keys, user) },
};

/* Where case counts, octets that differ in it are two keys. */
static uint64_t hash_exactly(dia_bytes key, uint64_t seed)
{
    uint64_t hash = dia_hash_nocase(key, seed), last = 0;
    size_t at = 0;
    for (; at + 8 <= key.n; at += 8)
        hash = dia_hash_u64(hash ^ dia_load64(key.p + at), seed);
    for (; at < key.n; at++)
        last = last << 8 | key.p[at];
    return dia_hash_u64(hash ^ last, seed);
}

static dia_bytes key_of(unsigned usage, const dia_shortcut_keys *keys)
{
    dia_bytes key = { NULL, 0 };
    if (rules[usage].has_key)
        memcpy(&key, (const uint8_t *)keys + rules[usage].key, sizeof key);
    return key;
}

static uint64_t hash_of(const dia_shortcuts *shortcuts, unsigned usage, dia_bytes key, uint32_t application)
{
    const rule *r = &rules[usage];
    uint64_t hash = dia_hash_u64(usage, shortcuts->seed);
    if (r->has_key)
        hash ^= r->nocase ? dia_hash_nocase(key, shortcuts->seed) : hash_exactly(key, shortcuts->seed);
    if (r->application)
        hash = dia_hash_u64(hash ^ application, shortcuts->seed);
    return hash;
}

static bool is_for(const dia_shortcut *s, unsigned usage, dia_bytes key, uint32_t application)
{
    const rule *r = &rules[usage];
    if (s->usage != usage || (r->application && s->application != application))
        return false;
    return !r->has_key || (r->nocase ? dia_bytes_equal_nocase(s->key, key) : dia_bytes_equal(s->key, key));
}

void dia_shortcuts_init(dia_shortcuts *shortcuts, size_t max, size_t octets, uint64_t seed, const dia_allocator *alloc)
{
    *shortcuts = (dia_shortcuts){ .alloc = alloc, .max = max, .octets = octets, .seed = seed };
    dia_list_init(&shortcuts->all);
    dia_map_init(&shortcuts->by_key, seed, alloc);
    dia_heap_init(&shortcuts->by_expiry, alloc);
}

static void drop(dia_shortcuts *shortcuts, dia_shortcut *s)
{
    dia_map_remove(&shortcuts->by_key, s->hash);
    dia_heap_remove(&shortcuts->by_expiry, &s->expiry);
    dia_list_remove(&s->link);
    shortcuts->n--;
    shortcuts->n_of[s->usage]--;
    shortcuts->held -= s->size;
    dia_release(shortcuts->alloc, s, s->size);
}

/* The one that expires first; NULL: there is none. */
static dia_shortcut *first(const dia_shortcuts *shortcuts)
{
    dia_timer *timer = dia_heap_first(&shortcuts->by_expiry);
    return timer ? DIA_OF(timer, dia_shortcut, expiry) : NULL;
}

static void expire(dia_shortcuts *shortcuts, int64_t now_us)
{
    for (dia_shortcut *s; (s = first(shortcuts)) && s->expiry.at <= now_us;)
        drop(shortcuts, s);
}

void dia_shortcuts_done(dia_shortcuts *shortcuts)
{
    for (dia_shortcut *s; (s = first(shortcuts));)
        drop(shortcuts, s);
    dia_map_done(&shortcuts->by_key);
    dia_heap_done(&shortcuts->by_expiry);
}

static dia_shortcut *shortcut_new(const dia_shortcuts *shortcuts, dia_bytes key, dia_bytes to)
{
    const size_t size = sizeof(dia_shortcut) + key.n + to.n;
    dia_shortcut *s = dia_alloc0(shortcuts->alloc, size);
    if (!s)
        return NULL;
    uint8_t *at = (uint8_t *)(s + 1);
    s->size = size;
    if (key.n)
        memcpy(at, key.p, key.n);
    s->key = (dia_bytes){ at, key.n };
    memcpy(at + key.n, to.p, to.n);
    s->to = (dia_bytes){ at + key.n, to.n };
    return s;
}

int dia_shortcuts_put(dia_shortcuts *shortcuts, dia_redirect_usage usage, const dia_shortcut_keys *keys, dia_bytes to,
                      int64_t expires_us, int64_t now_us)
{
    if (usage == DIA_REDIRECT_DONT_CACHE || (unsigned)usage >= DIA_REDIRECT_USAGES)
        return 0;
    const dia_bytes key = key_of(usage, keys);
    if ((rules[usage].has_key && !key.p) || expires_us <= now_us)
        return 0;
    expire(shortcuts, now_us);
    const size_t size = sizeof(dia_shortcut) + key.n + to.n;
    if (!shortcuts->max || size > shortcuts->octets)
        return DIA_ESPACE;
    dia_shortcut *s = shortcut_new(shortcuts, key, to);
    if (!s)
        return DIA_ENOMEM;
    s->usage = (uint8_t)usage;
    s->application = keys->application;
    s->hash = hash_of(shortcuts, usage, key, keys->application);
    dia_shortcut *old = dia_map_get(&shortcuts->by_key, s->hash);
    if (old)
        drop(shortcuts, old);
    while (shortcuts->n >= shortcuts->max || shortcuts->held + size > shortcuts->octets)
        drop(shortcuts, first(shortcuts));
    if (dia_heap_set(&shortcuts->by_expiry, &s->expiry, expires_us)) {
        dia_release(shortcuts->alloc, s, size);
        return DIA_ENOMEM;
    }
    if (dia_map_put(&shortcuts->by_key, s->hash, s)) {
        dia_heap_remove(&shortcuts->by_expiry, &s->expiry);
        dia_release(shortcuts->alloc, s, size);
        return DIA_ENOMEM;
    }
    dia_list_push_back(&shortcuts->all, &s->link);
    shortcuts->n++;
    shortcuts->n_of[usage]++;
    shortcuts->held += size;
    return 0;
}

const dia_shortcut *dia_shortcuts_find(dia_shortcuts *shortcuts, const dia_shortcut_keys *keys, int64_t now_us,
                                       const dia_shortcut *after)
{
    size_t i = 0;
    expire(shortcuts, now_us);
    while (after && precedence[i++] != after->usage)
        ;
    for (; i < sizeof precedence; i++) {
        const unsigned usage = precedence[i];
        const dia_bytes key = key_of(usage, keys);
        if (!shortcuts->n_of[usage] || (rules[usage].has_key && !key.p))
            continue;
        const dia_shortcut *s = dia_map_get(&shortcuts->by_key, hash_of(shortcuts, usage, key, keys->application));
        if (s && is_for(s, usage, key, keys->application))
            return s;
    }
    return NULL;
}

void dia_shortcuts_remove(dia_shortcuts *shortcuts, const dia_shortcut *shortcut)
{
    drop(shortcuts, dia_map_get(&shortcuts->by_key, shortcut->hash));
}

void dia_shortcuts_forget(dia_shortcuts *shortcuts, dia_bytes to)
{
    DIA_LIST_EACH (p, &shortcuts->all) {
        dia_shortcut *s = DIA_OF(p, dia_shortcut, link);
        if (dia_bytes_equal_nocase(s->to, to))
            drop(shortcuts, s);
    }
}
