/* What the generator prints, octet by octet: tests/golden/<name>.dia against .h, _node.h and .c beside it. When a change
 * was meant, script/golden writes them anew. */
#include "gen/gen.h"
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

/* Text that grows. */
typedef struct page {
    char *p;
    size_t n;
} page;

static int put(void *arg, const char *text, size_t n)
{
    page *const out = arg;
    char *const p = realloc(out->p, out->n + n + 1);
    if (!p)
        return DIA_ENOMEM;
    memcpy(p + out->n, text, n);
    out->p = p;
    out->n += n;
    p[out->n] = 0;
    return 0;
}

static page contents_of(const char *name, const char *end)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s%s", GOLDEN, name, end);
    page out = { 0 };
    FILE *const in = fopen(path, "rb");
    harness_row(path);
    check(in != NULL);
    if (!in)
        return out;
    char part[4096];
    for (size_t n; (n = fread(part, 1, sizeof part, in)) > 0;)
        check_int(put(&out, part, n), 0);
    fclose(in);
    harness_row(NULL);
    return out;
}

static dia_dict *read_golden(const char *name, dia_dicts known)
{
    const page text = contents_of(name, ".dia");
    const dia_dict_reader reader = { .known = known };
    dia_dict *dict = NULL;
    harness_row(name);
    check_int(dia_dict_read(&reader, (dia_bytes){ (const uint8_t *)text.p, text.n }, name, &dict), 0);
    free(text.p);
    return dict;
}

/* All parts of a dictionary are what the files say. `dict` is released. */
static void compare(const char *name, dia_dict *dict, dia_dicts inherited)
{
    static const char *const ends[] = {
        [DIA_GEN_HEADER] = ".h", [DIA_GEN_NODE_HEADER] = "_node.h", [DIA_GEN_SOURCE] = ".c"
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        page out = { 0 }, want = contents_of(name, ends[i]);
        harness_row(ends[i]);
        check_int(dia_gen(dict, &inherited, (dia_gen_part)i, put, &out), 0);
        check_str(out.p, want.p);
        free(out.p);
        free(want.p);
    }
    dia_dict_unref(dict);
}

static void definitions_without_application(void)
{
    compare("parts", read_golden("parts", (dia_dicts){ 0 }), (dia_dicts){ 0 });
}

static void application_with_a_member_of_every_kind(void)
{
    dia_dict *const parts = read_golden("parts", (dia_dicts){ 0 });
    const dia_dict *const v[] = { parts };
    const dia_dicts known = { v, 1 };
    compare("lamp", read_golden("lamp", known), known);
    dia_dict_unref(parts);
}

static void names_that_are_difficult_in_c(void)
{
    compare("odd", read_golden("odd", (dia_dicts){ 0 }), (dia_dicts){ 0 });
}

static void unknown_origin_of_a_definition_is_refused(void)
{
    dia_dict *const parts = read_golden("parts", (dia_dicts){ 0 });
    const dia_dict *const v[] = { parts };
    dia_dict *const lamp = read_golden("lamp", (dia_dicts){ v, 1 });
    for (int part = DIA_GEN_HEADER; part <= DIA_GEN_SOURCE; part++) {
        page out = { 0 };
        check_int(dia_gen(lamp, NULL, (dia_gen_part)part, put, &out), DIA_ENOENT);
        check_int(out.n, 0);
        free(out.p);
    }
    dia_dict_unref(lamp);
    dia_dict_unref(parts);
}

/* Takes so many pieces, then no more. */
static int put_some(void *arg, const char *text, size_t n)
{
    int *const left = arg;
    (void)text;
    (void)n;
    return (*left)-- > 0 ? 0 : DIA_ESPACE;
}

static void first_error_of_the_writer_ends_it(void)
{
    dia_dict *const dict = read_golden("odd", (dia_dicts){ 0 });
    for (int part = DIA_GEN_HEADER; part <= DIA_GEN_SOURCE; part++) {
        for (int some = 0; some < 5; some++) {
            int left = some;
            check_int(dia_gen(dict, NULL, (dia_gen_part)part, put_some, &left), DIA_ESPACE);
            check_int(left, -1);
        }
    }
    check_int(dia_gen(dict, NULL, (dia_gen_part)3, put_some, NULL), DIA_EINVAL);
    dia_dict_unref(dict);
}

static void codecs_and_aliases(void)
{
    compare("coded", read_golden("coded", (dia_dicts){ 0 }), (dia_dicts){ 0 });
}

static void list_of_all_keeps_its_order(void)
{
    page out = { 0 };
    dia_dict *const parts = read_golden("parts", (dia_dicts){ 0 });
    const dia_dict *v[] = { NULL, parts };
    dia_dict *const lamp = read_golden("lamp", (dia_dicts){ v + 1, 1 });
    v[0] = lamp;
    const dia_dicts both = { v, 2 }, none = { v, 0 }, orphan = { v, 1 };
    need_int(dia_gen_all(&both, DIA_GEN_HEADER, put, &out), 0);
    need(strstr(out.p, "All 2 dictionaries"));
    need_int(dia_gen_all(&both, DIA_GEN_SOURCE, put, &out), 0);
    need(strstr(out.p, "    &dia_dict_lamp,\n    &dia_dict_parts,\n"));
    need(strstr(out.p, "dia_dicts_all = { dicts, 2, &index };"));
    /* The first definition: that of lamp, which adds a value. */
    need(strstr(out.p, "{ \"Lamp-State\", &dia_def_lamp_lamp_state }"));
    need(strstr(out.p, "{ \"Lamp-Name\", &dia_def_parts_lamp_name }"));
    need_int(dia_gen_all(&both, DIA_GEN_NODE_HEADER, put, &out), DIA_EINVAL);
    need_int(dia_gen_all(&none, DIA_GEN_SOURCE, put, &out), DIA_EINVAL);
    need_int(dia_gen_all(&orphan, DIA_GEN_SOURCE, put, &out), DIA_ENOENT);
    int left = 3;
    need_int(dia_gen_all(&both, DIA_GEN_SOURCE, put_some, &left), DIA_ESPACE);
done:
    free(out.p);
    dia_dict_unref(lamp);
    dia_dict_unref(parts);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "definitions_without_application", definitions_without_application },
        { "application_with_a_member_of_every_kind", application_with_a_member_of_every_kind },
        { "names_that_are_difficult_in_c", names_that_are_difficult_in_c },
        { "unknown_origin_of_a_definition_is_refused", unknown_origin_of_a_definition_is_refused },
        { "first_error_of_the_writer_ends_it", first_error_of_the_writer_ends_it },
        { "codecs_and_aliases", codecs_and_aliases },
        { "list_of_all_keeps_its_order", list_of_all_keeps_its_order },
    };
    return HARNESS_RUN("gen/golden", tests);
}
