/* Sends messages through the structs of their commands.
 *
 *     through < messages.bin > again.bin
 *
 * Whole messages, one behind the other, are decoded and encoded again; a message without a command of its application in
 * any dictionary is copied. For each of them one line goes to standard error: the number of the application and "absent",
 * "sound", or the Result-Code and the words of what the grammar says against it at level strict. */
#include "wire/wire.h"

#include "diatom/app/all.h"

#include <stdio.h>
#include <stdlib.h>

enum { OCTETS_MAX = 1 << 20, ARENA_MAX = 1 << 24 };

static uint8_t octets[OCTETS_MAX];

static int fail(const char *what)
{
    fprintf(stderr, "through: %s\n", what);
    return 1;
}

/* The base protocol is everybody's; any other application has to be its own dictionary's. */
static const dia_command *command_of(const dia_header *h)
{
    const bool request = h->flags & DIA_FLAG_REQUEST;
    const dia_dict *dict = dia_dicts_application(&dia_dicts_all, h->application);
    return dict ? dia_dicts_command(&dia_dicts_all, h->application, h->command, request) : NULL;
}

static dia_bytes again(const dia_command *command, const dia_header *h, dia_bytes message, dia_arena *arena)
{
    static uint8_t room[2 * OCTETS_MAX];
    const void *out;
    dia_fault fault;
    const int err = dia_decode(command, message, DIA_LEVEL_STRICT, arena, &out, &fault);
    if (err == DIA_ERULE)
        fprintf(stderr, "%u %u %s: %s\n", h->application, fault.result_code, command->name, fault.text);
    else
        fprintf(stderr, "%u %s\n", h->application, err ? dia_strerror(err) : "sound");
    if (dia_decode(command, message, DIA_LEVEL_OFF, arena, &out, NULL))
        return (dia_bytes){ NULL, 0 };
    const int64_t n = dia_encode(command, out, DIA_LEVEL_OFF, h, NULL, room, sizeof room, NULL, NULL);
    return (dia_bytes){ room, n < 0 ? 0 : (size_t)n };
}

int main(void)
{
    const size_t size = fread(octets, 1, sizeof octets, stdin);
    dia_arena arena;
    dia_arena_init(&arena, NULL, 0, ARENA_MAX, NULL);
    for (size_t at = 0; at < size;) {
        const int64_t n = dia_frame_cut((dia_bytes){ octets + at, size - at }, sizeof octets);
        if (n <= 0)
            return fail("the input is no messages");
        dia_bytes message = { octets + at, (size_t)n };
        dia_header h;
        if (dia_header_read(message, &h))
            return fail("no header");
        at += (size_t)n;
        const dia_command *command = command_of(&h);
        if (command)
            message = again(command, &h, message, &arena);
        else
            fprintf(stderr, "%u absent\n", h.application);
        if (!message.n || fwrite(message.p, 1, message.n, stdout) != message.n)
            return fail("not written");
        dia_arena_reset(&arena);
    }
    dia_arena_done(&arena);
    return 0;
}
