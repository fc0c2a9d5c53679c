// What the shim over libgpiod does where there is no GPIO. `scripts/check-gpiod` builds it against each generation of
// the library, with GENERATION saying which one it has to be.

#include "CGpiod.h"

#include <errno.h>
#include <linux/gpio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

static void expect(bool holds, const char *claim) {
    if (holds) return;
    fprintf(stderr, "not true: %s\n", claim);
    failures++;
}

static void expect_no_chip(const char *chip, int error, int or_error) {
    errno = 0;
    struct cgpiod_chip *opened = cgpiod_open(chip);
    int found = errno;
    if (opened == NULL && (found == error || found == or_error)) return;
    fprintf(stderr, "opening '%s' gives '%s'\n", chip, opened != NULL ? "a chip" : strerror(found));
    failures++;
}

static void opening_tells_what_is_wrong(void) {
    expect_no_chip("/dev/gpiochip-none", ENOENT, 0);
    expect_no_chip("/dev/null/gpiochip0", ENOTDIR, 0);
    expect_no_chip("/dev/null", ENOTTY, 0);
    expect_no_chip("/dev", EISDIR, ENOTTY);
    expect_no_chip("gpiochip-none", ENOENT, EACCES);
    expect_no_chip("no such label", ENOENT, EACCES);
    char long_name[2000] = "gpiochip";
    memset(long_name + 8, '0', sizeof long_name - 9);
    expect_no_chip(long_name, ENOENT, EACCES);

    char folder[] = "/tmp/gpiod-check.XXXXXX", link[64];
    if (mkdtemp(folder) == NULL) exit(2);
    snprintf(link, sizeof link, "%s/chip", folder);
    if (symlink("/dev/null", link) != 0) exit(2);
    expect_no_chip(link, ENOTTY, 0);
    unlink(link);
    if (symlink("/dev/gpiochip-none", link) != 0) exit(2);
    expect_no_chip(link, ENOENT, 0);
    unlink(link);
    FILE *plain = fopen(link, "w");
    if (plain == NULL) exit(2);
    fclose(plain);
    expect_no_chip(link, ENOTTY, 0);
    unlink(link);
    rmdir(folder);
}

enum { MOST = 40 };

// The bytes of edges `first`, `first` + 1, … as the kernel gives them; odd ones rise.
static const uint8_t *edges(uint32_t first, size_t count) {
    static union {
        struct gpioevent_data old[MOST];
        struct gpio_v2_line_event new[MOST];
        uint8_t bytes[1];
    } events;
    memset(&events, 0, sizeof events);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = first + i;
#if GENERATION == 1
        events.old[i].timestamp = 5000000000 + number;
        events.old[i].id = number % 2 == 1 ? GPIOEVENT_EVENT_RISING_EDGE : GPIOEVENT_EVENT_FALLING_EDGE;
#else
        events.new[i].timestamp_ns = 5000000000 + number;
        events.new[i].id = number % 2 == 1 ? GPIO_V2_LINE_EVENT_RISING_EDGE : GPIO_V2_LINE_EVENT_FALLING_EDGE;
        events.new[i].line_seqno = number;
        events.new[i].seqno = 1000;
#endif
    }
    return events.bytes;
}

static void edges_are_decoded(void) {
    size_t size = GENERATION == 1 ? sizeof(struct gpioevent_data) : sizeof(struct gpio_v2_line_event);
    expect(cgpiod_event_size() == size, "the shim is of the generation that it is built against");
    expect(cgpiod_read_size() >= 16 * size, "a read takes all that the kernel's queue holds");
    const uint8_t *bytes = edges(1, 2);
    struct cgpiod_edge rise = cgpiod_decode_event(bytes), fall = cgpiod_decode_event(bytes + size);
    expect(rise.rising && !fall.rising, "rising and falling are told apart");
    expect(rise.nanoseconds == 5000000001 && fall.nanoseconds == 5000000002, "the time is that of the kernel");
}

static void lost_edges_are_noticed(void) {
    uint32_t last = 0;
    expect(!cgpiod_may_miss_edges(&last, edges(1, 0), 0), "no edge is missing among none");
    expect(!cgpiod_may_miss_edges(&last, edges(1, 1), 1), "no edge is missing before the first");
    expect(!cgpiod_may_miss_edges(&last, edges(2, 15), 15), "no edge is missing among fifteen");
#if GENERATION == 1
    expect(cgpiod_may_miss_edges(&last, edges(17, 16), 16), "an edge may be missing after a full queue");
    expect(cgpiod_may_miss_edges(&last, edges(33, 20), 20), "an edge may be missing after more than a full queue");
#else
    expect(!cgpiod_may_miss_edges(&last, edges(17, 40), 40), "no edge is missing among many");
    expect(cgpiod_may_miss_edges(&last, edges(58, 2), 2), "an edge is missing between two reads");
    expect(!cgpiod_may_miss_edges(&last, edges(60, 1), 1), "a loss is told once");
    uint32_t other = 0;
    expect(cgpiod_may_miss_edges(&other, edges(2, 1), 1), "an edge is missing before the first read");
    other = UINT32_MAX;
    expect(!cgpiod_may_miss_edges(&other, edges(0, 2), 2), "the numbers go on from 0 after the greatest");
#endif
}

int main(void) {
    opening_tells_what_is_wrong();
    edges_are_decoded();
    lost_edges_are_noticed();
    return failures == 0 ? 0 : 1;
}
