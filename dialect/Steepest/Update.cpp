//===- Update.cpp - syntax and rules of the update op ---------------------===//

#include "dialect/Steepest/Steepest.h"

using namespace mlir;
using namespace steepest;

Value UpdateOp::getValueOf(Value target) {
  for (auto [candidate, value] : llvm::zip(getTargets(), getValues()))
    if (candidate == target)
      return value;
  return {};
}

ParseResult UpdateOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::UnresolvedOperand> targets, values;
  SmallVector<Type> types;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList([&]() -> ParseResult {
        if (parser.parseOperand(targets.emplace_back()))
          return failure();
        SMLoc equalLoc = parser.getCurrentLocation();
        if (failed(parser.parseOptionalEqual()))
          return parser.emitError(equalLoc)
                 << "expects the new value of " << targets.back().name
                 << " after a parameter or state, as in `%w = %w1`";
        return parser.parseOperand(values.emplace_back());
      }) ||
      parser.parseOptionalAttrDict(result.attributes) ||
      parser.parseColonTypeList(types) ||
      parser.resolveOperands(targets, types, loc, result.operands) ||
      parser.resolveOperands(values, types, loc, result.operands))
    return failure();
  return success();
}

void UpdateOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  llvm::interleaveComma(
      llvm::zip(getTargets(), getValues()), printer, [&](auto pair) {
        printer << std::get<0>(pair) << " = " << std::get<1>(pair);
      });
  printer.printOptionalAttrDict((*this)->getAttrs());
  printer << " : " << getTargets().getTypes();
}

LogicalResult UpdateOp::verify() {
  auto optimizer = cast<OptimizerOp>((*this)->getParentOp());
  llvm::SmallPtrSet<Value, 8> updated;
  for (auto [target, value] : llvm::zip(getTargets(), getValues())) {
    auto argument = dyn_cast<BlockArgument>(target);
    unsigned index = argument ? argument.getArgNumber() : 0;
    unsigned gradients = 2 * optimizer.getNumParameters();
    if (!argument || argument.getOwner() != &optimizer.getBody().front() ||
        index >= optimizer.getNumTensors() ||
        (index < gradients && index % 2 == 1)) // C1
      return emitOpError() << "expects parameters and states as targets, got "
                           << (argument
                                   ? "'" + optimizer.getArgumentName(index) +
                                         "'"
                                   : llvm::Twine("a computed value"));
    if (!updated.insert(target).second) // C2
      return emitOpError() << "updates '" << optimizer.getArgumentName(index)
                           << "' twice";
    if (value.getType() != target.getType()) // C3
      return emitOpError() << "expects a value of type " << target.getType()
                           << " for '" << optimizer.getArgumentName(index)
                           << "', got " << value.getType();
  }
  for (unsigned i = 0; i < optimizer.getNumTensors(); ++i) {
    bool gradient = i < 2 * optimizer.getNumParameters() && i % 2 == 1;
    if (gradient || updated.contains(optimizer.getBody().getArgument(i)))
      continue;
    bool parameter = i < 2 * optimizer.getNumParameters();
    StringRef name = optimizer.getArgumentName(i);
    InFlightDiagnostic error =
        emitOpError() << "never updates " << (parameter ? "parameter" : "state")
                      << " '" << name << "'"; // C2
    error.attachNote(optimizer.getBody().getArgument(i).getLoc())
        << "declared here; keep it as it is by `%" << name << " = %" << name
        << "`";
    return error;
  }
  return success();
}
