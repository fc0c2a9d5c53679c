#include "Generation.h"

#if CGPIOD_GENERATION == 1

#include <errno.h>
#include <linux/gpio.h>
#include <string.h>

// libgpiod 1.6, which uses version 1 of the kernel's interface. A cgpiod_chip is its gpiod_chip, a cgpiod_line its
// gpiod_line, which belongs to the chip.

static struct gpiod_chip *chip_of(struct cgpiod_chip *chip) { return (struct gpiod_chip *)chip; }
static struct gpiod_line *line_of(struct cgpiod_line *line) { return (struct gpiod_line *)line; }

struct cgpiod_chip *cgpiod_open_path(const char *path) { return (struct cgpiod_chip *)gpiod_chip_open(path); }

bool cgpiod_has_label(struct cgpiod_chip *chip, const char *label) {
    return strcmp(gpiod_chip_label(chip_of(chip)), label) == 0;
}

void cgpiod_close(struct cgpiod_chip *chip) { gpiod_chip_close(chip_of(chip)); }

int cgpiod_find_line(struct cgpiod_chip *chip, const char *name) {
    struct gpiod_line *line = gpiod_chip_find_line(chip_of(chip), name);
    return line == NULL ? -1 : (int)gpiod_line_offset(line);
}

// gpiod_chip_get_line answers EINVAL for an offset beyond the chip, which also means a bad request; say which it is.
static struct gpiod_line *line_at(struct cgpiod_chip *chip, unsigned int offset) {
    if (offset >= gpiod_chip_num_lines(chip_of(chip))) {
        errno = ENOENT;
        return NULL;
    }
    return gpiod_chip_get_line(chip_of(chip), offset);
}

struct cgpiod_line *cgpiod_request_output(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, bool initial, const char *consumer) {
    struct gpiod_line *line = line_at(chip, offset);
    if (line == NULL) return NULL;
    int flags = active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    if (gpiod_line_request_output_flags(line, consumer, flags, initial) != 0) return NULL;
    return (struct cgpiod_line *)line;
}

static int bias_flag(enum cgpiod_bias bias) {
    switch (bias) {
    case CGPIOD_BIAS_AS_IS: return 0;
    case CGPIOD_BIAS_NONE: return GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
    case CGPIOD_BIAS_PULL_UP: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
    case CGPIOD_BIAS_PULL_DOWN: return GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
    }
    return 0;
}

struct cgpiod_line *cgpiod_request_input(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, enum cgpiod_bias bias, enum cgpiod_edges edges,
    const char *consumer) {
    struct gpiod_line *line = line_at(chip, offset);
    if (line == NULL) return NULL;
    int flags = bias_flag(bias) | (active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0);
    // For an active-low line the rising edge is the logical one, too.
    int result = edges == CGPIOD_EDGES_BOTH ? gpiod_line_request_both_edges_events_flags(line, consumer, flags)
                                            : gpiod_line_request_rising_edge_events_flags(line, consumer, flags);
    if (result != 0) return NULL;
    return (struct cgpiod_line *)line;
}

int cgpiod_set(struct cgpiod_line *line, bool value) { return gpiod_line_set_value(line_of(line), value); }

int cgpiod_get(struct cgpiod_line *line) { return gpiod_line_get_value(line_of(line)); }

void cgpiod_release(struct cgpiod_line *line) { gpiod_line_release(line_of(line)); }

int cgpiod_event_fd(struct cgpiod_line *line) { return gpiod_line_event_get_fd(line_of(line)); }

size_t cgpiod_event_size(void) { return sizeof(struct gpioevent_data); }

// The kernel's queue of a line; it cannot be made longer.
enum { QUEUE_LENGTH = 16 };

size_t cgpiod_read_size(void) { return QUEUE_LENGTH * sizeof(struct gpioevent_data); }

struct cgpiod_edge cgpiod_decode_event(const uint8_t *event) {
    struct gpioevent_data data;
    memcpy(&data, event, sizeof data);
    return (struct cgpiod_edge){.nanoseconds = data.timestamp, .rising = data.id == GPIOEVENT_EVENT_RISING_EDGE};
}

// A full queue loses the newest edges and does not tell. But only this reader empties it: where edges were lost, the
// next read finds it full. So a shorter read proves that nothing was lost, and a full one proves nothing. After it the
// level may be another than the last edge told, and is read again; how many edges are missing cannot be known, nor
// whether the line changed and changed back meanwhile.
bool cgpiod_may_miss_edges(uint32_t *last, const uint8_t *events, size_t count) {
    (void)last;
    (void)events;
    return count >= QUEUE_LENGTH;
}

#endif
