/* The harness of all unit tests, on cmocka. */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FAILURES_MAX = 20000 }; /* allocations of one test that are made to fail; a larger test wants splitting */
enum { BUCKETS = 4096 };       /* of blocks by their addresses */
enum { ROWS_MAX = 1024 };      /* of one test, that stand for themselves */

struct block {
    struct block *prev, *next; /* of all blocks */
    struct block *same;        /* the next one in its bucket */
    size_t size;
    unsigned long number; /* of the allocation in its run */
};

/* One test runs at a time, and a failed check leaves it through longjmp: this is the one place where state is global. */
static struct {
    struct block *blocks;
    struct block *buckets[BUCKETS];
    unsigned long count;   /* allocations of this run */
    unsigned long fail_at; /* the one to fail; 0: none */
    bool injected;
    bool spared;       /* nothing fails any more */
    const char *fault; /* a wrong use of the allocator */
    const char *row;
    size_t at;     /* rows that have come in this run */
    size_t n_rows; /* that came in the first run, and what had been allocated before each */
    unsigned long before[ROWS_MAX];
} run;

/* ---- The allocator ---- */

static struct block **bucket_of(const void *p)
{
    return &run.buckets[(uintptr_t)p / 32 * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

/* Where its bucket names the block of these octets; NULL: there is none. */
static struct block **place_of(const void *p)
{
    for (struct block **b = bucket_of(p); *b; b = &(*b)->same)
        if ((void *)(*b + 1) == p)
            return b;
    return NULL;
}

static void *take(size_t size)
{
    if (!run.spared && ++run.count == run.fail_at) {
        run.injected = true;
        return NULL;
    }
    struct block *b = malloc(sizeof *b + size);
    if (!b)
        abort();
    struct block **bucket = bucket_of(b + 1);
    *b = (struct block){ NULL, run.blocks, *bucket, size, run.count }; /* spared ones share the last number */
    if (b->next)
        b->next->prev = b;
    run.blocks = *bucket = b;
    memset(b + 1, 0xa5, size);
    return b + 1;
}

static void give(struct block **place)
{
    struct block *b = *place;
    *place = b->same;
    if (b->prev)
        b->prev->next = b->next;
    else
        run.blocks = b->next;
    if (b->next)
        b->next->prev = b->prev;
    free(b);
}

static void *resize(void *arg, void *p, size_t old_size, size_t new_size)
{
    (void)arg;
    if (!p) {
        if (old_size)
            run.fault = "allocation with an old size";
        return new_size ? take(new_size) : NULL;
    }
    struct block **place = place_of(p);
    if (!place) {
        run.fault = "resize of something that is no block (any more)";
        return NULL;
    }
    const size_t size = (*place)->size;
    if (size != old_size)
        run.fault = "resize with a wrong old size";
    void *moved = new_size ? take(new_size) : NULL;
    if (moved)
        memcpy(moved, p, size < new_size ? size : new_size);
    if (moved || !new_size)
        give(place_of(p));
    return moved;
}

const dia_allocator *harness_allocator(void)
{
    static const dia_allocator allocator = { resize, NULL };
    return &allocator;
}

void harness_spare(void)
{
    run.spared = true;
}

bool harness_injected(void)
{
    return run.injected;
}

void harness_row(const char *name)
{
    run.row = name;
}

/* A row alone counts on from where it began among all others. */
bool harness_row_runs(const char *name)
{
    const size_t i = run.at++;
    run.row = name;
    if (i >= ROWS_MAX)
        return true;
    if (!run.fail_at) {
        run.before[i] = run.count;
        run.n_rows = run.at;
        return true;
    }
    if (run.fail_at <= run.before[i] || (i + 1 < run.n_rows && run.fail_at > run.before[i + 1]))
        return false;
    run.count = run.before[i];
    return true;
}

/* ---- Checks ---- */

static void tell_where(void)
{
    if (run.row)
        print_error("in row: %s\n", run.row);
    if (run.fail_at)
        print_error("with allocation %lu failing\n", run.fail_at);
}

bool harness_check(bool ok, const char *text, const char *file, int line)
{
    if (ok || run.injected)
        return ok;
    tell_where();
    print_error("not true: %s\n", text);
    _fail(file, line);
    return false;
}

bool harness_check_int(long long a, long long b, const char *a_text, const char *b_text, const char *file, int line)
{
    if (a == b || run.injected)
        return a == b;
    tell_where();
    print_error("%s = %lld (%#llx)\n%s = %lld (%#llx)\n", a_text, a, (unsigned long long)a, b_text, b,
                (unsigned long long)b);
    _fail(file, line);
    return false;
}

static void tell_bytes(const char *text, dia_bytes b)
{
    print_error("%s = %s%zu octets:", text, b.p ? "" : "absent, ", b.n);
    for (size_t i = 0; i < b.n && i < 512; i++)
        print_error(" %02x", b.p[i]);
    print_error("\n");
}

bool harness_check_bytes(dia_bytes a, dia_bytes b, const char *a_text, const char *b_text, const char *file, int line)
{
    const bool same = a.n == b.n && !a.p == !b.p && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
    if (same || run.injected)
        return same;
    tell_where();
    tell_bytes(a_text, a);
    tell_bytes(b_text, b);
    _fail(file, line);
    return false;
}

bool harness_check_str(const char *a, const char *b, const char *a_text, const char *b_text, const char *file, int line)
{
    const bool same = a && b ? strcmp(a, b) == 0 : a == b;
    if (same || run.injected)
        return same;
    tell_where();
    print_error("%s = %s\n%s = %s\n", a_text, a ? a : "NULL", b_text, b ? b : "NULL");
    _fail(file, line);
    return false;
}

static int digit_of(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
    return at ? (int)(at - digits) : -1;
}

dia_bytes harness_hex(const char *hex, uint8_t *buf, size_t size)
{
    size_t n = 0;
    for (;;) {
        hex += strspn(hex, " \t\n");
        if (!*hex)
            return (dia_bytes){ buf, n };
        const int high = digit_of(hex[0]), low = high < 0 ? -1 : digit_of(hex[1]);
        if (low < 0 || n == size)
            break;
        buf[n++] = (uint8_t)(high << 4 | low);
        hex += 2;
    }
    tell_where();
    print_error("%s: %s\n", n == size ? "too long" : "not hex", hex);
    _fail(__FILE__, __LINE__);
    return (dia_bytes){ NULL, 0 };
}

/* ---- Runs ---- */

static void begin_run(unsigned long fail_at)
{
    run.blocks = NULL; /* what a failed test left behind is lost */
    memset(run.buckets, 0, sizeof run.buckets);
    run.count = 0;
    run.fail_at = fail_at;
    run.injected = run.spared = false;
    run.fault = NULL;
    run.row = NULL;
    run.at = 0;
}

static void end_run(const struct harness_test *test)
{
    const bool injected = run.injected;
    run.injected = false;
    for (const struct block *b = run.blocks; b; b = b->next)
        print_error("%s: %zu octets of allocation %lu were not freed\n", test->name, b->size, b->number);
    if (run.fault)
        print_error("%s: %s\n", test->name, run.fault);
    if (run.blocks || run.fault) {
        tell_where();
        _fail(__FILE__, __LINE__);
    }
    run.injected = injected;
}

static void run_all(void **state)
{
    const struct harness_test *test = *state;
    run.n_rows = 0;
    begin_run(0);
    test->function();
    end_run(test);
    const unsigned long all = run.count;
    if (all == 0)
        return;
    for (unsigned long n = 1; n <= FAILURES_MAX; n++) {
        begin_run(n);
        test->function();
        if (run.n_rows && !run.injected && n <= all)
            run.fault = "a row that allocates less when it runs alone: it does not stand for itself";
        end_run(test);
        if (!run.injected)
            return;
    }
}

int harness_run(const char *suite, const struct harness_test *tests, size_t n)
{
    struct CMUnitTest *units = calloc(n ? n : 1, sizeof *units);
    if (!units)
        return 1;
    for (size_t i = 0; i < n; i++) {
        units[i] = (struct CMUnitTest){ .name = tests[i].name, .test_func = run_all };
        units[i].initial_state = (void *)(uintptr_t)&tests[i];
    }
    const int failed = _cmocka_run_group_tests(suite, units, n, NULL, NULL);
    free(units);
    return failed;
}
