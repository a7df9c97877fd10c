/* Which messages are counted by their command: those that a dictionary knows, of the node's applications or of what it was
 * given for names. So nobody who invents commands pushes out those that there are. */
#include "node/node.h"

static bool has(const dia_dict *const *dicts, size_t n, uint32_t application, uint32_t command)
{
    for (size_t i = 0; i < n; i++)
        if (dicts[i]->application == application && dicts[i]->has_application &&
            dia_dict_command(dicts[i], command, true))
            return true;
    return false;
}

static bool has_name(dia_node *node, uint32_t application, uint32_t command)
{
    const dia_dicts *names = node->hub.config.dicts;
    if (has(node->dicts, node->n_dicts, application, command) ||
        (names && has(names->v, names->n, application, command)))
        return true;
    node->nameless[0] = application;
    node->nameless[1] = command;
    return false;
}

void dia_node_count_slowly(dia_node *node, dia_conn *conn, uint32_t application, uint32_t command, unsigned kind,
                           dia_result result)
{
    if (dia_count_found(conn, application, command, kind, result))
        return;
    const bool named = has_name(node, application, command);
    dia_count_message(conn, named ? application : DIA_COUNT_OTHER, named ? command : DIA_COUNT_OTHER, kind, result);
}

void dia_node_count_answer(dia_node *node, dia_conn *conn, const dia_waiting *to, dia_result result)
{
    dia_node_count(node, conn, to->application, to->code, DIA_ANSWER_RECEIVED, result);
    const bool nameless = dia_node_is_nameless(node, to->application, to->code);
    dia_count_latency(conn->peer, nameless ? DIA_COUNT_OTHER : to->application, nameless ? DIA_COUNT_OTHER : to->code,
                      true, node->hub.now.us - to->sent_us);
}

void dia_node_count_passed_back(const dia_node *node, dia_conn *conn, const dia_waiting *to, dia_result result)
{
    if (dia_node_is_nameless(node, to->application, to->code))
        dia_count_message(conn, DIA_COUNT_OTHER, DIA_COUNT_OTHER, DIA_ANSWER_SENT, result);
    else
        dia_count_answer(conn, to->application, to->code, result);
}
