//===- Spelling.h - what may be written, and what was meant -----*- C++ -*-===//
//
// Generated parsers say only which character they did not find. What is here
// says which words are known at the place, and which of them is the nearest.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_STEEPEST_SPELLING_H
#define STEEPEST_DIALECT_STEEPEST_SPELLING_H

#include "mlir/IR/OpImplementation.h"

namespace steepest {

/// The known word that is the nearest to an unknown one; empty if none is near.
llvm::StringRef getNearest(llvm::StringRef unknown,
                           llvm::ArrayRef<llvm::StringRef> known);

/// Reads nothing; reports a word that is not a clause, or not the one that
/// stands next: `required`, or none when that is empty. `clauses` are those of
/// the operation in their order, with spaces between; `advice` is for who left
/// out what is required, or wrote a clause where there are none.
mlir::ParseResult parseClause(mlir::OpAsmParser &parser,
                              llvm::StringRef required, llvm::StringRef clauses,
                              llvm::StringRef advice = "");

} // namespace steepest

#endif // STEEPEST_DIALECT_STEEPEST_SPELLING_H
