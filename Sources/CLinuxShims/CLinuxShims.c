#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <unistd.h>

int CLinuxShims_make_raw(int descriptor, speed_t speed) {
    struct termios settings;
    if (tcgetattr(descriptor, &settings) != 0) return -1;
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    settings.c_iflag &= ~(tcflag_t)(IXOFF | IXANY);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (cfsetspeed(&settings, speed) != 0) return -1;
    return tcsetattr(descriptor, TCSANOW, &settings);
}

int CLinuxShims_make_exclusive(int descriptor) { return ioctl(descriptor, TIOCEXCL); }

bool CLinuxShims_is_pseudoterminal(int descriptor) {
    struct stat status;
    if (fstat(descriptor, &status) != 0 || !S_ISCHR(status.st_mode)) return false;
    // Documentation/admin-guide/devices.txt: majors 136 to 143 are Unix98 slaves.
    return major(status.st_rdev) >= 136 && major(status.st_rdev) <= 143;
}

int CLinuxShims_open_pseudoterminal(void) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (master < 0) return -1;
    if (grantpt(master) != 0 || unlockpt(master) != 0) {
        close(master);
        return -1;
    }
    return master;
}

int CLinuxShims_open_slave(int master) {
    return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

int CLinuxShims_slave_number(int master) {
    unsigned int number;
    return ioctl(master, TIOCGPTN, &number) == 0 ? (int)number : -1;
}

bool CLinuxShims_clock_is_synchronised(void) {
    struct timex state = {.modes = 0};
    return adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
}

void CLinuxShims_ignore_signal(int number) { signal(number, SIG_IGN); }
