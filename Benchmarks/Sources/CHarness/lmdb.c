#include "CHarness.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    MDB_env *environment;
    MDB_txn *transaction;
    MDB_dbi database;
} peer;

typedef struct {
    uint64_t household, details;
} record;

// Nobody else uses the file. Its mapping is sparse until it is filled.
enum { FLAGS = MDB_NOSUBDIR | MDB_NOLOCK, IN_TRANSACTION = 100000 };
static const size_t largest = (size_t)8 << 30;

static int put(MDB_txn *transaction, MDB_dbi database, const harness_order *order, unsigned flags) {
    uint64_t token = order->token;
    record content = {order->household, order->details};
    MDB_val key = {sizeof token, &token}, value = {sizeof content, &content};
    return mdb_put(transaction, database, &key, &value, flags) == 0 ? 0 : -1;
}

static int take(MDB_txn *transaction, MDB_dbi database, uint64_t token) {
    MDB_val key = {sizeof token, &token};
    return mdb_del(transaction, database, &key, NULL) == 0 ? 0 : -1;
}

static int append(MDB_env *environment, const harness_order *orders, size_t count) {
    MDB_txn *transaction;
    MDB_dbi database;
    if (mdb_txn_begin(environment, NULL, 0, &transaction) != 0) return -1;
    int failed = mdb_dbi_open(transaction, NULL, MDB_INTEGERKEY, &database) != 0;
    for (size_t i = 0; i < count && !failed; i++) failed = put(transaction, database, &orders[i], MDB_APPEND) != 0;
    if (!failed) return mdb_txn_commit(transaction) == 0 ? 0 : -1;
    mdb_txn_abort(transaction);
    return -1;
}

static MDB_env *open_for_writing(const char *path, unsigned more) {
    MDB_env *environment;
    if (mdb_env_create(&environment) != 0) return NULL;
    if (mdb_env_set_mapsize(environment, largest) == 0 && mdb_env_open(environment, path, FLAGS | more, 0600) == 0)
        return environment;
    mdb_env_close(environment);
    return NULL;
}

static int lmdb_make(const char *path, const harness_order *orders, size_t count) {
    unlink(path);
    MDB_env *environment = open_for_writing(path, MDB_NOSYNC);
    if (environment == NULL) return -1;
    int failed = 0;
    for (size_t first = 0; first < count && !failed; first += IN_TRANSACTION) {
        size_t rest = count - first;
        failed = append(environment, orders + first, rest < IN_TRANSACTION ? rest : IN_TRANSACTION) != 0;
    }
    mdb_env_close(environment);
    return failed ? -1 : 0;
}

// What this process has handed to write calls so far, in bytes; -1 when the kernel does not say.
static int64_t handed_over(void) {
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    long long bytes = -1;
    while (file != NULL && fgets(line, sizeof line, file) != NULL && sscanf(line, "wchar: %lld", &bytes) != 1) {}
    if (file != NULL) fclose(file);
    return bytes;
}

int64_t harness_lmdb_change(
    const char *path, const uint64_t *removed, size_t removed_count, const harness_order *orders, size_t count,
    int64_t *written) {
    int64_t before = handed_over(), start = harness_now();
    MDB_env *environment = open_for_writing(path, 0);
    MDB_txn *transaction;
    MDB_dbi database;
    if (environment == NULL) return -1;
    int failed = mdb_txn_begin(environment, NULL, 0, &transaction) != 0;
    if (!failed) {
        failed = mdb_dbi_open(transaction, NULL, MDB_INTEGERKEY, &database) != 0;
        for (size_t i = 0; i < removed_count && !failed; i++) failed = take(transaction, database, removed[i]) != 0;
        for (size_t i = 0; i < count && !failed; i++) failed = put(transaction, database, &orders[i], 0) != 0;
        if (failed) mdb_txn_abort(transaction);
        else failed = mdb_txn_commit(transaction) != 0;
    }
    mdb_env_close(environment);
    int64_t time = harness_now() - start;
    *written = handed_over() - before;
    return failed ? -1 : time;
}

static void lmdb_close(void *store) {
    peer *peer = store;
    if (peer->transaction) mdb_txn_abort(peer->transaction);
    mdb_env_close(peer->environment);
    free(peer);
}

static void *lmdb_open(const char *path) {
    peer *new = calloc(1, sizeof *new);
    if (mdb_env_create(&new->environment) == 0) {
        if (mdb_env_open(new->environment, path, FLAGS | MDB_RDONLY, 0600) == 0
            && mdb_txn_begin(new->environment, NULL, MDB_RDONLY, &new->transaction) == 0
            && mdb_dbi_open(new->transaction, NULL, MDB_INTEGERKEY, &new->database) == 0)
            return new;
        lmdb_close(new);
    } else {
        free(new);
    }
    return NULL;
}

static int64_t lmdb_find(void *store, const uint64_t *tokens, size_t count, int waits, size_t *found) {
    peer *peer = store;
    volatile uint64_t sink = 0;
    size_t hits = 0;
    int64_t start = harness_now();
    for (size_t i = 0; i < count; i++) {
        if (waits) harness_fence();
        uint64_t token = tokens[i];
        MDB_val key = {sizeof token, &token}, value;
        int result = mdb_get(peer->transaction, peer->database, &key, &value);
        if (result == 0) {
            record content;
            if (value.mv_size != sizeof content) return -1;
            memcpy(&content, value.mv_data, sizeof content);
            sink += content.household + content.details;
            hits++;
        } else if (result != MDB_NOTFOUND) {
            return -1;
        }
    }
    harness_fence();
    *found = hits;
    return harness_now() - start;
}

const harness_store *harness_lmdb(void) {
    static const harness_store store = {lmdb_make, lmdb_open, lmdb_find, lmdb_close};
    return &store;
}
