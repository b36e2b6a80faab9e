//===- GramSteps.cpp - odd steps on the Gram matrix -----------------------===//

#include "lib/Transforms/LowerSpectral/GramSteps.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// `body(builder, tall)`, in both orientations where that is not known.
static Value
buildOriented(FormulaBuilder &m, Value x, std::optional<bool> tall,
              function_ref<Value(FormulaBuilder &, bool tall)> body) {
  if (tall)
    return body(m, *tall);
  return m
      .byOrientation(x,
                     [&](FormulaBuilder &inner, bool isTall) {
                       return SmallVector<Value>{body(inner, isTall)};
                     })
      .front();
}

void GramSteps::forEachStep(
    ArrayRef<unsigned> starts,
    function_ref<void(size_t step, bool first, bool last)> body) const {
  for (size_t i = 0, next; i < steps.size(); i = next) {
    next = i + (pairs[i] ? 2 : 1);
    body(i, llvm::is_contained(starts, i),
         next == steps.size() || llvm::is_contained(starts, next));
  }
}

unsigned GramSteps::countInner(ArrayRef<unsigned> starts) const {
  unsigned count = 0;
  forEachStep(starts, [&](size_t i, bool first, bool last) {
    unsigned factor = pairs[i] ? 4 : steps[i].c != 0 ? 1 : 0;
    count += factor + !first + (last ? 0 : 2);
  });
  return count;
}

Cost GramSteps::getCost(const Machine &machine, Type element,
                        ArrayRef<unsigned> starts) const {
  Monomial n = Monomial::n(), m = Monomial::m();
  Type factor = factors ? factors : element;
  Cost cost =
      countInner(starts) * machine.product(m, m, m, factor, /*symmetric=*/true);
  // The pass of a pair reads four matrices and writes three.
  double bytes = element.getIntOrFloatBitWidth() / 8;
  for (const std::optional<StepPair> &pair : pairs)
    if (pair)
      cost += machine.pass(Monomial::number(7 * bytes) * m * m);
  for (size_t i = 0; i < starts.size(); ++i) {
    cost += machine.product(m, n, m, factor, /*symmetric=*/true);
    cost += machine.product(n, m, m, factor);
  }
  return cost;
}

Value GramSteps::buildGram(FormulaBuilder &m, Value x,
                           std::optional<bool> tall) const {
  return buildOriented(m, x, tall, [&](FormulaBuilder &inner, bool isTall) {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.factors = factors;
    (isTall ? options.transposeLhs : options.transposeRhs) = true;
    return inner.product(x, x, options);
  });
}

GramStart GramSteps::begin(FormulaBuilder &m, Value x,
                           std::optional<bool> tall) const {
  Value gram = buildGram(m, x, tall);
  return {x, gram, schatten4 ? Rescaling::of(m, gram) : Rescaling(), tall};
}

Value GramSteps::build(FormulaBuilder &m, const GramStart &start,
                       ArrayRef<unsigned> starts) const {
  Value x = start.x, gram = start.gram;
  const Rescaling &rescaling = start.rescaling;
  std::optional<bool> tall = start.tall;
  Type element = getElementTypeOrSelf(x);
  // alpha A B + beta D + gamma I, of which each but the first may be missing.
  auto productPlus = [&](Value a, Value b, Value alpha, Value beta, Value d,
                         Value gamma) {
    FormulaBuilder::ProductOptions options;
    options.symmetric = true;
    options.factors = factors;
    options.alpha = alpha;
    options.beta = beta;
    options.addend = beta ? d : Value();
    options.gamma = gamma;
    return m.product(a, b, options);
  };
  auto product = [&](Value a, Value b, Value alpha = {}, Value beta = {},
                     Value gamma = {}) {
    return productPlus(a, b, alpha, beta, b, gamma);
  };
  Value q, mean;
  forEachStep(starts, [&](size_t i, bool first, bool last) {
    const OddStep &step = steps[i];
    if (first && i > 0)
      gram = buildGram(m, x, tall);
    bool rescale = schatten4 && i == 0;
    // With the Gram matrix divided by t, and X by its root at the end.
    auto scaled = [&](double value, unsigned power) {
      return (rescale ? rescaling : Rescaling())
          .scale(m, value, power, element);
    };
    auto withIdentity = [&](Value matrix, Value factor) {
      return m.add(matrix, m.mul(m.identity(gram), factor));
    };
    // Minus the mean of the diagonal of the next Q, from that of P' Q + a Q.
    auto takeMean = [&](Value p, Value alpha, Value beta) {
      Value trace = m.dot(q, m.identity(gram));
      Value sum = m.add(m.mul(m.toF64(alpha), m.dot(p, q)),
                        m.mul(m.toF64(beta), trace));
      mean = m.cast(m.div(sum, m.toFloat(m.rows(gram))), element);
      return m.neg(mean);
    };
    bool shifts = factors && last && !first;
    mean = {};
    Value next;
    if (const std::optional<StepPair> &pair = pairs[i]) {
      auto number = [&](double value) { return scaled(value, 0); };
      auto ofGram = [&](double value) { return scaled(value, 1); };
      Value square = productPlus(gram, gram, rescale ? scaled(1, 2) : Value(),
                                 ofGram(-2 * pair->center), gram,
                                 number(pair->center * pair->center));
      Value quartic = productPlus(square, square, {}, ofGram(pair->linear),
                                  gram, number(-pair->linear * pair->center));
      Value sextic = product(square, quartic);
      auto combine = [&](const std::array<double, 4> &c) {
        Value sum =
            m.add(m.mul(gram, ofGram(c[1])), m.mul(square, number(c[2])));
        return c[3] == 0 ? sum : m.add(sum, m.mul(quartic, number(c[3])));
      };
      auto factor = [&](const std::array<double, 4> &c) {
        return withIdentity(m.add(sextic, combine(c)), number(c[0]));
      };
      Value r = productPlus(factor(pair->left), factor(pair->right),
                            number(pair->lead), number(1), combine(pair->rest),
                            number(pair->rest[0]));
      q = first ? r : product(r, q);
      if (!last)
        next = product(r, product(r, gram, rescale ? scaled(1, 1) : Value()));
    } else if (step.c == 0) {
      Value b = scaled(step.b, 1), a = scaled(step.a, 0);
      if (!first) {
        q = product(gram, q, b, a, shifts ? takeMean(gram, b, a) : Value());
      } else {
        q = m.mul(gram, b);
        if (factors && last)
          mean = a;
        else
          q = withIdentity(q, a);
      }
      if (!last)
        next = product(
            gram, product(gram, gram, scaled(step.b, 2), scaled(step.a, 1)), b,
            a);
    } else {
      Value a = scaled(step.a, 0);
      Value p = product(gram, gram, scaled(step.c, 2), scaled(step.b, 1),
                        factors ? Value() : a);
      // P Y / t^power
      auto times = [&](Value y, unsigned power, Value gamma = {}) {
        bool divides = rescale && power > 0;
        return product(p, y, divides ? scaled(1, power) : Value(),
                       factors ? scaled(step.a, power) : Value(), gamma);
      };
      if (!first)
        q = times(q, 0, shifts ? takeMean(p, scaled(1, 0), a) : Value());
      else if (!factors)
        q = p;
      else if (last)
        q = p, mean = a;
      else
        q = withIdentity(p, a);
      if (!last)
        next = times(times(gram, 1), 0);
    }
    gram = next;
    if (!last)
      return;
    bool divides =
        schatten4 && i < (starts.size() > 1 ? starts[1] : steps.size());
    x = buildOriented(m, x, tall, [&](FormulaBuilder &inner, bool isTall) {
      FormulaBuilder::ProductOptions options;
      options.factors = factors;
      if (divides)
        options.alpha = inner.cast(rescaling.inverseRoot, element);
      if (mean) {
        options.beta = divides ? inner.mul(options.alpha, mean) : mean;
        options.addend = x;
      }
      return isTall ? inner.product(x, q, options)
                    : inner.product(q, x, options);
    });
  });
  return x;
}

FormulaBuilder::Msign steepest::buildGramSign(
    FormulaBuilder &m, Value x, const GramSteps &steps, double lowest,
    double deviation, const Deviation *rounded,
    function_ref<Value(FormulaBuilder &, const GramStart &)> build) {
  Normalized normalized = normalize(m, x);
  auto apply = [&](FormulaBuilder &inner, std::optional<bool> tall) {
    GramStart start = steps.begin(inner, normalized.matrix, tall);
    SmallVector<Value> results{build(inner, start)};
    if (steps.isRescaled())
      results.push_back(start.rescaling.root);
    return results;
  };
  auto type = cast<RankedTensorType>(x.getType());
  // The steps are the same for both orientations.
  SmallVector<Value> results =
      type.isDynamicDim(0) && type.isDynamicDim(1)
          ? apply(m, std::nullopt)
          : m.byOrientation(x, [&](FormulaBuilder &inner, bool tall) {
              return apply(inner, tall);
            });
  Value norm = steps.isRescaled() ? m.mul(normalized.frobenius, results[1])
                                  : normalized.frobenius;
  return boundSign(m, x, normalized.frobenius, norm, results[0],
                   steps.getSteps(), lowest, deviation, rounded);
}
