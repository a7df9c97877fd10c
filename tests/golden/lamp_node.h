/* Commands of dictionary example_lamp with a node. Made by the dictionary compiler; do not edit.
 *
 * dia_serve_: the handler of a request. dia_send_: exactly one outcome per request sent; the answer is NULL
 * without one. dia_answer_: answers a request. dia_keep_: the request stays after the handler returned. */
#ifndef DIATOM_APP_LAMP_NODE_H
#define DIATOM_APP_LAMP_NODE_H

#include "diatom/app/lamp.h"
#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Lamp-Switch-Request, 8388700, Example 8, 4.1 */
typedef void dia_lamp_lsr_fn(dia_request *request, const dia_lamp_lsr *lsr, void *arg);

static inline void dia_call_lamp_lsr(dia_untyped *fn, dia_request *request, const void *msg, void *arg)
{
    ((dia_lamp_lsr_fn *)fn)(request, (const dia_lamp_lsr *)msg, arg);
}

static inline int dia_serve_lamp_lsr(dia_node *node, dia_lamp_lsr_fn *fn, void *arg)
{
    return dia_node_serve(node, DIA_COMMAND_LAMP_LSR, dia_call_lamp_lsr, (dia_untyped *)fn, arg);
}

static inline int dia_answer_lamp_lsa(dia_request *request, const dia_lamp_lsa *lsa)
{
    return dia_request_answer(request, DIA_COMMAND_LAMP_LSA, lsa);
}

static inline const dia_lamp_lsr *dia_keep_lamp_lsr(dia_request *request)
{
    return (const dia_lamp_lsr *)dia_request_keep(request);
}

typedef void dia_lamp_lsa_fn(const dia_outcome *outcome, const dia_lamp_lsa *lsa, void *arg);

static inline void dia_call_lamp_lsa(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    ((dia_lamp_lsa_fn *)fn)(outcome, (const dia_lamp_lsa *)msg, arg);
}

static inline int dia_send_lamp_lsr(dia_node *node, const dia_lamp_lsr *lsr, uint32_t timeout_ms,
                                    dia_lamp_lsa_fn *fn, void *arg)
{
    return dia_node_send(node, DIA_COMMAND_LAMP_LSR, lsr, timeout_ms, dia_call_lamp_lsa, (dia_untyped *)fn, arg);
}

/* LPR, 8388701, Example 8 */
typedef void dia_lamp_lpr_fn(dia_request *request, const dia_lamp_lpr *lpr, void *arg);

static inline void dia_call_lamp_lpr(dia_untyped *fn, dia_request *request, const void *msg, void *arg)
{
    ((dia_lamp_lpr_fn *)fn)(request, (const dia_lamp_lpr *)msg, arg);
}

static inline int dia_serve_lamp_lpr(dia_node *node, dia_lamp_lpr_fn *fn, void *arg)
{
    return dia_node_serve(node, DIA_COMMAND_LAMP_LPR, dia_call_lamp_lpr, (dia_untyped *)fn, arg);
}

static inline int dia_answer_lamp_lpa(dia_request *request, const dia_lamp_lpa *lpa)
{
    return dia_request_answer(request, DIA_COMMAND_LAMP_LPA, lpa);
}

static inline const dia_lamp_lpr *dia_keep_lamp_lpr(dia_request *request)
{
    return (const dia_lamp_lpr *)dia_request_keep(request);
}

typedef void dia_lamp_lpa_fn(const dia_outcome *outcome, const dia_lamp_lpa *lpa, void *arg);

static inline void dia_call_lamp_lpa(dia_untyped *fn, const dia_outcome *outcome, const void *msg, void *arg)
{
    ((dia_lamp_lpa_fn *)fn)(outcome, (const dia_lamp_lpa *)msg, arg);
}

static inline int dia_send_lamp_lpr(dia_node *node, const dia_lamp_lpr *lpr, uint32_t timeout_ms,
                                    dia_lamp_lpa_fn *fn, void *arg)
{
    return dia_node_send(node, DIA_COMMAND_LAMP_LPR, lpr, timeout_ms, dia_call_lamp_lpa, (dia_untyped *)fn, arg);
}

#ifdef __cplusplus
}
#endif
#endif
