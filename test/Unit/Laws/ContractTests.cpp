//===- ContractTests.cpp - what a direction asks of its msign -------------===//

#include "lib/Models/Methods/Contract.h"
#include "lib/Support/Polynomials.h"
#include "mlir/AsmParser/AsmParser.h"
#include "test/Unit/Laws/Harness.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;

/// The contract of a direction with this text behind its norm, printed.
static std::string contractOf(StringRef clauses,
                              StringRef type = "tensor<?x?xf32>") {
  MLIRContext *context = &getContext();
  std::string text;
  ScopedDiagnosticHandler catchErrors(context, [&](Diagnostic &diagnostic) {
    text += diagnostic.str();
    for (Diagnostic &note : diagnostic.getNotes())
      text += "; " + note.str();
  });
  OpBuilder builder(context);
  Location loc = builder.getUnknownLoc();
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  builder.setInsertionPointToEnd(module->getBody());
  auto tensor = cast<RankedTensorType>(parseType(type, context));
  auto function = func::FuncOp::create(builder, loc, "f",
                                       builder.getFunctionType({tensor}, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  Attribute clause = clauses.empty() ? Attribute() : parse(clauses);
  bool isMethod = isa_and_nonnull<PolynomialAttr>(clause);
  auto op = DirectionOp::create(
      builder, loc, tensor, Type(), block->getArgument(0), Value(), Value(),
      ValueRange(), SpectralAttr::get(context), Attribute(),
      /*penalty=*/false, isMethod ? Attribute() : clause,
      isMethod ? clause : Attribute(), IntegerAttr());
  FailureOr<Attribute> contract = getMsignContract(op);
  if (succeeded(contract))
    llvm::raw_string_ostream(text) << *contract;
  return text;
}

/// An attribute as it is printed.
static std::string written(StringRef attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << parse(attribute);
  return text;
}

TEST(Contract, DefaultsToABand) {
  EXPECT_EQ(contractOf(""),
            written("#matrix.band<lowest = 1.0e-2, error = 1.0e-2>"));
}

TEST(Contract, IsTheAccuracyAskedFor) {
  EXPECT_EQ(contractOf("#steepest.band<lowest = 2.0e-4, error = 3.0e-3>"),
            written("#matrix.band<lowest = 2.0e-4, error = 3.0e-3>"));
  EXPECT_EQ(contractOf("#steepest.exact"), "#matrix.exact");
  EXPECT_EQ(contractOf("#steepest.exact<lowest = 1.0e-12>"),
            "#matrix.exact<lowest = 1.0e-12>");
}

TEST(Contract, SplitsAGapByTheSmallerExtent) {
  // 1 / 8192 / (2 k), k assumed or known.
  EXPECT_EQ(contractOf("#steepest.gap<1.220703125e-4>"),
            written("#matrix.band<lowest = 1.1920928955078125e-7, "
                    "error = 3.0517578125e-5, gap = 1.220703125e-4>"));
  EXPECT_EQ(
      contractOf("#steepest.gap<1.220703125e-4>", "tensor<?x2xf32>"),
      written("#matrix.band<lowest = 3.0517578125e-5, error = 3.0517578125e-5, "
              "gap = 1.220703125e-4>"));
  EXPECT_EQ(
      contractOf("#steepest.gap<1.220703125e-4>", "tensor<4x2x8xf32>"),
      written("#matrix.band<lowest = 3.0517578125e-5, error = 3.0517578125e-5, "
              "gap = 1.220703125e-4>"));
  EXPECT_EQ(contractOf("#steepest.gap<1.0e-5>"), "#matrix.exact");
}

TEST(Contract, HasTheStepsOfATable) {
  std::optional<OddSteps> steps = table("muon", 5);
  ASSERT_TRUE(steps);
  SmallVector<double> coefficients;
  for (OddStep step : *steps)
    coefficients.append({step.a, step.b, step.c});
  std::string expected;
  llvm::raw_string_ostream(expected) << Attribute(matrix::PolynomialsAttr::get(
      &getContext(), DenseF64ArrayAttr::get(&getContext(), coefficients),
      /*rounding=*/0.0, /*lowest=*/0.0, /*schatten4=*/false));
  EXPECT_EQ(contractOf("#steepest.polynomial<\"muon\", steps = 5>"), expected);
}

TEST(Contract, NamesTheTablesItKnows) {
  std::string text = contractOf("#steepest.polynomial<\"moun\", steps = 5>");
  EXPECT_NE(text.find("expects a known table of polynomials, got \"moun\""),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("known: "), std::string::npos) << text;
  EXPECT_NE(text.find("muon"), std::string::npos) << text;
  text = contractOf("#steepest.polynomial<\"muon\", steps = 0>");
  EXPECT_NE(text.find("expects at least one polynomial step, got 0"),
            std::string::npos)
      << text;
}
