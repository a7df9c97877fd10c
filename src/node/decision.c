/* Where a request goes: what stands above hosts and routes (route.c). What redirects have left, whom to spare, and why there is
 * no way. */
#include "diatom/overload.h"
#include "node/node.h"

/* ---- What redirects have left ---- */

/* RFC 6733, 6.14: what leads to a host that cannot be reached is deleted. */
static bool by_shortcuts(dia_node *node, const dia_errand *errand, const dia_shortcut_keys *keys, dia_decision *way)
{
    dia_shortcuts *shortcuts = &node->redirecting.shortcuts;
    const int64_t now_us = node->hub.now.us;
    for (const dia_shortcut *s = dia_shortcuts_find(shortcuts, keys, now_us, NULL), *next; s; s = next) {
        dia_errand to = *errand;
        to.host = s->to;
        if (!dia_hop_named(node, &to, &way->to))
            return true;
        next = dia_shortcuts_find(shortcuts, keys, now_us, s);
        if (!dia_redirect_reaches(node, s->to))
            dia_shortcuts_remove(shortcuts, s);
    }
    return false;
}

/* First the peer that the request names, then the shortcuts, then the routes; last of all the shortcut around the host to which
 * a route would lead. */
int dia_decision_with_shortcuts(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    dia_shortcut_keys keys = {
        .session = errand->session, .user = errand->user, .realm = errand->realm, .application = errand->application
    };
    if (errand->host.p && !dia_decision_to_host(node, errand, way))
        return 0;
    *way = (dia_decision){ .kind = DIA_DECIDED_NONE };
    if (by_shortcuts(node, errand, &keys, way)) {
        way->kind = DIA_DECIDED_HOP;
        return 0;
    }
    const int err = dia_decision_by_route(node, errand, way);
    if (err || !node->redirecting.shortcuts.n_of[DIA_REDIRECT_ALL_HOST])
        return err;
    keys = (dia_shortcut_keys){ .host = way->to->peer->host, .application = errand->application };
    by_shortcuts(node, errand, &keys, way);
    return 0;
}

/* ---- Whom to spare ---- */

/* Nobody is asked. */
static int throttle(dia_node *node, const dia_errand *errand, dia_decision *way)
{
    *way = (dia_decision){ .kind = DIA_DECIDED_NONE,
                           .err = DIA_EBUSY,
                           .result_code = dia_overload_throttle(node, errand),
                           .why = "whom it would go to asks for fewer requests (overload)" };
    return DIA_EBUSY;
}

int dia_decision_with_reports(dia_node *node, dia_errand *errand, dia_decision *way)
{
    if (dia_overload_withholds(node, errand))
        return throttle(node, errand, way);
    const int err = dia_decision_by_shortcut(node, errand, way);
    if (!dia_overload_has_spared(node) || (err && err != DIA_EBUSY))
        return err;
    if (!err) {
        node->hub.counters.diverted++;
        return 0;
    }
    if (errand->abates != DIA_ABATES_BY_DIVERSION)
        return throttle(node, errand, way);
    errand->abates = DIA_ABATES_NOTHING; /* whoever sent it has left out what was to be */
    return dia_decision_by_shortcut(node, errand, way);
}

/* ---- Why there is none ---- */

/* Did a route match; without table, is there a peer of this realm, open or not? */
static bool knows_realm(const dia_node *node, dia_bytes realm, const dia_decision *way)
{
    if (node->routes)
        return way->route;
    return dia_crowd_of_realm(node, realm) || dia_realm_is_known(&node->hub, realm);
}

void dia_decision_explain(const dia_node *node, const dia_errand *errand, dia_decision *way)
{
    if (way->result_code)
        return;
    if (way->err == DIA_EBUSY) {
        way->result_code = DIA_RESULT_CODE_TOO_BUSY;
        way->why = "too much waits for the next hop";
    } else if (dia_is_our_realm(errand->from, errand->realm) || knows_realm(node, errand->realm, way)) {
        way->result_code = DIA_RESULT_CODE_UNABLE_TO_DELIVER;
        way->why = way->err == DIA_ESPACE ? "the request is longer than the connections to the next hops carry"
                                          : "no peer can take the request now";
    } else {
        way->result_code = DIA_RESULT_CODE_REALM_NOT_SERVED;
        way->why = "no route to this realm";
    }
}

/* How many there are, and what becomes of a request at them. */
typedef struct survey {
    size_t peers, open, offering;
} survey;

static void look_at(const dia_peer *peer, uint32_t application, survey *seen)
{
    seen->peers++;
    for (const dia_peer *p = peer; p; p = p->more) {
        const bool open = dia_peer_candidate(p);
        seen->open += open;
        seen->offering += open && dia_peer_supports(p, application);
    }
}

static const char *why_none(const dia_node *node, const dia_errand *errand, const dia_decision *way)
{
    survey seen = { 0 };
    const dia_peer *named = errand->host.p ? dia_names_get(&node->hub.by_host, errand->host) : NULL;
    if (named)
        look_at(named, errand->application, &seen);
    else /* any of them may lead to it */
        for (const dia_peer *peer = NULL; (peer = dia_node_next_peer(node, peer));)
            look_at(peer, errand->application, &seen);
    if (!seen.peers)
        return "the node has no peer";
    if (!seen.open)
        return named ? "it is not open" : "no peer is open";
    if (!seen.offering && !dia_hub_app(&node->hub, errand->application))
        return "the node does not use this application (dia_node_use), and no open peer offers it";
    if (!seen.offering)
        return named ? "it does not offer this application" : "no open peer offers this application";
    if (node->routes && !way->route)
        return "no route matches";
    if (node->routes)
        return "no hop of the routes that match can take it";
    return "neither an open peer of this realm nor a relay offers this application";
}

int dia_decision_failed(dia_node *node, const dia_errand *errand, const dia_decision *way)
{
    const dia_bytes to = errand->host.p ? errand->host : errand->realm;
    dia_sentence(node->last_fault, sizeof node->last_fault,
                 "no open peer can take this request of application %u%s%.*s: %s", (unsigned)errand->application,
                 errand->host.p    ? " to host "
                 : errand->realm.p ? " to realm "
                                   : "",
                 (int)(to.n < 255 ? to.n : 255), to.p ? (const char *)to.p : "", why_none(node, errand, way));
    return DIA_ENOROUTE;
}
