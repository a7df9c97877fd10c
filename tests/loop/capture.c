/* Which messages are in which capture: all, those of a peer, those of several loops. */
#include "captured.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum { FILES = 3 };

/* A server with a client and a bare socket, and files to write. */
struct scene {
    struct pair pair;
    int fd;
    char path[FILES][CAPTURED_PATH];
    struct captured captured;
};

static bool begin(struct scene *s)
{
    s->fd = -1;
    for (int i = 0; i < FILES; i++)
        captured_path(s->path[i], sizeof s->path[i]);
    return pair_begin(&s->pair, "aaa://127.0.0.1:0", NULL);
}

static void end(struct scene *s)
{
    if (s->fd >= 0)
        close(s->fd);
    for (int i = 0; i < FILES; i++)
        unlink(s->path[i]);
    pair_end(&s->pair);
}

static const char *words(struct scene *s, int file)
{
    return captured_read(&s->captured, s->path[file]) ? captured_words(&s->captured) : "no capture";
}

static bool ask_once(struct pair *pair)
{
    const unsigned before = pair->answered;
    if (pair_ask(pair))
        return false;
    for (int i = 0; i < 500 && pair->answered == before; i++)
        pair_turn(pair, 20);
    return pair->answered > before;
}

/* Three at a time: of the client, of the bare peer, of both. A name is one in any case. */
static void peers_have_captures_of_their_own(void)
{
    struct scene s;
    uint8_t ccr[400], answer[1000];
    need(begin(&s));
    dia_loop *loop = s.pair.server.loop;
    need_int(dia_loop_capture(loop, s.path[0]), 0);
    need_int(dia_loop_capture_peer(loop, "Client.Example.NET", s.path[1]), 0);
    need_int(dia_loop_capture_peer(loop, "raw.example.net", s.path[2]), 0);
    need_int(pair_connect(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
    need((s.fd = pair_dial(&s.pair)) >= 0);
    need_int(pair_exchange(&s.pair, s.fd, "raw.example.net"), 2001);
    need(ask_once(&s.pair));
    need_int(dia_loop_capture_peer_end(loop, "client.example.net"), 0);
    need(ask_once(&s.pair));
    need(pair_write(&s.pair, s.fd, pair_ccr(ccr, sizeof ccr, 1)));
    need(pair_read(&s.pair, s.fd, answer, DIA_HEADER_SIZE));
    need_int(dia_loop_capture_peer_end(loop, "raw.example.net"), 0);
    need_int(dia_loop_capture_end(loop), 0);
    need_str(words(&s, 0), "CER CEA CER CEA CCR CCA CCR CCA CCR CCA");
    need_str(words(&s, 1), "CER CEA CCR CCA");
    need_str(words(&s, 2), "CER CEA CCR CCA");
done:
    end(&s);
}

/* The client learns the name of its peer from the CEA: the CER before it is nobody's. */
static void messages_before_a_name_belong_to_nobody(void)
{
    for (int named = 0; named < 2; named++) {
        struct scene s;
        need(begin(&s));
        dia_loop *loop = s.pair.client.loop;
        need_int(dia_loop_capture_peer(loop, "server.example.net", s.path[0]), 0);
        const dia_peer_config config = { .connect = s.pair.uri, .host = named ? "server.example.net" : NULL };
        need_int(dia_node_add_peer(dia_loop_node(loop), &config, NULL), 0);
        PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
        need(ask_once(&s.pair));
        need_int(dia_loop_capture_peer_end(loop, "server.example.net"), 0);
        need_str(words(&s, 0), named ? "CER CEA CCR CCA" : "CEA CCR CCA");
    done:
        end(&s);
    }
}

static void capture_may_be_replaced(void)
{
    for (int of_peer = 0; of_peer < 2; of_peer++) {
        struct scene s;
        const char *host = "client.example.net";
        need(begin(&s));
        dia_loop *loop = s.pair.server.loop;
        need_int(of_peer ? dia_loop_capture_peer(loop, host, s.path[0]) : dia_loop_capture(loop, s.path[0]), 0);
        need_int(pair_connect(&s.pair), 0);
        PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
        need_int(of_peer ? dia_loop_capture_peer(loop, host, "no/such/file") : dia_loop_capture(loop, "no/such/file"),
                 DIA_ESYSTEM); /* and the old one stays */
        need(ask_once(&s.pair));
        need_int(of_peer ? dia_loop_capture_peer(loop, host, s.path[1]) : dia_loop_capture(loop, s.path[1]), 0);
        need(ask_once(&s.pair));
        need_int(of_peer ? dia_loop_capture_peer_end(loop, host) : dia_loop_capture_end(loop), 0);
        need_int(of_peer ? dia_loop_capture_peer_end(loop, host) : dia_loop_capture_end(loop), DIA_ENOENT);
        need_str(words(&s, 0), "CER CEA CCR CCA");
        need_str(words(&s, 1), "CCR CCA");
    done:
        end(&s);
    }
}

/* Both ends in one file: everything is in it twice, until one end has had enough. */
static void loops_share_captures(void)
{
    struct scene s;
    need(begin(&s));
    dia_loop *client = s.pair.client.loop, *server = s.pair.server.loop;
    need_int(dia_loop_capture(client, s.path[0]), 0);
    need_int(dia_loop_capture_peer(client, "client.example.net", s.path[1]), 0);
    need_int(dia_loop_capture_with(server, client), 0);
    need_int(dia_loop_capture_with(client, client), 0);
    need_int(pair_connect(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(dia_loop_capture_end(client), 0);
    need_str(words(&s, 0), "CER CER CEA CEA"); /* what was written so far is in the file */
    need(ask_once(&s.pair));
    need_int(dia_loop_capture_end(server), 0);
    need_int(dia_loop_capture_end(server), DIA_ENOENT);
    need_int(dia_loop_capture_peer_end(server, "client.example.net"), 0);
    need_str(words(&s, 0), "CER CER CEA CEA CCR CCA");
    need_str(words(&s, 1), "CER CEA CCR CCA"); /* for the client nothing is the client's */
done:
    end(&s);
}

/* Freeing ends what is still open, whoever shares it. */
static void captures_end_with_their_loops(void)
{
    for (int first = 0; first < 2; first++) {
        struct scene s;
        need(begin(&s));
        need_int(dia_loop_capture(s.pair.client.loop, s.path[0]), 0);
        need_int(dia_loop_capture_peer(s.pair.client.loop, "server.example.net", s.path[1]), 0);
        need_int(dia_loop_capture_with(s.pair.server.loop, s.pair.client.loop), 0);
        need_int(pair_connect(&s.pair), 0);
        PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
        struct side *gone = first ? &s.pair.server : &s.pair.client;
        dia_loop_free(gone->loop);
        gone->loop = NULL;
        pair_turn(&s.pair, 20);
        need_str(words(&s, 0), "CER CER CEA CEA");
    done:
        end(&s);
    }
}

static void captures_that_make_no_sense_are_refused(void)
{
    static const struct {
        const char *host, *path;
        int want;
    } rows[] = {
        { NULL, "x", DIA_EINVAL },
        { "", "x", DIA_EINVAL },
        { "two words", "x", DIA_EINVAL },
        { "m.example.net", "no/such/folder/file", DIA_ESYSTEM },
    };
    const dia_node_config config = { .origin_host = "m.example.net",
                                     .origin_realm = "example.net",
                                     .alloc = harness_allocator() };
    char path[CAPTURED_PATH];
    dia_loop *loop = NULL, *other = NULL;
    captured_path(path, sizeof path);
    need_int(dia_loop_new(&config, &loop, NULL, 0), 0);
    need_int(dia_loop_new(&config, &other, NULL, 0), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].path);
        errno = 0;
        need_int(dia_loop_capture_peer(loop, rows[i].host, rows[i].path), rows[i].want);
        need(rows[i].want != DIA_ESYSTEM || errno == ENOENT);
    }
    harness_row(NULL);
    need_int(dia_loop_capture_peer_end(loop, NULL), DIA_ENOENT);
    need_int(dia_loop_capture_peer_end(loop, "m.example.net"), DIA_ENOENT);
    need_int(dia_loop_capture_peer(loop, "m.example.net", path), 0);
    need_int(dia_loop_capture_end(loop), DIA_ENOENT);
    need_int(dia_loop_capture(loop, path), 0);
    need_int(dia_loop_capture_with(other, loop), 0);
done:
    harness_row(NULL);
    dia_loop_free(loop);
    dia_loop_free(other);
    unlink(path);
}

/* The disk is full: that capture ends, those of others and the node go on. */
static void full_disk_ends_one_capture(void)
{
    struct scene s;
    need(begin(&s));
    if (access("/dev/full", W_OK)) {
        fprintf(stderr, "left out: this machine has no /dev/full\n");
        goto done;
    }
    need_int(dia_loop_capture(s.pair.server.loop, "/dev/full"), DIA_ESYSTEM); /* its head does not fit already */
    need_int(dia_loop_capture_peer(s.pair.server.loop, "client.example.net", s.path[0]), 0);
    need_int(pair_connect(&s.pair), 0);
    PAIR_UNTIL(&s.pair, s.pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(dia_loop_capture_peer_end(s.pair.server.loop, "client.example.net"), 0);
    need_str(words(&s, 0), "CER CEA");
done:
    end(&s);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "peers_have_captures_of_their_own", peers_have_captures_of_their_own },
        { "messages_before_a_name_belong_to_nobody", messages_before_a_name_belong_to_nobody },
        { "capture_may_be_replaced", capture_may_be_replaced },
        { "loops_share_captures", loops_share_captures },
        { "captures_end_with_their_loops", captures_end_with_their_loops },
        { "captures_that_make_no_sense_are_refused", captures_that_make_no_sense_are_refused },
        { "full_disk_ends_one_capture", full_disk_ends_one_capture },
    };
    return HARNESS_RUN("loop/capture", tests);
}
