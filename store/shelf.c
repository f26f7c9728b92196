#include "store/shelf.h"

#include <string.h>

#define KEY(name)                                                                                                      \
    {                                                                                                                  \
        name, COLUMN_KEY                                                                                               \
    }
#define NAME(name)                                                                                                     \
    {                                                                                                                  \
        name, COLUMN_NAME                                                                                              \
    }
#define SUM(name)                                                                                                      \
    {                                                                                                                  \
        name, COLUMN_SUM                                                                                               \
    }
#define LATEST(name)                                                                                                   \
    {                                                                                                                  \
        name, COLUMN_LATEST                                                                                            \
    }
#define ROW_OF KEY("begin"), NAME("host")
#define CELL                                                                                                           \
    SUM("sent"), SUM("encrypted"), SUM("plaintext"), SUM("unknown"), SUM("deferred"), SUM("bounced"),                  \
        SUM("plaintext_attempts"), LATEST("last_plaintext"), LATEST("last_encrypted"), SUM("waiting_attempts"),        \
        LATEST("waiting_last")

static const struct column totals[] = { ROW_OF, KEY("hop"), KEY("stretch"), CELL };
static const struct column counts[] = { ROW_OF, NAME("what"), SUM("count") };
static const struct column spans[] = { ROW_OF, { "first", COLUMN_EARLIEST }, LATEST("last") };
/* Recipients of the quarter of an hour that begins at this time of day. */
#define QUARTERS(hour) SUM("q" hour "00"), SUM("q" hour "15"), SUM("q" hour "30"), SUM("q" hour "45")
/* A row a day: a month of them is read for each report, quarter by quarter. */
static const struct column volume_days[] = {
    ROW_OF,         KEY("kind"),    KEY("receiver"), KEY("origin"),  NAME("name"),   QUARTERS("00"),
    QUARTERS("01"), QUARTERS("02"), QUARTERS("03"),  QUARTERS("04"), QUARTERS("05"), QUARTERS("06"),
    QUARTERS("07"), QUARTERS("08"), QUARTERS("09"),  QUARTERS("10"), QUARTERS("11"), QUARTERS("12"),
    QUARTERS("13"), QUARTERS("14"), QUARTERS("15"),  QUARTERS("16"), QUARTERS("17"), QUARTERS("18"),
    QUARTERS("19"), QUARTERS("20"), QUARTERS("21"),  QUARTERS("22"), QUARTERS("23"),
};
static const struct column destinations[] = {
    ROW_OF,
    NAME("domain"),
    KEY("stretch"),
    CELL,
    SUM("level_not_logged"),
    SUM("level_anonymous"),
    SUM("level_untrusted"),
    SUM("level_trusted"),
    SUM("level_verified"),
    SUM("version_ssl_3"),
    SUM("version_tls_1_0"),
    SUM("version_tls_1_1"),
    SUM("version_tls_1_2"),
    SUM("version_tls_1_3"),
    SUM("version_other"),
    SUM("failure_none"),
    SUM("failure_not_offered"),
    SUM("failure_refused"),
    SUM("failure_handshake"),
    SUM("failure_certificate"),
    SUM("failure_requiretls"),
    SUM("failure_local"),
    SUM("failure_demanded"),
};
static const struct column senders[] = { ROW_OF,         KEY("origin"), NAME("domain"),       KEY("to_gmail"),
                                         KEY("stretch"), CELL,          SUM("via_smarthost"), SUM("gmail") };
static const struct column refusals[] = { ROW_OF, KEY("origin"), NAME("domain"), NAME("code"), SUM("count") };
static const struct column leaks[] = { ROW_OF, NAME("domain"), KEY("cause"), NAME("sender"), KEY("stretch"), CELL };
static const struct column words[] = { ROW_OF, KEY("kind"), NAME("word"), SUM("count") };
static const struct column submissions[] = { ROW_OF,        NAME("listener"),  NAME("login"),   NAME("client"),
                                             NAME("tls"),   NAME("mechanism"), SUM("accepted"), SUM("tagged"),
                                             SUM("held"),   SUM("rejected"),   SUM("deferred"), SUM("would"),
                                             LATEST("last") };
/* Faults in the order of format_fault_table. */
static const struct column forms[] = {
    ROW_OF,
    KEY("receiver"),
    NAME("domain"),
    SUM("messages"),
    SUM("unsigned_ones"),
    SUM("unaligned"),
    SUM("unaligned_unsigned"),
    SUM("without_one_click"),
    SUM("faulty"),
    SUM("fault_no_from"),
    SUM("fault_several_from"),
    SUM("fault_bad_from"),
    SUM("fault_no_date"),
    SUM("fault_no_message_id"),
    SUM("fault_bad_message_id"),
    SUM("fault_repeated_field"),
    SUM("fault_address_in_name"),
    SUM("fault_encoded_address"),
    SUM("fault_header_too_large"),
};

#define COLUMNS(table) .columns = (table), .count = sizeof(table) / sizeof((table)[0])

const struct shelf shelves[SHELF_COUNT] = {
    [SHELF_TOTALS] = { "totals", COLUMNS(totals), .cell = 4 },
    [SHELF_COUNTS] = { "counts", COLUMNS(counts) },
    [SHELF_SPANS] = { "spans", COLUMNS(spans) },
    [SHELF_VOLUMES] = { "volume_days", COLUMNS(volume_days) },
    [SHELF_DESTINATIONS] = { "destinations", COLUMNS(destinations), .cell = 4, .has_days = true },
    [SHELF_SENDERS] = { "senders", COLUMNS(senders), .cell = 6, .has_days = true },
    [SHELF_REFUSALS] = { "refusals", COLUMNS(refusals), .has_days = true },
    [SHELF_LEAKS] = { "leaks", COLUMNS(leaks), .cell = 6, .has_days = true },
    [SHELF_WORDS] = { "words", COLUMNS(words), .has_days = true },
    [SHELF_SUBMISSIONS] = { "submissions", COLUMNS(submissions), .has_days = true },
    [SHELF_FORMS] = { "forms", COLUMNS(forms), .has_days = true },
};

bool shelf_has(const struct shelf *shelf, enum span span)
{
    return span == SPAN_HOURS || shelf->has_days;
}

void shelf_table(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_addf(out, "%s%s", shelf->name, !shelf->has_days ? "" : span == SPAN_HOURS ? "_hours" : "_days");
}

static bool is_key(const struct column *column)
{
    return column->kind == COLUMN_KEY || column->kind == COLUMN_NAME;
}

/* The columns that a test holds for, with commas between. */
static void list_columns(struct buf *out, const struct shelf *shelf, bool keys_only)
{
    for (size_t i = 0; i < shelf->count && (!keys_only || is_key(&shelf->columns[i])); i++)
        buf_addf(out, "%s%s", i == 0 ? "" : ", ", shelf->columns[i].name);
}

void shelf_list_keys(struct buf *out, const struct shelf *shelf)
{
    list_columns(out, shelf, true);
}

/* Time first in the key: a period is read, and old rows leave, in one piece. */
void shelf_create_sql(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_add(out, VIEW("CREATE TABLE IF NOT EXISTS "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" ("));
    for (size_t i = 0; i < shelf->count; i++)
        buf_addf(out, "%s INTEGER NOT NULL%s, ", shelf->columns[i].name,
                 is_key(&shelf->columns[i]) ? "" : " DEFAULT 0");
    buf_add(out, VIEW("PRIMARY KEY ("));
    list_columns(out, shelf, true);
    buf_add(out, VIEW(")) WITHOUT ROWID"));
}

void shelf_index_sql(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_add(out, VIEW("CREATE INDEX IF NOT EXISTS "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW("_waiting ON "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" (stretch) WHERE stretch > 0"));
}

static void add_up(struct buf *out, const struct column *column)
{
    const char *name = column->name;

    if (column->kind == COLUMN_SUM)
        buf_addf(out, "%s = %s + excluded.%s", name, name, name);
    else if (column->kind == COLUMN_LATEST)
        buf_addf(out, "%s = max(%s, excluded.%s)", name, name, name);
    else
        buf_addf(out, "%s = CASE WHEN %s = 0 OR excluded.%s BETWEEN 1 AND %s THEN excluded.%s ELSE %s END", name, name,
                 name, name, name, name);
}

void shelf_conflict_sql(struct buf *out, const struct shelf *shelf)
{
    bool first = true;

    buf_add(out, VIEW(" ON CONFLICT ("));
    list_columns(out, shelf, true);
    buf_add(out, VIEW(") DO UPDATE SET "));
    for (size_t i = 0; i < shelf->count; i++) {
        if (is_key(&shelf->columns[i]))
            continue;
        buf_add(out, first ? VIEW("") : VIEW(", "));
        add_up(out, &shelf->columns[i]);
        first = false;
    }
}

void shelf_add_sql(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_add(out, VIEW("INSERT INTO "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" ("));
    list_columns(out, shelf, false);
    buf_add(out, VIEW(") VALUES ("));
    for (size_t i = 0; i < shelf->count; i++)
        buf_add(out, i == 0 ? VIEW("?") : VIEW(", ?"));
    buf_add_char(out, ')');
    shelf_conflict_sql(out, shelf);
}

void shelf_read_sql(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_add(out, VIEW("SELECT "));
    list_columns(out, shelf, false);
    buf_add(out, VIEW(" FROM "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" WHERE begin >= ?1 AND begin < ?2"));
}

/* What a column of a row that waited adds to the settled one. */
static const char *settled(const struct shelf *shelf, size_t column)
{
    if (column == shelf->cell - 1)
        return "0";
    switch (column - shelf->cell) {
    case CELL_PLAINTEXT:
        return "unknown * ?3";
    case CELL_UNKNOWN:
        return "unknown * (1 - ?3)";
    case CELL_PLAINTEXT_ATTEMPTS:
        return "waiting_attempts * ?3";
    case CELL_LAST_PLAINTEXT:
        return "waiting_last * ?3";
    case CELL_WAITING_ATTEMPTS:
    case CELL_WAITING_LAST:
        return "0";
    default:
        return shelf->columns[column].name;
    }
}

void shelf_settle_sql(struct buf *out, const struct shelf *shelf, enum span span)
{
    buf_add(out, VIEW("INSERT INTO "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" ("));
    list_columns(out, shelf, false);
    buf_add(out, VIEW(") SELECT "));
    for (size_t i = 0; i < shelf->count; i++)
        buf_addf(out, "%s%s", i == 0 ? "" : ", ", settled(shelf, i));
    buf_add(out, VIEW(" FROM "));
    shelf_table(out, shelf, span);
    buf_add(out, VIEW(" WHERE stretch > 0 AND stretch BETWEEN ?1 AND ?2"));
    shelf_conflict_sql(out, shelf);
}
