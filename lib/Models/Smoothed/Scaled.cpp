//===- Scaled.cpp - a norm with another radius ----------------------------===//
//
// N / r has the dual r N*: value, gradient and derivatives of the smoothed dual
// are r times those of N*, with lagged gradients in units of r.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Norms/Norms.h"
#include "lib/Models/Smoothed/Smoothed.h"

using namespace mlir;
using namespace steepest;
using matrix::FormulaBuilder;

namespace {

class ScaledDual : public SmoothedDual {
public:
  ScaledDual(FormulaBuilder &m, std::unique_ptr<SmoothedDual> inner,
             Value radius)
      : inner(std::move(inner)), radius(radius),
        scaledDual(m.mul(this->inner->dual(), radius)),
        scaledValue(m.mul(this->inner->value(), radius)),
        gradient(m.mul(this->inner->phi(), radius)) {}

  Value scale() override { return inner->scale(); }
  Value dual() override { return scaledDual; }
  Value value() override { return scaledValue; }
  Value phi() override { return gradient; }
  Value prepare(Builder &m, Value phi) override {
    return inner->prepare(m, m.div(phi, radius));
  }
  Value derivative(Builder &m, Value prepared, Value d) override {
    return m.mul(inner->derivative(m, prepared, d), radius);
  }
  Value majoriser(Builder &m, Value d) override {
    return m.mul(inner->majoriser(m, d), radius);
  }
  Value inverseMajoriser(Builder &m, Value d) override {
    return m.div(inner->inverseMajoriser(m, d), radius);
  }

private:
  std::unique_ptr<SmoothedDual> inner;
  Value radius, scaledDual, scaledValue, gradient;
};

struct Model
    : SmoothedNormModelAttrInterface::ExternalModel<Model, ScaledAttr> {
  std::unique_ptr<SmoothedDual> buildSmoothedDual(Attribute attr,
                                                  FormulaBuilder &m, Value z,
                                                  ValueRange operands,
                                                  Value smoothing) const {
    auto scaled = cast<ScaledAttr>(attr);
    // `hasSmoothedDual` has looked inside.
    auto norm = cast<SmoothedNormModelAttrInterface>(scaled.getNorm());
    std::unique_ptr<SmoothedDual> inner =
        norm.buildSmoothedDual(m, z, operands, smoothing);
    if (!inner)
      return {};
    return std::make_unique<ScaledDual>(m, std::move(inner),
                                        buildRadius(m, scaled, z));
  }
};

} // namespace

void steepest::attachSmoothedScaled(MLIRContext &context) {
  ScaledAttr::attachInterface<Model>(context);
}
