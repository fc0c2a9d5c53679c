#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/hidraw.h>
#include <linux/input.h>
#include <linux/watchdog.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <time.h>
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

int CLinuxShims_hidraw_report_descriptor(int descriptor, unsigned char *bytes) {
    struct hidraw_report_descriptor report = {0};
    int size = 0;
    if (ioctl(descriptor, HIDIOCGRDESCSIZE, &size) != 0) return -1;
    if (size < 0 || size > HID_MAX_DESCRIPTOR_SIZE) {
        errno = EMSGSIZE;
        return -1;
    }
    report.size = (unsigned int)size;
    if (ioctl(descriptor, HIDIOCGRDESC, &report) != 0) return -1;
    memcpy(bytes, report.value, (size_t)size);
    return size;
}

long long CLinuxShims_hidraw_identity(int descriptor) {
    struct hidraw_devinfo info = {0};
    if (ioctl(descriptor, HIDIOCGRAWINFO, &info) != 0) return -1;
    // The kernel declares both as signed.
    return (long long)(unsigned short)info.vendor << 16 | (unsigned short)info.product;
}

int CLinuxShims_watchdog_set_timeout(int descriptor, int seconds) {
    return ioctl(descriptor, WDIOC_SETTIMEOUT, &seconds) < 0 ? -1 : 0;
}

int CLinuxShims_evdev_grab(int descriptor) { return ioctl(descriptor, EVIOCGRAB, 1); }

int CLinuxShims_evdev_use_monotonic_clock(int descriptor) {
    int clock = CLOCK_MONOTONIC;
    return ioctl(descriptor, EVIOCSCLOCKID, &clock);
}

bool CLinuxShims_clock_is_synchronised(void) {
    struct timex state = {.modes = 0};
    return adjtimex(&state) >= 0 && (state.status & STA_UNSYNC) == 0;
}

void CLinuxShims_ignore_signal(int number) { signal(number, SIG_IGN); }

void CLinuxShims_local_time(long long seconds, int *weekday, int *minute) {
    time_t time = seconds;
    struct tm local = {0};
    // Fails only for years that an int cannot count: then it is the beginning of a Sunday.
    (void)localtime_r(&time, &local);
    *weekday = local.tm_wday;
    *minute = local.tm_hour * 60 + local.tm_min;
}
