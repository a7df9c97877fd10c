/* Which realms there are peers of. */
#include "rig.h"

static int learn(dia_peer *peer, const char *host, const char *realm)
{
    const dia_capabilities said = { .host = dia_cstr(host), .realm = dia_cstr(realm) };
    return dia_peer_learn(peer, &said);
}

static bool knows(const struct rig *rig, const char *realm)
{
    return dia_realm_is_known(&rig->hub, dia_cstr(realm));
}

/* Whatever their state: also of those that are not connected now. */
static void a_realm_is_known_as_long_as_a_peer_is_of_it(void)
{
    struct rig rig;
    dia_peer *a = NULL, *b = NULL;
    need(rig_begin(&rig, NULL));
    need(!knows(&rig, "one.example") && !knows(&rig, NULL));
    need(a = dia_peer_new(&rig.hub, DIA_STR("a.one.example")));
    need(b = dia_peer_new(&rig.hub, DIA_STR("b.one.example")));
    need(!knows(&rig, "one.example"));
    need_int(learn(a, "a.one.example", "one.example"), 0);
    need_int(learn(b, "b.one.example", "ONE.example"), 0);
    need(knows(&rig, "One.example") && !knows(&rig, "two.example") && !knows(&rig, NULL));
    need_bytes(a->realm, dia_cstr("one.example"));
    need_bytes(b->realm, dia_cstr("ONE.example")); /* as it says */
    need_int(rig.hub.realms.n, 1);
    need_int(learn(a, "a.one.example", "two.example"), 0);
    need(knows(&rig, "one.example") && knows(&rig, "two.example"));
    need_int(learn(a, "a.one.example", "two.example"), 0);
    need_bytes(a->realm, dia_cstr("two.example"));
    dia_peer_free(b);
    b = NULL;
    need(!knows(&rig, "one.example") && knows(&rig, "two.example"));
    static const uint8_t much[DIA_IDENTITY_MAX + 1] = { 'x' };
    const dia_capabilities said = { .host = DIA_STR("a.one.example"), .realm = { much, sizeof much } };
    need_int(dia_peer_learn(a, &said), 0);
    need(a->realm.n == sizeof much && rig.hub.realms.n == 0); /* no name */
    need_int(learn(a, "a.one.example", "two.example"), 0);
    dia_peer_unname(a);
    need(!a->realm.p && !knows(&rig, "two.example"));
done:
    if (a)
        dia_peer_free(a);
    if (b)
        dia_peer_free(b);
    if (rig.made)
        check_int(rig.hub.realms.n, 0);
    rig_end(&rig);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "a_realm_is_known_as_long_as_a_peer_is_of_it", a_realm_is_known_as_long_as_a_peer_is_of_it },
    };
    return HARNESS_RUN("peer/realm", tests);
}
