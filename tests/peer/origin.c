/* How many connections stand from each address. */
#include "rig.h"

static dia_address v4(uint8_t *store, uint32_t i)
{
    dia_store32(store, i);
    return (dia_address){ DIA_FAMILY_IPV4, { store, 4 } };
}

static dia_address v6(uint8_t *store, uint64_t high, uint64_t low)
{
    dia_store64(store, high);
    dia_store64(store + 8, low);
    return (dia_address){ DIA_FAMILY_IPV6, { store, 16 } };
}

static void each_address_is_counted_by_itself(void)
{
    struct rig rig;
    uint8_t store[16];
    dia_origin *a[3] = { NULL }, *b = NULL, *c = NULL, *none = NULL;
    need(rig_begin(&rig, NULL));
    const dia_address absent = { 0 };
    for (int i = 0; i < 3; i++) {
        const dia_address address = v4(store, 0x0a000001);
        need(a[i] = dia_origin_enter(&rig.hub, &address));
    }
    dia_address address = v6(store, 0x0a00000100000000, 0); /* the same octets and zeros */
    need_int(dia_origin_count(&rig.hub, &address), 0);
    need(b = dia_origin_enter(&rig.hub, &address));
    address = v6(store, 0, 0x0a000001);
    need(c = dia_origin_enter(&rig.hub, &address));
    need(none = dia_origin_enter(&rig.hub, &absent));
    need_int(dia_origin_count(&rig.hub, &address), 1);
    need_int(dia_origin_count(&rig.hub, &absent), 1);
    address = v4(store, 0x0a000001);
    need_int(dia_origin_count(&rig.hub, &address), 3);
    dia_origin_leave(&rig.hub, a[0]);
    a[0] = NULL;
    need_int(dia_origin_count(&rig.hub, &address), 2);
    address = v4(store, 0x0a000002);
    need_int(dia_origin_count(&rig.hub, &address), 0);
done:
    for (int i = 0; i < 3; i++)
        dia_origin_leave(&rig.hub, a[i]);
    dia_origin_leave(&rig.hub, b);
    dia_origin_leave(&rig.hub, c);
    dia_origin_leave(&rig.hub, none);
    if (rig.made)
        check_int(rig.hub.origins.n, 0);
    rig_end(&rig);
}

/* Two addresses of one key stand in one chain, in which each can be found and left: one of four octets, and a /64 that begins
 * with these. */
static void addresses_of_one_key_do_not_meddle(void)
{
    for (int order = 0; order < 2; order++) {
        struct rig rig;
        uint8_t x[16], y[16];
        dia_origin *of[2] = { NULL };
        need(rig_begin(&rig, NULL));
        const dia_address a = v4(x, 0x0a000001), b = v6(y, 0x0a00000100000000, 77);
        need(of[0] = dia_origin_enter(&rig.hub, &a));
        need(of[1] = dia_origin_enter(&rig.hub, &b));
        need_int(rig.hub.origins.n, 1);
        need_int(dia_origin_count(&rig.hub, &a), 1);
        need_int(dia_origin_count(&rig.hub, &b), 1);
        dia_origin_leave(&rig.hub, of[order]);
        of[order] = NULL;
        need_int(dia_origin_count(&rig.hub, &a), order);
        need_int(dia_origin_count(&rig.hub, &b), !order);
    done:
        dia_origin_leave(&rig.hub, of[0]);
        dia_origin_leave(&rig.hub, of[1]);
        if (rig.made)
            check_int(rig.hub.origins.n, 0);
        rig_end(&rig);
        if (harness_injected())
            return;
    }
}

/* Connections count from their acceptance to their end; ours do not. */
static void connections_enter_and_leave(void)
{
    struct rig rig;
    need(rig_begin(&rig, NULL));
    struct rig_link *first = rig_accept(&rig), *second = rig_accept(&rig);
    need(first && second);
    const dia_endpoint remote = dia_conn_remote(first->conn);
    need_int(dia_origin_count(&rig.hub, &remote.address), 2);
    need(rig_open_i(&rig, "z.example.net"));
    need_int(dia_origin_count(&rig.hub, &remote.address), 2);
    rig_drop(&rig, second);
    need_int(dia_origin_count(&rig.hub, &remote.address), 1);
    need_int(rig.hub.origins.n, 1);
    rig_drop(&rig, first);
    need_int(rig.hub.origins.n, 0);
done:
    rig_end(&rig);
}

/* Whoever has one address of a /64 has all of them. An IPv4 address is the same in its dress of IPv6. */
static void network_of_ipv6_counts_as_one_address(void)
{
    struct rig rig;
    uint8_t x[16], y[16];
    dia_origin *of[4] = { NULL };
    need(rig_begin(&rig, NULL));
    dia_address a = v6(x, 0x20010db800000001, 1), b = v6(y, 0x20010db800000001, UINT64_MAX);
    need(of[0] = dia_origin_enter(&rig.hub, &a));
    need(of[1] = dia_origin_enter(&rig.hub, &b));
    need(of[0] == of[1]);
    need(dia_origin_is_same(&a, &b));
    b = v6(y, 0x20010db800000002, 1);
    need_int(dia_origin_count(&rig.hub, &b), 0);
    need(!dia_origin_is_same(&a, &b));
    a = v6(x, 0, 0xffff0a000001);
    need(of[2] = dia_origin_enter(&rig.hub, &a));
    b = v4(y, 0x0a000001);
    need_int(dia_origin_count(&rig.hub, &b), 1);
    b = v6(y, 0, 0xffff0a000002);
    need_int(dia_origin_count(&rig.hub, &b), 0);
done:
    for (int i = 0; i < 4; i++)
        dia_origin_leave(&rig.hub, of[i]);
    if (rig.made)
        check_int(rig.hub.origins.n, 0);
    rig_end(&rig);
}

/* What is kept of connections that are gone counts for their address, as long as it is kept. */
static void requests_may_outlive_their_connections(void)
{
    struct rig rig;
    uint8_t x[4];
    size_t octets = 1;
    need(rig_begin(&rig, NULL));
    const dia_address a = v4(x, 0x0a000001);
    need_int(dia_origin_orphans(NULL, &octets), 0);
    need_int(octets, 0);
    dia_origin_orphan(NULL, 5);
    dia_origin_bury(&rig.hub, NULL, 5);
    dia_origin *origin = dia_origin_enter(&rig.hub, &a);
    need(origin);
    dia_origin_orphan(origin, 100);
    dia_origin_orphan(origin, 20);
    need_int(rig.hub.n_deserted, 0);
    dia_origin_leave(&rig.hub, origin);
    need_int(rig.hub.n_deserted, 1);
    need_int(dia_origin_count(&rig.hub, &a), 0);
    need(dia_origin_enter(&rig.hub, &a) == origin);
    need_int(rig.hub.n_deserted, 0);
    need_int(dia_origin_orphans(origin, &octets), 2);
    need_int(octets, 120);
    dia_origin_leave(&rig.hub, origin);
    dia_origin_bury(&rig.hub, origin, 20);
    need_int(rig.hub.origins.n, 1);
    dia_origin_bury(&rig.hub, origin, 100);
    need_int(rig.hub.origins.n, 0);
    need_int(rig.hub.n_deserted, 0);
done:
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "each_address_is_counted_by_itself", each_address_is_counted_by_itself },
        { "addresses_of_one_key_do_not_meddle", addresses_of_one_key_do_not_meddle },
        { "network_of_ipv6_counts_as_one_address", network_of_ipv6_counts_as_one_address },
        { "requests_may_outlive_their_connections", requests_may_outlive_their_connections },
        { "connections_enter_and_leave", connections_enter_and_leave },
    };
    return HARNESS_RUN("peer/origin", tests);
}
