#define _GNU_SOURCE
#include "CHarness.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int64_t harness_answer(char *const *command, char *answer, size_t size) {
    extern char **environ;
    int ends[2];
    pid_t process;
    posix_spawn_file_actions_t files;
    if (pipe2(ends, O_CLOEXEC) != 0) return -1;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    int64_t start = harness_now(), line = -1;
    int failed = posix_spawnp(&process, command[0], &files, NULL, command, environ);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    size_t held = 0;
    while (failed == 0 && held + 1 < size) {
        ssize_t count = read(ends[0], answer + held, size - 1 - held);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        if (line < 0 && memchr(answer + held, '\n', (size_t)count)) line = harness_now() - start;
        held += (size_t)count;
    }
    answer[held] = 0;
    close(ends[0]);
    if (failed != 0) {
        errno = failed;
        return -1;
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {}
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? line : -1;
}
