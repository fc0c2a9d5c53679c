#define _GNU_SOURCE
#include "CHarness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// The file: 16 words of header, the tokens, ascending, two words for each of them, in the same order, and where each bucket
// begins among the tokens, as numbers of 32 bits: one for each bucket and one more.
enum { HEADER = 16 };

typedef struct {
    uint64_t household, details;
} record;

typedef struct {
    void *map;
    size_t length;
    unsigned shift;
    const uint64_t *keys;
    const record *records;
    const uint32_t *begins;
} table;

// So many leading bits that a bucket has one to two tokens on average.
static unsigned bits(size_t count) {
    unsigned bits = 1;
    while (bits < 31 && (size_t)2 << bits <= count) bits++;
    return bits;
}

static int buckets_make(const char *path, const harness_order *orders, size_t count) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) return -1;
    unsigned shift = 64 - bits(count);
    uint64_t header[HEADER] = {count, shift};
    fwrite(header, sizeof header, 1, file);
    for (size_t i = 0; i < count; i++) fwrite(&orders[i].token, sizeof orders[i].token, 1, file);
    for (size_t i = 0; i < count; i++) {
        record content = {orders[i].household, orders[i].details};
        fwrite(&content, sizeof content, 1, file);
    }
    uint32_t begin = 0;
    for (uint64_t bucket = 0; bucket <= (uint64_t)1 << bits(count); bucket++) {
        while (begin < count && orders[begin].token >> shift < bucket) begin++;
        fwrite(&begin, sizeof begin, 1, file);
    }
    int failed = ferror(file);
    return fclose(file) == 0 && !failed ? 0 : -1;
}

static void *buckets_open(const char *path) {
    struct stat status;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    void *map = MAP_FAILED;
    if (fstat(file, &status) == 0) map = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return NULL;
    const uint64_t *words = map;
    table *new = calloc(1, sizeof *new);
    new->map = map;
    new->length = (size_t)status.st_size;
    new->shift = (unsigned)words[1];
    new->keys = words + HEADER;
    new->records = (const record *)(new->keys + words[0]);
    new->begins = (const uint32_t *)(new->records + words[0]);
    return new;
}

static void buckets_close(void *store) {
    munmap(((table *)store)->map, ((table *)store)->length);
    free(store);
}

static inline int64_t find(
    const table *table, const uint64_t *tokens, size_t count, int waits, size_t *found, int reads_record) {
    uint64_t sum = 0;
    size_t hits = 0;
    int64_t start = harness_now();
    for (size_t i = 0; i < count; i++) {
        if (waits) harness_fence();
        uint64_t token = tokens[i], bucket = token >> table->shift;
        uint32_t at = table->begins[bucket], end = table->begins[bucket + 1];
        while (at < end && table->keys[at] < token) at++;
        if (at < end && table->keys[at] == token) {
            hits++;
            if (reads_record) sum += table->records[at].household + table->records[at].details;
        }
    }
    harness_fence();
    // The sum has to be used.
    __asm__ volatile("" : : "r"(sum));
    *found = hits;
    return harness_now() - start;
}

static int64_t find_keys(void *store, const uint64_t *tokens, size_t count, int waits, size_t *found) {
    return find(store, tokens, count, waits, found, 0);
}

static int64_t find_records(void *store, const uint64_t *tokens, size_t count, int waits, size_t *found) {
    return find(store, tokens, count, waits, found, 1);
}

const harness_store *harness_bucket_keys(void) {
    static const harness_store store = {buckets_make, buckets_open, find_keys, buckets_close};
    return &store;
}

const harness_store *harness_bucket_records(void) {
    static const harness_store store = {buckets_make, buckets_open, find_records, buckets_close};
    return &store;
}
