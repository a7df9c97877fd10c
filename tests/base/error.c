/* Names and texts of the local errors. */
#include "base/base.h"

#include "harness.h"

static void every_error_has_its_name_and_a_text(void)
{
    for (int err = DIA_ERANGE; err <= 0; err++) {
        check(strlen(dia_strerrorname(err)) > 0);
        check(strlen(dia_strerror(err)) > 0);
        check(err == 0 || strncmp(dia_strerrorname(err), "DIA_E", 5) == 0);
        for (int other = DIA_ERANGE; other < err; other++)
            check(strcmp(dia_strerrorname(err), dia_strerrorname(other)) != 0);
    }
    check_str(dia_strerrorname(DIA_ENOMEM), "DIA_ENOMEM");
    check_str(dia_strerrorname(DIA_ERANGE), "DIA_ERANGE");
    check_str(dia_strerror(DIA_ENOMEM), "out of memory");
}

static void other_numbers_have_a_text_too(void)
{
    static const int others[] = { 1, 2001, -1000, INT32_MIN, INT32_MAX, DIA_ERANGE - 1 };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        check_str(dia_strerrorname(others[i]), "?");
        check_str(dia_strerror(others[i]), "unknown error");
    }
}

int main(void)
{
    static const struct harness_test tests[] = {
        { "every_error_has_its_name_and_a_text", every_error_has_its_name_and_a_text },
        { "other_numbers_have_a_text_too", other_numbers_have_a_text_too },
    };
    return HARNESS_RUN("base/error", tests);
}
