/* Packets of SCTP as they come from the network, before usrsctp sees them: from a few senders, of any content, between associations that
 * begin and end.
 *
 * What must hold: the path of an association stays its own; a cookie goes on only over the path that it was told over; a stranger never
 * gets a path that somebody uses; what is refused is answered by one packet that is not longer than what came. */
#include "loop/paths.h"

#include "fuzz.h"

#include <sys/socket.h>

enum { SENDERS = 64, ADMIT, TELL, HOLD, DROP, OPS };

static const uint8_t key[16] = "sixteen octets.";

typedef struct sender {
    dia_ends ends;
    dia_sctp_path *path; /* of its associations */
    uint32_t users;
} sender;

static bool has_type(dia_bytes packet, uint8_t type)
{
    for (size_t at = 12; packet.n - at >= 4;) {
        const size_t n = dia_load16(packet.p + at + 2), padded = (n + 3) & ~(size_t)3;
        if (packet.p[at] == type)
            return true;
        if (n < 4 || padded > packet.n - at)
            return false;
        at += padded;
    }
    return false;
}

static void admit(dia_sctp_paths *paths, const sender *s, const uint32_t *told, dia_bytes packet, bool listens)
{
    uint8_t answer[DIA_PACKET_MIN];
    if (dia_sctp_paths_find(paths, &s->ends))
        return;
    const dia_sctp_path *path = dia_sctp_paths_admit(paths, &s->ends, packet, listens);
    const dia_bytes refusal = dia_packet_refuse(packet, answer);
    must(!refusal.n || refusal.n <= packet.n);
    if (!path)
        return;
    must(packet.n >= DIA_PACKET_MIN && !path->users);
    must(memcmp(&path->ends, &s->ends, sizeof s->ends) == 0);
    if (path == &paths->guest)
        must(!has_type(packet, 1) && !has_type(packet, 10));
    else
        must(listens && (!has_type(packet, 10) || (*told && dia_load32(packet.p + 4) == *told)));
}

static void hold(dia_sctp_paths *paths, sender *s)
{
    if (!s->users)
        s->path = dia_sctp_paths_take(paths, &s->ends);
    if (!s->path)
        return;
    dia_sctp_path_hold(s->path);
    s->users++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dia_sctp_paths paths;
    sender senders[SENDERS] = { 0 };
    uint32_t told[SENDERS] = { 0 };
    if (dia_sctp_paths_init(&paths, key, NULL))
        return 0;
    for (uint32_t i = 0; i < SENDERS; i++) {
        senders[i].ends = (dia_ends){ .family = i % 2 ? AF_INET : AF_INET6, .port = (uint16_t)i };
        dia_store32(senders[i].ends.remote, i);
    }
    for (size_t at = 0; size - at >= 3;) {
        const uint8_t op = data[at], who = data[at + 1] % SENDERS, length = data[at + 2];
        const size_t n = length < size - at - 3 ? length : size - at - 3;
        const dia_bytes packet = { data + at + 3, n };
        sender *s = &senders[who];
        switch (op % (OPS - ADMIT)) {
        case 0: admit(&paths, s, &told[who], packet, op & 0x80); break;
        case 1:
            dia_sctp_paths_answered(&paths, &(dia_sctp_path){ .paths = &paths, .ends = s->ends }, packet);
            if (n >= 20 && packet.p[12] == 2)
                told[who] = dia_load32(packet.p + 16);
            break;
        case 2: hold(&paths, s); break;
        case 3:
            if (s->users && s->users--)
                dia_sctp_path_drop(s->path);
            break;
        }
        for (int i = 0; i < SENDERS; i++)
            must(!senders[i].users || dia_sctp_paths_find(&paths, &senders[i].ends) == senders[i].path);
        at += 3 + n;
    }
    dia_sctp_paths_done(&paths);
    return 0;
}
