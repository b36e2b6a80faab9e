//===- NormFamilyTests.cpp - norms made of singular values and of parts ---===//
//
// The laws, the gradients and the balls of the norms with parameters: Ky Fan,
// clipping, columns, rows, blocks, soft orthogonalisation, transport, and
// operator norms, whose definition max ||X v|| is searched as well.
//
//===----------------------------------------------------------------------===//

#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

namespace {

struct Subject {
  const char *norm;
  double tolerance = 1e-9;
  /// By how much bounds may exceed what they bound: what singular values from
  /// Gram matrices leave open, where a small one is divided by.
  double slack = 0;
  bool hasBall = true;
};

void PrintTo(const Subject &subject, std::ostream *out) {
  *out << subject.norm;
}

const Subject subjects[] = {
    {"#steepest.ky_fan<1>", 1e-9, 1e-6},
    {"#steepest.ky_fan<2>", 1e-9, 1e-6},
    {"#steepest.ky_fan<4>", 1e-9, 1e-6},
    {"#steepest.ky_fan<100>", 1e-9, 1e-6},
    {"#steepest.ky_fan_dual<1>", 1e-9, 1e-4},
    {"#steepest.ky_fan_dual<2>", 1e-9, 1e-4},
    {"#steepest.ky_fan_dual<4>", 1e-9, 1e-4},
    // All singular values are divided by.
    {"#steepest.ky_fan_dual<100>", 1e-7, 1e-4},
    {"#steepest.spectral_frobenius<1.0>", 1e-9, 1e-6},
    {"#steepest.spectral_frobenius<1.3>", 1e-9, 1e-6},
    {"#steepest.spectral_frobenius<2.0>", 1e-9, 1e-4},
    // All singular values are divided by.
    {"#steepest.spectral_frobenius<9.0>", 1e-7, 1e-4},
    {"#steepest.linf_l2<1.0>"},
    {"#steepest.linf_l2<1.5>"},
    {"#steepest.linf_l2<3.0>"},
    {"#steepest.linf_l2<50.0>"},
    {"#steepest.max_columns<#steepest.l1>"},
    {"#steepest.max_columns<#steepest.lp<1.5>>", 1e-9, 0, false},
    {"#steepest.max_columns<#steepest.lp<2.0>>"},
    {"#steepest.max_columns<#steepest.linf>"},
    {"#steepest.max_columns<#steepest.rms>"},
    {"#steepest.max_columns<#steepest.linf_l2<1.5>>"},
    {"#steepest.max_columns<#steepest.scaled<norm = #steepest.l1, radius = "
     "3.0, "
     "cols = 0.5>>"},
    {"#steepest.max_rows<#steepest.l1>"},
    {"#steepest.max_rows<#steepest.lp<4.0>>", 1e-9, 0, false},
    {"#steepest.max_rows<#steepest.l2>"},
    {"#steepest.max_rows<#steepest.rms>"},
    {"#steepest.max_rows<#steepest.linf_l2<2.0>>"},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.lp<3.0>>", 1e-9, 0,
     false},
    {"#steepest.operator<from = #steepest.lp<3.0>, to = #steepest.linf>", 1e-9,
     0, false},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.rms>"},
    {"#steepest.operator<from = #steepest.rms, to = #steepest.linf>"},
    {"#steepest.operator<from = #steepest.rms, to = #steepest.rms>"},
    {"#steepest.operator<from = #steepest.linf, to = #steepest.linf>"},
    {"#steepest.blocks<norm = #steepest.spectral>"},
    {"#steepest.blocks<norm = #steepest.frobenius, cols = 2>"},
    {"#steepest.blocks<norm = #steepest.spectral, cols = 2>"},
    {"#steepest.blocks<norm = #steepest.l1, rows = 7, cols = 2>"},
    {"#steepest.blocks<norm = #steepest.rms, rows = 4>"},
    {"#steepest.smoothed_spectral<0.01>", 1e-9, 1e-6, false},
    {"#steepest.smoothed_spectral<2.0>", 1e-9, 1e-6, false},
    {"#steepest.transported<norm = #steepest.frobenius>", 1e-9, 0, false},
    {"#steepest.transported<norm = #steepest.spectral, right = false>", 1e-9, 0,
     false},
    {"#steepest.transported<norm = #steepest.linf, left = false>", 1e-9, 0,
     false},
    {"#steepest.transported<norm = #steepest.weighted_l2>", 1e-9, 0, false},
};

std::string nameOf(StringRef text) {
  std::string name;
  for (char c : text)
    name += llvm::isAlnum(c) ? c : '_';
  return name;
}

class NormFamilies : public ::testing::TestWithParam<Subject> {
protected:
  using Operands = std::vector<Matrix>;

  /// Calls `check` with every input that the norm measures.
  void
  forInputs(llvm::function_ref<void(const Input &, const Operands &)> check) {
    unsigned tried = 0;
    for (const Input &input : makeInputs()) {
      std::optional<Operands> operands = makeOperands(norm, input, source);
      if (!operands)
        continue;
      SCOPED_TRACE(input.name);
      check(input, *operands);
      ++tried;
    }
    EXPECT_GT(tried, 0u) << "the norm measures none of the inputs";
  }
  /// A formula of x alone.
  Matrix apply(
      const Matrix &x, const Input &input, const Operands &operands,
      llvm::function_ref<Value(FormulaBuilder &, Value, ValueRange)> formula) {
    SmallVector<Type> types = {input.getType()};
    Data arguments = {datumOf(x, input.rank)};
    for (const Matrix &operand : operands) {
      types.push_back(typeOf(operand, input.rank, input.isStatic));
      arguments.push_back(datumOf(operand, input.rank));
    }
    Data results =
        evaluate(types, arguments,
                 [&](FormulaBuilder &m, ValueRange v) -> SmallVector<Value> {
                   Value result = formula(m, v.front(), v.drop_front());
                   if (result)
                     EXPECT_EQ(result.getType(), v.front().getType());
                   return {result};
                 });
    return results.empty() ? Matrix::Zero(x.rows(), x.cols())
                           : results[0].matrix();
  }
  Measured of(const Matrix &x, const Input &input, const Operands &operands) {
    return measure(norm, x, input, operands);
  }

  Attribute norm = parse(GetParam().norm);
  NormModelAttrInterface model = cast<NormModelAttrInterface>(norm);
  double tolerance = GetParam().tolerance;
  Source source{21};
};

} // namespace

TEST_P(NormFamilies, ObeyTheLaws) {
  checkNormLaws(norm, tolerance, GetParam().slack);
}

TEST_P(NormFamilies, HaveGradients) {
  // Singular values that Gram matrices do not resolve are left out.
  double open = std::max(tolerance, GetParam().slack);
  forInputs([&](const Input &input, const Operands &operands) {
    auto gradientOf = [&](const Matrix &x) {
      return apply(x, input, operands,
                   [&](FormulaBuilder &m, Value x, ValueRange operands) {
                     return model.buildGradient(m, x, operands);
                   });
    };
    Matrix v = gradientOf(input.x);
    double length = of(input.x, input, operands).norm;
    EXPECT_NEAR(inner(v, input.x), length, open * length);
    EXPECT_LE(of(v, input, operands).dualNorm, 1 + open);
    if (input.x.isZero(0))
      EXPECT_TRUE(v.isZero(0));
    for (double scale : {1e-30, 1e30})
      EXPECT_LE(distance(gradientOf(scale * input.x), v), open);
  });
}

TEST_P(NormFamilies, HaveNearestPoints) {
  // Half of the digits of small singular values.
  double open = 3e-8;
  forInputs([&](const Input &input, const Operands &operands) {
    const Matrix &x = input.x;
    auto project = [&](const Matrix &x, double radius) {
      return apply(x, input, operands,
                   [&](FormulaBuilder &m, Value x, ValueRange operands) {
                     Value near = model.buildBallProjection(m, x, operands,
                                                            m.constant(radius));
                     EXPECT_EQ(bool(near), GetParam().hasBall);
                     return near ? near : x;
                   });
    };
    auto lengthOf = [&](const Matrix &y) {
      return of(y, input, operands).norm;
    };
    double whole = lengthOf(x);
    for (double share : {1e-2, 0.3, 0.9, 1.5}) {
      double radius = whole > 0 ? share * whole : 1;
      Matrix near = project(x, radius);
      if (!GetParam().hasBall)
        continue;
      if (whole <= radius) {
        EXPECT_LE(distance(near, x), 1e-14 * x.norm()) << "x is inside";
        continue;
      }
      EXPECT_NEAR(lengthOf(near), radius, open * radius) << "on the boundary";
      EXPECT_LE(distance(project(near, radius), near), open * near.norm());
      for (double scale : {1e-30, 1e30})
        EXPECT_LE(distance(project(scale * x, scale * radius) / scale, near),
                  open * near.norm());
      // <x - P x, y - P x> <= 0 for all y in the ball.
      for (int trial = 0; trial < 6; ++trial) {
        Matrix y = source.gaussian(x.rows(), x.cols());
        if (trial >= 3)
          y = near + 0.1 * near.norm() * y / y.norm();
        y *= radius / lengthOf(y);
        EXPECT_LE(inner(x - near, y - near),
                  open * x.norm() * (y.norm() + near.norm()));
      }
    }
  });
}

INSTANTIATE_TEST_SUITE_P(All, NormFamilies, ::testing::ValuesIn(subjects),
                         [](const auto &info) {
                           return nameOf(info.param.norm);
                         });

//===----------------------------------------------------------------------===//
// Norms that columns cannot be measured by
//===----------------------------------------------------------------------===//

namespace {
/// The norm of a plugin, say.
struct Foreign : NormAttrInterface::ExternalModel<Foreign, UnitAttr> {
  LogicalResult verifyNorm(Attribute, function_ref<InFlightDiagnostic()>,
                           RankedTensorType, TypeRange) const {
    return success();
  }
  NormFacts getNormFacts(Attribute) const { return {}; }
};
} // namespace

TEST(PartsNorms, RefuseWhatHasNoFormulasForAllColumns) {
  MLIRContext *context = &getContext();
  UnitAttr::attachInterface<Foreign>(*context);
  auto foreign = UnitAttr::get(context);
  std::string message;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    message += diagnostic.str();
    for (Diagnostic &note : diagnostic.getNotes())
      message += "; " + note.str();
  });
  auto emitError = [&] { return mlir::emitError(UnknownLoc::get(context)); };
  RankedTensorType type = typeOf(Matrix::Ones(2, 3), 2, /*isStatic=*/true);
  EXPECT_TRUE(failed(
      MaxColumnsAttr::get(context, foreign).verifyNorm(emitError, type, {})));
  EXPECT_EQ(message,
            "expects a norm with formulas for all columns at once, got unit; "
            "known: l1, l2, lp, linf, linf_l2, rms, and multiples of these "
            "(scaled)");
  message.clear();
  EXPECT_TRUE(failed(
      MaxRowsAttr::get(context, foreign).verifyNorm(emitError, type, {})));
  EXPECT_TRUE(StringRef(message).starts_with(
      "expects a norm with formulas for all rows at once, got unit"));
}

//===----------------------------------------------------------------------===//
// Operator norms by search
//===----------------------------------------------------------------------===//

namespace {
/// An operator norm and the exponents and size powers of its two sides.
struct Pair {
  const char *norm;
  double from, to;
  bool fromRms = false, toRms = false;
};

void PrintTo(const Pair &pair, std::ostream *out) { *out << pair.norm; }

constexpr double infinity = std::numeric_limits<double>::infinity();

const Pair pairs[] = {
    {"#steepest.operator<from = #steepest.l1, to = #steepest.l1>", 1, 1},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.lp<1.5>>", 1, 1.5},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.l2>", 1, 2},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.lp<4.0>>", 1, 4},
    {"#steepest.operator<from = #steepest.l1, to = #steepest.linf>", 1,
     infinity},
    {"#steepest.operator<from = #steepest.lp<1.0>, to = #steepest.rms>", 1, 2,
     false, true},
    {"#steepest.operator<from = #steepest.lp<1.5>, to = #steepest.linf>", 1.5,
     infinity},
    {"#steepest.operator<from = #steepest.l2, to = #steepest.linf>", 2,
     infinity},
    {"#steepest.operator<from = #steepest.rms, to = #steepest.linf>", 2,
     infinity, true},
    {"#steepest.operator<from = #steepest.lp<4.0>, to = #steepest.linf>", 4,
     infinity},
    {"#steepest.operator<from = #steepest.linf, to = #steepest.lp<inf>>",
     infinity, infinity},
    {"#steepest.operator<from = #steepest.l2, to = #steepest.l2>", 2, 2},
    {"#steepest.operator<from = #steepest.rms, to = #steepest.lp<2.0>>", 2, 2,
     true, false},
    {"#steepest.operator<from = #steepest.rms, to = #steepest.rms>", 2, 2, true,
     true},
};

double vectorNorm(const Matrix &v, double p, bool isRms) {
  double norm = std::isinf(p)
                    ? v.cwiseAbs().maxCoeff()
                    : std::pow(v.cwiseAbs().array().pow(p).sum(), 1 / p);
  return isRms ? norm / std::sqrt(double(v.size())) : norm;
}

class OperatorNorms : public ::testing::TestWithParam<Pair> {};
} // namespace

TEST_P(OperatorNorms, AreLargestGains) {
  Pair pair = GetParam();
  Attribute norm = parse(pair.norm);
  Source source(31);
  for (const Input &input : makeInputs()) {
    if (input.rank != 2 || input.x.isZero(0))
      continue;
    SCOPED_TRACE(input.name);
    const Matrix &x = input.x;
    double claimed = measure(norm, x, input, {}).norm, found = 0;
    auto visit = [&](const Matrix &v) {
      double length = vectorNorm(v, pair.from, pair.fromRms);
      if (length == 0)
        return;
      double gain = vectorNorm(x * v, pair.to, pair.toRms) / length;
      EXPECT_LE(gain, claimed * (1 + 1e-9)) << "a gain above the norm";
      found = std::max(found, gain);
    };
    // Where the maximum is for the computable pairs: unit vectors (from l1),
    // what a row is attained by (to linf), and, by the power method, singular
    // vectors.
    for (int64_t j = 0; j < x.cols(); ++j)
      visit(Matrix::Identity(x.cols(), x.cols()).col(j));
    for (int64_t i = 0; i < x.rows(); ++i) {
      Matrix v = x.row(i).transpose();
      for (double &entry : v.reshaped<Eigen::RowMajor>()) {
        double exponent = std::isinf(pair.from) ? 0 : 1 / (pair.from - 1);
        entry = entry == 0 || pair.from == 1
                    ? entry
                    : std::copysign(std::pow(std::abs(entry), exponent), entry);
      }
      visit(v);
    }
    for (int trial = 0; trial < 20; ++trial) {
      Matrix v = source.gaussian(x.cols(), 1);
      visit(v);
      for (int step = 0; step < 400; ++step) {
        v = x.transpose() * (x * v);
        v /= v.norm();
      }
      visit(v);
    }
    EXPECT_NEAR(found, claimed, 1e-6 * claimed) << "attained";
  }
}

INSTANTIATE_TEST_SUITE_P(All, OperatorNorms, ::testing::ValuesIn(pairs),
                         [](const auto &info) {
                           return nameOf(info.param.norm);
                         });
