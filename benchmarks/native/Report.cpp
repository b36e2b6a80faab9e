//===- Report.cpp - the table of a benchmark ------------------------------===//

#include "benchmarks/native/Report.h"

#include <cassert>
#include <cstdio>
#include <cstdlib>

namespace steepest::benchmark {

void Report::start() const {
  std::printf("| %-44s |", subject.c_str());
  for (const Column &column : columns)
    if (column.title)
      std::printf(" %6s |", column.title);
  std::printf("\n|---|");
  for (const Column &column : columns)
    if (column.title)
      std::printf("---|");
  std::printf("\n");
}

void Report::add(const std::string &what, const std::vector<double> &values) {
  assert(values.size() == columns.size() && "a value for each column");
  std::printf("| %-44s |", what.c_str());
  std::string object = "  {\"what\": \"" + what + "\"";
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].title)
      std::printf(" %6.*f |", columns[i].decimals, values[i]);
    char value[64];
    std::snprintf(value, sizeof(value), "%.4g", values[i]);
    object += std::string(", \"") + columns[i].key + "\": " + value;
  }
  std::printf("\n");
  std::fflush(stdout);
  objects.push_back(object + "}");
}

void Report::write(const std::string &path) const {
  FILE *file = std::fopen(path.c_str(), "w");
  if (!file) {
    std::fprintf(stderr, "error: cannot write %s\n", path.c_str());
    std::exit(1);
  }
  std::fprintf(file, "[\n");
  for (size_t i = 0; i < objects.size(); ++i)
    std::fprintf(file, "%s%s\n", objects[i].c_str(),
                 i + 1 < objects.size() ? "," : "");
  std::fprintf(file, "]\n");
  std::fclose(file);
}

} // namespace steepest::benchmark
