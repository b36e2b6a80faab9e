//===- PolynomialTables.cpp - published iterations for msign --------------===//
//
// People compare with these, so the digits are those of the sources.
//
//===----------------------------------------------------------------------===//

#include "lib/Support/Polynomials.h"
#include <cmath>

using namespace steepest;

namespace {
struct NamedSteps {
  std::string_view name;
  OddSteps steps;
};
} // namespace

/// Every step but the last divided by the safety factor: p(x / safety), so that
/// rounding above the interval does no harm.
static OddSteps withSafety(OddSteps steps, double safety) {
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    steps[i].a /= safety;
    steps[i].b /= std::pow(safety, 3);
    steps[i].c /= std::pow(safety, 5);
  }
  return steps;
}

static OddSteps dividedBy(OddSteps steps, double divisor) {
  for (OddStep &step : steps)
    step = {step.a / divisor, step.b / divisor, step.c / divisor};
  return steps;
}

static const std::vector<NamedSteps> &tables() {
  static const std::vector<NamedSteps> all = {
      // K. Jordan, Muon; does not converge, stays within [0.68, 1.14].
      {"muon", {{3.4445, -4.7750, 2.0315}}},
      {"newton_schulz", {{15.0 / 8, -10.0 / 8, 3.0 / 8}}},
      {"cubic", {{1.5, -0.5, 0}}},
      // N. Amsel et al., arXiv 2505.16932, for [1e-3, 1], safety 1.01.
      {"polar_express",
       withSafety(
           {{8.28721201814563, -23.595886519098837, 17.300387312530933},
            {4.107059111542203, -2.9478499167379106, 0.5448431082926601},
            {3.9486908534822946, -2.908902115962949, 0.5518191394370137},
            {3.3184196573706015, -2.488488024314874, 0.51004894012372},
            {2.300652019954817, -1.6689039845747493, 0.4188073119525673},
            {1.891301407787398, -1.2679958271945868, 0.37680408948524835},
            {1.8750014808534479, -1.2500016453999487, 0.3750001645474248},
            {1.875, -1.25, 0.375}},
           1.01)},
      // J. You, six steps.
      {"you", dividedBy({{3955, -8306, 5008},
                         {3735, -6681, 3463},
                         {3799, -6499, 3211},
                         {4019, -6385, 2906},
                         {2677, -3029, 1162},
                         {2172, -1833, 682}},
                        1024)},
      // J. You, five steps, as in modded-nanogpt.
      {"you5",
       {{4.0848, -6.8946, 2.9270},
        {3.9505, -6.3029, 2.6377},
        {3.7418, -5.5913, 2.3037},
        {2.8769, -3.1427, 1.2046},
        {2.8366, -3.0525, 1.2012}}},
  };
  return all;
}

std::optional<OddSteps> steepest::table(std::string_view name, unsigned count) {
  for (const NamedSteps &named : tables()) {
    if (named.name != name)
      continue;
    OddSteps steps = named.steps;
    OddStep last = steps.back();
    steps.resize(count, last);
    return steps;
  }
  return std::nullopt;
}

std::vector<std::string_view> steepest::tableNames() {
  std::vector<std::string_view> names;
  for (const NamedSteps &named : tables())
    names.push_back(named.name);
  return names;
}
