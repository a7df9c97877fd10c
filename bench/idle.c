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

typedef struct held {
    size_t octets, blocks;
} held;

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    held *h = arg;
    const dia_allocator *plain = dia_allocator_default();
    void *moved = plain->resize(plain->arg, p, old_size, new_size);
    if (!moved && new_size)
        return NULL;
    h->octets += new_size - old_size;
    h->blocks += (size_t)(new_size != 0) - (size_t)(p != NULL);
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

static void run(dia_loop *loop, const held *h)
{
    struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { dia_loop_fd(loop), POLLIN, 0 } };
    while (dia_loop_process(loop)) {
        if (poll(fds, 2, dia_loop_timeout(loop)) < 0 || !fds[0].revents)
            continue;
        char line[64];
        if (read(STDIN_FILENO, line, sizeof line) <= 0)
            return;
        printf("%zu peers, %zu octets, %zu blocks\n", open_peers(dia_loop_node(loop)), h->octets, h->blocks);
        fflush(stdout);
    }
}

int main(void)
{
    static const char *const anybody[] = { "*", NULL };
    held h = { 0 };
    const dia_allocator counting = { resize, &h };
    const dia_node_config config = {
        .origin_host = "idle.example.net",
        .origin_realm = "example.net",
        .allow = anybody,
        .watchdog_ms = 6000,
        .alloc = &counting,
    };
    char text[300] = "";
    dia_loop *loop;
    int err = dia_loop_new(&config, &loop, text, sizeof text);
    if (err) {
        fprintf(stderr, "idle: %s\n", text[0] ? text : dia_strerror(err));
        return 1;
    }
    err = dia_serve_ro_ccr(dia_loop_node(loop), on_ccr, NULL);
    if (!err)
        err = dia_loop_listen(loop, "aaa://127.0.0.1:0", text, sizeof text);
    if (err) {
        fprintf(stderr, "idle: %s\n", dia_strerror(err));
    } else {
        printf("listening %s\n", text);
        fflush(stdout);
        run(loop, &h);
    }
    dia_loop_free(loop);
    if (h.octets || h.blocks)
        fprintf(stderr, "idle: %zu octets in %zu blocks were not given back\n", h.octets, h.blocks);
    return err || h.octets;
}
