/* Any octets as a packed file: read to its end or to an error, never past it. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "follow/inflate.h"

enum { MOST = 1 << 24 }; /* octets that one input may unpack to here */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[65536];
    int fd = memfd_create("log", MFD_CLOEXEC);
    struct inflate *inflate;
    struct error error;
    size_t total = 0;
    ssize_t got;

    if (fd == -1 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    if (inflate_open(fd, "log", &inflate, &error) == -1)
        return 0;
    while ((got = inflate_read(inflate, buffer, sizeof(buffer), &error)) > 0 && total < MOST) {
        assert((size_t)got <= sizeof(buffer));
        total += (size_t)got;
    }
    inflate_close(inflate);
    return 0;
}
