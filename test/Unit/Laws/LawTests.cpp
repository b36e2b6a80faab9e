//===- LawTests.cpp - the laws, for every norm and manifold ---------------===//

#include "test/Unit/Laws/ManifoldLaws.h"
#include "test/Unit/Laws/NormLaws.h"
#include "llvm/Support/CommandLine.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

namespace {

struct Subject {
  std::string text;
  double tolerance;
};

const Subject norms[] = {
    {"#steepest.l1", 1e-9},
    {"#steepest.l2", 1e-9},
    {"#steepest.lp<1.0>", 1e-9},
    {"#steepest.lp<1.0001>", 1e-9},
    {"#steepest.lp<1.25>", 1e-9},
    {"#steepest.lp<1.5>", 1e-9},
    {"#steepest.lp<2.0>", 1e-9},
    {"#steepest.lp<3.0>", 1e-9},
    {"#steepest.lp<3.7>", 1e-9},
    {"#steepest.lp<64.0>", 1e-9},
    {"#steepest.lp<inf>", 1e-9},
    {"#steepest.linf", 1e-9},
    {"#steepest.frobenius", 1e-9},
    {"#steepest.rms", 1e-9},
    {"#steepest.spectral", 1e-9},
    {"#steepest.rms_to_rms", 1e-9},
    {"#steepest.nuclear", 1e-9},
    {"#steepest.schatten<1.0>", 1e-9},
    // q - 1 = 1e9: the largest singular value alone is within log(rank) / q.
    {"#steepest.schatten<1.000000001>", 1e-7},
    {"#steepest.schatten<1.05>", 1e-9},
    {"#steepest.schatten<1.5>", 1e-9},
    {"#steepest.schatten<2.0>", 1e-9},
    {"#steepest.schatten<3.0>", 1e-9},
    {"#steepest.schatten<16.5>", 1e-9},
    {"#steepest.schatten<inf>", 1e-9},
    {"#steepest.columns", 1e-9},
    {"#steepest.rows", 1e-9},
    {"#steepest.weighted_l2", 1e-9},
    {"#steepest.scaled<norm = #steepest.spectral, max = 0.5, cols = -0.5>",
     1e-9},
    {"#steepest.scaled<norm = #steepest.weighted_l2, radius = 0.2, min = -1.0, "
     "rows = 0.3>",
     1e-9},
};

const Subject manifolds[] = {
    {"#steepest.sphere", 1e-11},
    {"#steepest.sphere<radius = 3.5>", 1e-11},
    {"#steepest.oblique_columns", 1e-11},
    {"#steepest.oblique_rows", 1e-11},
    {"#steepest.oblique_columns<radius = 0.3>", 1e-11},
    {"#steepest.oblique_rows<radius = 40.0>", 1e-11},
    {"#steepest.orthogonal", 1e-11},
    {"#steepest.stiefel", 1e-11},
    {"#steepest.grassmann", 1e-11},
    {"#steepest.gram_diagonal", 1e-11},
    {"#steepest.zero_row_sums", 1e-11},
    {"#steepest.zero_column_sums", 1e-11},
    {"#steepest.symmetric", 1e-11},
    {"#steepest.skew_symmetric", 1e-11},
    {"#steepest.fixed_trace", 1e-11},
    {"#steepest.fixed_trace<trace = -3.0>", 1e-11},
    {"#steepest.fixed_trace<trace = 0.0>", 1e-11},
};

/// One test per attribute, named after it.
void addTest(const char *suite, const Subject &subject,
             void (*check)(Attribute, double)) {
  class Law : public ::testing::Test {
  public:
    Law(Subject subject, void (*check)(Attribute, double))
        : subject(std::move(subject)), check(check) {}
    void TestBody() override {
      Attribute attribute = parse(subject.text);
      ASSERT_TRUE(attribute) << subject.text;
      check(attribute, subject.tolerance);
    }

  private:
    Subject subject;
    void (*check)(Attribute, double);
  };
  std::string name;
  for (char c : subject.text)
    name += llvm::isAlnum(c) ? c : '_';
  ::testing::RegisterTest(
      suite, name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
      [=]() -> ::testing::Test * { return new Law(subject, check); });
}

} // namespace

static llvm::cl::list<std::string>
    plugins("plugin", llvm::cl::desc("Load a dialect plugin"));
static llvm::cl::list<std::string>
    moreNorms("norm", llvm::cl::desc("Check this norm, too"));
static llvm::cl::list<std::string>
    moreManifolds("manifold", llvm::cl::desc("Check this manifold, too"));

int main(int argc, char **argv) {
  ::testing::InitGoogleTest(&argc, argv);
  llvm::cl::ParseCommandLineOptions(argc, argv, "laws of norms and manifolds");
#ifdef STEEPEST_ACME_PLUGIN
  plugins.push_back(STEEPEST_ACME_PLUGIN);
  moreNorms.push_back("#acme.ky_fan<1>");
  moreNorms.push_back("#acme.ky_fan<3>");
  moreManifolds.push_back("#acme.centered");
#endif
  for (const std::string &plugin : plugins)
    if (!loadPlugin(plugin))
      return 1;
  for (const Subject &norm : norms)
    addTest("NormLaws", norm, checkNormLaws);
  for (const Subject &manifold : manifolds)
    addTest("ManifoldLaws", manifold, checkManifoldLaws);
  for (const std::string &norm : moreNorms)
    addTest("NormLaws", {norm, 1e-9}, checkNormLaws);
  for (const std::string &manifold : moreManifolds)
    addTest("ManifoldLaws", {manifold, 1e-11}, checkManifoldLaws);
  return RUN_ALL_TESTS();
}
