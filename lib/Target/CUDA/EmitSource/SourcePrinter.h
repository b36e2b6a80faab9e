//===- SourcePrinter.h - device code as CUDA C++ ----------------*- C++ -*-===//
//
// Prints functions of a device module, structured control flow over numbers and
// memory, as CUDA C++ over runtime/CUDA/Device/Step.h. What an operation
// becomes is said by its entry in a `SourceRegistry`; the printer knows none.
// Values that are used once become part of the expression that uses them.
//
// Indices are never negative (lib/Target/Common/IndexBuilder.h) and do not
// overflow, so that they are int64_t with the ordinary operators, whatever sign
// an operation reads them by.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_SOURCEPRINTER_H
#define STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_SOURCEPRINTER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <map>

namespace steepest {

/// How strongly an operator binds its operands.
enum class Binding {
  Ternary,
  LogicalOr,
  LogicalAnd,
  Bitwise,
  Equality,
  Relational,
  Additive,
  Multiplicative,
  Unary,
  Primary
};

struct Expression {
  std::string text;
  Binding binding = Binding::Primary;
};

class SourcePrinter;

/// What operations of one kind become: an expression for each result, or
/// statements.
struct OpSource {
  std::function<Expression(SourcePrinter &, mlir::OpResult)> expression;
  std::function<void(SourcePrinter &, mlir::Operation *)> statement;
  /// The expression is no longer than a name, or costs nothing: it is written
  /// wherever the value is used.
  bool isFree = false;
  /// What variables for its results are called.
  std::string name;
};

class SourceRegistry {
public:
  template <class Op, class Function>
  OpSource &addExpression(Function &&function, llvm::StringRef name = {}) {
    OpSource &entry = entries[Op::getOperationName()];
    entry.name = name.str();
    entry.expression = [function](SourcePrinter &printer,
                                  mlir::OpResult result) {
      return function(printer, mlir::cast<Op>(result.getOwner()), result);
    };
    return entry;
  }
  template <class Op, class Function>
  OpSource &addStatement(Function &&function, llvm::StringRef name = {}) {
    OpSource &entry = entries[Op::getOperationName()];
    entry.name = name.str();
    entry.statement = [function](SourcePrinter &printer, mlir::Operation *op) {
      function(printer, mlir::cast<Op>(op));
    };
    return entry;
  }
  const OpSource *find(mlir::Operation *op) const {
    auto found = entries.find(op->getName().getStringRef());
    return found == entries.end() ? nullptr : &found->second;
  }

private:
  llvm::StringMap<OpSource> entries;
};

/// The entries for the dialects that device code is made of.
void addArithmeticSource(SourceRegistry &registry);
void addMemorySource(SourceRegistry &registry);
void addVectorSource(SourceRegistry &registry);
void addControlSource(SourceRegistry &registry);
void addDeviceSource(SourceRegistry &registry);

class SourcePrinter {
public:
  /// Calls are merged for GPUs with wgmma only.
  SourcePrinter(llvm::raw_ostream &os, const SourceRegistry &registry,
                bool mergesCalls)
      : os(os), registry(registry), mergesCalls(mergesCalls) {}

  /// `specifiers` come before the type of the result. Arguments are called as
  /// `names` says, or by what is known of them. A function with names is the
  /// program of a step, whose kernels are described.
  mlir::LogicalResult printFunction(mlir::func::FuncOp function,
                                    llvm::StringRef specifiers,
                                    llvm::ArrayRef<std::string> names = {});
  /// What a function whose calls are merged is given, as a struct.
  void printOperands(mlir::func::FuncOp callee);
  /// C++ for a type; reports those that there is none for, at `loc`.
  std::string getType(mlir::Type type, mlir::Location loc);
  /// The same of what a function returns: a struct for several values.
  std::string getResultType(mlir::func::FuncOp function);

  //===--------------------------------------------------------------------===//
  // For entries of a registry
  //===--------------------------------------------------------------------===//

  Expression use(mlir::Value value);
  /// The expression in parentheses where it binds less strongly.
  std::string use(mlir::Value value, Binding binding);
  /// Calls `function` with the operands.
  Expression call(llvm::StringRef function, mlir::ValueRange operands);
  Expression infix(llvm::StringRef symbol, Binding binding, mlir::Value lhs,
                   mlir::Value rhs);

  /// One line of text, at the indentation that is due.
  void line(const llvm::Twine &text);
  /// Lines up to `close` are part of a statement that begins so.
  void open(const llvm::Twine &text);
  void close(const llvm::Twine &text = "}");
  /// The operations of a block but for its terminator.
  void printBlock(mlir::Block &block);
  /// The words of the kernel that an operation was emitted for, if it has some,
  /// behind a mark of comments.
  void printWords(mlir::Operation *op, llvm::StringRef mark);
  /// The lines that `print` prints, instead of printing them.
  std::string collect(llvm::function_ref<void()> print);
  void write(llvm::StringRef lines);

  /// Gives a value a name of its own.
  std::string declare(mlir::Value value, llvm::StringRef base = {});
  void setName(mlir::Value value, llvm::StringRef name) {
    expressions[value] = {name.str(), Binding::Primary};
  }
  std::string makeName(llvm::StringRef base);
  /// `variable = value;` for all at once: no assignment changes what a later
  /// one reads.
  void assign(llvm::ArrayRef<std::string> variables, mlir::ValueRange values);

  void fail(mlir::Operation *op, const llvm::Twine &message);

  /// A name for a value. Where calls are merged within the block, it is
  /// declared at the beginning of the function.
  void define(llvm::StringRef type, llvm::StringRef name,
              llvm::StringRef value);
  /// The same of a variable, which is given a value later if there is none.
  void defineVariable(llvm::StringRef type, llvm::StringRef name,
                      llvm::StringRef value = {});
  /// Prints a call that goes to the one place where its function is, with
  /// `operands`; false of functions that are called as others.
  bool printMergedCall(mlir::func::FuncOp callee, llvm::StringRef operands);
  bool isMergedWithin(mlir::Block &block) const {
    return merged.blocks.contains(&block);
  }

  /// Whether a function is called, so that structs would be handed to it by
  /// memory of the thread's own.
  static bool isOutlined(mlir::func::FuncOp function);
  /// Whether it is to be part of what calls it, once (MergeCalls.h).
  bool isMerged(mlir::func::FuncOp function) const;
  /// The members of the struct that memory is.
  static llvm::ArrayRef<llvm::StringRef> getMembers(mlir::MemRefType type);

private:
  void printOperation(mlir::Operation *op);
  bool isInlined(mlir::Operation *op, const Expression &expression);
  std::string getBaseName(mlir::Value value);
  void beginFunction(mlir::func::FuncOp function);
  std::string getSignature(mlir::func::FuncOp function,
                           llvm::StringRef specifiers,
                           llvm::ArrayRef<std::string> names,
                           llvm::SmallVectorImpl<std::string> &members);
  /// The members of memory that a function is given, as parameters of it, and
  /// what makes them one again.
  std::string getMemberParameters(mlir::BlockArgument argument,
                                  llvm::StringRef name,
                                  llvm::SmallVectorImpl<std::string> &members);

  /// A function that is called at several places and stands at one.
  struct Place {
    mlir::func::FuncOp callee;
    /// Variables: the operands, and the number of the call that it is for.
    std::string operands, from;
    /// Where each call goes on.
    llvm::SmallVector<std::string> labels;
  };
  void findMerged(mlir::func::FuncOp function);
  void printKept();
  void printPlaces();

  llvm::raw_ostream &os;
  std::string *collected = nullptr;
  const SourceRegistry &registry;
  const bool mergesCalls;
  llvm::DenseMap<mlir::Value, Expression> expressions;
  llvm::StringSet<> taken;
  /// Kernels whose words have been printed.
  llvm::DenseSet<mlir::Attribute> noted;
  /// What becomes of calls that are merged in the function that is printed.
  struct {
    llvm::MapVector<mlir::Operation *, Place> places;
    /// Blocks that are come back to, in which nothing can be declared.
    llvm::DenseSet<mlir::Block *> blocks;
    /// Names of each type that are declared before anything else.
    std::map<std::string, llvm::SmallVector<std::string>> kept;
  } merged;
  /// Whether the block that is printed is one of these.
  bool isBroken = false;
  bool notes = false;
  unsigned indent = 0;
  bool failed = false;
};

/// A literal of the type: scalars, and vectors of one value.
Expression getLiteral(SourcePrinter &printer, mlir::Operation *op,
                      mlir::Attribute value, mlir::Type type);
/// Whether a name can have the character.
inline bool isOfName(char c) { return llvm::isAlnum(c) || c == '_'; }
/// C++ for the name of a symbol.
std::string getSymbolName(llvm::StringRef symbol);
/// The same for what a user has called something, which may be a word of C++.
std::string getVariableName(llvm::StringRef name);
/// Whether the value is not negative, read as a signed number.
bool isNonNegative(mlir::Value value);

} // namespace steepest

#endif // STEEPEST_LIB_TARGET_CUDA_EMITSOURCE_SOURCEPRINTER_H
