/* The driver of the target `peer`: carries out wishes, looks at all that goes out, brings octets. */
#include "peer_world.h"

/* ---- What goes out ---- */

/* Groups of our own must be sound inside too. What stands in Failed-AVP, and Proxy-Info, comes back as it came: of
 * these only the outer side is ours. */
static void check_avps(dia_avps it, bool deep)
{
    static const uint16_t groups[] = { 260, 279, 297, 443, 456 };
    while (dia_avp_next(&it))
        for (size_t i = 0; deep && i < sizeof groups / sizeof *groups; i++)
            if (it.avp.code == groups[i] && !it.avp.vendor)
                check_avps(dia_avp_enter(&it), it.avp.code != 279);
    must(!it.err);
}

static void check_message(struct conn *c, dia_bytes message)
{
    dia_header header;
    dia_avp result;
    must(dia_header_read(message, &header) == 0 && header.version == 1 && header.length == message.n);
    if (world.relays && header.application && !(header.flags & DIA_FLAG_REQUEST))
        return; /* perhaps passed on, and then as it came */
    check_avps(dia_avps_of(message), true);
    if (header.flags & DIA_FLAG_REQUEST) {
        must(!(header.flags & DIA_FLAG_ERROR));
        c->asked[header.application != 0].hop = header.hop_by_hop;
        c->asked[header.application != 0].end = header.end_to_end;
    } else {
        const bool known = header.command == 257 || header.command == 272 || header.command == 280;
        must(!dia_avp_find(message, 268, 0, &result) && result.data.n == 4);
        must(!(header.flags & DIA_FLAG_ERROR) || !known || dia_load32(result.data.p) / 1000 == 3 ||
             dia_load32(result.data.p) == 5011);
        must(!(header.flags & DIA_FLAG_RETRANSMITTED));
    }
}

/* Up to `most` octets of one piece; those taken. */
static size_t write_piece(struct conn *c, const dia_output *piece, size_t most)
{
    const bool is_message = c->conn->kind == DIA_CONN_MESSAGE;
    size_t at = 0;
    while (at < piece->octets.n && (at < most || is_message)) {
        if (!c->left) {
            const dia_bytes rest = { piece->octets.p + at, piece->octets.n - at };
            const int64_t n = dia_frame_cut(rest, 0);
            must(n > 0 && (!is_message || (size_t)n == piece->octets.n));
            check_message(c, (dia_bytes){ rest.p, (size_t)n });
            c->left = (size_t)n;
        }
        const size_t n = is_message || c->left < most - at ? c->left : most - at;
        c->left -= n;
        at += n;
    }
    dia_conn_sent(c->conn, at, world_now());
    return at;
}

void driver_write(struct conn *c, size_t most)
{
    dia_output piece;
    while (most && c->conn && dia_conn_output(c->conn, &piece, 1)) {
        const size_t n = write_piece(c, &piece, most);
        most = n < most ? most - n : 0;
    }
}

/* ---- The driver ---- */

static struct conn *place_of(dia_conn *conn)
{
    for (size_t i = 0; i < CONNS; i++)
        if (world.conns[i].conn == conn)
            return &world.conns[i];
    return NULL;
}

static void forget(struct conn *c)
{
    dia_buf_done(&c->rest);
    *c = (struct conn){ 0 };
    dia_buf_init(&c->rest, 0, NULL);
}

void driver_closed(struct conn *c)
{
    dia_conn *conn = c->conn;
    forget(c);
    dia_conn_closed(conn, NULL, world_now());
}

static void give(struct conn *c)
{
    c->again = false;
    while (!world.freed && c->conn && c->rest.n && !c->again) {
        const size_t n = dia_conn_input(c->conn, dia_buf_bytes(&c->rest), world_now());
        must(n <= c->rest.n);
        dia_buf_consume(&c->rest, n);
        if (!n)
            break;
    }
}

void driver_feed(struct conn *c, const uint8_t *p, size_t n)
{
    if (!c->conn || !n || world.freed)
        return;
    world.budget += n;
    if (c->rest.n) { /* a driver that was told to stop reads no more than a transport holds */
        if (c->conn->kind == DIA_CONN_STREAM && c->rest.n + n < REST_MAX)
            must(!dia_buf_append(&c->rest, (dia_bytes){ p, n }));
        return;
    }
    uint8_t *copy = malloc(n);
    must(copy);
    memcpy(copy, p, n);
    const size_t taken = dia_conn_input(c->conn, (dia_bytes){ copy, n }, world_now());
    must(taken <= n);
    if (!world.freed && taken < n)
        must(!dia_buf_append(&c->rest, (dia_bytes){ copy + taken, n - taken }));
    free(copy);
}

static void carry_out(const dia_todo *todo)
{
    dia_output piece;
    struct conn *c = place_of(todo->conn);
    if (todo->kind == DIA_TODO_CONNECT) {
        c = place_of(NULL);
        if (c)
            c->conn = todo->conn;
        else
            dia_conn_closed(todo->conn, "no place", world_now());
        return;
    }
    must(c);
    switch (todo->kind) {
    case DIA_TODO_WRITE:
        if (!c->slow)
            driver_write(c, SIZE_MAX);
        break;
    case DIA_TODO_READ:
        must(!c->ended);
        c->again = true;
        break;
    case DIA_TODO_CLOSE:
        must(!c->ended);
        c->ended = true;
        c->slow = false;
        driver_write(c, SIZE_MAX);
        break;
    case DIA_TODO_RESET:
        must(!c->reset); /* it may have been closed before */
        must(!dia_conn_output(c->conn, &piece, 1));
        c->ended = c->reset = true;
        break;
    case DIA_TODO_SECURE:
        must(!c->ended);
        c->slow = false;
        driver_write(c, SIZE_MAX);
        break;
    default: break;
    }
}

void driver_pump(void)
{
    bool more = true;
    while (more && !world.freed) {
        dia_todo todo;
        more = false;
        while (!world.freed && dia_node_todo(world.node, &todo)) {
            world_work();
            carry_out(&todo);
        }
        for (size_t i = 0; i < CONNS && !world.freed; i++) {
            struct conn *c = &world.conns[i];
            if (!c->conn || !c->again)
                continue;
            give(c);
            more = true;
        }
    }
    for (size_t i = 0; i < CONNS && !world.freed; i++) { /* what was ended stays silent */
        dia_output piece;
        must(!world.conns[i].conn || !world.conns[i].ended || !dia_conn_output(world.conns[i].conn, &piece, 1));
    }
}

static bool is_named(const void *arg, dia_bytes host, dia_bytes realm, char *why, size_t why_size)
{
    must(host.n && realm.p && why_size);
    why[0] = 0;
    return host.p[0] != *(const char *)arg;
}

/* Bits 0 and 1: whom its certificate does not name; 2 to 4: how long it lives, and warns before; 5: how much it carries. */
const dia_security *driver_security(uint8_t which)
{
    static const char others[] = "abz?";
    static dia_security security;
    const int64_t life_s = which >> 2 & 7;
    security = (dia_security){ .protocol = "TLS",
                               .cipher = "none",
                               .subject = which & 16 ? "CN=far" : "",
                               .expires = life_s ? 1700000000 + world.now_us / 1000000 + 3 * life_s - 3 : 0,
                               .warn_s = which & 8 ? 5 : 0,
                               .message_max = which & 32 ? 1000 : 0,
                               .names = which & 64 ? NULL : is_named,
                               .arg = &others[which & 3] };
    return &security;
}

/* With bit 5 a handshake comes first, with bit 6 it is over. */
dia_conn_info driver_info(uint8_t which)
{
    static const dia_address addresses[] = {
        { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\2") },
        { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\3") },
        { DIA_FAMILY_IPV6, DIA_LIT("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2") },
        { DIA_FAMILY_IPV6, DIA_LIT("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\3") },
    };
    return (dia_conn_info){
        .kind = which & 1 ? DIA_CONN_MESSAGE : DIA_CONN_STREAM,
        .local = { { DIA_FAMILY_IPV4, DIA_LIT("\x0a\0\0\1") }, 3868 },
        .remote = { addresses[which >> 1 & 3], 5000 },
        .listener = world.listeners[which >> 3 & 1],
        .transport = which & 16 ? "test" : NULL,
        .awaits_security = which & 32,
        .security = which & 64 ? driver_security(which >> 1 & 4) : NULL,
    };
}
