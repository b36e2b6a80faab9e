//===- Facts.cpp - algebraic facts about matrices -------------------------===//

#include "lib/Analysis/Facts/Facts.h"
#include "dialect/Matrix/Matrix.h"
#include "dialect/Steepest/Steepest.h"
#include "mlir/Analysis/DataFlow/DeadCodeAnalysis.h"
#include "mlir/Analysis/DataFlow/SparseAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace steepest;

bool MatrixFacts::operator==(const MatrixFacts &other) const {
  return reached == other.reached && square == other.square &&
         symmetric == other.symmetric && positive == other.positive &&
         orthonormalColumns == other.orthonormalColumns &&
         orthonormalRows == other.orthonormalRows && drift == other.drift &&
         scalar == other.scalar && functionOf == other.functionOf;
}

MatrixFacts MatrixFacts::join(const MatrixFacts &a, const MatrixFacts &b) {
  if (!a.reached)
    return b;
  if (!b.reached)
    return a;
  MatrixFacts both;
  both.reached = true;
  both.square = a.square && b.square;
  both.symmetric = a.symmetric && b.symmetric;
  both.positive = a.positive && b.positive;
  both.orthonormalColumns = a.orthonormalColumns && b.orthonormalColumns;
  both.orthonormalRows = a.orthonormalRows && b.orthonormalRows;
  if (both.orthonormalColumns || both.orthonormalRows)
    both.drift = std::max(a.drift, b.drift);
  both.scalar = a.scalar && b.scalar;
  if (a.scalar)
    both.functionOf = b.functionOf;
  else if (b.scalar || a.functionOf == b.functionOf)
    both.functionOf = a.functionOf;
  return both;
}

void MatrixFacts::print(raw_ostream &os) const {
  SmallVector<StringRef> words;
  if (scalar)
    words.push_back("multiple of the identity");
  if (positive)
    words.push_back("positive semidefinite");
  else if (symmetric)
    words.push_back("symmetric");
  if (orthonormalColumns)
    words.push_back("orthonormal columns");
  if (orthonormalRows)
    words.push_back("orthonormal rows");
  llvm::interleaveComma(words, os);
  if (words.empty())
    os << "nothing";
  if (drift > 0)
    os << " within " << drift;
}

//===----------------------------------------------------------------------===//
// Transfer functions
//===----------------------------------------------------------------------===//

static Value rootOf(Value value, const MatrixFacts &facts) {
  if (facts.functionOf)
    return facts.functionOf;
  return facts.symmetric && !facts.scalar ? value : Value();
}

/// Whether the value is a constant >= 0.
static bool isNonNegative(Value value) {
  APFloat constant(0.0);
  return matchPattern(value, m_ConstantFloat(&constant)) &&
         !constant.isNegative();
}

/// The factor s of a matrix whose entries are all s; null for others.
static Value uniformEntry(Value value) {
  auto broadcast = value.getDefiningOp<matrix::BroadcastOp>();
  return broadcast && broadcast.getAlong() == matrix::Extent::Scalar
             ? broadcast.getValue()
             : Value();
}

bool steepest::isIdentityMatrix(Value value) {
  auto convert = value.getDefiningOp<arith::UIToFPOp>();
  auto equal =
      convert ? convert.getIn().getDefiningOp<arith::CmpIOp>() : nullptr;
  if (!equal || equal.getPredicate() != arith::CmpIPredicate::eq)
    return false;
  auto kind = [](Value value) -> std::optional<matrix::IndexKind> {
    auto index = value.getDefiningOp<matrix::IndexOp>();
    return index ? std::optional(index.getKind()) : std::nullopt;
  };
  auto left = kind(equal.getLhs()), right = kind(equal.getRhs());
  return (left == matrix::IndexKind::Row &&
          right == matrix::IndexKind::Column) ||
         (left == matrix::IndexKind::Column && right == matrix::IndexKind::Row);
}

/// Whether a matrix has as many rows as columns by its type.
static bool isSquare(RankedTensorType type) {
  return type.hasStaticShape() && type.getDimSize(0) == type.getDimSize(1);
}

/// D A with a diagonal D: returns A.
static Value scaledRows(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {};
  for (unsigned i = 0; i < 2; ++i)
    if (auto d = product->getOperand(i).getDefiningOp<matrix::BroadcastOp>())
      if (d.getAlong() == matrix::Extent::Row)
        return product->getOperand(1 - i);
  return {};
}

namespace {
using State = dataflow::Lattice<MatrixFacts>;

class Analysis : public dataflow::SparseForwardDataFlowAnalysis<State> {
public:
  using SparseForwardDataFlowAnalysis::SparseForwardDataFlowAnalysis;

  LogicalResult visitOperation(Operation *op, ArrayRef<const State *> operands,
                               ArrayRef<State *> results) override {
    // Joined once all operands are known: facts then only shrink.
    if (!llvm::all_of(operands, [](const State *operand) {
          return operand->getValue().reached;
        }))
      return success();
    for (auto [number, result] : llvm::enumerate(results)) {
      MatrixFacts facts;
      auto type = dyn_cast<RankedTensorType>(op->getResult(number).getType());
      if (type && type.getRank() == 2) {
        facts = transfer(op, number, operands);
        facts.square |= isSquare(type) || facts.symmetric ||
                        (facts.orthonormalColumns && facts.orthonormalRows);
      }
      facts.reached = true;
      propagateIfChanged(result, result->join(facts));
    }
    return success();
  }

  void setToEntryState(State *lattice) override {
    MatrixFacts facts;
    if (auto argument = dyn_cast<BlockArgument>(lattice->getAnchor()))
      facts = entryFacts(argument);
    facts.reached = true;
    propagateIfChanged(lattice, lattice->join(facts));
  }

private:
  /// How far from its manifold a parameter may be: what every step checks.
  static constexpr double parameterDrift = 1e-2;

  static MatrixFacts entryFacts(BlockArgument argument);
  static MatrixFacts transfer(Operation *op, unsigned number,
                              ArrayRef<const State *> operands);
  static MatrixFacts product(matrix::ProductOp op,
                             ArrayRef<const State *> operands);
  static MatrixFacts elementwise(Operation *op,
                                 ArrayRef<const State *> operands);
};
} // namespace

MatrixFacts Analysis::entryFacts(BlockArgument argument) {
  MatrixFacts facts;
  auto optimizer = dyn_cast<OptimizerOp>(argument.getOwner()->getParentOp());
  auto type = dyn_cast<RankedTensorType>(argument.getType());
  if (!type || type.getRank() != 2 || !type.hasStaticShape())
    return facts;
  facts.square = isSquare(type);
  if (!optimizer)
    return facts;
  auto directions = optimizer->getAttrOfType<ArrayAttr>("steepest.directions");
  if (!directions)
    return facts;
  for (auto direction : directions.getAsRange<DictionaryAttr>()) {
    auto parameter = direction.getAs<IntegerAttr>("parameter");
    auto manifold = direction.getAs<ManifoldAttrInterface>("manifold");
    if (!parameter || parameter.getInt() != argument.getArgNumber() ||
        !manifold || !manifold.getManifoldFacts().orthogonalGroup)
      continue;
    facts.orthonormalColumns = type.getDimSize(0) >= type.getDimSize(1);
    facts.orthonormalRows = type.getDimSize(0) <= type.getDimSize(1);
    facts.drift = parameterDrift;
  }
  return facts;
}

MatrixFacts Analysis::product(matrix::ProductOp op,
                              ArrayRef<const State *> operands) {
  auto at = [&](OperandRange range) {
    return operands[range.getBeginOperandIndex()]->getValue();
  };
  Value lhs = op.getLhs(), rhs = op.getRhs();
  MatrixFacts left = operands[0]->getValue(), right = operands[1]->getValue();
  MatrixFacts added;
  if (op.getAddend())
    added = at(op.getODSOperands(4));
  MatrixFacts facts;

  // The product itself.
  bool sameFactor = lhs == rhs && op.getTransposeLhs() != op.getTransposeRhs();
  Value leftRoot = rootOf(lhs, left), rightRoot = rootOf(rhs, right);
  bool commute =
      left.symmetric && right.symmetric &&
      (left.scalar || right.scalar || (leftRoot && leftRoot == rightRoot));
  bool congruent = false; // X S X^T with symmetric S, or Q^T D Q
  auto isCongruence = [&](Value inner, Value outer, bool transposeInner,
                          bool transposeOuter, bool innerIsLeft) {
    if (transposeInner)
      return false;
    if (Value scaled = scaledRows(inner))
      if (!innerIsLeft && scaled == outer && transposeOuter)
        return true;
    auto product = inner.getDefiningOp<matrix::ProductOp>();
    if (!product || product.getAddend() || product.getGamma())
      return false;
    Value factor = innerIsLeft ? product.getLhs() : product.getRhs();
    bool transposed =
        innerIsLeft ? product.getTransposeLhs() : product.getTransposeRhs();
    // The middle one is symmetric by its own op: the analysis of operands of
    // operands is not at hand here.
    auto middle = (innerIsLeft ? product.getRhs() : product.getLhs())
                      .getDefiningOp<matrix::ProductOp>();
    return factor == outer && transposed != transposeOuter && middle &&
           middle.getSymmetric();
  };
  congruent = isCongruence(lhs, rhs, op.getTransposeLhs(), op.getTransposeRhs(),
                           /*innerIsLeft=*/true) ||
              isCongruence(rhs, lhs, op.getTransposeRhs(), op.getTransposeLhs(),
                           /*innerIsLeft=*/false);
  bool symmetric = op.getSymmetric() || sameFactor || commute || congruent;
  bool positiveScale = !op.getAlpha() || isNonNegative(op.getAlpha());
  bool positive = symmetric && positiveScale &&
                  (sameFactor || (commute && left.positive && right.positive));
  Value root = commute ? (leftRoot ? leftRoot : rightRoot) : Value();
  bool rootIsAny = commute && left.scalar && right.scalar;

  // What is added.
  if (op.getAddend()) {
    symmetric &= added.symmetric;
    positive &= added.positive && isNonNegative(op.getBeta());
    Value addedRoot = rootOf(op.getAddend(), added);
    if (rootIsAny)
      root = addedRoot;
    else if (!added.scalar && addedRoot != root)
      root = {};
    rootIsAny &= added.scalar;
  }
  if (op.getGamma())
    positive &= isNonNegative(op.getGamma());
  facts.symmetric = symmetric;
  facts.positive = positive;
  facts.scalar = rootIsAny;
  facts.functionOf = symmetric ? root : Value();
  facts.square = (left.square && right.square) || added.square;

  if (!op.getAlpha() && !op.getAddend() && !op.getGamma()) {
    auto columns = [](const MatrixFacts &of, bool transposed) {
      return transposed ? of.orthonormalRows : of.orthonormalColumns;
    };
    bool tl = op.getTransposeLhs(), tr = op.getTransposeRhs();
    facts.orthonormalColumns = columns(left, tl) && columns(right, tr);
    facts.orthonormalRows = columns(left, !tl) && columns(right, !tr);
    if (facts.orthonormalColumns || facts.orthonormalRows)
      facts.drift = left.drift + right.drift;
  }
  return facts;
}

MatrixFacts Analysis::elementwise(Operation *op,
                                  ArrayRef<const State *> operands) {
  MatrixFacts facts;
  // All operands that are matrices have the extents of the result.
  facts.square = llvm::any_of(operands, [](const State *operand) {
    return operand->getValue().square;
  });
  if (isIdentityMatrix(op->getResult(0))) {
    if (!facts.square &&
        !isSquare(cast<RankedTensorType>(op->getResult(0).getType())))
      return facts;
    facts.symmetric = facts.positive = facts.scalar = true;
    facts.orthonormalColumns = facts.orthonormalRows = true;
    return facts;
  }
  // A + A^T.
  if (auto add = dyn_cast<arith::AddFOp>(op))
    for (unsigned i = 0; i < 2; ++i)
      if (auto other = add->getOperand(i).getDefiningOp<matrix::TransposeOp>())
        if (other.getInput() == add->getOperand(1 - i)) {
          facts.symmetric = true;
          return facts;
        }
  // s A.
  if (isa<arith::MulFOp, arith::DivFOp>(op)) {
    for (unsigned i = 0; i < 2; ++i) {
      Value factor = uniformEntry(op->getOperand(i));
      if (!factor || (isa<arith::DivFOp>(op) && i == 0))
        continue;
      MatrixFacts scaled = operands[1 - i]->getValue();
      facts.symmetric = scaled.symmetric;
      facts.scalar = scaled.scalar;
      facts.positive = scaled.positive && isNonNegative(factor);
      facts.functionOf = rootOf(op->getOperand(1 - i), scaled);
      return facts;
    }
  }
  if (isa<arith::ExtFOp, arith::TruncFOp>(op)) {
    facts = operands[0]->getValue();
    facts.functionOf = rootOf(op->getOperand(0), facts);
    return facts;
  }
  // Entries are equal where those of all operands are.
  facts.symmetric =
      facts.square &&
      llvm::all_of(llvm::zip_equal(op->getOperands(), operands), [](auto pair) {
        auto [value, state] = pair;
        return !isa<RankedTensorType>(value.getType()) ||
               state->getValue().symmetric || uniformEntry(value);
      });
  if (!facts.symmetric)
    return facts;
  if (isa<arith::AddFOp, arith::SubFOp>(op)) {
    MatrixFacts a = operands[0]->getValue(), b = operands[1]->getValue();
    facts.positive = isa<arith::AddFOp>(op) && a.positive && b.positive;
    facts.scalar = a.scalar && b.scalar;
    Value rootA = rootOf(op->getOperand(0), a);
    Value rootB = rootOf(op->getOperand(1), b);
    if (a.scalar)
      facts.functionOf = rootB;
    else if (b.scalar || rootA == rootB)
      facts.functionOf = rootA;
  }
  // The Schur product of positive semidefinite matrices is one.
  if (isa<arith::MulFOp>(op))
    facts.positive =
        operands[0]->getValue().positive && operands[1]->getValue().positive;
  return facts;
}

MatrixFacts Analysis::transfer(Operation *op, unsigned number,
                               ArrayRef<const State *> operands) {
  auto functionOfInput = [&] {
    MatrixFacts facts;
    MatrixFacts input = operands[0]->getValue();
    facts.square = input.square;
    facts.symmetric = input.symmetric;
    facts.functionOf = rootOf(op->getOperand(0), input);
    return facts;
  };
  return llvm::TypeSwitch<Operation *, MatrixFacts>(op)
      .Case([&](matrix::ProductOp op) { return product(op, operands); })
      .Case([&](matrix::TransposeOp op) {
        MatrixFacts facts = operands[0]->getValue();
        std::swap(facts.orthonormalColumns, facts.orthonormalRows);
        facts.functionOf = rootOf(op.getInput(), facts);
        return facts;
      })
      .Case([&](matrix::IndexOp op) {
        MatrixFacts facts;
        facts.square = operands[0]->getValue().square;
        return facts;
      })
      .Case([&](matrix::BroadcastOp op) {
        MatrixFacts facts;
        facts.square = operands[1]->getValue().square;
        return facts;
      })
      .Case([&](tensor::SplatOp op) {
        MatrixFacts facts;
        OperandRange extents = op.getDynamicSizes();
        facts.square = extents.size() == 2 && extents[0] == extents[1];
        return facts;
      })
      .Case([&](matrix::EighOp op) {
        MatrixFacts facts;
        facts.orthonormalColumns = facts.orthonormalRows = number == 1;
        return facts;
      })
      .Case<matrix::RationalOp, matrix::MsignOp, matrix::SpectralPowerOp,
            matrix::LeadingOp>([&](Operation *) { return functionOfInput(); })
      .Default([&](Operation *op) {
        return op->hasTrait<OpTrait::Elementwise>() ? elementwise(op, operands)
                                                    : MatrixFacts();
      });
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

Facts::Facts(Operation *top) {
  dataflow::loadBaselineAnalyses(solver);
  solver.load<Analysis>();
  // Fails only when an analysis does, and these do not.
  (void)solver.initializeAndRun(top);
}

MatrixFacts Facts::of(Value value) const {
  const auto *state = solver.lookupState<State>(value);
  // Nothing is used of code that is never reached.
  return state && state->getValue().reached ? state->getValue() : MatrixFacts();
}

Value Facts::getRoot(Value value) const { return rootOf(value, of(value)); }

bool Facts::commute(Value a, Value b) const {
  MatrixFacts left = of(a), right = of(b);
  if (left.scalar || right.scalar)
    return true;
  Value root = rootOf(a, left);
  return root && root == rootOf(b, right);
}

bool steepest::isInvariant(Value value, Operation *loop) {
  return !loop->isAncestor(value.getParentRegion()->getParentOp());
}
