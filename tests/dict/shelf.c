/* Tests of the shelf: files that inherit from each other, found by their names. */
#include "harness.h"
#include "reads.h"

typedef struct file {
    const char *path, *text;
} file;

typedef struct folder {
    const file *files; /* ends with a NULL path; no text: it cannot be read */
    int loads;
    unsigned n;
    char found[16][64];
} folder;

static int load(void *arg, const char *path, dia_bytes *text)
{
    folder *f = arg;
    f->loads++;
    for (const file *it = f->files; it->path; it++) {
        if (strcmp(it->path, path) != 0 || !it->text)
            continue;
        *text = dia_cstr(it->text);
        return 0;
    }
    return DIA_ESYSTEM;
}

static void report(void *arg, const dia_dict_error *error)
{
    folder *f = arg;
    if (f->n < 16)
        snprintf(f->found[f->n++], sizeof f->found[0], "%s:%u %s", error->file, (unsigned)error->line, error->name);
}

static int open_shelf(folder *f, const file *files, dia_dicts known, dia_shelf **out)
{
    *f = (folder){ .files = files };
    *out = NULL;
    const dia_shelf_config config = {
        .alloc = harness_allocator(), .load = load, .report = report, .arg = f, .known = known
    };
    int err = dia_shelf_new(&config, out);
    for (const file *it = files; it->path && !err; it++)
        err = dia_shelf_add(*out, it->path);
    return err;
}

static const file family[] = {
    { "d/child.dia", "@id 1 @name child @inherits parent @inherits 'grand mother' G\n" },
    { "d/parent.dia", "; @name is not this\n@name parent\n@inherits grandmother\n@avp_types P 1 Time -\n" },
    { "d/third.dia", "@name nobody ;! stem=granny alias='none,grandmother,grand mother'\n"
                     "@avp_types G 2 Time -\n" },
    { "d/odd.dia", "@avp_types O 3 Time -\n" },
    { "d/heir.dia", "@name heir @inherits odd @inherits granny\n" },
    { NULL, NULL },
};

static void parents_are_read_first_and_once(void)
{
    folder f;
    dia_shelf *shelf;
    const dia_dict *child, *heir, *again;
    need_int(open_shelf(&f, family, (dia_dicts){ 0 }, &shelf), 0);
    need_int(dia_shelf_read(shelf, "d/heir.dia", NULL, &heir), 0);
    need_int(dia_shelf_read(shelf, "d/child.dia", NULL, &child), 0);
    need_int(dia_shelf_read(shelf, "d/child.dia", NULL, &again), 0);
    need_int(f.n, 0);
    need_int(f.loads, 5);
    need(again == child);
    const dia_dicts all = dia_shelf_dicts(shelf);
    need_int(all.n, 5);
    static const char *const want[] = { "odd", "nobody", "heir", "parent", "child" };
    for (size_t i = 0; i < 5; i++)
        need_str(all.v[i]->name, want[i]);
    need(dia_dict_avp_named(heir, dia_cstr("O")) && dia_dict_avp_named(heir, dia_cstr("G")));
    need(dia_dict_avp_named(child, dia_cstr("G")) == dia_dict_avp_named(heir, dia_cstr("G")));
    need_str(dia_shelf_file(shelf, 0), "d/child.dia");
    need_str(dia_shelf_file(shelf, 4), "d/heir.dia");
    need(!dia_shelf_file(shelf, 5));
done:
    dia_shelf_free(shelf);
}

static void options_hold_for_the_file_and_replacements_for_all(void)
{
    static const file files[] = {
        { "top.dia", "@name top @inherits middle\n" },
        { "middle.dia", "@name middle @inherits old @avp_types M 1 Time -\n" },
        { "new.dia", "@name new @avp_types N 2 Time -\n" },
        { NULL, NULL },
    };
    static const char *const options[] = { "old/new", NULL };
    const dia_shelf_how how = { .name = "other", .prefix = "px", .inherits = options };
    folder f;
    dia_shelf *shelf;
    const dia_dict *dict;
    need_int(open_shelf(&f, files, (dia_dicts){ 0 }, &shelf), 0);
    need_int(dia_shelf_read(shelf, "top.dia", &how, &dict), 0);
    need_str(dict->name, "other");
    need_str(dict->prefix, "px");
    need(dia_dict_avp_named(dict, dia_cstr("N")));
    need(dia_shelf_dicts(shelf).n == 3);
    need_str(dia_shelf_dicts(shelf).v[1]->name, "middle");
done:
    dia_shelf_free(shelf);
}

static void what_was_read_counts_before_what_was_known(void)
{
    reads r;
    dia_dict *known = NULL;
    folder f;
    dia_shelf *shelf = NULL;
    const dia_dict *child;
    reads_begin(&r, NULL);
    need_int(reads_text(&r, "@name odd @avp_types K 9 Time -\n", &known), 0);
    const dia_dict *v[] = { known };
    need_int(open_shelf(&f, family, (dia_dicts){ v, 1, NULL }, &shelf), 0);
    need_int(dia_shelf_read(shelf, "d/heir.dia", NULL, &child), 0);
    need(dia_dict_avp_named(child, dia_cstr("O")) && !dia_dict_avp_named(child, dia_cstr("K")));
    need(dia_shelf_dicts(shelf).n == 4 && dia_shelf_dicts(shelf).v[3] == known);
    dia_shelf_free(shelf);
    shelf = NULL;
    /* What is in no file comes from what is known. */
    static const file alone[] = { { "x.dia", "@name x @inherits odd\n" }, { NULL, NULL } };
    need_int(open_shelf(&f, alone, (dia_dicts){ v, 1, NULL }, &shelf), 0);
    need_int(dia_shelf_read(shelf, "x.dia", NULL, &child), 0);
    need(dia_dict_avp_named(child, dia_cstr("K")));
done:
    dia_shelf_free(shelf);
    dia_dict_unref(known);
}

static void what_goes_wrong_is_said_where_it_is(void)
{
    static const file files[] = {
        { "one.dia", "@name one\n@inherits two\n" },      { "two.dia", "@name two\n\n@inherits one\n" },
        { "self.dia", "@name self\n@inherits self\n" },   { "bad.dia", "@name bad\n@avp_types A 1 Nothing -\n" },
        { "heir.dia", "@name heir @inherits bad\n" },     { "niece.dia", "@name niece @inherits bad\n" },
        { "lost.dia", "@name lost @inherits nowhere\n" }, { "dark.dia", NULL },
        { "seer.dia", "@name seer @inherits dark\n" },    { NULL, NULL },
    };
    static const struct {
        const char *path;
        int err;
        const char *found[2];
    } rows[] = {
        { "one.dia", DIA_EFORMAT, { "two.dia:3 inheritance_cycle", "one.dia:2 no_dict" } },
        { "self.dia", DIA_EFORMAT, { "self.dia:2 inheritance_cycle", NULL } },
        { "heir.dia", DIA_EFORMAT, { "bad.dia:2 avp_has_unknown_type", "heir.dia:1 no_dict" } },
        { "niece.dia", DIA_EFORMAT, { "niece.dia:1 no_dict", NULL } },
        { "bad.dia", DIA_EFORMAT, { NULL, NULL } },
        { "lost.dia", DIA_EFORMAT, { "lost.dia:1 not_loaded", NULL } },
        { "dark.dia", DIA_ESYSTEM, { NULL, NULL } },
        { "seer.dia", DIA_EFORMAT, { "seer.dia:1 read", NULL } },
        { "never.dia", DIA_ESYSTEM, { NULL, NULL } },
    };
    folder f;
    dia_shelf *shelf;
    const dia_dict *dict;
    dia_bytes text;
    need_int(open_shelf(&f, files, (dia_dicts){ 0 }, &shelf), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].path);
        f.n = 0;
        need_int(dia_shelf_read(shelf, rows[i].path, NULL, &dict), rows[i].err);
        unsigned n = 0;
        for (; n < 2 && rows[i].found[n]; n++)
            need(n < f.n && strcmp(f.found[n], rows[i].found[n]) == 0);
        need_int(f.n, n);
    }
    harness_row(NULL);
    need_int(dia_shelf_text(shelf, "bad.dia", &text), 0);
    need_bytes(text, dia_cstr(files[3].text));
    need_int(dia_shelf_text(shelf, "dark.dia", &text), DIA_ESYSTEM);
    need_int(f.loads, 10);
done:
    dia_shelf_free(shelf);
}

/* A chain of so many files. */
static int load_chain(void *arg, const char *path, dia_bytes *text)
{
    static char texts[100][64];
    const int *length = arg;
    int i = 0;
    sscanf(path, "c%d.dia", &i);
    if (i + 1 < *length)
        snprintf(texts[i], sizeof texts[i], "@name c%d @inherits c%d\n", i, i + 1);
    else
        snprintf(texts[i], sizeof texts[i], "@name c%d\n", i);
    *text = dia_cstr(texts[i]);
    return 0;
}

static void depth_is_bounded(void)
{
    static const struct {
        int length, err;
    } rows[] = { { 32, 0 }, { 33, DIA_ESPACE } };
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        int length = rows[k].length;
        const dia_shelf_config config = { .alloc = harness_allocator(), .load = load_chain, .arg = &length };
        dia_shelf *shelf = NULL;
        const dia_dict *dict;
        need_int(dia_shelf_new(&config, &shelf), 0);
        for (int i = 0; i < length; i++) {
            char path[16];
            snprintf(path, sizeof path, "c%d.dia", i);
            need_int(dia_shelf_add(shelf, path), 0);
        }
        need_int(dia_shelf_read(shelf, "c0.dia", NULL, &dict), rows[k].err);
    done:
        dia_shelf_free(shelf);
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "parents_are_read_first_and_once", parents_are_read_first_and_once },
        { "options_hold_for_the_file_and_replacements_for_all", options_hold_for_the_file_and_replacements_for_all },
        { "what_was_read_counts_before_what_was_known", what_was_read_counts_before_what_was_known },
        { "what_goes_wrong_is_said_where_it_is", what_goes_wrong_is_said_where_it_is },
        { "depth_is_bounded", depth_is_bounded },
    };
    return HARNESS_RUN("dict/shelf", tests);
}
