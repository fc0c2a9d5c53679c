// Prints the frequency of this machine's time stamp counter in kHz. Runs outside the virtual machine, whose counter it is, too.

#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct moment {
    unsigned long long ticks, ns;
};

// Of many readings of both clocks, the one that was interrupted least.
static struct moment now(void) {
    struct moment best = {0, 0};
    unsigned long long shortest = ~0ULL;
    for (int attempt = 0; attempt < 1000; attempt++) {
        struct timespec time;
        unsigned long long before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &time);
        unsigned long long length = __rdtsc() - before;
        if (length >= shortest) continue;
        shortest = length;
        best = (struct moment){before + length / 2, time.tv_sec * 1000000000ULL + time.tv_nsec};
    }
    return best;
}

int main(void) {
    struct moment start = now();
    usleep(200000);
    struct moment end = now();
    printf("%llu\n", (end.ticks - start.ticks) * 1000000 / (end.ns - start.ns));
}
