/* What IPFilterRule and QoSFilterRule have in common. Does not leave this folder. */
#ifndef WIRE_RULE_H
#define WIRE_RULE_H

#include "wire/text.h"
#include "wire/wire.h"

/* dir proto from src to dst, with the blanks behind it. DIA_EFORMAT or DIA_ESPACE with s->at at what does not fit. */
int dia_rule_scan_match(struct scan *s, dia_filter_rule *rule);

/* The same as text, without a blank at the end. */
void dia_rule_write_match(struct text *t, const dia_filter_rule *rule);

/* Does the struct hold what can be written? */
bool dia_rule_match_is_sound(const dia_filter_rule *rule);

#endif
