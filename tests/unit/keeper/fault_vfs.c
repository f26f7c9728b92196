#include "tests/unit/keeper/fault_vfs.h"

#include <stdbool.h>
#include <string.h>

#include <sqlite3.h>

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static sqlite3_io_methods methods;
static sqlite3_mem_methods real_memory, memory;
static long left = -1, more_left, memory_left = -1, fired;

static bool fails(void)
{
    if (left < 0)
        return false;
    if (left > 0) {
        left--;
        return false;
    }
    if (more_left-- <= 0)
        left = -1;
    fired++;
    return true;
}

static bool memory_fails(void)
{
    if (memory_left < 0 || memory_left-- > 0)
        return false;
    fired++;
    return true;
}

void fault_vfs_arm(long calls, long more)
{
    left = calls;
    more_left = more;
    if (calls >= 0)
        fired = 0;
}

long fault_vfs_fired(void)
{
    return fired;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static int do_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int do_read(sqlite3_file *file, void *to, int size, sqlite3_int64 at)
{
    return fails() ? SQLITE_IOERR_READ : real_of(file)->pMethods->xRead(real_of(file), to, size, at);
}

/* Half of it is written, as on a disk that becomes full. */
static int do_write(sqlite3_file *file, const void *from, int size, sqlite3_int64 at)
{
    if (!fails())
        return real_of(file)->pMethods->xWrite(real_of(file), from, size, at);
    (void)real_of(file)->pMethods->xWrite(real_of(file), from, size / 2, at);
    return SQLITE_FULL;
}

static int do_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return fails() ? SQLITE_IOERR_TRUNCATE : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int do_sync(sqlite3_file *file, int flags)
{
    return fails() ? SQLITE_IOERR_FSYNC : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int do_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return fails() ? SQLITE_IOERR_FSTAT : real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int do_lock(sqlite3_file *file, int lock)
{
    return fails() ? SQLITE_IOERR_LOCK : real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int do_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int do_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int do_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int do_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int do_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int do_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **out)
{
    return fails() ? SQLITE_IOERR_SHMMAP : real_of(file)->pMethods->xShmMap(real_of(file), region, size, extend, out);
}

static int do_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    if ((flags & SQLITE_SHM_UNLOCK) == 0 && fails())
        return SQLITE_IOERR_SHMLOCK;
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void do_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int do_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static int do_open(sqlite3_vfs *self, sqlite3_filename name, sqlite3_file *file, int flags, int *out)
{
    struct fault_file *fault = (struct fault_file *)file;
    int result;

    (void)self;
    fault->base.pMethods = NULL;
    fault->real = (sqlite3_file *)(fault + 1);
    if (fails())
        return SQLITE_CANTOPEN;
    result = real_vfs->xOpen(real_vfs, name, fault->real, flags, out);
    if (fault->real->pMethods != NULL)
        fault->base.pMethods = &methods;
    return result;
}

static void *do_malloc(int size)
{
    return memory_fails() ? NULL : real_memory.xMalloc(size);
}

static void *do_realloc(void *old, int size)
{
    return memory_fails() ? NULL : real_memory.xRealloc(old, size);
}

void fault_memory_arm(long calls)
{
    memory_left = calls;
    if (calls >= 0)
        fired = 0;
}

void fault_vfs_register(void)
{
    if (real_vfs != NULL)
        return;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    vfs.xOpen = do_open;
    (void)sqlite3_shutdown();
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real_memory);
    memory = real_memory;
    memory.xMalloc = do_malloc;
    memory.xRealloc = do_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    (void)sqlite3_initialize();
    methods = (sqlite3_io_methods){ .iVersion = 2,
                                    .xClose = do_close,
                                    .xRead = do_read,
                                    .xWrite = do_write,
                                    .xTruncate = do_truncate,
                                    .xSync = do_sync,
                                    .xFileSize = do_size,
                                    .xLock = do_lock,
                                    .xUnlock = do_unlock,
                                    .xCheckReservedLock = do_check_lock,
                                    .xFileControl = do_control,
                                    .xSectorSize = do_sector,
                                    .xDeviceCharacteristics = do_characteristics,
                                    .xShmMap = do_shm_map,
                                    .xShmLock = do_shm_lock,
                                    .xShmBarrier = do_shm_barrier,
                                    .xShmUnmap = do_shm_unmap };
    (void)sqlite3_vfs_register(&vfs, 1);
}
