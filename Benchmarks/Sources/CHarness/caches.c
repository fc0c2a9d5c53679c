#define _GNU_SOURCE
#include "CHarness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t harness_cpu(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// Four times a large cache, of 32 MiB.
enum { LINE = 64, LARGE = 128 << 20 };

void harness_empty_caches(void) {
    static char *memory;
    if (memory == NULL) {
        memory = malloc(LARGE);
        memset(memory, 1, LARGE);
    }
    unsigned sum = 0;
    for (size_t at = 0; at < LARGE; at += LINE) sum += (unsigned char)memory[at];
    __asm__ volatile("" : : "r"(sum) : "memory");
}

// How many pages of a file are in memory; -1 with errno.
static ssize_t resident(int file, size_t length) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), count = (length + page - 1) / page;
    void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) return -1;
    unsigned char *pages = malloc(count);
    ssize_t sum = -1;
    if (mincore(map, length, pages) == 0) {
        sum = 0;
        for (size_t i = 0; i < count; i++) sum += pages[i] & 1;
    }
    int reason = errno;
    munmap(map, length);
    free(pages);
    errno = reason;
    return sum;
}

static int drop(int file) {
    struct stat status;
    if (fsync(file) != 0 || fstat(file, &status) != 0) return -1;
    // A page that is just being read ahead stays, so it takes some patience.
    for (int attempt = 0; attempt < 1000; attempt++) {
        // Gives the number of the error back, and leaves errno alone.
        errno = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        ssize_t rest = errno == 0 ? resident(file, (size_t)status.st_size) : -1;
        if (rest <= 0) return (int)rest;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    errno = EBUSY;
    return -1;
}

int harness_drop(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return -1;
    int result = drop(file), reason = errno;
    close(file);
    errno = reason;
    return result;
}
