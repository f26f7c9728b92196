#include "tests/unit/audit/host.h"

#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/audit/pki.h"
#include "tests/unit/unit.h"

static void in_folder(const struct host *host, const char *name, char *out, size_t room)
{
    ck_assert_int_lt(snprintf(out, room, "%s/%s", host->path, name), (int)room);
}

void host_age(struct host *host, const char *name)
{
    const struct timespec then[2] = { { 1600000000, 0 }, { 1600000000, 0 } };
    char path[256];

    in_folder(host, name, path, sizeof(path));
    ck_assert_int_eq(utimensat(AT_FDCWD, path, then, 0), 0);
}

void host_write(struct host *host, const char *name, const char *text)
{
    char path[256];
    struct view rest = view_of(text), before;
    FILE *file;

    in_folder(host, name, path, sizeof(path));
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    while (view_cut(&rest, VIEW("@DIR@"), &before))
        fprintf(file, "%.*s%s", VIEW_ARG(before), host->path);
    fprintf(file, "%.*s", VIEW_ARG(rest));
    ck_assert_int_eq(fclose(file), 0);
    host_age(host, name);
}

void host_chmod(struct host *host, const char *name, mode_t mode)
{
    char path[256];

    in_folder(host, name, path, sizeof(path));
    ck_assert_int_eq(chmod(path, mode), 0);
}

void host_folder(struct host *host, const char *name, mode_t mode)
{
    char path[256];

    in_folder(host, name, path, sizeof(path));
    ck_assert_int_eq(mkdir(path, mode), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

void host_group(struct host *host, const char *name, const char *group)
{
    char path[256];

    if (geteuid() != 0)
        return;
    in_folder(host, name, path, sizeof(path));
    ck_assert_int_eq(chown(path, 0, getgrnam(group)->gr_gid), 0);
}

void host_socket(struct host *host, const char *name, mode_t mode)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    in_folder(host, name, address.sun_path, sizeof(address.sun_path));
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(chmod(address.sun_path, mode), 0);
    ck_assert_int_eq(close(fd), 0);
}

void host_certificate(struct host *host, const char *file, const struct certificate_case *one)
{
    const struct identity_options own = {
        one->name, one->from_days, one->till_days, one->rsa_bits, one->sha1 ? EVP_sha1() : NULL, false
    };
    struct identity authority = identity_make(NULL, &(struct identity_options){ "Test CA", -1, 400, 0, NULL, true });
    struct identity server = identity_make(one->self_signed ? NULL : &authority, &own);
    char path[256];

    in_folder(host, file, path, sizeof(path));
    pem_write(path, 0600, (const struct identity *const[]){ &server, &authority },
              one->self_signed || one->without_chain ? 1 : 2, &server);
    identity_done(&server);
    identity_done(&authority);
}

static void make_certificates(struct host *host)
{
    struct identity authority = identity_make(NULL, &(struct identity_options){ "Test CA", -1, 400, 0, NULL, true });
    struct identity server =
        identity_make(&authority, &(struct identity_options){ "mail.example.org", -1, 90, 0, NULL, false });
    char path[256];

    in_folder(host, "good.pem", path, sizeof(path));
    pem_write(path, 0600, (const struct identity *const[]){ &server, &authority }, 2, &server);
    in_folder(host, "ca.pem", path, sizeof(path));
    pem_write(path, 0644, (const struct identity *const[]){ &authority }, 1, NULL);
    identity_done(&server);
    identity_done(&authority);
}

void host_init(struct host *host)
{
    *host = (struct host){ .path = "/tmp/outward-audit.XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(host->path));
    ck_assert_int_eq(chmod(host->path, 0755), 0);
    arena_init(&host->arena, 0);
    host->diagnoses = arena_alloc(&host->arena, sizeof(*host->diagnoses));
    ck_assert_ptr_nonnull(host->diagnoses);
    host_folder(host, "sasl", 0755);
    host_folder(host, "spool", 0755);
    host_write(host, "sasl/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sql\nmech_list: PLAIN LOGIN\n");
    host_write(host, "sasldb2", "");
    host_chmod(host, "sasldb2", 0640);
    host_group(host, "sasldb2", "postfix");
    make_certificates(host);
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *at)
{
    (void)found;
    (void)kind;
    (void)at;
    return remove(path);
}

void host_done(struct host *host)
{
    ck_assert_int_eq(nftw(host->path, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
    arena_done(&host->arena);
}

const struct findings *host_examine(struct host *host, const struct settings *settings)
{
    struct doctor_request request = { .directory = host->path,
                                      .doveconf = host->doveconf == NULL ? "/nonexistent/doveconf" : host->doveconf,
                                      .certbot = host->certbot,
                                      .settings = settings,
                                      .now = (int64_t)time(NULL) };
    struct error error = { ERROR_NONE, "" };

    ck_assert_msg(doctor_examine(&host->arena, &request, host->diagnoses, &error) == 0, "%s", error.text);
    return &host->diagnoses->rows[0].findings;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct view findings_summary(struct host *host, const struct findings *findings, enum finding_severity least)
{
    struct buf text = buf_over(arena_alloc(&host->arena, 4096), 4096);
    char lines[64][80];
    const char *sorted[64];
    size_t count = 0;

    for (size_t i = 0; i < findings->count && count < 64; i++) {
        const struct finding *finding = &findings->rows[i];

        if (finding->severity < least)
            continue;
        (void)snprintf(lines[count], sizeof(lines[count]), "%.*s %s",
                       VIEW_ARG(finding_severity_name(finding->severity)), finding->id);
        sorted[count] = lines[count];
        count++;
    }
    qsort(sorted, count, sizeof(sorted[0]), by_text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i], sorted[i - 1]) == 0)
            continue;
        buf_addf(&text, "%s%s", text.len > 0 ? ", " : "", sorted[i]);
    }
    return buf_view(&text);
}

const struct finding *findings_find(const struct findings *findings, const char *id)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (strcmp(findings->rows[i].id, id) == 0)
            return &findings->rows[i];
    }
    return NULL;
}
