/* XML as a tree of elements, read with libexpat and within bounds. */
#ifndef CLI_XML_H
#define CLI_XML_H

#include <diatom/base.h>

/* Bounds of what is read. Wireshark's whole dictionary has a fifth of these octets and elements. */
enum {
    XML_OCTETS_MAX = 4 << 20, /* of the file and of all that it includes */
    XML_ELEMENTS_MAX = 100000,
    XML_DEPTH_MAX = 32,     /* elements inside each other */
    XML_FILES_MAX = 256,    /* inclusions */
    XML_INCLUSIONS_MAX = 4, /* files that include files */
};

typedef struct xml_element {
    const char *name;
    const char *file;
    unsigned long line;
    const char **attributes; /* name, value, ..., NULL */
    struct xml_element *first, *last, *next;
} xml_element;

/* The value of an attribute; NULL: there is none. */
const char *xml_attribute(const xml_element *element, const char *name);

typedef struct xml_reader {
    dia_arena *arena; /* where everything goes */
    /* Gives the octets of a file that stands beside the first one; `name` has no folder in it. False: there is none.
     * *path names it in messages. Both are kept. NULL: nothing can be included. */
    bool (*open)(void *arg, const char *name, dia_bytes *text, const char **path);
    /* kind: the same text for all warnings that differ in their details alone; NULL: an error. */
    void (*report)(void *arg, const char *file, unsigned long line, const char *kind, const char *text);
    void *arg;
    const char *includes; /* the root element below which other files may be included */
} xml_reader;

/* Reads a file. NULL: it is not well formed, or beyond a bound, which was reported. Nothing is ever fetched. The document
 * type's own file is not read. Entities with text are refused, whatever it is; those that name a file are read where
 * the reader allows it. libexpat's protection against amplification stands behind these bounds. */
xml_element *xml_read(const xml_reader *reader, const char *path, dia_bytes text);

#endif
