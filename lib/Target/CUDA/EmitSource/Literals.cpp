//===- Literals.cpp - literals of CUDA C++, and what is negative ----------===//

#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace steepest;

//===----------------------------------------------------------------------===//
// Signs
//===----------------------------------------------------------------------===//

/// x - y * (x / y).
static bool isRemainder(arith::SubIOp op) {
  auto product = op.getRhs().getDefiningOp<arith::MulIOp>();
  if (!product)
    return false;
  for (auto [quotient, divisor] :
       {std::pair(product.getLhs(), product.getRhs()),
        std::pair(product.getRhs(), product.getLhs())})
    if (auto division = quotient.getDefiningOp<arith::DivUIOp>())
      if (division.getLhs() == op.getLhs() && division.getRhs() == divisor)
        return true;
  return false;
}

bool steepest::isNonNegative(Value value) {
  if (getElementTypeOrSelf(value).isIndex())
    return true;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  IntegerAttr constant;
  if (auto attr = dyn_cast<arith::ConstantOp>(op))
    constant = dyn_cast<IntegerAttr>(attr.getValue());
  else if (auto attr = dyn_cast<LLVM::ConstantOp>(op))
    constant = dyn_cast<IntegerAttr>(attr.getValue());
  if (constant)
    return !constant.getValue().isNegative();
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp, arith::ExtUIOp>(op))
    return isNonNegative(op->getOperand(0)) || isa<arith::ExtUIOp>(op);
  if (auto difference = dyn_cast<arith::SubIOp>(op))
    return isRemainder(difference) && isNonNegative(difference.getLhs());
  if (isa<arith::MulIOp, arith::AddIOp, arith::DivUIOp, arith::RemUIOp,
          arith::MinUIOp, arith::MaxUIOp, arith::MinSIOp, arith::MaxSIOp>(op))
    return llvm::all_of(op->getOperands(), isNonNegative);
  return false;
}

//===----------------------------------------------------------------------===//
// Literals
//===----------------------------------------------------------------------===//

/// The shortest decimal number that is read back as the same.
static std::string writeReal(const APFloat &value, bool isDouble) {
  double number = isDouble ? value.convertToDouble() : value.convertToFloat();
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_string_ostream os(text);
    os << llvm::format("%.*g", digits, number);
    double back = strtod(text.c_str(), nullptr);
    if (isDouble ? back == number
                 : strtof(text.c_str(), nullptr) == float(number))
      break;
  }
  if (text.find_first_of(".e") == std::string::npos)
    text += ".0";
  return isDouble ? text : text + "f";
}

static Expression getScalarLiteral(SourcePrinter &p, Operation *op,
                                   Attribute value, Type type) {
  if (auto real = dyn_cast<FloatAttr>(value)) {
    APFloat number = real.getValue();
    if (!type.isF32() && !type.isF64()) {
      // Exact in float.
      bool loses;
      number.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                     &loses);
      return {"convert<" + p.getType(type, op->getLoc()) + ">(" +
              writeReal(number, false) + ")"};
    }
    std::string name = type.isF64() ? "<double>()" : "<float>()";
    if (number.isNaN())
      return {"notANumber" + name};
    if (number.isInfinity())
      return {(number.isNegative() ? "-infinity" : "infinity") + name,
              number.isNegative() ? Binding::Unary : Binding::Primary};
    return {writeReal(number, type.isF64()),
            number.isNegative() ? Binding::Unary : Binding::Primary};
  }
  if (auto integer = dyn_cast<IntegerAttr>(value)) {
    if (type.isInteger(1))
      return {integer.getValue().isZero() ? "false" : "true"};
    int64_t number = integer.getValue().getSExtValue();
    if (number == std::numeric_limits<int64_t>::min())
      return {"-9223372036854775807 - 1", Binding::Additive};
    if (number == std::numeric_limits<int32_t>::min() && type.isInteger(32))
      return {"-2147483647 - 1", Binding::Additive};
    return {std::to_string(number),
            number < 0 ? Binding::Unary : Binding::Primary};
  }
  p.fail(op, "expects a constant that there is CUDA C++ for, got another");
  return {"0"};
}

/// An integer literal is an int: templates need to know more.
static std::string withType(SourcePrinter &p, Operation *op,
                            const Expression &literal, Type type) {
  return type.isIntOrIndex() && !type.isInteger(32) && !type.isInteger(1)
             ? p.getType(type, op->getLoc()) + "(" + literal.text + ")"
             : literal.text;
}

Expression steepest::getLiteral(SourcePrinter &p, Operation *op,
                                Attribute value, Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return getScalarLiteral(p, op, value, type);
  Type element = vector.getElementType();
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense) {
    p.fail(op, "expects a constant that there is CUDA C++ for, got another");
    return {"0"};
  }
  if (vector.getNumElements() == 1)
    return getScalarLiteral(p, op, *dense.getValues<Attribute>().begin(),
                            element);
  if (dense.isSplat()) {
    Expression literal =
        getScalarLiteral(p, op, dense.getSplatValue<Attribute>(), element);
    return {"splat<" + std::to_string(vector.getNumElements()) + ">(" +
            withType(p, op, literal, element) + ")"};
  }
  std::string text = p.getType(type, op->getLoc()) + "{{";
  for (auto [number, attr] : llvm::enumerate(dense.getValues<Attribute>()))
    text += (number ? ", " : "") + getScalarLiteral(p, op, attr, element).text;
  return {text + "}}"};
}
