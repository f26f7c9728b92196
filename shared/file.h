/*
 * file - the shell's reader of configuration files: opens only what nobody else may have written
 *
 * A file is taken when it is regular, owned by root or by the running user,
 * writable neither by group nor by others, within its limit and without NUL.
 * The open file is what is checked, so a symbolic link is as good as its
 * target and a swap between check and read changes nothing.
 * Not pure: this is the only way from policy/ to the disk.
 * Threads: one struct files belongs to one thread.
 */
#ifndef SHARED_FILE_H
#define SHARED_FILE_H

#include "shared/error.h"
#include "shared/fault.h"

/* Every text that was read, kept until files_done(). */
struct files {
    struct file_text *texts;
};

/* No text yet. */
void files_init(struct files *files);
void files_done(struct files *files); /* frees all texts; a zeroed struct is fine */

/*
 * The whole text of a file of at most limit octets, NUL-terminated one octet past its end.
 * -1 with the path and the reason in error->text; *text is then unchanged.
 */
int files_read(struct files *files, const char *path, size_t limit, struct view *text, struct error *error);

/* For policy_parse().  files must outlive the reader's use. */
struct reader files_reader(struct files *files);

#endif
