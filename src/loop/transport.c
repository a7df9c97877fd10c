/* Which carrier a transport has. */
#include "loop/carrier.h"

const dia_carrier *dia_loop_carrier(dia_loop *loop, dia_transport transport, const char **why)
{
    switch (transport) {
    case DIA_TRANSPORT_TCP: return &dia_carrier_tcp;
    case DIA_TRANSPORT_SCTP:
#ifdef DIA_USRSCTP
        if (loop->usr)
            return &dia_carrier_usrsctp;
#endif
        *why = "SCTP is not supported by this build";
        return NULL;
    default: *why = "only transport=tcp and transport=sctp can be connected to"; return NULL;
    }
}

int dia_loop_sctp(dia_loop *loop, const dia_sctp_config *config, char *why, size_t why_size)
{
    if (loop->usr)
        return DIA_ESTATE;
    return dia_usrsctp_open(loop, config, why, why_size);
}
