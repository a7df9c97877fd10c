/* Files that the command line names. */
#include "files.h"

#include "cli.h"
#include "memory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

bool cli_is_stdin(const char *name)
{
    return strcmp(name, "-") == 0;
}

/* A folder can be opened, and only reading it fails: too late, when something was printed before. */
static bool is_folder(FILE *file)
{
    struct stat about;
    return fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode);
}

int cli_files_check(const cli_command *command, const cli_texts *files)
{
    for (size_t i = 0; i < files->n; i++) {
        FILE *file = cli_is_stdin(files->v[i]) ? stdin : fopen(files->v[i], "rb");
        if (!file)
            return cli_usage(command, "cannot read '%s': %s", files->v[i], strerror(errno));
        const bool folder = is_folder(file);
        if (file != stdin)
            fclose(file);
        if (folder)
            return cli_usage(command, "cannot read '%s': %s", files->v[i], strerror(EISDIR));
    }
    return 0;
}

int cli_folder_check(const cli_command *command, const char *folder)
{
    struct stat about;
    if (stat(folder, &about) != 0)
        return cli_usage(command, "-o: there is no folder '%s': %s", folder, strerror(errno));
    if (!S_ISDIR(about.st_mode))
        return cli_usage(command, "-o: '%s' is no folder", folder);
    return 0;
}

int cli_write(void *file, const char *text, size_t n)
{
    return fwrite(text, 1, n, file) == n ? 0 : DIA_ESYSTEM;
}

int cli_file_write(const cli_command *command, const char *path, int (*say)(void *job, dia_write_fn *write, void *arg),
                   void *job)
{
    const size_t size = strlen(path) + sizeof ".tmp";
    char *draft = cli_new(size);
    snprintf(draft, size, "%s.tmp", path);
    FILE *out = fopen(draft, "wb");
    int err = out ? say(job, cli_write, out) : DIA_ESYSTEM;
    if (out && fclose(out) != 0 && !err)
        err = DIA_ESYSTEM;
    if (!err && rename(draft, path) != 0)
        err = DIA_ESYSTEM;
    const int why = errno;
    if (err && out)
        remove(draft);
    free(draft);
    return err == DIA_ESYSTEM ? cli_failed(command, "cannot write '%s': %s", path, strerror(why)) : err;
}
