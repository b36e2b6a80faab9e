//===- Status.cpp - names of statuses -------------------------------------===//

#include "steepest.h"

const char *steepest_status_name(steepest_status status) {
  switch (status) {
  case STEEPEST_OK:
    return "ok";
  case STEEPEST_NONFINITE:
    return "nonfinite";
  case STEEPEST_OFF_MANIFOLD:
    return "off_manifold";
  case STEEPEST_NO_CONVERGENCE:
    return "no_convergence";
  case STEEPEST_BAD_VERSION:
    return "bad_version";
  case STEEPEST_NULL_ARGUMENT:
    return "null_argument";
  case STEEPEST_BAD_COUNT:
    return "bad_count";
  case STEEPEST_BAD_RANK:
    return "bad_rank";
  case STEEPEST_BAD_SHAPE:
    return "bad_shape";
  case STEEPEST_BAD_STRIDE:
    return "bad_stride";
  case STEEPEST_BAD_DTYPE:
    return "bad_dtype";
  case STEEPEST_BAD_ALIGNMENT:
    return "bad_alignment";
  case STEEPEST_OVERLAP:
    return "overlap";
  case STEEPEST_SHORT_WORKSPACE:
    return "short_workspace";
  case STEEPEST_UNSUPPORTED_CPU:
    return "unsupported_cpu";
  case STEEPEST_OUT_OF_MEMORY:
    return "out_of_memory";
  case STEEPEST_NO_DRIVER:
    return "no_driver";
  case STEEPEST_UNSUPPORTED_GPU:
    return "unsupported_gpu";
  case STEEPEST_DRIVER_ERROR:
    return "driver_error";
  case STEEPEST_UNPREPARED:
    return "unprepared";
  }
  return "unknown";
}
