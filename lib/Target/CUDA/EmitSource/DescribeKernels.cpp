//===- DescribeKernels.cpp - the words above the code of a kernel ---------===//
//
// Kernels say what they compute, in the names of the spec and of buffers, which
// are numbered. The words go into the location of the kernel, distinct for
// each, from where all that is emitted for it has them.
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CUDA/EmitSource/EmitSource.h"

#include "dialect/Kernel/Kernel.h"
#include "lib/Target/CUDA/EmitSource/SourcePrinter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace steepest;
using kernel::Extent;
using kernel::ResultKind;

/// Scalars of more words are called by a number.
static constexpr size_t longestScalar = 48;

namespace {

class KernelWords {
public:
  explicit KernelWords(ArrayRef<std::string> arguments)
      : arguments(arguments) {}

  void describe(Operation *op);

private:
  /// A formula of numbers; scalars from outside of a map are leaves.
  Expression formula(Value value);
  Expression infix(StringRef symbol, Binding binding, Operation *op);
  std::string operand(Value value, Binding binding);
  std::string memory(Value value);
  std::string scalar(Value value) { return formula(value).text; }

  void describeMap(kernel::MapOp op);
  void describeProduct(kernel::ProductOp op);

  ArrayRef<std::string> arguments;
  DenseMap<Value, std::string> names;
  unsigned numBuffers = 0, numScalars = 0;
  SmallVector<std::string> lines;
};

} // namespace

/// The matrix that memory is part of; buffers get numbers, and their variables
/// the same names.
std::string KernelWords::memory(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    if (isa<memref::ViewOp>(view.getOperation()))
      break;
    value = view.getViewSource();
  }
  auto [name, isNew] = names.try_emplace(value);
  if (!isNew)
    return name->second;
  if (auto argument = dyn_cast<BlockArgument>(value);
      argument && argument.getArgNumber() < arguments.size())
    return name->second = arguments[argument.getArgNumber()];
  std::string text = "t" + std::to_string(++numBuffers);
  name->second = text;
  if (Operation *op = value.getDefiningOp())
    op->setLoc(
        NameLoc::get(StringAttr::get(op->getContext(), text), op->getLoc()));
  return text;
}

std::string KernelWords::operand(Value value, Binding binding) {
  Expression expression = formula(value);
  return expression.binding >= binding ? expression.text
                                       : "(" + expression.text + ")";
}

Expression KernelWords::infix(StringRef symbol, Binding binding,
                              Operation *op) {
  return {operand(op->getOperand(0), binding) + " " + symbol.str() + " " +
              operand(op->getOperand(1), Binding(int(binding) + 1)),
          binding};
}

static std::string writeNumber(const APFloat &number) {
  SmallString<16> text;
  number.toString(text, /*FormatPrecision=*/6);
  return text.str().str();
}

Expression KernelWords::formula(Value value) {
  auto found = names.find(value);
  if (found != names.end())
    return {found->second};
  Operation *op = value.getDefiningOp();
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (argument.getOwner()->isEntryBlock() &&
        isa<func::FuncOp>(argument.getOwner()->getParentOp()) &&
        argument.getArgNumber() < arguments.size())
      return {arguments[argument.getArgNumber()]};
    return {names[value] = "s" + std::to_string(++numScalars)};
  }
  auto call = [&](StringRef function) -> Expression {
    std::string text = function.str() + "(";
    for (auto [number, argument] : llvm::enumerate(op->getOperands()))
      text += (number ? ", " : "") + formula(argument).text;
    return {text + ")"};
  };
  Expression expression =
      llvm::TypeSwitch<Operation *, Expression>(op)
          .Case([&](arith::ConstantOp constant) -> Expression {
            if (auto real = dyn_cast<FloatAttr>(constant.getValue()))
              return {writeNumber(real.getValue())};
            if (auto integer = dyn_cast<IntegerAttr>(constant.getValue()))
              return {std::to_string(integer.getValue().getSExtValue())};
            return {"constant"};
          })
          // The same number, but for its rounding.
          .Case<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp,
                arith::UIToFPOp, arith::IndexCastOp, arith::IndexCastUIOp>(
              [&](Operation *cast) { return formula(cast->getOperand(0)); })
          .Case<arith::AddFOp, arith::AddIOp>(
              [&](Operation *) { return infix("+", Binding::Additive, op); })
          .Case<arith::SubFOp, arith::SubIOp>(
              [&](Operation *) { return infix("-", Binding::Additive, op); })
          .Case<arith::MulFOp, arith::MulIOp>([&](Operation *) {
            return infix("*", Binding::Multiplicative, op);
          })
          .Case<arith::DivFOp, arith::DivUIOp>([&](Operation *) {
            return infix("/", Binding::Multiplicative, op);
          })
          .Case([&](arith::NegFOp negation) -> Expression {
            return {"-" + operand(negation.getOperand(), Binding::Unary),
                    Binding::Unary};
          })
          .Case([&](arith::SelectOp choice) -> Expression {
            return {operand(choice.getCondition(), Binding::LogicalOr) + " ? " +
                        operand(choice.getTrueValue(), Binding::LogicalOr) +
                        " : " +
                        operand(choice.getFalseValue(), Binding::LogicalOr),
                    Binding::Ternary};
          })
          .Case([&](arith::CmpFOp test) {
            std::string name =
                stringifyCmpFPredicate(test.getPredicate()).str();
            StringRef kind = StringRef(name).drop_front();
            return infix(kind == "gt"   ? ">"
                         : kind == "ge" ? ">="
                         : kind == "lt" ? "<"
                         : kind == "le" ? "<="
                         : kind == "eq" ? "=="
                                        : "!=",
                         Binding::Relational, op);
          })
          .Case([&](memref::DimOp dim) -> Expression {
            std::optional<int64_t> number = dim.getConstantIndex();
            return {memory(dim.getSource()) +
                    (number == 0 ? ".rows" : ".cols")};
          })
          .Case([&](memref::LoadOp load) -> Expression {
            if (isa<BlockArgument>(load.getMemRef()))
              return {memory(load.getMemRef())};
            return {};
          })
          .Default([&](Operation *) -> Expression {
            if (isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
                op->hasTrait<OpTrait::Elementwise>())
              return call(op->getName().stripDialect());
            return {};
          });
  bool isOfMap = isa<kernel::MapOp>(op->getParentOp());
  if (expression.text.empty() ||
      (!isOfMap && expression.text.size() > longestScalar))
    return {names[value] = "s" + std::to_string(++numScalars)};
  // What a map uses several times has a line of its own.
  if (isOfMap && !value.hasOneUse() && expression.text.size() > 8) {
    std::string name = "x" + std::to_string(lines.size());
    lines.push_back("  " + name + " = " + expression.text);
    return {names[value] = name};
  }
  return expression;
}

void KernelWords::describeMap(kernel::MapOp op) {
  for (auto [element, input] :
       llvm::zip_equal(op.getElements(), op.getInputs()))
    names[element] = memory(input);
  names[op.getRowIndex()] = "i";
  names[op.getColumnIndex()] = "j";
  lines.push_back("for all i, j of " + scalar(op.getRows()) + " x " +
                  scalar(op.getCols()) + ":");
  auto output = op.getOutputs().begin();
  auto fold = op.getFolds().begin();
  for (auto [kind, value] : llvm::zip_equal(op.getKinds(), op.getYielded())) {
    std::string what = formula(value).text;
    std::string into;
    if (kind.getExtent() == Extent::Scalar)
      into = names[*fold++] = "s" + std::to_string(++numScalars);
    else
      into = memory(*output++) + (kind.getExtent() == Extent::Row      ? "[i]"
                                  : kind.getExtent() == Extent::Column ? "[j]"
                                                                       : "");
    StringRef folded = kind.getKind() == ResultKind::Store     ? ""
                       : kind.getKind() == ResultKind::Sum     ? "sum of "
                       : kind.getKind() == ResultKind::Maximum ? "maximum of "
                                                               : "minimum of ";
    lines.push_back("  " + into + " = " + folded.str() + what);
  }
}

void KernelWords::describeProduct(kernel::ProductOp op) {
  auto factor = [&](Value value, bool transposes) {
    return memory(value) + (transposes ? "^T" : "");
  };
  std::string into = memory(op.getInto());
  std::string text = into + " = ";
  if (op.getAlpha())
    text += operand(op.getAlpha(), Binding::Multiplicative) + " ";
  text += factor(op.getLhs(), op.getTransposeLhs()) + " " +
          factor(op.getRhs(), op.getTransposeRhs());
  if (op.getAddend())
    text += " + " +
            (op.getBeta() ? operand(op.getBeta(), Binding::Multiplicative) + " "
                          : "") +
            memory(op.getAddend());
  if (op.getGamma())
    text += " + " + operand(op.getGamma(), Binding::Multiplicative) + " I";
  if (op.getLowerResult())
    text += ", its lower triangle only";
  else if (op.getSymmetric())
    text += ", symmetric: half of it computed and mirrored";
  if (std::optional<Type> factors = op.getFactors())
    text += "; factors rounded to " + debugString(*factors);
  lines.push_back(text);
}

/// `file:line` of what the user has written.
static std::string getPlace(Location loc) {
  std::string place;
  loc->walk([&](Location inner) {
    auto file = dyn_cast<FileLineColLoc>(inner);
    if (!file)
      return WalkResult::advance();
    place = (llvm::sys::path::filename(file.getFilename()) + ":" +
             Twine(file.getLine()))
                .str();
    return WalkResult::interrupt();
  });
  return place;
}

void KernelWords::describe(Operation *op) {
  lines.clear();
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](kernel::MapOp map) { describeMap(map); })
      .Case([&](kernel::ProductOp product) { describeProduct(product); })
      .Case([&](kernel::TransposeOp transpose) {
        lines.push_back(memory(transpose.getInto()) + " = " +
                        memory(transpose.getSource()) + "^T");
      })
      .Case([&](kernel::CopyOp copy) {
        lines.push_back(memory(copy.getInto()) + " = " +
                        memory(copy.getSource()));
      })
      .Case([&](kernel::EighOp eigh) {
        std::string matrix = memory(eigh.getMatrix());
        lines.push_back(matrix + " = Q^T diag(" + memory(eigh.getValues()) +
                        ") Q" +
                        (eigh.getValuesOnly() ? ", the values only"
                                              : "; Q in place of " + matrix));
      })
      .Case([&](kernel::RationalOp rational) {
        std::string matrix = memory(rational.getMatrix());
        lines.push_back(memory(rational.getInto()) + " = " +
                        writeNumber(rational.getConstant()) +
                        " I + sum of w_j (" + matrix + " + p_j I)^-1 over " +
                        std::to_string(rational.getPoles().size()) +
                        " poles p_j");
      })
      .Case([&](kernel::CertifyOp certify) {
        lines.push_back("the certificate of direction " +
                        scalar(certify.getDirection()));
      })
      .Default([](Operation *) {});
  if (lines.empty())
    return;
  std::string place = getPlace(op->getLoc());
  std::string text = op->getName().getStringRef().str() +
                     (place.empty() ? "" : " (" + place + ")") + ": ";
  text += llvm::join(lines, "\n");
  MLIRContext *context = op->getContext();
  op->setLoc(
      FusedLoc::get(context, {op->getLoc()},
                    DistinctAttr::create(StringAttr::get(context, text))));
}

void steepest::describeKernels(func::FuncOp entry,
                               const OptimizerDescription &description) {
  std::vector<std::string> arguments;
  for (const TensorDescription &tensor : description.tensors)
    arguments.push_back(getVariableName(tensor.name));
  for (const HyperDescription &hyper : description.hypers)
    arguments.push_back(getVariableName(hyper.name));
  KernelWords words(arguments);
  entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa_and_nonnull<kernel::KernelDialect>(op->getDialect()) &&
        !isa<kernel::YieldOp>(op))
      words.describe(op);
  });
}
