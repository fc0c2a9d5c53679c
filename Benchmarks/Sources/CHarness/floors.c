#include "CHarness.h"

#include <string.h>

// What is measured has to be done again in each round, and its result to be used.
static void use(unsigned value) { __asm__ volatile("" : : "r"(value) : "memory"); }

int64_t harness_xor(const uint8_t *bytes, size_t count, size_t rounds) {
    int64_t start = harness_cpu();
    for (size_t round = 0; round < rounds; round++) {
        uint8_t sum = 0;
        for (size_t i = 0; i < count; i++) sum ^= bytes[i];
        use(sum);
    }
    return harness_cpu() - start;
}

int64_t harness_crc(const uint8_t *bytes, size_t count, size_t rounds) {
    int64_t start = harness_cpu();
    for (size_t round = 0; round < rounds; round++) {
        uint16_t crc = 0x1D0F;
        for (size_t i = 0; i < count; i++) {
            uint16_t mixed = (uint16_t)(bytes[i] ^ crc >> 8);
            mixed ^= mixed >> 4;
            crc = (uint16_t)(crc << 8 ^ mixed << 12 ^ mixed << 5 ^ mixed);
        }
        use(crc);
    }
    return harness_cpu() - start;
}

int64_t harness_lines(const uint8_t *bytes, size_t count, size_t rounds) {
    static char line[4096];
    int64_t start = harness_cpu();
    for (size_t round = 0; round < rounds; round++) {
        for (size_t next = 0; next < count;) {
            const uint8_t *end = memchr(bytes + next, '\r', count - next);
            if (end == NULL) break;
            size_t length = (size_t)(end - bytes) - next;
            if (length > sizeof line) length = sizeof line;
            memcpy(line, bytes + next, length);
            use((unsigned)length);
            memset(line, 0, length);
            next = (size_t)(end - bytes) + 1;
        }
        use(0);
    }
    return harness_cpu() - start;
}
