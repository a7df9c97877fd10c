/* Listeners: where peers connect to us, with an identity of its own and patterns of whom it lets in. */
#include "node/node.h"

static int copy_allow(dia_listener *listener, const char *const *allow)
{
    listener->allow = dia_patterns_copy(listener->hub, allow, &listener->allow_size);
    return listener->allow ? 0 : DIA_ENOMEM;
}

static int copy_name(dia_listener *listener, const char *name)
{
    const size_t n = strlen(name) + 1;
    if (!(listener->name = dia_alloc(listener->hub->alloc, n)))
        return DIA_ENOMEM;
    memcpy(listener->name, name, n);
    return 0;
}

const char *dia_listener_name(const dia_listener *listener)
{
    return listener && listener->name ? listener->name : "";
}

int dia_node_add_listener(dia_node *node, const dia_listener_config *config, dia_listener **out)
{
    dia_hub *hub = &node->hub;
    for (const char *const *pattern = config->allow; pattern && *pattern; pattern++)
        if (!dia_allow_pattern_valid(*pattern))
            return dia_node_failed(node, DIA_EINVAL, "allow has a pattern that is none (see dia_node_config)");
    if ((unsigned)config->inband > DIA_INBAND_REQUIRE)
        return dia_node_failed(node, DIA_EINVAL, "inband must be a value of dia_inband");
    const char *why = dia_identity_wrong(&config->identity);
    if (why || (why = dia_path_wrong(&config->path)))
        return dia_node_failed(node, DIA_EINVAL, why);
    dia_listener *listener = dia_alloc0(hub->alloc, sizeof *listener);
    if (!listener)
        return DIA_ENOMEM;
    *listener = (dia_listener){ .refs = 1, .hub = hub, .inband = config->inband };
    dia_list_push_back(&hub->listeners, &listener->link);
    if (!(listener->self = dia_self_new(hub, &config->identity)) ||
        (config->allow && copy_allow(listener, config->allow)) || dia_path_new(node, &config->path, &listener->path) ||
        (config->name && copy_name(listener, config->name))) {
        dia_listener_unref(listener);
        return DIA_ENOMEM;
    }
    *out = listener;
    return 0;
}

void dia_node_remove_listener(dia_node *node, dia_listener *listener)
{
    (void)node;
    dia_listener_unref(listener);
}
