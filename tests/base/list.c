/* The doubly linked list. */
#include "base/base.h"

#include "harness.h"

struct item {
    int number;
    dia_list link;
};

static struct item *item_of(dia_list *link)
{
    return DIA_OF(link, struct item, link);
}

static void nodes_come_out_in_order(void)
{
    struct item a = { .number = 1 }, b = { .number = 2 }, c = { .number = 3 };
    dia_list head;
    dia_list_init(&head);
    check(dia_list_empty(&head));
    check(dia_list_pop(&head) == NULL);
    dia_list_push_back(&head, &b.link);
    dia_list_push_back(&head, &c.link);
    dia_list_push_front(&head, &a.link);
    for (int want = 1; want <= 3; want++)
        check_int(item_of(dia_list_pop(&head))->number, want);
    check(dia_list_empty(&head));
}

static void removing_twice_does_no_harm(void)
{
    struct item a = { .number = 1 }, b = { .number = 2 };
    dia_list head;
    dia_list_init(&head);
    dia_list_push_back(&head, &a.link);
    dia_list_push_back(&head, &b.link);
    dia_list_remove(&a.link);
    dia_list_remove(&a.link);
    check(head.next == &b.link);
    check(head.prev == &b.link);
}

static void nodes_may_leave_while_the_list_is_walked(void)
{
    struct item items[5];
    dia_list head;
    dia_list_init(&head);
    for (int i = 0; i < 5; i++) {
        items[i].number = i;
        dia_list_push_back(&head, &items[i].link);
    }
    int sum = 0;
    DIA_LIST_EACH (p, &head) {
        sum += item_of(p)->number;
        if (item_of(p)->number % 2)
            dia_list_remove(p);
    }
    check_int(sum, 10);
    sum = 0;
    DIA_LIST_EACH (p, &head)
        sum += item_of(p)->number;
    check_int(sum, 6);
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "nodes_come_out_in_order", nodes_come_out_in_order },
        { "removing_twice_does_no_harm", removing_twice_does_no_harm },
        { "nodes_may_leave_while_the_list_is_walked", nodes_may_leave_while_the_list_is_walked },
    };
    return HARNESS_RUN("base/list", tests);
}
