/* Random valid messages of any command, drawn from its tables. */
#ifndef PROOF_DRAW_H
#define PROOF_DRAW_H

#include "diatom/dict.h"

enum { DRAW_WAY_MAX = 2 };

/* What a message should be like. The same wish gives the same message, whatever was drawn before. */
typedef struct draw_wish {
    uint64_t seed;
    int percent; /* the chance of each optional AVP of the command itself; less inside groups. 0: only what must be */
    bool presentable; /* contents that other decoders look into are what their specifications say (content.h), and no
                       * value stands at the edge of what it may be */
    const dia_dicts *dicts; /* other AVPs, where [ AVP ] allows them, are from here, or from nowhere at all */
    const dia_field *way[DRAW_WAY_MAX]; /* groups, each inside the one before, that are there in any case */
    size_t n_way;
} draw_wish;

typedef struct draw {
    draw_wish wish;
    uint64_t state;
    dia_arena *arena;
    const dia_dict *dict;
    int depth;
    size_t n_avps; /* drawn so far: from some number on, only what must be */
} draw;

/* Starts to draw for a dictionary. Everything is allocated in the arena. */
void draw_begin(draw *d, const dia_dict *dict, const draw_wish *wish, dia_arena *arena);

/* A struct of the grammar; NULL when the arena is used up. */
void *draw_struct(draw *d, const dia_grammar *grammar);

/* A whole AVP as octets, padded, with these flags (V follows from the vendor); absent when the arena is used up. */
dia_bytes draw_avp(draw *d, const dia_avp_def *avp, uint8_t flags);

/* An AVP that no dictionary and no grammar knows, with or without the M bit. */
dia_bytes draw_stranger(draw *d, bool must);

/* Octets of one element where a field is a list. */
size_t draw_size_of_element(const dia_field *f);

/* 0 to below - 1. */
uint32_t draw_below(draw *d, uint32_t below);

/* A body on its own as a command without a name for it: any grammar can be encoded and decoded. */
dia_command draw_command_of(const dia_dict *dict, const dia_grammar *grammar);

/* A seed that is one's own: of a text and a number. */
uint64_t draw_seed(const char *name, uint64_t number);

#endif
