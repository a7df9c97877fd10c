/* OTP's own dictionaries, the base ones and the examples, compile unchanged. They come with the packages
 * erlang-src and erlang-examples; when they are not there, this test fails: nothing else shows that users of OTP can
 * bring their files. */
#include "harness.h"
#include "reads.h"

#include <glob.h>
#include <stdlib.h>

enum { FILES_MAX = 16 };

typedef struct otp_file {
    char *path, *text;
    char name[64]; /* of @name, else of the file */
    bool example;
} otp_file;

static otp_file files[FILES_MAX];
static size_t n_files;

static void name_file(otp_file *file)
{
    dia_bytes name;
    const char *slash = strrchr(file->path, '/');
    if (dia_dict_peek_name(dia_cstr(file->text), &name) == 0)
        snprintf(file->name, sizeof file->name, "%.*s", (int)name.n, (const char *)name.p);
    else
        snprintf(file->name, sizeof file->name, "%.*s", (int)strcspn(slash + 1, "."), slash + 1);
}

static void add_files(const char *pattern, bool example)
{
    glob_t found;
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc && n_files < FILES_MAX; i++) {
        otp_file *file = &files[n_files++];
        const size_t n = strlen(found.gl_pathv[i]) + 1;
        *file = (otp_file){ .path = malloc(n), .text = reads_file(found.gl_pathv[i]), .example = example };
        if (!file->path || !file->text)
            abort();
        memcpy(file->path, found.gl_pathv[i], n);
        name_file(file);
    }
    globfree(&found);
}

static int open_file(void *arg, const char *name, dia_bytes *text, const char **path)
{
    (void)arg;
    for (size_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].name, name) != 0)
            continue;
        *text = dia_cstr(files[i].text);
        *path = files[i].path;
        return 0;
    }
    return DIA_ENOENT;
}

/* The examples say "@inherits common": whoever compiles them chooses the base. */
static int read_file(reads *r, const otp_file *file, const char *base, dia_dict **out)
{
    const char *const inherits[] = { base, NULL };
    reads_begin(r, NULL);
    r->reader.open = open_file;
    r->reader.inherits = file->example ? inherits : NULL;
    return dia_dict_read(&r->reader, dia_cstr(file->text), file->path, out);
}

static void all_twelve_are_installed(void)
{
    check_int(n_files, 12);
}

/* The tests below look at one file each time they run: a run for every allocation of all of them would take long. */
static const otp_file *current;

static void it_compiles_unchanged(void)
{
    static const char *const bases[] = { "common/diameter_gen_base_rfc6733", "common/diameter_gen_base_rfc3588" };
    for (size_t i = 0; i < 2; i++) {
        reads r;
        dia_dict *dict = NULL;
        check_int(read_file(&r, current, bases[i], &dict), 0);
        check_int(r.n, 0);
        dia_dict_unref(dict);
    }
}

/* Numbers counted in the files by hand. */
static void their_tables_are_complete(void)
{
    static const struct {
        const char *name;
        uint32_t application, own, commands;
        bool answer_message;
    } rows[] = {
        { "diameter_gen_base_rfc6733", 0, 49, 14, true },
        { "diameter_gen_acct_rfc6733", 3, 0, 2, false },
        { "diameter_gen_relay", 0xffffffff, 0, 0, false },
        { "diameter_gen_doic_rfc7683", 0, 7, 0, false },
        { "rfc4005_nas", 1, 82, 10, false },
        { "rfc4006_cc", 4, 51, 2, false },
        { "rfc4740_sip", 6, 26, 12, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const otp_file *file = files;
        while (file < files + n_files && strcmp(file->name, rows[i].name) != 0)
            file++;
        reads r;
        dia_dict *dict = NULL;
        harness_row(rows[i].name);
        need(file < files + n_files);
        if (read_file(&r, file, "common/diameter_gen_base_rfc6733", &dict))
            continue;
        check_int(dict->application, rows[i].application);
        check_int(dict->n_own, rows[i].own);
        check_int(dict->n_commands, rows[i].commands);
        check(!dict->answer_message == !rows[i].answer_message);
        dia_dict_unref(dict);
    }
done:;
}

static void known_definitions_are_right(void)
{
    const otp_file *file = files;
    while (file < files + n_files && strcmp(file->name, "rfc4006_cc") != 0)
        file++;
    reads r;
    dia_dict *dict = NULL;
    need(file < files + n_files);
    need_int(read_file(&r, file, "common/diameter_gen_base_rfc6733", &dict), 0);
    const dia_command *ccr = dia_dict_command(dict, 272, true);
    need(ccr && ccr->other && ccr->other->result_code >= 0);
    const dia_field *type = dia_grammar_field(ccr->grammar, 416, 0);
    need(type && type->min == 1 && type->max == 1 && type->type == DIA_TYPE_ENUMERATED);
    check_str(dia_avp_def_value_name(type->avp, 1), "INITIAL_REQUEST");
    const dia_field *id = dia_grammar_field(ccr->grammar, 443, 0);
    need(id && id->max == DIA_MANY && id->avp->group && id->avp->group->n_fields == 2);
    /* Values that the file adds to the base's Result-Code stand beside those of the base. */
    const dia_avp_def *result = dia_dict_avp(dict, 268, 0);
    check(dia_avp_def_value_name(result, 4012) && dia_avp_def_value_name(result, 2001));
    check(dia_dict_avp_named(dict, dia_cstr("Filter-Id")) != NULL);
done:
    dia_dict_unref(dict);
}

static reads_output once, twice;

static int format(const char *text, reads_output *out)
{
    reads r;
    reads_begin(&r, NULL);
    out->n = 0;
    return dia_dict_format(&r.reader, dia_cstr(text), "test.dia", reads_write, out);
}

static void formatting_changes_nothing_but_the_looks(void)
{
    reads r;
    dia_dict *before = NULL, *after = NULL;
    otp_file formatted = *current;
    need_int(format(current->text, &once), 0);
    need_int(format(once.text, &twice), 0);
    need_str(twice.text, once.text);
    formatted.text = once.text;
    need_int(read_file(&r, current, "common/diameter_gen_base_rfc6733", &before), 0);
    need_int(read_file(&r, &formatted, "common/diameter_gen_base_rfc6733", &after), 0);
    check(reads_same(before, after));
done:
    dia_dict_unref(before);
    dia_dict_unref(after);
}

static void flattening_keeps_every_definition(void)
{
    reads r;
    dia_dict *before = NULL, *after = NULL;
    once.n = 0;
    need_int(read_file(&r, current, "common/diameter_gen_base_rfc6733", &before), 0);
    need_int(dia_dict_flatten(before, reads_write, &once), 0);
    reads_begin(&r, NULL);
    need_int(reads_text(&r, once.text, &after), 0);
    check(reads_same(before, after));
done:
    dia_dict_unref(before);
    dia_dict_unref(after);
}

int main(void)
{
    static const struct harness_test of_all[] = {
        { "all_twelve_are_installed", all_twelve_are_installed },
        { "known_definitions_are_right", known_definitions_are_right },
        { "their_tables_are_complete", their_tables_are_complete },
    };
    static const struct harness_test of_each[] = {
        { "it_compiles_unchanged", it_compiles_unchanged },
        { "formatting_changes_nothing_but_the_looks", formatting_changes_nothing_but_the_looks },
        { "flattening_keeps_every_definition", flattening_keeps_every_definition },
    };
    add_files("/usr/lib*/erlang/lib/diameter-*/src/dict/*.dia", false);
    add_files("/usr/lib*/erlang/lib/diameter-*/examples/dict/*.dia", true);
    int failed = HARNESS_RUN("dict/otp", of_all);
    for (current = files; current < files + n_files; current++)
        failed += HARNESS_RUN(current->name, of_each);
    for (size_t i = 0; i < n_files; i++) {
        free(files[i].path);
        free(files[i].text);
    }
    return failed;
}
