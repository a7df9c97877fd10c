/* Commands of dictionary odd with a node. Made by the dictionary compiler; do not edit.
 *
 * dia_serve_: the handler of a request. dia_send_: exactly one outcome per request sent; the answer is NULL
 * without one. dia_answer_: answers a request. dia_keep_: the request stays after the handler returned. */
#ifndef DIATOM_APP_ODD_NODE_H
#define DIATOM_APP_ODD_NODE_H

#include "diatom/app/odd.h"
#include "diatom/node.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __cplusplus
}
#endif
#endif
