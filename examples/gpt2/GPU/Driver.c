//===- Driver.c -----------------------------------------------------------===//

#include "Driver.h"
#include "../Support.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/// The least version that has all that is used, as the driver counts.
enum { LEAST_VERSION = 12000 };

const char *driver_file(void) {
  const char *file = getenv("STEEPEST_CUDA_DRIVER");
  return file && *file ? file : "libcuda.so.1";
}

void driver_open(cuda_driver *driver) {
  memset(driver, 0, sizeof(*driver));
  driver->library = dlopen(driver_file(), RTLD_NOW | RTLD_LOCAL);
  if (!driver->library)
    fail("--device cuda expects the driver of a GPU, got none: %s", dlerror());
  const char *missing = NULL;
  // POSIX wants functions to be had as objects.
#define FUNCTION(name, parameters)                                             \
  {                                                                            \
    void *found = dlsym(driver->library, #name);                               \
    memcpy(&driver->name, &found, sizeof(found));                              \
    if (!found && !missing)                                                    \
      missing = #name;                                                         \
  }
  GPT2_DRIVER(FUNCTION)
#undef FUNCTION
  int version = 0;
  if (driver->cuDriverGetVersion)
    driver->cuDriverGetVersion(&version);
  if (missing || version < LEAST_VERSION)
    fail(
        "--device cuda expects a driver for CUDA %d.%d or later, got %d.%d%s%s",
        LEAST_VERSION / 1000, LEAST_VERSION % 1000 / 10, version / 1000,
        version % 1000 / 10, missing ? ", without " : "",
        missing ? missing : "");
  driver_check(driver, driver->cuInit(0), "start the driver of the GPU");
}

void driver_close(cuda_driver *driver) { dlclose(driver->library); }

void driver_check(const cuda_driver *driver, int result, const char *what) {
  if (result == 0)
    return;
  const char *text = NULL;
  if (driver->cuGetErrorString(result, &text) != 0 || !text)
    text = "unknown error";
  fail("cannot %s: %s (error %d of the driver)", what, text, result);
}
