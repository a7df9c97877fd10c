/* Dictionaries of a run: those of the command line, then those that are built in. */
#include "dicts.h"

#include "cli.h"
#include "memory.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <diatom/app/all.h>

const cli_option cli_dict_rows[3] = {
    { "dict", 0, CLI_TEXTS, offsetof(cli_dict_options, files), "FILE.dia",
      "a dictionary to be used before the built-in ones; several times" },
    { "include", 'I', CLI_TEXTS, offsetof(cli_dict_options, folders), "DIR",
      "where dictionaries are that others inherit from; several times" },
    { "app", 0, CLI_TEXTS, offsetof(cli_dict_options, apps), "NAME|ID",
      "the dictionary to be used where several have one Application-Id;\nseveral times, the first wins" },
};

static bool is_number(const char *word, uint32_t *value)
{
    char *end;
    const unsigned long long n = strtoull(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end || n > UINT32_MAX)
        return false;
    *value = (uint32_t)n;
    return true;
}

static bool is_called(const dia_dict *dict, const char *word)
{
    if (strcasecmp(dict->name, word) == 0 || strcasecmp(dict->stem, word) == 0)
        return true;
    for (const char *const *alias = dict->aliases; alias && *alias; alias++)
        if (strcasecmp(*alias, word) == 0)
            return true;
    return dict->has_application && dict->prefix && strcasecmp(dict->prefix, word) == 0;
}

const dia_dict *cli_dicts_named(const dia_dicts *dicts, const char *word)
{
    uint32_t application;
    if (is_number(word, &application))
        return dia_dicts_application(dicts, application);
    for (size_t i = 0; i < dicts->n; i++)
        if (is_called(dicts->v[i], word))
            return dicts->v[i];
    return dia_dicts_application_named(dicts, dia_cstr(word));
}

/* Is it a name or a header's name among those that the build went without? */
static bool is_left_out(const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = CLI_LEFT_OUT; *at;) {
        const size_t length = strcspn(at, ",");
        if (length == n && strncasecmp(at, word, n) == 0)
            return true;
        at += length + (at[length] == ',');
    }
    return false;
}

static int no_dict(const cli_command *command, const char *word)
{
    if (is_left_out(word))
        return cli_usage(command, "--app: the dictionary '%s' was left out of this build (-Ddictionaries)", word);
    return cli_usage(command, "--app: there is no dictionary '%s'; 'diatom dict search %s' may help", word, word);
}

int cli_dicts_load(const cli_command *command, const cli_dict_options *options, cli_dicts *out)
{
    *out = (cli_dicts){ .shelf = cli_new(sizeof(cli_shelf)) };
    int status = cli_shelf_open(command, &options->folders, out->shelf);
    if (status)
        return status;
    const size_t n_apps = options->apps.n;
    out->v = cli_new((n_apps + options->files.n + dia_dicts_all.n) * sizeof *out->v);
    size_t n = n_apps; /* their place is in front, but their names may be those of files */
    for (size_t i = 0; i < options->files.n; i++) {
        status = cli_shelf_read(out->shelf, options->files.v[i], NULL, &out->v[n]);
        if (status == CLI_BAD)
            return cli_usage(command, "the dictionary '%s' has errors", options->files.v[i]);
        if (status)
            return status;
        n++;
    }
    memcpy(out->v + n, dia_dicts_all.v, dia_dicts_all.n * sizeof *out->v);
    n += dia_dicts_all.n;
    out->all = (dia_dicts){ out->v + n_apps, n - n_apps, dia_dicts_all.index };
    for (size_t i = 0; i < n_apps; i++) {
        out->v[i] = cli_dicts_named(&out->all, options->apps.v[i]);
        if (!out->v[i])
            return no_dict(command, options->apps.v[i]);
    }
    out->all = (dia_dicts){ out->v, n, dia_dicts_all.index };
    out->n_apps = n_apps;
    return 0;
}

void cli_dicts_done(cli_dicts *dicts)
{
    if (dicts->shelf)
        cli_shelf_close(dicts->shelf);
    free(dicts->shelf);
    free(dicts->v);
}
