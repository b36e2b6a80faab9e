//===- Dualizer.cpp - no manifold -----------------------------------------===//

#include "lib/Models/Methods/Methods.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {
class Dualizer : public DirectionMethod {
public:
  StringRef getName() const override { return "dualizer"; }
  unsigned getCost() const override { return 0; }
  StringRef getArgument() const override {
    return "Phi = D(G), the dualizer of the norm: <G, D(G)> is the dual norm "
           "of G, which by its definition no direction of length 1 exceeds";
  }

  LogicalResult match(DirectionOp op, std::string &reason) const override {
    return Problem(op).expect(/*onManifold=*/false, reason);
  }

  FailureOr<SolvedDirection> build(FormulaBuilder &m, DirectionOp op,
                                   Attribute contract) const override {
    Problem problem(op);
    Dualized dualized = problem.normModel.buildDualizer(
        m, problem.gradient, problem.operands, contract);
    if (!dualized.phi)
      return failure();
    Value isNonzero =
        m.compare(arith::CmpFPredicate::OGT, dualized.dual, m.constant(0));
    SolvedDirection solved = certified(m, problem, dualized.phi, dualized.dual,
                                       buildOutcome(m, isNonzero, isNonzero));
    // An msign within a band may be longer than 1. It is left as it is (five
    // steps of Muon are five steps of Muon), and certified by what its
    // multiple of length 1 attains.
    Value length = m.max(dualized.length, m.constant(1));
    double rounding =
        getElementTypeOrSelf(dualized.phi).isF32() ? 0x1p-23 : 0x1p-52;
    // In penalty form phi itself may never be needed.
    auto attains = [&] {
      return op.getPenalty() && dualized.penalty
                 ? m.divOrZero(m.dot(problem.gradient, dualized.penalty),
                               dualized.dual)
                 : m.dot(problem.gradient, dualized.phi);
    };
    solved.value = dualized.attained
                       ? m.mul(dualized.dual, m.constant(1 - 2 * rounding))
                       : m.div(attains(), length);
    solved.bound = m.max(dualized.dual, solved.value);
    solved.penalty = dualized.penalty;
    return solved;
  }
};
} // namespace

std::unique_ptr<DirectionMethod> steepest::createDualizer() {
  return std::make_unique<Dualizer>();
}
