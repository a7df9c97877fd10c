/* The configuration file of an agent: read, with the tables that it names, and what is wrong with it told. */
#include "config.h"

#include "files.h"
#include "memory.h"
#include "secure.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONGEST = 256 << 20 };

/* NULL: errno. */
static FILE *open_file(const char *path, bool waits)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK));
    FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
    if (!file && fd >= 0)
        close(fd);
    return file;
}

bool cli_config_read(const char *path, bool waits, dia_bytes *text)
{
    FILE *in = cli_is_stdin(path) ? stdin : open_file(path, waits);
    char *p = NULL;
    size_t n = 0, cap = 0, got = 0;
    bool fits = true;
    if (!in)
        return false;
    setvbuf(in, NULL, _IONBF, 0); /* a passphrase is in no other memory than this */
    errno = 0;
    do {
        char *moved = cli_try_grow(p, &cap, n + 65536, 1);
        if (!(fits = moved))
            break;
        p = moved;
        got = fread(p + n, 1, cap - n, in);
        n += got;
    } while (got && n <= LONGEST);
    const int err = !fits ? ENOMEM : n > LONGEST ? EFBIG : ferror(in) ? (errno ? errno : EIO) : 0;
    if (in != stdin)
        fclose(in);
    if (err) {
        cli_config_release((dia_bytes){ (const uint8_t *)p, n });
        errno = err;
        return false;
    }
    *text = (dia_bytes){ (const uint8_t *)p, n };
    return true;
}

/* It may have been a passphrase. */
void cli_config_release(dia_bytes text)
{
    if (text.p)
        explicit_bzero((void *)(uintptr_t)text.p, text.n);
    free((void *)(uintptr_t)text.p);
}

char *cli_config_path(const char *config, const char *name)
{
    const char *slash = name[0] == '/' ? NULL : strrchr(config, '/');
    const size_t folder = slash ? (size_t)(slash - config) + 1 : 0, size = folder + strlen(name) + 1;
    char *path = cli_try_new(size);
    if (path)
        snprintf(path, size, "%.*s%s", (int)folder, config, name);
    return path;
}

int cli_config_open(const char *config, const char *name, bool waits, dia_bytes *text, char *why, size_t why_size)
{
    char *path = cli_config_path(config, name);
    const bool done = path && !cli_is_stdin(name) && cli_config_read(path, waits, text);
    const int err = done ? 0 : !path || (!cli_is_stdin(name) && errno == ENOMEM) ? DIA_ENOMEM : DIA_ESYSTEM;
    if (err == DIA_ESYSTEM)
        snprintf(why, why_size, "%s", cli_is_stdin(name) ? "it is a file" : strerror(errno));
    free(path);
    return err;
}

/* False: no memory. */
static bool place(const char *config, const char *name, const char **out)
{
    *out = name ? cli_config_path(config, name) : NULL;
    return *out || !name;
}

int cli_config_tls(const char *path, const dia_tls_config *profile, dia_tls_config *out)
{
    const char *log = profile->key_log ? NULL : cli_secure_key_log(NULL);
    *out = *profile;
    bool done = place(path, profile->certificate, &out->certificate);
    done &= place(path, profile->key, &out->key);
    done &= place(path, profile->trust, &out->trust);
    done &= place(path, profile->crl, &out->crl);
    done &= place(path, profile->ocsp_response, &out->ocsp_response);
    done &= place(log ? "" : path, log ? log : profile->key_log, &out->key_log);
    return done ? 0 : DIA_ENOMEM;
}

void cli_config_tls_done(dia_tls_config *config)
{
    const char *const ours[] = { config->certificate, config->key,           config->trust,
                                 config->crl,         config->ocsp_response, config->key_log };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        free((char *)(uintptr_t)ours[i]);
    *config = (dia_tls_config){ 0 };
}

const char *cli_config_mistake(const char *path, const dia_agent_mistake *m, char to[CLI_MISTAKE_ROOM])
{
    if (!m->line) { /* it is in no file: what the options say */
        snprintf(to, CLI_MISTAKE_ROOM, "command line: %s", m->text);
        return to;
    }
    snprintf(to, CLI_MISTAKE_ROOM, "%s:%" PRIu32 ":%" PRIu32 ": %s%s%s", m->file[0] ? m->file : path, m->line,
             m->column, m->path, m->path[0] ? ": " : "", m->text);
    return to;
}

void cli_config_mistakes(const char *path, const dia_agent_mistakes *mistakes)
{
    char line[CLI_MISTAKE_ROOM];
    for (size_t i = 0; i < mistakes->n; i++)
        fprintf(stderr, "%s\n", cli_config_mistake(path, &mistakes->v[i], line));
    if (mistakes->more)
        fprintf(stderr, "%s: and %zu more\n", path, mistakes->more);
}
