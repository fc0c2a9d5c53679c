// Presses the exit buttons of the daemon and of the floor in turns, and says how long each took to drive its lock.
//
// presses LINES LANES: LINES is the folder of the simulated chip's lines. There are four times LANES of them: the daemon's
// locks, its buttons, the floor's locks, its buttons. The kernel's trace tells each output that goes up, with the time; its
// clock has to be `mono`. Prints a line for p50 and for p99. Exit status 3 if the daemon is too slow.
//
// The limits are times, not ratios. Built without optimisation the daemon works for milliseconds, which beside other work are
// cut into pieces where the floor's microseconds are not: its median was 11 times the floor's on a quiet machine, and 66 times
// (21 ms, p99 57 ms) beside four others on each core. Ten times that is no bad luck any more.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAEMON, FLOOR, ROUNDS = 10, PRESSES = 40, MOST_LANES = 64, PATIENCE_S = 60 };
enum { MOST_P50_US = 200000, MOST_P99_US = 1000000 };
static int trace, lanes, locks[2][MOST_LANES], buttons[2][MOST_LANES];
static double times[2][ROUNDS * PRESSES];

static int open_line(const char *folder, int line, const char *attribute, int mode) {
    char path[200];
    snprintf(path, sizeof path, "%s/sim_gpio%d/%s", folder, line, attribute);
    int file = open(path, mode);
    if (file >= 0) return file;
    perror(path);
    exit(1);
}

static char level(int lock) {
    char level = 0;
    return pread(lock, &level, 1, 0) == 1 ? level : 0;
}

static void pull(int button, const char *direction) {
    if (pwrite(button, direction, strlen(direction), 0) < 0) exit(1);
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

// When the kernel drove an output that it has not told of yet. Waits for it.
static double driven_us(void) {
    char said[4000], *end;
    ssize_t count = read(trace, said, sizeof said - 1);
    said[count > 0 ? count : 0] = 0;
    // `floor-87 [000] ..... 12.345678: gpio_value: 600 set 1`
    if ((end = strstr(said, ": gpio_value: ")) == NULL || strchr(said, '\n')[1] != 0) {
        printf("the trace says: %s\n", said);
        exit(1);
    }
    while (end > said && end[-1] != ' ') end--;
    return strtod(end, NULL) * 1e6;
}

// How long the press took, in microseconds.
static double press(int side, int lane) {
    // Ends the program, should anything below never come.
    alarm(PATIENCE_S);
    while (level(locks[side][lane]) != '0') usleep(2000);
    double start = now_us();
    pull(buttons[side][lane], "pull-up");
    double end = driven_us();
    // The trace tells it a moment before the driver does it, and another line's rise would never be this one's.
    while (level(locks[side][lane]) != '1') usleep(500);
    pull(buttons[side][lane], "pull-down");
    return end - start;
}

static int compare(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static double percentile(int side, int percent) { return times[side][ROUNDS * PRESSES * percent / 100]; }

static void report(int percent) {
    double daemon = percentile(DAEMON, percent), floor = percentile(FLOOR, percent);
    printf("p%d: daemon %.0f us, C floor %.0f us, ratio %.1f\n", percent, daemon, floor, daemon / floor);
}

int main(int count, char **words) {
    lanes = count == 3 ? atoi(words[2]) : 0;
    if (lanes < 1 || lanes > MOST_LANES) return 64;
    trace = open("/sys/kernel/tracing/trace_pipe", O_RDONLY);
    for (int side = 0; side < 2; side++) {
        for (int lane = 0; lane < lanes; lane++) {
            locks[side][lane] = open_line(words[1], side * 2 * lanes + lane, "value", O_RDONLY);
            buttons[side][lane] = open_line(words[1], side * 2 * lanes + lanes + lane, "pull", O_WRONLY);
        }
    }
    // Both run all the time and are measured in turns. The first round warms up.
    for (int round = -1; round < ROUNDS; round++) {
        for (int turn = 0; turn < 2; turn++) {
            int side = (round + 1 + turn) % 2;
            for (int number = 0; number < PRESSES; number++) {
                double time = press(side, number % lanes);
                if (round >= 0) times[side][round * PRESSES + number] = time;
                usleep(5000 + rand() % 4000);
            }
        }
    }
    for (int side = 0; side < 2; side++) qsort(times[side], ROUNDS * PRESSES, sizeof(double), compare);
    report(50);
    report(99);
    return percentile(DAEMON, 50) > MOST_P50_US || percentile(DAEMON, 99) > MOST_P99_US ? 3 : 0;
}
