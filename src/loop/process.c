/* What the system says of this process. */
#include "loop/loop.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t us_of(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static void look_at_memory(dia_report_process *out)
{
    unsigned long long size = 0, resident = 0;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return;
    if (fscanf(file, "%llu %llu", &size, &resident) == 2) {
        out->memory = size * page;
        out->resident = resident * page;
    }
    fclose(file);
}

static void look_at_descriptors(dia_report_process *out)
{
    struct rlimit limit;
    DIR *folder = opendir("/proc/self/fd");
    if (folder) {
        while (readdir(folder))
            out->open_fds++;
        out->open_fds -= out->open_fds < 3 ? out->open_fds : 3; /* ".", ".." and the folder itself */
        closedir(folder);
    }
    if (!getrlimit(RLIMIT_NOFILE, &limit))
        out->max_fds = limit.rlim_cur;
}

/* Since the system's start in ticks, behind the name in brackets, which may hold anything. */
static void look_at_beginning(dia_report_process *out, int64_t wall_us)
{
    char text[1024];
    struct timespec up;
    unsigned long long ticks = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return;
    const size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    const char *behind = strrchr(text, ')');
    if (!behind || clock_gettime(CLOCK_BOOTTIME, &up) ||
        sscanf(behind + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &ticks) != 1)
        return;
    const int64_t since_us = (int64_t)up.tv_sec * 1000000 + up.tv_nsec / 1000 -
                             (int64_t)(ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK)));
    out->began_us = wall_us - since_us;
}

void dia_process_look(dia_report_process *out, int64_t wall_us)
{
    struct rusage used;
    *out = (dia_report_process){ 0 };
    if (!getrusage(RUSAGE_SELF, &used))
        out->cpu_us = us_of(used.ru_utime) + us_of(used.ru_stime);
    look_at_memory(out);
    look_at_descriptors(out);
    look_at_beginning(out, wall_us);
}
