/*
 * Every input of a corpus once through a fuzz target: what was found before stays mended, in any build and without a
 * fuzzer.  usage: NAME_replay FOLDER
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 65536, PATH_ROOM = 4096 };

/* An input stands in memory of its own size, so that a sanitizer sees each octet behind it. */
static void replay(const char *path)
{
    static uint8_t room[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    size_t size;
    uint8_t *data;

    if (file == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    size = fread(room, 1, sizeof(room), file);
    (void)fclose(file);
    data = malloc(size > 0 ? size : 1);
    if (data == NULL)
        exit(EXIT_FAILURE);
    memcpy(data, room, size);
    (void)fprintf(stderr, "%s\n", path); /* the last one is the one that failed */
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    size_t count = 0;

    if (folder == NULL) {
        (void)fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 2;
    }
    while ((entry = readdir(folder)) != NULL) {
        char path[PATH_ROOM];

        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", argv[1], entry->d_name);
        replay(path);
        count++;
    }
    (void)closedir(folder);
    (void)printf("%zu inputs\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
