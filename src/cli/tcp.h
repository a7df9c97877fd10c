/* TCP connections of a capture, put together again. Each direction is a stream of its own. */
#ifndef CLI_TCP_H
#define CLI_TCP_H

#include "stream.h"

typedef struct cli_tcp cli_tcp;

/* Which ports carry Diameter for certain; other connections are looked at. */
typedef struct cli_ports {
    uint16_t v[16];
    size_t n;
} cli_ports;
bool cli_ports_have(const cli_ports *ports, const cli_place *place);

typedef struct cli_segment {
    uint32_t sequence;
    bool syn, fin, rst;
    dia_bytes data;  /* as far as it was captured */
    size_t missing;  /* octets behind it that the capture cut off */
    cli_place place; /* with from and to */
} cli_segment;

/* `sink` and `ports` are kept. */
cli_tcp *cli_tcp_new(const cli_sink *sink, const cli_ports *ports);
void cli_tcp_input(cli_tcp *tcp, const cli_segment *segment);

/* The capture is at its end: what still waits for missing segments is given out. */
void cli_tcp_end(cli_tcp *tcp);
void cli_tcp_free(cli_tcp *tcp);

#endif
