/* The capture file: pcapng with three block types, link type 252 ("Wireshark upper PDU") and the dissector's name in
 * front of each message, so that no packet headers have to be invented. */
#include "loop/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum {
    LINKTYPE_UPPER_PDU = 252,
    TAG_END = 0,
    TAG_DISSECTOR = 12,
    TAG_IPV4_SOURCE = 20,
    TAG_IPV4_DESTINATION = 21,
    TAG_IPV6_SOURCE = 22,
    TAG_IPV6_DESTINATION = 23,
    TAG_PORT_TYPE = 24,
    TAG_SOURCE_PORT = 25,
    TAG_DESTINATION_PORT = 26,
    PORT_TYPE_TCP = 2,
    HEAD_MAX = 160,
    ROOM = 1 << 16
};

struct dia_capture {
    int fd;  /* -1 after a write failed */
    int why; /* errno of that */
    bool told, torn;
    int64_t wall_offset_us;
    const dia_allocator *alloc;
    uint32_t refs;         /* loops that write to it */
    uint64_t written;      /* octets that are in the file */
    size_t n;              /* octets of whole blocks that are not yet: */
    uint8_t waiting[ROOM]; /* in the writer's own byte order, as pcapng is */
    char path[];
};

static size_t size_of(const char *path)
{
    return sizeof(struct dia_capture) + strlen(path) + 1;
}

/* ---- The file ---- */

/* A file of the disk goes back to its last whole block, so that it stays a capture; what went into a pipe is gone. */
static void give_up(struct dia_capture *capture, uint64_t whole)
{
    capture->torn = capture->written != whole && ftruncate(capture->fd, (off_t)whole);
    close(capture->fd);
    capture->fd = -1;
    capture->n = 0;
}

static bool write_out(struct dia_capture *capture, const void *octets, size_t n)
{
    const uint8_t *p = octets;
    while (n) {
        const ssize_t done = write(capture->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            capture->why = done ? errno : ENOSPC;
            return false;
        }
        capture->written += (size_t)done;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

void dia_capture_flush(struct dia_capture *capture)
{
    const uint64_t begin = capture->written;
    if (capture->fd < 0 || !capture->n)
        return;
    if (!write_out(capture, capture->waiting, capture->n)) {
        const uint64_t written = capture->written - begin;
        uint64_t whole = 0;
        uint32_t block = 0;
        do {
            whole += block;
            memcpy(&block, capture->waiting + whole + 4, sizeof block); /* each says its size behind its type */
        } while (whole + block <= written);
        give_up(capture, begin + whole);
    }
    capture->n = 0;
}

/* One block of several parts. */
static void put(struct dia_capture *capture, const dia_bytes *parts, size_t n_parts)
{
    size_t size = 0;
    for (size_t i = 0; i < n_parts; i++)
        size += parts[i].n;
    if (size > ROOM - capture->n)
        dia_capture_flush(capture);
    const uint64_t begin = capture->written;
    for (size_t i = 0; i < n_parts && capture->fd >= 0; i++) {
        if (size <= ROOM) {
            memcpy(capture->waiting + capture->n, parts[i].p, parts[i].n);
            capture->n += parts[i].n;
        } else if (!write_out(capture, parts[i].p, parts[i].n)) {
            give_up(capture, begin);
        }
    }
}

static void put_headers(struct dia_capture *capture)
{
    static const struct {
        uint32_t type, size, order;
        uint16_t major, minor;
        uint32_t length[2] /* not known */, size_again;
    } section = { 0x0a0d0d0a, sizeof section, 0x1a2b3c4d, 1, 0, { 0xffffffff, 0xffffffff }, sizeof section };
    static const struct {
        uint32_t type, size;
        uint16_t link, reserved;
        uint32_t longest /* no limit */, size_again;
    } interface = { 1, sizeof interface, LINKTYPE_UPPER_PDU, 0, 0, sizeof interface };
    put(capture, &(dia_bytes){ (const uint8_t *)&section, sizeof section }, 1);
    put(capture, &(dia_bytes){ (const uint8_t *)&interface, sizeof interface }, 1);
}

int dia_capture_open(const char *path, int64_t wall_offset_us, const dia_allocator *alloc, struct dia_capture **out)
{
    struct dia_capture *capture = dia_alloc0(alloc, size_of(path));
    if (!capture)
        return DIA_ENOMEM;
    capture->wall_offset_us = wall_offset_us;
    capture->alloc = alloc;
    capture->refs = 1;
    memcpy(capture->path, path, strlen(path) + 1);
    /* A pipe that nobody reads must not keep the node from its peers. */
    capture->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0666);
    capture->why = errno;
    put_headers(capture);
    dia_capture_flush(capture);
    if (capture->fd >= 0) {
        *out = capture;
        return 0;
    }
    dia_capture_close(capture);
    return DIA_ESYSTEM;
}

struct dia_capture *dia_capture_share(struct dia_capture *capture)
{
    capture->refs++;
    return capture;
}

int dia_capture_close(struct dia_capture *capture)
{
    dia_capture_flush(capture);
    int why = capture->fd < 0 ? capture->why : 0;
    if (!--capture->refs) {
        if (!why && close(capture->fd))
            why = errno;
        dia_release(capture->alloc, capture, size_of(capture->path));
    }
    errno = why ? why : errno;
    return why ? DIA_ESYSTEM : 0;
}

bool dia_capture_complain(struct dia_capture *capture, char *sentence, size_t size)
{
    if (capture->fd >= 0 || capture->told)
        return false;
    capture->told = true;
    snprintf(sentence, size, "%s takes no more%s: %s", capture->path, capture->torn ? " and ends within a message" : "",
             capture->why == EAGAIN ? "whoever reads it is too slow" : strerror(capture->why));
    return true;
}

/* ---- Messages ---- */

/* Tags in front of the message: big-endian type and length, values padded to 4. */
static uint8_t *put_tag(uint8_t *to, uint16_t tag, const void *value, size_t n)
{
    dia_store16(to, tag);
    dia_store16(to + 2, (uint16_t)((n + 3) & ~(size_t)3));
    memset(to + 4, 0, (n + 3) & ~(size_t)3);
    if (n)
        memcpy(to + 4, value, n);
    return to + 4 + ((n + 3) & ~(size_t)3);
}

static uint8_t *put_number(uint8_t *to, uint16_t tag, uint32_t number)
{
    uint8_t value[4];
    dia_store32(value, number);
    return put_tag(to, tag, value, sizeof value);
}

static uint8_t *put_end(uint8_t *to, const dia_endpoint *end, bool source)
{
    if (end->address.value.n == 4)
        to = put_tag(to, source ? TAG_IPV4_SOURCE : TAG_IPV4_DESTINATION, end->address.value.p, 4);
    else if (end->address.value.n == 16)
        to = put_tag(to, source ? TAG_IPV6_SOURCE : TAG_IPV6_DESTINATION, end->address.value.p, 16);
    return put_number(to, source ? TAG_SOURCE_PORT : TAG_DESTINATION_PORT, end->port);
}

void dia_capture_message(struct dia_capture *capture, const dia_message_seen *seen)
{
    const dia_endpoint local = dia_conn_local(seen->conn), remote = dia_conn_remote(seen->conn);
    uint8_t head[HEAD_MAX], *to = head;
    to = put_tag(to, TAG_DISSECTOR, "diameter", 8);
    to = put_end(to, seen->sent ? &local : &remote, true);
    to = put_end(to, seen->sent ? &remote : &local, false);
    to = put_number(to, TAG_PORT_TYPE, PORT_TYPE_TCP);
    to = put_tag(to, TAG_END, NULL, 0);

    const uint32_t n = (uint32_t)(to - head) + (uint32_t)seen->octets.n; /* messages are padded to 4 */
    const uint64_t at = (uint64_t)(seen->at.us + capture->wall_offset_us);
    const uint32_t size = n + 32,
                   block[] = { 6 /* Enhanced Packet Block */, size, 0, (uint32_t)(at >> 32), (uint32_t)at, n, n };
    const dia_bytes parts[] = { { (const uint8_t *)block, sizeof block },
                                { head, (size_t)(to - head) },
                                seen->octets,
                                { (const uint8_t *)&size, sizeof size } };
    put(capture, parts, sizeof parts / sizeof *parts);
}
