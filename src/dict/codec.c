/* Hooks: which AVPs a dictionary gives to codecs, and codecs on call. */
#include "dict/codec.h"

#include "dict/reading.h"
#include "wire/wire.h"

/* ---- On call ---- */

int dia_codec_decode(const dia_avp_def *avp, dia_bytes wire, dia_arena *arena, dia_bytes *data)
{
    const dia_codec *codec = dia_codec_of(avp);
    *data = wire;
    if (!codec || !codec->decode)
        return 0;
    const dia_codec_call call = { avp, avp->hook->function };
    dia_bytes out = { NULL, 0 };
    const int err = codec->decode(codec->arg, &call, wire, arena, &out);
    if (err == DIA_ENOMEM && !arena->err)
        arena->err = err;
    if (arena->err)
        return arena->err;
    if (err || out.n > DIA_LENGTH_MAX || (out.n && !out.p))
        return DIA_EFORMAT;
    /* An empty value is there, an absent one would not be. */
    *data = out.n ? out : (dia_bytes){ wire.p, 0 };
    return 0;
}

int64_t dia_codec_encode(const dia_avp_def *avp, dia_bytes data, void *to, size_t cap)
{
    const dia_codec *codec = dia_codec_of(avp);
    const dia_codec_call call = { avp, avp->hook->function };
    const int64_t n = codec->encode(codec->arg, &call, data, to, cap);
    if (n < 0)
        return n == DIA_ENOMEM ? n : DIA_EFORMAT;
    return n <= DIA_LENGTH_MAX ? n : DIA_ERANGE;
}

const dia_allocator *dia_dict_alloc(const dia_dict *dict)
{
    return dict->loaded ? dict->loaded->alloc : NULL;
}

/* ---- Hooks ---- */

const dia_codec_named *dict_codec_named(const dia_dict_reader *reader, dia_bytes name)
{
    for (size_t i = 0; i < reader->n_codecs; i++)
        if (dia_bytes_equal(name, dia_cstr(reader->codecs[i].name)))
            return &reader->codecs[i];
    return NULL;
}

dia_hook *dia_hook_new(dia_arena *arena, const char *module, const char *function, bool custom,
                       const dia_codec_named *codec)
{
    struct {
        dia_hook hook;
        dia_codec codec;
    } *made = dia_arena_get0(arena, sizeof *made);
    if (!made)
        return NULL;
    made->hook = (dia_hook){ .module = module, .function = function, .custom = custom };
    if (codec) {
        made->codec = codec->codec;
        made->hook.codec = &made->codec;
    }
    return &made->hook;
}

bool dia_hook_equal(const dia_hook *a, const dia_hook *b)
{
    if (!a || !b)
        return a == b;
    return a->custom == b->custom && strcmp(a->module, b->module) == 0 && strcmp(a->function, b->function) == 0;
}
