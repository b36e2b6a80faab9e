//===- Report.h - refusals in words -----------------------------*- C++ -*-===//
//
// Every refusal has a status for the program and a sentence for the person. The
// sentence is built in a buffer on the stack: nothing is allocated on the way
// out of a step either.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_RUNTIME_REPORT_H
#define STEEPEST_RUNTIME_REPORT_H

#include "steepest.h"

namespace steepest::runtime {

/// Where refusals go: the host's `log`, if there is one. In a list of tasks
/// every sentence begins with the number of the task.
class Report {
public:
  explicit Report(const steepest_context *context, int64_t task = -1)
      : context(context), task(task) {}

  /// Logs a sentence and returns `status`, so that a check reads
  /// `return report.refuse(...)`.
  [[gnu::format(printf, 3, 4)]] steepest_status
  refuse(steepest_status status, const char *format, ...) const;

  /// Logs that a kernel gave up on problem `problem` of `batch`.
  steepest_status fail(steepest_status status, int64_t problem,
                       int64_t batch) const;

private:
  const steepest_context *context;
  int64_t task;
};

/// "3x4", "2x?x4" (an extent below zero is free), or "scalar".
struct ShapeText {
  ShapeText(int32_t rank, const int64_t *shape);
  char text[72];
};

/// "parameter", "gradient" or "state".
const char *roleName(steepest_role role);

} // namespace steepest::runtime

#endif // STEEPEST_RUNTIME_REPORT_H
