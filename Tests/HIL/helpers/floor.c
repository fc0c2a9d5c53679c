// The least that a program can do between exit buttons and locks, under the same kernel as the daemon: wait, drive, and give
// up the release 500 ms after the button is let go. floor CHIP FIRST-LOCK FIRST-BUTTON LANES

#include <fcntl.h>
#include <linux/gpio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { RELEASE_MS = 500 };
static int locks, buttons;
static long due[GPIO_V2_LINES_MAX];

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int request(int chip, unsigned first, unsigned lanes, unsigned long long flags) {
    struct gpio_v2_line_request request = {.consumer = "floor", .config.flags = flags, .num_lines = lanes};
    for (unsigned lane = 0; lane < lanes; lane++) request.offsets[lane] = first + lane;
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, &request) == 0) return request.fd;
    perror("floor");
    exit(1);
}

static void drive(unsigned lane, unsigned long long level) {
    struct gpio_v2_line_values values = {.bits = level << lane, .mask = 1ULL << lane};
    ioctl(locks, GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
}

int main(int count, char **words) {
    int chip = count == 5 ? open(words[1], O_RDWR) : -1;
    unsigned lanes = count == 5 ? (unsigned)atoi(words[4]) : 0, first = count == 5 ? (unsigned)atoi(words[3]) : 0;
    if (chip < 0 || lanes < 1 || lanes > GPIO_V2_LINES_MAX) return 64;
    locks = request(chip, (unsigned)atoi(words[2]), lanes, GPIO_V2_LINE_FLAG_OUTPUT);
    buttons = request(
        chip, first, lanes,
        GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING);
    for (;;) {
        long now = now_ms(), next = -1;
        for (unsigned lane = 0; lane < lanes; lane++) {
            if (due[lane] != 0 && due[lane] <= now) { drive(lane, 0); due[lane] = 0; }
            if (due[lane] != 0 && (next < 0 || due[lane] < next)) next = due[lane];
        }
        struct pollfd waiting = {.fd = buttons, .events = POLLIN};
        if (poll(&waiting, 1, next < 0 ? -1 : (int)(next - now)) <= 0) continue;
        struct gpio_v2_line_event edge;
        if (read(buttons, &edge, sizeof edge) != sizeof edge) return 1;
        if (edge.id == GPIO_V2_LINE_EVENT_RISING_EDGE) drive(edge.offset - first, 1);
        due[edge.offset - first] = edge.id == GPIO_V2_LINE_EVENT_RISING_EDGE ? 0 : now_ms() + RELEASE_MS;
    }
}
