//===- PrintFacts.cpp - report what is known of every matrix --------------===//

#include "dialect/Steepest/Steepest.h"
#include "lib/Analysis/Facts/Facts.h"
#include "lib/Transforms/Passes.h"
#include "lib/Transforms/Rewrites.h"

namespace steepest {
#define GEN_PASS_DEF_PRINTFACTSPASS
#include "lib/Transforms/PrintFacts/PrintFacts.h.inc"
} // namespace steepest

using namespace mlir;
using namespace steepest;

namespace {
struct PrintFacts : steepest::impl::PrintFactsPassBase<PrintFacts> {
  void runOnOperation() override {
    Facts facts(getOperation());
    getOperation().walk([&](Operation *op) {
      for (Value result : op->getResults()) {
        MatrixFacts known = facts.of(result);
        MatrixFacts nothing;
        nothing.reached = known.reached;
        // Of use to other facts alone.
        nothing.square = known.square;
        if (known == nothing)
          continue;
        std::string text;
        llvm::raw_string_ostream os(text);
        known.print(os);
        if (known.functionOf && known.functionOf != result)
          os << ", function of another symmetric matrix";
        emitRemark(op->getLoc()) << text;
      }
    });
  }
};
} // namespace
