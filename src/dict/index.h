/* The index of many dictionaries: what its maker and its reader share. Stays in this folder. */
#ifndef DICT_INDEX_H
#define DICT_INDEX_H

#include "diatom/dict.h"

/* FNV-1a: the key of a name in dia_index.by_name. Compiled tables hold what comes of it. */
static inline uint32_t dia_name_hash(dia_bytes name)
{
    uint32_t h = 0x811c9dc5;
    for (size_t i = 0; i < name.n; i++)
        h = (h ^ name.p[i]) * 0x01000193;
    return h;
}

/* One number of both: the key of an AVP in dia_index.by_code and by_other. Different ones may come to the same. */
static inline uint32_t dia_index_key(uint32_t code, uint32_t vendor)
{
    return code + vendor * 0x9e3779b1U;
}

/* find.c: an AVP by one kind of its names alone. */
const dia_avp_def *dia_dict_avp_exact(const dia_dict *dict, dia_bytes name);
const dia_avp_def *dia_dict_avp_alias(const dia_dict *dict, dia_bytes name);

#endif
