//===- Groups.cpp - norms of entries, columns and rows --------------------===//
//
// The l_p norm of the Euclidean lengths s_j of groups z_j of entries, smoothed
// to r_j with weights w_j (Smoothed.h): the gradient is phi_j = w_j z_j. For
// q <= 2 its derivative is, with u_j = z_j / r_j,
//
//   w_j (d_j - (2 - q) u_j <u_j, d_j>)
//
// but for a term along phi <phi, D>, which vanishes where phi is tangent and D
// is normal. The lagged form has phi_j / (w_j r_j), cut to length one, in place
// of u_j: they are equal at a solution, and the operator is semidefinite
// because (2 - q) |u_j|^2 <= 1. For q > 2 the same formula with z_j / s_j is
// positive by itself.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Smoothed/Smoothed.h"
#include <limits>

using namespace mlir;
using namespace steepest;
using matrix::Extent;
using matrix::FormulaBuilder;

namespace {

class GroupDual : public SmoothedDual {
public:
  /// `extent` says what a group is: an entry where it is Scalar.
  GroupDual(FormulaBuilder &m, Value z, Extent extent, double p,
            Value smoothing)
      : z(z), extent(extent), powers(m, perGroup(m, m.square(z)), p, smoothing),
        gradient(m.mul(z, spread(m, powers.weights))) {}

  Value scale() override { return powers.scale; }
  Value dual() override { return powers.dual; }
  Value value() override { return powers.value; }
  Value phi() override { return gradient; }

  Value prepare(Builder &m, Value phi) override { return unit(m, phi); }
  Value derivative(Builder &m, Value u, Value d) override {
    Value along = m.mul(u, spread(m, perGroup(m, m.mul(u, d))));
    Value factor = m.sub(powers.exponent, m.constant(2));
    return m.mul(m.add(d, m.mul(along, factor)), spread(m, powers.weights));
  }
  Value majoriser(Builder &m, Value d) override {
    return m.mul(d, spread(m, powers.bounds));
  }
  Value inverseMajoriser(Builder &m, Value d) override {
    return m.div(d, spread(m, powers.bounds));
  }

private:
  Value perGroup(Builder &m, Value x) const {
    return extent == Extent::Scalar ? x : m.sum(x, extent);
  }
  Value spread(Builder &m, Value x) const {
    return extent == Extent::Scalar ? x : m.broadcast(x, z, extent);
  }
  /// u, or what stands for it, with groups of length at most one.
  Value unit(Builder &m, Value lagged) const {
    if (!powers.isConcave())
      return m.mul(z, spread(m, inverseOrZero(m, powers.roots)));
    Value ratio = m.mul(powers.weights, powers.roots);
    Value u = m.div(lagged, spread(m, ratio));
    Value length = m.sqrt(perGroup(m, m.square(u)));
    Value cut = m.max(length, m.broadcast(m.constant(1), length));
    return m.div(u, spread(m, cut));
  }

  Value z;
  Extent extent;
  SmoothedPowers powers;
  Value gradient;
};

template <typename Attr, Extent extent>
struct Model
    : SmoothedNormModelAttrInterface::ExternalModel<Model<Attr, extent>, Attr> {
  static double getP(Attribute attr) {
    if constexpr (std::is_same_v<Attr, LpAttr>)
      return cast<LpAttr>(attr).getP();
    else if constexpr (std::is_same_v<Attr, L1Attr>)
      return 1;
    else
      return std::numeric_limits<double>::infinity();
  }
  std::unique_ptr<SmoothedDual> buildSmoothedDual(Attribute attr,
                                                  FormulaBuilder &m, Value z,
                                                  ValueRange,
                                                  Value smoothing) const {
    return std::make_unique<GroupDual>(m, z, extent, getP(attr), smoothing);
  }
};

} // namespace

void steepest::attachSmoothedGroups(MLIRContext &context) {
  LinfAttr::attachInterface<Model<LinfAttr, Extent::Scalar>>(context);
  L1Attr::attachInterface<Model<L1Attr, Extent::Scalar>>(context);
  LpAttr::attachInterface<Model<LpAttr, Extent::Scalar>>(context);
  ColumnsAttr::attachInterface<Model<ColumnsAttr, Extent::Column>>(context);
  RowsAttr::attachInterface<Model<RowsAttr, Extent::Row>>(context);
}
