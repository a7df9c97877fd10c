/* `diatom resolve`: what ways the DNS has to the peers of a realm, and why. */
#include "cli.h"

#include "connection.h"
#include "dicts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <diatom/diatom.h>

enum { ADDRESS_ROOM = 64 };

typedef struct settings {
    const char *app;
    cli_texts name_servers;
    bool json;
    cli_dict_options dict;
} settings;

static const cli_option rows[] = {
    { "app", 0, CLI_TEXT, offsetof(settings, app), "NAME|ID",
      "peers of this application, such as gy or 16777251 [any]" },
    { "name-server", 0, CLI_TEXTS, offsetof(settings, name_servers), "ADDRESS[:PORT]",
      "ask this name server; several times [those of the system]" },
    { "json", 0, CLI_FLAG, offsetof(settings, json), NULL, "print one JSON object" },
};

static const cli_group groups[] = {
    { "Options", CLI_ROWS(rows), 0 },
    { "Dictionaries, whose names can be used", cli_dict_rows, 2, offsetof(settings, dict) },
    { 0 },
};

typedef struct job {
    const cli_command *command;
    const settings *st;
    const char *realm;
    uint32_t application; /* 0: any */
    dia_loop *loop;
    dia_page page;
    int status;
} job;

/* ---- Text ---- */

static void print_addresses(const dia_found *found, dia_page *p)
{
    for (size_t i = 0; i < found->n_addresses; i++) {
        char text[ADDRESS_ROOM];
        if (dia_address_print(&found->addresses[i], text, sizeof text) > 0)
            dia_page_print(p, "%s%s", i ? ", " : "     ", text);
    }
    dia_page_put(p, "\n");
}

static void print_way(const job *j, const dia_found *found, size_t number, dia_page *p)
{
    dia_page_print(p, "%2zu. %s\n     %s, %" PRIu32 " s\n", number, found->text, found->how, found->ttl_s);
    print_addresses(found, p);
    if (found->foreign)
        dia_page_print(p, "     outside of %s: its certificate must name both, and without TLS it is not taken\n",
                       j->realm);
}

static void print_text(const job *j, const dia_findings *f, dia_page *p)
{
    if (f->n)
        dia_page_print(p, "%s: %zu way%s, true for %" PRIu32 " s\n", j->realm, f->n, f->n > 1 ? "s" : "", f->ttl_s);
    else
        dia_page_print(p, "%s: %s\n", j->realm, f->why);
    for (size_t i = 0; i < f->n; i++)
        print_way(j, &f->found[i], i + 1, p);
    if (f->n_notes)
        dia_page_put(p, "Passed over:\n");
    for (size_t i = 0; i < f->n_notes; i++)
        dia_page_print(p, "  %s\n", f->notes[i]);
}

/* ---- JSON ---- */

static void put_member(dia_page *p, const char *key, const char *value)
{
    dia_page_print(p, ",\"%s\":", key);
    dia_page_quoted(p, dia_cstr(value));
}

static void json_way(const dia_found *found, dia_page *p)
{
    dia_page_put(p, "{\"uri\":");
    dia_page_quoted(p, dia_cstr(found->text));
    dia_page_put(p, ",\"host\":");
    dia_page_quoted(p, found->uri.fqdn);
    dia_page_print(p, ",\"port\":%u,\"secure\":%s", (unsigned)found->uri.port, found->uri.secure ? "true" : "false");
    put_member(p, "transport", found->uri.transport == DIA_TRANSPORT_SCTP ? "sctp" : "tcp");
    put_member(p, "how", found->how);
    dia_page_print(p, ",\"ttl\":%" PRIu32 ",\"foreign\":%s,\"addresses\":[", found->ttl_s,
                   found->foreign ? "true" : "false");
    for (size_t i = 0; i < found->n_addresses; i++) {
        char text[ADDRESS_ROOM];
        dia_page_put(p, i ? "," : "");
        if (dia_address_print(&found->addresses[i], text, sizeof text) > 0)
            dia_page_quoted(p, dia_cstr(text));
    }
    dia_page_put(p, "]}");
}

static void print_json(const job *j, const dia_findings *f, dia_page *p)
{
    dia_page_put(p, "{\"realm\":");
    dia_page_quoted(p, dia_cstr(j->realm));
    if (j->application)
        dia_page_print(p, ",\"application\":%" PRIu32, j->application);
    dia_page_put(p, ",\"found\":[");
    for (size_t i = 0; i < f->n; i++) {
        dia_page_put(p, i ? "," : "");
        json_way(&f->found[i], p);
    }
    dia_page_print(p, "],\"ttl\":%" PRIu32 ",\"questions\":%" PRIu32, f->ttl_s, f->questions);
    if (f->why) {
        put_member(p, "why", f->why);
        dia_page_print(p, ",\"denied\":%s", f->denied ? "true" : "false");
    }
    dia_page_put(p, ",\"notes\":[");
    for (size_t i = 0; i < f->n_notes; i++) {
        dia_page_put(p, i ? "," : "");
        dia_page_quoted(p, dia_cstr(f->notes[i]));
    }
    dia_page_put(p, "]}\n");
}

/* ---- Asking ---- */

static void on_findings(void *arg, const dia_findings *findings)
{
    job *j = arg;
    (j->st->json ? print_json : print_text)(j, findings, &j->page);
    j->status = findings->n ? CLI_OK : findings->denied ? CLI_BAD : CLI_FAILED;
    dia_loop_stop(j->loop);
}

static int find_application(job *j)
{
    cli_dicts dicts;
    const int status = cli_dicts_load(j->command, &j->st->dict, &dicts);
    const dia_dict *dict = status ? NULL : cli_dicts_named(&dicts.all, j->st->app);
    if (dict && dict->has_application)
        j->application = dict->application;
    cli_dicts_done(&dicts);
    if (status || (dict && dict->has_application))
        return status;
    char *end;
    const unsigned long long number = strtoull(j->st->app, &end, 10);
    if (j->st->app[0] < '0' || j->st->app[0] > '9' || *end || number > UINT32_MAX)
        return cli_usage(j->command, "no application is called '%s'", j->st->app);
    j->application = (uint32_t)number;
    return 0;
}

static int look(job *j)
{
    const int err = dia_loop_discover(j->loop, j->realm, j->application, on_findings, j);
    if (err == DIA_ENOTSUP || err == DIA_EINVAL)
        return cli_usage(j->command, "%s", dia_loop_last_fault(j->loop));
    if (err)
        return cli_failed(j->command, "%s", dia_loop_last_fault(j->loop));
    dia_loop_run(j->loop);
    if (j->page.err)
        return cli_failed(j->command, "out of memory");
    fwrite(j->page.p, 1, j->page.n, stdout);
    return j->status;
}

static int run(const cli_command *command, void *arg, const cli_texts *operands)
{
    const settings *st = arg;
    job j = { .command = command, .st = st, .realm = operands->v[0] };
    const dia_node_config config = { .origin_host = "resolve." CLI_REALM, .origin_realm = CLI_REALM };
    int status = st->app ? find_application(&j) : 0;
    if (status)
        return status;
    if (dia_loop_new(&config, &j.loop, NULL, 0))
        return cli_failed(command, "the loop cannot be made");
    dia_page_init(&j.page, 0, NULL);
    status = cli_name_servers(command, &st->name_servers, j.loop);
    if (!status)
        status = look(&j);
    dia_page_done(&j.page);
    dia_loop_free(j.loop);
    return status;
}

const cli_command cli_resolve = {
    .name = "resolve",
    .operands = "REALM",
    .summary = "find the peers of a realm in the DNS",
    .about = "Asks the DNS for the peers of a realm as RFC 6733, 5.2 and RFC 6408 have it - NAPTR, then SRV, then\n"
             "addresses - and prints the ways to them in the order in which they are tried, how each was found, how\n"
             "long that is true, and what was passed over and why.\n\n"
             "Exit status: 0, something was found; 1, there is nothing, and that is known; 3, nobody answered, or\n"
             "badly.",
    .examples = "  diatom resolve example.net\n"
                "  diatom resolve example.net --app gy --name-server 192.0.2.53\n"
                "  diatom resolve example.net --json | jq -r '.found[].uri'",
    .groups = groups,
    .settings = sizeof(settings),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
