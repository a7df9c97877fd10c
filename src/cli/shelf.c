/* The .dia files that a run can reach: dia_shelf with the files of folders. */
#include "cli.h"
#include "dicts.h"
#include "memory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <diatom/app/all.h>

/* ---- Files ---- */

/* The text stays with the shelf until it is closed. */
static int load(void *arg, const char *path, dia_bytes *text)
{
    cli_shelf *s = arg;
    FILE *in = fopen(path, "rb");
    int err = in ? 0 : errno;
    char *p = NULL;
    size_t n = 0, cap = 0, got;
    if (in) {
        do {
            p = cli_grow(p, &cap, n + 65536, 1);
            got = fread(p + n, 1, cap - n, in);
            n += got;
        } while (got);
        err = ferror(in) ? errno : 0;
        fclose(in);
    }
    if (err) {
        free(p);
        s->unread = true;
        cli_usage(s->command, "cannot read '%s': %s", path, strerror(err));
        return DIA_ESYSTEM;
    }
    s->texts = cli_grow(s->texts, &s->texts_cap, s->n_texts + 1, sizeof *s->texts);
    s->texts[s->n_texts++] = p;
    *text = (dia_bytes){ (const uint8_t *)p, n };
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_folder(cli_shelf *s, const char *folder)
{
    char **paths = NULL;
    size_t n = 0, cap = 0;
    DIR *dir = opendir(folder);
    if (!dir)
        return cli_usage(s->command, "cannot read the folder '%s' of -I: %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (length <= 4 || strcmp(entry->d_name + length - 4, ".dia") != 0)
            continue;
        const size_t size = strlen(folder) + length + 2;
        paths = cli_grow(paths, &cap, n + 1, sizeof *paths);
        paths[n] = cli_new(size);
        snprintf(paths[n++], size, "%s/%s", folder, entry->d_name);
    }
    closedir(dir);
    if (n)
        qsort(paths, n, sizeof *paths, by_name);
    int err = 0;
    for (size_t i = 0; i < n; i++) {
        if (!err)
            err = dia_shelf_add(s->shelf, paths[i]);
        free(paths[i]);
    }
    free(paths);
    return err ? cli_failed(s->command, "%s", dia_strerror(err)) : 0;
}

/* ---- Reading ---- */

static void report(void *arg, const dia_dict_error *error)
{
    cli_shelf *s = arg;
    if (s->compiles && strcmp(error->name, "codec_ignored") == 0)
        return; /* the program that is linked has it or not */
    fprintf(stderr, "%s:%u:%u: %s: %s [%s]\n", error->file, error->line, error->column,
            error->warning ? "warning" : "error", error->message, error->name);
    *(error->warning ? &s->warnings : &s->errors) += 1;
}

static int status_of(cli_shelf *s, const char *path, int err)
{
    const bool unread = s->unread;
    s->unread = false;
    if (err == 0)
        return 0;
    if (err == DIA_ESYSTEM && unread)
        return CLI_USAGE; /* said already */
    return err == DIA_ENOMEM ? cli_failed(s->command, "%s: %s", path, dia_strerror(err)) : CLI_BAD;
}

int cli_shelf_read(cli_shelf *s, const char *path, const dia_shelf_how *how, const dia_dict **out)
{
    return status_of(s, path, dia_shelf_read(s->shelf, path, how, out));
}

int cli_shelf_text(cli_shelf *s, const char *path, dia_bytes *text)
{
    return status_of(s, path, dia_shelf_text(s->shelf, path, text));
}

int cli_shelf_open(const cli_command *command, const cli_texts *folders, cli_shelf *out)
{
    *out = (cli_shelf){ .command = command };
    const dia_shelf_config config = { .load = load, .report = report, .arg = out, .known = dia_dicts_all };
    const int err = dia_shelf_new(&config, &out->shelf);
    int status = err ? cli_failed(command, "%s", dia_strerror(err)) : 0;
    for (size_t i = 0; folders && i < folders->n && !status; i++)
        status = add_folder(out, folders->v[i]);
    return status;
}

void cli_shelf_close(cli_shelf *s)
{
    dia_shelf_free(s->shelf);
    for (size_t i = 0; i < s->n_texts; i++)
        free(s->texts[i]);
    free(s->texts);
}
