#ifndef C_GPIOD_GENERATION_H
#define C_GPIOD_GENERATION_H

#include "CGpiod.h"

#include <gpiod.h>

// libgpiod tells its version to pkg-config and at run time, not to the preprocessor, and nearly all of its names are
// functions and enumerations. This macro is in the header of 1.6 and not in those of 2.x, which have no bulks of lines.
// So the header that is compiled says itself what it is: a definition that Package.swift took from pkg-config could
// disagree with it, because SwiftPM keeps what it evaluated.
#ifdef GPIOD_LINE_BULK_MAX_LINES
#define CGPIOD_GENERATION 1
#else
#define CGPIOD_GENERATION 2
#endif

// What each generation does in its own way for CGpiod.c.

// Opens the chip at a path. ENOTTY: there is something else.
struct cgpiod_chip *cgpiod_open_path(const char *path);

bool cgpiod_has_label(struct cgpiod_chip *chip, const char *label);

#endif
