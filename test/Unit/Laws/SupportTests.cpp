//===- SupportTests.cpp - every cell of the table of supported pairs ------===//
//
// For every norm and every manifold of the table, on small matrices: a solved
// pair gives a feasible direction with a true certificate whose gap is small; a
// refused one says why. And no closed form is beaten by the methods that solve
// any pair, in value or in work.
//
//===----------------------------------------------------------------------===//

#include "lib/Models/Methods/Choose.h"
#include "lib/Models/Methods/Contract.h"
#include "lib/Models/SupportTable.h"
#include "mlir/AsmParser/AsmParser.h"
#include "runtime/steepest.h"
#include "test/Unit/Laws/ManifoldLaws.h"
#include "test/Unit/Laws/NormLaws.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace steepest;
using namespace steepest::laws;
using matrix::FormulaBuilder;

namespace {

/// The gap that solvers are asked for.
constexpr double askedGap = 1e-3;
/// What closed forms leave: rounding, of which spectral functions through a
/// Gram matrix have the square root.
constexpr double closedGap = 1e-6;

/// A pair of the table in canonical form, which several norms may share.
struct Pair {
  Attribute norm, manifold;
  std::string name, method;
  bool isClosed;
};

void PrintTo(const Pair &pair, std::ostream *out) { *out << pair.name; }

/// The operands that a norm takes: weights of the shape measured, or inverse
/// maps from the left and the right.
SmallVector<Matrix> makeOperands(Attribute norm, int64_t rows, int64_t cols,
                                 Source &source) {
  if (isa<WeightedL2Attr>(norm))
    return {source.uniform(rows, cols, 0.1, 2)};
  if (!isa<TransportedAttr>(norm))
    return {};
  auto map = [&](int64_t size) {
    return Matrix(Matrix::Identity(size, size) +
                  0.2 * source.gaussian(size, size));
  };
  return {map(rows), map(cols)};
}

/// A direction on numbers, by the method of this name or the one chosen.
struct Solved {
  std::string method;
  Matrix phi;
  double value = 0, bound = 0, tangency = 0, outcome = 0;
  double work = 0;

  double gap() const { return bound > 0 ? (bound - value) / bound : 0; }
};

Solved solve(const Pair &pair, const Input &g, const Matrix &w,
             ArrayRef<Matrix> operands, StringRef forced = {}) {
  Solved solved;
  MLIRContext *context = &getContext();
  SmallVector<Type> types = {g.getType()};
  Data arguments = {g.get()};
  auto add = [&](const Matrix &x) {
    types.push_back(typeOf(x, g.rank, g.isStatic));
    arguments.push_back(datumOf(x, g.rank));
  };
  add(w);
  for (const Matrix &operand : operands)
    add(operand);
  Data results = evaluate(
      types, arguments,
      [&](FormulaBuilder &m, ValueRange values) -> SmallVector<Value> {
        Attribute accuracy =
            pair.isClosed && forced.empty()
                ? Attribute(ExactAttr::get(context, /*lowest=*/0))
                : Attribute(GapAttr::get(context, askedGap));
        auto op = DirectionOp::create(
            m.getBuilder(), m.getLoc(), values[0].getType(), Type(), values[0],
            pair.manifold ? values[1] : Value(), Value(), values.drop_front(2),
            pair.norm, pair.manifold, /*penalty=*/false, accuracy,
            forced.empty() ? Attribute()
                           : Attribute(StringAttr::get(context, forced)),
            IntegerAttr());
        SmallVector<Value> built;
        if (const DirectionMethod *method = chooseMethod(op)) {
          solved.method = method->getName().str();
          FailureOr<Attribute> contract = getMsignContract(op);
          FailureOr<SolvedDirection> direction =
              succeeded(contract) ? method->build(m, op, *contract)
                                  : FailureOr<SolvedDirection>(failure());
          if (succeeded(direction)) {
            auto orZero = [&](Value value) {
              return value ? value : m.constant(0);
            };
            built = {direction->phi, direction->value, direction->bound,
                     orZero(direction->tangency), orZero(direction->outcome)};
          }
        }
        op.erase();
        return built;
      },
      &solved.work);
  if (results.size() != 5) {
    if (!solved.method.empty())
      ADD_FAILURE() << "cannot build " << solved.method;
    return solved;
  }
  solved.phi = results[0].matrix();
  solved.value = results[1].real();
  solved.bound = results[2].real();
  solved.tangency = results[3].real();
  solved.outcome = results[4].real();
  return solved;
}

/// Gradients that are general, of rank one, and over six decades.
std::vector<Input> makeGradients(Source &source) {
  std::vector<Input> inputs;
  for (auto shape : {std::pair(6, 4), std::pair(4, 6), std::pair(4, 4)}) {
    int64_t rows = shape.first, cols = shape.second;
    auto add = [&](const char *kind, const Matrix &x) {
      inputs.push_back({kind + (" " + Twine(rows) + "x" + Twine(cols)).str(), x,
                        2, inputs.size() % 2 == 0});
    };
    add("random", source.gaussian(rows, cols));
    add("rank one", source.gaussian(rows, 1) * source.gaussian(1, cols));
    Matrix decades = source.gaussian(rows, cols);
    for (int64_t j = 0; j < cols; ++j)
      decades.col(j) *= std::pow(10.0, -double(j % 6));
    add("decades", decades);
  }
  return inputs;
}

std::string nameOf(Attribute norm, Attribute manifold) {
  std::string text, name;
  llvm::raw_string_ostream stream(text);
  stream << norm << " on ";
  if (manifold)
    stream << manifold;
  else
    stream << "none";
  StringRef rest = text;
  while (!rest.empty()) {
    auto [before, after] = rest.split("#steepest.");
    for (char c : before)
      name += llvm::isAlnum(c) ? c : '_';
    rest = after;
  }
  return name;
}

/// The supported pairs of the table, each canonical pair once.
std::vector<Pair> makePairs() {
  MLIRContext &context = getContext();
  std::vector<SupportCell> cells = makeSupportTable(context, 2, {});
  std::vector<Attribute> manifolds = {Attribute()};
  llvm::append_range(manifolds, getRepresentativeManifolds(context));
  auto type = RankedTensorType::get(
      {ShapedType::kDynamic, ShapedType::kDynamic}, Float64Type::get(&context));
  std::vector<Pair> pairs;
  size_t next = 0;
  for (Attribute norm : getRepresentativeNorms(context)) {
    Attribute canonical = getUnitNorm(norm, type);
    for (Attribute manifold : manifolds) {
      const SupportCell &cell = cells[next++];
      bool isKnown = llvm::any_of(pairs, [&](const Pair &pair) {
        return pair.norm == canonical && pair.manifold == manifold;
      });
      if (cell.method.empty() || isKnown)
        continue;
      pairs.push_back({canonical, manifold, nameOf(canonical, manifold),
                       cell.method, cell.kind == "closed form"});
    }
  }
  return pairs;
}

class SupportedPairs : public ::testing::TestWithParam<Pair> {
protected:
  /// Runs `body` on gradients with points of the manifold.
  void forEachGradient(
      function_ref<void(const Input &g, const Matrix &w,
                        ArrayRef<Matrix> operands, const Manifold *manifold)>
          body);

  Source source{11};
};

void SupportedPairs::forEachGradient(
    function_ref<void(const Input &, const Matrix &, ArrayRef<Matrix>,
                      const Manifold *)>
        body) {
  Attribute attribute = GetParam().manifold;
  unsigned contained = 0;
  for (const Input &input : makeGradients(source)) {
    if (attribute && !contains(attribute, input))
      continue;
    SCOPED_TRACE(input.name);
    ++contained;
    SmallVector<Matrix> operands =
        makeOperands(GetParam().norm, input.x.rows(), input.x.cols(), source);
    Matrix start = source.gaussian(input.x.rows(), input.x.cols());
    if (!attribute) {
      body(input, start, operands, nullptr);
      continue;
    }
    Manifold manifold(attribute, input);
    Matrix w = manifold.findPoint(start);
    ASSERT_LE(manifold.distance(w), 1e-10);
    body(input, w, operands, &manifold);
  }
  EXPECT_GT(contained, 0u) << "the manifold contains none of the gradients";
}

TEST_P(SupportedPairs, AreFeasibleAndCertified) {
  forEachGradient([&](const Input &g, const Matrix &w,
                      ArrayRef<Matrix> operands, const Manifold *manifold) {
    Solved solved = solve(GetParam(), g, w, operands);
    // Known extents may allow a cheaper one.
    ASSERT_FALSE(solved.method.empty());
    if (!g.isStatic) {
      EXPECT_EQ(solved.method, GetParam().method);
    }
    auto lengthOf = [&](const Matrix &x) {
      return measure(GetParam().norm, x, g, operands).norm;
    };
    EXPECT_LE(lengthOf(solved.phi), 1 + 1e-9) << "||Phi|| <= 1";
    if (manifold) {
      EXPECT_LE(manifold->tangency(w, solved.phi), 1e-8) << "Phi is tangent";
    }
    double size = g.x.norm(), attained = inner(g.x, solved.phi);
    EXPECT_LE(solved.value, attained + 1e-10 * size);
    EXPECT_GE(solved.value, attained * (1 - closedGap) - 1e-10 * size);
    EXPECT_LE(solved.value, solved.bound * (1 + 1e-12));
    double limit = GetParam().isClosed ? closedGap : 1.05 * askedGap;
    EXPECT_LE(solved.bound - solved.value, limit * solved.bound + 1e-9 * size)
        << "outcome " << solved.outcome;
    // Nothing feasible exceeds the bound.
    for (double spread : {1e-2, 1.0, 100.0})
      for (int trial = 0; trial < 3; ++trial) {
        Matrix other =
            solved.phi + spread * source.gaussian(g.x.rows(), g.x.cols());
        if (manifold)
          other = manifold->project(w, other);
        double length = lengthOf(other);
        if (length < 1e-9)
          continue;
        EXPECT_LE(inner(g.x, other) / length,
                  solved.bound * (1 + 1e-9) + 1e-10 * size)
            << "the bound is one";
      }
  });
}

class ClosedForms : public SupportedPairs {};

/// A closed form attains at least what the general methods do, to its own gap,
/// with less work, and is within their bounds.
TEST_P(ClosedForms, AreNotBeaten) {
  bool compared = false;
  forEachGradient([&](const Input &g, const Matrix &w,
                      ArrayRef<Matrix> operands, const Manifold *) {
    if (!StringRef(g.name).starts_with("random"))
      return;
    Solved closed = solve(GetParam(), g, w, operands);
    for (StringRef general :
         {"scalar_root", "smoothed_newton", "admm", "dual_ascent"}) {
      Solved other = solve(GetParam(), g, w, operands, general);
      if (other.method.empty())
        continue;
      compared = true;
      SCOPED_TRACE(general.str());
      EXPECT_GE(closed.value, other.value - closedGap * closed.bound);
      EXPECT_LE(closed.value, other.bound * (1 + 1e-9));
      EXPECT_LE(closed.gap(), std::max(other.gap(), closedGap));
      // With nothing tangent there is nothing to iterate on.
      if (closed.outcome == STEEPEST_CONVERGED) {
        EXPECT_LE(closed.work, other.work);
      }
    }
  });
  if (!compared)
    GTEST_SKIP() << "no general method solves this pair";
}

/// Those with a manifold: without one the dualizer is right by definition.
std::vector<Pair> makeClosedPairs() {
  std::vector<Pair> pairs = makePairs();
  llvm::erase_if(
      pairs, [](const Pair &pair) { return !pair.isClosed || !pair.manifold; });
  return pairs;
}

INSTANTIATE_TEST_SUITE_P(Table, ClosedForms,
                         ::testing::ValuesIn(makeClosedPairs()),
                         [](const auto &info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(Table, SupportedPairs,
                         ::testing::ValuesIn(makePairs()),
                         [](const auto &info) { return info.param.name; });

TEST(SupportTable, NamesEveryMember) {
  // What the dialect answers to an unknown name lists what it knows.
  std::vector<std::string> known;
  ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &error) {
    for (Diagnostic &note : error.getNotes()) {
      SmallVector<StringRef> names;
      std::string text = note.str();
      StringRef(text).split(": ").second.split(names, ", ");
      for (StringRef name : names)
        known.push_back(name.str());
    }
    return success();
  });
  EXPECT_FALSE(parseAttribute("#steepest.unknown", &getContext()));
  std::vector<Attribute> members = getRepresentativeNorms(getContext());
  llvm::append_range(members, getRepresentativeManifolds(getContext()));
  EXPECT_GT(known.size(), 30u);
  for (const std::string &name : known)
    EXPECT_TRUE(llvm::any_of(members,
                             [&](Attribute member) {
                               std::string text;
                               llvm::raw_string_ostream(text) << member;
                               StringRef rest = text;
                               return rest.consume_front("#steepest." + name) &&
                                      (rest.empty() || rest[0] == '<');
                             }))
        << name << " is not in the table";
}

TEST(SupportTable, SaysWhyWhatIsRefusedIs) {
  for (unsigned rank : {1, 2})
    for (const SupportCell &cell : makeSupportTable(getContext(), rank, {}))
      EXPECT_NE(cell.method.empty(), cell.reason.empty())
          << cell.norm << " on " << cell.manifold;
}

} // namespace
