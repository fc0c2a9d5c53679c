#ifndef C_GPIOD_H
#define C_GPIOD_H

// GPIO lines through libgpiod, without its types: versions 1 and 2 of the library have different ones and their headers
// exclude each other. This file describes what both can do; Gpiod1.c and Gpiod2.c do it.
//
// Edges come as the kernel sees them, bounces too: version 1 cannot debounce, and version 2 leaves it to the kernel,
// which holds each edge back for the whole time. A press of the exit button must not wait, and simulated chips have no
// kernel.
//
// Values are logical: for an active-low line `true` means the low level. Functions that return a pointer return NULL on
// failure, functions that return an int return -1; both set errno.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgpiod_chip;
struct cgpiod_line;

enum cgpiod_bias { CGPIOD_BIAS_AS_IS, CGPIOD_BIAS_NONE, CGPIOD_BIAS_PULL_UP, CGPIOD_BIAS_PULL_DOWN };

// Opens a chip by its path (anything with a slash), its name such as gpiochip0, or its label.
// ENOENT: there is none. ENOTTY or EISDIR: it is no chip. ENOTUNIQ: several have this label.
struct cgpiod_chip *cgpiod_open(const char *chip);

// Closes the chip. Every line of it must have been released.
void cgpiod_close(struct cgpiod_chip *chip);

// The offset of the line that the board names `name`; ENOENT if it names none so.
int cgpiod_find_line(struct cgpiod_chip *chip, const char *name);

// Takes a line and drives it with `initial` from the first moment. `consumer` is what `gpioinfo` shows.
// ENOENT: the chip has no such line. EBUSY: another process holds it.
struct cgpiod_line *cgpiod_request_output(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, bool initial, const char *consumer);

// Which edges are told. Of a pulse its beginning is enough, and takes half of the kernel's queue. Version 1 of the kernel's
// interface also tells an edge of both from the level that it finds when it gets there: a short pulse may look ended at once.
enum cgpiod_edges { CGPIOD_EDGES_BOTH, CGPIOD_EDGES_ACTIVATION };

// Takes a line and watches its edges. ENOTSUPP (524) or EOPNOTSUPP: the chip cannot do the bias.
struct cgpiod_line *cgpiod_request_input(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, enum cgpiod_bias bias, enum cgpiod_edges edges,
    const char *consumer);

// Drives an output.
int cgpiod_set(struct cgpiod_line *line, bool value);

// The present level of an input, 0 or 1.
int cgpiod_get(struct cgpiod_line *line);

// Gives the line back to the kernel. What it then does depends on the driver.
void cgpiod_release(struct cgpiod_line *line);

// Readable when an input has edges. Owned by the line. A read gives whole events of `cgpiod_event_size()` bytes.
int cgpiod_event_fd(struct cgpiod_line *line);

size_t cgpiod_event_size(void);

// The least number of bytes to ask for in one read: as many as the kernel's queue of a line holds.
size_t cgpiod_read_size(void);

struct cgpiod_edge {
    // CLOCK_MONOTONIC.
    uint64_t nanoseconds;
    bool rising;
};

// Decodes the `cgpiod_event_size()` bytes at `event`.
struct cgpiod_edge cgpiod_decode_event(const uint8_t *event);

// Whether edges may be missing before or among the `count` events that one read gave, because the kernel's queue was
// full. The level has to be read again then. `last` belongs to the line and is 0 when the line is taken; every read is
// to be shown in its order.
//
// Edges that follow each other faster than the kernel serves the interrupt are one edge to it: nothing tells that.
bool cgpiod_may_miss_edges(uint32_t *last, const uint8_t *events, size_t count);

#endif
