//===- Report.h - the table of a benchmark ----------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_PRODUCTS_REPORT_H
#define STEEPEST_BENCHMARKS_PRODUCTS_REPORT_H

#include <string>
#include <vector>

namespace steepest::benchmark {

/// Prints lines for people and keeps them for programs.
class Report {
public:
  /// Of the rows whose name contains `only`.
  explicit Report(std::string only) : only(std::move(only)) {}

  bool wants(const std::string &what) const {
    return what.find(only) != std::string::npos;
  }

  /// Prints the head of the table.
  void start(const char *ours, const char *theirs);

  /// Times in seconds; `peak` in flops a second, 0 when unknown. Prints the
  /// percentages of the peak, our GF/s and the ratio of the peer's time to
  /// ours.
  void add(const std::string &what, double flops, double ours, double theirs,
           double peak);

  /// An array of objects. Ends the program when `path` cannot be written.
  void write(const std::string &path) const;

private:
  std::string only;
  std::vector<std::string> lines;
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_PRODUCTS_REPORT_H
