/* The .dia files that a run can reach: found by the names that @inherits uses, read in the order of inheritance. */
#include "cli.h"
#include "dicts.h"
#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <diatom/app/all.h>

typedef enum state { NOT_READ, IN_HAND, READ, BROKEN } state;

struct volume {
    char *path;
    char *text; /* NULL: not opened yet */
    size_t n;
    state state;
    const dia_dict *dict;
};

/* ---- Files ---- */

static size_t add_file(cli_shelf *s, const char *path)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->volumes[i].path, path) == 0)
            return i;
    s->volumes = cli_grow(s->volumes, &s->cap, s->n + 1, sizeof *s->volumes);
    s->volumes[s->n] = (struct volume){ .path = cli_copy(path) };
    return s->n++;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct volume *)a)->path, ((const struct volume *)b)->path);
}

static int add_folder(cli_shelf *s, const char *folder)
{
    const size_t first = s->n;
    DIR *dir = opendir(folder);
    if (!dir)
        return cli_usage(s->command, "cannot read the folder '%s' of -I: %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const size_t n = strlen(entry->d_name);
        if (n <= 4 || strcmp(entry->d_name + n - 4, ".dia") != 0)
            continue;
        const size_t size = strlen(folder) + n + 2;
        char *path = cli_new(size);
        snprintf(path, size, "%s/%s", folder, entry->d_name);
        add_file(s, path);
        free(path);
    }
    closedir(dir);
    if (s->n > first)
        qsort(s->volumes + first, s->n - first, sizeof *s->volumes, by_path);
    return 0;
}

static int open_file(cli_shelf *s, size_t i)
{
    if (s->volumes[i].text)
        return 0;
    FILE *in = fopen(s->volumes[i].path, "rb");
    if (!in)
        return cli_usage(s->command, "cannot read '%s': %s", s->volumes[i].path, strerror(errno));
    char *text = NULL;
    size_t n = 0, cap = 0, got;
    do {
        text = cli_grow(text, &cap, n + 65536, 1);
        got = fread(text + n, 1, cap - n, in);
        n += got;
    } while (got);
    const int err = ferror(in) ? errno : 0;
    fclose(in);
    if (err) {
        free(text);
        return cli_usage(s->command, "cannot read '%s': %s", s->volumes[i].path, strerror(err));
    }
    s->volumes[i].text = text;
    s->volumes[i].n = n;
    return 0;
}

/* ---- Names ---- */

/* Is the word in this line? Quotes, blanks, commas and "=" are around words. */
static bool line_has(const char *line, size_t n, const char *word)
{
    static const char around[] = " \t'\",;=";
    const size_t length = strlen(word);
    for (size_t i = 0; i < n; i++) {
        const size_t start = i;
        while (i < n && !strchr(around, line[i]))
            i++;
        if (i - start == length && memcmp(line + start, word, length) == 0)
            return true;
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
    const char *slash = strrchr(file->path, '/');
    const char *base = slash ? slash + 1 : file->path;
    const size_t n = strlen(name);
    return strncmp(base, name, n) == 0 && strcmp(base + n, ".dia") == 0;
}

/* The first file with this @name or alias, else the first whose file name is that. False: none. */
static bool find_file(cli_shelf *s, const char *name, size_t *out)
{
    for (size_t i = 0; i < s->n; i++)
        if (open_file(s, i) == 0 && says_name(&s->volumes[i], name)) {
            *out = i;
            return true;
        }
    for (size_t i = 0; i < s->n; i++)
        if (file_is_called(&s->volumes[i], name)) {
            *out = i;
            return true;
        }
    return false;
}

/* ---- Reading ---- */

/* What a first reading asked for. */
typedef struct wanted {
    char **v;
    size_t n, cap;
} wanted;

static int want(void *arg, const char *name, dia_bytes *text, const char **file)
{
    wanted *w = arg;
    (void)text, (void)file;
    w->v = cli_grow(w->v, &w->cap, w->n + 1, sizeof *w->v);
    w->v[w->n++] = cli_copy(name);
    return DIA_ENOENT;
}

static void report(void *arg, const dia_dict_error *error)
{
    cli_shelf *s = arg;
    fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n", error->file, error->line, error->column,
            error->warning ? "warning" : "error", error->message, error->name);
    *(error->warning ? &s->warnings : &s->errors) += 1;
}

static dia_bytes text_of(const struct volume *file)
{
    return (dia_bytes){ (const uint8_t *)file->text, file->n };
}

static int read_file(cli_shelf *s, size_t i, const cli_shelf_how *how);

/* The dictionaries that a file inherits from, as far as they are in the folders; others may be built in. */
static int read_parents(cli_shelf *s, size_t i, const cli_shelf_how *how)
{
    wanted missing = { 0 };
    dia_dict *first = NULL;
    const dia_dict_reader reader = {
        .open = want, .arg = &missing, .name = how->name, .prefix = how->prefix, .inherits = how->inherits
    };
    int status = 0;
    if (dia_dict_read(&reader, text_of(&s->volumes[i]), s->volumes[i].path, &first) == 0)
        dia_dict_unref(first);
    for (size_t k = 0; k < missing.n; k++) {
        size_t parent;
        if (!status && find_file(s, missing.v[k], &parent)) {
            if (s->volumes[parent].state == IN_HAND) {
                fprintf(stderr, "%s:1:1: error: inherits from '%s', which inherits from it [inherits]\n",
                        s->volumes[i].path, missing.v[k]);
                status = CLI_BAD;
            } else {
                status = read_file(s, parent, &(cli_shelf_how){ 0 });
            }
        }
        free(missing.v[k]);
    }
    free(missing.v);
    return status;
}

/* Puts a dictionary behind those read before, in front of the built-in ones. */
static void keep(cli_shelf *s, const dia_dict *dict)
{
    s->dicts = cli_grow(s->dicts, &s->dicts_cap, s->n_dicts + 1, sizeof *s->dicts);
    memmove(s->dicts + s->n_read + 1, s->dicts + s->n_read, (s->n_dicts - s->n_read) * sizeof *s->dicts);
    s->dicts[s->n_read++] = dict;
    s->n_dicts++;
}

static int read_file(cli_shelf *s, size_t i, const cli_shelf_how *how)
{
    if (s->volumes[i].state == READ)
        return 0;
    if (s->volumes[i].state == BROKEN)
        return CLI_BAD;
    int status = open_file(s, i);
    if (status)
        return status;
    s->volumes[i].state = IN_HAND;
    status = read_parents(s, i, how);
    dia_dict *dict = NULL;
    const dia_dict_reader reader = { .report = report,
                                     .arg = s,
                                     .known = { s->dicts, s->n_dicts },
                                     .name = how->name,
                                     .prefix = how->prefix,
                                     .inherits = how->inherits };
    const int err = status ? status : dia_dict_read(&reader, text_of(&s->volumes[i]), s->volumes[i].path, &dict);
    s->volumes[i].state = err ? BROKEN : READ;
    if (err == DIA_ENOMEM)
        return cli_failed(s->command, "%s: %s", s->volumes[i].path, dia_strerror(err));
    if (err)
        return status ? status : CLI_BAD;
    s->volumes[i].dict = dict;
    keep(s, dict);
    return 0;
}

int cli_shelf_read(cli_shelf *s, const char *path, const cli_shelf_how *how, const dia_dict **out)
{
    const size_t i = add_file(s, path);
    const int status = read_file(s, i, how);
    if (!status)
        *out = s->volumes[i].dict;
    return status;
}

int cli_shelf_text(cli_shelf *s, const char *path, dia_bytes *text)
{
    const size_t i = add_file(s, path);
    const int status = open_file(s, i);
    if (!status)
        *text = text_of(&s->volumes[i]);
    return status;
}

int cli_shelf_open(const cli_command *command, const cli_texts *folders, cli_shelf *out)
{
    *out = (cli_shelf){ .command = command };
    out->dicts = cli_grow(NULL, &out->dicts_cap, dia_dicts_all.n + 8, sizeof *out->dicts);
    memcpy(out->dicts, dia_dicts_all.v, dia_dicts_all.n * sizeof *out->dicts);
    out->n_dicts = dia_dicts_all.n;
    for (size_t i = 0; folders && i < folders->n; i++) {
        const int status = add_folder(out, folders->v[i]);
        if (status)
            return status;
    }
    return 0;
}

void cli_shelf_close(cli_shelf *s)
{
    for (size_t i = s->n_read; i-- > 0;)
        dia_dict_unref(s->dicts[i]);
    for (size_t i = 0; i < s->n; i++) {
        free(s->volumes[i].path);
        free(s->volumes[i].text);
    }
    free(s->volumes);
    free(s->dicts);
}
