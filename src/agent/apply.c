/* Single steps from a configuration to a node. */
#include "agent/agent.h"

int dia_agent_use(dia_node *node, const dia_agent_application *a)
{
    if (a->id == DIA_APP_RELAY)
        return dia_node_advertise(node, DIA_APP_RELAY, 0, DIA_APP_AUTH);
    return dia_node_use(node, a->dict);
}

int dia_agent_set_overload(dia_node *node, const dia_agent_made *made)
{
    const int err = dia_node_set_overload(node, made->controls ? &made->overload : NULL);
    return err ? err : dia_node_set_load(node, made->config->overload.tell ? DIA_LOAD_AUTO : DIA_LOAD_NONE);
}

int dia_agent_open_listener(dia_reading *r, const dia_agent_windows *w, dia_agent_made *made, size_t i)
{
    char why[500] = "";
    char *bound = dia_keep(r, DIA_AGENT_BOUND_ROOM);
    if (!bound)
        return DIA_ENOMEM;
    const int err = w->listen(w->arg, &made->listeners[i], bound, DIA_AGENT_BOUND_ROOM, why, sizeof why);
    const dia_tree *at = dia_tree_of(made->config->listen.v[i].at, "uri");
    if (err && why[0])
        dia_mistake(r, at, "%s", why);
    else if (err)
        dia_mistake(r, at, "cannot listen at '%s': %s", dia_show(made->listeners[i].uri).text, dia_strerror(err));
    else
        made->bound[i] = bound;
    return err;
}

int dia_agent_add_peer(dia_node *node, const dia_agent_peer *peer, const dia_peer_config *config, dia_peer **out)
{
    dia_peer *added;
    /* Out of service before anything is connected to: without an address, which it gets behind that. */
    dia_peer_config silent = *config;
    if (!peer->disabled)
        return dia_node_add_peer(node, config, out);
    silent.connect = silent.realm = NULL;
    silent.also = NULL;
    int err = dia_node_add_peer(node, &silent, &added);
    if (err)
        return err;
    err = dia_node_disable_peer(node, added, DIA_CAUSE_DO_NOT_WANT_TO_TALK_TO_YOU);
    if (!err)
        err = dia_node_change_peer(node, added, config);
    if (err)
        dia_node_remove_peer(node, added);
    else if (out)
        *out = added;
    return err;
}

/* ---- SCTP ---- */

/* Where nothing is said of it, the options have. */
static void refuse_sctp(dia_reading *r, const dia_agent_config *c, int err, const char *why)
{
    const bool in_text = c->sctp.at;
    dia_mistake(r, in_text ? dia_tree_of(c->sctp.at, "stack") : c->at, "%s%s",
                in_text ? "" : "as the options have it: ", why[0] ? why : dia_strerror(err));
}

static bool is_said(const dia_agent_sctp *s)
{
    return s->at || s->stack != DIA_SCTP_ANY || s->udp_port;
}

void dia_agent_try_sctp(dia_reading *r, const dia_agent_windows *w, const dia_agent_config *c)
{
    char why[300] = "";
    const int err =
        is_said(&c->sctp) && w->try_sctp ? w->try_sctp(w->arg, (dia_sctp_stack)c->sctp.stack, why, sizeof why) : 0;
    if (err == DIA_ENOMEM)
        r->err = err;
    else if (err && !dia_is_mistaken(r, c->sctp.at))
        refuse_sctp(r, c, err, why);
}

int dia_agent_speak_sctp(dia_reading *r, const dia_agent_windows *w, const dia_agent_config *c)
{
    char why[300] = "";
    const dia_agent_sctp *s = &c->sctp;
    const dia_sctp_config config = { (dia_sctp_stack)s->stack, (uint16_t)s->udp_port, s->udp_address };
    const int err = is_said(s) && w->sctp ? w->sctp(w->arg, &config, why, sizeof why) : 0;
    if (err && err != DIA_ENOMEM)
        refuse_sctp(r, c, err, why);
    return err;
}
