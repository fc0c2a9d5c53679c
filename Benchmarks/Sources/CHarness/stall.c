#include "CHarness.h"

#include <sqlite3.h>
#include <stdlib.h>

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
