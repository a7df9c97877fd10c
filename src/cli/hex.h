/* Hexadecimal text: plain digits in any grouping, or the output of xxd, hexdump, od, tcpdump and Wireshark. */
#ifndef CLI_HEX_H
#define CLI_HEX_H

#include <stdio.h>

#include "stream.h"

/* Reads messages as hexadecimal text to the end of the file. */
void cli_hex_read(FILE *file, const char *name, const cli_sink *sink);

/* The octets of one text of hexadecimal digits, blanks allowed. How many; -1: it is no such text. */
long cli_hex_octets(const char *text, uint8_t *to, size_t size);

/* The value of a digit, or -1. */
int cli_hex_digit(char c);

#endif
