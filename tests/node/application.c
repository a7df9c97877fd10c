/* Applications of a node: which dictionaries and commands it takes, and what it refuses. */
#include "net.h"

static void one_dictionary_an_application(void)
{
    struct net net;
    dia_dict other = dia_dict_ro, format = dia_dict_ro, none = dia_dict_ro;
    other.prefix = "other";
    format.table_format = DIA_TABLE_FORMAT + 1;
    none.has_application = false;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    need_int(dia_node_use(node, &dia_dict_ro), 0);
    need_int(node->hub.n_apps, 1);
    need_int(dia_node_use(node, &other), DIA_EEXIST);
    need_int(dia_node_use(node, &format), DIA_EVERSION);
    need_int(dia_node_use(node, &none), DIA_EINVAL);
    need_int(dia_node_use(node, &dia_dict_base), DIA_EINVAL);
    need_int(node->n_dicts, 1);
done:
    net_end(&net);
}

/* Whatever fails, the node stays usable. */
static void application_advertised_otherwise_conflicts(void)
{
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_node_advertise(node, 4, 10415, DIA_APP_AUTH), 0);
    const int err = dia_node_use(node, &dia_dict_ro);
    need(err == DIA_EEXIST || harness_injected());
    need_int(dia_node_advertise(node, 4, 10415, DIA_APP_AUTH), 0);
    need_int(dia_node_advertise(node, 4, 0, DIA_APP_AUTH), DIA_EEXIST);
    need_int(dia_node_advertise(node, 0, 0, DIA_APP_AUTH), DIA_EINVAL);
    need_int(dia_node_use(node, &dia_dict_ro), DIA_EEXIST);
    need_int(node->n_dicts, 0);
done:
    net_end(&net);
}

static void serving_advertises(void)
{
    struct net net;
    unsigned served = 0;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_serve_ro_ccr(node, net_serve, &served), 0);
    need(dia_hub_app(&node->hub, 4));
    need(dia_node_binding(node, 4, 272));
    need(!dia_node_binding(node, 4, 258));
    need(!dia_node_binding(node, 5, 272));
    need(dia_node_binding(node, 4, 272) == dia_node_binding(node, 4, 272));
done:
    net_end(&net);
}

static void only_requests_are_served(void)
{
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_node_serve(node, DIA_COMMAND_RO_CCA, dia_call_ro_ccr, NULL, NULL), DIA_EINVAL);
    need_int(dia_node_serve(node, NULL, dia_call_ro_ccr, NULL, NULL), DIA_EINVAL);
    need_int(dia_node_serve(node, DIA_COMMAND_RO_CCR, NULL, NULL, NULL), DIA_EINVAL);
    need_int(dia_node_serve(node, DIA_COMMAND_RAR, dia_call_ro_ccr, NULL, NULL), DIA_EINVAL); /* of the base protocol */
    need_int(node->hub.n_apps, 0);
done:
    net_end(&net);
}

static void handler_that_is_not_there_is_refused(void)
{
    struct net net;
    net_begin(&net);
    dia_node *node = net_add(&net, "m.example.net", NULL);
    need(node);
    need_int(dia_serve_ro_ccr(node, NULL, NULL), DIA_EINVAL);
    need(!dia_node_binding(node, 4, 272));
    need_int(node->hub.n_apps, 0);
done:
    net_end(&net);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "one_dictionary_an_application", one_dictionary_an_application },
        { "application_advertised_otherwise_conflicts", application_advertised_otherwise_conflicts },
        { "serving_advertises", serving_advertises },
        { "only_requests_are_served", only_requests_are_served },
        { "handler_that_is_not_there_is_refused", handler_that_is_not_there_is_refused },
    };
    return HARNESS_RUN("node/application", tests);
}
