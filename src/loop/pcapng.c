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
    HEAD_MAX = 160
};

struct dia_capture {
    FILE *file; /* NULL after a write failed */
    int64_t wall_offset_us;
    const dia_allocator *alloc;
    uint32_t refs; /* loops that write to it */
    bool dirty;
};

static void put(struct dia_capture *capture, const void *p, size_t n)
{
    if (capture->file && fwrite(p, 1, n, capture->file) != n) {
        fclose(capture->file);
        capture->file = NULL;
    }
}

static void put32(struct dia_capture *capture, uint32_t v)
{
    put(capture, &v, sizeof v); /* pcapng is in the writer's own byte order */
}

static void put_headers(struct dia_capture *capture)
{
    static const uint16_t version[] = { 1, 0 }, link[] = { LINKTYPE_UPPER_PDU, 0 };
    put32(capture, 0x0a0d0d0a); /* Section Header Block */
    put32(capture, 28);
    put32(capture, 0x1a2b3c4d);
    put(capture, version, sizeof version);
    put32(capture, 0xffffffff); /* length of the section: not known */
    put32(capture, 0xffffffff);
    put32(capture, 28);
    put32(capture, 1); /* Interface Description Block */
    put32(capture, 20);
    put(capture, link, sizeof link);
    put32(capture, 0); /* no limit of lengths */
    put32(capture, 20);
}

/* A pipe that nobody reads must not keep the node from its peers. NULL: errno. */
static FILE *open_file(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_CLOEXEC, 0666);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "wb");
    if (!file && fd >= 0)
        close(fd);
    return file;
}

int dia_capture_open(const char *path, int64_t wall_offset_us, const dia_allocator *alloc, struct dia_capture **out)
{
    struct dia_capture *capture = dia_alloc0(alloc, sizeof *capture);
    if (!capture)
        return DIA_ENOMEM;
    *capture = (struct dia_capture){ open_file(path), wall_offset_us, alloc, 1, true };
    put_headers(capture);
    dia_capture_flush(capture);
    if (capture->file) {
        *out = capture;
        return 0;
    }
    const int why = errno;
    dia_capture_close(capture);
    errno = why;
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
    bool complete = capture->file;
    if (--capture->refs)
        return complete ? 0 : DIA_ESYSTEM;
    complete = complete && !fclose(capture->file);
    dia_release(capture->alloc, capture, sizeof *capture);
    return complete ? 0 : DIA_ESYSTEM;
}

void dia_capture_flush(struct dia_capture *capture)
{
    if (capture->dirty && capture->file && fflush(capture->file)) {
        fclose(capture->file);
        capture->file = NULL;
    }
    capture->dirty = false;
}

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
    put32(capture, 6); /* Enhanced Packet Block */
    put32(capture, n + 32);
    put32(capture, 0);
    put32(capture, (uint32_t)(at >> 32));
    put32(capture, (uint32_t)at);
    put32(capture, n);
    put32(capture, n);
    put(capture, head, (size_t)(to - head));
    put(capture, seen->octets.p, seen->octets.n);
    put32(capture, n + 32);
    capture->dirty = true;
}
