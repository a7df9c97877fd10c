/* Messages of scripts, inside: what making one (message.c) and holding one against another (match.c) have in common. */
#ifndef TESTS_SCRIPT_MESSAGE_H
#define TESTS_SCRIPT_MESSAGE_H

#include "script.h"

/* Says what is wrong with this line; false. */
TALK_PRINTF(3, 4) bool message_wrong(talk_problem *problem, uint32_t line, const char *format, ...);

/* The name that begins at this $; n == 0: none. */
dia_bytes message_name(dia_bytes text, size_t dollar);

/* Puts values in the places of names. False: one has none yet. */
bool message_fill(talk_string *to, dia_bytes text, uint32_t line, const talk_names *names, talk_problem *problem);

/* The words of a header. One that is said twice counts the second time: changes stand behind what they change. */
void message_head(talk_string *to, dia_bytes head);

/* The octets of what is written, in the arena; absent with *problem, in a line of `text`. */
dia_bytes message_read(const talk_text *text, dia_bytes written, dia_arena *arena, talk_problem *problem);

#endif
