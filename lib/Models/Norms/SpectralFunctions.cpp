//===- SpectralFunctions.cpp - functions of singular values ---------------===//

#include "lib/Models/Norms/SpectralFunctions.h"
#include "lib/Models/Loop.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

SpectralFunction steepest::buildSpectralFunction(
    FormulaBuilder &m, Value x,
    function_ref<Values(FormulaBuilder &, Value)> formula) {
  Value wide = m.toF64(x);
  Value scale = positiveOrOne(m, m.maxAbs(wide));
  Value scaled = m.div(wide, scale);
  Values results = m.byOrientation(x, [&](FormulaBuilder &m, bool tall) {
    FormulaBuilder::Eigh eigh =
        m.eigh(tall ? m.gram(scaled) : m.outerGram(scaled));
    m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
    Value s = m.sqrt(m.max(eigh.values, m.constant(0)));
    Values made = formula(m, s);
    // Rows of Q are eigenvectors: V diag(g) V^T = Q^T (diag(g) Q).
    FormulaBuilder::ProductOptions options;
    options.transposeLhs = options.symmetric = true;
    Value weighted =
        m.mul(eigh.vectors, m.alongRows(made.front(), eigh.vectors));
    Value kernel = m.product(eigh.vectors, weighted, options);
    made.front() = tall ? m.product(scaled, kernel) : m.product(kernel, scaled);
    return made;
  });
  Values scalars(llvm::drop_begin(results));
  return {results.front(), scalars, scale};
}

/// The largest singular value; the maximum of none is 0.
static Value buildLargest(FormulaBuilder &m, Value s) {
  return m.max(m.maximum(s), m.constant(0));
}

Value steepest::inverseSignal(FormulaBuilder &m, Value s) {
  Value noise = m.mul(buildLargest(m, s), m.constant(spectralNoise));
  Value isSignal =
      m.compare(arith::CmpFPredicate::OGT, s, m.broadcast(noise, s));
  Value safe = m.select(isSignal, s, m.constant(1));
  return m.select(isSignal, m.div(m.constant(1), safe), m.constant(0));
}

Value steepest::buildUpperSpectrum(FormulaBuilder &m, Value s) {
  Value hidden = m.mul(m.square(buildLargest(m, s)), m.constant(squareNoise));
  return m.sqrt(m.add(m.square(s), hidden));
}
