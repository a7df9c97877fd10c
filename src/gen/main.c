/* diatom-gen, the dictionary compiler as a program of the build: each FILE.dia -> <stem>.h, <stem>_node.h,
 * <stem>.c. A build gives it all files at once: each is then read once, and not for everyone who inherits from it. */
#include "gen/gen.h"
#include "library.h"

#include <stdio.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

typedef struct options {
    const char *folders[OPTIONS_MAX];
    const char *inherits[OPTIONS_MAX + 1];
    const char *replaced[OPTIONS_MAX + 1]; /* those of them that are OLD/NEW: they also hold for what is inherited */
    size_t n_folders, n_inherits, n_replaced;
    const char *depfile, *name, *prefix;
    bool all;
} options;

static int usage(void)
{
    fprintf(stderr,
            "usage: diatom-gen [-I DIR]... [-d DEPFILE] [--name NAME] [--prefix PREFIX] [--inherits OLD/NEW]...\n"
            "                  FILE.dia... OUTDIR\n"
            "       diatom-gen --all OUTDIR STEM...\n");
    return 2;
}

/* ---- Output: a file appears when it is whole ---- */

static int put(void *arg, const char *text, size_t n)
{
    return fwrite(text, 1, n, (FILE *)arg) == n ? 0 : DIA_ESYSTEM;
}

/* What is written into a file. */
typedef struct job {
    const dia_dict *dict;
    dia_dicts dicts;
    const char *const *stems; /* of all.h, all.c */
    size_t n_stems;
    dia_gen_part part;
} job;

static int say(const job *j, FILE *out)
{
    return j->dict ? dia_gen(j->dict, &j->dicts, j->part, put, out)
                   : dia_gen_all(j->stems, j->n_stems, j->part, put, out);
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

static int write_all(char **args, int n)
{
    job j = { .stems = (const char *const *)(args + 1), .n_stems = (size_t)n - 1, .part = DIA_GEN_HEADER };
    int err = write_file(&j, args[0], "all", ".h");
    j.part = DIA_GEN_SOURCE;
    if (!err)
        err = write_file(&j, args[0], "all", ".c");
    return err ? 1 : 0;
}

/* ---- Dictionaries ---- */

static void say_prerequisite(void *arg, const char *path)
{
    FILE *const out = arg;
    fputs(" \\\n  ", out);
    for (; *path; path++)
        fprintf(out, *path == ' ' ? "\\%c" : "%c", *path);
}

/* For ninja and make: the first header stands for all output; it depends on all files that were read. */
static int write_depfile(const library *lib, const char *depfile, const char *folder, const char *stem)
{
    FILE *const out = fopen(depfile, "wb");
    if (!out) {
        perror(depfile);
        return DIA_ESYSTEM;
    }
    fprintf(out, "%s/%s.h:", folder, stem);
    library_read_files(lib, say_prerequisite, out);
    fputc('\n', out);
    return fclose(out) == 0 ? 0 : DIA_ESYSTEM;
}

static int compile(library *lib, const char *file, const char *folder, const char **stem)
{
    const dia_dict *dict;
    dia_dicts parents;
    const int err = library_read(lib, file, &dict, &parents);
    if (err) {
        fprintf(stderr, "%s: %s\n", file, dia_strerror(err));
        return err;
    }
    static const char *const ends[] = {
        [DIA_GEN_HEADER] = ".h", [DIA_GEN_NODE_HEADER] = "_node.h", [DIA_GEN_SOURCE] = ".c"
    };
    job j = { .dict = dict, .dicts = parents };
    *stem = dict->stem;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        j.part = (dia_gen_part)i;
        if (write_file(&j, folder, dict->stem, ends[i]))
            return DIA_ESYSTEM;
    }
    return 0;
}

static int compile_each(const options *o, library *lib, char **files, int n, const char *folder)
{
    for (size_t i = 0; i < o->n_folders; i++)
        if (library_add_folder(lib, o->folders[i]))
            return 1;
    const char *stem, *first = NULL;
    for (int i = 0; i < n; i++) {
        if (compile(lib, files[i], folder, &stem))
            return 1;
        if (!first)
            first = stem;
    }
    return o->depfile && write_depfile(lib, o->depfile, folder, first) ? 1 : 0;
}

/* ---- Options ---- */

static void take_inherits(options *o, const char *value)
{
    o->inherits[o->n_inherits++] = value;
    if (strchr(value, '/'))
        o->replaced[o->n_replaced++] = value;
}

/* Takes the option and its value. False: there is no such option, or no room for it. */
static bool take(options *o, const char *option, const char *value)
{
    if (strcmp(option, "-I") == 0 && o->n_folders < OPTIONS_MAX)
        o->folders[o->n_folders++] = value;
    else if (strcmp(option, "--inherits") == 0 && o->n_inherits < OPTIONS_MAX)
        take_inherits(o, value);
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
    if (o.all)
        return argc - i >= 2 ? write_all(argv + i, argc - i) : usage();
    if (argc - i < 2)
        return usage();
    library lib = { .name = o.name, .prefix = o.prefix, .inherits = o.inherits, .replaced = o.replaced };
    const int result = compile_each(&o, &lib, argv + i, argc - i - 1, argv[argc - 1]);
    library_done(&lib);
    return result;
}
