/* Tests of the index over many dictionaries, and of look-up by alias: with an index everything is found that is found
 * without one, and nothing else. */
#include "harness.h"
#include "reads.h"

static const char *const texts[] = {
    "@id 1 @name one @vendor 9 Nine @avp_types\n"
    "A 1 Unsigned32 - ;! alias=Alpha,First\n"
    "B 2 Unsigned32 V ;! alias=Beta\n"
    "Shared 3 OctetString - ;! alias=Common\n"
    "@messages AR ::= < Diameter Header: 100, REQ > ;! alias=AskReq\n[ A ]\n"
    "AA ::= < Diameter Header: 100 > [ A ]\n",
    /* The same names and codes as others. */
    "@id 2 @name two @avp_types\n"
    "A 1 OctetString - ;! alias=Beta\n"
    "Beta 7 Unsigned32 -\n"
    "C 3 Unsigned64 - ;! alias=Alpha\n"
    "@messages BR ::= < Diameter Header: 100, REQ > [ A ]\n"
    "BA ::= < Diameter Header: 100 > [ A ]\n"
    "CR ::= < Diameter Header: 101, REQ > [ A ]\n"
    "CA ::= < Diameter Header: 101 > [ A ]\n",
    "@name three @inherits one\n",
    "@id 1 @name four @inherits one Shared @avp_types\n"
    "Only 8 Time -\n"
    "@messages DR ::= < Diameter Header: 102, REQ > [ Only ]\n"
    "DA ::= < Diameter Header: 102 > [ Only ]\n",
    "@name empty\n",
};
enum { N = sizeof texts / sizeof *texts };

typedef struct shelf {
    dia_dict *read[N];
    const dia_dict *v[N];
} shelf;

static bool open_all(shelf *s)
{
    reads r;
    for (size_t i = 0; i < N; i++)
        s->read[i] = NULL;
    for (size_t i = 0; i < N; i++) {
        reads_begin(&r, NULL);
        r.reader.known = (dia_dicts){ s->v, i, NULL };
        if (reads_text(&r, texts[i], &s->read[i]) != 0)
            return false;
        s->v[i] = s->read[i];
    }
    return true;
}

static void close_all(shelf *s)
{
    for (size_t i = N; i-- > 0;)
        dia_dict_unref(s->read[i]);
}

/* Whatever is asked, both lists say the same. */
static bool agree(const dia_dicts *a, const dia_dicts *b)
{
    static const char *const names[] = { "A",     "B",      "C",      "Shared", "Only", "Alpha", "Beta",
                                         "First", "Common", "AskReq", "Gamma",  "",     "AA",    "one" };
    for (uint32_t application = 0; application < 4; application++) {
        if (dia_dicts_application(a, application) != dia_dicts_application(b, application))
            return false;
        for (uint32_t code = 0; code < 10; code++)
            for (uint32_t vendor = 0; vendor < 10; vendor += 9)
                if (dia_dicts_avp(a, application, code, vendor) != dia_dicts_avp(b, application, code, vendor))
                    return false;
        for (uint32_t code = 99; code < 104; code++)
            for (int request = 0; request < 2; request++)
                if (dia_dicts_command(a, application, code, request) !=
                    dia_dicts_command(b, application, code, request))
                    return false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (dia_dicts_avp_named(a, application, dia_cstr(names[i])) !=
                dia_dicts_avp_named(b, application, dia_cstr(names[i])))
                return false;
    }
    return true;
}

/* All orders of the dictionaries, and all positions from which on the index covers them. */
static void index_finds_what_the_list_finds(void)
{
    shelf s;
    const dia_index *index = NULL;
    need(open_all(&s));
    for (int order = 0; order < 120; order++) {
        const dia_dict *v[N], *left[N];
        int rest = order;
        memcpy(left, s.v, sizeof left);
        for (int i = 0; i < N; i++) {
            const int k = rest % (N - i);
            rest /= N - i;
            v[i] = left[k];
            left[k] = left[N - 1 - i];
        }
        for (size_t front = 0; front <= N; front++) {
            const dia_dicts covered = { v + front, N - front, NULL };
            need_int(dia_dicts_index(NULL, &covered, &index), 0);
            const dia_dicts plain = { v, N, NULL }, indexed = { v, N, index };
            need(!index || index->n_dicts == N - front);
            const bool same = agree(&plain, &indexed);
            dia_index_free(index);
            index = NULL;
            need(same);
        }
    }
done:
    dia_index_free(index);
    close_all(&s);
}

static void index_that_gets_no_memory_is_none(void)
{
    shelf s;
    const dia_index *index = NULL;
    need(open_all(&s));
    const dia_dicts all = { s.v, N, NULL };
    const int err = dia_dicts_index(harness_allocator(), &all, &index);
    check(err == 0 ? index != NULL : err == DIA_ENOMEM && !index);
done:
    dia_index_free(index);
    close_all(&s);
}

static void index_over_more_than_the_list_is_not_used(void)
{
    shelf s;
    const dia_index *index = NULL;
    need(open_all(&s));
    const dia_dicts all = { s.v, N, NULL };
    need_int(dia_dicts_index(harness_allocator(), &all, &index), 0);
    const dia_dicts shorter = { s.v, 2, index }, plain = { s.v, 2, NULL };
    need(agree(&plain, &shorter));
    dia_dict other = *s.v[1];
    other.table_format = DIA_TABLE_FORMAT + 1;
    const dia_dict *v[] = { &other };
    const dia_index *none = NULL;
    need_int(dia_dicts_index(NULL, &(dia_dicts){ v, 1, NULL }, &none), DIA_EVERSION);
    need(!none);
done:
    dia_index_free(index);
    close_all(&s);
}

static void names_come_before_aliases(void)
{
    shelf s;
    need(open_all(&s));
    const dia_dict *one = s.v[0], *two = s.v[1];
    need_str(dia_dict_avp_named(one, dia_cstr("Alpha"))->name, "A");
    need_str(dia_dict_avp_named(one, dia_cstr("First"))->name, "A");
    need_str(dia_dict_avp_named(one, dia_cstr("Beta"))->name, "B");
    need_str(dia_dict_avp_named(two, dia_cstr("Beta"))->name, "Beta");
    need(!dia_dict_avp_named(one, dia_cstr("Alph")) && !dia_dict_avp_named(one, dia_cstr("Alphaa")));
    /* Inherited with the AVP. */
    need(dia_dict_avp_named(s.v[2], dia_cstr("First")) == dia_dict_avp_named(one, dia_cstr("A")));
    need_str(dia_dict_command_named(one, dia_cstr("AskReq"))->name, "AR");
    need(!dia_dict_command_named(two, dia_cstr("AskReq")));
    /* In a list as well: the name in any dictionary before the alias in the application's own. */
    const dia_dicts all = { s.v, N, NULL };
    need(dia_dicts_avp_named(&all, 1, dia_cstr("Beta")) == dia_dict_avp_named(two, dia_cstr("Beta")));
    need(dia_dicts_avp_named(&all, 2, dia_cstr("Alpha")) == dia_dict_avp_named(two, dia_cstr("C")));
done:
    close_all(&s);
}

static void aliases_are_read_and_kept(void)
{
    static reads_output out;
    reads r;
    dia_dict *dict = NULL, *flat = NULL;
    reads_begin(&r, NULL);
    need_int(reads_text(&r, texts[0], &dict), 0);
    need_int(r.n, 0);
    const dia_avp_def *a = dia_dict_avp_named(dict, dia_cstr("A"));
    need_str(a->aliases[0], "Alpha");
    need_str(a->aliases[1], "First");
    need(!a->aliases[2]);
    need_int(dict->n_alias, 4);
    out.n = 0;
    need_int(dia_dict_flatten(dict, reads_write, &out), 0);
    need(strstr(out.text, "alias=Alpha,First"));
    need(strstr(out.text, "alias=AskReq"));
    need_int(reads_text(&r, out.text, &flat), 0);
    need(reads_same(dict, flat));
    out.n = 0;
    need_int(dia_dict_format(&r.reader, dia_cstr(texts[0]), "x", reads_write, &out), 0);
    need(strstr(out.text, ";! alias=Alpha,First"));
    dia_dict_unref(dict);
    dict = NULL;
    /* An alias that is a name, and no alias at all. */
    need_int(reads_text(&r, "@avp_types A 1 Time - ;! alias=B\nB 2 Time - ;! alias=\n", &dict), 0);
    need_int(r.n, 2);
    need_str(r.found[0].name, "alias_is_a_name");
    need_str(r.found[1].name, "bad_annotation");
done:
    dia_dict_unref(flat);
    dia_dict_unref(dict);
}

static void codecs_are_kept_when_flattened(void)
{
    static reads_output out;
    reads r;
    dia_dict *dict = NULL, *flat = NULL;
    reads_begin(&r, NULL);
    need_int(reads_text(&r,
                        "@name a @avp_types A 1 Time - B 2 Time - C 3 Time - D 4 Time -\n"
                        "@codecs m A C @custom_types m B @custom_types 'other one' D\n",
                        &dict),
             0);
    out.n = 0;
    need_int(dia_dict_flatten(dict, reads_write, &out), 0);
    need(strstr(out.text, "@codecs m\n\n    A\n    C\n"));
    need(strstr(out.text, "@custom_types m\n\n    B\n"));
    need(strstr(out.text, "@custom_types 'other one'\n\n    D\n"));
    need_int(reads_text(&r, out.text, &flat), 0);
    need(reads_same(dict, flat));
done:
    dia_dict_unref(flat);
    dia_dict_unref(dict);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "index_finds_what_the_list_finds", index_finds_what_the_list_finds },
        { "index_that_gets_no_memory_is_none", index_that_gets_no_memory_is_none },
        { "index_over_more_than_the_list_is_not_used", index_over_more_than_the_list_is_not_used },
        { "names_come_before_aliases", names_come_before_aliases },
        { "aliases_are_read_and_kept", aliases_are_read_and_kept },
        { "codecs_are_kept_when_flattened", codecs_are_kept_when_flattened },
    };
    return HARNESS_RUN("dict/index", tests);
}
