#ifndef C_LINUX_SHIMS_H
#define C_LINUX_SHIMS_H

// What Swift cannot import: variadic calls (ioctl), function-like macros, and declarations that glibc hides without
// _GNU_SOURCE. Every function takes and returns plain numbers. On failure: -1 and errno.

#include <stdbool.h>
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

// Whether the kernel holds the wall clock to be synchronised (adjtimex without STA_UNSYNC).
bool CLinuxShims_clock_is_synchronised(void);

// Ignores a signal, so that it can be waited for instead.
void CLinuxShims_ignore_signal(int number);

#endif
