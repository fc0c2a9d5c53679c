// Has a lane released again and again; notes on the disk, and prints, which releases the daemon has confirmed.
//
// witness SOCKET DISK OFFSET: the note is one block that is written past the file system, after the daemon's answer. In the
// order of what the disk was told, all that a confirmed release needs stands before it.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { BLOCK = 4096 };

// Whether the daemon says that the release is recorded.
static int release(const char *socket_path, long number) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char body[100], request[400], answer[2000];
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_path);
    snprintf(body, sizeof body, "{\"operator\":\"witness\",\"reason\":\"release %ld.\"}", number);
    snprintf(
        request, sizeof request,
        "POST /v1/lanes/door/release HTTP/1.1\r\nHost: gate\r\nConnection: close\r\nContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        strlen(body), body);
    int connection = socket(AF_UNIX, SOCK_STREAM, 0);
    size_t count = 0;
    if (connect(connection, (struct sockaddr *)&address, sizeof address) == 0 &&
        write(connection, request, strlen(request)) == (ssize_t)strlen(request)) {
        ssize_t got;
        while (count < sizeof answer - 1 && (got = read(connection, answer + count, sizeof answer - 1 - count)) > 0) {
            count += (size_t)got;
        }
    }
    close(connection);
    answer[count] = 0;
    return strncmp(answer, "HTTP/1.1 200", 12) == 0;
}

int main(int count, char **words) {
    char *block = NULL;
    int disk = count == 4 ? open(words[2], O_RDWR | O_DIRECT) : -1;
    if (disk < 0 || posix_memalign((void **)&block, BLOCK, BLOCK) != 0) return 64;
    for (long number = 1;; number++) {
        if (!release(words[1], number)) {
            printf("release %ld was not confirmed\n", number);
            return 1;
        }
        memset(block, 0, BLOCK);
        snprintf(block, BLOCK, "confirmed %ld\n", number);
        if (pwrite(disk, block, BLOCK, atol(words[3])) != BLOCK) {
            perror(words[2]);
            return 1;
        }
        printf("confirmed %ld\n", number);
        fflush(stdout);
    }
}
