/* Diameter in the DATA chunks of SCTP packets (RFC 9260), fragments put together again. */
#ifndef CLI_SCTP_H
#define CLI_SCTP_H

#include "tcp.h"

typedef struct cli_sctp cli_sctp;

/* `sink` and `ports` are kept. */
cli_sctp *cli_sctp_new(const cli_sink *sink, const cli_ports *ports);

/* One packet, from its common header on, as far as it was captured. The ports in `place` are filled in from it. */
void cli_sctp_input(cli_sctp *sctp, dia_bytes packet, const cli_place *place);

/* The capture is at its end. */
void cli_sctp_end(cli_sctp *sctp);
void cli_sctp_free(cli_sctp *sctp);

#endif
