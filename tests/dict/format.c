/* Tests of the formatter and of flattening: rows of text and what they become; what was written once stays as it is. */
#include "harness.h"
#include "reads.h"

static reads_output once, twice;

static int format(const char *text, reads_output *out)
{
    reads r;
    reads_begin(&r, NULL);
    out->n = 0;
    out->text[0] = 0;
    return dia_dict_format(&r.reader, dia_cstr(text), "test.dia", reads_write, out);
}

static const struct {
    const char *name, *text, *want;
} rows[] = {
    { "nothing", "", "" },
    { "only comments", "; a\n\n; b\n", "; a\n\n; b\n" },
    { "sections in one order", "@vendor 7 X @prefix p @name n @id 0x10", "@id 16\n@name n\n@prefix p\n@vendor 7 X\n" },
    { "columns", "@avp_types A 1 Unsigned32 - Long-Name 12345 OctetString VM",
      "@avp_types\n\n    A              1  Unsigned32   -\n    Long-Name  12345  OctetString  VM\n" },
    { "comments behind and before",
      "; head\n\n@id 4 ;! name=x\n@avp_types ; all\n ; first\n A 1 Time M;! m=must\n\n; second\n B 2 Time -\n; tail",
      "; head\n\n@id 4  ;! name=x\n\n@avp_types  ; all\n\n    ; first\n    A  1  Time  M  ;! m=must\n\n    ; second\n"
      "    B  2  Time  -\n\n; tail\n" },
    { "qualifiers",
      "@messages X ::= <Diameter-Header:1,REQ 4> 1*1<A> 0*1<B> *{C} 1*1{D} *3{E} 2*{F} 0*1[G] *[H] *1[I] *2[J] 0*0[K] "
      "*[AVP]",
      "@messages\n\n    X ::= < Diameter Header: 1, REQ 4 >\n              < A >\n        0*1   < B >\n        1*    { "
      "C }\n"
      "              { D }\n        1*3   { E }\n        2*    { F }\n              [ G ]\n        *     [ H ]\n"
      "              [ I ]\n        0*2   [ J ]\n        0*0   [ K ]\n        *     [ AVP ]\n" },
    { "groups and the answer message",
      "@messages < answer-message > ::= < Diameter Header: code, ERR [PXY] > {A} @grouped G ::= <AVP Header: 1 7> {A}",
      "@messages\n\n    answer-message ::= < Diameter Header: code, ERR [PXY] >\n              { A }\n\n@grouped\n\n"
      "    G ::= < AVP Header: 1 7 >\n              { A }\n" },
    { "quotes only where needed", "@name 'plain' @enum '12' 'a b' 1 'REQ' 2 '3XX' 3",
      "@name plain\n\n@enum '12'\n\n    'a b'  1\n    'REQ'  2\n    3XX    3\n" },
    { "negative values", "@enum A B -1", "@enum A\n\n    B  -1\n" },
    { "names fill lines", "@inherits m A B ; two\n C", "@inherits m\n\n    A B  ; two\n    C\n" },
    { "what follows @end stays", "@id 1 @end & '\n", "@id 1\n\n@end & '\n" },
    { "an annotation goes before another comment", "@messages X ::= ; why\n <Diameter Header: 1> ;! sec=2\n {A}",
      "@messages\n\n    X ::= < Diameter Header: 1 >  ;! sec=2\n        ; why\n              { A }\n" },
};

static void texts_are_put_in_order(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        need_int(format(rows[i].text, &once), 0);
        need_str(once.text, rows[i].want);
        need_int(format(once.text, &twice), 0);
        need_str(twice.text, once.text);
    }
done:;
}

static void wrong_texts_are_not_written(void)
{
    need_int(format("@id x", &once), DIA_EFORMAT);
    check_int(once.n, 0);
done:;
}

static int refuse(void *arg, const char *text, size_t n)
{
    (void)arg;
    (void)text;
    return n ? DIA_ESYSTEM : 0;
}

static void the_first_error_of_the_writer_ends_it(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    need_int(dia_dict_format(&r.reader, dia_cstr("@id 1"), NULL, refuse, NULL), DIA_ESYSTEM);
    need_int(reads_text(&r, "@id 1", &dict), 0);
    check_int(dia_dict_flatten(dict, refuse, NULL), DIA_ESYSTEM);
    dia_dict_unref(dict);
done:;
}

/* ---- Flattening ---- */

static const reads_source sources[] = {
    { "base",
      "@name base\n@avp_types\n Result-Code 268 Unsigned32 M ;! sec=7.1\n E 1 Enumerated M\n"
      " Inner 5 Grouped -\n Leaf 6 OctetString P\n"
      "@grouped Inner ::= < AVP Header: 5 > < Leaf >\n@enum E ZERO 0 MINUS 4294967295\n@define Result-Code OK 2001" },
    { "vendor", "@name vendor\n@vendor 10415 'The 3GPP'\n@inherits base\n"
                "@avp_types\n V-One 1 Grouped VM ;! doc=\"TS 1\"\n V-Two 2 UTF8String V ;! m=may\n Leaf-Two 7 Time V\n"
                "@avp_vendor_id 99 V-Two\n@grouped V-One ::= < AVP Header: 1 > *{Inner} [V-Two] *2[Leaf-Two] *[AVP]" },
    { NULL, NULL },
};

static const char text[] = "@id 16777216 ;! name=\"A Test\" kind=acct vendor=10415\n"
                           "@name flat ;! stem=fl doc=\"RFC 1\" alias=one,two\n@prefix p\n@vendor 13019 ETSI\n"
                           "@inherits vendor\n@inherits base Result-Code E\n"
                           "@avp_types Mine 1 Integer64 V ;! m=must-not\n 'Odd name' 3 Enumerated -\n"
                           "@enum E TWO 2\n@define Result-Code BAD 5001\n"
                           "@messages\n X-R ::= < Diameter Header: 300, REQ, PXY > ;! name=X-Request sec=3\n"
                           " <Mine> {V-One} 2*3{E} *[AVP] <'Odd name'>\n"
                           " X-A ::= < Diameter Header: 300, PXY > {Result-Code} {AVP}\n"
                           " answer-message ::= < Diameter Header: code, ERR [PXY] > 0*1<Result-Code>\n";

static void what_was_flattened_reads_the_same(void)
{
    reads r;
    dia_dict *dict = NULL, *flat = NULL;
    reads_begin(&r, sources);
    need_int(reads_text(&r, text, &dict), 0);
    need_int(r.n, 0);
    once.n = 0;
    need_int(dia_dict_flatten(dict, reads_write, &once), 0);
    need(!strstr(once.text, "@inherits"));
    reads_begin(&r, NULL);
    need_int(reads_text(&r, once.text, &flat), 0);
    need_int(r.n, 0);
    need(reads_same(dict, flat));
    check_int(flat->n_own, flat->n_avps);
    check_str(flat->aliases[1], "two");
    twice.n = 0;
    need_int(dia_dict_flatten(flat, reads_write, &twice), 0);
    check(strstr(twice.text, "@define") && strstr(once.text, "4294967295"));
done:
    dia_dict_unref(dict);
    dia_dict_unref(flat);
}

/* Named imports bring groups whose components have no name in the file. */
static void flattening_brings_the_components_of_groups(void)
{
    static const reads_source more[] = {
        { "a", "@name a\n@avp_types G 1 Grouped - Same 2 Time -\n@grouped G ::= < AVP Header: 1 > {Same}" },
        { "b", "@name b\n@avp_types Same 3 Unsigned32 -" },
        { NULL, NULL },
    };
    reads r;
    dia_dict *dict = NULL, *flat = NULL;
    reads_begin(&r, more);
    need_int(reads_text(&r, "@inherits a G @inherits b", &dict), 0);
    once.n = 0;
    need_int(dia_dict_flatten(dict, reads_write, &once), 0);
    reads_begin(&r, NULL);
    need_int(reads_text(&r, once.text, &flat), 0);
    const dia_avp_def *g = dia_dict_avp(flat, 1, 0);
    need(g && g->group && g->group->n_fields == 1);
    check_int(g->group->fields[0].code, 2);
    check_int(g->group->fields[0].type, DIA_TYPE_TIME);
    need(dia_dict_avp_named(flat, dia_cstr("Same")));
    check_int(dia_dict_avp_named(flat, dia_cstr("Same"))->code, 3);
done:
    dia_dict_unref(dict);
    dia_dict_unref(flat);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "texts_are_put_in_order", texts_are_put_in_order },
        { "wrong_texts_are_not_written", wrong_texts_are_not_written },
        { "the_first_error_of_the_writer_ends_it", the_first_error_of_the_writer_ends_it },
        { "what_was_flattened_reads_the_same", what_was_flattened_reads_the_same },
        { "flattening_brings_the_components_of_groups", flattening_brings_the_components_of_groups },
    };
    return HARNESS_RUN("dict/format", tests);
}
