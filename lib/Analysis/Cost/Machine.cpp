//===- Machine.cpp - measured speeds of a kind of processor ---------------===//

#include "lib/Analysis/Cost/Machine.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace steepest;

/// Widest first.
static const Machine machines[] = {
    // Rates of `benchmarks/products` (94 % of 64 flops a cycle at 3.85 GHz for
    // n >= 512, 0.71 of it at 64, 0.62 at 32); a mirror of 0.8 cycles an
    // element; dsyevd of OpenBLAS on Gram matrices, 0.30, 0.17, 0.12 and 0.09
    // ns per m^3 for m = 128, 256, 512 and 768, alone or within a step (0.22 to
    // 0.34 for 128); streams of 38 bytes a nanosecond. Inverses of f32
    // (`benchmarks/inverse`) run at 58, 100, 140, 173, 198 and 192
    // flops a nanosecond for m = 32, 64, 128, 256, 512 and 1024.
    {"AMD Zen 5, AVX-512, one thread", 512, 230, 2, 1, 10, 22, 48, 150, 0.92,
     60, 0.06, 30, 38},
    // The rates are measured: products at 94 % of 32 flops a cycle, inverses at
    // 36, 57, 80, 94, 103 and 99, and dsyevd with OpenBLAS' AVX2 kernels takes
    // 1.1 to 1.25 times as long; the rest is taken over.
    {"AMD Zen 5 restricted to AVX2, one thread", 256, 116, 2, 1, 6, 11, 24, 150,
     0.93, 50, 0.075, 34, 38},
    // Not measured: half of the row above. Inverses are, against products: 0.34
    // of their rate at m = 32, 0.74 at 128, 0.9 from 512 on.
    {"half of AVX2, an estimate", 128, 58, 2, 1, 4, 8, 16, 150, 0.95, 40, 0.12,
     40, 38},
};

/// Not measured. 60 % of what the data sheet says of f32, 40 % of bf16, f16
/// and tf32 by mma.sync; a meeting of all blocks takes 4 us, so that small
/// products cost nothing else. An inverse takes 8/3 m^3 flops of thin products
/// and a meeting for every 16 rows (of f32:
/// lib/Target/CUDA/EmitDevice/Inverse.cpp), an eigen-decomposition eight sweeps
/// of m rounds, each of two meetings.
static const Machine gpu = {"H100, an estimate",
                            0,
                            40000,
                            10,
                            5,
                            100,
                            64,
                            10,
                            4000,
                            0.25,
                            5000,
                            0.2,
                            80,
                            2500};

const Machine &Machine::forGPU() { return gpu; }

const Machine &Machine::forVectorBits(unsigned vectorBits) {
  const Machine *found = llvm::find_if(machines, [&](const Machine &machine) {
    return machine.vectorBits <= vectorBits;
  });
  return found == std::end(machines) ? *std::prev(found) : *found;
}

/// Nanoseconds of one flop.
static Monomial flopTime(const Machine &machine, Type element) {
  double time = 1;
  if (element.isF64())
    time = 2;
  else if (element.isBF16() || element.isF16())
    time = 1 / machine.halfSpeed;
  else if (element.isTF32())
    time = 1 / machine.tf32Speed;
  return Monomial::number(time / machine.flops);
}

Cost Machine::product(const Monomial &rows, const Monomial &inner,
                      const Monomial &cols, Type element,
                      bool symmetric) const {
  Monomial flop = flopTime(*this, element);
  Monomial touched = flop * Monomial::number(elementFlops);
  Cost cost;
  cost += Monomial::number(call);
  Monomial volume = flop * rows * inner * cols;
  if (symmetric) {
    cost += volume;
    cost += flop * Monomial::number(diagonal) * rows * inner;
    cost += flop * Monomial::number(mirrorFlops) * rows * cols;
  } else {
    cost += Monomial::number(2) * volume;
  }
  cost += touched * rows * inner;
  cost += touched * inner * cols;
  cost += touched * rows * cols;
  return cost;
}

Cost Machine::inverses(const Monomial &size, unsigned count,
                       Type element) const {
  Monomial each = flopTime(*this, element) *
                  Monomial::number(count / inverseRate) * size * size;
  Cost cost;
  cost += Monomial::number(call * count);
  cost += each * size;
  cost += each * Monomial::number(inverseHalf);
  return cost;
}

Cost Machine::eigenDecomposition(const Monomial &size) const {
  Cost cost;
  cost += Monomial::number(eigen) * size * size * size;
  cost += Monomial::number(eigenSquare) * size * size;
  return cost;
}

Cost Machine::pass(const Monomial &bytesMoved) const {
  Cost cost;
  cost += Monomial::number(call);
  cost += Monomial::number(1 / bytes) * bytesMoved;
  return cost;
}

FailureOr<SmallVector<Type>>
steepest::getFactorTypes(MLIRContext *context, ArrayRef<std::string> names) {
  SmallVector<Type> types;
  for (StringRef name : names) {
    Type type = llvm::StringSwitch<Type>(name)
                    .Case("bf16", BFloat16Type::get(context))
                    .Case("f16", Float16Type::get(context))
                    .Case("tf32", FloatTF32Type::get(context))
                    .Default(Type());
    if (!type)
      return emitError(UnknownLoc::get(context))
             << "expects factors of bf16, f16 or tf32, got '" << name << "'";
    types.push_back(type);
  }
  return types;
}
