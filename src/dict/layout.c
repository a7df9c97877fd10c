/* Struct layout: where each field of a grammar stands in the C struct that the compiler writes for it. */
#include "dict/dict.h"

#include <stdalign.h>

#define MEMBER(type)                                                                                                   \
    {                                                                                                                  \
        sizeof(type), alignof(type), 0                                                                                 \
    }
#define MEMBER_PROBED(type, member)                                                                                    \
    {                                                                                                                  \
        sizeof(type), alignof(type), offsetof(type, member)                                                            \
    }

/* The 64-bit options are probed at the 8 octets that hold `set`, the 32-bit ones as a whole, views and lists at their
 * pointer. */
static const struct {
    uint16_t size, align, probe;
} members[DIA_STORES] = {
    [DIA_STORE_U32] = MEMBER(uint32_t),
    [DIA_STORE_U64] = MEMBER(uint64_t),
    [DIA_STORE_TIME] = MEMBER(int64_t),
    [DIA_STORE_OPT_U32] = MEMBER(dia_opt_u32),
    [DIA_STORE_OPT_U64] = MEMBER_PROBED(dia_opt_u64, set),
    [DIA_STORE_OPT_TIME] = MEMBER_PROBED(dia_opt_i64, set),
    [DIA_STORE_BYTES] = MEMBER_PROBED(dia_bytes, p),
    [DIA_STORE_ADDRESS] = MEMBER_PROBED(dia_address, value.p),
    [DIA_STORE_GROUP] = MEMBER(const void *),
    [DIA_STORE_U32S] = MEMBER_PROBED(dia_u32_list, v),
    [DIA_STORE_U64S] = MEMBER_PROBED(dia_u64_list, v),
    [DIA_STORE_TIMES] = MEMBER_PROBED(dia_i64_list, v),
    [DIA_STORE_BYTESS] = MEMBER_PROBED(dia_bytes_list, v),
    [DIA_STORE_ADDRESSES] = MEMBER_PROBED(dia_address_list, v),
    [DIA_STORE_GROUPS] = MEMBER_PROBED(dia_avp_list, v),
};

/* Per type: one that is required, one that is optional, a list. */
static const uint8_t stores[DIA_TYPES][3] = {
    [DIA_TYPE_OCTET_STRING] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
    [DIA_TYPE_INTEGER32] = { DIA_STORE_U32, DIA_STORE_OPT_U32, DIA_STORE_U32S },
    [DIA_TYPE_INTEGER64] = { DIA_STORE_U64, DIA_STORE_OPT_U64, DIA_STORE_U64S },
    [DIA_TYPE_UNSIGNED32] = { DIA_STORE_U32, DIA_STORE_OPT_U32, DIA_STORE_U32S },
    [DIA_TYPE_UNSIGNED64] = { DIA_STORE_U64, DIA_STORE_OPT_U64, DIA_STORE_U64S },
    [DIA_TYPE_FLOAT32] = { DIA_STORE_U32, DIA_STORE_OPT_U32, DIA_STORE_U32S },
    [DIA_TYPE_FLOAT64] = { DIA_STORE_U64, DIA_STORE_OPT_U64, DIA_STORE_U64S },
    [DIA_TYPE_GROUPED] = { DIA_STORE_GROUP, DIA_STORE_GROUP, DIA_STORE_GROUPS },
    [DIA_TYPE_ENUMERATED] = { DIA_STORE_U32, DIA_STORE_OPT_U32, DIA_STORE_U32S },
    [DIA_TYPE_ADDRESS] = { DIA_STORE_ADDRESS, DIA_STORE_ADDRESS, DIA_STORE_ADDRESSES },
    [DIA_TYPE_TIME] = { DIA_STORE_TIME, DIA_STORE_OPT_TIME, DIA_STORE_TIMES },
    [DIA_TYPE_UTF8_STRING] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
    [DIA_TYPE_IDENTITY] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
    [DIA_TYPE_URI] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
    [DIA_TYPE_IP_FILTER_RULE] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
    [DIA_TYPE_QOS_FILTER_RULE] = { DIA_STORE_BYTES, DIA_STORE_BYTES, DIA_STORE_BYTESS },
};

dia_store dia_store_of(dia_type type, uint32_t min, uint32_t max)
{
    if (max == 0)
        return DIA_STORE_NONE;
    if (max > 1)
        return (dia_store)stores[type][2];
    return (dia_store)stores[type][min == 0];
}

const char *dia_store_type_name(dia_store store, dia_type type)
{
    static const char *const names[DIA_TYPES][3] = {
        [DIA_TYPE_INTEGER32] = { "int32_t", "dia_opt_i32", "dia_i32_list" },
        [DIA_TYPE_INTEGER64] = { "int64_t", "dia_opt_i64", "dia_i64_list" },
        [DIA_TYPE_UNSIGNED32] = { "uint32_t", "dia_opt_u32", "dia_u32_list" },
        [DIA_TYPE_UNSIGNED64] = { "uint64_t", "dia_opt_u64", "dia_u64_list" },
        [DIA_TYPE_FLOAT32] = { "float", "dia_opt_f32", "dia_f32_list" },
        [DIA_TYPE_FLOAT64] = { "double", "dia_opt_f64", "dia_f64_list" },
        [DIA_TYPE_ENUMERATED] = { "int32_t", "dia_opt_i32", "dia_i32_list" },
        [DIA_TYPE_TIME] = { "int64_t", "dia_opt_i64", "dia_i64_list" },
    };
    switch (store) {
    case DIA_STORE_NONE:
    case DIA_STORE_GROUP:
    case DIA_STORE_GROUPS:
    case DIA_STORE_CODED:
    case DIA_STORES: return NULL;
    case DIA_STORE_BYTES: return "dia_bytes";
    case DIA_STORE_BYTESS: return "dia_bytes_list";
    case DIA_STORE_ADDRESS: return "dia_address";
    case DIA_STORE_ADDRESSES: return "dia_address_list";
    case DIA_STORE_U32:
    case DIA_STORE_U64:
    case DIA_STORE_TIME: return names[type][0];
    case DIA_STORE_OPT_U32:
    case DIA_STORE_OPT_U64:
    case DIA_STORE_OPT_TIME: return names[type][1];
    case DIA_STORE_U32S:
    case DIA_STORE_U64S:
    case DIA_STORE_TIMES: return names[type][2];
    }
    return NULL;
}

static size_t align_up(size_t n, size_t align)
{
    return (n + align - 1) / align * align;
}

int dia_layout(dia_field *fields, uint16_t *probes, size_t n, uint16_t *size, uint16_t *others)
{
    size_t end = 0, align = alignof(dia_avp_list);
    for (size_t i = 0; i < n; i++) {
        dia_field *field = &fields[i];
        const dia_store store = dia_store_of((dia_type)field->type, field->min, field->max);
        field->store = (uint8_t)store;
        field->handling = store && field->avp && field->avp->hook ? DIA_STORE_CODED : field->store;
        field->offset = probes[i] = 0;
        field->always = store == DIA_STORE_U32 || store == DIA_STORE_U64 || store == DIA_STORE_TIME;
        if (store == DIA_STORE_NONE)
            continue;
        const size_t offset = align_up(end, members[store].align);
        end = offset + members[store].size;
        if (end > UINT16_MAX)
            return DIA_ESPACE;
        if (align < members[store].align)
            align = members[store].align;
        field->offset = (uint16_t)offset;
        /* Eight octets at a probe lie inside the struct: behind every field stands the list of others. */
        probes[i] = (uint16_t)(offset + members[store].probe);
    }
    const size_t last = align_up(end, alignof(dia_avp_list));
    const size_t whole = align_up(last + sizeof(dia_avp_list), align);
    if (whole > UINT16_MAX)
        return DIA_ESPACE;
    *others = (uint16_t)last;
    *size = (uint16_t)whole;
    return 0;
}
