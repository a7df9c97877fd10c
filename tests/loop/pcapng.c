/* The capture file: its blocks are sound, and each message is in it once, with where it came from and went to. */
#include "captured.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static void every_message_is_captured(void)
{
    static const struct {
        uint32_t command, request;
    } want[] = { { 257, 1 }, { 257, 0 }, { 272, 1 }, { 272, 0 }, { 282, 1 }, { 282, 0 } };
    char path[2][CAPTURED_PATH];
    struct captured capture[2];
    struct pair pair;
    for (int i = 0; i < 2; i++)
        captured_path(path[i], sizeof path[i]);
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_capture(pair.client.loop, path[0]), 0);
    need_int(dia_loop_capture(pair.server.loop, path[1]), 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered);
    need(captured_read(&capture[0], path[0])); /* readable while it is written */
    need_str(captured_words(&capture[0]), "CER CEA CCR CCA");
    dia_loop_stop(pair.client.loop);
    PAIR_UNTIL(&pair, pair.client.over && pair.server.events[DIA_EVENT_PEER_DOWN]);
    need_int(dia_loop_capture_end(pair.server.loop), 0);
    need_int(dia_loop_capture_end(pair.server.loop), DIA_ENOENT);
    for (int i = 0; i < 2; i++) {
        need(captured_read(&capture[i], path[i]));
        need_int(capture[i].n, sizeof want / sizeof *want);
        const struct captured_message *first = capture[i].messages;
        for (size_t k = 0; k < capture[i].n; k++) {
            const struct captured_message *m = &capture[i].messages[k];
            need_int(m->command, want[k].command);
            need_int(m->flags >> 7, want[k].request);
            need_int(m->from, want[k].request ? first->from : first->to);
            need_int(m->to, want[k].request ? first->to : first->from);
        }
    }
done:
    for (int i = 0; i < 2; i++)
        unlink(path[i]);
    pair_end(&pair);
}

static void file_that_cannot_be_made_is_an_error(void)
{
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator() };
    dia_loop *loop = NULL;
    need_int(dia_loop_new(&config, &loop, NULL, 0), 0);
    errno = 0;
    need_int(dia_loop_capture(loop, "no/such/folder/file"), DIA_ESYSTEM);
    need_int(errno, ENOENT);
    need_int(dia_loop_capture_end(loop), DIA_ENOENT);
done:
    dia_loop_free(loop);
}

/* The disk is full: the capture ends, the node goes on. */
static void full_disk_ends_the_capture_alone(void)
{
    struct pair pair;
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    if (access("/dev/full", W_OK)) {
        fprintf(stderr, "left out: this machine has no /dev/full\n");
        goto done;
    }
    const int err = dia_loop_capture(pair.client.loop, "/dev/full");
    need(err == 0 || err == DIA_ESYSTEM);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered);
    need(dia_loop_capture_end(pair.client.loop) < 0);
done:
    pair_end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "every_message_is_captured", every_message_is_captured },
        { "file_that_cannot_be_made_is_an_error", file_that_cannot_be_made_is_an_error },
        { "full_disk_ends_the_capture_alone", full_disk_ends_the_capture_alone },
    };
    return HARNESS_RUN("loop/pcapng", tests);
}
