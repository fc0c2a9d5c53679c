// The floor under scan_to_relay and lane_egress: a terminal or a button, a line, a relay, and no check of anybody.
//
//     floor FOLDER COUNT     FOLDER/chip.sock, FOLDER/pty-0 and so on
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256, BUTTONS = 512, RELEASE_MS = 500, CHIP = MOST };
static int chip, terminals[MOST], held[MOST];
static long due[MOST];

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drive(int lane, int level) {
    char line[32];
    if (write(chip, line, snprintf(line, sizeof line, "set %d %d\n", lane, level)) < 0) exit(0);
}

static void received(int lane) {
    char bytes[512];
    ssize_t count = read(terminals[lane], bytes, sizeof bytes);
    for (ssize_t i = 0; i < count; i++) {
        if (bytes[i] != '\r') { held[lane]++; continue; }
        if (held[lane] > 0 && due[lane] == 0) drive(lane, 1);
        if (held[lane] > 0) due[lane] = now_ms() + RELEASE_MS;
        held[lane] = 0;
    }
}

// What the chip says: `level OFFSET LEVEL NS`, a line each.
static void told(void) {
    static char held[4096];
    static size_t length;
    ssize_t count = read(chip, held + length, sizeof held - 1 - length);
    if (count <= 0) exit(0);
    length += (size_t)count;
    held[length] = 0;
    char *line = held, *end;
    for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        int offset, level, lane;
        if (sscanf(line, "level %d %d", &offset, &level) != 2) continue;
        lane = offset - BUTTONS;
        if (lane < 0 || lane >= MOST) continue;
        if (level && due[lane] == 0) drive(lane, 1);
        if (level || due[lane] != 0) due[lane] = now_ms() + RELEASE_MS;
    }
    length -= (size_t)(line - held);
    memmove(held, line, length);
}

int main(int argc, char **argv) {
    int count = argc == 3 ? atoi(argv[2]) : 0, set = epoll_create1(0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (count < 1 || count > MOST) return 64;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/chip.sock", argv[1]);
    chip = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(chip, (struct sockaddr *)&address, sizeof address) != 0) return 1;
    struct epoll_event says = {.events = EPOLLIN, .data.u32 = CHIP};
    epoll_ctl(set, EPOLL_CTL_ADD, chip, &says);
    for (int lane = 0; lane < count; lane++) {
        char path[512];
        struct termios settings;
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = lane};
        snprintf(path, sizeof path, "%s/pty-%d", argv[1], lane);
        terminals[lane] = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
        if (tcgetattr(terminals[lane], &settings) != 0) return 1;
        cfmakeraw(&settings);
        tcsetattr(terminals[lane], TCSANOW, &settings);
        tcflush(terminals[lane], TCIOFLUSH);
        epoll_ctl(set, EPOLL_CTL_ADD, terminals[lane], &event);
        dprintf(chip, "output %d 0 lane\ninput %d button\n", lane, BUTTONS + lane);
    }
    for (;;) {
        struct epoll_event events[16];
        long now = now_ms(), next = -1;
        for (int lane = 0; lane < count; lane++) {
            if (due[lane] != 0 && due[lane] <= now) { drive(lane, 0); due[lane] = 0; }
            if (due[lane] != 0 && (next < 0 || due[lane] < next)) next = due[lane];
        }
        int ready = epoll_wait(set, events, 16, next < 0 ? -1 : (int)(next - now));
        for (int i = 0; i < ready; i++) {
            if (events[i].data.u32 == CHIP) told();
            else received(events[i].data.u32);
        }
    }
}
