/* Growing buffers: against a plain model, at their bound, and when memory fails. */
#include "base/base.h"

#include "harness.h"

#include <stdlib.h>

static void appended_octets_come_out_in_order(void)
{
    dia_buf buf;
    dia_buf_init(&buf, 0, harness_allocator());
    need(dia_buf_bytes(&buf).p == NULL);
    need_int(dia_buf_append(&buf, dia_cstr("abc")), 0);
    need_int(dia_buf_append(&buf, dia_cstr("")), 0);
    need_int(dia_buf_append(&buf, dia_cstr("defg")), 0);
    need_bytes(dia_buf_bytes(&buf), dia_cstr("abcdefg"));
    dia_buf_consume(&buf, 2);
    need_bytes(dia_buf_bytes(&buf), dia_cstr("cdefg"));
    dia_buf_consume(&buf, 0);
    dia_buf_consume(&buf, 5);
    need_int(buf.n, 0);
    need(buf.p == buf.store); /* an empty buffer starts at the front again */
done:
    dia_buf_done(&buf);
}

static void appending_and_consuming_is_like_a_queue(void)
{
    static const uint8_t seed[32] = { 1 };
    uint8_t written = 0, read = 0;
    dia_random random;
    dia_random_init(&random, seed);
    dia_buf buf;
    dia_buf_init(&buf, 5000, harness_allocator());
    for (int i = 0; i < 3000; i++) {
        const size_t n = dia_random_below(&random, 300);
        if (buf.n + n <= 5000) {
            need_int(dia_buf_reserve(&buf, n), 0);
            for (size_t k = 0; k < n; k++)
                buf.p[buf.n + k] = written++;
            dia_buf_commit(&buf, n);
        } else {
            need_int(dia_buf_reserve(&buf, n), DIA_ESPACE);
        }
        const size_t out = dia_random_below(&random, buf.n + 1);
        for (size_t k = 0; k < out; k++)
            need_int(buf.p[k], read++);
        dia_buf_consume(&buf, out);
        need(buf.cap <= 4 * 5000);
    }
done:
    dia_buf_done(&buf);
}

/* Not even memmove() hears of it: it wants no NULL. */
static void appending_nothing_to_nothing_is_fine(void)
{
    dia_buf buf;
    dia_buf_init(&buf, 0, harness_allocator());
    need_int(dia_buf_append(&buf, (dia_bytes){ NULL, 0 }), 0);
    need_int(dia_buf_reserve(&buf, 0), 0);
    need_int(buf.n, 0);
    need(!buf.store);
done:
    dia_buf_done(&buf);
}

static void bound_is_exact(void)
{
    dia_buf buf;
    dia_buf_init(&buf, 10, harness_allocator());
    need_int(dia_buf_append(&buf, dia_cstr("0123456789")), 0);
    need_int(dia_buf_append(&buf, dia_cstr("x")), DIA_ESPACE);
    need_int(dia_buf_reserve(&buf, SIZE_MAX), DIA_ESPACE);
    need_bytes(dia_buf_bytes(&buf), dia_cstr("0123456789"));
    dia_buf_consume(&buf, 1);
    need_int(dia_buf_append(&buf, dia_cstr("x")), 0);
    need_bytes(dia_buf_bytes(&buf), dia_cstr("123456789x"));
done:
    dia_buf_done(&buf);
}

static void failed_allocation_keeps_the_contents(void)
{
    static const uint8_t zeros[1000];
    dia_buf buf;
    dia_buf_init(&buf, 0, harness_allocator());
    const int first = dia_buf_append(&buf, dia_cstr("abc"));
    const int second = dia_buf_append(&buf, (dia_bytes){ zeros, sizeof zeros });
    check(first == 0 || first == DIA_ENOMEM);
    check(second == 0 || second == DIA_ENOMEM);
    if (!(buf.n == (first ? 0u : 3u) + (second ? 0u : sizeof zeros)) || (!first && memcmp(buf.p, "abc", 3)))
        abort(); /* must hold after a failure as well */
    dia_buf_done(&buf);
}

static void done_buffer_can_be_used_again(void)
{
    dia_buf buf;
    dia_buf_init(&buf, 0, harness_allocator());
    need_int(dia_buf_append(&buf, dia_cstr("abc")), 0);
    dia_buf_done(&buf);
    need_int(dia_buf_append(&buf, dia_cstr("def")), 0);
    need_bytes(dia_buf_bytes(&buf), dia_cstr("def"));
done:
    dia_buf_done(&buf);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "appended_octets_come_out_in_order", appended_octets_come_out_in_order },
        { "appending_and_consuming_is_like_a_queue", appending_and_consuming_is_like_a_queue },
        { "appending_nothing_to_nothing_is_fine", appending_nothing_to_nothing_is_fine },
        { "bound_is_exact", bound_is_exact },
        { "failed_allocation_keeps_the_contents", failed_allocation_keeps_the_contents },
        { "done_buffer_can_be_used_again", done_buffer_can_be_used_again },
    };
    return HARNESS_RUN("base/buf", tests);
}
