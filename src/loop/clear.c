/* A stream without protection: octets go straight from the carrier into the node and from the node's output into the carrier;
 * nothing is queued here but what the node did not take. */
#include "loop/carrier.h"

#include <errno.h>

static bool clear_read(dia_link *l)
{
    const size_t most = dia_node_is_full(l->loop->node) ? INPUT_SIZE_SCARCE : INPUT_SIZE;
    const ssize_t n = l->carrier->receive(l, l->loop->input, most, NULL);
    if (n > 0 && !l->ended)
        dia_link_give(l, (dia_bytes){ l->loop->input, (size_t)n });
    else if (n == 0)
        dia_link_end_of_input(l);
    else if (n < 0)
        dia_link_read_failed(l, errno);
    return n > 0;
}

static void clear_write(dia_link *l)
{
    dia_output output;
    bool full = false;
    while (!full && dia_conn_output(l->conn, &output, 1)) {
        const ssize_t n = l->carrier->send(l, &(dia_piece){ .octets = output.octets }, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
            dia_link_close(l, dia_link_why_ended(errno));
            return;
        }
        full = n < 0 || (size_t)n < output.octets.n;
        if (n > 0)
            dia_conn_sent(l->conn, (size_t)n, dia_loop_clock());
    }
    dia_link_wrote(l, full);
}

const dia_layer dia_layer_clear = { .read = clear_read, .write = clear_write };
