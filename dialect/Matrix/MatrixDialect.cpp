//===- MatrixDialect.cpp - registration and attributes --------------------===//

#include "dialect/Matrix/Matrix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace steepest::matrix;

#include "dialect/Matrix/MatrixDialect.cpp.inc"

#include "dialect/Matrix/MatrixEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/Matrix/MatrixAttrs.cpp.inc"

void MatrixDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/Matrix/MatrixAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/Matrix/MatrixOps.cpp.inc"
      >();
}

BandAttr BandAttr::getDefault(MLIRContext *context) {
  return get(context, /*lowest=*/1e-2, /*error=*/1e-2);
}

LogicalResult BandAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               Real lowest, Real error, Real gap) {
  // Written so that NaN fails too.
  if (!(lowest > 0 && lowest < 1))
    return emitError()
           << "expects the lowest singular value of a band in (0, 1), got "
           << printReal(lowest);
  if (!(error > 0 && error < 1))
    return emitError() << "expects the error of a band in (0, 1), got "
                       << printReal(error);
  if (!(gap >= 0 && gap < 1))
    return emitError() << "expects the gap of a band in [0, 1), got "
                       << printReal(gap);
  return success();
}

LogicalResult
PolynomialsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                        Reals coefficients, Real rounding, Real lowest, bool) {
  if (coefficients.size() == 0 || coefficients.size() % 3 != 0)
    return emitError()
           << "expects three coefficients for each polynomial step, got "
           << coefficients.size() << " in all";
  if (!(rounding >= 0 && rounding < 1))
    return emitError() << "expects 0 <= rounding < 1, got "
                       << printReal(rounding);
  if (!(lowest >= 0 && lowest < 1))
    return emitError() << "expects 0 <= lowest < 1, got " << printReal(lowest);
  return success();
}

LogicalResult ExactAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                Real lowest) {
  if (!(lowest >= 0 && lowest < 1))
    return emitError() << "expects 0 <= lowest < 1, got " << printReal(lowest);
  return success();
}

LogicalResult
RationalStepsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                          ArrayRef<FractionsAttr> steps, Real lowest) {
  if (steps.empty())
    return emitError() << "expects at least one rational step, got none";
  for (FractionsAttr step : steps) {
    bool all = step.getWide() == step.getPoles().size();
    if (step.getWide() > 0 ? !all || !step.getWideProduct()
                           : step.getWideProduct())
      return emitError() << "expects a step with all poles wide and "
                            "wide_product, or none of them, got "
                         << step;
  }
  if (!(lowest >= 0 && lowest < 1))
    return emitError() << "expects 0 <= lowest < 1, got " << printReal(lowest);
  return success();
}

LogicalResult
FractionsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                      Real constant, Reals weights, Reals poles, unsigned wide,
                      bool) {
  if (weights.size() != poles.size() || poles.size() == 0)
    return emitError() << "expects as many weights as poles, at least one, got "
                       << weights.size() << " and " << poles.size();
  if (!(constant >= 0 && std::isfinite(constant)))
    return emitError() << "expects a constant >= 0, got "
                       << printReal(constant);
  double below = 0;
  for (auto [weight, pole] :
       llvm::zip(weights.asArrayRef(), poles.asArrayRef())) {
    if (!(weight > 0 && std::isfinite(weight)))
      return emitError() << "expects positive weights, got "
                         << printReal(weight);
    if (!(pole > below && std::isfinite(pole)))
      return emitError() << "expects positive poles in ascending order, got "
                         << printReal(pole);
    below = pole;
  }
  if (wide > size_t(poles.size()))
    return emitError() << "expects at most " << poles.size()
                       << " wide poles, got " << wide;
  return success();
}
