// An ID-card reader on USB, in user space, on a port of the kernel's virtual host controller (vhci_hcd): vendor 0400, product
// c35a, header and body of a frame on pipes of their own (02 and 06 OUT, 81 and 85 IN).
//
// idreader CARD: a card lies on it while the file CARD exists, which holds the document number. Killing it unplugs it.
//
// Why not a gadget: dummy_hcd chooses the numbers of pipes itself.

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Messages of Linux's USB/IP (Documentation/usb/usbip_protocol.rst), numbers big-endian.
enum { CMD_SUBMIT = 1, CMD_UNLINK = 2, RET_SUBMIT = 3, RET_UNLINK = 4 };
enum { STALLED = -32, UNLINKED = -104 };

struct message {
    uint32_t command, sequence, device, direction, endpoint;
    union {
        struct {
            uint32_t flags, length, start, packets, interval;
            uint8_t setup[8];
        } submit;
        struct {
            uint32_t status, length, start, packets, errors;
            uint8_t padding[8];
        } answer;
        uint32_t unlinked;
    };
} __attribute__((packed));

static const uint8_t device_descriptor[18] = {18, 1, 0, 2, 0, 0, 0, 64, 0x00, 0x04, 0x5A, 0xC3, 0, 1, 1, 2, 3, 1};
static const uint8_t configuration[46] = {
    9, 2, 46, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 4, 0xFF, 0, 0, 0,
    7, 5, 0x02, 2, 64, 0, 0, 7, 5, 0x06, 2, 64, 0, 0, 7, 5, 0x81, 2, 64, 0, 0, 7, 5, 0x85, 2, 64, 0, 0};
static const char *const strings[] = {"", "Example", "ID Reader", "0001"};

// What the host wants to read from a pipe, and what there is for it.
struct pipe {
    uint32_t waiting[16], lengths[16];
    int wanted;
    uint8_t bytes[2048];
    int count;
};

static int host;
static struct pipe headers = {.count = 0}, bodies = {.count = 0};
static const char *card;
static enum { NONE, FOUND, SELECTED, READ } progress;

// The host is gone when it closes the connection, and so is this program.
static void take(void *bytes, size_t count) {
    for (uint8_t *next = bytes; count > 0;) {
        ssize_t taken = read(host, next, count);
        if (taken <= 0) _exit(0);
        next += taken;
        count -= (size_t)taken;
    }
}

static void give(const void *bytes, size_t count) {
    if (count > 0 && write(host, bytes, count) != (ssize_t)count) _exit(0);
}

static void answer(uint32_t sequence, int status, const void *bytes, uint32_t count, int is_input) {
    struct message message = {.command = htonl(RET_SUBMIT), .sequence = sequence};
    message.answer.status = htonl((uint32_t)status);
    message.answer.length = htonl(count);
    message.answer.packets = htonl(0xFFFFFFFF);
    give(&message, sizeof message);
    if (is_input) give(bytes, count);
}

static void deliver(struct pipe *pipe) {
    while (pipe->wanted > 0 && pipe->count > 0) {
        uint32_t count = pipe->lengths[0] < (uint32_t)pipe->count ? pipe->lengths[0] : (uint32_t)pipe->count;
        answer(pipe->waiting[0], 0, pipe->bytes, count, 1);
        pipe->count -= (int)count;
        memmove(pipe->bytes, pipe->bytes + count, (size_t)pipe->count);
        pipe->wanted--;
        memmove(pipe->waiting, pipe->waiting + 1, sizeof pipe->waiting - sizeof *pipe->waiting);
        memmove(pipe->lengths, pipe->lengths + 1, sizeof pipe->lengths - sizeof *pipe->lengths);
    }
}

// MARK: What the reader says

static void reply(uint8_t status, const uint8_t *data, int count) {
    uint8_t header[7] = {0xAA, 0xAA, 0xAA, 0x96, 0x69, (uint8_t)((count + 4) >> 8), (uint8_t)(count + 4)};
    uint8_t check = header[5] ^ header[6] ^ status;
    for (int index = 0; index < count; index++) check ^= data[index];
    memcpy(headers.bytes, header, sizeof header);
    headers.count = sizeof header;
    memcpy(bodies.bytes, (uint8_t[]){0, 0, status}, 3);
    memcpy(bodies.bytes + 3, data, (size_t)count);
    bodies.bytes[3 + count] = check;
    bodies.count = count + 4;
    deliver(&headers);
    deliver(&bodies);
}

// Text of 256 bytes, UTF-16 with the low byte first, and a photo of zeros.
static void reply_document(const char *number) {
    static uint8_t data[4 + 256 + 1024] = {1, 0, 4, 0};
    const struct { int at; const char *text; } fields[] = {
        {15, "101"}, {18, "19000101"}, {61, number}, {94, "20200101"}, {102, "20400101"}};
    uint8_t *text = data + 4;
    for (int index = 0; index < 128; index++) text[2 * index] = ' ';
    for (size_t field = 0; field < sizeof fields / sizeof *fields; field++) {
        for (int index = 0; fields[field].text[index]; index++) {
            text[2 * (fields[field].at + index)] = (uint8_t)fields[field].text[index];
        }
    }
    reply(0x90, data, sizeof data);
}

// The number on the card that lies there; 0 if none does. Another card is noticed, even if nobody asked while there was none.
static int read_card(char number[19]) {
    static char last[19];
    int file = open(card, O_RDONLY);
    ssize_t count = file < 0 ? 0 : read(file, number, 18);
    if (file >= 0) close(file);
    number[count == 18 ? 18 : 0] = 0;
    if (strcmp(number, last) != 0) progress = NONE;
    strcpy(last, number);
    return count == 18;
}

// The body of a request: command, parameter, check.
static void request(const uint8_t *body) {
    static const uint8_t zeros[8];
    char number[19];
    int is_there = read_card(number);
    switch (body[0] << 8 | body[1]) {
    case 0x2001:
        // A card that was read is not found again until it has left.
        if (!is_there || progress == READ) return reply(0x80, zeros, 0);
        progress = FOUND;
        return reply(0x9F, zeros, 4);
    case 0x2002:
        if (progress != FOUND) return reply(0x81, zeros, 0);
        progress = SELECTED;
        return reply(0x90, zeros, 8);
    case 0x3001:
        if (progress != SELECTED) return reply(0x41, zeros, 0);
        progress = READ;
        return reply_document(number);
    case 0x3003: return reply(progress == READ ? 0x91 : 0x41, zeros, 0);
    case 0x10FF:
    case 0x11FF: return reply(0x90, zeros, 0);
    default: return reply(0x21, zeros, 0);
    }
}

// MARK: What the host asks

static void control(uint32_t sequence, const uint8_t setup[8], int is_input, uint32_t length) {
    uint8_t string[64];
    const uint8_t *bytes = string;
    uint32_t count = 0;
    if (setup[0] == 0x80 && setup[1] == 6) {
        switch (setup[3]) {
        case 1: bytes = device_descriptor, count = sizeof device_descriptor; break;
        case 2: bytes = configuration, count = sizeof configuration; break;
        case 3:
            if (setup[2] == 0) {
                memcpy(string, "\4\3\11\4", count = 4);
            } else if (setup[2] < 4) {
                count = (uint32_t)(2 + 2 * strlen(strings[setup[2]]));
                memcpy(string, (uint8_t[]){(uint8_t)count, 3}, 2);
                for (uint32_t index = 2; index < count; index++) {
                    string[index] = index % 2 == 0 ? (uint8_t)strings[setup[2]][index / 2 - 1] : 0;
                }
            }
        }
        if (count == 0) return answer(sequence, STALLED, NULL, 0, is_input);
    } else if (setup[0] == 0x80 && setup[1] == 0) {
        memset(string, 0, count = 2);
    } else if (is_input) {
        return answer(sequence, STALLED, NULL, 0, is_input);
    }
    if (!is_input) return answer(sequence, 0, NULL, length, 0);
    uint32_t most = (uint32_t)(setup[6] | setup[7] << 8);
    answer(sequence, 0, bytes, count < most ? count : most, 1);
}

static void unlink_request(uint32_t sequence, uint32_t unlinked) {
    int status = 0;
    struct pipe *pipes[] = {&headers, &bodies};
    for (int index = 0; index < 2; index++) {
        for (int place = 0; place < pipes[index]->wanted; place++) {
            if (pipes[index]->waiting[place] != unlinked) continue;
            // Nothing else is asked of the pipe by one who gives up: its other requests follow.
            pipes[index]->waiting[place] = pipes[index]->waiting[pipes[index]->wanted - 1];
            pipes[index]->lengths[place] = pipes[index]->lengths[pipes[index]->wanted - 1];
            pipes[index]->wanted--;
            status = UNLINKED;
        }
    }
    struct message message = {.command = htonl(RET_UNLINK), .sequence = sequence};
    message.answer.status = htonl((uint32_t)status);
    give(&message, sizeof message);
}

static void serve(void) {
    struct message message;
    uint8_t bytes[4096];
    take(&message, sizeof message);
    if (ntohl(message.command) == CMD_UNLINK) return unlink_request(message.sequence, message.unlinked);
    int is_input = ntohl(message.direction) == 1;
    uint32_t length = ntohl(message.submit.length);
    if (!is_input && length > sizeof bytes) _exit(1);
    if (!is_input) take(bytes, length);
    switch (ntohl(message.endpoint)) {
    case 0: return control(message.sequence, message.submit.setup, is_input, length);
    case 2: return answer(message.sequence, 0, NULL, length, 0);
    case 6:
        answer(message.sequence, 0, NULL, length, 0);
        if (length >= 3) request(bytes);
        return;
    default: {
        struct pipe *pipe = ntohl(message.endpoint) == 1 ? &headers : &bodies;
        if (pipe->wanted == 16) _exit(1);
        pipe->waiting[pipe->wanted] = message.sequence;
        pipe->lengths[pipe->wanted++] = length;
        deliver(pipe);
    }
    }
}

// The port is free again a moment after its last device went.
static int attach(int device) {
    for (int attempt = 0; attempt < 100; attempt++) {
        FILE *file = fopen("/sys/devices/platform/vhci_hcd.0/attach", "w");
        if (file == NULL) return 0;
        // Port 0, the socket, a number for the device, full speed.
        int is_written = fprintf(file, "0 %d 65538 2", device) > 0;
        if (fclose(file) == 0 && is_written) return 1;
        usleep(50000);
    }
    return 0;
}

int main(int count, char **words) {
    int ends[2];
    if (count != 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 64;
    card = words[1];
    if (!attach(ends[1])) {
        perror("vhci_hcd");
        return 1;
    }
    close(ends[1]);
    host = ends[0];
    for (;;) serve();
}
