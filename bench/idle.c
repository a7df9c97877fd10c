/* A credit-control server that counts what its node and its driver hold: what an idle connection costs.
 *
 *     idle        prints "listening URI"; for each line on standard input "PEERS peers, OCTETS octets, BLOCKS blocks";
 *                 ends with standard input */
#include <diatom/app/ro_node.h>
#include <diatom/diatom.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct server {
    dia_loop *loop;
    size_t octets, blocks; /* that node and driver hold */
} server;

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    server *s = arg;
    const dia_allocator *plain = dia_allocator_default();
    void *moved = plain->resize(plain->arg, p, old_size, new_size);
    if (!moved && new_size)
        return NULL;
    s->octets += new_size - old_size;
    s->blocks += (size_t)(new_size != 0) - (size_t)(p != NULL);
    return moved;
}

static void on_ccr(dia_request *request, const dia_ro_ccr *ccr, void *arg)
{
    const dia_ro_cca cca = {
        .result_code = DIA_RESULT_CODE_SUCCESS,
        .cc_request_type = ccr->cc_request_type,
        .cc_request_number = ccr->cc_request_number,
    };
    (void)arg;
    dia_answer_ro_cca(request, &cca);
}

static size_t open_peers(const dia_node *node)
{
    size_t n = 0;
    for (dia_peer *p = NULL; (p = dia_node_next_peer(node, p));)
        n += dia_peer_is_open(p);
    return n;
}

/* Is there a line on standard input, or its end? Looked at ten times a second, so that the loop is the ordinary one. */
static void look_at_input(void *arg)
{
    enum { EVERY_MS = 100 };
    server *s = arg;
    struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
    char line[64];
    if (poll(&in, 1, 0) > 0) {
        if (read(STDIN_FILENO, line, sizeof line) <= 0) {
            dia_loop_stop(s->loop);
            dia_loop_stop(s->loop); /* at once */
            return;
        }
        printf("%zu peers, %zu octets, %zu blocks\n", open_peers(dia_loop_node(s->loop)), s->octets, s->blocks);
        fflush(stdout);
    }
    dia_loop_after(s->loop, EVERY_MS, look_at_input, s);
}

int main(void)
{
    static const char *const anybody[] = { "*", NULL };
    server s = { 0 };
    const dia_allocator counting = { resize, &s };
    const dia_node_config config = {
        .origin_host = "idle.example.net",
        .origin_realm = "example.net",
        .allow = anybody,
        .watchdog_ms = 6000,
        .alloc = &counting,
    };
    char text[300] = "";
    int err = dia_loop_new(&config, &s.loop, text, sizeof text);
    if (err) {
        fprintf(stderr, "idle: %s\n", text[0] ? text : dia_strerror(err));
        return 1;
    }
    err = dia_serve_ro_ccr(dia_loop_node(s.loop), on_ccr, NULL);
    if (!err)
        err = dia_loop_listen(s.loop, "aaa://127.0.0.1:0", text, sizeof text);
    if (err) {
        fprintf(stderr, "idle: %s\n", dia_strerror(err));
    } else {
        printf("listening %s\n", text);
        fflush(stdout);
        look_at_input(&s);
        dia_loop_run(s.loop);
    }
    dia_loop_free(s.loop);
    if (s.octets || s.blocks)
        fprintf(stderr, "idle: %zu octets in %zu blocks were not given back\n", s.octets, s.blocks);
    return err || s.octets;
}
