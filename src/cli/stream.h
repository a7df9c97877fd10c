/* Octets that come in order, cut into Diameter messages; behind damage the next message is looked for. */
#ifndef CLI_STREAM_H
#define CLI_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <diatom/wire.h>

enum { CLI_MESSAGE_MAX = 0xfffffc }; /* the longest length that 24 bits and a multiple of 4 allow */

/* One end of a transport connection, all octets defined, so that memcmp compares. family 0: not known. */
typedef struct cli_end {
    uint16_t family; /* DIA_FAMILY_... */
    uint16_t port;
    uint8_t address[16];
} cli_end;

/* Where a message was found. What is not known is zero. */
typedef struct cli_place {
    const char *file;
    uint64_t packet; /* of a capture, from 1 */
    uint64_t line;   /* of text, from 1 */
    uint64_t offset; /* of raw octets, from 0 */
    int64_t seconds; /* since 1970 */
    uint32_t micros;
    const char *transport; /* "tcp" */
    cli_end from, to;
} cli_place;

/* Where the messages go. Octets are views that end with the call. */
typedef struct cli_sink {
    void (*message)(void *arg, const cli_place *place, dia_bytes octets);
    void (*bad)(void *arg, const cli_place *place, const char *reason);  /* something of Diameter was lost */
    void (*note)(void *arg, const cli_place *place, const char *reason); /* something that is no error */
    void *arg;
} cli_sink;

typedef struct cli_stream {
    const cli_sink *sink;
    uint8_t *buf;
    size_t n, cap;
    uint64_t skip; /* octets still to come of a message that is damaged */
    bool lost;     /* where the next message begins is not known */
    uint64_t at;   /* position of buf[0] in the stream */
} cli_stream;

/* What octets look like. */
typedef enum cli_looks { CLI_LOOKS_OTHER, CLI_LOOKS_DIAMETER, CLI_LOOKS_SHORT } cli_looks;

/* Could a message start here? Judged by its header and by as many AVP headers as are there; SHORT: there are too few. */
cli_looks cli_looks_like(const uint8_t *p, size_t n);

/* `sink` is kept. */
void cli_stream_init(cli_stream *stream, const cli_sink *sink);
void cli_stream_done(cli_stream *stream);

/* Octets came. The messages that they complete go to the sink with this place. */
void cli_stream_input(cli_stream *stream, dia_bytes octets, const cli_place *place);

/* n octets are missing here, because of `reason`. */
void cli_stream_hole(cli_stream *stream, uint64_t n, const char *reason, const cli_place *place);

/* Nothing more comes; a message that is not complete is reported. Another stream may start. */
void cli_stream_end(cli_stream *stream, const cli_place *place);

#endif
