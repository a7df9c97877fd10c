/* Two ends of a protected connection in memory: see ends.h. */
#include "ends.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

/* The folder is that of a whole program: its tests only read it. */
static pki *set;

pki *ends_pki(void)
{
    return set;
}

const char *ends_path(const char *file)
{
    return pki_path(set, file);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(path) != 0)
            remove_folder(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

int ends_run(const char *suite, const struct harness_test *tests, size_t n, void (*prepare)(void))
{
    char folder[] = "/tmp/diatom-tls-XXXXXX";
    if (!mkdtemp(folder)) {
        perror(folder);
        return 1;
    }
    set = pki_new(folder);
    pki_standard(set);
    if (prepare)
        prepare();
    const int failed = harness_run(suite, tests, n);
    pki_free(set);
    remove_folder(folder);
    return failed;
}

dia_tls_config ends_config(const char *name)
{
    char file[128];
    dia_tls_config c = { .trust = ends_path("ca.pem") };
    snprintf(file, sizeof file, "%s.pem", name);
    c.certificate = ends_path(file);
    snprintf(file, sizeof file, "%s.key", name);
    c.key = ends_path(file);
    return c;
}

dia_tls *ends_tls(const dia_tls_config *config)
{
    char why[256];
    dia_tls *tls = NULL;
    const int err = dia_tls_new(config, harness_allocator(), &tls, why, sizeof why);
    if (err && err != DIA_ENOMEM)
        fprintf(stderr, "dia_tls_new: %s\n", why);
    check_int(err, 0);
    return tls;
}

int ends_new(struct ends *e, dia_tls *client, dia_tls *server, const char *name, const char *also)
{
    e->client = e->server = NULL;
    e->n_to_client = e->n_to_server = 0;
    const int err = dia_tls_stream_new(client, true, dia_cstr(name), dia_cstr(also), harness_allocator(), &e->client);
    return err ? err
               : dia_tls_stream_new(server, false, dia_cstr(NULL), dia_cstr(NULL), harness_allocator(), &e->server);
}

void ends_free(struct ends *e)
{
    dia_tls_stream_free(e->client);
    dia_tls_stream_free(e->server);
}

/* Gives octets in a block of their own, as a socket's buffer that is used for something else behind it. */
static void give(dia_tls_stream *to, dia_bytes octets, uint8_t *text, size_t *n, size_t size)
{
    uint8_t *copy = malloc(octets.n);
    memcpy(copy, octets.p, octets.n);
    if (dia_tls_stream_input(to, (dia_bytes){ copy, octets.n }) == 0)
        for (int64_t got; *n < size && (got = dia_tls_stream_read(to, text + *n, size - *n)) > 0;)
            *n += (size_t)got;
    memset(copy, 0xdd, octets.n);
    free(copy);
}

bool ends_carry(dia_tls_stream *from, dia_tls_stream *to, uint8_t *text, size_t *n, size_t size, size_t piece)
{
    bool any = false;
    for (dia_bytes octets; (octets = dia_tls_stream_output(from)).n;) {
        if (piece && octets.n > piece)
            octets.n = piece;
        give(to, octets, text, n, size);
        dia_tls_stream_sent(from, octets.n);
        any = true;
    }
    return any;
}

void ends_pump(struct ends *e, size_t piece)
{
    bool any = true;
    while (any) {
        any = ends_carry(e->client, e->server, e->to_server, &e->n_to_server, sizeof e->to_server, piece);
        any |= ends_carry(e->server, e->client, e->to_client, &e->n_to_client, sizeof e->to_client, piece);
    }
}

bool ends_says(const char *text, const char *part)
{
    if (strstr(text, part))
        return true;
    if (!harness_injected())
        fprintf(stderr, "said: %s\nwant: %s\n", text, part);
    return false;
}
