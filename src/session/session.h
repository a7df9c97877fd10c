/* The session room's door: user sessions on top of the node. In this version Session-Id, and ends of sessions.
 *
 * takes      a node
 * gives      Session-Ids (RFC 6733, 8.8); requests that end sessions
 * owns       nothing
 * may use    base, wire, dict, peer, node
 * never sees sockets, clocks
 * tests      tests/session */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "diatom/session.h"
#include "node/node.h"

#endif
