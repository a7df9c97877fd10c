/* Where a peer is connected to. */
#include "rig.h"

static bool is_in_order(const dia_target *target, const char *const *uris)
{
    size_t i = 0;
    for (; uris[i] && i < target->n_uris; i++)
        if (strcmp(target->uris[i], uris[i])) {
            check_str(target->uris[i], uris[i]);
            return false;
        }
    return !uris[i] && i == target->n_uris;
}

/* B2.1-10: TLS over TCP first, then DTLS over SCTP, then, where it is allowed, TCP and SCTP. */
static void a_host_is_tried_in_the_order_of_the_rfc(void)
{
    static const struct {
        const char *name, *connect;
        bool insecure;
        const char *uris[8];
    } rows[] = {
        { "a URI is what it is", "aaa://a.example.net", true, { "aaa://a.example.net" } },
        { "a URI keeps its words",
          "aaas://a.example.net:1;transport=sctp",
          true,
          { "aaas://a.example.net:1;transport=sctp" } },
        { "a host", "a.example.net", false, { "aaas://a.example.net", "aaas://a.example.net;transport=sctp" } },
        { "a host, and clear text is allowed",
          "a.example.net",
          true,
          { "aaas://a.example.net", "aaas://a.example.net;transport=sctp", "aaa://a.example.net",
            "aaa://a.example.net;transport=sctp" } },
        { "with a port",
          "a.example.net:3869",
          true,
          { "aaas://a.example.net:3869", "aaas://a.example.net:3869;transport=sctp", "aaa://a.example.net:3869",
            "aaa://a.example.net:3869;transport=sctp" } },
        { "an address",
          "[2001:db8::1]:3868",
          true,
          { "aaas://[2001:db8::1]:3868", "aaas://[2001:db8::1]:3868;transport=sctp", "aaa://[2001:db8::1]:3868",
            "aaa://[2001:db8::1]:3868;transport=sctp" } },
        { "SCTP alone",
          "a.example.net;transport=sctp",
          true,
          { "aaas://a.example.net;transport=sctp", "aaa://a.example.net;transport=sctp" } },
        { "TCP alone", "a.example.net;transport=tcp", false, { "aaas://a.example.net" } },
    };
    struct rig rig;
    need(rig_begin(&rig, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].name);
        dia_target *target =
            dia_target_new(&rig.hub, &(dia_peer_config){ .connect = rows[i].connect, .insecure = rows[i].insecure });
        need(target);
        check(is_in_order(target, rows[i].uris));
        check_str(target->connect, rows[i].connect);
        dia_target_unref(&rig.hub, target);
    }
done:
    rig_end(&rig);
}

static void more_places_stand_behind_the_first_one(void)
{
    static const char *const also[] = { "aaa://b.example.net", "c.example.net;transport=tcp", NULL };
    static const char *const want[] = { "aaas://a.example.net", "aaas://a.example.net;transport=sctp",
                                        "aaa://b.example.net", "aaas://c.example.net", NULL };
    struct rig rig;
    dia_target *target = NULL;
    need(rig_begin(&rig, NULL));
    need(target = dia_target_new(&rig.hub,
                                 &(dia_peer_config){ .connect = "a.example.net",
                                                     .also = also,
                                                     .socket = { .local = "192.0.2.1,2001:db8::1", .tls = "core" } }));
    check(is_in_order(target, want));
    check_str(target->socket.local, "192.0.2.1,2001:db8::1");
    check_str(target->socket.tls, "core");
done:
    if (rig.made)
        dia_target_unref(&rig.hub, target);
    rig_end(&rig);
}

static void what_is_no_place_makes_no_sense(void)
{
    static const char *const wrong[] = { "",
                                         "a example.net",
                                         "aaa://",
                                         "http://a.example.net",
                                         "a.example.net:",
                                         "a.example.net:99999",
                                         "a.example.net;transport=udp",
                                         "a.example.net;transport=pigeon",
                                         "2001:db8::1" };
    char longest[DIA_URI_ROOM + 8];
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        harness_row(wrong[i]);
        check(!dia_place_makes_sense(wrong[i]));
    }
    memset(longest, 'a', sizeof longest);
    longest[sizeof longest - 1] = 0;
    check(!dia_place_makes_sense(longest));
    longest[0] = 'h';
    memcpy(longest, "aaa://", 6);
    check(!dia_place_makes_sense(longest));
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_host_is_tried_in_the_order_of_the_rfc", a_host_is_tried_in_the_order_of_the_rfc },
        { "more_places_stand_behind_the_first_one", more_places_stand_behind_the_first_one },
        { "what_is_no_place_makes_no_sense", what_is_no_place_makes_no_sense },
    };
    return HARNESS_RUN("peer/target", tests);
}
