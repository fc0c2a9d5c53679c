#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#pragma clang assume_nonnull begin

// Simulated lanes: pseudo-terminals for scanners and a simulated chip for locks and exit buttons, in one folder.
//
// FOLDER/chip.sock speaks the protocol of Sources/Hardware/ChipMessage.swift: the lock of lane N is line N, its exit button
// line 512 + N. FOLDER/pty-0 and so on are
// the scanners. Whatever program is measured, this same code stamps both ends: right before the write() of a scan's last
// byte, and right after the recv() that holds the edge of its lock.
typedef struct harness_lanes harness_lanes;

// NULL with errno when the socket or a terminal cannot be made. `count` is at most 256.
harness_lanes *_Nullable harness_lanes_open(const char *folder, int count);
void harness_lanes_close(harness_lanes *lanes);

// Starts `program first second` with its standard error in the file `log`. -1 with errno when that fails.
pid_t harness_start(const char *program, const char *first, const char *second, const char *log);
// SIGTERM, and waits. The exit status, or 128 + the signal.
int harness_stop(pid_t process);

// Scans `text` at `lane` once a millisecond until its lock is released.
// Nanoseconds from `since` (harness_now) to the release; -1 after `patience_ms`.
int64_t harness_first_release(harness_lanes *lanes, int lane, const char *text, int64_t since, int patience_ms);

// Waits until `lane` is locked, scans `text` there with a CR, and waits for the release.
// Nanoseconds from the last byte to the release; -1 after 5 s without.
int64_t harness_scan(harness_lanes *lanes, int lane, const char *text);

// Waits until `lane` is locked, presses its exit button, waits for the release and lets the button go.
// Nanoseconds from the edge of the button to that of the lock; -1 after 5 s without.
int64_t harness_press(harness_lanes *lanes, int lane);

// Keeps every other connection from writing to an SQLite file, as a disk that does not answer would, until it is ended.
// NULL when SQLite says no.
typedef struct harness_stall harness_stall;
harness_stall *_Nullable harness_stall_begin(const char *path);
void harness_stall_end(harness_stall *stall);

// Lets time pass and takes in what the chip is told.
void harness_pass(harness_lanes *lanes, int64_t nanoseconds);

// CLOCK_MONOTONIC in nanoseconds.
int64_t harness_now(void);
// What this thread has computed so far, in nanoseconds. Decoders do not sleep, so what else the machine does cancels out.
int64_t harness_cpu(void);

// Lets nothing after it begin before all before it is done: a look-up cannot overlap the next one.
static inline void harness_fence(void) {
#if defined(__x86_64__)
    __asm__ volatile("lfence" ::: "memory");
#elif defined(__aarch64__)
    __asm__ volatile("dsb sy\n\tisb" ::: "memory");
#else
#error "a fence for this processor is needed here"
#endif
}

// An order as the peers store it.
typedef struct {
    uint64_t token, household;
    // Bits 0 to 2 are the kind, 3 to 5 the reason, 6 to 21 the minutes to the end, 22 to 61 the reference.
    uint64_t details;
} harness_order;

// One way to keep orders in a file and to find one by its token.
typedef struct {
    // Writes the file. `orders` ascend by token. -1 when that fails.
    int (*_Nonnull make)(const char *path, const harness_order *orders, size_t count);
    // Opens the file for reading, without looking anything up. NULL when that fails.
    void *_Nullable (*_Nonnull open)(const char *path);
    // Looks all `tokens` up and reads what is stored with them; each `waits` until the one before it is done (harness_fence).
    // Nanoseconds of harness_now, one reading of that clock included; -1 when it fails. `found` is how many there were.
    int64_t (*_Nonnull find)(void *store, const uint64_t *tokens, size_t count, int waits, size_t *found);
    void (*_Nonnull close)(void *store);
} harness_store;

// A table WITHOUT ROWID, a prepared statement, one read transaction, the file mapped.
const harness_store *harness_sqlite(void);
// MDB_INTEGERKEY and values of 16 bytes, one read transaction.
const harness_store *harness_lmdb(void);
// Takes tokens out of a file of harness_lmdb and puts orders in, both ascending, in one transaction that is on disk in the end.
// Nanoseconds of harness_now; -1 when it fails. `written` is how many bytes it has handed to the kernel.
int64_t harness_lmdb_change(
    const char *path, const uint64_t *removed, size_t removed_count, const harness_order *orders, size_t count,
    int64_t *written);
// The floor: sorted tokens of 64 bits, and where those with the same leading bits begin, which are one to two on average.
// Whether the token is there, and no more.
const harness_store *harness_bucket_keys(void);
// The same file; reads the 16 bytes that are stored with the token, too.
const harness_store *harness_bucket_records(void);

// Reads so much memory that nothing else is left in the caches of the processor, those of its page tables among them.
void harness_empty_caches(void);
// Writes a file that nobody has mapped to disk and drops it from the page cache. -1 with errno when a page of it stays: EBUSY.
int harness_drop(const char *path);

// Runs a program with its arguments, `command`, which ends with NULL, up to its end, and takes its standard output into `answer`,
// which ends with a NUL. Nanoseconds from before the start to the end of the first line; -1 when it fails.
int64_t harness_answer(char *_Nullable const *_Nonnull command, char *answer, size_t size);

// How often this thread has asked for memory so far: malloc, calloc, realloc, aligned_alloc, posix_memalign.
uint64_t harness_allocations(void);

// The least that reading a frame can cost, `rounds` times over the same bytes. Nanoseconds of harness_cpu.

// The check byte of an SDT frame.
int64_t harness_xor(const uint8_t *bytes, size_t count, size_t rounds);
// The CRC of OSDP frames, by the same steps as ours.
int64_t harness_crc(const uint8_t *bytes, size_t count, size_t rounds);
// Lines that end with CR, found with memchr, copied and wiped.
int64_t harness_lines(const uint8_t *bytes, size_t count, size_t rounds);

#pragma clang assume_nonnull end
