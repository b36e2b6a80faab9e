//===- Report.cpp - refusals in words -------------------------------------===//

#include "Report.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>

namespace steepest::runtime {

steepest_status Report::refuse(steepest_status status, const char *format,
                               ...) const {
  if (!context || !context->log)
    return status;
  char message[512];
  int used = 0;
  if (task >= 0)
    used = snprintf(message, sizeof(message), "task %" PRId64 ": ", task);
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message + used, sizeof(message) - used, format, arguments);
  va_end(arguments);
  context->log(context->log_user, status, message);
  return status;
}

/// What a kernel means by a status, as a clause.
static const char *describeFailure(steepest_status status) {
  switch (status) {
  case STEEPEST_NONFINITE:
    return "the gradient, or a state made of it, holds a nan or an infinity";
  case STEEPEST_OFF_MANIFOLD:
    return "a parameter is too far from its manifold";
  case STEEPEST_NO_CONVERGENCE:
    return "an eigenvalue or factorisation routine did not converge";
  default:
    return steepest_status_name(status);
  }
}

steepest_status Report::fail(steepest_status status, int64_t problem,
                             int64_t batch) const {
  if (batch == 1)
    return refuse(status, "%s, so nothing was written",
                  describeFailure(status));
  return refuse(status,
                "problem %" PRId64 " of a batch of %" PRId64
                ": %s, so nothing was written to it",
                problem, batch, describeFailure(status));
}

ShapeText::ShapeText(int32_t rank, const int64_t *shape) {
  snprintf(text, sizeof(text), "scalar");
  int used = 0;
  for (int32_t dimension = 0; dimension < rank; ++dimension) {
    const char *separator = dimension ? "x" : "";
    size_t room = sizeof(text) - used;
    used += shape[dimension] < 0 ? snprintf(text + used, room, "%s?", separator)
                                 : snprintf(text + used, room, "%s%" PRId64,
                                            separator, shape[dimension]);
  }
}

const char *roleName(steepest_role role) {
  switch (role) {
  case STEEPEST_PARAMETER:
    return "parameter";
  case STEEPEST_GRADIENT:
    return "gradient";
  case STEEPEST_STATE:
    return "state";
  }
  return "tensor";
}

} // namespace steepest::runtime
