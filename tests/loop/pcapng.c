/* The capture file: its blocks are sound, and each message is in it once, with where it came from and went to. */
#include "captured.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
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

static bool limit_files(rlim_t most)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit))
        return false;
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    return !setrlimit(RLIMIT_FSIZE, &limit);
}

/* A disk that is full within a message: it is said once, and what is in the file are whole messages. */
static void full_disk_leaves_whole_messages(void)
{
    static const struct {
        const char *name;
        size_t answer_size; /* octets that make an answer long */
        rlim_t room;
        bool more; /* messages fit */
    } rows[] = {
        { "within the first", 0, 100, false },
        { "within one of several", 0, 700, true },
        { "within one that is longer than what waits", 100000, 50000, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[CAPTURED_PATH];
        struct captured before, after;
        struct pair pair;
        harness_row(rows[i].name);
        captured_path(path, sizeof path);
        need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
        pair.answer_size = rows[i].answer_size;
        need_int(dia_loop_capture(pair.client.loop, path), 0);
        need_int(dia_loop_capture_with(pair.server.loop, pair.client.loop), 0);
        need_int(pair_connect(&pair), 0);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
        need(captured_read(&before, path));
        need(limit_files((rlim_t)before.octets + rows[i].room));
        for (unsigned k = 0; k < 5; k++)
            need_int(pair_ask(&pair), 0);
        PAIR_UNTIL(&pair, pair.answered == 5);
        PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_CAPTURE] + pair.server.events[DIA_EVENT_CAPTURE]);
        pair_turn(&pair, 20);
        need_int(pair.client.events[DIA_EVENT_CAPTURE] + pair.server.events[DIA_EVENT_CAPTURE], 1);
        need(captured_read(&after, path));
        need_int(after.n > before.n, rows[i].more);
        dia_loop *const loops[] = { pair.server.loop, pair.client.loop };
        for (size_t k = 0; k < 2; k++) {
            errno = 0;
            need_int(dia_loop_capture_end(loops[k]), DIA_ESYSTEM);
            need_int(errno, EFBIG);
            need_int(dia_loop_capture_end(loops[k]), DIA_ENOENT);
        }
    done:
        limit_files(RLIM_INFINITY);
        unlink(path);
        pair_end(&pair);
    }
    harness_row(NULL);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "every_message_is_captured", every_message_is_captured },
        { "file_that_cannot_be_made_is_an_error", file_that_cannot_be_made_is_an_error },
        { "full_disk_ends_the_capture_alone", full_disk_ends_the_capture_alone },
        { "full_disk_leaves_whole_messages", full_disk_leaves_whole_messages },
    };
    signal(SIGXFSZ, SIG_IGN); /* of a file that may not grow */
    return HARNESS_RUN("loop/pcapng", tests);
}
