//===- Report.cpp - the table of a benchmark ------------------------------===//

#include "benchmarks/products/Report.h"

#include <cstdio>
#include <cstdlib>

namespace steepest::benchmark {

void Report::start(const char *ours, const char *theirs) {
  std::printf("| %-44s | %6s | %6s | GF/s   | ratio |\n"
              "|---|---|---|---|---|\n",
              "product", ours, theirs);
}

void Report::add(const std::string &what, double flops, double ours,
                 double theirs, double peak) {
  auto percent = [&](double seconds) {
    return peak > 0 ? 100 * flops / seconds / peak : 0;
  };
  std::printf("| %-44s | %6.1f | %6.1f | %6.1f | %5.2f |\n", what.c_str(),
              percent(ours), percent(theirs), flops / ours * 1e-9,
              theirs / ours);
  std::fflush(stdout);
  char line[512];
  std::snprintf(line, sizeof(line),
                "  {\"what\": \"%s\", \"flops\": %.0f, \"seconds\": %.4g, "
                "\"peer_seconds\": %.4g, \"percent_of_peak\": %.1f, "
                "\"peer_percent_of_peak\": %.1f}",
                what.c_str(), flops, ours, theirs, percent(ours),
                percent(theirs));
  lines.push_back(line);
}

void Report::write(const std::string &path) const {
  FILE *file = std::fopen(path.c_str(), "w");
  if (!file) {
    std::fprintf(stderr, "error: cannot write %s\n", path.c_str());
    std::exit(1);
  }
  std::fprintf(file, "[\n");
  for (size_t i = 0; i < lines.size(); ++i)
    std::fprintf(file, "%s%s\n", lines[i].c_str(),
                 i + 1 < lines.size() ? "," : "");
  std::fprintf(file, "]\n");
  std::fclose(file);
}

} // namespace steepest::benchmark
