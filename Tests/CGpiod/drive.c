// What the shim over libgpiod does on a chip of gpio-sim: drive CHECK CHIP-NAME. `scripts/build-gpiod-test` builds it
// against each generation of the library, with GENERATION saying which one it has to be. Tests/HIL/guest/gpiod.sh makes the
// chip and whatever else is there, and runs it.

#include "CGpiod.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The chip's lines; the one with the greatest number has a name.
enum { LOCK, OTHER_LOCK, BUTTON, RELAY = 7, LINES };

static int failures;
static const char *chip_name;
static struct cgpiod_chip *chip;

static void expect(bool holds, const char *claim) {
    if (holds) return;
    printf("not true: %s\n", claim);
    failures++;
}

// What is needed to go on.
static void *need(void *thing, const char *what) {
    if (thing != NULL) return thing;
    printf("no %s: %s\n", what, strerror(errno));
    exit(1);
}

static struct cgpiod_line *output(unsigned int line, bool active_low, bool initial) {
    return need(cgpiod_request_output(chip, line, active_low, initial, "drive"), "output");
}

static struct cgpiod_line *input(unsigned int line, bool active_low, enum cgpiod_bias bias) {
    return need(cgpiod_request_input(chip, line, active_low, bias, CGPIOD_EDGES_BOTH, "drive"), "input");
}

static struct cgpiod_line *try_input(unsigned int line) {
    return cgpiod_request_input(chip, line, false, CGPIOD_BIAS_AS_IS, CGPIOD_EDGES_BOTH, "drive");
}

static bool fails(const void *result, int error) { return result == NULL && errno == error; }

// --- The world at the chip

static FILE *attribute(int line, const char *name, const char *mode) {
    char path[100];
    snprintf(path, sizeof path, "/run/lines/sim_gpio%d/%s", line, name);
    return need(fopen(path, mode), path);
}

// The level on the wire.
static int wire(int line) {
    FILE *file = attribute(line, "value", "r");
    int level = fgetc(file) - '0';
    fclose(file);
    return level;
}

static void pull(int line, bool up) {
    FILE *file = attribute(line, "pull", "w");
    fputs(up ? "pull-up" : "pull-down", file);
    fclose(file);
}

// The levels to which the kernel drove outputs since it was asked last, such as "10". It traces them.
static const char *driven(void) {
    static char levels[20], text[300];
    size_t count = 0;
    FILE *trace = need(fopen("/sys/kernel/tracing/trace", "r"), "trace");
    while (fgets(text, sizeof text, trace) != NULL) {
        // `drive-87 [000] ..... 12.345678: gpio_value: 600 set 1`
        const char *level = strstr(text, ": gpio_value: ") != NULL ? strstr(text, " set ") : NULL;
        if (level != NULL && count < sizeof levels - 1) levels[count++] = level[5];
    }
    levels[count] = 0;
    fclose(trace);
    // This empties it.
    fclose(need(fopen("/sys/kernel/tracing/trace", "w"), "trace"));
    return levels;
}

static bool drove(const char *levels) { return strcmp(driven(), levels) == 0; }

static bool is_shown(const char *consumer) {
    char command[100];
    snprintf(command, sizeof command, "gpioinfo %s | grep -q '\"%s\".*used'", chip_name, consumer);
    return system(command) == 0;
}

// What another process gets that asks for the line: 0 or an error.
static int error_of_another(unsigned int line) {
    fflush(stdout);
    pid_t other = fork();
    if (other == 0) {
        chip = need(cgpiod_open(chip_name), "chip");
        struct cgpiod_line *read =
            cgpiod_request_input(chip, line, false, CGPIOD_BIAS_AS_IS, CGPIOD_EDGES_BOTH, "another");
        int error = read == NULL ? errno : 0;
        if (read != NULL) cgpiod_release(read);
        struct cgpiod_line *driven = cgpiod_request_output(chip, line, false, false, "another");
        _exit((driven == NULL ? errno : 0) == error ? error : 255);
    }
    int status;
    return waitpid(other, &status, 0) == other && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// --- Edges

enum { MOST_EVENTS = 256 };
static uint8_t events[MOST_EVENTS * 64];

// Reads once, as many events as there are up to the shim's own measure. Waits a minute for the first, as all tests do.
static size_t read_events(struct cgpiod_line *line) {
    struct pollfd waiting = {.fd = cgpiod_event_fd(line), .events = POLLIN};
    if (poll(&waiting, 1, 60000) != 1) need(NULL, "edge");
    ssize_t bytes = read(waiting.fd, events, cgpiod_read_size());
    if (bytes < 0) need(NULL, "events");
    expect((size_t)bytes % cgpiod_event_size() == 0, "a read gives whole events");
    return (size_t)bytes / cgpiod_event_size();
}

static bool has_events(struct cgpiod_line *line) {
    struct pollfd waiting = {.fd = cgpiod_event_fd(line), .events = POLLIN};
    return poll(&waiting, 1, 0) != 0;
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Moves the button's line, which is low at first, to its other level, so many times. The kernel's own thread sees each edge
// before the next.
static void move(size_t times) {
    static bool up;
    for (size_t i = 0; i < times; i++) {
        up = !up;
        pull(BUTTON, up);
        usleep(500);
    }
}

// --- Checks

static void opening(void) {
    char path[100];
    snprintf(path, sizeof path, "/dev/%s", chip_name);
    const char *ways[] = {path, chip_name, "/dev/gate-io", "gate-io", "gpiochip-by-link"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct cgpiod_chip *found = need(cgpiod_open(ways[i]), ways[i]);
        // The other chip has this name, too, for another line.
        expect(cgpiod_find_line(found, "RELAY") == RELAY, ways[i]);
        cgpiod_close(found);
    }
    expect(fails(cgpiod_open("gate"), ENOENT), "half a label is none");
}

static void twins(void) {
    expect(fails(cgpiod_open("gate-io"), ENOTUNIQ), "a label of two chips opens neither");
    expect(cgpiod_open("/dev/gate-io") != NULL, "the path opens the chip");
}

static void names(void) {
    expect(cgpiod_find_line(chip, "RELAY") == RELAY, "a name is found");
    const char *others[] = {"RELA", "relay", "RELAY2", ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        errno = 0;
        if (cgpiod_find_line(chip, others[i]) == -1 && errno == ENOENT) continue;
        printf("the name '%s' is found, or: %s\n", others[i], strerror(errno));
        failures++;
    }
}

static void outputs(void) {
    for (int active_low = 0; active_low < 2; active_low++) {
        for (int initial = 0; initial < 2; initial++) {
            // What it would be without the first value.
            bool level = initial != active_low;
            pull(LOCK, !level);
            driven();
            struct cgpiod_line *lock = output(LOCK, active_low, initial);
            expect(wire(LOCK) == level, "the level is the first value's");
            expect(drove(level ? "1" : "0"), "it was never another");
            expect(cgpiod_set(lock, !initial) == 0 && wire(LOCK) == !level, "the other value is the other level");
            expect(cgpiod_set(lock, initial) == 0 && wire(LOCK) == level, "the first value can be set again");
            expect(drove(level ? "01" : "10"), "no other level was driven");
            cgpiod_release(lock);
        }
    }
}

static void consumers(void) {
    struct cgpiod_line *lock =
        need(cgpiod_request_output(chip, LOCK, false, false, "north door, lock of the strike"), "output");
    const char *long_name = "a name that is longer than it may be";
    struct cgpiod_line *button = need(
        cgpiod_request_input(chip, BUTTON, false, CGPIOD_BIAS_AS_IS, CGPIOD_EDGES_BOTH, long_name), "input");
    expect(is_shown("north door, lock of the strike"), "the output's consumer is shown");
    expect(is_shown("a name that is longer than it m"), "so is the beginning of a long one");
    cgpiod_release(lock);
    cgpiod_release(button);
}

static void levels(void) {
    for (int active_low = 0; active_low < 2; active_low++) {
        for (int up = 0; up < 2; up++) {
            pull(BUTTON, up);
            struct cgpiod_line *button = input(BUTTON, active_low, CGPIOD_BIAS_AS_IS);
            expect(cgpiod_get(button) == (up != active_low), "the level is read at once");
            expect(!has_events(button), "it is no edge");
            pull(BUTTON, !up);
            expect(cgpiod_get(button) == (up == active_low), "the next level is read");
            cgpiod_release(button);
        }
    }
}

// gpio-sim takes a pull for the world's hand on the line, and the kernel forgives it that it cannot do without any.
static void biases(void) {
    for (int up = 0; up < 2; up++) {
        enum cgpiod_bias none[] = {CGPIOD_BIAS_AS_IS, CGPIOD_BIAS_NONE};
        for (int i = 0; i < 2; i++) {
            pull(BUTTON, up);
            struct cgpiod_line *button = input(BUTTON, false, none[i]);
            expect(wire(BUTTON) == up && cgpiod_get(button) == up, "without a bias the line is where the world has it");
            cgpiod_release(button);
        }
        for (int active_low = 0; active_low < 2; active_low++) {
            pull(BUTTON, !up);
            struct cgpiod_line *button =
                input(BUTTON, active_low, up ? CGPIOD_BIAS_PULL_UP : CGPIOD_BIAS_PULL_DOWN);
            expect(wire(BUTTON) == up, "the bias moves the line");
            expect(cgpiod_get(button) == (up != active_low), "the value is that of the bias");
            cgpiod_release(button);
        }
    }
}

static void edges(void) {
    for (int active_low = 0; active_low < 2; active_low++) {
        struct cgpiod_line *button = input(BUTTON, active_low, CGPIOD_BIAS_AS_IS);
        uint32_t last = 0;
        for (int number = 0; number < 6; number++) {
            bool up = number % 2 == 0;
            uint64_t before = now();
            pull(BUTTON, up);
            size_t count = read_events(button);
            uint64_t after = now();
            struct cgpiod_edge edge = cgpiod_decode_event(events);
            expect(count == 1, "each edge is told once");
            expect(!cgpiod_may_miss_edges(&last, events, count), "none is missing");
            expect(edge.rising == (up != active_low), "its direction is the value's");
            expect(before < edge.nanoseconds && edge.nanoseconds < after, "its time is that of CLOCK_MONOTONIC");
            expect(cgpiod_get(button) == edge.rising, "the level is that after the edge");
        }
        cgpiod_release(button);
    }
}

// As a Wiegand reader's data line: rests at one level, and each pulse is told once, at its beginning.
static void pulses(void) {
    for (int active_low = 0; active_low < 2; active_low++) {
        pull(BUTTON, active_low);
        struct cgpiod_line *data = need(
            cgpiod_request_input(chip, BUTTON, active_low, CGPIOD_BIAS_AS_IS, CGPIOD_EDGES_ACTIVATION, "drive"), "input");
        uint32_t last = 0;
        for (int number = 0; number < 3; number++) {
            uint64_t before = now();
            pull(BUTTON, !active_low);
            expect(cgpiod_get(data) == 1, "the level of the pulse can be read");
            uint64_t after = now();
            pull(BUTTON, active_low);
            usleep(500);
            size_t count = read_events(data);
            struct cgpiod_edge edge = cgpiod_decode_event(events);
            expect(count == 1 && edge.rising, "a pulse is one edge, that of its beginning");
            expect(before < edge.nanoseconds && edge.nanoseconds < after, "its time is the beginning's");
            expect(!cgpiod_may_miss_edges(&last, events, count), "none is missing");
        }
        expect(!has_events(data) && cgpiod_get(data) == 0, "the end is no edge");
        cgpiod_release(data);
    }
    pull(BUTTON, false);
}

static void losses(void) {
    size_t queue = cgpiod_read_size() / cgpiod_event_size();
    expect(queue == (GENERATION == 1 ? 16 : 128), "the queue is that of the library that this is built against");
    struct cgpiod_line *button = input(BUTTON, false, CGPIOD_BIAS_AS_IS);
    uint32_t last = 0;
    move(queue - 1);
    expect(read_events(button) == queue - 1, "the queue holds what is told");
    expect(!cgpiod_may_miss_edges(&last, events, queue - 1), "none is missing before the queue was full");
    expect(cgpiod_get(button) == 1, "the level is that after the last edge");

    // Many more, and the line ends low: its last move is the even one.
    move(2 * queue + 5);
    size_t count = read_events(button);
    expect(count == queue, "one read empties the queue");
    expect(!has_events(button), "and nothing is behind it");
    expect(cgpiod_may_miss_edges(&last, events, count), "edges that the queue did not hold are noticed");
    expect(cgpiod_get(button) == 0 && wire(BUTTON) == 0, "the level that is read then is the line's");

    move(1);
    count = read_events(button);
    expect(count == 1 && cgpiod_decode_event(events).rising, "the next edge is told");
    expect(!cgpiod_may_miss_edges(&last, events, count), "none is missing any more");
    cgpiod_release(button);
}

static void held(void) {
    struct cgpiod_line *lock = output(LOCK, false, true), *button = input(BUTTON, false, CGPIOD_BIAS_AS_IS);
    expect(error_of_another(LOCK) == EBUSY, "an output that is held is busy");
    expect(error_of_another(BUTTON) == EBUSY, "so is an input");
    expect(wire(LOCK) == 1, "the output is what its holder drives");
    cgpiod_release(lock);
    cgpiod_release(button);
    expect(error_of_another(LOCK) == 0 && error_of_another(BUTTON) == 0, "another process takes them when they are free");
    // Who was refused takes it later, by the same chip.
    int free_it[2], is_held[2];
    char byte = 0;
    if (pipe(free_it) != 0 || pipe(is_held) != 0) need(NULL, "pipe");
    if (fork() == 0) {
        close(free_it[1]);
        chip = need(cgpiod_open(chip_name), "chip");
        lock = output(LOCK, false, true);
        if (write(is_held[1], &byte, 1) != 1 || read(free_it[0], &byte, 1) != 1) _exit(1);
        _exit(0);
    }
    if (read(is_held[0], &byte, 1) != 1) need(NULL, "holder");
    expect(fails(cgpiod_request_output(chip, LOCK, false, false, "drive"), EBUSY), "it is busy for this one, too");
    if (write(free_it[1], &byte, 1) != 1 || wait(NULL) < 0) need(NULL, "end of the holder");
    expect(wire(LOCK) == 0, "the end of a process gives its lines back");
    lock = output(LOCK, false, true);
    expect(wire(LOCK) == 1, "it is taken when it is free");
    cgpiod_release(lock);
}

static void beyond(void) {
    unsigned int lines[] = {LINES, LINES + 1, 64, 4000000000};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        expect(fails(cgpiod_request_output(chip, lines[i], false, false, "drive"), ENOENT), "there is no such output");
        expect(fails(try_input(lines[i]), ENOENT), "there is no such input");
    }
    cgpiod_release(output(LINES - 1, false, false));
}

static void releases(void) {
    struct cgpiod_line *lock = output(LOCK, false, true), *other = output(OTHER_LOCK, false, true);
    struct cgpiod_line *button = input(BUTTON, false, CGPIOD_BIAS_AS_IS);
    cgpiod_release(lock);
    expect(wire(LOCK) == 0, "the line that is given back drops to its pull");
    expect(wire(OTHER_LOCK) == 1, "the others stay");
    expect(cgpiod_set(other, false) == 0 && wire(OTHER_LOCK) == 0, "and are driven");
    move(1);
    expect(read_events(button) == 1, "and watched");
    cgpiod_release(button);
    // The same lines again, the other way round.
    lock = input(LOCK, true, CGPIOD_BIAS_AS_IS);
    button = output(BUTTON, true, true);
    expect(cgpiod_get(lock) == 1, "an output becomes an input");
    expect(wire(BUTTON) == 0, "an input becomes an output");
    cgpiod_release(lock);
    cgpiod_release(other);
    cgpiod_release(button);
    expect(!is_shown("drive"), "no line is in use any more");
}

static void gone(void) {
    struct cgpiod_line *lock = output(LOCK, false, false), *button = input(BUTTON, false, CGPIOD_BIAS_AS_IS);
    FILE *live = need(fopen("/sys/kernel/config/gpio-sim/board/live", "w"), "chip to take away");
    fputs("0", live);
    expect(fclose(live) == 0, "the chip is taken away");
    errno = 0;
    expect(cgpiod_get(button) == -1 && errno == ENODEV, "an input has no level any more");
    errno = 0;
    expect(cgpiod_set(lock, true) == -1 && errno == ENODEV, "an output cannot be driven any more");
    expect(fails(try_input(OTHER_LOCK), ENODEV), "nor taken");
    expect(fails(cgpiod_open("gate-io"), ENOENT), "there is no chip of this label");
    cgpiod_release(lock);
    cgpiod_release(button);
}

int main(int count, char **words) {
    static const struct {
        const char *word;
        void (*check)(void);
    } checks[] = {
        {"opening", opening}, {"twins", twins}, {"names", names}, {"outputs", outputs}, {"consumers", consumers},
        {"levels", levels}, {"biases", biases}, {"edges", edges}, {"pulses", pulses}, {"losses", losses},
        {"held", held}, {"beyond", beyond}, {"releases", releases}, {"gone", gone},
    };
    if (count != 3) return 64;
    chip_name = words[2];
    // Ends the program, should anything below never come.
    alarm(120);
    chip = need(cgpiod_open(chip_name), "chip");
    for (int line = 0; line < LINES; line++) pull(line, false);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (strcmp(words[1], checks[i].word) != 0) continue;
        checks[i].check();
        cgpiod_close(chip);
        return failures == 0 ? 0 : 1;
    }
    return 64;
}
