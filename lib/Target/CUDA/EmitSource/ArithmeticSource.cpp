//===- ArithmeticSource.cpp - numbers as CUDA C++ -------------------------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace steepest;
using arith::CmpFPredicate;
using arith::CmpIPredicate;

/// Integers by the function that reads them as unsigned, unless the sign cannot
/// matter.
static Expression unsignedCall(SourcePrinter &p, Operation *op,
                               StringRef function, StringRef symbol,
                               Binding binding) {
  if (llvm::all_of(op->getOperands(), isNonNegative))
    return p.infix(symbol, binding, op->getOperand(0), op->getOperand(1));
  return p.call(function, op->getOperands());
}

/// Indices do not overflow; other integers wrap.
static Expression wrappingInfix(SourcePrinter &p, Operation *op,
                                StringRef function, StringRef symbol,
                                Binding binding) {
  if (op->getResult(0).getType().isInteger(1))
    return p.infix(symbol == "*" ? "&&" : "!=",
                   symbol == "*" ? Binding::LogicalAnd : Binding::Equality,
                   op->getOperand(0), op->getOperand(1));
  return unsignedCall(p, op, function, symbol, binding);
}

//===----------------------------------------------------------------------===//
// Comparisons and conversions
//===----------------------------------------------------------------------===//

static Expression compareIntegers(SourcePrinter &p, arith::CmpIOp op,
                                  OpResult) {
  Value lhs = op.getLhs(), rhs = op.getRhs();
  bool isSigned = isNonNegative(lhs) && isNonNegative(rhs);
  auto ordered = [&](StringRef symbol, StringRef function, bool swaps,
                     bool readsSigned) -> Expression {
    if (isSigned || readsSigned)
      return p.infix(symbol, Binding::Relational, lhs, rhs);
    return p.call(function,
                  swaps ? ValueRange{rhs, lhs} : ValueRange{lhs, rhs});
  };
  switch (op.getPredicate()) {
  case CmpIPredicate::eq:
    return p.infix("==", Binding::Equality, lhs, rhs);
  case CmpIPredicate::ne:
    return p.infix("!=", Binding::Equality, lhs, rhs);
  case CmpIPredicate::slt:
    return ordered("<", "", false, true);
  case CmpIPredicate::sle:
    return ordered("<=", "", false, true);
  case CmpIPredicate::sgt:
    return ordered(">", "", false, true);
  case CmpIPredicate::sge:
    return ordered(">=", "", false, true);
  case CmpIPredicate::ult:
    return ordered("<", "unsignedLess", false, false);
  case CmpIPredicate::ule:
    return ordered("<=", "unsignedLessEqual", false, false);
  case CmpIPredicate::ugt:
    return ordered(">", "unsignedLess", true, false);
  case CmpIPredicate::uge:
    return ordered(">=", "unsignedLessEqual", true, false);
  }
  llvm_unreachable("all predicates are above");
}

static Expression compareReals(SourcePrinter &p, arith::CmpFOp op, OpResult) {
  Value lhs = op.getLhs(), rhs = op.getRhs();
  auto infix = [&](StringRef symbol) {
    return p.infix(symbol,
                   symbol == "==" || symbol == "!=" ? Binding::Equality
                                                    : Binding::Relational,
                   lhs, rhs);
  };
  auto negated = [](const std::string &text) -> Expression {
    return {"!(" + text + ")", Binding::Unary};
  };
  std::string ordered = p.call("isOrdered", op->getOperands()).text;
  switch (op.getPredicate()) {
  case CmpFPredicate::OEQ:
    return infix("==");
  case CmpFPredicate::OGT:
    return infix(">");
  case CmpFPredicate::OGE:
    return infix(">=");
  case CmpFPredicate::OLT:
    return infix("<");
  case CmpFPredicate::OLE:
    return infix("<=");
  case CmpFPredicate::UNE:
    return infix("!=");
  case CmpFPredicate::UGT:
    return negated(infix("<=").text);
  case CmpFPredicate::UGE:
    return negated(infix("<").text);
  case CmpFPredicate::ULT:
    return negated(infix(">=").text);
  case CmpFPredicate::ULE:
    return negated(infix(">").text);
  case CmpFPredicate::ONE:
    return {ordered + " && " + "(" + infix("!=").text + ")",
            Binding::LogicalAnd};
  case CmpFPredicate::UEQ:
    return {"!" + ordered + " || " + "(" + infix("==").text + ")",
            Binding::LogicalOr};
  case CmpFPredicate::ORD:
    return {ordered};
  case CmpFPredicate::UNO:
    return {"!" + ordered, Binding::Unary};
  case CmpFPredicate::AlwaysFalse:
  case CmpFPredicate::AlwaysTrue:
    break;
  }
  p.fail(op, "expects a comparison, got a constant");
  return {"false"};
}

/// `function<T>(x)` with the type of the result, or of its lanes.
static Expression convert(SourcePrinter &p, Operation *op, StringRef function) {
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  return {(function + "<" + p.getType(element, op->getLoc()) + ">(" +
           p.use(op->getOperand(0)).text + ")")
              .str()};
}

/// The same for numbers of C++ in the words of C++.
static Expression convertNumber(SourcePrinter &p, Operation *op) {
  Value value = op->getOperand(0);
  Type type = op->getResult(0).getType();
  auto isOfLanguage = [](Type t) {
    auto vector = dyn_cast<VectorType>(t);
    if (vector && vector.getNumElements() != 1)
      return false;
    return !getElementTypeOrSelf(t).isBF16();
  };
  if (isOfLanguage(type) && isOfLanguage(value.getType()))
    return {p.getType(type, op->getLoc()) + "(" + p.use(value).text + ")"};
  return convert(p, op, "convert");
}

static Expression castIndex(SourcePrinter &p, Operation *op, bool isUnsigned) {
  Value value = op->getOperand(0);
  // Both are int64_t.
  auto is64 = [](Type type) { return type.isIndex() || type.isInteger(64); };
  Type from = getElementTypeOrSelf(value.getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  if (is64(from) && is64(to))
    return p.use(value);
  if (isUnsigned && is64(to) && !isNonNegative(value))
    return convert(p, op, "zeroExtend");
  return convertNumber(p, op);
}

//===----------------------------------------------------------------------===//
// The dialects
//===----------------------------------------------------------------------===//

namespace {

/// Adds entries for the operations of one shape.
class Arithmetic {
public:
  explicit Arithmetic(SourceRegistry &registry) : registry(registry) {}

  template <class Op> void infix(StringRef symbol, Binding binding) {
    registry.addExpression<Op>([=](SourcePrinter &p, Op op, OpResult) {
      return p.infix(symbol, binding, op->getOperand(0), op->getOperand(1));
    });
  }
  template <class Op> void call(StringRef function) {
    registry.addExpression<Op>([=](SourcePrinter &p, Op op, OpResult) {
      return p.call(function, op->getOperands());
    });
  }
  template <class Op>
  void unsignedInfix(StringRef function, StringRef symbol, Binding binding) {
    registry.addExpression<Op>([=](SourcePrinter &p, Op op, OpResult) {
      return unsignedCall(p, op, function, symbol, binding);
    });
  }
  template <class Op>
  void wrapping(StringRef function, StringRef symbol, Binding binding) {
    registry.addExpression<Op>([=](SourcePrinter &p, Op op, OpResult) {
      return wrappingInfix(p, op, function, symbol, binding);
    });
  }
  /// Of bits, or of truth values.
  template <class Op>
  void logical(StringRef bits, StringRef truth, Binding binding) {
    registry.addExpression<Op>([=](SourcePrinter &p, Op op, OpResult) {
      bool isTruth = getElementTypeOrSelf(op.getType()).isInteger(1);
      return p.infix(isTruth ? truth : bits,
                     isTruth ? binding : Binding::Bitwise, op->getOperand(0),
                     op->getOperand(1));
    });
  }
  template <class Op> void conversion() {
    registry.addExpression<Op>(
        [](SourcePrinter &p, Op op, OpResult) { return convertNumber(p, op); });
  }

private:
  SourceRegistry &registry;
};

} // namespace

void steepest::addArithmeticSource(SourceRegistry &registry) {
  Arithmetic add(registry);
  registry
      .addExpression<arith::ConstantOp>(
          [](SourcePrinter &p, arith::ConstantOp op, OpResult) {
            return getLiteral(p, op, op.getValue(), op.getType());
          })
      .isFree = true;

  add.infix<arith::AddFOp>("+", Binding::Additive);
  add.infix<arith::SubFOp>("-", Binding::Additive);
  add.infix<arith::MulFOp>("*", Binding::Multiplicative);
  add.infix<arith::DivFOp>("/", Binding::Multiplicative);
  add.infix<arith::DivSIOp>("/", Binding::Multiplicative);
  add.infix<arith::RemSIOp>("%", Binding::Multiplicative);
  add.wrapping<arith::AddIOp>("wrapAdd", "+", Binding::Additive);
  add.wrapping<arith::MulIOp>("wrapMultiply", "*", Binding::Multiplicative);
  registry.addExpression<arith::SubIOp>([](SourcePrinter &p, arith::SubIOp op,
                                           OpResult) {
    bool isPlain = isNonNegative(op.getLhs()) && isNonNegative(op.getRhs());
    return isPlain ? p.infix("-", Binding::Additive, op.getLhs(), op.getRhs())
                   : p.call("wrapSubtract", op->getOperands());
  });
  add.unsignedInfix<arith::DivUIOp>("unsignedDivide", "/",
                                    Binding::Multiplicative);
  add.unsignedInfix<arith::RemUIOp>("unsignedRemainder", "%",
                                    Binding::Multiplicative);
  add.call<arith::CeilDivUIOp>("unsignedCeilDivide");
  add.call<arith::MinUIOp>("unsignedMinimum");
  add.call<arith::MaxUIOp>("unsignedMaximum");
  add.call<arith::MinSIOp>("signedMinimum");
  add.call<arith::MaxSIOp>("signedMaximum");
  add.call<arith::ShLIOp>("shiftLeft");
  add.call<arith::ShRUIOp>("unsignedShiftRight");
  add.call<arith::ShRSIOp>("signedShiftRight");
  add.logical<arith::AndIOp>("&", "&&", Binding::LogicalAnd);
  add.logical<arith::OrIOp>("|", "||", Binding::LogicalOr);
  registry.addExpression<arith::XOrIOp>(
      [](SourcePrinter &p, arith::XOrIOp op, OpResult) -> Expression {
        bool isTruth = getElementTypeOrSelf(op.getType()).isInteger(1);
        if (isTruth && matchPattern(op.getRhs(), m_One()))
          return {"!" + p.use(op.getLhs(), Binding::Unary), Binding::Unary};
        return p.infix(isTruth ? "!=" : "^",
                       isTruth ? Binding::Equality : Binding::Bitwise,
                       op.getLhs(), op.getRhs());
      });
  registry.addExpression<arith::NegFOp>(
      [](SourcePrinter &p, arith::NegFOp op, OpResult) -> Expression {
        return {"-" + p.use(op.getOperand(), Binding::Primary), Binding::Unary};
      });
  registry.addExpression<arith::SelectOp>(
      [](SourcePrinter &p, arith::SelectOp op, OpResult) -> Expression {
        auto vector = dyn_cast<VectorType>(op.getType());
        bool isScalar = op.getCondition().getType().isInteger(1) || !vector ||
                        vector.getNumElements() == 1;
        if (!isScalar)
          return p.call("select", op->getOperands());
        return {p.use(op.getCondition(), Binding::LogicalOr) + " ? " +
                    p.use(op.getTrueValue(), Binding::LogicalOr) + " : " +
                    p.use(op.getFalseValue(), Binding::LogicalOr),
                Binding::Ternary};
      });
  registry.addExpression<arith::CmpIOp>(compareIntegers);
  registry.addExpression<arith::CmpFOp>(compareReals);

  add.call<arith::MaximumFOp>("maximum");
  add.call<arith::MinimumFOp>("minimum");
  add.call<arith::MaxNumFOp>("maximumNumber");
  add.call<arith::MinNumFOp>("minimumNumber");
  add.conversion<arith::ExtFOp>();
  add.conversion<arith::TruncFOp>();
  add.conversion<arith::TruncIOp>();
  add.conversion<arith::ExtSIOp>();
  add.conversion<arith::SIToFPOp>();
  add.conversion<arith::FPToSIOp>();
  registry.addExpression<arith::ExtUIOp>([](SourcePrinter &p, arith::ExtUIOp op,
                                            OpResult) {
    bool isTruth = getElementTypeOrSelf(op.getIn()).isInteger(1);
    return isTruth || isNonNegative(op.getIn()) ? convertNumber(p, op)
                                                : convert(p, op, "zeroExtend");
  });
  registry.addExpression<arith::UIToFPOp>(
      [](SourcePrinter &p, arith::UIToFPOp op, OpResult) -> Expression {
        bool isTruth = getElementTypeOrSelf(op.getIn()).isInteger(1);
        if (isTruth || isNonNegative(op.getIn()))
          return convertNumber(p, op);
        return convert(p, op, "convertUnsigned");
      });
  registry.addExpression<arith::BitcastOp>(
      [](SourcePrinter &p, arith::BitcastOp op, OpResult) {
        return convert(p, op, "bitCast");
      });
  registry.addExpression<arith::IndexCastOp>(
      [](SourcePrinter &p, arith::IndexCastOp op, OpResult) {
        return castIndex(p, op, /*isUnsigned=*/false);
      });
  registry.addExpression<arith::IndexCastUIOp>(
      [](SourcePrinter &p, arith::IndexCastUIOp op, OpResult) {
        return castIndex(p, op, /*isUnsigned=*/true);
      });

  add.call<math::AbsFOp>("absolute");
  add.call<math::CeilOp>("roundUp");
  add.call<math::CopySignOp>("copySign");
  add.call<math::FloorOp>("roundDown");
  add.call<math::FmaOp>("fma");
  add.call<math::RoundEvenOp>("roundToEven");
  add.call<math::SqrtOp>("squareRoot");
  add.call<math::TruncOp>("roundToZero");
  registry.addExpression<math::RsqrtOp>(
      [](SourcePrinter &p, math::RsqrtOp op, OpResult) -> Expression {
        Expression one = getLiteral(
            p, op, FloatAttr::get(getElementTypeOrSelf(op.getType()), 1.0),
            getElementTypeOrSelf(op.getType()));
        auto vector = dyn_cast<VectorType>(op.getType());
        if (vector && vector.getNumElements() > 1)
          one.text = "splat<" + std::to_string(vector.getNumElements()) + ">(" +
                     one.text + ")";
        return {one.text + " / " + p.call("squareRoot", op->getOperands()).text,
                Binding::Multiplicative};
      });
}
