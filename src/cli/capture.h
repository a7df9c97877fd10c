/* Captures: pcap and pcapng files through libpcap, down to TCP segments, SCTP packets and exported messages. */
#ifndef CLI_CAPTURE_H
#define CLI_CAPTURE_H

#include <stdio.h>

#include "tcp.h"

/* Could a file that starts like this be a capture? */
bool cli_capture_looks_like(const uint8_t *p, size_t n);

/* Reads a capture to its end; takes `file`. 0, or -1 with a sentence in `why`: the file is damaged or of a kind that this
 * build cannot read. */
int cli_capture_read(FILE *file, const char *name, const cli_ports *ports, const cli_sink *sink, char *why,
                     size_t why_size);

#endif
