/* Runs a fuzz target over the files and folders given: each file, and each of its first 2048 beginnings. */
#define _POSIX_C_SOURCE 200809L

#include "fuzz.h"

#include <dirent.h>
#include <string.h>

enum { PREFIXES_MAX = 2048, FILE_MAX = 1 << 24 };

/* From a block of exactly this size, so that the sanitizers see one octet too far. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return 1;
    }
    static uint8_t data[FILE_MAX];
    const size_t size = fread(data, 1, sizeof data, f);
    fclose(f);
    for (size_t n = 0; n < size && n < PREFIXES_MAX; n++)
        run(data, n);
    run(data, size);
    return 0;
}

static int run_folder(DIR *folder, const char *path, int *count)
{
    int failed = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name)
            return 1;
        failed |= run_file(name);
        ++*count;
    }
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0, count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (!folder) {
            failed |= run_file(argv[i]);
            count++;
            continue;
        }
        failed |= run_folder(folder, argv[i], &count);
        closedir(folder);
    }
    printf("%d files\n", count);
    return failed || count == 0;
}
