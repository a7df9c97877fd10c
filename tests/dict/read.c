/* Tests of the reader: tables, arity, vendors, values, imports by several routes, options, annotations, limits. */
#include "harness.h"
#include "reads.h"

#include <stdlib.h>

/* Under a failing allocation nothing may be said but that memory is short. */
static int read_good(reads *r, const char *text, dia_dict **out)
{
    const int err = reads_text(r, text, out);
    if (harness_injected() && err && (err != DIA_ENOMEM || *out || r->errors))
        abort();
    return err;
}

static const dia_avp_def *named(const dia_dict *dict, const char *name)
{
    return dia_dict_avp_named(dict, dia_cstr(name));
}

/* ---- Tables ---- */

static const char small[] =
    "@id 4\n@name small\n@prefix pre\n@vendor 10415 '3GPP'\n"
    "@avp_types\n Session-Id 263 UTF8String M\n Origin-Host 264 DiamIdent M\n"
    " Result-Code 268 Unsigned32 M\n Kind 416 Enumerated M\n Own 1 Grouped VM\n Note 2 OctetString VP\n"
    "@enum Kind\n LAST 4294967295\n FIRST 1\n@enum Kind\n SECOND 2\n@define Result-Code\n OK 2001\n"
    "@messages\n"
    " X-R ::= < Diameter Header: 272, REQ, PXY > <Session-Id> {Origin-Host} {Kind} 2*4[Own] *[AVP]\n"
    " <X-A> ::= < Diameter-Header: 272, PXY, ERR 4 > <Session-Id> {Result-Code} 1*{AVP}\n"
    " answer-message ::= < Diameter Header: code, ERR [PXY] > 0*1<Session-Id> {Result-Code}\n"
    "@grouped\n Own ::= < AVP Header: 1 > *0[Note] [Kind] < Session-Id >\n";

static void a_small_file_becomes_tables(void) /* B3.2-06 */
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    /* 2*4[Own] is an error; the rest is not. */
    char text[2000];
    snprintf(text, sizeof text, "%s", small);
    *strstr(text, "2*4[Own]") = '0';
    need_int(read_good(&r, text, &dict), 0);
    need_int(r.n, 0);
    check_int(dict->table_format, DIA_TABLE_FORMAT);
    check(dict->has_application && dict->application == 4 && dict->app_kind == DIA_APP_AUTH && !dict->app_vendor);
    check_str(dict->name, "small");
    check_str(dict->stem, "small");
    check_str(dict->prefix, "pre");
    check_str(dict->vendor_name, "3GPP");
    check_int(dict->vendor, 10415);
    check(dict->n_own == 6 && dict->n_local == 6 && dict->n_avps == 6);
    check_str(dict->avps[3]->name, "Kind");

    const dia_avp_def *kind = dia_dict_avp(dict, 416, 0);
    need(kind && kind == named(dict, "Kind") && kind->n_values == 3);
    check(kind->values[0].value == -1 && kind->values[2].value == 2);
    check_str(dia_avp_def_value_name(kind, -1), "LAST");
    check_str(dia_avp_def_value_name(kind, 3), NULL);
    int64_t value = 0;
    check(dia_avp_def_value(kind, dia_cstr("SECOND"), &value) == 0 && value == 2);
    check_int(dia_avp_def_value(kind, dia_cstr("SECON"), &value), DIA_ENOENT);
    check_str(dia_avp_def_value_name(named(dict, "Result-Code"), 2001), "OK");

    const dia_avp_def *own = dia_dict_avp(dict, 1, 10415);
    need(own && own->group && !dia_dict_avp(dict, 1, 0) && !named(dict, "Ow") && !named(dict, "Ownn"));
    check(own->flags == (DIA_AVP_V | DIA_AVP_M) && own->m_rule == DIA_M_MUST);
    check(named(dict, "Note")->flags == (DIA_AVP_V | DIA_AVP_P) && named(dict, "Note")->m_rule == DIA_M_UNKNOWN);
    const dia_field *f = own->group->fields;
    check(own->group->n_fields == 3 && own->group->n_fixed == 0 && own->group->any_max == 0);
    check(f[0].max == 0 && f[0].store == DIA_STORE_NONE && f[1].place == DIA_OPTIONAL && f[2].place == DIA_TRAILING);

    const dia_command *request = dia_dict_command(dict, 272, true), *answer = dia_dict_command(dict, 272, false);
    need(request && answer && request->other == answer && answer->other == request && dict->n_commands == 2);
    check(request == dia_dict_command_named(dict, dia_cstr("X-R")) && !dia_dict_command(dict, 271, true));
    check(request->flags == (DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE) && request->result_code == -1);
    check(answer->flags == (DIA_FLAG_PROXIABLE | DIA_FLAG_ERROR) && answer->result_code == 1 && answer->dict == dict);
    const dia_grammar *g = request->grammar;
    check(g->n_fields == 4 && g->n_fixed == 1 && g->any_min == 0 && g->any_max == DIA_MANY);
    check(answer->grammar->any_min == 1);
    check(g->fields[0].fill == DIA_FILL_SESSION_ID && g->fields[1].fill == DIA_FILL_ORIGIN_HOST && !g->fields[2].fill);
    check(g->fields[3].min == 0 && g->fields[3].max == 4 && g->fields[3].vendor == 10415);
    check(dia_grammar_field(g, 416, 0) == &g->fields[2] && !dia_grammar_field(g, 416, 1));
    need(dict->answer_message && dict->answer_message->flags == DIA_FLAG_ERROR && dict->answer_message->code == 0);
    check(dict->answer_message->result_code == 1 && !dict->answer_message->other);
done:
    dia_dict_unref(dict);
}

static void arity_is_as_written(void) /* B3.2-04 */
{
    static const struct {
        const char *ref;
        unsigned min, max;
        dia_place place;
    } rows[] = {
        { "{A}", 1, 1, DIA_REQUIRED },
        { "[A]", 0, 1, DIA_OPTIONAL },
        { "<A>", 1, 1, DIA_FIXED },
        { "*{A}", 1, DIA_MANY, DIA_REQUIRED },
        { "*[A]", 0, DIA_MANY, DIA_OPTIONAL },
        { "*<A>", 0, DIA_MANY, DIA_FIXED },
        { "3*{A}", 3, DIA_MANY, DIA_REQUIRED },
        { "0*[A]", 0, DIA_MANY, DIA_OPTIONAL },
        { "2*<A>", 2, DIA_MANY, DIA_FIXED },
        { "*3{A}", 1, 3, DIA_REQUIRED },
        { "*3[A]", 0, 3, DIA_OPTIONAL },
        { "*3<A>", 0, 3, DIA_FIXED },
        { "2*3{A}", 2, 3, DIA_REQUIRED },
        { "0*3[A]", 0, 3, DIA_OPTIONAL },
        { "2*3<A>", 2, 3, DIA_FIXED },
        { "1*1{A}", 1, 1, DIA_REQUIRED },
        { "0*1[A]", 0, 1, DIA_OPTIONAL },
        { "0*1<A>", 0, 1, DIA_FIXED },
        { "*0[A]", 0, 0, DIA_OPTIONAL },
        { "0*99999[A]", 0, DIA_MANY, DIA_OPTIONAL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reads r;
        dia_dict *dict;
        char text[200];
        harness_row(rows[i].ref);
        snprintf(text, sizeof text, "@avp_types G 1 Grouped - A 2 Time - @grouped G ::= <AVP Header: 1> %s",
                 rows[i].ref);
        reads_begin(&r, NULL);
        if (read_good(&r, text, &dict))
            continue;
        const dia_field *f = named(dict, "G")->group->fields;
        check(f->min == rows[i].min && f->max == rows[i].max && f->place == rows[i].place);
        dia_dict_unref(dict);
    }
}

static void vendors_come_from_where_the_language_says(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    need_int(read_good(&r,
                       "@vendor 7 X @avp_types A 1 Time V B 1 Time - C 2 Time V D 3 Grouped V E 3 Grouped V\n"
                       "@avp_vendor_id 8 C D\n"
                       "@grouped D ::= <AVP Header: 3 8> [A] E ::= <AVP Header: 3 9> [A]",
                       &dict),
             0);
    check_int(named(dict, "A")->vendor, 7);
    check_int(named(dict, "B")->vendor, 0);
    check_int(named(dict, "C")->vendor, 8);
    check_int(named(dict, "D")->vendor, 8);
    check_int(named(dict, "E")->vendor, 9);
done:
    dia_dict_unref(dict);
}

/* RFC 6733 does not want @vendor 0, but OTP's dictionaries have it. */
static void a_group_may_bring_the_only_vendor(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    need_int(read_good(&r, "@avp_types E 3 Grouped V @grouped E ::= <AVP Header: 3 9> *[AVP]", &dict), 0);
    check_int(named(dict, "E")->vendor, 9);
done:
    dia_dict_unref(dict);
}

/* ---- Inheritance ---- */

static const reads_source family[] = {
    { "base", "@name base @avp_types A 1 Time M E 2 Enumerated - G 3 Grouped - @enum E ONE 1 @grouped G ::= <AVP "
              "Header: 3> {A}" },
    { "left", "@name left @inherits base @avp_types L 11 Time - @enum E LEFT 10" },
    { "right", "@name right @inherits base @avp_types R 12 Time - @enum E RIGHT 20" },
    { "other", "@name other @avp_types A 91 Unsigned32 - O 92 Time -" },
    { "vendor", "@name vendor @vendor 5 V @avp_types V 1 Time V" },
    { "c1", "@name c1 @inherits c2" },
    { "c2", "@name c2 @inherits c3" },
    { "c3", "@name c3 @inherits c1" },
    { NULL, NULL },
};

static void one_definition_by_two_routes_is_one(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, family);
    need_int(read_good(&r, "@inherits left @inherits right @inherits base A", &dict), 0);
    need_int(r.n, 0);
    check_int(dict->n_avps, 5);
    check(dict->n_own == 0 && dict->n_local == 1);
    check(named(dict, "L") && named(dict, "R") && named(dict, "G")->group->fields[0].avp == named(dict, "A"));
    /* Values add up along both chains. */
    const dia_avp_def *e = named(dict, "E");
    check_int(e->n_values, 3);
    check_str(dia_avp_def_value_name(e, 1), "ONE");
    check_str(dia_avp_def_value_name(e, 10), "LEFT");
    check_str(dia_avp_def_value_name(e, 20), "RIGHT");
done:
    dia_dict_unref(dict);
}

static void inherited_definitions_are_shared_unless_changed(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, family);
    need_int(read_good(&r,
                       "@inherits base @inherits vendor @avp_types X 4 Time - @enum E TWO 2 ONE 1 @avp_vendor_id 6 V A",
                       &dict),
             0);
    check(dict->n_own == 1 && dict->n_local == 3 && dict->n_avps == 5);
    check_int(named(dict, "V")->vendor, 6);
    check(dia_dict_avp(dict, 1, 6) == named(dict, "V") && dia_dict_avp(dict, 1, 0) == named(dict, "A"));
    check_int(named(dict, "A")->vendor, 0);
    check_int(named(dict, "E")->n_values, 2);
done:
    dia_dict_unref(dict);
}

static void nearer_definitions_hide_those_of_farther_files(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, family);
    need_int(read_good(&r, "@inherits left @avp_types A 50 Unsigned32 -", &dict), 0);
    check_int(named(dict, "A")->code, 50);
    check_int(dict->n_avps, 4);
    dia_dict_unref(dict);
    need_int(read_good(&r, "@inherits left @inherits other", &dict), 0);
    check_int(named(dict, "A")->code, 91);
done:
    dia_dict_unref(dict);
}

static void long_cycles_are_found(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, family);
    need_int(reads_text(&r, "@inherits c1", &dict), DIA_EFORMAT);
    need_int(r.errors, 4);
    check_str(r.found[0].name, "inheritance_cycle");
    check_str(r.found[0].file, "c3");
    check_str(r.found[3].name, "no_dict");
    check_str(r.found[3].file, "test.dia");
done:;
}

static void known_dictionaries_answer_to_name_stem_and_alias(void)
{
    static const char *const names[] = { "base", "st", "diameter_gen_base", "b2" };
    reads r;
    dia_dict *base = NULL, *dict = NULL;
    reads_begin(&r, NULL);
    need_int(read_good(&r, "@name base ;! stem=st alias=diameter_gen_base,b2\n@avp_types A 1 Time -", &base), 0);
    const dia_dict *known[] = { base };
    r.reader.known = (dia_dicts){ known, 1 };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64];
        harness_row(names[i]);
        snprintf(text, sizeof text, "@inherits %s", names[i]);
        need_int(read_good(&r, text, &dict), 0);
        check(named(dict, "A") == named(base, "A"));
        dia_dict_unref(dict);
        dict = NULL;
    }
    /* What is inherited lives as long as the heir. */
    need_int(read_good(&r, "@inherits b2", &dict), 0);
    dia_dict_unref(base);
    base = NULL;
    check_int(named(dict, "A")->code, 1);
    check(dia_dict_ref(dict) == dict);
    dia_dict_unref(dict);
done:
    dia_dict_unref(base);
    dia_dict_unref(dict);
}

static void compiled_tables_of_another_format_are_refused(void)
{
    static const dia_dict old = { .table_format = DIA_TABLE_FORMAT + 1, .name = "old", .stem = "old" };
    static const dia_dict *const known[] = { &old };
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    r.reader.known = (dia_dicts){ known, 1 };
    need_int(reads_text(&r, "@inherits old", &dict), DIA_EFORMAT);
    check_str(r.found[0].name, "recompile");
    check(r.found[0].line == 1 && r.found[0].column == 11);
done:;
}

static int refuse_to_open(void *arg, const char *name, dia_bytes *text, const char **file)
{
    (void)arg;
    (void)name;
    (void)text;
    (void)file;
    return DIA_ESYSTEM;
}

static void what_cannot_be_opened_is_reported(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    r.reader.open = refuse_to_open;
    need_int(reads_text(&r, "@inherits m", &dict), DIA_EFORMAT);
    check_str(r.found[0].name, "read");
done:;
}

static unsigned opened;

/* Each file inherits the next one twice, and the last one is wrong. */
static int open_twice(void *arg, const char *name, dia_bytes *text, const char **file)
{
    static char texts[32][64];
    const int n = atoi(name);
    (void)arg;
    opened++;
    snprintf(texts[n], sizeof texts[n], n == 28 ? "@id x" : "@inherits '%d' @inherits '%d'", n + 1, n + 1);
    *text = dia_cstr(texts[n]);
    *file = "twice";
    return 0;
}

static void no_file_is_read_twice(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    r.reader.open = open_twice;
    opened = 0;
    need_int(reads_text(&r, "@inherits '0' @inherits '0'", &dict), DIA_EFORMAT);
    check_int(opened, 29);
done:;
}

/* ---- Options ---- */

static void options_replace_and_add(void)
{
    static const struct {
        const char *name, *text, *options[4];
        const char *have, *lack;
    } rows[] = {
        { "nothing", "@inherits base A", { NULL }, "A", "E" },
        { "added", "@avp_types X 50 Time -", { "base" }, "G", "L" },
        { "replaced, with its names", "@inherits nowhere A", { "nowhere/base" }, "A", "E" },
        { "removed", "@inherits base", { "-" }, NULL, "A" },
        { "removed, then added", "@inherits base", { "-", "vendor" }, "V", "A" },
        { "added, then replaced", "@avp_types X 50 Time -", { "nowhere", "nowhere/base" }, "A", "V" },
        { "added, then removed", "@avp_types X 50 Time -", { "base", "-" }, "X", "A" },
        { "replaced in what is inherited", "@inherits left", { "base/other" }, NULL, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reads r;
        dia_dict *dict;
        harness_row(rows[i].name);
        reads_begin(&r, family);
        r.reader.inherits = rows[i].options;
        const int err = reads_text(&r, rows[i].text, &dict);
        if (!rows[i].have && !rows[i].lack) {
            /* left.dia adds values to an AVP that other.dia does not have. */
            check_int(err, DIA_EFORMAT);
            continue;
        }
        check_int(err, 0);
        if (err)
            continue;
        check(!rows[i].have || named(dict, rows[i].have));
        check(!named(dict, rows[i].lack));
        dia_dict_unref(dict);
    }
}

static void name_and_prefix_can_be_given(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    r.reader.name = "new-name";
    r.reader.prefix = "new";
    need_int(read_good(&r, "@name old ;! stem=old\n@prefix old", &dict), 0);
    check_str(dict->name, "new-name");
    check_str(dict->stem, "new_name");
    check_str(dict->prefix, "new");
done:
    dia_dict_unref(dict);
}

static void the_file_names_what_has_no_name(void)
{
    static const struct {
        const char *file, *want;
    } rows[] = { { "a/b.c/rfc4006_cc.dia", "rfc4006_cc" },
                 { "x", "x" },
                 { NULL, "dictionary" },
                 { ".dia", ".dia" },
                 { "a/", "dictionary" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reads r;
        dia_dict *dict = NULL;
        reads_begin(&r, NULL);
        if (dia_dict_read(&r.reader, dia_cstr(""), rows[i].file, &dict))
            continue;
        check_str(dict->name, rows[i].want);
        dia_dict_unref(dict);
    }
}

static void a_name_can_be_had_without_reading_all(void)
{
    dia_bytes name = { 0 };
    check_int(dia_dict_peek_name(dia_cstr("; @name no\n@id 1 & @name 'a b' @name c"), &name), 0);
    check_bytes(name, dia_cstr("a b"));
    check_int(dia_dict_peek_name(dia_cstr("@id 1 @end @name x"), &name), DIA_ENOENT);
    check_int(dia_dict_peek_name(dia_cstr("@name @name 1"), &name), DIA_ENOENT);
    check_int(dia_dict_peek_name((dia_bytes){ 0 }, &name), DIA_ENOENT);
}

/* ---- Annotations ---- */

static void annotations_fill_the_tables(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    need_int(read_good(&r,
                       "@id 4 ;! name=\"Diameter Credit Control\" kind=both vendor=10415\n"
                       "@name n-1 ;! stem=ro doc=\"RFC 8506\" alias=x,,y\n"
                       "@avp_types\n A 1 Time M ;! m=may sec=8.2\n B 2 Time - ;! doc='RFC 1' m=must-not\n C 3 Time -\n"
                       "@messages\n R ;! name=Some-Request sec=3.1\n ::= < Diameter Header: 1, REQ >\n"
                       " S ::= < Diameter Header: 1 > ;! name=Some-Answer\n",
                       &dict),
             0);
    need_int(r.n, 0);
    check_str(dict->app_name, "Diameter Credit Control");
    check(dict->app_kind == DIA_APP_BOTH && dict->app_vendor == 10415);
    check_str(dict->stem, "ro");
    check(strcmp(dict->aliases[0], "x") == 0 && strcmp(dict->aliases[1], "y") == 0 && !dict->aliases[2]);
    check_str(named(dict, "A")->section, "8.2");
    check_str(named(dict, "A")->document, "RFC 8506");
    check_int(named(dict, "A")->m_rule, DIA_M_MAY);
    check_str(named(dict, "B")->document, "RFC 1");
    check_int(named(dict, "B")->m_rule, DIA_M_MUST_NOT);
    check(named(dict, "C")->m_rule == DIA_M_UNKNOWN && !named(dict, "C")->section);
    check_str(dict->commands[0].long_name, "Some-Request");
    check_str(dict->commands[0].section, "3.1");
    check(dia_dict_command_named(dict, dia_cstr("Some-Answer")) == &dict->commands[1]);
done:
    dia_dict_unref(dict);
}

static void annotations_that_mean_nothing_are_warnings(void)
{
    static const struct {
        const char *text, *want;
        unsigned line, column;
    } rows[] = {
        { "@avp_types A 1 Time M ;! m=sometimes\n", "bad_annotation", 1, 26 },
        { "@avp_types A 1 Time M ;! sec\n", "bad_annotation", 1, 26 },
        { "@avp_types A 1 Time M ;! m=must  color=red\n", "unknown_annotation", 1, 34 },
        { "@id 1 ;! vendor=-1\n", "bad_annotation", 1, 10 },
        { "@id 1 ;! kind=x\n", "bad_annotation", 1, 10 },
        { "@name a ;! alias\n", "bad_annotation", 1, 12 },
        { "@name a ;! alias=,\n", "bad_annotation", 1, 12 },
        { "@prefix p ;! x=y\n", "stray_annotation", 1, 11 },
        { " ;! x=y\n", "", 0, 0 },
        { " ;! x=y\n@id 1\n", "stray_annotation", 1, 2 },
        { "@define Nobody X 1\n", "defined_avp_not_found", 1, 9 },
        { "@avp_types A 1 Time - @codecs mod A\n", "codec_ignored", 1, 23 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reads r;
        dia_dict *dict;
        harness_row(rows[i].text);
        reads_begin(&r, NULL);
        const int err = read_good(&r, rows[i].text, &dict);
        check_int(err, 0);
        check_int(r.n, *rows[i].want ? 1 : 0);
        if (!err && r.n) {
            check_str(r.found[0].name, rows[i].want);
            check(r.found[0].warning && r.found[0].line == rows[i].line && r.found[0].column == rows[i].column);
        }
        dia_dict_unref(dict);
    }
}

/* ---- Limits ---- */

typedef struct text_buffer {
    size_t n, cap;
    char *p;
} text_buffer;

static void add(text_buffer *b, const char *text)
{
    const size_t n = strlen(text);
    if (b->n + n + 1 > b->cap) {
        b->cap = 2 * (b->cap + n + 1);
        b->p = realloc(b->p, b->cap);
        if (!b->p)
            abort();
    }
    memcpy(b->p + b->n, text, n + 1);
    b->n += n;
}

static void check_limit(text_buffer *b)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, family);
    r.reader.alloc = NULL; /* too many allocations to fail each */
    check_int(reads_text(&r, b->p, &dict), DIA_ESPACE);
    bool found = false;
    for (unsigned i = 0; i < r.n; i++)
        found = found || strcmp(r.found[i].name, "limit") == 0;
    check(found);
    dia_dict_unref(dict);
    free(b->p);
}

static void what_is_beyond_a_limit_is_refused(void)
{
    text_buffer b = { 0 };
    char one[64];
    harness_row("long name");
    add(&b, "@name a");
    for (int i = 0; i < 255; i++)
        add(&b, "b");
    check_limit(&b);

    harness_row("many fields");
    b = (text_buffer){ 0 };
    add(&b, "@avp_types G 1 Grouped - A 2 Time - @grouped G ::= <AVP Header: 1>");
    for (int i = 0; i < 2001; i++) {
        snprintf(one, sizeof one, " [A%d]", i);
        add(&b, one);
    }
    check_limit(&b);

    harness_row("many AVPs");
    b = (text_buffer){ 0 };
    add(&b, "@avp_types");
    for (int i = 0; i < 65001; i++) {
        snprintf(one, sizeof one, " A%d %d Time -", i, i);
        add(&b, one);
    }
    check_limit(&b);

    harness_row("many @inherits");
    b = (text_buffer){ 0 };
    for (int i = 0; i < 1001; i++)
        add(&b, "@inherits base\n");
    check_limit(&b);

    harness_row("long file");
    b = (text_buffer){ 0 };
    for (int i = 0; i <= 16 << 20; i += 64)
        add(&b, "                                                               \n");
    check_limit(&b);
}

static int open_deeper(void *arg, const char *name, dia_bytes *text, const char **file)
{
    static char texts[100][40];
    const int n = atoi(name);
    (void)arg;
    if (n >= 100)
        return DIA_ENOENT;
    snprintf(texts[n], sizeof texts[n], "@inherits '%d'", n + 1);
    *text = dia_cstr(texts[n]);
    *file = "deep";
    return 0;
}

static void depth_of_inheritance_is_limited(void)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, NULL);
    r.reader.open = open_deeper;
    need_int(reads_text(&r, "@inherits '0'", &dict), DIA_ESPACE);
    check_str(r.found[0].name, "limit");
done:;
}

static void thousands_of_avps_and_groups_are_read(void)
{
    text_buffer b = { 0 };
    char one[100];
    reads r;
    dia_dict *dict;
    add(&b, "@avp_types");
    for (int i = 0; i < 20000; i++) {
        snprintf(one, sizeof one, " A%d %d Grouped -", i, i);
        add(&b, one);
    }
    /* A chain as long as the file: looking for recursion must not go down the stack. */
    add(&b, "\n@grouped");
    for (int i = 0; i < 20000; i++) {
        snprintf(one, sizeof one, " A%d ::= <AVP Header: %d> [AVP]", i, i);
        add(&b, one);
        if (i == 19999)
            break;
        b.n -= strlen("[AVP]");
        snprintf(one, sizeof one, "{A%d} [AVP]", i + 1);
        add(&b, one);
    }
    reads_begin(&r, NULL);
    r.reader.alloc = NULL;
    need_int(reads_text(&r, b.p, &dict), 0);
    for (uint32_t i = 0; i < 20000; i += 777)
        check(dia_dict_avp(dict, i, 0) == dict->avps[i]);
    check(!dia_dict_avp(dict, 20000, 0) && named(dict, "A19999"));
done:
    dia_dict_unref(dict);
    free(b.p);
}

/* ---- Several dictionaries ---- */

static void the_application_goes_first_then_the_order(void)
{
    reads r;
    dia_dict *a = NULL, *b = NULL;
    reads_begin(&r, NULL);
    need_int(
        read_good(
            &r, "@id 1 @avp_types X 1 Time - @messages P ::= <Diameter Header: 5, REQ> Q ::= <Diameter Header: 5>", &a),
        0);
    need_int(read_good(&r,
                       "@id 2 @avp_types X 1 Integer32 - Y 2 Time - @messages P ::= <Diameter Header: 5, REQ> Q ::= "
                       "<Diameter Header: 5>",
                       &b),
             0);
    const dia_dict *both[] = { a, b };
    const dia_dicts dicts = { both, 2 };
    check(dia_dicts_application(&dicts, 2) == b && !dia_dicts_application(&dicts, 3));
    check(dia_dicts_avp(&dicts, 2, 1, 0) == b->avps[0] && dia_dicts_avp(&dicts, 9, 1, 0) == a->avps[0]);
    check(dia_dicts_avp_named(&dicts, 1, dia_cstr("Y")) == b->avps[1]);
    check(!dia_dicts_avp(&dicts, 1, 3, 0) && !dia_dicts_avp_named(&dicts, 1, dia_cstr("Z")));
    check(dia_dicts_command(&dicts, 2, 5, true) == &b->commands[0] && !dia_dicts_command(&dicts, 2, 6, true));
done:
    dia_dict_unref(a);
    dia_dict_unref(b);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_small_file_becomes_tables", a_small_file_becomes_tables },
        { "arity_is_as_written", arity_is_as_written },
        { "vendors_come_from_where_the_language_says", vendors_come_from_where_the_language_says },
        { "a_group_may_bring_the_only_vendor", a_group_may_bring_the_only_vendor },
        { "one_definition_by_two_routes_is_one", one_definition_by_two_routes_is_one },
        { "inherited_definitions_are_shared_unless_changed", inherited_definitions_are_shared_unless_changed },
        { "nearer_definitions_hide_those_of_farther_files", nearer_definitions_hide_those_of_farther_files },
        { "long_cycles_are_found", long_cycles_are_found },
        { "known_dictionaries_answer_to_name_stem_and_alias", known_dictionaries_answer_to_name_stem_and_alias },
        { "compiled_tables_of_another_format_are_refused", compiled_tables_of_another_format_are_refused },
        { "what_cannot_be_opened_is_reported", what_cannot_be_opened_is_reported },
        { "no_file_is_read_twice", no_file_is_read_twice },
        { "options_replace_and_add", options_replace_and_add },
        { "name_and_prefix_can_be_given", name_and_prefix_can_be_given },
        { "the_file_names_what_has_no_name", the_file_names_what_has_no_name },
        { "a_name_can_be_had_without_reading_all", a_name_can_be_had_without_reading_all },
        { "annotations_fill_the_tables", annotations_fill_the_tables },
        { "annotations_that_mean_nothing_are_warnings", annotations_that_mean_nothing_are_warnings },
        { "what_is_beyond_a_limit_is_refused", what_is_beyond_a_limit_is_refused },
        { "depth_of_inheritance_is_limited", depth_of_inheritance_is_limited },
        { "thousands_of_avps_and_groups_are_read", thousands_of_avps_and_groups_are_read },
        { "the_application_goes_first_then_the_order", the_application_goes_first_then_the_order },
    };
    return HARNESS_RUN("dict/read", tests);
}
