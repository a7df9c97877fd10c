/* Handshakes under way: a few a turn, in their order, and who is let in meanwhile. */
#include "loop/handshake.h"

#include "pair.h"

enum { N = 40 };

static struct {
    dia_handshake handshake;
    dia_link link;
    dia_conn conn;
} shakes[N];
static int order[2 * N], n_order;

/* One that takes a while. */
static void go_on(dia_link *link)
{
    const int64_t end = dia_loop_clock().us + 600;
    while (dia_loop_clock().us < end)
        ;
    for (int i = 0; i < N; i++)
        if (link == &shakes[i].link)
            order[n_order++] = i;
}

/* A letter for each address they come from, as far as they come from elsewhere; the others are ours. */
static bool begin_from(struct pair *pair, const dia_node_config *config, const char *from)
{
    static char addresses[256];
    n_order = 0;
    if (!pair_begin(pair, "aaa://127.0.0.1:0", config))
        return false;
    for (int i = 0; i < N; i++) {
        shakes[i].link = (dia_link){ .loop = pair->server.loop };
        shakes[i].conn = (dia_conn){ .origin = NULL };
        if (*from) {
            shakes[i].conn.origin = (dia_origin *)(void *)&addresses[(unsigned char)*from++];
            shakes[i].link.conn = &shakes[i].conn;
        }
        dia_handshake_begin(&shakes[i].handshake, &shakes[i].link, go_on);
    }
    return true;
}

static bool begin(struct pair *pair, const dia_node_config *config)
{
    return begin_from(pair, config, "");
}

static void end(struct pair *pair)
{
    for (int i = 0; i < N; i++)
        dia_handshake_end(pair->server.loop, &shakes[i].handshake, i % 2);
    pair_end(pair);
}

static void few_go_on_in_one_turn_in_their_order(void)
{
    struct pair pair;
    need(begin(&pair, NULL));
    pair_turn(&pair, 0);
    need(dia_loop_timeout(pair.server.loop) != 0);
    for (int i = 0; i < 10; i++)
        dia_handshake_ready(&shakes[9 - i].handshake);
    dia_handshake_ready(&shakes[9].handshake); /* again is once */
    need_int(pair.server.loop->n_ready, 10);
    dia_handshake_turn(pair.server.loop);
    need(n_order >= 1 && n_order <= 4);
    need_int(dia_loop_timeout(pair.server.loop), 0); /* nobody may sleep now */
    for (int i = 0; i < 20 && n_order < 10; i++)
        dia_handshake_turn(pair.server.loop);
    need_int(n_order, 10);
    for (int i = 0; i < 10; i++)
        need_int(order[i], 9 - i);
    need_int(pair.server.loop->n_ready, 0);
    pair_turn(&pair, 0);
    need(dia_loop_timeout(pair.server.loop) != 0);
    dia_handshake_turn(pair.server.loop); /* nothing to do */
done:
    end(&pair);
}

/* The letters of those that have gone on, in their order. */
static const char *addresses_in_order(const char *from)
{
    static char text[2 * N + 1];
    for (int i = 0; i < n_order; i++)
        text[i] = order[i] < (int)strlen(from) ? from[order[i]] : '-';
    text[n_order] = '\0';
    return text;
}

static void go_on_until(dia_loop *loop, int n)
{
    for (int i = 0; i < 100 && n_order < n; i++)
        dia_handshake_turn(loop);
}

/* A crowd is one of several addresses, and all that it makes wait is itself. */
static void addresses_take_turns(void)
{
    static const char from[] = "aaaaaaaabbc";
    struct pair pair;
    need(begin_from(&pair, NULL, from));
    for (int i = 0; i < 13; i++) /* the last two are ours */
        dia_handshake_ready(&shakes[i].handshake);
    need_int(pair.server.loop->n_ready, 13);
    go_on_until(pair.server.loop, 13);
    need_str(addresses_in_order(from), "abc--abaaaaaa");
    for (int i = 0; i < 8; i++)
        need_int(order[i == 0 ? 0 : i == 1 ? 5 : 5 + i], i); /* and among themselves the first is first */
    need_int(pair.server.loop->n_ready, 0);
    need(dia_list_empty(&pair.server.loop->ready));
done:
    end(&pair);
}

/* Its place is its address': who waits behind it takes it. */
static void one_that_ends_leaves_its_place_to_its_address(void)
{
    static const char from[] = "aaaabb";
    struct pair pair;
    dia_loop *loop = NULL;
    need(begin_from(&pair, NULL, from));
    loop = pair.server.loop;
    for (int i = 0; i < 6; i++)
        dia_handshake_ready(&shakes[i].handshake);
    dia_handshake_end(loop, &shakes[0].handshake, true);  /* the first */
    dia_handshake_end(loop, &shakes[2].handshake, false); /* and one behind it */
    need_int(loop->n_ready, 4);
    go_on_until(loop, 1);
    need_int(order[0], 1);
    dia_handshake_ready(&shakes[1].handshake); /* comes again, behind the last of its own */
    go_on_until(loop, 5);
    need_str(addresses_in_order(from), "ababa");
    need_int(order[2], 3);
    need_int(order[4], 1);
    need_int(loop->n_ready, 0);
done:
    end(&pair);
}

static void one_that_ends_is_no_longer_there(void)
{
    struct pair pair;
    need(begin(&pair, NULL));
    for (int i = 0; i < 3; i++)
        dia_handshake_ready(&shakes[i].handshake);
    dia_handshake_end(pair.server.loop, &shakes[1].handshake, true);
    dia_handshake_end(pair.server.loop, &shakes[1].handshake, false); /* again is nothing */
    need_int(pair.server.loop->n_ready, 2);
    need_int(pair.server.loop->n_shaking, N - 1);
    need_int(dia_loop_tls_counts(pair.server.loop)->done, 1);
    for (int i = 0; i < 10; i++)
        dia_handshake_turn(pair.server.loop);
    need_int(n_order, 2);
    need_int(order[0] + order[1], 2);
done:
    end(&pair);
}

static void crowd_waits_and_silent_ones_are_not_waited_for(void)
{
    struct pair pair;
    need(begin(&pair, &(dia_node_config){ .limits = { .before_cer = 2 * N } }));
    const dia_loop *loop = pair.server.loop;
    need(dia_handshake_has_room(loop));
    for (int i = 0; i < 31; i++)
        dia_handshake_ready(&shakes[i].handshake);
    need(dia_handshake_has_room(loop));
    dia_handshake_ready(&shakes[31].handshake);
    need(!dia_handshake_has_room(loop));
    for (int i = 0; i < 40; i++)
        dia_handshake_turn(pair.server.loop);
    need(dia_handshake_has_room(loop));
    end(&pair);
    need(begin(&pair, &(dia_node_config){ .limits = { .before_cer = N } }));
    loop = pair.server.loop;
    need(!dia_handshake_has_room(loop)); /* all are under way, for a moment */
    for (int i = 0; i < N / 4; i++)
        shakes[i].handshake.began_us -= 3000000;
    need(!dia_handshake_has_room(loop)); /* and of these there are still three quarters of before_cer */
    shakes[N / 4].handshake.began_us -= 3000000;
    need(dia_handshake_has_room(loop));
done:
    end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "few_go_on_in_one_turn_in_their_order", few_go_on_in_one_turn_in_their_order },
        { "addresses_take_turns", addresses_take_turns },
        { "one_that_ends_leaves_its_place_to_its_address", one_that_ends_leaves_its_place_to_its_address },
        { "one_that_ends_is_no_longer_there", one_that_ends_is_no_longer_there },
        { "crowd_waits_and_silent_ones_are_not_waited_for", crowd_waits_and_silent_ones_are_not_waited_for },
    };
    return HARNESS_RUN("loop/handshake", tests);
}
