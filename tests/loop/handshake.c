/* Handshakes under way: a few a turn, in their order, and who is let in meanwhile. */
#include "loop/handshake.h"

#include "pair.h"

enum { N = 40 };

static struct {
    dia_handshake handshake;
    dia_link link;
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

static bool begin(struct pair *pair, const dia_node_config *config)
{
    n_order = 0;
    if (!pair_begin(pair, "aaa://127.0.0.1:0", config))
        return false;
    for (int i = 0; i < N; i++) {
        shakes[i].link = (dia_link){ .loop = pair->server.loop };
        dia_handshake_begin(&shakes[i].handshake, &shakes[i].link, go_on);
    }
    return true;
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
    shakes[0].handshake.began_us -= 3000000;
    need(dia_handshake_has_room(loop));
done:
    end(&pair);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "few_go_on_in_one_turn_in_their_order", few_go_on_in_one_turn_in_their_order },
        { "one_that_ends_is_no_longer_there", one_that_ends_is_no_longer_there },
        { "crowd_waits_and_silent_ones_are_not_waited_for", crowd_waits_and_silent_ones_are_not_waited_for },
    };
    return HARNESS_RUN("loop/handshake", tests);
}
