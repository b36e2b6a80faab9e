//===- Contract.cpp - how accurate an msign must be -----------------------===//
//
// A gap is the sum of what the msign loses and of what a solver around it
// leaves. With every singular value that matters within e of 1, <G, Phi> is at
// least (1 - e) / (1 + e) of the nuclear norm for Phi / (1 + e): a quarter of
// the gap for the error makes that half. Singular values below the band lose at
// most `lowest` sqrt(rank) of the rest, hence a lower end far below the gap;
// beyond it the eigen-decomposition is cheaper than more steps.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Contract.h"
#include "lib/Support/Polynomials.h"

using namespace mlir;
using namespace steepest;

/// Gaps below this are reached by eigen-decomposition.
static constexpr double smallestGapByPolynomials = 1e-4;

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
      context, DenseF64ArrayAttr::get(context, coefficients)));
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
  if (isa_and_nonnull<ExactAttr>(accuracy))
    return Attribute(matrix::ExactAttr::get(context));
  if (auto gap = dyn_cast_or_null<GapAttr>(accuracy)) {
    if (gap.getGap() < smallestGapByPolynomials)
      return Attribute(matrix::ExactAttr::get(context));
    return band(gap.getGap() / 64, gap.getGap() / 4);
  }
  return band(1e-3, 1e-2);
}
