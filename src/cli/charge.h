/* The Credit-Control-Requests that bench sends. */
#ifndef CLI_CHARGE_H
#define CLI_CHARGE_H

#include <diatom/app/ro_node.h>

typedef enum charge_step { CHARGE_INITIAL, CHARGE_UPDATE, CHARGE_TERMINATION, CHARGE_EVENT } charge_step;

/* What is the same in all requests; points into itself. */
typedef struct charge {
    bool small;
    dia_cc_subscription_id subscriptions[2];
    dia_cc_user_equipment_info equipment;
    dia_address addresses[3]; /* of the user, SGSN, GGSN */
    dia_ro_ps_information ps;
    dia_ro_service_information service;
    dia_cc_requested_service_unit asked;
    dia_ro_used_service_unit used;
} charge;

/* small: about 200 octets; else the shape of a Gy request: two Subscription-Id, one Multiple-Services-Credit-Control,
 * User-Equipment-Info, Service-Information with PS-Information. */
void charge_init(charge *c, bool small);

/* Sends one of them, as dia_send_ro_ccr() does. */
int charge_send(const charge *c, dia_node *node, charge_step step, dia_bytes session_id, uint32_t number,
                const char *destination_realm, uint32_t timeout_ms, dia_ro_cca_fn *fn, void *arg);

#endif
