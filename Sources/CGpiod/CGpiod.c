#include "Generation.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

// What does not depend on the generation of libgpiod. Version 1 could look a chip up, version 2 cannot.

static const char prefix[] = "gpiochip";

static bool is_chip_name(const char *name) { return strncmp(name, prefix, sizeof prefix - 1) == 0; }

static struct cgpiod_chip *open_name(const char *name) {
    char path[sizeof "/dev/" + sizeof((struct dirent *)0)->d_name];
    if ((size_t)snprintf(path, sizeof path, "/dev/%s", name) >= sizeof path) {
        errno = ENOENT;
        return NULL;
    }
    return cgpiod_open_path(path);
}

// Two boards of one make have the same label. Neither is taken then: it may be the other one that has the lock.
static struct cgpiod_chip *open_label(const char *label) {
    DIR *devices = opendir("/dev");
    if (devices == NULL) return NULL;
    struct cgpiod_chip *found = NULL;
    int problem = ENOENT;
    for (struct dirent *entry; (entry = readdir(devices)) != NULL;) {
        // A symbolic link leads to a chip that is met anyway.
        if (!is_chip_name(entry->d_name) || entry->d_type == DT_LNK) continue;
        struct cgpiod_chip *chip = open_name(entry->d_name);
        if (chip == NULL) {
            if (errno == EACCES || errno == EPERM) problem = errno;
        } else if (!cgpiod_has_label(chip, label)) {
            cgpiod_close(chip);
        } else if (found == NULL) {
            found = chip;
        } else {
            cgpiod_close(chip);
            cgpiod_close(found);
            found = NULL;
            problem = ENOTUNIQ;
            break;
        }
    }
    closedir(devices);
    if (found == NULL) errno = problem;
    return found;
}

struct cgpiod_chip *cgpiod_open(const char *chip) {
    if (strchr(chip, '/') != NULL) return cgpiod_open_path(chip);
    if (is_chip_name(chip)) {
        struct cgpiod_chip *named = open_name(chip);
        if (named != NULL || errno != ENOENT) return named;
    }
    return open_label(chip);
}
