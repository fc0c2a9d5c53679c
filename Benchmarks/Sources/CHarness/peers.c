#include "CHarness.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int64_t harness_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

struct harness_sqlite {
    sqlite3 *database;
    sqlite3_stmt *select;
};

static int fill(sqlite3 *database, const harness_order *orders, size_t count) {
    sqlite3_stmt *insert;
    const char *schema = "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
        "CREATE TABLE orders (token INTEGER PRIMARY KEY, kind INTEGER, reason INTEGER, ends INTEGER,"
        " household INTEGER, reference INTEGER) STRICT";
    if (sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK
        || sqlite3_prepare_v2(database, "INSERT INTO orders VALUES (?,?,?,?,?,?)", -1, &insert, NULL) != SQLITE_OK)
        return -1;
    int result = SQLITE_DONE;
    for (size_t i = 0; i < count && result == SQLITE_DONE; i++) {
        sqlite3_bind_int64(insert, 1, (sqlite3_int64)orders[i].token);
        sqlite3_bind_int(insert, 2, orders[i].kind);
        sqlite3_bind_int(insert, 3, orders[i].reason);
        sqlite3_bind_int64(insert, 4, orders[i].ends);
        sqlite3_bind_int64(insert, 5, (sqlite3_int64)orders[i].household);
        sqlite3_bind_int64(insert, 6, (sqlite3_int64)orders[i].reference);
        result = sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    // Densely packed, as a list that is replaced whole would be.
    return result == SQLITE_DONE && sqlite3_exec(database, "COMMIT; VACUUM", NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

harness_sqlite *harness_sqlite_make(const char *path, const harness_order *orders, size_t count) {
    harness_sqlite *peer = calloc(1, sizeof *peer);
    // The whole file fits the cache, and is mapped besides: as quick as SQLite can be.
    const char *quick = "PRAGMA cache_size=-1000000; PRAGMA mmap_size=1000000000; BEGIN";
    const char *select = "SELECT kind, reason, ends, household, reference FROM orders WHERE token = ?";
    unlink(path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &peer->database, flags, NULL) == SQLITE_OK && fill(peer->database, orders, count) == 0
        && sqlite3_exec(peer->database, quick, NULL, NULL, NULL) == SQLITE_OK
        && sqlite3_prepare_v3(peer->database, select, -1, SQLITE_PREPARE_PERSISTENT, &peer->select, NULL) == SQLITE_OK)
        return peer;
    harness_sqlite_close(peer);
    return NULL;
}

int64_t harness_sqlite_find(harness_sqlite *peer, const uint64_t *tokens, size_t count, size_t *found) {
    volatile sqlite3_int64 sink = 0;
    size_t hits = 0;
    int64_t start = harness_cpu();
    for (size_t i = 0; i < count; i++) {
        sqlite3_bind_int64(peer->select, 1, (sqlite3_int64)tokens[i]);
        int result = sqlite3_step(peer->select);
        if (result == SQLITE_ROW) {
            hits++;
            for (int column = 0; column < 5; column++) sink += sqlite3_column_int64(peer->select, column);
        }
        sqlite3_reset(peer->select);
        if (result != SQLITE_ROW && result != SQLITE_DONE) return -1;
    }
    *found = hits;
    return harness_cpu() - start;
}

void harness_sqlite_close(harness_sqlite *peer) {
    sqlite3_finalize(peer->select);
    sqlite3_close(peer->database);
    free(peer);
}

struct harness_stall {
    sqlite3 *database;
};

harness_stall *harness_stall_begin(const char *path) {
    harness_stall *stall = calloc(1, sizeof *stall);
    if (sqlite3_open_v2(path, &stall->database, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
        && sqlite3_busy_timeout(stall->database, 5000) == SQLITE_OK
        && sqlite3_exec(stall->database, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
        return stall;
    harness_stall_end(stall);
    return NULL;
}

void harness_stall_end(harness_stall *stall) {
    sqlite3_close(stall->database);
    free(stall);
}

int64_t harness_sorted_find(
    const uint64_t *sorted, size_t length, const uint64_t *tokens, size_t count, size_t *found) {
    size_t hits = 0;
    int64_t start = harness_cpu();
    for (size_t i = 0; i < count; i++) {
        size_t lower = 0, upper = length;
        while (lower < upper) {
            size_t middle = lower + (upper - lower) / 2;
            if (sorted[middle] < tokens[i]) lower = middle + 1;
            else upper = middle;
        }
        hits += lower < length && sorted[lower] == tokens[i];
    }
    *found = hits;
    return harness_cpu() - start;
}
