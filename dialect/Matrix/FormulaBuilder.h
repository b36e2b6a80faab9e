//===- FormulaBuilder.h - writing matrix programs like formulas --------*- C++
//-*-===//
//
// Norms, manifolds and methods are formulas; this class lets them be written
// down as such. Elementwise functions take scalars and tensors alike and spread
// a scalar over the shape of the other operand.
//
//===----------------------------------------------------------------------===//

#ifndef STEEPEST_DIALECT_MATRIX_FORMULABUILDER_H
#define STEEPEST_DIALECT_MATRIX_FORMULABUILDER_H

#include "dialect/Matrix/Matrix.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"

namespace steepest::matrix {

class FormulaBuilder {
public:
  using Value = mlir::Value;
  using Type = mlir::Type;

  FormulaBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() const { return loc; }

  //===--- Scalars and shapes ---------------------------------------------===//

  Type f64() { return builder.getF64Type(); }
  /// A float constant of type `type` (default f64).
  Value constant(double value, Type type = {});
  Value integer(int64_t value);
  Value index(int64_t value);
  Value truth(bool value);
  /// Extent of a tensor as index; a constant when it is static.
  Value extent(Value tensor, unsigned dim);
  Value rows(Value tensor) { return extent(tensor, 0); }
  Value cols(Value tensor) { return extent(tensor, 1); }
  /// Number of elements as f64.
  Value count(Value tensor);
  /// An index as f64.
  Value toFloat(Value index);

  //===--- Elementwise ----------------------------------------------------===//

  /// Converts the elements of a scalar or tensor to `element`.
  Value cast(Value value, Type element);
  Value toF64(Value value) { return cast(value, f64()); }
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value max(Value a, Value b);
  Value min(Value a, Value b);
  Value neg(Value a);
  Value abs(Value a);
  Value sqrt(Value a);
  Value square(Value a) { return mul(a, a); }
  /// a^p for a >= 0.
  Value pow(Value a, double p);
  /// -1, 0 or 1; 0 for -0.
  Value sign(Value a);
  Value compare(mlir::arith::CmpFPredicate predicate, Value a, Value b);
  Value compareInt(mlir::arith::CmpIPredicate predicate, Value a, Value b);
  Value select(Value condition, Value a, Value b);
  /// a / b where b > 0, and 0 elsewhere.
  Value divOrZero(Value a, Value b);
  Value logicalAnd(Value a, Value b);

  //===--- Shapes ---------------------------------------------------------===//

  Value broadcast(Value value, Value like, Extent along = Extent::Scalar);
  Value alongRows(Value vector, Value like) {
    return broadcast(vector, like, Extent::Row);
  }
  Value alongColumns(Value vector, Value like) {
    return broadcast(vector, like, Extent::Column);
  }
  Value indices(IndexKind kind, Value like);
  /// The identity matrix in the shape of `like`.
  Value identity(Value like);
  /// A tensor of `value` with the given extents.
  Value fill(Value value, mlir::ArrayRef<Value> extents);

  //===--- Reductions -----------------------------------------------------===//

  Value reduce(Fold fold, Value x, Extent extent = Extent::Scalar);
  Value sum(Value x, Extent extent = Extent::Scalar) {
    return reduce(Fold::Sum, x, extent);
  }
  Value maximum(Value x, Extent extent = Extent::Scalar) {
    return reduce(Fold::Maximum, x, extent);
  }
  Value minimum(Value x, Extent extent = Extent::Scalar) {
    return reduce(Fold::Minimum, x, extent);
  }
  /// <a, b> accumulated in float64.
  Value dot(Value a, Value b);
  /// sqrt(sum x^2) accumulated in float64.
  Value frobenius(Value x);
  Value maxAbs(Value x) { return maximum(abs(x)); }
  /// The index of the first maximum in row-major order, as i64.
  Value argmax(Value x);

  //===--- Matrices -------------------------------------------------------===//

  struct ProductOptions {
    bool transposeLhs = false, transposeRhs = false, symmetric = false;
    Value alpha = {}, beta = {}, addend = {}, gamma = {};
    /// What the factors may be rounded to, if anything.
    Type factors = {};
  };
  Value product(Value a, Value b, ProductOptions options);
  Value product(Value a, Value b) { return product(a, b, ProductOptions{}); }
  /// A^T B.
  Value productTN(Value a, Value b);
  /// A B^T.
  Value productNT(Value a, Value b);
  /// X^T X.
  Value gram(Value x);
  /// X X^T.
  Value outerGram(Value x);
  Value transpose(Value a);
  /// (A + A^T) / 2 and (A - A^T) / 2 of square matrices.
  Value sym(Value a);
  Value skew(Value a);

  /// Block [row, col] of a grid of rows x cols equal blocks.
  Value block(Value x, unsigned row, unsigned col, unsigned rows,
              unsigned cols);
  /// The matrix of these blocks, given row by row, in type and extents of
  /// `like`.
  Value assemble(mlir::ValueRange blocks, unsigned rows, unsigned cols,
                 Value like);

  struct Eigh {
    Value values, vectors, converged;
  };
  Eigh eigh(Value a);
  /// The eigenvalues alone, and whether the routine converged.
  std::pair<Value, Value> eigenvalues(Value a);
  struct Rational {
    Value result, defined;
  };
  /// constant I + sum_j weights_j (A + poles_j I)^-1.
  Rational rational(Value a, double constant, mlir::ArrayRef<double> weights,
                    mlir::ArrayRef<double> poles);
  struct Msign {
    Value result, nuclear, spectral;
  };
  Msign msign(Value x, mlir::Attribute contract);
  struct SpectralPower {
    Value result, sum, excess;
  };
  /// Exact without a contract.
  SpectralPower spectralPower(Value x, double power,
                              mlir::Attribute contract = {});
  Value leading(Value x);
  Value singularValues(Value x);

  //===--- Control --------------------------------------------------------===//

  using Body = mlir::function_ref<mlir::SmallVector<Value>(FormulaBuilder &)>;
  /// if (condition) then else: the bodies return values of equal types.
  mlir::SmallVector<Value> branch(Value condition, Body thenBody,
                                  Body elseBody);
  /// Builds `body(builder, tall)` for the orientation of `x` (tall: rows >=
  /// cols), deciding at compile time when the shape is static. The results must
  /// have the same types in both orientations.
  mlir::SmallVector<Value> byOrientation(
      Value x,
      mlir::function_ref<mlir::SmallVector<Value>(FormulaBuilder &, bool tall)>
          body);

  void require(Value condition, int32_t status);

private:
  Value binary(mlir::function_ref<Value(Value, Value)> op, Value a, Value b);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace steepest::matrix

#endif // STEEPEST_DIALECT_MATRIX_FORMULABUILDER_H
