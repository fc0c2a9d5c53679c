#define _GNU_SOURCE
#include "CHarness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// The exit button of lane N is line BUTTONS + N.
enum { MOST = 256, BUTTONS = 512 };

struct harness_lanes {
    int count, listener, client;
    int masters[MOST], slaves[MOST];
    int released[MOST];
    int64_t changed[MOST];
    size_t held;
    char line[512];
};

int64_t harness_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int open_terminal(harness_lanes *lanes, const char *folder, int lane) {
    char link[256], *device;
    struct termios settings;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    lanes->masters[lane] = master;
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0 || !(device = ptsname(master))) return -1;
    // Kept open, so that the terminal outlives the programs that are measured.
    int slave = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    lanes->slaves[lane] = slave;
    if (slave < 0 || tcgetattr(slave, &settings) != 0) return -1;
    cfmakeraw(&settings);
    if (tcsetattr(slave, TCSANOW, &settings) != 0) return -1;
    snprintf(link, sizeof link, "%s/pty-%d", folder, lane);
    unlink(link);
    return symlink(device, link);
}

harness_lanes *harness_lanes_open(const char *folder, int count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(folder) + sizeof "/chip.sock";
    if (count < 1 || count > MOST || length > sizeof address.sun_path) {
        errno = EINVAL;
        return NULL;
    }
    signal(SIGPIPE, SIG_IGN);
    harness_lanes *lanes = calloc(1, sizeof *lanes);
    lanes->count = count;
    lanes->client = lanes->listener = -1;
    for (int lane = 0; lane < MOST; lane++) lanes->masters[lane] = lanes->slaves[lane] = -1;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/chip.sock", folder);
    unlink(address.sun_path);
    lanes->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int failed = bind(lanes->listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(lanes->listener, 1) != 0;
    for (int lane = 0; lane < count && !failed; lane++) failed = open_terminal(lanes, folder, lane) != 0;
    if (!failed) return lanes;
    int reason = errno;
    harness_lanes_close(lanes);
    errno = reason;
    return NULL;
}

void harness_lanes_close(harness_lanes *lanes) {
    for (int lane = 0; lane < lanes->count; lane++) {
        if (lanes->masters[lane] >= 0) close(lanes->masters[lane]);
        if (lanes->slaves[lane] >= 0) close(lanes->slaves[lane]);
    }
    if (lanes->client >= 0) close(lanes->client);
    if (lanes->listener >= 0) close(lanes->listener);
    free(lanes);
}

// Tells the chip's client the level of a button.
static int button(harness_lanes *lanes, int lane, int level, int64_t at) {
    char line[64];
    int length = snprintf(line, sizeof line, "level %d %d %lld\n", BUTTONS + lane, level, (long long)at);
    return send(lanes->client, line, length, 0) == length ? 0 : -1;
}

static void told(harness_lanes *lanes, const char *line, int64_t at) {
    int lane, level, offset;
    if (sscanf(line, "input %d", &offset) == 1) {
        if (offset >= BUTTONS && offset < BUTTONS + lanes->count) button(lanes, offset - BUTTONS, 0, at);
        return;
    }
    if (sscanf(line, "set %d %d", &lane, &level) != 2 && sscanf(line, "output %d %d", &lane, &level) != 2) return;
    if (lane < 0 || lane >= lanes->count || lanes->released[lane] == level) return;
    lanes->released[lane] = level;
    lanes->changed[lane] = at;
}

// Takes in what the chip's client says, after waiting for it for at most `wait` nanoseconds.
static void pump(harness_lanes *lanes, int64_t wait) {
    if (wait > 0) {
        struct pollfd watched = {.fd = lanes->client < 0 ? lanes->listener : lanes->client, .events = POLLIN};
        struct timespec limit = {.tv_sec = wait / 1000000000, .tv_nsec = wait % 1000000000};
        ppoll(&watched, 1, &limit, NULL);
    }
    if (lanes->client < 0) {
        lanes->client = accept4(lanes->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        lanes->held = 0;
        return;
    }
    char bytes[4096];
    ssize_t count = recv(lanes->client, bytes, sizeof bytes, 0);
    int64_t at = harness_now();
    if (count == 0) {
        close(lanes->client);
        lanes->client = -1;
        // Nobody drives the locks any more.
        memset(lanes->released, 0, sizeof lanes->released);
    }
    for (ssize_t i = 0; i < count; i++) {
        int ends = bytes[i] == '\n';
        if (!ends && lanes->held < sizeof lanes->line - 1) lanes->line[lanes->held++] = bytes[i];
        if (!ends) continue;
        lanes->line[lanes->held] = 0;
        lanes->held = 0;
        told(lanes, lanes->line, at);
    }
}

void harness_pass(harness_lanes *lanes, int64_t nanoseconds) {
    int64_t until = harness_now() + nanoseconds, left;
    while ((left = until - harness_now()) > 0) pump(lanes, left);
}

static int wait_for(harness_lanes *lanes, int lane, int released, int64_t wait) {
    int64_t until = harness_now() + 5000000000LL;
    while (lanes->released[lane] != released) {
        if (harness_now() > until) return -1;
        if (wait == 0) sched_yield();
        pump(lanes, wait);
    }
    return 0;
}

int64_t harness_scan(harness_lanes *lanes, int lane, const char *text) {
    int master = lanes->masters[lane];
    if (wait_for(lanes, lane, 0, 100000000) != 0) return -1;
    if (write(master, text, strlen(text)) != (ssize_t)strlen(text)) return -1;
    // 2 ms: two bytes' time at 9600 bit/s. Whoever reads has read the beginning and sleeps again.
    harness_pass(lanes, 2000000);
    int64_t last_byte = harness_now();
    if (write(master, "\r", 1) != 1) return -1;
    // Spins, so that waking the harness is no part of what is measured; and yields, so that it never holds a core that
    // the other side was woken on.
    if (wait_for(lanes, lane, 1, 0) != 0) return -1;
    return lanes->changed[lane] - last_byte;
}

int64_t harness_press(harness_lanes *lanes, int lane) {
    if (wait_for(lanes, lane, 0, 100000000) != 0) return -1;
    int64_t pressed = harness_now();
    if (button(lanes, lane, 1, pressed) != 0 || wait_for(lanes, lane, 1, 0) != 0) return -1;
    int64_t time = lanes->changed[lane] - pressed;
    return button(lanes, lane, 0, harness_now()) == 0 ? time : -1;
}

int64_t harness_first_release(harness_lanes *lanes, int lane, const char *text, int64_t since, int patience_ms) {
    char line[256];
    // A CR before it ends what was cut off when the terminal was opened. A full terminal takes no more: then it is not
    // read yet.
    int length = snprintf(line, sizeof line, "\r%s\r", text);
    while (!lanes->released[lane]) {
        if (harness_now() - since > patience_ms * 1000000LL) return -1;
        if (write(lanes->masters[lane], line, length) < 0 && errno != EAGAIN) return -1;
        pump(lanes, 1000000);
    }
    return lanes->changed[lane] - since;
}

pid_t harness_start(const char *program, const char *first, const char *second, const char *log) {
    extern char **environ;
    char *arguments[] = {(char *)program, (char *)first, (char *)second, NULL};
    pid_t process;
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int failed = posix_spawn(&process, program, &files, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed == 0) return process;
    errno = failed;
    return -1;
}

int harness_stop(pid_t process) {
    int status = 0;
    kill(process, SIGTERM);
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
