#include "store/table.h"

#include "store/bulk.h"

const struct table tables[] = {
    { .name = "meta", .create = "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID" },
    { .name = "names",
      .create = "CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)" },
    { .name = "details",
      .create =
          "CREATE TABLE IF NOT EXISTS details (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, host INTEGER NOT NULL, "
          "queue_id TEXT NOT NULL, sender INTEGER NOT NULL, recipient TEXT NOT NULL, domain INTEGER NOT NULL, "
          "relay TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL, status INTEGER NOT NULL, "
          "protection INTEGER NOT NULL, evidence INTEGER NOT NULL, cause INTEGER NOT NULL, failure INTEGER NOT NULL, "
          "refusal TEXT NOT NULL, dsn TEXT NOT NULL, reply TEXT NOT NULL, stretch INTEGER NOT NULL); "
          "CREATE INDEX IF NOT EXISTS details_time ON details (time); "
          "CREATE INDEX IF NOT EXISTS details_waiting ON details (stretch) WHERE stretch > 0",
      .merge = "INSERT INTO main.details (time, host, queue_id, sender, recipient, domain, relay, address, port, "
               "status, protection, evidence, cause, failure, refusal, dsn, reply, stretch) "
               "SELECT time, h.new, queue_id, s.new, recipient, d.new, relay, address, port, "
               "status, protection, evidence, cause, failure, refusal, dsn, reply, 0 "
               "FROM other.details JOIN map h ON h.old = host JOIN map s ON s.old = sender "
               "JOIN map d ON d.old = domain WHERE stretch = 0 ORDER BY id",
      .keep = KEEP_DETAIL,
      .expire = "DELETE FROM details WHERE id IN (SELECT id FROM details WHERE time < ?1 ORDER BY time LIMIT ?2)" },
    { .name = "positions",
      .create = "CREATE TABLE IF NOT EXISTS positions (id INTEGER PRIMARY KEY, source TEXT NOT NULL, "
                "device INTEGER NOT NULL, inode INTEGER NOT NULL, head_length INTEGER NOT NULL, "
                "head INTEGER NOT NULL, offset INTEGER NOT NULL, seen INTEGER NOT NULL)",
      .keep = KEEP_DAYS,
      .expire = "DELETE FROM positions WHERE id IN (SELECT id FROM positions WHERE seen < ?1 / 1000 LIMIT ?2)" },
    { .name = "images",
      .create = "CREATE TABLE IF NOT EXISTS images (stream INTEGER NOT NULL, part INTEGER NOT NULL, "
                "chunk INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (stream, part, chunk))" },
    { .name = "bulk",
      .create = "CREATE TABLE IF NOT EXISTS bulk (domain TEXT PRIMARY KEY, origin INTEGER NOT NULL, "
                "since INTEGER NOT NULL, reason TEXT NOT NULL, written INTEGER NOT NULL) WITHOUT ROWID",
      .merge = "INSERT INTO main.bulk (domain, origin, since, reason, written) "
               "SELECT domain, origin, since, reason, written FROM other.bulk WHERE true "
               "ON CONFLICT (domain) DO UPDATE SET origin = excluded.origin, since = excluded.since, "
               "reason = excluded.reason, written = excluded.written "
               "WHERE (bulk.origin = 1 AND (excluded.origin <> 1 OR excluded.since < bulk.since)) OR "
               "(bulk.origin <> 1 AND excluded.origin <> 1 AND excluded.written > bulk.written)" },
    { .name = "relays",
      .create = "CREATE TABLE IF NOT EXISTS relays (day INTEGER NOT NULL, host INTEGER NOT NULL, relay TEXT NOT NULL, "
                "deliveries INTEGER NOT NULL, domains TEXT NOT NULL, PRIMARY KEY (day, host, relay)) WITHOUT ROWID",
      .merge = "INSERT INTO main.relays (day, host, relay, deliveries, domains) "
               "SELECT day, h.new, relay, deliveries, domains FROM other.relays JOIN map h ON h.old = host WHERE true "
               "ON CONFLICT (day, host, relay) DO UPDATE SET deliveries = deliveries + excluded.deliveries",
      .keep = KEEP_DAYS,
      .expire = "DELETE FROM relays WHERE (day, host, relay) IN (SELECT day, host, relay FROM relays WHERE day < ?1 "
                "LIMIT ?2)" },
    { .name = "incidents",
      .create = "CREATE TABLE IF NOT EXISTS incidents (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, "
                "subject TEXT NOT NULL, flags INTEGER NOT NULL, opened INTEGER NOT NULL, last INTEGER NOT NULL, "
                "ended INTEGER NOT NULL, touched INTEGER NOT NULL, count INTEGER NOT NULL, told INTEGER NOT NULL, "
                "notices INTEGER NOT NULL, next_repeat INTEGER NOT NULL, silenced_until INTEGER NOT NULL, "
                "others INTEGER NOT NULL)",
      .keep = KEEP_DAYS,
      .expire = "DELETE FROM incidents WHERE number IN (SELECT number FROM incidents WHERE flags & 16 <> 0 AND "
                "last < ?1 LIMIT ?2)" },
    { .name = "incident_shares",
      .create = "CREATE TABLE IF NOT EXISTS incident_shares (incident INTEGER NOT NULL, name TEXT NOT NULL, "
                "count INTEGER NOT NULL, PRIMARY KEY (incident, name)) WITHOUT ROWID",
      .keep = KEEP_DAYS,
      .expire = "DELETE FROM incident_shares WHERE (incident, name) IN (SELECT incident, name FROM incident_shares "
                "WHERE ?1 IS NOT NULL AND incident NOT IN (SELECT number FROM incidents) LIMIT ?2)" },
    { .name = "notices",
      .create = "CREATE TABLE IF NOT EXISTS notices (id INTEGER PRIMARY KEY, channel TEXT NOT NULL, "
                "created INTEGER NOT NULL, body TEXT NOT NULL)" },
    { .name = "meters",
      .create = "CREATE TABLE IF NOT EXISTS meters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID" },
    { .name = "requests",
      .create = "CREATE TABLE IF NOT EXISTS requests (id INTEGER PRIMARY KEY, verb TEXT NOT NULL, "
                "subject TEXT NOT NULL, argument TEXT NOT NULL)" },
};
const size_t table_count = sizeof(tables) / sizeof(tables[0]);

/* A row for each quarter of an hour, before version 5. */
#define OLD_VOLUMES                                                                                                    \
    "CREATE TABLE IF NOT EXISTS volumes (begin, host, kind, receiver, origin, name, recipients, "                      \
    "PRIMARY KEY (begin, host, kind, receiver, origin, name)) WITHOUT ROWID; "

const struct table_step table_steps[] = {
    /* Recipients at Gmail were kept by the hour, and of no other receiver. */
    { 3,
      OLD_VOLUMES "CREATE TABLE IF NOT EXISTS gmail (begin, host, origin, domain, recipients); INSERT INTO volumes "
                  "(begin, host, kind, receiver, origin, name, recipients) "
                  "SELECT begin, host, 0, 1, origin, domain, recipients FROM gmail; DROP TABLE gmail",
      NULL },
    { 5, OLD_VOLUMES, bulk_gather_quarters },
    { 0, NULL, NULL },
};

int64_t table_horizon(const struct table *table, int64_t now, const struct ledger_settings *settings)
{
    switch (table->keep) {
    case KEEP_DETAIL:
        return (now - (int64_t)settings->keep_detail * 86400) * 1000;
    case KEEP_DAYS:
        return (now - (int64_t)settings->keep_days * 86400) * 1000;
    default:
        return INT64_MIN;
    }
}
