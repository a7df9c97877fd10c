/* Every error of the language, by the dictionaries in wrong/: each of their first lines "; error NAME LINE:COLUMN" is
 * one that the reader must report, in this order and nothing else. The folder is the only argument. */
#include "harness.h"
#include "reads.h"

#include <glob.h>
#include <stdlib.h>

static const char *folder;

/* The error table of the language, and what Diatom adds; each must have a dictionary. `read` is the caller's. */
static const char *const names[] = {
    "scan",
    "parse",
    "duplicate_section",
    "messages_without_id",
    "uint32_out_of_range",
    "avp_name_already_defined",
    "avp_has_unknown_type",
    "inherited_avp_already_defined",
    "avp_already_defined",
    "group_already_defined",
    "grouped_avp_not_defined",
    "grouped_avp_has_wrong_type",
    "grouped_avp_code_mismatch",
    "grouped_vendor_id_without_flag",
    "grouped_vendor_id_mismatch",
    "message_name_already_defined",
    "message_application_id_mismatch",
    "message_code_already_defined",
    "message_has_duplicate_flag",
    "invalid_avp_order",
    "avp_already_referenced",
    "already_declared",
    "key_already_defined",
    "avp_has_invalid_flag",
    "avp_has_duplicate_flag",
    "avp_has_vendor_id",
    "avp_has_no_vendor",
    "avp_code_already_defined",
    "message_missing",
    "not_loaded",
    "no_dict",
    "requested_avp_not_found",
    "duplicate_import",
    "imported_avp_already_defined",
    "avp_not_defined",
    "grouped_avp_not_grouped",
    "enumerated_avp_not_defined",
    "enumerated_avp_has_wrong_local_type",
    "enumerated_avp_has_wrong_inherited_type",
    "required_avp_has_zero_min_arity",
    "required_avp_has_zero_max_arity",
    "optional_avp_has_nonzero_min_arity",
    "qualifier_has_min_greater_than_max",
    /* Diatom's */
    "recursive_group",
    "command_code_out_of_range",
    "avp_has_zero_vendor",
    "request_has_error_flag",
    "inheritance_cycle",
};

enum { NAMES = sizeof names / sizeof *names };

static bool seen[NAMES];

static void note_seen(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0)
            seen[i] = true;
}

static void check_file(const char *text, const reads_source *sources)
{
    reads r;
    dia_dict *dict;
    reads_begin(&r, sources);
    const int err = reads_text(&r, text, &dict);
    need_int(err, DIA_EFORMAT);
    unsigned at = 0;
    for (const char *line = text; strncmp(line, "; error ", 8) == 0; line = strchr(line, '\n') + 1) {
        char name[64];
        unsigned row, column;
        need(sscanf(line, "; error %63s %u:%u", name, &row, &column) == 3);
        /* The errors of inherited files come before, warnings between. */
        while (at < r.n && (r.found[at].warning || strcmp(r.found[at].file, "test.dia") != 0))
            at++;
        need(at < r.n);
        need_str(r.found[at].name, name);
        need_int(r.found[at].line, row);
        need_int(r.found[at].column, column);
        note_seen(name);
        at++;
    }
    need(at > 0);
    for (; at < r.n; at++)
        need(r.found[at].warning);
done:
    dia_dict_unref(dict);
}

static char *read_in(const char *name)
{
    char path[600];
    snprintf(path, sizeof path, "%s/inherited/%s.dia", folder, name);
    return reads_file(path);
}

static void each_wrong_dictionary_is_refused_for_its_reason(void)
{
    glob_t files;
    char pattern[600];
    char *m = read_in("m"), *n = read_in("n"), *broken = read_in("broken");
    const reads_source sources[] = { { "m", m }, { "n", n }, { "broken", broken }, { NULL, NULL } };
    snprintf(pattern, sizeof pattern, "%s/*.dia", folder);
    const bool found = glob(pattern, 0, NULL, &files) == 0;
    need(found && files.gl_pathc >= 80 && m && n && broken);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        harness_row(files.gl_pathv[i]);
        char *text = reads_file(files.gl_pathv[i]);
        check(text != NULL);
        if (text)
            check_file(text, sources);
        free(text);
    }
done:
    if (found)
        globfree(&files);
    free(m);
    free(n);
    free(broken);
}

static void every_error_has_its_dictionary(void)
{
    for (size_t i = 0; i < NAMES; i++) {
        harness_row(names[i]);
        check(seen[i]);
    }
}

int main(int argc, char **argv)
{
    static const struct harness_test tests[] = {
        { "each_wrong_dictionary_is_refused_for_its_reason", each_wrong_dictionary_is_refused_for_its_reason },
        { "every_error_has_its_dictionary", every_error_has_its_dictionary },
    };
    if (argc != 2)
        return 2;
    folder = argv[1];
    return HARNESS_RUN("dict/wrong", tests);
}
