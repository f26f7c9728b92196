/* fault_vfs - SQLite's own file layer, of which one call fails */
#ifndef TESTS_UNIT_KEEPER_FAULT_VFS_H
#define TESTS_UNIT_KEEPER_FAULT_VFS_H

/* Make it SQLite's default, once. */
void fault_vfs_register(void);

/* Let the call fail that comes after so many others, and the `more` behind it; -1: none fails. */
void fault_vfs_arm(long calls, long more);

/* Let the allocation of SQLite fail that comes after so many others; -1: none fails. */
void fault_memory_arm(long calls);

/* Calls that failed since it was armed last. */
long fault_vfs_fired(void);

#endif
