// Another program that wants an input device for itself: grab /dev/input/eventN [SECONDS to keep it]
// Exit status 3 if somebody has it already.

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count < 2) return 64;
    int device = open(words[1], O_RDONLY);
    if (device < 0 || ioctl(device, EVIOCGRAB, 1) != 0) {
        int error = errno;
        perror(words[1]);
        return error == EBUSY ? 3 : 1;
    }
    printf("grabbed\n");
    fflush(stdout);
    if (count > 2) sleep((unsigned)atoi(words[2]));
    return 0;
}
