//===- SteepestDialect.td - the language of optimizers -----*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_STEEPEST_DIALECT
#define STEEPEST_DIALECT_STEEPEST_DIALECT

include "mlir/IR/OpBase.td"

def Steepest_Dialect : Dialect {
  let name = "steepest";
  let cppNamespace = "::steepest";
  let summary = "declarations of optimizers as steepest-descent problems";
  let description = [{
    An optimizer is declared by *how a step is measured* (a norm), *where the
    weights live* (a manifold) and *what is accumulated* (states). A direction
    is the solution of

        maximise <G, Phi>  subject to  ||Phi|| <= 1  and  A_W(Phi) = 0.

    Norms and manifolds are open families of attributes behind interfaces.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect", "::steepest::matrix::MatrixDialect"
  ];
  // Written by hand for the sake of the error message alone.
  let useDefaultAttributePrinterParser = 0;
  let extraClassDeclaration = [{
    /// A name that is not known is reported with those that are.
    ::mlir::Attribute parseAttribute(::mlir::DialectAsmParser &parser,
                                     ::mlir::Type type) const override;
    void printAttribute(::mlir::Attribute attribute,
                        ::mlir::DialectAsmPrinter &printer) const override;

    /// The methods (closed forms and solvers) that directions are solved by.
    /// A plugin adds its own in a dialect extension.
    MethodRegistry &getMethods() { return methods; }

  private:
    MethodRegistry methods;

  public:
  }];
}

#endif // STEEPEST_DIALECT_STEEPEST_DIALECT
