/* What the codec costs, on a Gy CCR-Update of 692 octets with 42 AVPs nested three deep.
 *
 *     codec [--dict FOLDER]                      nanoseconds per operation
 *     codec [--dict FOLDER] --op OP --count N    OP N times and nothing else, for a profiler: walk, decode, encode,
 *                                                look-up, name, step, none
 *
 * look-up and name find one AVP after the other in the list of all built-in dictionaries, by code and vendor and by name. */
#include "wire/wire.h"

#include "diatom/app/all.h"
#include "diatom/dict.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MESSAGE_SIZE = 692 };

typedef struct bench {
    const dia_dict *dict;
    const dia_command *ccr;
    uint8_t message[1024];
    size_t n;
    const void *typed; /* the message as a struct */
    uint64_t memory[2048];
    uint32_t next; /* AVP to be looked up */
    uint64_t sum;  /* of all results, so that none is optimized away */
} bench;

static void die(const char *what)
{
    fprintf(stderr, "codec: %s\n", what);
    exit(1);
}

/* ---- The dictionary ---- */

typedef struct library {
    const char *folder;
    char *texts[64];
    size_t n;
} library;

static char *load(library *lib, const char *name, size_t *n)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.dia", lib->folder, name);
    FILE *f = fopen(path, "rb");
    if (!f || lib->n == sizeof lib->texts / sizeof *lib->texts)
        die(path);
    char *text = malloc(1 << 20);
    if (!text)
        die("out of memory");
    *n = fread(text, 1, 1 << 20, f);
    fclose(f);
    lib->texts[lib->n++] = text;
    return text;
}

static int open_inherited(void *arg, const char *name, dia_bytes *text, const char **file)
{
    text->p = (const uint8_t *)load(arg, name, &text->n);
    *file = name;
    return 0;
}

static const dia_dict *read_dictionary(const char *folder)
{
    library lib = { .folder = folder };
    dia_dict_reader reader = { .open = open_inherited, .arg = &lib };
    dia_bytes text;
    text.p = (const uint8_t *)load(&lib, "ts32299_ro", &text.n);
    dia_dict *dict = NULL;
    if (dia_dict_read(&reader, text, "ts32299_ro.dia", &dict) != 0)
        die("the dictionary cannot be read");
    while (lib.n)
        free(lib.texts[--lib.n]);
    return dict;
}

/* ---- The message ---- */

typedef struct writer {
    dia_builder b;
    const dia_dict *dict;
} writer;

static const dia_avp_def *named(const writer *w, const char *name)
{
    const dia_avp_def *avp = dia_dict_avp_named(w->dict, dia_cstr(name));
    if (!avp)
        die(name);
    return avp;
}

static void put_text(writer *w, const char *name, const char *value)
{
    const dia_avp_def *avp = named(w, name);
    dia_put_bytes(&w->b, avp->code, avp->vendor, avp->flags, dia_cstr(value));
}

static void put_octets(writer *w, const char *name, const void *octets, size_t n)
{
    const dia_avp_def *avp = named(w, name);
    dia_put_bytes(&w->b, avp->code, avp->vendor, avp->flags, (dia_bytes){ octets, n });
}

static void put_u32(writer *w, const char *name, uint32_t value)
{
    const dia_avp_def *avp = named(w, name);
    dia_put_u32(&w->b, avp->code, avp->vendor, avp->flags, value);
}

static void put_u64(writer *w, const char *name, uint64_t value)
{
    const dia_avp_def *avp = named(w, name);
    dia_put_u64(&w->b, avp->code, avp->vendor, avp->flags, value);
}

static void begin_group(writer *w, const char *name)
{
    const dia_avp_def *avp = named(w, name);
    dia_put_group(&w->b, avp->code, avp->vendor, avp->flags);
}

static void end_group(writer *w)
{
    dia_put_group_end(&w->b);
}

static void put_subscription(writer *w, uint32_t type, const char *data)
{
    begin_group(w, "Subscription-Id");
    put_u32(w, "Subscription-Id-Type", type);
    put_text(w, "Subscription-Id-Data", data);
    end_group(w);
}

static void put_ps_information(writer *w)
{
    static const uint8_t pdp_address[] = { 0, 1, 10, 20, 30, 40 }, gateway[] = { 0, 1, 192, 0, 2, 17 };
    static const uint8_t location[] = { 0x82, 0x62, 0xf2, 0x10, 0, 1, 0x62, 0xf2, 0x10, 0, 0, 1, 1 };
    begin_group(w, "PS-Information");
    put_octets(w, "3GPP-Charging-Id", "\x12\x34\x56\x78", 4);
    put_u32(w, "3GPP-PDP-Type", 0);
    put_octets(w, "PDP-Address", pdp_address, sizeof pdp_address);
    put_octets(w, "SGSN-Address", gateway, sizeof gateway);
    put_octets(w, "GGSN-Address", gateway, sizeof gateway);
    put_text(w, "3GPP-IMSI-MCC-MNC", "26201");
    put_text(w, "3GPP-GGSN-MCC-MNC", "26201");
    put_text(w, "Called-Station-Id", "internet");
    put_text(w, "3GPP-Selection-Mode", "0");
    put_text(w, "3GPP-SGSN-MCC-MNC", "26201");
    put_octets(w, "3GPP-User-Location-Info", location, sizeof location);
    put_octets(w, "3GPP-RAT-Type", "\x06", 1);
    end_group(w);
}

static void put_credit_control(writer *w)
{
    begin_group(w, "Multiple-Services-Credit-Control");
    begin_group(w, "Requested-Service-Unit");
    put_u64(w, "CC-Total-Octets", 10000000);
    end_group(w);
    begin_group(w, "Used-Service-Unit");
    put_u32(w, "CC-Time", 600);
    put_u64(w, "CC-Total-Octets", 9999999);
    put_u64(w, "CC-Input-Octets", 1111111);
    put_u64(w, "CC-Output-Octets", 8888888);
    end_group(w);
    put_u32(w, "Rating-Group", 1000);
    end_group(w);
}

static void make_message(bench *b)
{
    writer w = { .dict = b->dict };
    const dia_header h = { .version = 1,
                           .flags = DIA_FLAG_REQUEST | DIA_FLAG_PROXIABLE,
                           .command = 272,
                           .application = 4,
                           .hop_by_hop = 0x01020304,
                           .end_to_end = 0x05060708 };
    dia_build_begin(&w.b, b->message, sizeof b->message, &h);
    put_text(&w, "Session-Id", "pgw1.epc.example;439041101;7");
    put_text(&w, "Origin-Host", "pgw1.epc.example");
    put_text(&w, "Origin-Realm", "epc.example");
    put_text(&w, "Destination-Realm", "ocs.example");
    put_u32(&w, "Auth-Application-Id", 4);
    put_text(&w, "Service-Context-Id", "32251@3gpp.org");
    put_u32(&w, "CC-Request-Type", 2);
    put_u32(&w, "CC-Request-Number", 5);
    put_u32(&w, "Event-Timestamp", 0xed1b6c80);
    put_subscription(&w, 0, "4915112345678");
    put_subscription(&w, 1, "262011234567890");
    put_u32(&w, "Multiple-Services-Indicator", 1);
    put_credit_control(&w);
    begin_group(&w, "User-Equipment-Info");
    put_u32(&w, "User-Equipment-Info-Type", 0);
    put_octets(&w, "User-Equipment-Info-Value", "\x53\x21\x43\x65\x87\x09\x21\x43", 8);
    end_group(&w);
    begin_group(&w, "Service-Information");
    put_ps_information(&w);
    end_group(&w);
    const int64_t n = dia_build_end(&w.b);
    if (n != MESSAGE_SIZE)
        die("the message has another size");
    b->n = (size_t)n;
}

/* ---- The operations ---- */

static bool is_group(uint32_t code)
{
    switch (code) {
    case 437: /* Requested-Service-Unit */
    case 443: /* Subscription-Id */
    case 446: /* Used-Service-Unit */
    case 456: /* Multiple-Services-Credit-Control */
    case 458: /* User-Equipment-Info */
    case 873: /* Service-Information */
    case 874: /* PS-Information */ return true;
    default: return false;
    }
}

static size_t walk_body(const uint8_t *avps, size_t size)
{
    size_t n = 0;
    dia_avps it = { .at = avps, .end = avps + size };
    while (dia_avp_step(&it)) {
        n++;
        if (is_group(it.avp.code))
            n += walk_body(it.avp.data.p, it.avp.data.n);
    }
    return n;
}

static void walk(bench *b)
{
    b->sum += walk_body(b->message + DIA_HEADER_SIZE, b->n - DIA_HEADER_SIZE);
}

static void decode(bench *b)
{
    dia_arena arena;
    dia_fault fault;
    const void *out;
    dia_arena_init(&arena, b->memory, sizeof b->memory, 0, NULL);
    if (dia_decode(b->ccr, (dia_bytes){ b->message, b->n }, DIA_LEVEL_DEFAULT, &arena, &out, &fault) || arena.blocks)
        die("decoding failed");
    dia_arena_done(&arena);
    b->sum++;
}

static void encode(bench *b)
{
    static uint8_t buf[1024];
    static const dia_header ids = { .hop_by_hop = 0x01020304, .end_to_end = 0x05060708 };
    if (dia_encode(b->ccr, b->typed, DIA_LEVEL_DEFAULT, &ids, NULL, buf, sizeof buf, NULL, NULL) != MESSAGE_SIZE)
        die("encoding failed");
    b->sum += buf[b->n - 1];
}

/* Steps through all AVPs of all dictionaries. */
static const dia_avp_def *next_avp(bench *b)
{
    const dia_index *all = dia_dicts_all.index;
    const uint32_t i = b->next++;
    if (b->next == all->n_avps + all->n_others)
        b->next = 0;
    return i < all->n_avps ? all->avps[1 + i] : all->others[i - all->n_avps];
}

static void look_up(bench *b)
{
    const dia_avp_def *avp = next_avp(b);
    b->sum += dia_dicts_avp(&dia_dicts_all, 4, avp->code, avp->vendor) != NULL;
}

static void look_up_name(bench *b)
{
    const dia_avp_def *avp = next_avp(b);
    b->sum += dia_dicts_avp_named(&dia_dicts_all, 4, dia_cstr(avp->name)) != NULL;
}

/* What the two cost without looking anything up. */
static void step(bench *b)
{
    const dia_avp_def *avp = next_avp(b);
    b->sum += avp->code + avp->vendor;
}

static void none(bench *b)
{
    b->sum++;
}

static const struct operation {
    const char *name;
    void (*run)(bench *b);
} operations[] = {
    { "walk", walk },         { "decode", decode }, { "encode", encode }, { "look-up", look_up },
    { "name", look_up_name }, { "step", step },     { "none", none },
};
enum { N_OPERATIONS = sizeof operations / sizeof operations[0] };

static void repeat(const struct operation *op, bench *b, long count)
{
    while (count-- > 0)
        op->run(b);
}

static double now(void)
{
    struct timespec t;
    timespec_get(&t, TIME_UTC);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* The best of some rounds: what disturbs only adds. */
static double measure(const struct operation *op, bench *b)
{
    enum { ROUNDS = 20, COUNT = 10000 };
    double best = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        const double from = now();
        repeat(op, b, COUNT);
        const double each = (now() - from) / COUNT;
        best = each < best ? each : best;
    }
    return best;
}

static const struct operation *operation_named(const char *name)
{
    for (size_t i = 0; i < N_OPERATIONS; i++)
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    die("--op takes walk, decode, encode, look-up, name, step or none");
    return NULL;
}

int main(int argc, char **argv)
{
    static bench b;
    static uint64_t memory[2048];
    const char *folder = "dict", *op = NULL;
    long count = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--dict") == 0)
            folder = argv[i + 1];
        else if (strcmp(argv[i], "--op") == 0)
            op = argv[i + 1];
        else if (strcmp(argv[i], "--count") == 0)
            count = atol(argv[i + 1]);
        else
            die("options are --dict, --op and --count");
    }
    b.dict = read_dictionary(folder);
    b.ccr = dia_dict_command_named(b.dict, dia_cstr("CCR"));
    if (!b.ccr)
        die("no CCR");
    make_message(&b);

    dia_arena arena;
    dia_fault fault = { 0 };
    dia_arena_init(&arena, memory, sizeof memory, 0, NULL);
    if (dia_decode(b.ccr, (dia_bytes){ b.message, b.n }, DIA_LEVEL_STRICT, &arena, &b.typed, &fault) != 0)
        die(fault.text);
    if (op)
        repeat(operation_named(op), &b, count);
    else
        for (size_t i = 0; i + 1 < N_OPERATIONS; i++)
            printf("%-8s %8.0f ns\n", operations[i].name, measure(&operations[i], &b));
    dia_arena_done(&arena);
    dia_dict_unref(b.dict);
    return b.sum == UINT64_MAX;
}
