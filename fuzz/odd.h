/* All built-in dictionaries, and before them one with what no specification has. */
#ifndef FUZZ_ODD_H
#define FUZZ_ODD_H

#include "fuzz.h"

#include "diatom/app/all.h"
#include "diatom/dict.h"

/* Every number with names, names that are numbers, a vendor without V and V without one. */
static const char fuzz_odd_text[] = "@id 7\n@name odd\n@avp_types\n"
                                    "F32 60001 Float32 M\nF64 60002 Float64 M\nI64 60003 Integer64 M\n"
                                    "U64 60004 Unsigned64 M\nU32 60005 Unsigned32 -\nE 60006 Enumerated MP\n"
                                    "G 60007 Grouped M\nSession-Id 60008 Unsigned32 V\nUri 60009 DiameterURI M\n"
                                    "@avp_vendor_id 4711 Session-Id\n"
                                    "@define I64\n'5' 7\n'-6' 8\nnine 9\n"
                                    "@define U64\n'5' 7\nnine 9\n@define U32\nnine 9\nten 10\n"
                                    "@enum E\nminus 4294967295\nsame 1\n'1' 2\n"
                                    "@grouped\nG ::= < AVP Header: 60007 > * [ AVP ]\n";

static dia_dicts fuzz_dictionaries(void)
{
    static const dia_dict *all[100];
    static size_t n;
    if (n == 0) {
        const dia_dict_reader reader = { 0 };
        dia_dict *odd;
        must(dia_dict_read(&reader, dia_cstr(fuzz_odd_text), "odd", &odd) == 0);
        all[n++] = odd;
        for (size_t i = 0; i < dia_dicts_all.n && n < sizeof all / sizeof *all; i++)
            all[n++] = dia_dicts_all.v[i];
    }
    return (dia_dicts){ all, n };
}

#endif
