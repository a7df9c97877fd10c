/* diatom-gen, the dictionary compiler as a program of the build: each FILE.dia -> <stem>.h, <stem>_node.h, <stem>.c; and
 * all of them -> all.h, all.c. A build gives it all files at once: each is read once, and not for everyone who inherits
 * from it. */
#include "gen/gen.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

typedef struct options {
    const char *folders[OPTIONS_MAX];
    const char *inherits[OPTIONS_MAX + 1];
    size_t n_folders, n_inherits;
    const char *depfile, *name, *prefix;
    bool all;
} options;

static int usage(void)
{
    fprintf(stderr,
            "usage: diatom-gen [-I DIR]... [-d DEPFILE] [--name NAME] [--prefix PREFIX] [--inherits OLD/NEW]...\n"
            "                  FILE.dia... OUTDIR\n"
            "       diatom-gen --all [-I DIR]... [-d DEPFILE] OUTDIR FILE.dia...\n");
    return 2;
}

/* ---- Output: a file appears when it is whole ---- */

static int put(void *arg, const char *text, size_t n)
{
    return fwrite(text, 1, n, (FILE *)arg) == n ? 0 : DIA_ESYSTEM;
}

/* What is written into a file. */
typedef struct job {
    const dia_dict *dict; /* NULL: all.h, all.c */
    dia_dicts dicts;
    dia_gen_part part;
} job;

static int say(const job *j, FILE *out)
{
    return j->dict ? dia_gen(j->dict, &j->dicts, j->part, put, out) : dia_gen_all(&j->dicts, j->part, put, out);
}

static int write_file(const job *j, const char *folder, const char *stem, const char *end)
{
    char path[FILENAME_MAX], draft[FILENAME_MAX + 4];
    if (snprintf(path, sizeof path, "%s/%s%s", folder, stem, end) >= (int)sizeof path)
        return DIA_ESPACE;
    snprintf(draft, sizeof draft, "%s.tmp", path);
    FILE *const out = fopen(draft, "wb");
    int err = out ? say(j, out) : DIA_ESYSTEM;
    if (out && fclose(out) != 0 && !err)
        err = DIA_ESYSTEM;
    if (!err && rename(draft, path) != 0)
        err = DIA_ESYSTEM;
    if (err) {
        fprintf(stderr, "%s: %s\n", path, dia_strerror(err));
        remove(draft);
    }
    return err;
}

/* For ninja and make: the header depends on all files that were read. */
static int write_depfile(const dia_shelf *shelf, const char *depfile, const char *folder, const char *stem)
{
    FILE *const out = fopen(depfile, "wb");
    if (!out) {
        perror(depfile);
        return 1;
    }
    fprintf(out, "%s/%s.h:", folder, stem);
    const char *path;
    for (size_t i = 0; (path = dia_shelf_file(shelf, i)); i++) {
        fputs(" \\\n  ", out);
        for (; *path; path++)
            fprintf(out, *path == ' ' ? "\\%c" : "%c", *path);
    }
    fputc('\n', out);
    return fclose(out) == 0 ? 0 : 1;
}

/* ---- Input ---- */

/* The texts that the shelf keeps. */
typedef struct texts {
    char **v;
    size_t n;
} texts;

static void *grow(void *p, size_t size)
{
    void *const q = realloc(p, size);
    if (q)
        return q;
    fprintf(stderr, "diatom-gen: out of memory\n");
    exit(1);
}

static int load(void *arg, const char *path, dia_bytes *text)
{
    texts *const t = arg;
    FILE *const in = fopen(path, "rb");
    if (!in) {
        perror(path);
        return DIA_ESYSTEM;
    }
    size_t cap = 0, n = 0, got;
    char *p = NULL;
    do {
        cap = cap ? 2 * cap : (size_t)1 << 16;
        p = grow(p, cap);
        got = fread(p + n, 1, cap - n, in);
        n += got;
    } while (n == cap);
    fclose(in);
    t->v = grow(t->v, (t->n + 1) * sizeof *t->v);
    t->v[t->n++] = p;
    *text = (dia_bytes){ (const uint8_t *)p, n };
    return 0;
}

static void report(void *arg, const dia_dict_error *error)
{
    (void)arg;
    /* The program that is linked has it or not. */
    if (strcmp(error->name, "codec_ignored") == 0)
        return;
    fprintf(stderr, "%s:%u:%u: %s%s\n", error->file, error->line, error->column, error->warning ? "warning: " : "",
            error->message);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All *.dia of a folder, in the order of their names. */
static int add_folder(dia_shelf *shelf, const char *folder)
{
    DIR *const dir = opendir(folder);
    if (!dir) {
        perror(folder);
        return DIA_ENOENT;
    }
    char **names = NULL;
    size_t n = 0;
    int err = 0;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length <= 4 || strcmp(entry->d_name + length - 4, ".dia") != 0)
            continue;
        char *const path = grow(NULL, strlen(folder) + length + 2);
        sprintf(path, "%s/%s", folder, entry->d_name);
        names = grow(names, (n + 1) * sizeof *names);
        names[n++] = path;
    }
    closedir(dir);
    if (n)
        qsort(names, n, sizeof *names, by_text);
    for (size_t i = 0; i < n; i++) {
        if (!err)
            err = dia_shelf_add(shelf, names[i]);
        free(names[i]);
    }
    free(names);
    return err;
}

static int read_dia(dia_shelf *shelf, const char *file, const dia_shelf_how *how, const dia_dict **out)
{
    const int err = dia_shelf_read(shelf, file, how, out);
    if (err)
        fprintf(stderr, "%s: %s\n", file, dia_strerror(err));
    return err;
}

/* ---- Each dictionary, and all of them ---- */

static int compile(const options *o, dia_shelf *shelf, const char *file, const char *folder, const char **stem)
{
    const dia_shelf_how how = { o->name, o->prefix, o->inherits };
    static const char *const ends[] = {
        [DIA_GEN_HEADER] = ".h", [DIA_GEN_NODE_HEADER] = "_node.h", [DIA_GEN_SOURCE] = ".c"
    };
    job j = { 0 };
    if (read_dia(shelf, file, &how, &j.dict))
        return 1;
    *stem = j.dict->stem;
    j.dicts = dia_shelf_dicts(shelf);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        j.part = (dia_gen_part)i;
        if (write_file(&j, folder, j.dict->stem, ends[i]))
            return 1;
    }
    return 0;
}

/* The first header stands for all output in the depfile. */
static int compile_each(const options *o, dia_shelf *shelf, const char *folder, char **files, size_t n)
{
    const char *first = NULL, *stem;
    for (size_t i = 0; i < n; i++)
        if (dia_shelf_add(shelf, files[i]))
            return 1;
    for (size_t i = 0; i < n; i++) {
        if (compile(o, shelf, files[i], folder, &stem))
            return 1;
        if (!first)
            first = stem;
    }
    return o->depfile ? write_depfile(shelf, o->depfile, folder, first) : 0;
}

static int compile_all(const options *o, dia_shelf *shelf, const char *folder, char **files, size_t n)
{
    const dia_dict **const dicts = grow(NULL, n * sizeof *dicts);
    job j = { .dicts = { .v = dicts, .n = n }, .part = DIA_GEN_HEADER };
    int err = 0;
    for (size_t i = 0; i < n && !err; i++)
        err = dia_shelf_add(shelf, files[i]);
    for (size_t i = 0; i < n && !err; i++)
        err = read_dia(shelf, files[i], NULL, &dicts[i]);
    if (!err)
        err = write_file(&j, folder, "all", ".h");
    j.part = DIA_GEN_SOURCE;
    if (!err)
        err = write_file(&j, folder, "all", ".c");
    free(dicts);
    return err ? 1 : o->depfile ? write_depfile(shelf, o->depfile, folder, "all") : 0;
}

static int run(const options *o, char **args, size_t n)
{
    texts kept = { 0 };
    const dia_shelf_config config = { .load = load, .report = report, .arg = &kept };
    dia_shelf *shelf = NULL;
    int result = dia_shelf_new(&config, &shelf);
    for (size_t i = 0; i < o->n_folders && !result; i++)
        result = add_folder(shelf, o->folders[i]);
    if (result)
        result = 1;
    else
        result =
            o->all ? compile_all(o, shelf, args[0], args + 1, n - 1) : compile_each(o, shelf, args[n - 1], args, n - 1);
    dia_shelf_free(shelf);
    while (kept.n)
        free(kept.v[--kept.n]);
    free(kept.v);
    return result;
}

/* ---- Options ---- */

/* Takes the option and its value. False: there is no such option, or no room for it. */
static bool take(options *o, const char *option, const char *value)
{
    if (strcmp(option, "-I") == 0 && o->n_folders < OPTIONS_MAX)
        o->folders[o->n_folders++] = value;
    else if (strcmp(option, "--inherits") == 0 && o->n_inherits < OPTIONS_MAX)
        o->inherits[o->n_inherits++] = value;
    else if (strcmp(option, "-d") == 0)
        o->depfile = value;
    else if (strcmp(option, "--name") == 0)
        o->name = value;
    else if (strcmp(option, "--prefix") == 0)
        o->prefix = value;
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    options o = { 0 };
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--all") == 0) {
            o.all = true;
            i--;
        } else if (i + 1 == argc || !take(&o, argv[i], argv[i + 1])) {
            return usage();
        }
    }
    const int n = argc - i;
    return n < 2 ? usage() : run(&o, argv + i, (size_t)n);
}
