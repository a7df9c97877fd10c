/* Hash tables: against plain models, with dense and hostile keys. */
#include "base/base.h"

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

static void keys_find_their_values(void)
{
    static const uint64_t keys[] = { 0, 1, UINT64_MAX, UINT64_C(1) << 32, UINT64_C(1) << 63 };
    int values[5];
    dia_map map;
    dia_map_init(&map, 1, harness_allocator());
    check(dia_map_get(&map, 0) == NULL);
    check(dia_map_remove(&map, 0) == NULL);
    for (int i = 0; i < 5; i++) {
        need_int(dia_map_put(&map, keys[i], &values[i]), 0);
        need_int(dia_map_put(&map, keys[i], &values[0]), DIA_EEXIST);
    }
    for (int i = 0; i < 5; i++)
        need(dia_map_get(&map, keys[i]) == &values[i]);
    need(dia_map_get(&map, 2) == NULL);
    need(dia_map_remove(&map, 1) == &values[1]);
    need(dia_map_remove(&map, 1) == NULL);
    need_int(map.n, 4);
done:
    dia_map_done(&map);
}

static void putting_and_removing_at_random_is_like_an_array(void)
{
    enum { KEYS = 500 };
    static const uint8_t seed[32] = { 3 };
    static void *model[KEYS];
    dia_random random;
    dia_random_init(&random, seed);
    memset(model, 0, sizeof model);
    dia_map map;
    dia_map_init(&map, dia_random_u64(&random), harness_allocator());
    for (int i = 0; i < 20000; i++) {
        const uint64_t key = dia_random_below(&random, KEYS);
        if (dia_random_below(&random, 2)) {
            need_int(dia_map_put(&map, key, &model[key]), model[key] ? DIA_EEXIST : 0);
            model[key] = &model[key];
        } else {
            need(dia_map_remove(&map, key) == model[key]);
            model[key] = NULL;
        }
        const uint64_t other = dia_random_below(&random, KEYS);
        need(dia_map_get(&map, other) == model[other]);
    }
    size_t n = 0, at = 0;
    uint64_t key;
    for (void *value; (value = dia_map_next(&map, &at, &key)); n++)
        need(key < KEYS && value == model[key]);
    need_int(n, map.n);
    for (size_t i = 0; i < KEYS; i++)
        n -= model[i] != NULL;
    need_int(n, 0);
done:
    dia_map_done(&map);
}

static void map_keeps_its_entries_when_it_cannot_grow(void)
{
    int value;
    dia_map map;
    dia_map_init(&map, 1, harness_allocator());
    uint64_t put = 0;
    while (put < 100 && dia_map_put(&map, put, &value) == 0)
        put++;
    if (!harness_injected())
        check_int(put, 100);
    check_int(map.n, put);
    for (uint64_t i = 0; i < 100; i++)
        if ((dia_map_get(&map, i) != NULL) != (i < put))
            abort();
    dia_map_done(&map);
}

static void names_are_found_in_any_case(void)
{
    int a, b, c;
    dia_names names;
    dia_names_init(&names, 42, harness_allocator());
    check(dia_names_get(&names, dia_cstr("x")) == NULL);
    check(dia_names_remove(&names, dia_cstr("x")) == NULL);
    need_int(dia_names_put(&names, dia_cstr("Server.Example.NET"), &a), 0);
    need_int(dia_names_put(&names, dia_cstr("server.example.net"), &b), DIA_EEXIST);
    need_int(dia_names_put(&names, dia_cstr(""), &b), 0);
    need_int(dia_names_put(&names, dia_cstr("server.example.net."), &c), 0);
    need(dia_names_get(&names, dia_cstr("SERVER.example.net")) == &a);
    need(dia_names_get(&names, dia_cstr("")) == &b);
    need(dia_names_get(&names, dia_cstr("server.example.neT.")) == &c);
    need(dia_names_remove(&names, dia_cstr("server.EXAMPLE.net")) == &a);
    need(dia_names_get(&names, dia_cstr("server.example.net")) == NULL);
    need_int(names.n, 2);
done:
    dia_names_done(&names);
}

static void many_names_come_and_go(void)
{
    enum { COUNT = 400 };
    static char texts[COUNT][32];
    dia_names names;
    dia_names_init(&names, 5, harness_allocator());
    for (int i = 0; i < COUNT; i++) {
        snprintf(texts[i], sizeof texts[i], "Peer-%d.example.net", i);
        need_int(dia_names_put(&names, dia_cstr(texts[i]), texts[i]), 0);
    }
    for (int i = 0; i < COUNT; i += 2)
        need(dia_names_remove(&names, dia_cstr(texts[i])) == texts[i]);
    for (int i = 0; i < COUNT; i++) {
        char other[32];
        snprintf(other, sizeof other, "pEER-%d.EXAMPLE.net", i);
        need(dia_names_get(&names, dia_cstr(other)) == (i % 2 ? texts[i] : NULL));
    }
    size_t at = 0, n = 0;
    dia_bytes name;
    for (void *value; (value = dia_names_next(&names, &at, &name)); n++)
        need(name.p == value);
    need_int(n, COUNT / 2);
done:
    dia_names_done(&names);
}

static void hash_ignores_case_at_every_length(void)
{
    static const uint8_t seed[32] = { 9 };
    dia_random random;
    dia_random_init(&random, seed);
    for (size_t n = 0; n < 70; n++) {
        uint8_t a[70], b[70];
        dia_random_fill(&random, a, n);
        for (size_t i = 0; i < n; i++)
            b[i] = dia_lower(a[i]);
        check(dia_hash_nocase((dia_bytes){ a, n }, 7) == dia_hash_nocase((dia_bytes){ b, n }, 7));
        check(dia_hash_nocase((dia_bytes){ a, n }, 7) != dia_hash_nocase((dia_bytes){ a, n }, 8));
        if (n == 0)
            continue;
        b[n / 2] ^= 0x80;
        check(dia_hash_nocase((dia_bytes){ a, n }, 7) != dia_hash_nocase((dia_bytes){ b, n }, 7));
    }
}

static void octets_beside_the_letters_are_told_apart(void)
{
    /* '@' '[' and their neighbours of the lower case, inside a word of eight octets. */
    for (int c = 0; c < 256; c++) {
        uint8_t a[8], b[8];
        memset(a, c, sizeof a);
        memset(b, c ^ 0x20, sizeof b);
        const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        check((dia_hash_nocase((dia_bytes){ a, 8 }, 7) == dia_hash_nocase((dia_bytes){ b, 8 }, 7)) == is_letter);
    }
}

static void seed_changes_where_numbers_go(void)
{
    int same = 0;
    for (uint64_t key = 0; key < 1000; key++)
        same += (dia_hash_u64(key, 1) & 1023) == (dia_hash_u64(key, 2) & 1023);
    check(same < 20);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "keys_find_their_values", keys_find_their_values },
        { "putting_and_removing_at_random_is_like_an_array", putting_and_removing_at_random_is_like_an_array },
        { "map_keeps_its_entries_when_it_cannot_grow", map_keeps_its_entries_when_it_cannot_grow },
        { "names_are_found_in_any_case", names_are_found_in_any_case },
        { "many_names_come_and_go", many_names_come_and_go },
        { "hash_ignores_case_at_every_length", hash_ignores_case_at_every_length },
        { "octets_beside_the_letters_are_told_apart", octets_beside_the_letters_are_told_apart },
        { "seed_changes_where_numbers_go", seed_changes_where_numbers_go },
    };
    return HARNESS_RUN("base/map", tests);
}
