#ifndef C_LINUX_SHIMS_H
#define C_LINUX_SHIMS_H

// What Swift cannot import: variadic calls (ioctl), function-like macros, and declarations that glibc hides without
// _GNU_SOURCE. Every function takes and returns plain numbers, or bytes. On failure: -1 and errno.

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

// Makes a terminal pass bytes unchanged: raw, 8N1, modem lines ignored, no flow control, VMIN 1, VTIME 0, both
// directions at `speed` (a B… constant).
int CLinuxShims_make_raw(int descriptor, speed_t speed);

// Lets no other unprivileged process open the terminal (TIOCEXCL).
int CLinuxShims_make_exclusive(int descriptor);

// Whether the descriptor is the slave side of a pseudo-terminal.
bool CLinuxShims_is_pseudoterminal(int descriptor);

// The master of a new pseudo-terminal, unlocked, non-blocking, closed on exec.
int CLinuxShims_open_pseudoterminal(void);

// The slave of a master, opened without becoming the controlling terminal.
int CLinuxShims_open_slave(int master);

// N of the slave's path /dev/pts/N.
int CLinuxShims_slave_number(int master);

// Writes the report descriptor of a hidraw device to `bytes`, which must have room for 4096
// (HID_MAX_DESCRIPTOR_SIZE). Returns its length.
int CLinuxShims_hidraw_report_descriptor(int descriptor, unsigned char *bytes);

// Vendor << 16 | product of a hidraw device.
long long CLinuxShims_hidraw_identity(int descriptor);

// Sets how long a watchdog waits for food, in seconds (WDIOC_SETTIMEOUT).
int CLinuxShims_watchdog_set_timeout(int descriptor, int seconds);

// Takes an input device for this open file alone: nobody else gets its events until the file is closed (EVIOCGRAB).
int CLinuxShims_evdev_grab(int descriptor);

// Makes an input device stamp its events by CLOCK_MONOTONIC.
int CLinuxShims_evdev_use_monotonic_clock(int descriptor);

// Whether the kernel holds the wall clock to be synchronised (adjtimex without STA_UNSYNC).
bool CLinuxShims_clock_is_synchronised(void);

// The local time of a wall time in seconds since 1970: the day of the week (0 is Sunday) and the minute of the day.
void CLinuxShims_local_time(long long seconds, int *weekday, int *minute);

// Ignores a signal, so that it can be waited for instead.
void CLinuxShims_ignore_signal(int number);

// A socket that receives the kernel's device events (NETLINK_KOBJECT_UEVENT, group 1), non-blocking, closed on exec.
int CLinuxShims_open_uevents(void);

// Takes one message; its whole length, which is more than `capacity` if the end was cut off. `from_kernel`: no process
// sent it (nl_pid 0).
ssize_t CLinuxShims_receive_uevent(int descriptor, void *buffer, size_t capacity, bool *from_kernel);

// An eventfd: a read takes its count, 8 bytes. Non-blocking, closed on exec.
int CLinuxShims_open_counter(void);

// A context of the kernel's asynchronous I/O (io_setup) for one request.
int CLinuxShims_poll_open(unsigned long *context);

// Asks to count up `counter` once, as soon as `descriptor` is readable. Nothing else may be asked until it did.
int CLinuxShims_poll_arm(unsigned long context, int descriptor, int counter);

// Withdraws what was asked.
int CLinuxShims_poll_close(unsigned long context);

#endif
