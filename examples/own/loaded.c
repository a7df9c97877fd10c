/* A server that learns its application when it starts: the .dia file of its argument is all that it knows. SIGHUP has the
 * file read again. Every request is answered with the least that the grammar takes. */
#include <diatom/app/base.h>
#include <diatom/diatom.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stale;

static void on_hangup(int number)
{
    signal(number, on_hangup); /* C resets it */
    stale = 1;
}

/* [guide: read] */
static void on_error(void *arg, const dia_dict_error *e)
{
    (void)arg;
    fprintf(stderr, "%s:%u:%u: %s\n", e->file, e->line, e->column, e->message);
}

/* NULL: it cannot be read, or has errors. */
static dia_dict *load(const char *path)
{
    static const dia_dict *const base[] = { &dia_dict_base };
    static uint8_t text[1 << 20];
    const dia_dict_reader reader = { .known = { base, 1 }, .report = on_error };
    dia_dict *dict = NULL;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    const size_t n = fread(text, 1, sizeof text, file);
    fclose(file);
    dia_dict_read(&reader, (dia_bytes){ text, n }, path, &dict);
    return dict;
}
/* [end] */

/* [guide: answer whatever comes] */
static void on_request(dia_request *request, void *path)
{
    dia_dict *newer = stale ? load(path) : NULL;
    stale = 0;
    if (newer && dia_node_replace(dia_request_node(request), newer))
        fprintf(stderr, "not replaced: %s\n", dia_node_last_fault(dia_request_node(request)));
    dia_dict_unref(newer); /* the node has a reference of its own */

    const dia_command *command = dia_request_command(request); /* of the tables with which the request came */
    const dia_dicts dicts = { command ? &command->dict : NULL, command != NULL, NULL };
    dia_avp badge;
    if (dia_dicts_find(&dicts, dia_request_octets(request), "Badge", &badge) == 0)
        printf("%s of %.*s\n", command->long_name, (int)badge.data.n, (const char *)badge.data.p);
    fflush(stdout);
    if (dia_request_answer_least(request, DIA_RESULT_CODE_SUCCESS))
        dia_request_fail(request, DIA_RESULT_CODE_COMMAND_UNSUPPORTED, NULL);
}
/* [end] */

int main(int argc, char **argv)
{
    const char *const anybody[] = { "*", NULL };
    const dia_node_config config = { .origin_host = "any.example.net",
                                     .origin_realm = "example.net",
                                     .allow = anybody };
    char text[300] = "";
    dia_loop *loop = NULL;
    dia_dict *dict = argc > 1 ? load(argv[1]) : NULL;
    if (!dict) {
        fprintf(stderr, "usage: loaded FILE.dia [URI]\n");
        return 2;
    }
    signal(SIGHUP, on_hangup);
    int err = dia_loop_new(&config, &loop, text, sizeof text);
    if (!err)
        err = dia_node_use(dia_loop_node(loop), dict);
    dia_dict_unref(dict);
    if (!err) {
        dia_node_serve_any(dia_loop_node(loop), on_request, argv[1]);
        dia_loop_stop_on_signals(loop);
        err = dia_loop_listen(loop, argc > 2 ? argv[2] : "aaa://127.0.0.1:0", text, sizeof text);
    }
    if (!err) {
        printf("listening %s\n", text);
        fflush(stdout);
        err = dia_loop_run(loop);
    }
    if (err)
        fprintf(stderr, "%s\n", dia_strerror(err));
    dia_loop_free(loop);
    return err != 0;
}
