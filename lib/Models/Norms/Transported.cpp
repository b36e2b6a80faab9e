//===- Transported.cpp - a norm seen through linear maps ------------------===//
//
// N(X) = ||A X B|| for invertible A and B, of which the inverses P = A^-1 and
// Q = B^-1 are given. <Z, X> = <P^T Z Q^T, A X B>, hence
//
//   dual      ||P^T Z Q^T||*,
//   dualizer  P D(P^T Z Q^T) Q,
//
// products alone. The norm itself and its gradient A^T V B^T, V the gradient of
// ||.|| at A X B, need A and B. They are found through an eigen-decomposition:
// P^T P = V diag(l) V^T gives A = (P^T P)^-1 P^T, with the digits that squaring
// loses restored by Newton's method for inverses, A <- A (2 I - P A).
// Directions in which P shrinks by more than `leastGain` against the largest
// count as lost: A maps them to 0, so that the norm measures what P can reach.
//
// Products are accumulated and kept in float64 between the two maps.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "runtime/steepest.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

/// The least singular value of P, in units of the largest, that is inverted.
static constexpr double leastGain = 1e-6;
/// Each step squares the error of A, which is at most 1e-4 at first.
static constexpr unsigned refinements = 2;

/// The pseudo-inverse of P, as f64.
static Value buildInverse(FormulaBuilder &m, Value p) {
  Value wide = m.toF64(p);
  Value scale = positiveOrOne(m, m.maxAbs(wide));
  Value unit = m.div(wide, scale);
  FormulaBuilder::Eigh eigh = m.eigh(m.gram(unit));
  m.require(eigh.converged, STEEPEST_NO_CONVERGENCE);
  Value least =
      m.mul(m.maximum(eigh.values), m.constant(leastGain * leastGain));
  Value isKept = m.compare(arith::CmpFPredicate::OGT, eigh.values,
                           m.broadcast(least, eigh.values));
  Value safe = m.select(isKept, eigh.values, m.constant(1));
  Value inverses = m.select(isKept, m.div(m.constant(1), safe), m.constant(0));
  FormulaBuilder::ProductOptions symmetric;
  symmetric.transposeLhs = symmetric.symmetric = true;
  Value weighted = m.mul(eigh.vectors, m.alongRows(inverses, eigh.vectors));
  Value a = m.productNT(m.product(eigh.vectors, weighted, symmetric), unit);
  for (unsigned step = 0; step < refinements; ++step) {
    // 2 A - A (P A).
    FormulaBuilder::ProductOptions rest;
    rest.alpha = m.constant(-1);
    rest.beta = m.constant(2);
    rest.addend = a;
    a = m.product(a, m.product(unit, a), rest);
  }
  return m.div(a, scale);
}

namespace {

/// The maps of one direction and the norm behind them.
struct Transport {
  NormModelAttrInterface model;
  /// Null where there is none.
  Value left, right;
  ValueRange operands;

  Transport(Attribute norm, FormulaBuilder &m, ValueRange all) {
    auto attr = cast<TransportedAttr>(norm);
    model = getNormModel(m, attr.getNorm());
    auto take = [&](bool isUsed) {
      if (!isUsed)
        return Value();
      Value map = m.toF64(all.front());
      all = all.drop_front();
      return map;
    };
    left = take(attr.getLeft());
    right = take(attr.getRight());
    operands = all;
  }

  static Value multiply(FormulaBuilder &m, Value left, Value x, Value right,
                        bool transpose) {
    Value y = m.toF64(x);
    if (left)
      y = transpose ? m.productTN(left, y) : m.product(left, y);
    if (right)
      y = transpose ? m.productNT(y, right) : m.product(y, right);
    return m.cast(y, getElementTypeOrSelf(x.getType()));
  }
  /// P^T Z Q^T.
  Value pull(FormulaBuilder &m, Value z) const {
    return multiply(m, left, z, right, /*transpose=*/true);
  }
  /// P Y Q.
  Value push(FormulaBuilder &m, Value y) const {
    return multiply(m, left, y, right, /*transpose=*/false);
  }
  /// With A and B instead of P and Q.
  Transport inverse(FormulaBuilder &m) const {
    Transport result = *this;
    if (left)
      result.left = buildInverse(m, left);
    if (right)
      result.right = buildInverse(m, right);
    return result;
  }
};

struct TransportedModel
    : NormModelAttrInterface::ExternalModel<TransportedModel, TransportedAttr> {
  Value buildNorm(Attribute attr, FormulaBuilder &m, Value x,
                  ValueRange operands) const {
    Transport transport(attr, m, operands);
    if (!transport.model)
      return {};
    Value seen = transport.inverse(m).push(m, x);
    return transport.model.buildNorm(m, seen, transport.operands);
  }
  Value buildDualNorm(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    Transport transport(attr, m, operands);
    if (!transport.model)
      return {};
    return transport.model.buildDualNorm(m, transport.pull(m, x),
                                         transport.operands);
  }
  Dualized buildDualizer(Attribute attr, FormulaBuilder &m, Value x,
                         ValueRange operands, Attribute contract) const {
    Transport transport(attr, m, operands);
    if (!transport.model)
      return {};
    Dualized inner = transport.model.buildDualizer(
        m, transport.pull(m, x), transport.operands, contract);
    if (!inner.phi)
      return {};
    return {transport.push(m, inner.phi), inner.dual, inner.length,
            /*attained=*/false,
            inner.penalty ? transport.push(m, inner.penalty) : Value()};
  }
  Value buildGradient(Attribute attr, FormulaBuilder &m, Value x,
                      ValueRange operands) const {
    Transport transport(attr, m, operands);
    if (!transport.model)
      return {};
    Transport inverse = transport.inverse(m);
    Value inner = transport.model.buildGradient(m, inverse.push(m, x),
                                                transport.operands);
    return inner ? inverse.pull(m, inner) : Value();
  }
};

} // namespace

void steepest::attachTransportedNorm(MLIRContext &context) {
  TransportedAttr::attachInterface<TransportedModel>(context);
}
