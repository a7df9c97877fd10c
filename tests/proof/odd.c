/* A dictionary with every type in every place and every kind of arity, also those that no specification uses: bounds above
 * one, trailing AVPs, a bounded [ AVP ], AVPs that must not occur. */
#include "odd.h"

#include "diatom/app/all.h"

#include <stdio.h>
#include <stdlib.h>

static const char text[] =
    "@id 16777998\n@name odd\n@vendor 32473 Nobody\n"
    "@avp_types\n"
    "Octets 101 OctetString VM  ;! m=must\n"
    "I32 102 Integer32 V  ;! m=must-not\n"
    "I64 103 Integer64 VM\n"
    "U32 104 Unsigned32 M  ;! m=must\n"
    "U64 105 Unsigned64 -  ;! m=must-not\n"
    "F32 106 Float32 VM\n"
    "F64 107 Float64 VM\n"
    "Kind 108 Enumerated VM\n"
    "Plain 109 Enumerated VM\n"
    "Where 110 Address VM\n"
    "When 111 Time VM\n"
    "Text 112 UTF8String VM\n"
    "Who 113 DiameterIdentity VM\n"
    "Uri 114 DiameterURI VM\n"
    "Rule 115 IPFilterRule VM\n"
    "Qos 116 QoSFilterRule VM\n"
    "First 117 Unsigned32 VM\n"
    "Last 118 UTF8String VM\n"
    "Never 119 Unsigned32 VM\n"
    "Closed 120 Grouped VM\n"
    "Loose 121 Grouped V\n"
    "Ends 122 Grouped VM\n"
    "Lists 123 Grouped VM\n"
    "Failed-AVP 279 Grouped M\n"
    "@enum Kind\nminus 4294967295\nnone 0\none 1\n"
    "@grouped\n"
    "Closed ::= < AVP Header: 120 32473 > < First > 2*3 { U64 } [ Text ] *2 [ Ends ] 0*0 [ Never ]\n"
    "Loose ::= < AVP Header: 121 32473 > { Kind } 1*2 { AVP } [ Closed ]\n"
    "Ends ::= < AVP Header: 122 32473 > 2*2 { F64 } [ When ] 1*4 < Last >\n"
    "Lists ::= < AVP Header: 123 32473 > 2*3 < Octets > 1*2 { I32 } 2*2 { I64 } 1*3 { U32 } 2* { F32 }\n"
    "    3* { Kind } 2*4 { Where } 1*2 { When } 2*3 { Text } * [ F64 ] *2 [ Who ] *2 [ Uri ] *2 [ Rule ] *2 [ Qos ]\n"
    "    *3 [ Closed ] * [ Loose ] *2 [ Lists ] * [ AVP ]\n"
    "Failed-AVP ::= < AVP Header: 279 > 1* { AVP }\n"
    "@messages\n"
    "ODR ::= < Diameter Header: 8388001, REQ, PXY > < Text > < First > { I32 } { I64 } { U32 } { U64 } { F32 } { F64 "
    "}\n"
    "    { Kind } { Plain } { Where } { When } { Who } { Uri } { Closed } { Loose } { Lists } [ Octets ] [ Rule ] [ "
    "Qos ]\n"
    "    [ Ends ] 0*0 [ Never ] *3 [ AVP ] < Last >\n"
    "ODA ::= < Diameter Header: 8388001, PXY > < Who > [ I32 ] [ I64 ] [ U32 ] [ U64 ] [ F32 ] [ F64 ] [ Kind ]\n"
    "    [ Plain ] [ Where ] [ When ] [ Text ] [ Uri ] [ Rule ] [ Qos ] [ Closed ] [ Loose ] [ Lists ] [ Failed-AVP ]\n"
    "    2* < Last >\n";

enum { DICTS_MAX = 512 };

static struct {
    const dia_dict *v[DICTS_MAX];
    dia_dicts all;
    dia_dict *odd;
} shelf;

static void report(void *arg, const dia_dict_error *error)
{
    (void)arg;
    fprintf(stderr, "%s:%u:%u: %s\n", error->file, error->line, error->column, error->message);
}

const dia_dicts *odd_dicts(void)
{
    const dia_dict_reader reader = { .report = report };
    if (dia_dict_read(&reader, dia_cstr(text), "odd", &shelf.odd) || dia_dicts_all.n >= DICTS_MAX)
        abort();
    for (size_t i = 0; i < dia_dicts_all.n; i++)
        shelf.v[i] = dia_dicts_all.v[i];
    shelf.v[dia_dicts_all.n] = shelf.odd;
    shelf.all = (dia_dicts){ shelf.v, dia_dicts_all.n + 1 };
    return &shelf.all;
}

void odd_done(void)
{
    dia_dict_unref(shelf.odd);
}
