/* The captures of a loop: one of all messages, and one for each peer that is asked for. */
#include "loop/loop.h"

#include <time.h>

typedef struct capturing {
    dia_list place; /* in loop->captures */
    struct dia_capture *file;
    dia_bytes host; /* behind this struct; absent: all peers */
} capturing;

static size_t size_of(dia_bytes host)
{
    return sizeof(capturing) + host.n;
}

static capturing *find(const dia_loop *loop, dia_bytes host)
{
    for (dia_list *p = loop->captures.next; p != &loop->captures; p = p->next) {
        capturing *c = DIA_OF(p, capturing, place);
        if (!c->host.p == !host.p && dia_bytes_equal_nocase(c->host, host))
            return c;
    }
    return NULL;
}

/* ---- What is written ---- */

/* Whom a message belongs to. While the connection has no name yet, its CER or CEA says it. */
static dia_bytes host_of(const dia_message_seen *seen)
{
    const dia_peer *peer = seen->conn->peer;
    dia_header header;
    dia_avp host;
    if (peer && peer->host.p)
        return peer->host;
    if (seen->sent || dia_header_read(seen->octets, &header) || header.command != DIA_CODE_CAPABILITIES_EXCHANGE ||
        dia_avp_find(seen->octets, DIA_AVP_ORIGIN_HOST, 0, &host))
        return (dia_bytes){ NULL, 0 };
    return host.data;
}

static void on_message(void *arg, dia_node *node, const dia_message_seen *seen)
{
    const dia_loop *loop = arg;
    const dia_bytes host = host_of(seen);
    (void)node;
    for (dia_list *p = loop->captures.next; p != &loop->captures; p = p->next) {
        const capturing *c = DIA_OF(p, capturing, place);
        if (!c->host.p || (host.p && dia_bytes_equal_nocase(c->host, host)))
            dia_capture_message(c->file, seen);
    }
}

/* Those who hear of it may end captures, and more: nothing of the list is kept meanwhile. */
static bool complain(dia_loop *loop)
{
    char sentence[600];
    for (dia_list *p = loop->captures.next; p != &loop->captures; p = p->next)
        if (dia_capture_complain(DIA_OF(p, capturing, place)->file, sentence, sizeof sentence)) {
            dia_node_note_capture(loop->node, sentence, dia_loop_clock());
            return true;
        }
    return false;
}

void dia_loop_flush_captures(dia_loop *loop)
{
    for (dia_list *p = loop->captures.next; p != &loop->captures; p = p->next)
        dia_capture_flush(DIA_OF(p, capturing, place)->file);
    while (complain(loop))
        dia_loop_stay_awake(loop); /* for what they wish then */
}

/* ---- Begin and end ---- */

static int end(dia_loop *loop, capturing *c)
{
    const int err = dia_capture_close(c->file);
    dia_list_remove(&c->place);
    dia_release(loop->alloc, c, size_of(c->host));
    if (dia_list_empty(&loop->captures))
        dia_node_set_tap(loop->node, NULL, NULL);
    return err;
}

/* A capture of the same host ends when the new one stands. */
static int add(dia_loop *loop, dia_bytes host, struct dia_capture *file)
{
    capturing *c = dia_alloc0(loop->alloc, size_of(host));
    if (!c)
        return DIA_ENOMEM;
    c->file = file;
    if (host.p)
        c->host = (dia_bytes){ memcpy(c + 1, host.p, host.n), host.n };
    capturing *old = find(loop, host);
    if (old)
        end(loop, old);
    dia_list_push_back(&loop->captures, &c->place);
    dia_node_set_tap(loop->node, on_message, loop);
    return 0;
}

static int begin(dia_loop *loop, dia_bytes host, const char *path)
{
    struct timespec wall;
    struct dia_capture *file;
    clock_gettime(CLOCK_REALTIME, &wall);
    const int64_t wall_us = (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000;
    int err = dia_capture_open(path, wall_us - dia_loop_clock().us, loop->alloc, &file);
    if (!err && (err = add(loop, host, file)))
        dia_capture_close(file);
    return err;
}

int dia_loop_capture(dia_loop *loop, const char *path)
{
    return begin(loop, (dia_bytes){ NULL, 0 }, path);
}

int dia_loop_capture_peer(dia_loop *loop, const char *host, const char *path)
{
    return host && dia_identity_valid(dia_cstr(host)) ? begin(loop, dia_cstr(host), path) : DIA_EINVAL;
}

int dia_loop_capture_with(dia_loop *loop, const dia_loop *other)
{
    for (dia_list *p = other->captures.next; loop != other && p != &other->captures; p = p->next) {
        const capturing *c = DIA_OF(p, capturing, place);
        const int err = add(loop, c->host, dia_capture_share(c->file));
        if (!err)
            continue;
        dia_capture_close(c->file);
        return err;
    }
    return 0;
}

int dia_loop_capture_end(dia_loop *loop)
{
    capturing *c = find(loop, (dia_bytes){ NULL, 0 });
    return c ? end(loop, c) : DIA_ENOENT;
}

int dia_loop_capture_peer_end(dia_loop *loop, const char *host)
{
    capturing *c = host ? find(loop, dia_cstr(host)) : NULL;
    return c ? end(loop, c) : DIA_ENOENT;
}

void dia_loop_end_captures(dia_loop *loop)
{
    DIA_LIST_EACH (p, &loop->captures)
        end(loop, DIA_OF(p, capturing, place));
}
