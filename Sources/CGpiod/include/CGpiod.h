#ifndef C_GPIOD_H
#define C_GPIOD_H

// GPIO lines through libgpiod, without its types: versions 1 and 2 of the library have different ones and their headers
// exclude each other. This file describes what both can do; CGpiod.c does it.
//
// Values are logical: for an active-low line `true` means the low level. Functions that return a pointer return NULL on
// failure, functions that return an int return -1; both set errno.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgpiod_chip;
struct cgpiod_line;

enum cgpiod_bias { CGPIOD_BIAS_AS_IS, CGPIOD_BIAS_NONE, CGPIOD_BIAS_PULL_UP, CGPIOD_BIAS_PULL_DOWN };

// Opens a chip such as /dev/gpiochip0.
struct cgpiod_chip *cgpiod_open(const char *path);

// Closes the chip. Every line of it must have been released.
void cgpiod_close(struct cgpiod_chip *chip);

// The offset of the line that the board names `name`; ENOENT if it names none so.
int cgpiod_find_line(struct cgpiod_chip *chip, const char *name);

// Takes a line and drives it with `initial` from the first moment. `consumer` is what `gpioinfo` shows.
// ENOENT: the chip has no such line. EBUSY: another process holds it.
struct cgpiod_line *cgpiod_request_output(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, bool initial, const char *consumer);

// Takes a line and watches both edges.
struct cgpiod_line *cgpiod_request_input(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, enum cgpiod_bias bias, const char *consumer);

// Drives an output.
int cgpiod_set(struct cgpiod_line *line, bool value);

// The present level of an input, 0 or 1.
int cgpiod_get(struct cgpiod_line *line);

// Gives the line back to the kernel. What it then does depends on the driver.
void cgpiod_release(struct cgpiod_line *line);

// Readable when an input has edges. Owned by the line. A read gives whole events of `cgpiod_event_size()` bytes.
int cgpiod_event_fd(struct cgpiod_line *line);

size_t cgpiod_event_size(void);

struct cgpiod_edge {
    // CLOCK_MONOTONIC.
    uint64_t nanoseconds;
    bool rising;
};

// Decodes the `cgpiod_event_size()` bytes at `event`.
struct cgpiod_edge cgpiod_decode_event(const uint8_t *event);

#endif
