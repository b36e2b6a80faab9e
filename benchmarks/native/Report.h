//===- Report.h - the table of a benchmark ----------------------*- C++ -*-===//

#ifndef STEEPEST_BENCHMARKS_NATIVE_REPORT_H
#define STEEPEST_BENCHMARKS_NATIVE_REPORT_H

#include <string>
#include <vector>

namespace steepest::benchmark {

/// A number of each row.
struct Column {
  /// Its name in the JSON.
  const char *key;
  /// The head of its column of the table, without which it is in the JSON
  /// alone.
  const char *title = nullptr;
  int decimals = 1;
};

/// Prints lines for people and keeps them for programs.
class Report {
public:
  /// A table of what a `subject` reaches, of the rows whose name contains
  /// `only`.
  Report(std::string subject, std::vector<Column> columns, std::string only)
      : subject(std::move(subject)), columns(std::move(columns)),
        only(std::move(only)) {}

  bool wants(const std::string &what) const {
    return what.find(only) != std::string::npos;
  }

  /// Prints the head of the table.
  void start() const;

  /// Prints a row, one value for each column.
  void add(const std::string &what, const std::vector<double> &values);

  /// An array of objects. Ends the program when `path` cannot be written.
  void write(const std::string &path) const;

private:
  std::string subject;
  std::vector<Column> columns;
  std::string only;
  std::vector<std::string> objects;
};

} // namespace steepest::benchmark

#endif // STEEPEST_BENCHMARKS_NATIVE_REPORT_H
