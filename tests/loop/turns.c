/* Keys take turns: in which order, and what becomes of the order when one leaves it. */
#include "loop/turns.h"

#include "harness.h"

static dia_turn turns[16];
static dia_list queue;

/* A letter each. */
static void push_all(const char *keys)
{
    dia_list_init(&queue);
    for (size_t i = 0; keys[i]; i++) {
        dia_turn_init(&turns[i], (uint64_t)keys[i]);
        check(!dia_turn_waits(&turns[i]));
        dia_turns_push(&queue, &turns[i]);
        check(dia_turn_waits(&turns[i]));
    }
}

/* The letters in the order in which it is their turn, each with a digit: which one of the pushed it was. */
static const char *pop_all(void)
{
    static char text[64];
    size_t n = 0;
    for (dia_turn *turn; n < sizeof text - 3 && (turn = dia_turns_pop(&queue));) {
        check(!dia_turn_waits(turn));
        text[n++] = (char)turn->key;
        text[n++] = (char)('0' + (turn - turns));
    }
    text[n] = '\0';
    return text;
}

static void keys_take_turns(void)
{
    static const struct {
        const char *keys, *want;
    } rows[] = {
        { "", "" },
        { "a", "a0" },
        { "abc", "a0b1c2" },
        { "aaa", "a0a1a2" },
        { "aaabbc", "a0b3c5a1b4a2" },
        { "baaab", "b0a1b4a2a3" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].keys);
        push_all(rows[i].keys);
        check_str(pop_all(), rows[i].want);
        check(dia_list_empty(&queue));
    }
    harness_row(NULL);
}

static void one_that_leaves_gives_its_place_to_its_key(void)
{
    static const struct {
        const char *keys;
        int leaves;
        const char *want;
    } rows[] = {
        { "a", 0, "" },
        { "ab", 0, "b1" },
        { "aabb", 0, "a1b2b3" },
        { "aabb", 1, "a0b2b3" },
        { "aaabb", 0, "a1b3a2b4" },
        { "aaabb", 3, "a0b4a1a2" },
        { "aaabb", 4, "a0b3a1a2" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        harness_row(rows[i].want);
        push_all(rows[i].keys);
        for (int again = 0; again < 2; again++)
            dia_turns_remove(&turns[rows[i].leaves]);
        check(!dia_turn_waits(&turns[rows[i].leaves]));
        check_str(pop_all(), rows[i].want);
    }
    harness_row(NULL);
}

/* It comes again while others of its key wait, and when none does. */
static void one_that_comes_again_is_the_last_of_its_key(void)
{
    push_all("aab");
    dia_turn *first = dia_turns_pop(&queue);
    check(first == &turns[0]);
    dia_turns_push(&queue, first);
    check_str(pop_all(), "b2a1a0");
    dia_turns_push(&queue, first);
    check_str(pop_all(), "a0");
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "keys_take_turns", keys_take_turns },
        { "one_that_leaves_gives_its_place_to_its_key", one_that_leaves_gives_its_place_to_its_key },
        { "one_that_comes_again_is_the_last_of_its_key", one_that_comes_again_is_the_last_of_its_key },
    };
    return HARNESS_RUN("loop/turns", tests);
}
