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
// What this thread has computed so far, in nanoseconds. Look-ups do not sleep, so what else the machine does cancels out.
int64_t harness_cpu(void);

// An order as the peers store it. Kind, reason and ends as in an order book.
typedef struct {
    uint64_t token, household, reference;
    int64_t ends;
    uint8_t kind, reason;
} harness_order;

// The orders in an SQLite file, keyed by token (INTEGER PRIMARY KEY), inside one read transaction.
typedef struct harness_sqlite harness_sqlite;

// NULL when SQLite says no.
harness_sqlite *_Nullable harness_sqlite_make(const char *path, const harness_order *orders, size_t count);
// Looks all `tokens` up and reads every column. Nanoseconds of harness_cpu; `found` is how many there were. -1 when SQLite says no.
int64_t harness_sqlite_find(harness_sqlite *peer, const uint64_t *tokens, size_t count, size_t *found);
void harness_sqlite_close(harness_sqlite *peer);

// The same with a binary search over sorted bare tokens.
int64_t harness_sorted_find(
    const uint64_t *sorted, size_t length, const uint64_t *tokens, size_t count, size_t *found);

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
