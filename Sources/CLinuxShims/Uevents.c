#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

int CLinuxShims_open_uevents(void) {
    int descriptor = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (descriptor < 0) return -1;
    // Group 1 is the kernel's; 2 is udev's.
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

ssize_t CLinuxShims_receive_uevent(int descriptor, void *buffer, size_t capacity, bool *from_kernel) {
    struct sockaddr_nl sender = {0};
    socklen_t length = sizeof sender;
    ssize_t received =
        recvfrom(descriptor, buffer, capacity, MSG_TRUNC | MSG_DONTWAIT, (struct sockaddr *)&sender, &length);
    *from_kernel = received >= 0 && length == sizeof sender && sender.nl_family == AF_NETLINK && sender.nl_pid == 0;
    return received;
}
