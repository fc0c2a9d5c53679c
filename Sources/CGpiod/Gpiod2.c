#include "Generation.h"

#if CGPIOD_GENERATION == 2

#include <errno.h>
#include <linux/gpio.h>
#include <stdlib.h>
#include <string.h>

// libgpiod 2.x, which uses version 2 of the kernel's interface. A cgpiod_chip is its gpiod_chip. Each line is a request
// of its own, so that lines come and go independently and the events of a descriptor are those of one line.

struct cgpiod_line {
    struct gpiod_line_request *request;
    unsigned int offset;
};

static struct gpiod_chip *chip_of(struct cgpiod_chip *chip) { return (struct gpiod_chip *)chip; }

struct cgpiod_chip *cgpiod_open_path(const char *path) {
    struct gpiod_chip *chip = gpiod_chip_open(path);
    if (chip == NULL && errno == ENODEV) {
        // Said of any other device, and by the kernel of a chip that is just going.
        errno = gpiod_is_gpiochip_device(path) ? ENODEV : ENOTTY;
    }
    return (struct cgpiod_chip *)chip;
}

void cgpiod_close(struct cgpiod_chip *chip) { gpiod_chip_close(chip_of(chip)); }

bool cgpiod_has_label(struct cgpiod_chip *chip, const char *label) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip_of(chip));
    if (info == NULL) return false;
    bool same = strcmp(gpiod_chip_info_get_label(info), label) == 0;
    gpiod_chip_info_free(info);
    return same;
}

int cgpiod_find_line(struct cgpiod_chip *chip, const char *name) {
    // The library would find a line without a name.
    if (name[0] == 0) {
        errno = ENOENT;
        return -1;
    }
    return gpiod_chip_get_line_offset_from_name(chip_of(chip), name);
}

// The kernel answers EINVAL for an offset beyond the chip, which also means a bad request; say which it is.
static int check_offset(struct cgpiod_chip *chip, unsigned int offset) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip_of(chip));
    if (info == NULL) return -1;
    size_t lines = gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    if (offset < lines) return 0;
    errno = ENOENT;
    return -1;
}

// A Wiegand card is up to 37 edges in 50 ms. A longer queue than the kernel's own choice (16) costs 6 KiB a line.
enum { QUEUE_LENGTH = 128 };

static struct gpiod_line_request *request_line(
    struct cgpiod_chip *chip, unsigned int offset, struct gpiod_line_settings *settings, const char *consumer) {
    struct gpiod_line_request *request = NULL;
    struct gpiod_request_config *request_config = gpiod_request_config_new();
    struct gpiod_line_config *line_config = gpiod_line_config_new();
    if (request_config != NULL && line_config != NULL
        && gpiod_line_config_add_line_settings(line_config, &offset, 1, settings) == 0) {
        gpiod_request_config_set_consumer(request_config, consumer);
        gpiod_request_config_set_event_buffer_size(request_config, QUEUE_LENGTH);
        request = gpiod_chip_request_lines(chip_of(chip), request_config, line_config);
    }
    int error = errno;
    gpiod_line_config_free(line_config);
    gpiod_request_config_free(request_config);
    errno = error;
    return request;
}

// Ends the life of `settings`, which may be NULL for want of memory.
static struct cgpiod_line *take_line(
    struct cgpiod_chip *chip, unsigned int offset, struct gpiod_line_settings *settings, const char *consumer) {
    struct cgpiod_line *line = malloc(sizeof *line);
    if (line != NULL && settings != NULL && check_offset(chip, offset) == 0) {
        line->offset = offset;
        line->request = request_line(chip, offset, settings, consumer);
        if (line->request != NULL) {
            gpiod_line_settings_free(settings);
            return line;
        }
    }
    int error = errno;
    gpiod_line_settings_free(settings);
    free(line);
    errno = error;
    return NULL;
}

// The setters below fail for values that are none of their enumeration only.

struct cgpiod_line *cgpiod_request_output(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, bool initial, const char *consumer) {
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings != NULL) {
        gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
        gpiod_line_settings_set_active_low(settings, active_low);
        gpiod_line_settings_set_output_value(
            settings, initial ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    }
    return take_line(chip, offset, settings, consumer);
}

static enum gpiod_line_bias bias_of(enum cgpiod_bias bias) {
    switch (bias) {
    case CGPIOD_BIAS_AS_IS: return GPIOD_LINE_BIAS_AS_IS;
    case CGPIOD_BIAS_NONE: return GPIOD_LINE_BIAS_DISABLED;
    case CGPIOD_BIAS_PULL_UP: return GPIOD_LINE_BIAS_PULL_UP;
    case CGPIOD_BIAS_PULL_DOWN: return GPIOD_LINE_BIAS_PULL_DOWN;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

struct cgpiod_line *cgpiod_request_input(
    struct cgpiod_chip *chip, unsigned int offset, bool active_low, enum cgpiod_bias bias, enum cgpiod_edges edges,
    const char *consumer) {
    struct gpiod_line_settings *settings = gpiod_line_settings_new();
    if (settings != NULL) {
        gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
        gpiod_line_settings_set_active_low(settings, active_low);
        gpiod_line_settings_set_bias(settings, bias_of(bias));
        // Logical edges: of an active-low line the rising one goes to the low level.
        gpiod_line_settings_set_edge_detection(
            settings, edges == CGPIOD_EDGES_BOTH ? GPIOD_LINE_EDGE_BOTH : GPIOD_LINE_EDGE_RISING);
        gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
    }
    return take_line(chip, offset, settings, consumer);
}

int cgpiod_set(struct cgpiod_line *line, bool value) {
    return gpiod_line_request_set_value(
        line->request, line->offset, value ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
}

int cgpiod_get(struct cgpiod_line *line) {
    switch (gpiod_line_request_get_value(line->request, line->offset)) {
    case GPIOD_LINE_VALUE_ACTIVE: return 1;
    case GPIOD_LINE_VALUE_INACTIVE: return 0;
    case GPIOD_LINE_VALUE_ERROR: return -1;
    }
    return -1;
}

void cgpiod_release(struct cgpiod_line *line) {
    gpiod_line_request_release(line->request);
    free(line);
}

int cgpiod_event_fd(struct cgpiod_line *line) { return gpiod_line_request_get_fd(line->request); }

// The library would read events from the descriptor itself. NIO does that here, so they are the kernel's.
size_t cgpiod_event_size(void) { return sizeof(struct gpio_v2_line_event); }

size_t cgpiod_read_size(void) { return QUEUE_LENGTH * sizeof(struct gpio_v2_line_event); }

static struct gpio_v2_line_event event_at(const uint8_t *bytes) {
    struct gpio_v2_line_event event;
    memcpy(&event, bytes, sizeof event);
    return event;
}

struct cgpiod_edge cgpiod_decode_event(const uint8_t *event) {
    struct gpio_v2_line_event data = event_at(event);
    return (struct cgpiod_edge){
        .nanoseconds = data.timestamp_ns,
        .rising = data.id == GPIO_V2_LINE_EVENT_RISING_EDGE,
    };
}

// The kernel numbers the edges of a line from 1 on. A full queue loses the oldest, which leaves a gap in the numbers.
bool cgpiod_may_miss_edges(uint32_t *last, const uint8_t *events, size_t count) {
    bool missing = false;
    for (size_t i = 0; i < count; i++) {
        uint32_t number = event_at(events + i * sizeof(struct gpio_v2_line_event)).line_seqno;
        if (number != *last + 1) missing = true;
        *last = number;
    }
    return missing;
}

#endif
