/* Commands of dictionary coded with a node. Made by the dictionary compiler; do not edit.
 *
 * dia_serve_: the handler of a request. dia_send_: exactly one outcome per request sent; the answer is NULL
 * without one. dia_answer_: answers a request. dia_keep_: the request stays after the handler returned. */
#ifndef DIATOM_APP_CODED_NODE_H
#define DIATOM_APP_CODED_NODE_H

#include "diatom/app/coded.h"
#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Code-Request, 8388710 */
typedef void dia_coded_cdr_fn(dia_request *request, const dia_coded_cdr *cdr, void *arg);

static inline void dia_call_coded_cdr(dia_untyped *fn, dia_request *request, const void *msg, void *arg)
{
    ((dia_coded_cdr_fn *)fn)(request, (const dia_coded_cdr *)msg, arg);
}

static inline int dia_serve_coded_cdr(dia_node *node, dia_coded_cdr_fn *fn, void *arg)
{
    return dia_node_serve(node, DIA_COMMAND_CODED_CDR, dia_call_coded_cdr, (dia_untyped *)fn, arg);
}

static inline int dia_answer_coded_cda(dia_request *request, const dia_coded_cda *cda)
{
    return dia_request_answer(request, DIA_COMMAND_CODED_CDA, cda);
}

static inline const dia_coded_cdr *dia_keep_coded_cdr(dia_request *request)
{
    return (const dia_coded_cdr *)dia_request_keep(request);
}

typedef void dia_coded_cda_fn(const dia_outcome *outcome, const dia_coded_cda *cda, void *arg);

static inline void dia_call_coded_cda(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    ((dia_coded_cda_fn *)fn)(outcome, (const dia_coded_cda *)msg, arg);
}

static inline int dia_send_coded_cdr(dia_node *node, const dia_coded_cdr *cdr, uint32_t timeout_ms,
                                     dia_coded_cda_fn *fn, void *arg)
{
    return dia_node_send(node, DIA_COMMAND_CODED_CDR, cdr, timeout_ms, dia_call_coded_cda, (dia_untyped *)fn, arg);
}

#ifdef __cplusplus
}
#endif
#endif
