/* A message on standard output. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include <diatom/diatom.h>

/* As text, or as one JSON object on a line. */
void cli_message_print(const dia_dicts *dicts, dia_bytes octets, bool json);

#endif
