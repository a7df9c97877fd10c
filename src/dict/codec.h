/* Codecs on call: what they give is looked at before anything trusts it. Stays in this folder. */
#ifndef DICT_CODEC_H
#define DICT_CODEC_H

#include "diatom/dict.h"

/* NULL: values are on the wire as their type is. */
static inline const dia_codec *dia_codec_of(const dia_avp_def *avp)
{
    return avp->hook ? avp->hook->codec : NULL;
}

/* The payload on the wire as one of the declared type, which is not looked into. 0; DIA_EFORMAT: the codec cannot translate
 * it; DIA_ENOMEM, DIA_ESPACE, which are the arena's error then. Without a codec it is as it is. *data is never absent. */
int dia_codec_decode(const dia_avp_def *avp, dia_bytes wire, dia_arena *arena, dia_bytes *data);

/* The other way: the length, written when it fits. DIA_EFORMAT as above; DIA_ENOMEM; DIA_ERANGE: no AVP is so long. */
int64_t dia_codec_encode(const dia_avp_def *avp, dia_bytes data, void *to, size_t cap);

/* What @codecs or @custom_types say about an AVP, in the arena; NULL when it is used up. */
dia_hook *dia_hook_new(dia_arena *arena, const char *module, const char *function, bool custom,
                       const dia_codec_named *codec);

/* Do both say the same? */
bool dia_hook_equal(const dia_hook *a, const dia_hook *b);

/* Where the memory of a dictionary comes from. */
const dia_allocator *dia_dict_alloc(const dia_dict *dict);

#endif
