/* The capture file: its blocks are sound, and each message is in it once, with where it came from and went to. */
#include "pair.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

struct message {
    uint32_t command, flags;
    uint16_t from, to; /* ports */
};

struct capture {
    uint8_t *octets;
    size_t n;
    struct message message[100];
    size_t n_messages;
};

static uint32_t native32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* One Enhanced Packet Block: tags in front of one message. */
static bool read_packet(struct capture *c, const uint8_t *p, size_t n)
{
    const uint32_t length = native32(p + 12), original = native32(p + 16);
    if (length != original || length > n - 20)
        return false;
    const uint8_t *at = p + 20, *const end = at + length;
    struct message m = { 0, 0, 0, 0 };
    bool named = false;
    for (;;) {
        if (end - at < 4)
            return false;
        const uint16_t tag = dia_load16(at), size = dia_load16(at + 2);
        const uint8_t *value = at + 4;
        if (size % 4 || end - value < size)
            return false;
        at = value + size;
        if (!tag)
            break;
        named |= tag == 12 && size == 8 && !memcmp(value, "diameter", 8);
        if (tag == 25)
            m.from = (uint16_t)dia_load32(value);
        if (tag == 26)
            m.to = (uint16_t)dia_load32(value);
        if ((tag == 20 || tag == 21) && (size != 4 || memcmp(value, "\x7f\0\0\1", 4) != 0))
            return false;
    }
    dia_header header;
    const dia_bytes message = { at, (size_t)(end - at) };
    if (!named || dia_header_read(message, &header) || header.length != message.n || c->n_messages == 100)
        return false;
    m.command = header.command;
    m.flags = header.flags;
    c->message[c->n_messages++] = m;
    return true;
}

static bool read_capture(struct capture *c, const char *path)
{
    FILE *file = fopen(path, "rb");
    memset(c, 0, sizeof *c);
    c->octets = malloc(FILE_MAX);
    if (!file || !c->octets)
        return false;
    c->n = fread(c->octets, 1, FILE_MAX, file);
    fclose(file);
    uint32_t number = 0;
    for (size_t at = 0; at < c->n; number++) {
        const uint8_t *p = c->octets + at;
        const uint32_t type = c->n - at >= 12 ? native32(p) : 0, length = type ? native32(p + 4) : 0;
        if (length < 12 || length % 4 || length > c->n - at || native32(p + length - 4) != length)
            return false;
        if (number == 0 && (type != 0x0a0d0d0a || native32(p + 8) != 0x1a2b3c4d))
            return false;
        if (number == 1 && (type != 1 || (native32(p + 8) & 0xffff) != 252))
            return false;
        if (number > 1 && (type != 6 || !read_packet(c, p + 8, length - 12)))
            return false;
        at += length;
    }
    return number >= 2;
}

static void fresh_path(char *path, size_t size)
{
    snprintf(path, size, "capture-XXXXXX");
    const int fd = mkstemp(path);
    if (fd < 0)
        abort();
    close(fd);
}

static void every_message_is_captured(void)
{
    static const struct {
        uint32_t command, request;
    } want[] = { { 257, 1 }, { 257, 0 }, { 272, 1 }, { 272, 0 }, { 282, 1 }, { 282, 0 } };
    char path[2][40];
    struct capture capture[2];
    struct pair pair;
    memset(capture, 0, sizeof capture);
    for (int i = 0; i < 2; i++)
        fresh_path(path[i], sizeof path[i]);
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_capture(pair.client.loop, path[0]), 0);
    need_int(dia_loop_capture(pair.server.loop, path[1]), 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered);
    need(read_capture(&capture[0], path[0])); /* readable while it is written */
    need_int(capture[0].n_messages, 4);
    free(capture[0].octets);
    capture[0].octets = NULL;
    dia_loop_stop(pair.client.loop);
    PAIR_UNTIL(&pair, pair.client.over && pair.server.events[DIA_EVENT_PEER_DOWN]);
    need_int(dia_loop_capture_end(pair.server.loop), 0);
    need_int(dia_loop_capture_end(pair.server.loop), DIA_ENOENT);
    for (int i = 0; i < 2; i++) {
        need(read_capture(&capture[i], path[i]));
        need_int(capture[i].n_messages, sizeof want / sizeof *want);
        const struct message *first = capture[i].message;
        for (size_t k = 0; k < capture[i].n_messages; k++) {
            const struct message *m = &capture[i].message[k];
            need_int(m->command, want[k].command);
            need_int(m->flags >> 7, want[k].request);
            need_int(m->from, want[k].request ? first->from : first->to);
            need_int(m->to, want[k].request ? first->to : first->from);
        }
    }
done:
    for (int i = 0; i < 2; i++) {
        free(capture[i].octets);
        unlink(path[i]);
    }
    pair_end(&pair);
}

static void capture_may_be_replaced(void)
{
    char path[2][40];
    struct capture capture[2];
    struct pair pair;
    memset(capture, 0, sizeof capture);
    for (int i = 0; i < 2; i++)
        fresh_path(path[i], sizeof path[i]);
    need(pair_begin(&pair, "aaa://127.0.0.1:0", NULL));
    need_int(dia_loop_capture(pair.client.loop, path[0]), 0);
    need_int(pair_connect(&pair), 0);
    PAIR_UNTIL(&pair, pair.client.events[DIA_EVENT_PEER_UP]);
    need_int(dia_loop_capture(pair.client.loop, path[1]), 0);
    need_int(pair_ask(&pair), 0);
    PAIR_UNTIL(&pair, pair.answered);
    need_int(dia_loop_capture_end(pair.client.loop), 0);
    for (int i = 0; i < 2; i++) {
        need(read_capture(&capture[i], path[i]));
        need_int(capture[i].n_messages, 2);
        need_int(capture[i].message[0].command, i ? 272 : 257);
    }
done:
    for (int i = 0; i < 2; i++) {
        free(capture[i].octets);
        unlink(path[i]);
    }
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
        { "capture_may_be_replaced", capture_may_be_replaced },
        { "file_that_cannot_be_made_is_an_error", file_that_cannot_be_made_is_an_error },
        { "full_disk_ends_the_capture_alone", full_disk_ends_the_capture_alone },
    };
    return HARNESS_RUN("loop/pcapng", tests);
}
