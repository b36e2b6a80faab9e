//===- Contract.cpp - how accurate an msign must be -----------------------===//
//
// A relative gap g has two causes. With every singular value that matters
// within e of 1, <G, Phi> / (1 + e) is at least (1 - e) / (1 + e) of the
// nuclear norm: e = g / 4 makes that g / 2. And k = min(rows, cols) singular
// values below l ||G||_2 may be lost altogether: they are at most k l of the
// nuclear norm, so l = g / (2 k) makes that the other half, whatever the
// spectrum. Few spectra need all of that: the contract names the gap, too, for
// `steepest-loosen-bands`.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Contract.h"
#include "lib/Support/Polynomials.h"

using namespace mlir;
using namespace steepest;

/// Gaps below this are reached by eigen-decomposition.
static constexpr double smallestGapByPolynomials = 1e-4;
/// What min(rows, cols) is taken to be while it is not known.
static constexpr int64_t assumedSize = 512;

/// min(rows, cols) as far as it is known: any static extent is a bound.
static int64_t getSmallerExtent(DirectionOp op) {
  auto type = cast<RankedTensorType>(op.getResult().getType());
  std::optional<int64_t> smaller;
  for (int64_t extent : type.getShape().take_back(2))
    if (!ShapedType::isDynamic(extent))
      smaller = std::min(smaller.value_or(extent), extent);
  return std::max<int64_t>(smaller.value_or(assumedSize), 1);
}

static FailureOr<Attribute> getPolynomials(DirectionOp op,
                                           PolynomialAttr polynomial) {
  if (polynomial.getSteps() == 0) {
    op.emitOpError() << "expects at least one polynomial step, got 0";
    return failure();
  }
  std::optional<OddSteps> steps =
      table(std::string_view(polynomial.getTable()), polynomial.getSteps());
  if (!steps) {
    InFlightDiagnostic error = op.emitOpError()
                               << "expects a known table of polynomials, got \""
                               << polynomial.getTable() << "\"";
    Diagnostic &note = error.attachNote();
    note << "known: ";
    llvm::interleaveComma(tableNames(), note, [&](std::string_view name) {
      note << StringRef(name);
    });
    return failure();
  }
  SmallVector<double> coefficients;
  for (const OddStep &step : *steps)
    coefficients.append({step.a, step.b, step.c});
  MLIRContext *context = op.getContext();
  return Attribute(matrix::PolynomialsAttr::get(
      context, DenseF64ArrayAttr::get(context, coefficients),
      polynomial.getRounding(),
      /*lowest=*/0.0, /*schatten4=*/false));
}

Attribute steepest::getContractForGap(DirectionOp op, double gap) {
  MLIRContext *context = op.getContext();
  if (gap < smallestGapByPolynomials)
    return matrix::ExactAttr::get(context);
  return matrix::BandAttr::get(context, gap / (2 * getSmallerExtent(op)),
                               gap / 4, gap);
}

FailureOr<Attribute> steepest::getMsignContract(DirectionOp op) {
  MLIRContext *context = op.getContext();
  auto band = [&](double lowest, double error) {
    return Attribute(matrix::BandAttr::get(context, lowest, error));
  };
  if (auto forced = dyn_cast_or_null<PolynomialAttr>(op.getMethodAttr()))
    return getPolynomials(op, forced);
  Attribute accuracy = op.getAccuracyAttr();
  if (auto asked = dyn_cast_or_null<BandAttr>(accuracy))
    return band(asked.getLowest(), asked.getError());
  if (auto exact = dyn_cast_or_null<ExactAttr>(accuracy))
    return Attribute(matrix::ExactAttr::get(context, exact.getLowest()));
  if (auto gap = dyn_cast_or_null<GapAttr>(accuracy))
    return getContractForGap(op, gap.getGap());
  return Attribute(matrix::BandAttr::getDefault(context));
}
