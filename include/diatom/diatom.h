/* Diatom: a Diameter stack (RFC 6733). This header includes all others; said once, for all of them:
 *
 * Results     Functions that can fail return 0 or a length, else a negative DIA_E... (base.h); outputs are then untouched.
 *             Cursors (dia_avps, dia_builder) remember their first error: one check at the end. A mistake of the peer is
 *             a dia_fault (dict.h) with Result-Code and Failed-AVP, never an error number.
 * Units       Lengths are octets, numbers are in host order, time is dia_time (monotonic microseconds), durations are
 *             milliseconds and say so in their names.
 * Ownership   copied: you keep yours. kept: must outlive. takes: no longer yours, also on error. gives: release it with
 *             the named function. Views (dia_bytes) are never owned. Freeing NULL is fine.
 * Zero        A struct of options or configuration that is all zero asks for the defaults.
 * Threads     One object, one thread, no locks inside. Const objects and compiled tables may be shared.
 * Globals     None. Two nodes in a process do not know of each other. */
#ifndef DIATOM_DIATOM_H
#define DIATOM_DIATOM_H

#include "diatom/agent.h"
#include "diatom/base.h"
#include "diatom/control.h"
#include "diatom/dict.h"
#include "diatom/discover.h"
#include "diatom/gen.h"
#include "diatom/json.h"
#include "diatom/log.h"
#include "diatom/loop.h"
#include "diatom/node.h"
#include "diatom/overload.h"
#include "diatom/proxy.h"
#include "diatom/report.h"
#include "diatom/route.h"
#include "diatom/sctp.h"
#include "diatom/session.h"
#include "diatom/sim.h"
#include "diatom/tls.h"
#include "diatom/wire.h"

#endif
