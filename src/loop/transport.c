/* Which carrier a transport has. */
#include "loop/carrier.h"
#include "loop/sctp.h"

const dia_carrier *dia_loop_carrier(dia_loop *loop, dia_transport transport, const char **why)
{
    (void)loop;
    switch (transport) {
    case DIA_TRANSPORT_TCP: return &dia_carrier_tcp;
    case DIA_TRANSPORT_SCTP: return dia_sctp_kernel(why);
    default: *why = "only transport=tcp and transport=sctp can be connected to"; return NULL;
    }
}
