/* Dictionaries in XML: whatever the octets, they are refused with a reason or become dictionaries that the reader takes
 * without an error. The first file ends at the first NUL; behind it stands the one that it may include. */
#include "fuzz.h"

#include "cli/import.h"

#include "diatom/app/all.h"

#include <string.h>

enum { FILES = 600, OCTETS_MAX = 1 << 16 };

typedef struct job {
    dia_bytes inner;
    unsigned errors;
    uint8_t *p; /* a text in the making */
    size_t n, cap;
} job;

static bool open_inner(void *arg, const char *name, dia_bytes *text, const char **path)
{
    const job *j = arg;
    must(!strchr(name, '/') && name[0] != '.');
    *text = j->inner;
    *path = "inner";
    return j->inner.p != NULL;
}

static void report(void *arg, const char *file, unsigned long line, const char *kind, const char *text)
{
    job *j = arg;
    must(file && *text && strlen(text) < 500);
    (void)line;
    j->errors += !kind;
}

static int append(void *arg, const char *p, size_t n)
{
    job *to = arg;
    if (to->n + n > to->cap) {
        to->cap = 2 * (to->n + n);
        to->p = realloc(to->p, to->cap);
        must(to->p != NULL);
    }
    memcpy(to->p + to->n, p, n);
    to->n += n;
    return 0;
}

static void report_dict(void *arg, const dia_dict_error *error)
{
    const job *j = arg;
    if (!error->warning)
        fprintf(stderr, "%.*s\n%u:%u: %s\n", (int)j->n, (const char *)j->p, error->line, error->column, error->message);
}

/* Each is read behind those that it inherits from. */
static void check_files(job *j, const import *im)
{
    const dia_dict *known[FILES];
    dia_dict *mine[FILES];
    size_t n = 0, count = 0;
    for (; n < dia_dicts_all.n; n++)
        known[n] = dia_dicts_all.v[n];
    for (const import_file *f = im->files; f && n < FILES; f = f->next) {
        const dia_dict_reader reader = { .known = { known, n }, .report = report_dict, .arg = j };
        j->n = 0;
        must(import_write(im, f, append, j) == 0);
        must(dia_dict_read(&reader, (dia_bytes){ j->p, j->n }, f->name, &mine[count]) == 0);
        known[n++] = mine[count++];
    }
    while (count)
        dia_dict_unref(mine[--count]);
}

static void run(dia_bytes in, dia_bytes inner, bool new_only)
{
    dia_arena arena;
    job j = { .inner = inner };
    dia_arena_init(&arena, NULL, 0, SIZE_MAX, NULL);
    const xml_reader reader = { &arena, open_inner, report, &j, "dictionary" };
    import *im = dia_arena_get0(&arena, sizeof *im);
    must(im != NULL);
    *im = (import){ .arena = &arena, .built_in = &dia_dicts_all, .report = report, .arg = &j, .new_only = new_only };
    const xml_element *root = xml_read(&reader, "fuzz", in);
    must(!root == (j.errors == 1));
    if (root) {
        im->origin = "fuzz";
        im->wireshark = strcmp(root->name, "dictionary") == 0;
        (im->wireshark ? import_wireshark : import_go)(im, root);
        import_settle(im);
        must(im->bad == (j.errors > 0));
        if (!im->bad)
            check_files(&j, im);
    }
    free(j.p);
    dia_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > OCTETS_MAX)
        return 0;
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    const dia_bytes in = { data, nul ? (size_t)(nul - data) : size };
    const dia_bytes inner = nul ? (dia_bytes){ nul + 1, size - in.n - 1 } : (dia_bytes){ 0 };
    run(in, inner, false);
    run(in, inner, true);
    return 0;
}
