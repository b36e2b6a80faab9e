//===- Jit.h - products compiled and run in this process --------*- C++ -*-===//
//
// Compiles `kernel.product` for a processor through the whole CPU pipeline and
// calls it through the C ABI of kernels.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_TEST_UNIT_PRODUCT_JIT_H
#define STEEPEST_TEST_UNIT_PRODUCT_JIT_H

#include "runtime/steepest.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace llvm::orc {
class LLJIT;
} // namespace llvm::orc

namespace steepest::product::jit {

/// One product to compile.
struct Variant {
  bool isDouble = false;
  bool transposeLhs = false, transposeRhs = false, symmetric = false;
  bool hasAlpha = false, hasAddend = false, hasGamma = false;
  bool lowerResult = false, lhsLower = false, rhsLower = false;
  bool hasBf16Factors = false;
  bool lowerBlocksResult = false, lhsLowerBlocks = false,
       rhsLowerBlocks = false;

  std::string getName() const;
};

/// The operands of a product; those that the variant does not have are ignored.
struct Operands {
  steepest_matrix lhs, rhs, into, addend;
  double alpha, beta, gamma;
};

/// Who runs the pieces of a product.
struct Workers {
  int64_t threads = 1;
  steepest_parallel_for parallelFor = nullptr;
  void *pool = nullptr;
};

class Library {
public:
  /// Compiles for the processor that LLVM calls `cpu`, or "native".
  Library(const std::string &cpu, const std::vector<Variant> &variants);
  /// Compiles any kernels, written as text, and makes the symbols `exported`
  /// available.
  Library(const std::string &cpu, const std::string &text,
          const std::vector<std::string> &exported);
  ~Library();

  /// Whether the processor has products of factors in bf16.
  static bool hasBf16Products(const std::string &cpu);
  /// Width of the vector registers that the code uses.
  unsigned getVectorBits() const { return vectorBits; }

  /// The address of an exported symbol.
  void *lookup(const std::string &name);

  using Kernel = int32_t (*)(const steepest_kernel_arguments *);
  Kernel getKernel(const Variant &variant);
  int64_t getScratchBytes(const Variant &variant, const Operands &operands,
                          int64_t threads);

  static void run(Kernel kernel, const Operands &operands, void *scratch,
                  const Workers &workers);

private:
  using Extend = std::function<void(mlir::ModuleOp)>;
  /// Parses `text`, lets `extend` add to it, and links the object code.
  void compile(const std::string &cpu, const std::string &text,
               const std::vector<std::string> &exported, const Extend &extend);

  std::unique_ptr<llvm::orc::LLJIT> jit;
  unsigned vectorBits = 0;
};

/// Whether this processor can run code for registers of `vectorBits` bits.
bool canRun(unsigned vectorBits);

} // namespace steepest::product::jit

#endif // STEEPEST_TEST_UNIT_PRODUCT_JIT_H
