/* Who has connected to a secure listener while handshakes of others come first. They wait here and not in the kernel's queue, which knows no
 * addresses: so a crowd of one address keeps nobody else waiting but itself. */
#include "loop/carrier.h"
#include "loop/handshake.h"

#include <sys/resource.h>
#include <unistd.h>

enum { ADMITS_A_TURN = 8, PARTS = 4 };

typedef struct caller {
    dia_turn turn;  /* in loop->callers; one of its address */
    dia_list place; /* in from->callers */
    dia_listening *from;
    int fd;
    struct sockaddr_storage remote;
} caller;

/* Of the descriptors that the process may have they get a part: others need some, too. */
bool dia_callers_have_room(const dia_loop *loop)
{
    struct rlimit limit;
    return loop->n_callers < CALLERS_MAX &&
           (getrlimit(RLIMIT_NOFILE, &limit) || loop->n_callers < limit.rlim_cur / PARTS);
}

void dia_caller_wait(dia_listening *from, int fd, const struct sockaddr_storage *remote)
{
    dia_loop *loop = from->loop;
    caller *c = dia_alloc(loop->alloc, sizeof *c);
    dia_endpoint end;
    if (!c) {
        close(fd);
        return;
    }
    *c = (caller){ .from = from, .fd = fd, .remote = *remote };
    dia_endpoint_of(remote, &end);
    dia_turn_init(&c->turn, dia_origin_key(&loop->node->hub, &end.address));
    dia_turns_push(&loop->callers, &c->turn);
    dia_list_push_back(&from->callers, &c->place);
    loop->n_callers++;
}

/* It waits no longer; its descriptor is the caller's. */
static int let_go(caller *c)
{
    dia_loop *loop = c->from->loop;
    const int fd = c->fd;
    dia_turns_remove(&c->turn);
    dia_list_remove(&c->place);
    loop->n_callers--;
    dia_release(loop->alloc, c, sizeof *c);
    return fd;
}

void dia_callers_admit(dia_loop *loop)
{
    for (int i = 0; i < ADMITS_A_TURN && loop->n_callers && dia_handshake_has_room(loop); i++) {
        caller *c = DIA_OF(dia_turns_pop(&loop->callers), caller, turn);
        dia_listening *from = c->from;
        const struct sockaddr_storage remote = c->remote;
        dia_polled_accepted(from, let_go(c), &remote);
    }
}

void dia_callers_drop(dia_listening *from)
{
    DIA_LIST_EACH (p, &from->callers)
        close(let_go(DIA_OF(p, caller, place)));
}
