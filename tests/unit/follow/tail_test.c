#include "follow/tail.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/buf.h"
#include "tests/unit/unit.h"

enum { SEED = 7 };

/* A log in a directory of its own, what was read of it, and the positions as a ledger would keep them. */
struct bed {
    char folder[64], path[96];
    struct positions positions;
    struct tail *tail;
    char lines[8192]; /* those read since the last look, with commas between */
    uint64_t gaps;
};

static void start(struct bed *bed)
{
    bed->tail = tail_new(bed->path, SEED, &bed->positions);
    ck_assert_ptr_nonnull(bed->tail);
    tail_register(bed->tail, time(NULL));
}

static void bed_init(struct bed *bed)
{
    *bed = (struct bed){ .folder = "/tmp/outward-tail.XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(bed->folder));
    snprintf(bed->path, sizeof(bed->path), "%s/mail.log", bed->folder);
    positions_init(&bed->positions);
    start(bed);
}

static void bed_done(struct bed *bed)
{
    DIR *folder = opendir(bed->folder);

    tail_free(bed->tail);
    positions_done(&bed->positions);
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(bed->folder);
}

/* The process ends behind a commit, and another begins with what was kept. */
static void restart(struct bed *bed)
{
    struct error error;

    ck_assert_int_eq(tail_note(bed->tail, false, &error), 0);
    tail_free(bed->tail);
    start(bed);
}

static char *name_of(struct bed *bed, const char *suffix)
{
    static char name[4][160];
    static unsigned next;
    char *text = name[next++ % 4];

    snprintf(text, sizeof(name[0]), "%s%s", bed->path, suffix);
    return text;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void append(struct bed *bed, const char *suffix, const char *text)
{
    write_text(name_of(bed, suffix), text);
}

static void move(struct bed *bed, const char *from, const char *to)
{
    ck_assert_int_eq(rename(name_of(bed, from), name_of(bed, to)), 0);
}

static void run(const char *program, const char *argument, const char *second)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        execlp(program, program, argument, second, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

static const char *look(struct bed *bed)
{
    struct buf out = BUF(bed->lines);
    struct view line;

    tail_wake(bed->tail);
    while (tail_line(bed->tail, &line) == 1) {
        buf_add(&out, out.len == 0 ? VIEW("") : VIEW(","));
        buf_add(&out, line);
    }
    bed->gaps += tail_take_gaps(bed->tail);
    return buf_text(&out);
}

START_TEST(a_growing_file_is_read_by_whole_lines)
{
    struct bed bed;

    bed_init(&bed);
    ck_assert_str_eq(look(&bed), "");
    append(&bed, "", "1\n2\nhal");
    ck_assert_str_eq(look(&bed), "1,2");
    ck_assert_str_eq(look(&bed), "");
    append(&bed, "", "f\n");
    ck_assert_str_eq(look(&bed), "half");
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    append(&bed, "", "3\n");
    ck_assert_str_eq(look(&bed), "3");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
}
END_TEST

START_TEST(a_renamed_file_is_read_to_its_end_before_the_new_one)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_str_eq(look(&bed), "1");
    append(&bed, "", "2\n");
    move(&bed, "", ".1");
    ck_assert_str_eq(look(&bed), "2");
    append(&bed, "", "");
    append(&bed, ".1", "3\n");
    ck_assert_str_eq(look(&bed), "3");
    append(&bed, ".1", "4\n");
    append(&bed, "", "5\n");
    ck_assert_str_eq(look(&bed), "4,5");
    /* A writer that had not yet opened the new one. */
    append(&bed, ".1", "6\n");
    append(&bed, "", "7\n");
    ck_assert_str_eq(look(&bed), "6,7");
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
}
END_TEST

enum { STAMP = 1, SECOND = 1000000000 /* ns */ };

/*
 * What is done to files and positions from now on is younger, by these units of time.  They are stamped by the clock of
 * the kernel's last tick, which a busy machine moves late: it is that clock that has to be waited for.
 */
static void wait_for_next(int64_t unit)
{
    struct timespec first, now;

    clock_gettime(CLOCK_REALTIME_COARSE, &first);
    do {
        usleep(1000);
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    } while ((now.tv_sec * (int64_t)SECOND + now.tv_nsec) / unit ==
             (first.tv_sec * (int64_t)SECOND + first.tv_nsec) / unit);
}

/* What is done to the files while nobody reads, and what must come then. */
static void rotate_once(struct bed *bed)
{
    append(bed, "", "3\n");
    move(bed, "", ".1");
    append(bed, "", "4\n");
}

static void rotate_twice(struct bed *bed)
{
    rotate_once(bed);
    wait_for_next(STAMP);
    move(bed, ".1", ".2");
    move(bed, "", ".1");
    append(bed, "", "5\n");
}

static void rotate_by_date_and_pack(struct bed *bed)
{
    rotate_once(bed);
    move(bed, ".1", "-20261121");
    run("gzip", name_of(bed, "-20261121"), NULL);
}

static void rotate_twice_and_pack(struct bed *bed)
{
    rotate_twice(bed);
    run("xz", name_of(bed, ".2"), NULL);
    run("zstd", "-q", name_of(bed, ".1"));
    ck_assert_int_eq(unlink(name_of(bed, ".1")), 0);
}

static void truncate_to_longer(struct bed *bed)
{
    ck_assert_int_eq(truncate(bed->path, 0), 0);
    append(bed, "", "a line much longer than all that was there before it\n");
}

static void remove_it(struct bed *bed)
{
    ck_assert_int_eq(unlink(bed->path), 0);
    append(bed, "", "8\n");
}

static void rotate_without_new(struct bed *bed)
{
    append(bed, "", "3\n");
    move(bed, "", ".1");
}

static const struct {
    void (*act)(struct bed *bed);
    const char *lines;
    unsigned gaps, gaps_when_open; /* when nobody, or when somebody had the file open */
} acts[] = {
    { rotate_once, "3,4", 0, 0 },
    { rotate_twice, "3,4,5", 0, 0 },
    { rotate_by_date_and_pack, "3,4", 0, 0 },
    { rotate_twice_and_pack, "3,4,5", 0, 0 },
    { truncate_to_longer, "a line much longer than all that was there before it", 1, 1 },
    { remove_it, "8", 1, 0 },
    { rotate_without_new, "3", 0, 0 },
};

START_TEST(what_happens_while_nobody_reads_is_read_later)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1 a first line\n2\n");
    ck_assert_str_eq(look(&bed), "1 a first line,2");
    restart(&bed);
    acts[_i].act(&bed);
    ck_assert_str_eq(look(&bed), acts[_i].lines);
    ck_assert_uint_eq(bed.gaps, acts[_i].gaps);
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    bed_done(&bed);
}
END_TEST

START_TEST(what_happens_between_two_looks_is_read_with_the_second)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1 a first line\n2\n");
    ck_assert_str_eq(look(&bed), "1 a first line,2");
    acts[_i].act(&bed);
    ck_assert_str_eq(look(&bed), acts[_i].lines);
    ck_assert_uint_eq(bed.gaps, acts[_i].gaps_when_open);
    ck_assert_str_eq(look(&bed), "");
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, acts[_i].gaps_when_open);
    bed_done(&bed);
}
END_TEST

/* ---- truncated in place ---- */

static void copy(struct bed *bed, const char *to)
{
    run("cp", bed->path, name_of(bed, to));
}

static uint64_t inode_of(const struct bed *bed)
{
    struct stat stat_of_path;

    ck_assert_int_eq(stat(bed->path, &stat_of_path), 0);
    return stat_of_path.st_ino;
}

static void empty(struct bed *bed)
{
    ck_assert_int_eq(truncate(bed->path, 0), 0);
}

static void copy_has_all(struct bed *bed)
{
    append(bed, "", "3\n");
    copy(bed, ".1");
    empty(bed);
    append(bed, "", "4\n");
}

static void copy_has_all_and_is_packed(struct bed *bed)
{
    copy_has_all(bed);
    run("gzip", name_of(bed, ".1"), NULL);
}

/* Enough to know a text by, and read. */
static void append_head(struct bed *bed)
{
    char text[POSITION_HEAD_MAX + 1];

    memset(text, 'x', sizeof(text));
    memcpy(text + POSITION_HEAD_MAX - 1, "\n", 2);
    append(bed, "", text);
    look(bed);
}

/* The follower is faster than whoever copies: the copy ends before what was read. */
static void read_more_than_is_copied(struct bed *bed)
{
    copy(bed, ".1");
    append(bed, "", "3\n");
    ck_assert_str_eq(look(bed), "3");
    empty(bed);
    append(bed, "", "4\n");
}

static void copy_is_short(struct bed *bed)
{
    append_head(bed);
    read_more_than_is_copied(bed);
}

static void copy_is_short_and_packed(struct bed *bed)
{
    copy_is_short(bed);
    run("gzip", name_of(bed, ".1"), NULL);
}

/* A copy that is shorter than what the text is known by. */
static void copy_is_tiny(struct bed *bed)
{
    move(bed, "", ".2");
    append(bed, "", "5\n");
    ck_assert_str_eq(look(bed), "5");
    wait_for_next(STAMP);
    read_more_than_is_copied(bed);
}

static void copy_is_tiny_and_packed(struct bed *bed)
{
    copy_is_tiny(bed);
    run("gzip", name_of(bed, ".1"), NULL);
}

static void truncate_to_its_beginning(struct bed *bed)
{
    append_head(bed);
    append(bed, "", "3\n");
    ck_assert_str_eq(look(bed), "3");
    ck_assert_int_eq(truncate(bed->path, POSITION_HEAD_MAX + 1), 0);
}

static void truncate_without_copy(struct bed *bed)
{
    append(bed, "", "3\n");
    empty(bed);
    append(bed, "", "4\n");
}

static void truncate_and_rename(struct bed *bed)
{
    truncate_without_copy(bed);
    move(bed, "", ".1");
    append(bed, "", "5\n");
}

static void truncate_twice(struct bed *bed)
{
    truncate_without_copy(bed);
    empty(bed);
    append(bed, "", "5\n");
}

static void copy_twice(struct bed *bed)
{
    copy_has_all(bed);
    wait_for_next(STAMP);
    move(bed, ".1", ".2");
    copy(bed, ".1");
    empty(bed);
    append(bed, "", "5\n");
}

static void copy_twice_and_pack(struct bed *bed)
{
    copy_has_all_and_is_packed(bed);
    wait_for_next(STAMP);
    move(bed, ".1.gz", ".2.gz");
    copy(bed, ".1");
    empty(bed);
    run("gzip", name_of(bed, ".1"), NULL);
}

/*
 * Each truncation is told once, where lines are missing, but for one: truncations between two looks of whose text
 * nothing is left anywhere are one gap, as the lines of all of them are missing in one place.
 */
static const struct {
    void (*act)(struct bed *bed);
    const char *lines; /* that come with the next look, gaps as "|" where their lines would be */
} truncations[] = {
    { copy_has_all, "3,|,4" },
    { copy_has_all_and_is_packed, "3,|,4" },
    { copy_is_short, "|,4" },
    { copy_is_short_and_packed, "|,4" },
    { truncate_to_its_beginning, "|" },
    { truncate_to_longer, "|,a line much longer than all that was there before it" },
    { truncate_without_copy, "|,4" },
    { truncate_and_rename, "|,4,5" },
    { truncate_twice, "|,5" },
    { copy_twice, "3,|,4,|,5" },
    { copy_twice_and_pack, "3,|,4,|" },
    { copy_is_tiny, "|,4" },
    { copy_is_tiny_and_packed, "|,4" },
};

static void add_word(struct buf *out, struct view word)
{
    buf_add(out, out->len == 0 ? VIEW("") : VIEW(","));
    buf_add(out, word);
}

static void add_gaps(struct bed *bed, struct buf *out)
{
    for (uint64_t gaps = tail_take_gaps(bed->tail); gaps > 0; gaps--)
        add_word(out, VIEW("|"));
}

/* As look(), with the gaps in their places. */
static const char *look_for_gaps(struct bed *bed)
{
    struct buf out = BUF(bed->lines);
    struct view line;

    tail_wake(bed->tail);
    while (tail_line(bed->tail, &line) == 1) {
        add_gaps(bed, &out);
        add_word(&out, line);
    }
    add_gaps(bed, &out);
    return buf_text(&out);
}

enum { LIVE_ONLY = 2 /* the last ones: a later process knows a beginning by its hash, and no part of it */ };

/* And nothing comes twice. */
static void expect_lines(struct bed *bed, const char *lines)
{
    ck_assert_str_eq(look_for_gaps(bed), lines);
    ck_assert_str_eq(look_for_gaps(bed), "");
    append(bed, "", "9\n");
    ck_assert_str_eq(look_for_gaps(bed), "9");
    restart(bed);
    ck_assert_str_eq(look_for_gaps(bed), "");
}

START_TEST(a_truncation_is_told_once_where_its_lines_are_missing)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1 a first line\n2\n");
    ck_assert_str_eq(look(&bed), "1 a first line,2");
    truncations[_i].act(&bed);
    expect_lines(&bed, truncations[_i].lines);
    bed_done(&bed);
}
END_TEST

START_TEST(a_truncation_while_nobody_reads_is_told_once)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1 a first line\n");
    wait_for_next(SECOND);
    append(&bed, "", "2\n");
    ck_assert_str_eq(look(&bed), "1 a first line,2");
    restart(&bed);
    truncations[_i].act(&bed);
    restart(&bed);
    expect_lines(&bed, truncations[_i].lines);
    bed_done(&bed);
}
END_TEST

/* Killed when it had seen the truncation, and nothing of what was written since was counted. */
START_TEST(a_truncation_is_told_again_by_whoever_counts_the_line_behind_it)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1\n");
    wait_for_next(SECOND);
    append(&bed, "", "2\n");
    ck_assert_str_eq(look(&bed), "1,2");
    empty(&bed);
    ck_assert_str_eq(look_for_gaps(&bed), "|");
    restart(&bed);
    ck_assert_str_eq(look_for_gaps(&bed), "|");
    append(&bed, "", "3\n");
    ck_assert_str_eq(look_for_gaps(&bed), "3");
    restart(&bed);
    ck_assert_str_eq(look_for_gaps(&bed), "");
    bed_done(&bed);
}
END_TEST

/* A log that is made anew when the old one is packed and gone may get its inode. */
START_TEST(an_inode_that_is_used_again_is_no_truncation)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_str_eq(look(&bed), "1");
    restart(&bed);
    wait_for_next(SECOND);
    move(&bed, "", ".1");
    run("gzip", name_of(&bed, ".1"), NULL);
    append(&bed, "", "2\n");
    bed.positions.list[0].inode = inode_of(&bed); /* as some file systems do it at once, others never */
    ck_assert_str_eq(look_for_gaps(&bed), "2");
    bed_done(&bed);
}
END_TEST

/* Between two reads the file is truncated and grows past the place where reading stands. */
START_TEST(a_text_that_was_replaced_is_not_read_from_its_middle)
{
    struct bed bed;
    struct view line;

    bed_init(&bed);
    append(&bed, "", "1\n");
    tail_wake(bed.tail);
    ck_assert_int_eq(tail_line(bed.tail, &line), 1);
    empty(&bed);
    append(&bed, "", "a\nb\nc\n");
    for (int words = 0; words < 3; words++) {
        ck_assert_int_eq(tail_line(bed.tail, &line), 1);
        ck_assert_view_eq(line, ((const char *[]){ "a", "b", "c" })[words]);
        ck_assert_uint_eq(tail_take_gaps(bed.tail), words == 0);
    }
    ck_assert_str_eq(look_for_gaps(&bed), "");
    bed_done(&bed);
}
END_TEST

/* Between the look at what a file is, by its beginning, and the first read of it. */
START_TEST(a_text_that_was_replaced_since_it_was_recognized_is_not_read_from_its_middle)
{
    struct bed bed;
    struct log_file *file;
    struct error error;
    struct view line;
    uint64_t head;

    bed_init(&bed);
    append(&bed, "", "1\n2\n");
    ck_assert_int_eq(log_file_open(bed.path, SEED, &file, &error), 0);
    ck_assert_int_eq(log_file_head(file, 2, &head, &error), 1);
    ck_assert_int_eq(log_file_skip(file, 2, &error), 1);
    empty(&bed);
    append(&bed, "", "a\nb\nc\n");
    ck_assert_int_eq(log_file_line(file, &line, &error), 0);
    ck_assert(log_file_is_truncated(file));
    log_file_close(file);
    bed_done(&bed);
}
END_TEST

/* A line that waits for those of other sources keeps the ones behind it in memory. */
START_TEST(what_was_read_before_a_truncation_comes_before_it_is_told)
{
    struct bed bed;
    struct view line;

    bed_init(&bed);
    append(&bed, "", "1\n2\n3\n");
    tail_wake(bed.tail);
    ck_assert_int_eq(tail_line(bed.tail, &line), 1);
    empty(&bed);
    append(&bed, "", "4\n");
    ck_assert_str_eq(look_for_gaps(&bed), "2,3,|,4");
    bed_done(&bed);
}
END_TEST

/* What a packer, in the midst of its work, shows to others. */
static void pack_half(struct bed *bed, const char *plain, size_t octets)
{
    char *packed = name_of(bed, ".2.gz");

    run("gzip", "-kf", name_of(bed, plain));
    ck_assert_int_eq(truncate(packed, (off_t)octets), 0);
}

START_TEST(a_packed_file_is_not_read_before_it_is_whole)
{
    struct bed bed;
    size_t octets = (size_t)_i; /* that are written by now */

    bed_init(&bed);
    append(&bed, "", "1\n2\n");
    ck_assert_str_eq(look(&bed), "1,2");
    restart(&bed);
    append(&bed, "", "3\n");
    move(&bed, "", ".2");
    pack_half(&bed, ".2", octets);
    append(&bed, "", "4\n");
    ck_assert_str_eq(look(&bed), "3,4");
    pack_half(&bed, ".2", octets);
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    run("gzip", "-f", name_of(&bed, ".2"));
    append(&bed, "", "5\n");
    ck_assert_str_eq(look(&bed), "5");
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
}
END_TEST

START_TEST(what_is_packed_in_an_unknown_way_or_empty_is_no_text)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_str_eq(look(&bed), "1");
    append(&bed, ".2.bz2", "BZh\n");
    append(&bed, ".1", "");
    restart(&bed);
    append(&bed, "", "2\n");
    ck_assert_str_eq(look(&bed), "2");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
}
END_TEST

START_TEST(the_first_time_only_the_file_itself_is_read)
{
    struct bed bed;

    bed_init(&bed);
    tail_free(bed.tail);
    positions_done(&bed.positions);
    append(&bed, ".1", "old\n");
    append(&bed, "", "new\n");
    start(&bed);
    ck_assert_str_eq(look(&bed), "new");
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
}
END_TEST

/* The process dies before it counts a line; the file may be there when it starts, or not. */
START_TEST(nothing_is_lost_between_the_first_start_and_the_first_line)
{
    struct bed bed;

    bed_init(&bed);
    tail_free(bed.tail);
    positions_done(&bed.positions);
    if (_i % 2 == 0)
        append(&bed, "", "1 a first line\n");
    start(&bed);
    tail_free(bed.tail);
    append(&bed, "", "2\n");
    move(&bed, "", ".1");
    append(&bed, "", "3\n");
    if (_i / 2 == 1) {
        move(&bed, ".1", ".2");
        run("gzip", name_of(&bed, ".2"), NULL);
        move(&bed, "", ".1");
        append(&bed, "", "4\n");
    }
    start(&bed);
    look(&bed);
    ck_assert_str_eq(bed.lines,
                     ((const char *const[]){ "1 a first line,2,3", "2,3", "1 a first line,2,3,4", "2,3,4" })[_i]);
    ck_assert_uint_eq(bed.gaps, 0);
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    bed_done(&bed);
}
END_TEST

START_TEST(a_gap_is_told_once_and_only_when_there_is_something_behind_it)
{
    struct bed bed;

    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_str_eq(look(&bed), "1");
    restart(&bed);
    ck_assert_int_eq(unlink(bed.path), 0);
    ck_assert_str_eq(look(&bed), "");
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, 0);
    append(&bed, "", "5\n");
    ck_assert_str_eq(look(&bed), "5");
    ck_assert_str_eq(look(&bed), "");
    ck_assert_uint_eq(bed.gaps, 1);
    bed_done(&bed);
}
END_TEST

START_TEST(a_line_that_waits_is_read_again)
{
    struct bed bed;
    struct error error;
    struct view line;

    bed_init(&bed);
    append(&bed, "", "1\n2\n3\n");
    ck_assert_int_eq(tail_line(bed.tail, &line), 1);
    ck_assert_int_eq(tail_line(bed.tail, &line), 1);
    ck_assert_int_eq(tail_note(bed.tail, true, &error), 0);
    tail_free(bed.tail);
    start(&bed);
    ck_assert_str_eq(look(&bed), "2,3");
    bed_done(&bed);
}
END_TEST

START_TEST(a_line_without_end_is_cut_and_counted_as_one)
{
    struct bed bed;
    char *text = malloc(1000001);

    memset(text, 'x', 1000000);
    text[1000000] = '\0';
    bed_init(&bed);
    append(&bed, "", "1\n");
    append(&bed, "", text);
    ck_assert_str_eq(look(&bed), "1");
    ck_assert_str_eq(look(&bed), "");
    append(&bed, "", "end\n2\n");
    tail_wake(bed.tail);
    for (int i = 0; i < 2; i++) {
        struct view line;

        ck_assert_int_eq(tail_line(bed.tail, &line), 1);
        ck_assert_uint_eq(line.n, i == 0 ? LOG_FILE_LINE_MAX : 1);
        ck_assert_uint_eq(tail_take_cut(bed.tail), i == 0);
    }
    restart(&bed);
    ck_assert_str_eq(look(&bed), "");
    append(&bed, "", "3\n");
    ck_assert_str_eq(look(&bed), "3");
    free(text);
    bed_done(&bed);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_for_a_while_says_so)
{
    struct bed bed;
    bool is_root = geteuid() == 0;

    if (is_root)
        ck_assert_int_eq(seteuid(65534), 0);
    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_int_eq(chmod(bed.path, 0), 0);
    ck_assert_str_eq(look(&bed), "");
    ck_assert(view_ends(view_of(tail_trouble(bed.tail)), VIEW("mail.log: Permission denied")));
    ck_assert_int_eq(chmod(bed.path, 0600), 0);
    ck_assert_str_eq(look(&bed), "1");
    ck_assert_str_eq(tail_trouble(bed.tail), "");
    ck_assert_uint_eq(bed.gaps, 0);
    bed_done(&bed);
    if (is_root)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

static bool is_woken(int fd)
{
    char events[4096] __attribute__((aligned(8)));
    bool woken = false;

    while (read(fd, events, sizeof(events)) > 0)
        woken = true;
    return woken;
}

/* Rights count only for who is not root; the directory of the bed is then theirs. */
static bool become_nobody(void)
{
    return geteuid() == 0 && seteuid(65534) == 0;
}

static void expect_trouble(const struct bed *bed, const char *end)
{
    if (end[0] == '\0')
        ck_assert_str_eq(tail_trouble(bed->tail), "");
    else
        ck_assert(view_ends(view_of(tail_trouble(bed->tail)), view_of(end)));
}

START_TEST(a_directory_that_is_closed_is_told_while_the_open_file_is_read_on)
{
    struct bed bed;
    bool was_root = become_nobody();
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), log;

    bed_init(&bed);
    append(&bed, "", "1\n");
    log = open(bed.path, O_WRONLY | O_APPEND | O_CLOEXEC);
    ck_assert_str_eq(look(&bed), "1");
    ck_assert(tail_watch(bed.tail, fd));
    (void)is_woken(fd);
    ck_assert_int_eq(chmod(bed.folder, 0), 0);
    ck_assert(is_woken(fd));
    ck_assert_int_eq(write(log, "2\n", 2), 2);
    ck_assert_str_eq(look(&bed), "2");
    expect_trouble(&bed, "mail.log: Permission denied");
    ck_assert(!tail_watch(bed.tail, fd));
    ck_assert_int_eq(chmod(bed.folder, 0700), 0);
    ck_assert_str_eq(look(&bed), "");
    expect_trouble(&bed, "");
    ck_assert(tail_watch(bed.tail, fd));
    ck_assert_uint_eq(bed.gaps, 0);
    close(log);
    close(fd);
    bed_done(&bed);
    if (was_root)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_directory_that_cannot_be_listed_is_to_be_looked_at_now_and_then)
{
    struct bed bed;
    bool was_root = become_nobody();
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    bed_init(&bed);
    append(&bed, "", "1\n");
    ck_assert_str_eq(look(&bed), "1");
    ck_assert_int_eq(chmod(bed.folder, 0300), 0);
    ck_assert(!tail_watch(bed.tail, fd));
    move(&bed, "", ".1");
    append(&bed, "", "2\n");
    ck_assert_str_eq(look(&bed), "2");
    expect_trouble(&bed, "");
    ck_assert_uint_eq(bed.gaps, 0);
    ck_assert_int_eq(chmod(bed.folder, 0700), 0);
    close(fd);
    bed_done(&bed);
    if (was_root)
        ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(all_that_brings_lines_wakes_and_nothing_else_does)
{
    struct bed bed;
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    bed_init(&bed);
    look(&bed);
    (void)tail_watch(bed.tail, fd);
    ck_assert(!is_woken(fd));
    append(&bed, "", "1\n");
    ck_assert(is_woken(fd));
    look(&bed);
    (void)tail_watch(bed.tail, fd);
    ck_assert(!is_woken(fd));
    append(&bed, "", "2\n");
    ck_assert(is_woken(fd));
    look(&bed);
    (void)tail_watch(bed.tail, fd);
    ck_assert(!is_woken(fd));
    move(&bed, "", ".1");
    ck_assert(is_woken(fd));
    append(&bed, "", "3\n");
    ck_assert(is_woken(fd));
    look(&bed);
    (void)tail_watch(bed.tail, fd);
    (void)is_woken(fd);
    append(&bed, ".1", "late\n");
    ck_assert(is_woken(fd));
    ck_assert_str_eq(look(&bed), "late");
    close(fd);
    bed_done(&bed);
}
END_TEST

START_TEST(a_directory_that_is_not_there_yet_is_waited_for)
{
    struct bed bed;
    char folder[96], path[128];
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    struct view line;
    struct tail *tail;

    bed_init(&bed);
    snprintf(folder, sizeof(folder), "%s/sub", bed.folder);
    snprintf(path, sizeof(path), "%s/mail.log", folder);
    tail = tail_new(path, SEED, &bed.positions);
    ck_assert_int_eq(tail_line(tail, &line), 0);
    ck_assert_str_eq(tail_trouble(tail), "");
    (void)tail_watch(tail, fd);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    ck_assert(is_woken(fd));
    (void)tail_watch(tail, fd);
    write_text(path, "1\n");
    ck_assert(is_woken(fd));
    tail_wake(tail);
    ck_assert_int_eq(tail_line(tail, &line), 1);
    ck_assert_view_eq(line, "1");
    tail_free(tail);
    unlink(path);
    rmdir(folder);
    close(fd);
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("tail");
    TCase *tests = tcase_create("tail");

    tcase_add_test(tests, a_growing_file_is_read_by_whole_lines);
    tcase_add_test(tests, a_renamed_file_is_read_to_its_end_before_the_new_one);
    tcase_add_loop_test(tests, what_happens_while_nobody_reads_is_read_later, 0, ROWS(acts));
    tcase_add_loop_test(tests, what_happens_between_two_looks_is_read_with_the_second, 0, ROWS(acts));
    tcase_add_loop_test(tests, a_truncation_is_told_once_where_its_lines_are_missing, 0, ROWS(truncations));
    tcase_add_loop_test(tests, a_truncation_while_nobody_reads_is_told_once, 0, ROWS(truncations) - LIVE_ONLY);
    tcase_add_test(tests, a_truncation_is_told_again_by_whoever_counts_the_line_behind_it);
    tcase_add_test(tests, an_inode_that_is_used_again_is_no_truncation);
    tcase_add_test(tests, a_text_that_was_replaced_is_not_read_from_its_middle);
    tcase_add_test(tests, a_text_that_was_replaced_since_it_was_recognized_is_not_read_from_its_middle);
    tcase_add_test(tests, what_was_read_before_a_truncation_comes_before_it_is_told);
    tcase_add_loop_test(tests, a_packed_file_is_not_read_before_it_is_whole, 0, 30);
    tcase_add_test(tests, what_is_packed_in_an_unknown_way_or_empty_is_no_text);
    tcase_add_test(tests, the_first_time_only_the_file_itself_is_read);
    tcase_add_loop_test(tests, nothing_is_lost_between_the_first_start_and_the_first_line, 0, 4);
    tcase_add_test(tests, a_gap_is_told_once_and_only_when_there_is_something_behind_it);
    tcase_add_test(tests, a_line_that_waits_is_read_again);
    tcase_add_test(tests, a_line_without_end_is_cut_and_counted_as_one);
    tcase_add_test(tests, a_file_that_cannot_be_read_for_a_while_says_so);
    tcase_add_test(tests, a_directory_that_is_closed_is_told_while_the_open_file_is_read_on);
    tcase_add_test(tests, a_directory_that_cannot_be_listed_is_to_be_looked_at_now_and_then);
    tcase_add_test(tests, all_that_brings_lines_wakes_and_nothing_else_does);
    tcase_add_test(tests, a_directory_that_is_not_there_yet_is_waited_for);
    suite_add_tcase(suite, tests);
    return suite;
}
