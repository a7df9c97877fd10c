/* Finding and reading .dia files in the order of inheritance. */
#define _XOPEN_SOURCE 700

#include "library.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOT_READ, IN_HAND, READ };

struct volume {
    char *path; /* as it was given first */
    char *real; /* the same for each way to write it */
    char *text; /* NULL: not opened yet */
    size_t n;
    int state;
    const dia_dict *dict;     /* when READ */
    const dia_dict **parents; /* what it inherits from, each behind its own */
    size_t n_parents;
};

/* What a first reading found missing. */
struct wanted {
    char **names;
    size_t n;
};

/* ---- Files ---- */

static void *grow(void *p, size_t size)
{
    void *const q = realloc(p, size ? size : 1);
    if (q)
        return q;
    fprintf(stderr, "diatom-gen: out of memory\n");
    exit(1);
}

static char *copy_of(const char *s, size_t n)
{
    char *const to = grow(NULL, n + 1);
    memcpy(to, s, n);
    to[n] = 0;
    return to;
}

static struct volume *add_file(library *lib, const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        real = copy_of(path, strlen(path));
    for (size_t i = 0; i < lib->n; i++)
        if (strcmp(lib->volumes[i].real, real) == 0) {
            free(real);
            return &lib->volumes[i];
        }
    if (lib->n == lib->cap) {
        lib->cap = lib->cap ? 2 * lib->cap : 64;
        lib->volumes = grow(lib->volumes, lib->cap * sizeof *lib->volumes);
    }
    lib->volumes[lib->n] = (struct volume){ .path = copy_of(path, strlen(path)), .real = real };
    return &lib->volumes[lib->n++];
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct volume *)a)->path, ((const struct volume *)b)->path);
}

int library_add_folder(library *lib, const char *folder)
{
    DIR *const dir = opendir(folder);
    if (!dir) {
        perror(folder);
        return DIA_ENOENT;
    }
    const size_t first = lib->n;
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const size_t n = strlen(entry->d_name);
        if (n <= 4 || strcmp(entry->d_name + n - 4, ".dia") != 0)
            continue;
        char *const path = grow(NULL, strlen(folder) + n + 2);
        sprintf(path, "%s/%s", folder, entry->d_name);
        add_file(lib, path);
        free(path);
    }
    closedir(dir);
    qsort(lib->volumes + first, lib->n - first, sizeof *lib->volumes, by_path);
    return 0;
}

static int open_file(struct volume *file)
{
    if (file->text)
        return 0;
    FILE *const in = fopen(file->path, "rb");
    if (!in) {
        perror(file->path);
        return DIA_ENOENT;
    }
    size_t cap = 0, n = 0, got;
    char *text = NULL;
    do {
        cap = cap ? 2 * cap : (size_t)1 << 16;
        text = grow(text, cap);
        got = fread(text + n, 1, cap - n, in);
        n += got;
    } while (n == cap);
    fclose(in);
    file->text = text;
    file->n = n;
    return 0;
}

/* ---- Names ---- */

/* Is the word in this line? Quotes, blanks, commas and "=" are around words. */
static bool line_has(const char *line, size_t n, const char *word)
{
    static const char around[] = " \t'\",;=";
    const size_t length = strlen(word);
    for (size_t i = 0; i < n;) {
        const size_t start = i;
        while (i < n && !strchr(around, line[i]))
            i++;
        if (i - start == length && memcmp(line + start, word, length) == 0)
            return true;
        i += i < n;
    }
    return false;
}

/* Does the file give itself this name: by @name or, in the annotation of the same line, as an alias? */
static bool says_name(const struct volume *file, const char *name)
{
    const char *p = file->text, *const end = file->text + file->n;
    while (p < end) {
        const char *next = p;
        while (next < end && *next != '\n' && *next != '\r')
            next++;
        while (p < next && (*p == ' ' || *p == '\t'))
            p++;
        if (next - p > 5 && memcmp(p, "@name", 5) == 0)
            return line_has(p + 5, (size_t)(next - p) - 5, name);
        p = next + 1;
    }
    return false;
}

static bool file_is_called(const struct volume *file, const char *name)
{
    const char *const slash = strrchr(file->path, '/');
    const char *const base = slash ? slash + 1 : file->path;
    const size_t n = strlen(name);
    return strncmp(base, name, n) == 0 && strcmp(base + n, ".dia") == 0;
}

/* The first file with @name or alias `name`, else the first whose file name is that. */
static struct volume *find(library *lib, const char *name)
{
    for (size_t i = 0; i < lib->n; i++)
        if (open_file(&lib->volumes[i]) == 0 && says_name(&lib->volumes[i], name))
            return &lib->volumes[i];
    for (size_t i = 0; i < lib->n; i++)
        if (file_is_called(&lib->volumes[i], name))
            return &lib->volumes[i];
    return NULL;
}

/* ---- Reading ---- */

static int want(void *arg, const char *name, dia_bytes *text, const char **file)
{
    struct wanted *const w = arg;
    (void)text;
    (void)file;
    w->names = grow(w->names, (w->n + 1) * sizeof *w->names);
    w->names[w->n++] = copy_of(name, strlen(name));
    return DIA_ENOENT;
}

static void report(void *arg, const dia_dict_error *error)
{
    (void)arg;
    fprintf(stderr, "%s:%u:%u: %s%s\n", error->file, error->line, error->column, error->warning ? "warning: " : "",
            error->message);
}

static int read_text(library *lib, const struct volume *file, bool asked_for, struct wanted *missing, dia_dict **out)
{
    const dia_dict_reader reader = {
        .open = missing ? want : NULL,
        .report = missing ? NULL : report,
        .arg = missing,
        .known = { .v = lib->dicts, .n = missing ? 0 : lib->n_dicts },
        .name = asked_for ? lib->name : NULL,
        .prefix = asked_for ? lib->prefix : NULL,
        .inherits = asked_for ? lib->inherits : lib->replaced,
    };
    return dia_dict_read(&reader, (dia_bytes){ (const uint8_t *)file->text, file->n }, file->path, out);
}

static int read_file(library *lib, size_t i, bool asked_for);

static void add_parent(struct volume *file, const dia_dict *dict)
{
    for (size_t i = 0; i < file->n_parents; i++)
        if (file->parents[i] == dict)
            return;
    file->parents = grow(file->parents, (file->n_parents + 1) * sizeof *file->parents);
    file->parents[file->n_parents++] = dict;
}

static int read_wanted(library *lib, size_t i, const struct wanted *missing)
{
    for (size_t k = 0; k < missing->n; k++) {
        struct volume *const parent = find(lib, missing->names[k]);
        if (parent && parent->state == IN_HAND) {
            fprintf(stderr, "%s:1:1: inherits %s, which inherits from it\n", lib->volumes[i].path, missing->names[k]);
            return DIA_EFORMAT;
        }
        const int err = parent ? read_file(lib, (size_t)(parent - lib->volumes), false) : 0;
        if (err)
            return err;
        for (size_t p = 0; parent && p < parent->n_parents; p++)
            add_parent(&lib->volumes[i], parent->parents[p]);
        if (parent)
            add_parent(&lib->volumes[i], parent->dict);
    }
    return 0;
}

/* Twice: once with nothing known, to hear what it inherits from; then, with all of that read, for good. */
static int read_file(library *lib, size_t i, bool asked_for)
{
    if (lib->volumes[i].state == READ)
        return 0;
    int err = open_file(&lib->volumes[i]);
    if (err)
        return err;
    lib->volumes[i].state = IN_HAND;
    struct wanted missing = { 0 };
    dia_dict *dict;
    if (read_text(lib, &lib->volumes[i], asked_for, &missing, &dict) == 0)
        dia_dict_unref(dict);
    err = read_wanted(lib, i, &missing);
    for (size_t k = 0; k < missing.n; k++)
        free(missing.names[k]);
    free(missing.names);
    if (!err)
        err = read_text(lib, &lib->volumes[i], asked_for, NULL, &dict);
    if (err)
        return err;
    lib->dicts = grow(lib->dicts, (lib->n_dicts + 1) * sizeof *lib->dicts);
    lib->dicts[lib->n_dicts++] = dict;
    lib->volumes[i].dict = dict;
    lib->volumes[i].state = READ;
    return 0;
}

int library_read(library *lib, const char *path, const dia_dict **out, dia_dicts *parents)
{
    const size_t i = (size_t)(add_file(lib, path) - lib->volumes);
    const int err = read_file(lib, i, true);
    if (err)
        return err;
    *out = lib->volumes[i].dict;
    *parents = (dia_dicts){ .v = lib->volumes[i].parents, .n = lib->volumes[i].n_parents };
    return 0;
}

void library_read_files(const library *lib, void (*say)(void *arg, const char *path), void *arg)
{
    for (size_t i = 0; i < lib->n; i++)
        if (lib->volumes[i].state == READ)
            say(arg, lib->volumes[i].path);
}

void library_done(library *lib)
{
    for (size_t i = lib->n_dicts; i--;)
        dia_dict_unref(lib->dicts[i]);
    for (size_t i = 0; i < lib->n; i++) {
        free(lib->volumes[i].path);
        free(lib->volumes[i].real);
        free(lib->volumes[i].text);
        free(lib->volumes[i].parents);
    }
    free(lib->dicts);
    free(lib->volumes);
}
