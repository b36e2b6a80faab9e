//===- GramFunctions.cpp - spectral functions through X^T X ---------------===//
//
// X = U diag(s) V^T and P = X^T X = V diag(s^2) V^T (tall X; X X^T for wide):
//   U diag(f(s)) V^T = X V diag(f(s) / s) V^T.
// Squaring loses half of the digits: in float64 a singular value is known to
// about eps64 (s_max / s)^2 relative to itself. Values below `noise` s_max are
// therefore treated as zero; for f32 input they are rounding noise of the data
// anyway. X is scaled by a power of the size of its largest entry first, so
// that nothing overflows.
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/RationalStepsSign.h"
#include "lib/Transforms/LowerSpectral/SignRoute.h"
#include "lib/Transforms/LowerSpectral/Spectral.h"
#include "runtime/steepest.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <functional>
#include <limits>
#include <tuple>

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// Relative size below which a singular value counts as zero. At 1e-6 its
/// relative error in float64 is 2e-4.
static constexpr double noise = 1e-6;

/// Singular values this close to the largest are the same one: twice the
/// relative error of the largest eigenvalue of a Gram matrix.
static constexpr double tie = 1e-9;

/// The rounding of a Gram matrix in float64 and of its eigenvalues, relative to
/// the largest of these.
static constexpr double rounded = 16 * std::numeric_limits<double>::epsilon();

namespace {
/// X / scale in float64, and the eigen-decomposition of its smaller Gram
/// matrix.
struct GramDecomposition {
  Value scaled, scale;
  bool tall;
  /// Eigenvalues s^2 clamped at 0 and, as rows, their eigenvectors.
  Value squares, vectors;
};
} // namespace

/// X divided by its largest entry, which is returned too (1 for X = 0).
static std::pair<Value, Value> scaleByLargest(FormulaBuilder &m, Value x) {
  Value wide = m.toF64(x);
  Value largest = m.maxAbs(wide);
  Value positive = m.compare(arith::CmpFPredicate::OGT, largest, m.constant(0));
  Value scale = m.select(positive, largest, m.constant(1));
  return {m.div(wide, scale), scale};
}

static GramDecomposition decompose(FormulaBuilder &m, Value scaled, bool tall) {
  Value gram = tall ? m.gram(scaled) : m.outerGram(scaled);
  FormulaBuilder::Eigh eigh = m.eigh(gram);
  m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
  return {scaled, {}, tall, m.max(eigh.values, m.constant(0)), eigh.vectors};
}

/// The same with eigenvalues descending, and without eigenvectors where they
/// are not needed: the eigenvalues of -P ascend as those of P descend.
static GramDecomposition decomposeDescending(FormulaBuilder &m, Value scaled,
                                             bool tall, bool withVectors) {
  FormulaBuilder::ProductOptions options;
  options.symmetric = true;
  (tall ? options.transposeLhs : options.transposeRhs) = true;
  options.alpha = m.constant(-1);
  Value gram = m.product(scaled, scaled, options);
  FormulaBuilder::Eigh eigh;
  if (withVectors)
    eigh = m.eigh(gram);
  else
    std::tie(eigh.values, eigh.converged) = m.eigenvalues(gram);
  m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
  Value squares = m.max(m.neg(eigh.values), m.constant(0));
  return {scaled, {}, tall, squares, eigh.vectors};
}

/// X V diag(weights) V^T, or V diag(weights) V^T X for wide X.
static Value apply(FormulaBuilder &m, const GramDecomposition &gram,
                   Value weights) {
  // Rows of Q are eigenvectors: V diag(w) V^T = Q^T (diag(w) Q).
  FormulaBuilder::ProductOptions options;
  options.transposeLhs = options.symmetric = true;
  Value weighted = m.mul(gram.vectors, m.alongRows(weights, gram.vectors));
  Value kernel = m.product(gram.vectors, weighted, options);
  return gram.tall ? m.product(gram.scaled, kernel)
                   : m.product(kernel, gram.scaled);
}

/// Which squares are above noise.
static Value isSignal(FormulaBuilder &m, Value squares) {
  Value threshold = m.mul(m.maximum(squares), m.constant(noise * noise));
  return m.compare(arith::CmpFPredicate::OGT, squares,
                   m.broadcast(threshold, squares));
}

/// s^p over the signal, 0 elsewhere, from squares.
static Value signalPower(FormulaBuilder &m, Value squares, double p) {
  Value signal = isSignal(m, squares);
  Value safe = m.select(signal, squares, m.constant(1));
  Value power = p == 0 ? m.broadcast(m.constant(1), squares)
                : p == -1
                    ? m.div(m.broadcast(m.constant(1), safe), m.sqrt(safe))
                    : m.pow(safe, p / 2);
  return m.select(signal, power, m.constant(0));
}

/// Squares of singular values, at least: what they are but for rounding, raised
/// by that.
static Value raise(FormulaBuilder &m, Value squares) {
  Value e = m.mul(m.maximum(squares), m.constant(rounded));
  return m.add(squares, m.broadcast(e, squares));
}

FormulaBuilder::Msign steepest::buildExactSign(FormulaBuilder &m, Value x) {
  auto [scaledX, scaleX] = scaleByLargest(m, x);
  Value scaled = scaledX, scale = scaleX;
  Type element = getElementTypeOrSelf(x);
  SmallVector<Value> results =
      m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
        GramDecomposition gram = decompose(inner, scaled, tall);
        // With rounding E of the Gram matrix, ||E||_2 <= e, Phi^T Phi is W (D +
        // E) W for D = diag(squares), no more than the identity for W = (D +
        // e)^(-1/2).
        Value raised = raise(inner, gram.squares);
        Value weights =
            inner.select(isSignal(inner, gram.squares),
                         signalPower(inner, raised, -1), inner.constant(0));
        Value phi = apply(inner, gram, weights);
        Value sum = inner.sum(inner.sqrt(raised));
        return SmallVector<Value>{inner.cast(phi, element), sum};
      });
  // Of the product of X with what reaches 1 / noise.
  double rounding = element.isF32() ? 1e-6 : 4e-4 * noise;
  return {results[0], m.mul(results[1], scale), m.constant(1 + rounding)};
}

namespace {
/// One function of the singular values: what is built beside the decomposition,
/// and what of that depends on the scale of X.
struct GramFunction {
  std::function<SmallVector<Value>(FormulaBuilder &, const GramDecomposition &)>
      inside;
  std::function<SmallVector<Value>(FormulaBuilder &, Value, ArrayRef<Value>)>
      rescale;
};
} // namespace

static GramFunction getPower(Type element, double power) {
  return {[=](FormulaBuilder &m, const GramDecomposition &gram) {
            Value weights = signalPower(m, gram.squares, power - 1);
            Value sum = m.sum(m.pow(raise(m, gram.squares), (1 + power) / 2));
            return SmallVector<Value>{apply(m, gram, weights), sum};
          },
          [=](FormulaBuilder &m, Value scale, ArrayRef<Value> built) {
            Value result = built[0];
            if (power != 0)
              result = m.mul(result, m.pow(scale, power));
            Value sum = m.mul(built[1], m.pow(scale, 1 + power));
            return SmallVector<Value>{m.cast(result, element), sum,
                                      m.constant(1)};
          }};
}

static GramFunction getLeading(Type element) {
  return {[=](FormulaBuilder &m, const GramDecomposition &gram) {
            Value largest = m.maximum(gram.squares);
            Value threshold = m.mul(largest, m.constant(1 - 2 * tie));
            Value top =
                m.toF64(m.compare(arith::CmpFPredicate::OGE, gram.squares,
                                  m.broadcast(threshold, gram.squares)));
            // U1 V1^T / k = X V1 V1^T / (k s1); 0 for X = 0.
            Value count = m.sum(top);
            Value factor =
                m.divOrZero(m.constant(1), m.mul(count, m.sqrt(largest)));
            Value phi = apply(m, gram, m.mul(top, factor));
            return SmallVector<Value>{m.cast(phi, element)};
          },
          [](FormulaBuilder &, Value, ArrayRef<Value> built) {
            // No trace of the scale in the result.
            return SmallVector<Value>(built);
          }};
}

static GramFunction getValues() {
  return {[](FormulaBuilder &m, const GramDecomposition &gram) {
            return SmallVector<Value>{m.sqrt(gram.squares)};
          },
          [](FormulaBuilder &m, Value scale, ArrayRef<Value> built) {
            return SmallVector<Value>{m.mul(built[0], scale)};
          }};
}

static GramFunction getFunction(Operation *op) {
  Type element = getElementTypeOrSelf(op->getOperand(0));
  if (auto power = dyn_cast<matrix::SpectralPowerOp>(op))
    return getPower(element, power.getPower().convertToDouble());
  return isa<matrix::LeadingOp>(op) ? getLeading(element) : getValues();
}

SmallVector<SmallVector<Value>>
steepest::buildGramFunctions(FormulaBuilder &m, ArrayRef<Operation *> ops) {
  Value x = ops.front()->getOperand(0);
  auto [scaledX, scaleX] = scaleByLargest(m, x);
  Value scaled = scaledX, scale = scaleX;
  SmallVector<GramFunction> functions = llvm::map_to_vector(ops, getFunction);
  auto isValues = [](Operation *op) {
    return isa<matrix::SingularValuesOp>(op);
  };
  SmallVector<size_t> sizes;
  SmallVector<Value> built =
      m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
        GramDecomposition gram =
            llvm::any_of(ops, isValues)
                ? decomposeDescending(inner, scaled, tall,
                                      !llvm::all_of(ops, isValues))
                : decompose(inner, scaled, tall);
        SmallVector<Value> all;
        sizes.clear();
        for (const GramFunction &function : functions) {
          SmallVector<Value> results = function.inside(inner, gram);
          sizes.push_back(results.size());
          llvm::append_range(all, results);
        }
        return all;
      });
  SmallVector<SmallVector<Value>> results;
  ArrayRef<Value> left = built;
  for (auto [function, size] : llvm::zip(functions, sizes)) {
    results.push_back(function.rescale(m, scale, left.take_front(size)));
    left = left.drop_front(size);
  }
  return results;
}

Value steepest::buildValuesOfLeading(FormulaBuilder &m, Value leading) {
  return m
      .byOrientation(
          leading,
          [&](FormulaBuilder &inner, bool tall) {
            // k values of 1 / k: the sum of squares is 1 / k, and
            // 0 for X = 0.
            Value parts =
                inner.sum(inner.square(inner.toF64(leading)),
                          tall ? matrix::Extent::Column : matrix::Extent::Row);
            Value one = inner.sum(parts);
            Value last = inner.sub(inner.divOrZero(inner.constant(1), one),
                                   inner.constant(0.5));
            Value index = inner.cast(
                inner.indices(matrix::IndexKind::Linear, parts), inner.f64());
            Value isTop = inner.compare(arith::CmpFPredicate::OLT, index,
                                        inner.broadcast(last, parts));
            return SmallVector<Value>{
                inner.select(isTop, inner.broadcast(one, parts),
                             inner.broadcast(inner.constant(0), parts))};
          })
      .front();
}

double steepest::getExactLowest(Type element) {
  // What eps64 ||X||^2 in the Gram matrix does to a singular value.
  double moved = 4 * std::numeric_limits<double>::epsilon();
  return std::sqrt(moved / getWorkingPrecision(element));
}

Cost steepest::getExactCost(const Machine &machine, MLIRContext *context) {
  Monomial n = Monomial::n(), m = Monomial::m();
  Type f64 = Float64Type::get(context);
  Cost cost = machine.product(m, n, m, f64, /*symmetric=*/true);
  cost += machine.eigenDecomposition(m);
  cost += machine.product(m, m, m, f64, /*symmetric=*/true);
  cost += machine.product(n, m, m, f64);
  return cost;
}

namespace {
class ExactSign : public SignRoute {
public:
  explicit ExactSign(const SignProblem &problem)
      : element(problem.getElement()) {}

  Cost getCost(const Machine &machine) const override {
    return getExactCost(machine, element.getContext());
  }

  std::string getSummary() const override {
    return "eigen-decomposition of the smaller Gram matrix in float64: 3 n m^2 "
           "+ about 11 m^3 flops";
  }

  FormulaBuilder::Msign build(FormulaBuilder &m, Value x) const override {
    return buildExactSign(m, x);
  }

private:
  Type element;
};
} // namespace

std::unique_ptr<SignRoute>
steepest::prepareExactSign(const SignProblem &problem, std::string &refusal) {
  auto exact = dyn_cast<matrix::ExactAttr>(problem.contract);
  if (!exact) {
    refusal = "the contract asks for another function";
    return nullptr;
  }
  double lowest = getExactLowest(problem.getElement());
  if (exact.getLowest() > 0 && exact.getLowest() < lowest) {
    refusal = llvm::formatv("the Gram matrix in float64 keeps singular values "
                            "from {0} of the largest on, the contract asks for "
                            "{1}",
                            matrix::printReal(lowest),
                            matrix::printReal(exact.getLowest()));
    return nullptr;
  }
  return std::make_unique<ExactSign>(problem);
}
