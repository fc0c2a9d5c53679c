#include "CHarness.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    sqlite3 *database;
    sqlite3_stmt *select;
} peer;

static int insert_all(sqlite3_stmt *insert, const harness_order *orders, size_t count) {
    int result = SQLITE_DONE;
    for (size_t i = 0; i < count && result == SQLITE_DONE; i++) {
        uint64_t details = orders[i].details;
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)orders[i].token);
        sqlite3_bind_int64(insert, 2, (sqlite3_int64)(details & 7));
        sqlite3_bind_int64(insert, 3, (sqlite3_int64)(details >> 3 & 7));
        sqlite3_bind_int64(insert, 4, (sqlite3_int64)(details >> 6 & 0xFFFF));
        sqlite3_bind_int64(insert, 5, (sqlite3_int64)orders[i].household);
        sqlite3_bind_int64(insert, 6, (sqlite3_int64)(details >> 22));
        result = sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    return result == SQLITE_DONE ? 0 : -1;
}

static int fill(sqlite3 *database, const harness_order *orders, size_t count) {
    sqlite3_stmt *insert = NULL;
    const char *schema = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
        "CREATE TABLE orders (token INTEGER PRIMARY KEY, kind INTEGER, reason INTEGER, ends INTEGER,"
        " household INTEGER, reference INTEGER) STRICT, WITHOUT ROWID";
    if (sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, "INSERT INTO orders VALUES (?,?,?,?,?,?)", -1, &insert, NULL) != SQLITE_OK)
        return -1;
    // SQLite's numbers have a sign: the upper half of the tokens comes first.
    size_t upper = 0;
    while (upper < count && orders[upper].token >> 63 == 0) upper++;
    int failed = insert_all(insert, orders + upper, count - upper) != 0 || insert_all(insert, orders, upper) != 0;
    sqlite3_finalize(insert);
    // Densely packed, as a list that is replaced whole would be.
    return !failed && sqlite3_exec(database, "COMMIT; VACUUM", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static int sqlite_make(const char *path, const harness_order *orders, size_t count) {
    sqlite3 *database;
    unlink(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int failed = sqlite3_open_v2(path, &database, flags, NULL) != SQLITE_OK || fill(database, orders, count) != 0;
    return sqlite3_close(database) == SQLITE_OK && !failed ? 0 : -1;
}

static void sqlite_close(void *store) {
    peer *peer = store;
    sqlite3_finalize(peer->select);
    sqlite3_close(peer->database);
    free(peer);
}

static void *sqlite_open(const char *path) {
    peer *new = calloc(1, sizeof *new);
    // The whole file is mapped, so that nothing is copied: as quick as SQLite can be. The transaction begins with the first reading.
    const char *quick = "PRAGMA mmap_size=2000000000; BEGIN; SELECT count(*) FROM sqlite_master";
    const char *select = "SELECT kind, reason, ends, household, reference FROM orders WHERE token = ?";
    if (sqlite3_open_v2(path, &new->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK
        && sqlite3_exec(new->database, quick, NULL, NULL, NULL) == SQLITE_OK
        && sqlite3_prepare_v3(new->database, select, -1, SQLITE_PREPARE_PERSISTENT, &new->select, NULL) == SQLITE_OK)
        return new;
    sqlite_close(new);
    return NULL;
}

static int64_t sqlite_find(void *store, const uint64_t *tokens, size_t count, int waits, size_t *found) {
    sqlite3_stmt *select = ((peer *)store)->select;
    volatile sqlite3_int64 sink = 0;
    size_t hits = 0;
    int64_t start = harness_now();
    for (size_t i = 0; i < count; i++) {
        if (waits) harness_fence();
        sqlite3_bind_int64(select, 1, (sqlite3_int64)tokens[i]);
        int result = sqlite3_step(select);
        if (result == SQLITE_ROW) {
            hits++;
            for (int column = 0; column < 5; column++) sink += sqlite3_column_int64(select, column);
        }
        sqlite3_reset(select);
        if (result != SQLITE_ROW && result != SQLITE_DONE) return -1;
    }
    harness_fence();
    *found = hits;
    return harness_now() - start;
}

const harness_store *harness_sqlite(void) {
    static const harness_store store = {sqlite_make, sqlite_open, sqlite_find, sqlite_close};
    return &store;
}
