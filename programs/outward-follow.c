/* outward-follow - the ledger keeper: its arguments, and the call that runs it */
#include <stdio.h>
#include <string.h>

#include "keeper/service.h"
#include "programs/command_line.h"
#include "programs/local_time.h"

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG_NEEDED(offsetof(struct service_options, path)),
    OPTION_ROW_CHECK_ONLY(offsetof(struct service_options, check_only)),
    { .name = "once",
      .help = "count what the sources hold now, or these logs, plain or packed (- is standard input), and exit; what "
              "was counted before is not again",
      .take = option_flag,
      .at = offsetof(struct service_options, once) },
    { .name = "facts",
      .argument = "FILE",
      .help = "what outward doctor --facts says the configuration proves of deliveries",
      .take = option_text,
      .at = offsetof(struct service_options, facts) },
    { .name = "journal-directory",
      .argument = "DIR",
      .help = "journal files of another place, as journalctl -D takes it",
      .take = option_text,
      .at = offsetof(struct service_options, journal_directory) },
    OPTION_ROW_VERSION,
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward-follow",
    .usage = "outward-follow [-c FILE] [-n] [--facts FILE] [--journal-directory DIR] [--once [FILE]...]",
    .about = "Keep the ledger: count each delivery in Postfix's log as it is written, and tell of incidents.",
    .exits = "0 ended as asked; 1 it cannot work; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward-follow --once /var/log/mail.log.2.gz /var/log/mail.log.1",
};

int main(int argc, char **argv)
{
    struct service_options options = { .path = DEFAULT_CONFIGURATION,
                                       .utc = local_time_utc,
                                       .offset = local_time_offset,
                                       .set_zone = local_time_set_zone };
    struct operands files;
    int code = command_line_parse(&command, argc, argv, &options, &files);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (files.count > 0 && !options.once)
        return command_line_refuse(&command, "unexpected \"%s\"; logs are named behind --once", files.list[0]);
    options.files = (const char *const *)files.list;
    options.file_count = files.count;
    return service_run(&options);
}
