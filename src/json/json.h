/* The JSON room's door: whole messages as JSON objects, both ways.
 *
 * takes      octets of messages, JSON texts, dictionaries
 * gives      JSON texts, octets: all of diatom/json.h
 * owns       nothing: the tree that jansson makes of a text is gone when the call returns
 * may use    base, wire, dict, jansson
 * never sees structs of commands, peers, files
 * tests      tests/json; fuzz/json.c */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include "diatom/json.h"
#include "dict/dict.h"
#include "wire/wire.h"

#endif
