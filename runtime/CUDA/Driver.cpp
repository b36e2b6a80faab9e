//===- Driver.cpp - the driver, by dlopen ---------------------------------===//

#include "Driver.h"

#include <dlfcn.h>

namespace steepest::runtime::cuda {

const char *Driver::open(const char *file) {
  const char *name = file ? file : "libcuda.so.1";
  library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return name;
  struct Entry {
    const char *name;
    void *function;
  };
  const Entry entries[] = {
      {"cuInit", &init},
      {"cuDriverGetVersion", &driverGetVersion},
      {"cuGetErrorString", &getErrorString},
      {"cuCtxGetCurrent", &ctxGetCurrent},
      {"cuCtxGetDevice", &ctxGetDevice},
      {"cuDeviceGetAttribute", &deviceGetAttribute},
      {"cuLibraryLoadData", &libraryLoadData},
      {"cuLibraryUnload", &libraryUnload},
      {"cuLibraryGetKernel", &libraryGetKernel},
      {"cuKernelGetFunction", &kernelGetFunction},
      {"cuKernelGetAttribute", &kernelGetAttribute},
      {"cuKernelSetAttribute", &kernelSetAttribute},
      {"cuOccupancyMaxActiveBlocksPerMultiprocessor", &occupancy},
      {"cuLaunchKernelEx", &launchKernel},
      {"cuMemsetD2D16Async", &memset2D16},
      {"cuMemsetD2D32Async", &memset2D32},
      {"cuMemcpy2DAsync_v2", &memcpy2D},
  };
  for (const Entry &entry : entries) {
    void *found = dlsym(library, entry.name);
    if (!found)
      return entry.name;
    *static_cast<void **>(entry.function) = found;
  }
  return nullptr;
}

void Driver::close() {
  if (library)
    dlclose(library);
  library = nullptr;
}

const char *Driver::describe(int result) const {
  const char *text = nullptr;
  if (getErrorString && getErrorString(result, &text) == success && text)
    return text;
  return "unknown error";
}

} // namespace steepest::runtime::cuda
