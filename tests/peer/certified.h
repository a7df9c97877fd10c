/* Certificates of far ends, as a connection shows them. */
#ifndef TESTS_PEER_CERTIFIED_H
#define TESTS_PEER_CERTIFIED_H

#include "rig.h"

/* A certificate that names some hosts. */
struct certificate {
    const char *names[4];
    const char *realm; /* NULL: names alone count */
};

extern const struct certificate certified_a, certified_z; /* a.example.net and z.example.net */

/* What a connection with this certificate, which is kept, is protected by. */
dia_security certified_by(const struct certificate *certificate);

#endif
