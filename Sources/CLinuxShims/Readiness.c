#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <errno.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int CLinuxShims_open_counter(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

int CLinuxShims_poll_open(unsigned long *context) {
    *context = 0;
    return (int)syscall(SYS_io_setup, 1, context);
}

int CLinuxShims_poll_arm(unsigned long context, int descriptor, int counter) {
    // The context holds one request: make room by taking the last one's result.
    struct io_event done;
    syscall(SYS_io_getevents, context, 0, 1, &done, NULL);
    struct iocb request = {
        .aio_lio_opcode = IOCB_CMD_POLL,
        .aio_fildes = (unsigned)descriptor,
        .aio_buf = POLLIN,
        .aio_flags = IOCB_FLAG_RESFD,
        .aio_resfd = (unsigned)counter,
    };
    struct iocb *requests[] = {&request};
    return syscall(SYS_io_submit, context, 1, requests) == 1 ? 0 : -1;
}

int CLinuxShims_poll_close(unsigned long context) { return (int)syscall(SYS_io_destroy, context); }
