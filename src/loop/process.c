/* What the system says of this process. */
#include "loop/loop.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
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

/* When the system began, in seconds since 1970; 0: it does not say. */
static int64_t boot_time(void)
{
    char line[256];
    long long at = 0;
    FILE *file = fopen("/proc/stat", "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "btime %lld", &at) == 1)
            break;
    if (file)
        fclose(file);
    return at;
}

/* In ticks since then, behind the name in brackets, which may hold anything. */
static void look_at_beginning(dia_report_process *out)
{
    static const char twentieth[] = " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu";
    char text[1024];
    unsigned long long ticks = 0;
    const int64_t boot = boot_time();
    FILE *file = fopen("/proc/self/stat", "re");
    if (!file)
        return;
    const size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    const char *behind = strrchr(text, ')');
    if (boot && behind && sscanf(behind + 1, twentieth, &ticks) == 1)
        out->began_us = boot * 1000000 + (int64_t)(ticks * (1000000 / (uint64_t)sysconf(_SC_CLK_TCK)));
}

void dia_process_look(dia_report_process *out)
{
    struct rusage used;
    *out = (dia_report_process){ 0 };
    if (!getrusage(RUSAGE_SELF, &used))
        out->cpu_us = us_of(used.ru_utime) + us_of(used.ru_stime);
    look_at_memory(out);
    look_at_descriptors(out);
    look_at_beginning(out);
}
