/* Scripts: conversations with one node, written by people who know Diameter (docs/scripts.md).
 *
 * read.c makes a talk_script of a text and finds all its mistakes (read.h); message.c turns its messages into octets and match.c
 * holds what came against what is expected; stage.c has the node and the far ends on a virtual clock; play.c takes the steps;
 * chart.c draws what was said. All of it stands on the public headers alone. */
#ifndef TESTS_SCRIPT_H
#define TESTS_SCRIPT_H

#include <diatom/diatom.h>

#include <stdio.h>

/* ---- Texts that grow ---- */

typedef struct talk_string {
    char *p; /* NUL-terminated; NULL: empty */
    size_t n, cap;
} talk_string;

#if defined(__GNUC__)
#define TALK_PRINTF(a, b) __attribute__((format(printf, a, b)))
#else
#define TALK_PRINTF(a, b)
#endif

void talk_put(talk_string *s, dia_bytes text);
TALK_PRINTF(2, 3) void talk_say(talk_string *s, const char *format, ...);
void talk_string_done(talk_string *s);

bool talk_is(dia_bytes word, const char *text);
bool talk_is_blank(uint8_t c);

/* Arguments of "%.*s". */
#define TALK_TEXT(bytes) (int)(bytes).n, (const char *)((bytes).p ? (bytes).p : (const uint8_t *)"")

/* Memory that cannot run out but by ending the program: these are tests. */
void *talk_get(dia_arena *arena, size_t n);
dia_bytes talk_copy(dia_arena *arena, dia_bytes text);
char *talk_cstring(dia_arena *arena, dia_bytes text);

/* ---- A script ---- */

enum {
    TALK_PARTIES = 8,
    TALK_PEERS = 16,
    TALK_SERVES = 16,
    TALK_ALLOWS = 8,
    TALK_ADDRESSES = 4,
    TALK_HOSTS = 8,
    TALK_STEPS = 20000,
    TALK_WORDS = 40,
    TALK_CAPTURES = 4,
    TALK_NAMES = 64
};

/* A line's number: of the file in the high octet (0: the script itself), in it from 1. */
enum { TALK_FILE_SHIFT = 24, TALK_LINE_MASK = 0xffffff, TALK_FILES = 8 };

typedef struct talk_line {
    uint32_t number;
    uint32_t indent;
    dia_bytes text; /* without blanks around it; comments still there */
} talk_line;

/* A message as somebody wrote it: the words of its header, and lines of AVPs. */
typedef struct talk_text {
    uint32_t number; /* of the line with the header */
    dia_bytes head;
    const talk_line *lines; /* AVPs of the message itself have indent 4 */
    size_t n;
} talk_text;

typedef struct talk_party {
    dia_bytes name, host;
    dia_address address; /* from which it connects */
    uint8_t store[16];
    dia_bytes certified; /* what its certificate names, commas between them; absent: its host */
    int64_t life_us;     /* of the certificate, from the start of the scenario; 0: for ever */
    uint32_t warn_s;
} talk_party;

typedef struct talk_peer {
    const char *host, *connect; /* as in dia_peer_config */
    uint32_t watchdog_ms;
    bool insecure;
    dia_inband inband;
} talk_peer;

/* How somebody connects. The first four are ways, with an index each: secure * 2 + sctp. */
enum { TALK_BY_TCP, TALK_BY_SCTP, TALK_BY_TLS, TALK_BY_DTLS, TALK_BY_ANY, TALK_BY_ANY_OR_CLEAR };

typedef enum talk_serving { TALK_ANSWER, TALK_REDIRECT, TALK_KEEP, TALK_NEVER } talk_serving;
typedef struct talk_serve {
    const dia_command *command; /* NULL: whatever nothing else serves */
    talk_serving how;
    uint32_t result_code;
} talk_serve;

typedef struct talk_application {
    const dia_dict *dict; /* NULL: advertised by number */
    uint32_t id, vendor;
    dia_app_kind kind;
} talk_application;

typedef struct talk_config {
    dia_node_config node;
    dia_overload_config overload;
    bool overloads;          /* `overload` is to be set */
    uint32_t load, priority; /* DIA_LOAD_NONE, DIA_PRIORITY_NONE */
    dia_inband inband;       /* where parties connect */
    const char *allow[TALK_ALLOWS + 1];
    dia_address addresses[TALK_ADDRESSES];
    uint8_t address_store[TALK_ADDRESSES][16];
    talk_party parties[TALK_PARTIES];
    talk_peer peers[TALK_PEERS];
    talk_application applications[TALK_SERVES];
    talk_serve serves[TALK_SERVES];
    const char *redirect_hosts[TALK_HOSTS + 1];
    struct {
        const char *hosts[TALK_HOSTS];
        size_t n;
        dia_redirect_usage usage;
        uint32_t max_cache_s;
    } redirects; /* what the application says */
    size_t n_allow, n_addresses, n_parties, n_peers, n_applications, n_serves, n_redirect_hosts;
} talk_config;

typedef enum talk_verb {
    TALK_CONNECTS,
    TALK_ACCEPTS,
    TALK_REFUSES,
    TALK_HANGS,
    TALK_SENDS,
    TALK_SENDS_HEX,
    TALK_SENDS_REST,
    TALK_ANSWERS,
    TALK_GETS,
    TALK_GETS_HEX,
    TALK_GETS_HANDSHAKE,
    TALK_SHOWS,
    TALK_GETS_CLOSE,
    TALK_GETS_RESET,
    TALK_GETS_REFUSAL,
    TALK_GETS_NOTHING,
    TALK_CLOSES,
    TALK_RESETS,
    TALK_STOPS_READING,
    TALK_READS_AGAIN,
    TALK_ANSWERS_WATCHDOGS,
    TALK_LEAVES_WATCHDOGS,
    TALK_WAIT,
    TALK_NOTHING,
    TALK_NODE_SENDS,
    TALK_NODE_ANSWERS,
    TALK_NODE_STOPS,
    TALK_NODE_RESTARTS,
    TALK_NODE_REFUSES_START,
    TALK_NODE_ADDS,
    TALK_NODE_REMOVES,
    TALK_NODE_CONNECTS,
    TALK_NODE_DISABLES,
    TALK_NODE_ENABLES,
    TALK_NODE_USES,
    TALK_NODE_WITHDRAWS,
    TALK_NODE_ANNOUNCES,
    TALK_NODE_WANTS_LESS,
    TALK_NODE_HAS_LOAD,
    TALK_OUTCOME,
    TALK_EVENT,
    TALK_NO_EVENT,
    TALK_SERVED,
    TALK_PEER_IS,
    TALK_WATCHDOG_IS,
    TALK_NO_PEER,
    TALK_COUNTER,
    TALK_PART
} talk_verb;

/* Times count from the end of the step before. */
typedef struct talk_when {
    int64_t from_us, to_us;
} talk_when;

typedef struct talk_step {
    talk_verb verb;
    uint32_t line;  /* where it stands */
    uint32_t used;  /* where the part is used to which it belongs; 0: none */
    int party;      /* -1: none */
    talk_when when; /* gets, accepts, ... */
    const talk_text *text;
    bool exactly, first; /* gets: no other AVPs; these are the first ones */
    bool singly;         /* sends: octet by octet */
    uint32_t cut;        /* sends: so many octets, the rest later; 0: all */
    uint32_t times;      /* 1, or as often as was said */
    int64_t number;      /* Result-Code, count, kind, state, ...; -1: not said */
    int64_t us;          /* a duration */
    int error;           /* DIA_E... that the order is to give; 0: none */
    const char *host;    /* of a peer */
    const char *name;
    const dia_dict *dict; /* of an application */
    talk_peer peer;
    dia_bytes octets; /* of hex: what is sent, or how what comes begins */
    int way;          /* of connecting; -1: not said */
    dia_overload overload;
    dia_address address; /* connects from; absent: the party's */
} talk_step;

typedef struct talk_scenario {
    dia_bytes title;
    dia_bytes proves; /* the ids, blanks between them */
    uint32_t line;
    talk_config config;
    const talk_step *steps;
    size_t n;
} talk_scenario;

typedef struct talk_file {
    const char *name;
    dia_bytes text;
} talk_file;

typedef struct talk_script {
    talk_file files[TALK_FILES]; /* itself, then those that it includes */
    size_t n_files;
    talk_scenario *scenarios;
    size_t n;
} talk_script;

/* How the reader gets at what it needs. */
typedef struct talk_reader {
    /* The text of a file that is included, kept until the script is no longer needed; false: there is none. NULL: never. */
    bool (*open)(void *arg, dia_bytes name, dia_bytes *text);
    /* One mistake. May be NULL. */
    void (*report)(void *arg, const talk_script *script, uint32_t line, const char *sentence);
    void *arg;
} talk_reader;

/* False: it has mistakes, all reported. Everything lies in the arena; `text` and `file` are kept. */
bool talk_read(dia_bytes text, const char *file, dia_arena *arena, const talk_reader *reader, talk_script *out);

/* All settings and steps, one a line. */
void talk_forms(talk_string *to);

/* "common.talk:12". */
void talk_place(const talk_script *script, uint32_t line, char *to, size_t size);

/* ---- Messages ---- */

typedef struct talk_name {
    dia_bytes name;
    dia_bytes octets; /* of the value; absent: only the text counts */
    dia_bytes text;   /* as the text form has it */
} talk_name;

typedef struct talk_names {
    talk_name v[TALK_NAMES];
    size_t n;
    dia_arena *arena;
} talk_names;

const talk_name *talk_name_get(const talk_names *names, dia_bytes name);
/* False: no room. */
bool talk_name_set(talk_names *names, dia_bytes name, dia_bytes octets, dia_bytes text);

typedef struct talk_problem {
    uint32_t line;
    bool unknown_name; /* it is only that a $name has no value yet */
    char text[600];
} talk_problem;

/* The octets, in the arena of the names; absent with *problem. */
dia_bytes talk_build(const talk_text *text, const talk_names *names, talk_problem *problem);

/* Was this word of the header said? */
bool talk_says(const talk_text *text, const char *key, const char *short_key);

/* Calls for each $name of it, in order. */
void talk_each_name(const talk_text *text, void (*call)(void *arg, uint32_t line, dia_bytes name), void *arg);

/* Is that what is expected? Remembers the names that are new. With an absent message the pattern alone is looked at. */
bool talk_match(const talk_text *want, bool exactly, bool first, dia_bytes message, talk_names *names,
                talk_problem *problem);

/* The message in its text form. */
void talk_print_message(talk_string *to, dia_bytes message, const char *indent);

/* "CEA 2001", "CCR", "Request 9999999": for charts. */
void talk_label(dia_bytes message, char *to, size_t size);

/* ---- The stage: one node, its far ends, one clock ---- */

typedef enum talk_item_kind { TALK_MESSAGE, TALK_CLOSE, TALK_RESET, TALK_REFUSAL, TALK_HANDSHAKE } talk_item_kind;
typedef struct talk_item {
    struct talk_item *next;
    talk_item_kind kind;
    int64_t at_us;
    dia_bytes octets;
} talk_item;

/* A request that went over a party's connection, one way or the other, and is not yet answered. */
typedef struct talk_open {
    struct talk_open *next;
    dia_header header;
    bool taken; /* the script has seen it */
} talk_open;

typedef struct talk_end {
    const talk_party *party;
    dia_conn *conn;  /* NULL: none */
    bool connecting; /* the node waits for it to accept */
    bool initiator;  /* the party connected */
    bool messages;   /* a transport that keeps boundaries */
    bool secure;     /* TLS or DTLS comes first */
    bool paused;     /* the node takes no input now */
    bool deaf;       /* it does not read */
    bool closing;    /* the node wants to close once its output is taken */
    bool answers_watchdogs;
    uint8_t *to_node;
    size_t n_to_node, cap_to_node;
    uint8_t *from_node; /* a message of which not all has come */
    size_t n_from_node, cap_from_node;
    dia_bytes rest; /* of a message that was cut */
    uint32_t next_id;
    talk_item *inbox;
    talk_open *asked; /* requests of the party */
    talk_open *owed;  /* requests of the node */
} talk_end;

typedef struct talk_attempt {
    struct talk_attempt *next;
    dia_conn *conn; /* NULL: given up */
    char host[256];
    int way;
    int64_t at_us;
} talk_attempt;

typedef struct talk_outcome {
    struct talk_outcome *next;
    dia_outcome_kind kind;
    uint32_t result_code;
    int64_t at_us;
} talk_outcome;

typedef struct talk_event {
    struct talk_event *next;
    dia_event_kind kind;
    uint32_t result_code;
    int64_t at_us;
} talk_event;

typedef struct talk_kept {
    struct talk_kept *next;
    dia_request *request;
} talk_kept;

/* One row of the chart. */
typedef struct talk_row {
    struct talk_row *next;
    int64_t at_us;
    int party; /* -1: of the node alone */
    bool from_node;
    uint32_t times; /* so often, one behind the other */
    char label[80];
} talk_row;

typedef struct talk_stage {
    const talk_config *config;
    dia_arena *arena;
    dia_node *node;
    dia_listener *listener; /* NULL: none in particular */
    int64_t start_us, now_us;
    unsigned starts;
    talk_end ends[TALK_PARTIES];
    talk_attempt *attempts; /* that no line has spoken of yet */
    talk_outcome *outcomes;
    talk_event *events; /* behind the last one that was expected */
    talk_kept *kept;
    talk_row *rows, *last;
    uint64_t served;
    unsigned stuck; /* so often time has not moved on */
    bool over;
    const char *rule; /* that a message of the node broke; NULL: none */
    dia_bytes broken; /* that message */
    int breaker;      /* to which party */
} talk_stage;

/* False: the node does not take this configuration, or its peers; `why` says so. */
bool talk_stage_begin(talk_stage *stage, const talk_config *config, dia_arena *arena, char *why, size_t size);
void talk_stage_end(talk_stage *stage);
/* The node dies and comes back: other seed, later start, no good-bye. */
bool talk_stage_restart(talk_stage *stage, char *why, size_t size);

/* Carries octets and wishes until all is quiet. */
void talk_stage_pump(talk_stage *stage);
/* Lets time pass up to the node's next deadline, at most to `until_us`. */
void talk_stage_pass(talk_stage *stage, int64_t until_us);

void talk_connect(talk_stage *stage, int party, const talk_step *step);
/* The oldest attempt of the node to reach this party, or the one that hangs there. Which way? -1: there is none. */
bool talk_is_called(const talk_stage *stage, int party);
int talk_way(const talk_stage *stage, int party);
const char *talk_way_name(int way);
void talk_accept(talk_stage *stage, int party);
void talk_refuse(talk_stage *stage, int party);
void talk_hang(talk_stage *stage, int party);
void talk_send(talk_stage *stage, int party, dia_bytes octets, bool singly);
void talk_close(talk_stage *stage, int party, bool reset);
/* The handshake is over: the node hears of the party's certificate. */
void talk_show(talk_stage *stage, int party);
void talk_listen(talk_stage *stage, int party, bool listens);

TALK_PRINTF(4, 5) void talk_note(talk_stage *stage, int party, bool from_node, const char *format, ...);

/* ---- What every message of a node must be like ---- */

/* NULL, or the rule that it breaks. The requests at both ends are kept count of. */
const char *talk_manners(talk_stage *stage, talk_end *end, dia_bytes message);

/* ---- Playing ---- */

/* False: it failed; the report says why. */
bool talk_play(const talk_script *script, const talk_scenario *scenario, talk_string *report, bool chart);

void talk_chart(const talk_stage *stage, talk_string *to);

#endif
