#include <libusb.h>

// Variadic, so Swift cannot import it. Contexts made after it look for no devices: they are found in sysfs and handed
// over as open descriptors, which spares libusb's own watch on the bus and its thread.
static inline int cusb_skip_device_discovery(void) { return libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY); }
