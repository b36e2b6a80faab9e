//===- Anderson.cpp - acceleration of fixed-point iterations --------------===//

#include "lib/Models/Methods/Splitting/Anderson.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using matrix::FormulaBuilder;

/// Added to the diagonal of the Gram matrix of unit differences.
static constexpr double regularization = 1e-8;

AndersonMemory AndersonMemory::create(FormulaBuilder &m, unsigned depth,
                                      Value x) {
  AndersonMemory memory;
  Value zero = m.broadcast(m.constant(0), x);
  memory.residuals.assign(depth, zero);
  memory.images.assign(depth, zero);
  return memory;
}

Values AndersonMemory::pack() const {
  Values values = residuals;
  values.append(images.begin(), images.end());
  return values;
}

AndersonMemory AndersonMemory::unpack(ValueRange values) {
  size_t depth = values.size() / 2;
  AndersonMemory memory;
  memory.residuals.assign(values.begin(), values.begin() + depth);
  memory.images.assign(values.begin() + depth, values.end());
  return memory;
}

AndersonMemory AndersonMemory::push(FormulaBuilder &m, Value isLinked,
                                    Value residual, Value image) const {
  auto shift = [&](const Values &old, Value newest) {
    Values next;
    for (size_t i = 0; i < old.size(); ++i) {
      Value x = i == 0 ? newest : old[i - 1];
      next.push_back(m.select(m.broadcast(isLinked, x), x, m.constant(0)));
    }
    return next;
  };
  return {shift(residuals, residual), shift(images, image)};
}

/// The solution of (A + regularization) x = b for a small symmetric A with ones
/// or zeros on its diagonal, by elimination; b is overwritten.
static void solveSmall(FormulaBuilder &m, SmallVector<Values> &a, Values &b) {
  size_t n = b.size();
  for (size_t k = 0; k < n; ++k)
    for (size_t i = k + 1; i < n; ++i) {
      Value factor = m.div(a[i][k], a[k][k]);
      for (size_t j = k; j < n; ++j)
        a[i][j] = m.sub(a[i][j], m.mul(factor, a[k][j]));
      b[i] = m.sub(b[i], m.mul(factor, b[k]));
    }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; ++j)
      b[k] = m.sub(b[k], m.mul(a[k][j], b[j]));
    b[k] = m.div(b[k], a[k][k]);
  }
}

Value AndersonMemory::extrapolate(FormulaBuilder &m, Value residual,
                                  Value image) const {
  size_t n = residuals.size();
  SmallVector<Values> gram(n, Values(n));
  Values right(n), scale(n);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j)
      gram[i][j] = gram[j][i] = m.dot(residuals[i], residuals[j]);
  for (size_t i = 0; i < n; ++i) {
    right[i] = m.dot(residuals[i], residual);
    scale[i] = m.divOrZero(m.constant(1), m.sqrt(gram[i][i]));
  }
  for (size_t i = 0; i < n; ++i) {
    right[i] = m.mul(right[i], scale[i]);
    for (size_t j = 0; j < n; ++j)
      gram[i][j] = m.mul(m.mul(gram[i][j], scale[i]), scale[j]);
    // A zero difference leaves its row zero but for this: its weight is zero.
    gram[i][i] = m.add(gram[i][i], m.constant(regularization));
  }
  solveSmall(m, gram, right);
  Value next = image;
  for (size_t i = 0; i < n; ++i)
    next = m.sub(next, m.mul(images[i], m.mul(right[i], scale[i])));
  return next;
}
