/* The reader of .dia files: whatever the text, it ends with a dictionary or with findings in order; what is formatted
 * means the same, what is flattened can be read again. The text ends at the first NUL; behind it stands the text of
 * whatever it inherits. */
#include "fuzz.h"

#include "dict/dict.h"

typedef struct findings {
    dia_bytes inherited;
    unsigned errors;
    uint32_t line, column; /* of the last one in the file itself */
} findings;

typedef struct text {
    uint8_t *p;
    size_t n, cap;
} text;

static int open_inherited(void *arg, const char *name, dia_bytes *out, const char **file)
{
    const findings *found = arg;
    if (!found->inherited.p || name[0] == 'x')
        return DIA_ENOENT;
    *out = found->inherited;
    *file = "inherited";
    return 0;
}

static void report(void *arg, const dia_dict_error *error)
{
    findings *found = arg;
    must(error->line > 0 && error->column > 0 && error->name[0] && error->message[0]);
    found->errors += !error->warning;
    /* Inherited files are read between, perhaps more than once. */
    if (strcmp(error->file, "fuzz") != 0)
        return;
    must(error->line > found->line || (error->line == found->line && error->column >= found->column));
    found->line = error->line;
    found->column = error->column;
}

static int append(void *arg, const char *p, size_t n)
{
    text *to = arg;
    if (to->n + n > to->cap) {
        to->cap = 2 * (to->n + n);
        to->p = realloc(to->p, to->cap);
        if (!to->p)
            abort();
    }
    memcpy(to->p + to->n, p, n);
    to->n += n;
    return 0;
}

static dia_bytes bytes_of(const text *t)
{
    return t->p ? (dia_bytes){ t->p, t->n } : dia_cstr("");
}

static int read_dict(dia_bytes in, dia_bytes inherited, dia_dict **out)
{
    findings found = { .inherited = inherited };
    const dia_dict_reader reader = { .open = open_inherited, .report = report, .arg = &found };
    *out = NULL;
    const int err = dia_dict_read(&reader, in, "fuzz", out);
    must(err == 0 || err == DIA_EFORMAT || err == DIA_ESPACE);
    must(!err == !!*out);
    must(!err == !found.errors);
    return err;
}

static void check_tables(const dia_dict *dict)
{
    for (uint32_t i = 0; i < dict->n_avps; i++) {
        const dia_avp_def *avp = dict->avps[i];
        must(dia_dict_avp_named(dict, dia_cstr(avp->name)) == avp);
        const dia_avp_def *first = dia_dict_avp(dict, avp->code, avp->vendor);
        must(first && first->code == avp->code && first->vendor == avp->vendor);
        for (uint32_t k = 0; avp->group && k < avp->group->n_fields; k++) {
            const dia_field *field = &avp->group->fields[k];
            const dia_field *found = dia_grammar_field(avp->group, field->code, field->vendor);
            must(found && found->code == field->code && found->vendor == field->vendor);
            must(avp->group->probes[k] + 8U <= avp->group->size);
        }
    }
    for (uint32_t i = 0; i < dict->n_alias; i++)
        must(dia_dict_avp_named(dict, dia_cstr(dict->alias[i].name)));
    for (uint32_t i = 0; i < dict->n_commands; i++)
        must(dict->commands[i].other && dict->commands[i].other->other == &dict->commands[i]);
}

/* What is found in a list of one is found with an index, too. */
static void check_index(const dia_dict *dict)
{
    const dia_index *index = NULL;
    const dia_dicts plain = { &dict, 1, NULL };
    must(dia_dicts_index(NULL, &plain, &index) == 0);
    const dia_dicts indexed = { &dict, 1, index };
    for (uint32_t i = 0; i < dict->n_avps; i++) {
        const dia_avp_def *avp = dict->avps[i];
        must(dia_dicts_avp(&indexed, 0, avp->code, avp->vendor) == dia_dict_avp(dict, avp->code, avp->vendor));
        must(dia_dicts_avp_named(&indexed, 0, dia_cstr(avp->name)) == avp);
    }
    dia_index_free(index);
}

static void check_formatted(dia_bytes in, dia_bytes inherited, int err)
{
    const dia_dict_reader reader = { 0 };
    text once = { 0 }, twice = { 0 };
    if (dia_dict_format(&reader, in, "fuzz", append, &once) == 0) {
        must(dia_dict_format(&reader, bytes_of(&once), "fuzz", append, &twice) == 0);
        must(dia_bytes_equal(bytes_of(&once), bytes_of(&twice)));
        dia_dict *dict;
        must(read_dict(bytes_of(&once), inherited, &dict) == err);
        dia_dict_unref(dict);
    }
    free(once.p);
    free(twice.p);
}

static void check_flattened(const dia_dict *dict)
{
    text flat = { 0 };
    const int err = dia_dict_flatten(dict, append, &flat);
    must(err == 0 || err == DIA_EEXIST);
    if (!err) {
        dia_dict *again;
        must(read_dict(bytes_of(&flat), (dia_bytes){ 0 }, &again) == 0);
        must(again->n_commands == dict->n_commands);
        dia_dict_unref(again);
    }
    free(flat.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    const dia_bytes in = { data, nul ? (size_t)(nul - data) : size };
    const dia_bytes inherited = nul ? (dia_bytes){ nul + 1, size - in.n - 1 } : (dia_bytes){ 0 };
    dia_bytes name;
    dia_dict *dict;
    dia_dict_peek_name(in, &name);
    const int err = read_dict(in, inherited, &dict);
    if (dict) {
        check_tables(dict);
        check_index(dict);
        check_flattened(dict);
    }
    check_formatted(in, inherited, err);
    dia_dict_unref(dict);
    return 0;
}
