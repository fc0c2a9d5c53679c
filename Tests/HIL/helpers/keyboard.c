// What a scanner does that poses as a keyboard: types digits, capital letters and Enter. keyboard /dev/hidgN TEXT

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ENTER = 0x28, LEFT_SHIFT = 0x02 };

// The usage of a key (HID Usage Tables, page 7), 0 for none.
static unsigned char usage_of(char character) {
    if (character >= 'A' && character <= 'Z') return (unsigned char)(0x04 + character - 'A');
    if (character >= '1' && character <= '9') return (unsigned char)(0x1E + character - '1');
    return character == '0' ? 0x27 : character == '\n' ? ENTER : 0;
}

// One report for the key going down and one for it coming up. A write waits until the host has fetched the one before.
static int type(int device, char character) {
    unsigned char down[8] = {0}, up[8] = {0};
    down[0] = character >= 'A' && character <= 'Z' ? LEFT_SHIFT : 0;
    down[2] = usage_of(character);
    int is_typed = write(device, down, sizeof down) == sizeof down && write(device, up, sizeof up) == sizeof up;
    // Scanners pause too, if not for so long: the kernel holds 64 events, one key is six, and the machine is slow.
    usleep(30000);
    return is_typed;
}

int main(int count, char **words) {
    if (count != 3) return 64;
    int device = open(words[1], O_WRONLY);
    for (const char *next = words[2]; *next; next++) {
        if (device < 0 || !type(device, *next)) {
            perror(words[1]);
            return 1;
        }
    }
    return type(device, '\n') ? 0 : 1;
}
