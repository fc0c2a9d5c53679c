// What a Wiegand reader does with a card of 26 bits: wiegand DATA0 DATA1 NUMBER-IN-HEXADECIMAL [BITS]
// DATA0 and DATA1 are the `pull` files of two lines of gpio-sim, which rest at the high level. With BITS the message is cut
// after so many. Exit status 3 if the machine stood still in the middle, for longer than a message may pause.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_PAUSE_MS = 50, REST_US = 200000 };

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int pulse(int line) {
    int is_done = pwrite(line, "pull-down", 9, 0) == 9;
    usleep(100);
    return pwrite(line, "pull-up", 7, 0) == 7 && is_done;
}

int main(int count, char **words) {
    if (count < 4) return 64;
    int lines[2] = {open(words[1], O_WRONLY), open(words[2], O_WRONLY)};
    unsigned long number = strtoul(words[3], NULL, 16) & 0xFFFFFF;
    // Even parity over the first half stands before the number, odd parity over the second half behind it.
    unsigned long before = (unsigned long)__builtin_parityl(number >> 12);
    unsigned long behind = (unsigned long)!__builtin_parityl(number & 0xFFF);
    unsigned long message = before << 25 | number << 1 | behind;
    int last = count > 4 ? 26 - atoi(words[4]) : 0, is_late = 0;
    long previous = now_ms();
    for (int bit = 25; bit >= last; bit--) {
        long start = now_ms();
        if (!pulse(lines[message >> bit & 1])) {
            perror("wiegand");
            return 1;
        }
        // From before the last pulse to after this one, so that no pause between two edges is missed.
        is_late |= now_ms() - previous > LONGEST_PAUSE_MS;
        previous = start;
        usleep(1500);
    }
    // What the gate has of a message that was late is over before the next begins.
    if (is_late) usleep(REST_US);
    return is_late ? 3 : 0;
}
