//===- KernelAttrs.td - how a map reads and what it makes ----*- tablegen -*-===//

#ifndef STEEPEST_DIALECT_KERNEL_KERNELATTRS_TD
#define STEEPEST_DIALECT_KERNEL_KERNELATTRS_TD

include "dialect/Kernel/KernelDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Kernel_Access : I32Enum<"Access", "which indices select an element", [
    I32EnumCase<"Full", 0, "full">,
    I32EnumCase<"Row", 1, "row">,
    I32EnumCase<"Column", 2, "column">
  ]> {
  let cppNamespace = "::steepest::kernel";
}

def Kernel_ResultKind : I32Enum<"ResultKind", "what becomes of yielded values", [
    I32EnumCase<"Store", 0, "store">,
    I32EnumCase<"Sum", 1, "sum">,
    I32EnumCase<"Maximum", 2, "maximum">,
    I32EnumCase<"Minimum", 3, "minimum">
  ]> {
  let cppNamespace = "::steepest::kernel";
}

def Kernel_Extent : I32Enum<"Extent", "over which indices a result extends", [
    I32EnumCase<"Full", 0, "full">,
    I32EnumCase<"Row", 1, "row">,
    I32EnumCase<"Column", 2, "column">,
    I32EnumCase<"Scalar", 3, "scalar">
  ]> {
  let cppNamespace = "::steepest::kernel";
}

class Kernel_Attr<string name, string attrMnemonic>
    : AttrDef<Kernel_Dialect, name> {
  let mnemonic = attrMnemonic;
}

def Kernel_AccessArrayAttr
    : ArrayOfAttr<Kernel_Dialect, "AccessArray", "access_array",
                  "::steepest::kernel::Access"> {
  let summary = "one access per input: full [i, j], row [i] or column [j]";
}

def Kernel_ResultAttr : Kernel_Attr<"Result", "result"> {
  let summary = "what becomes of one yielded value";
  let description = [{
    `store to full` writes every value at [i, j]; `store to column` at [j],
    which needs an index space of one row. A `sum`, `maximum` or `minimum`
    folds the values `to row` (one per i, over j), `to column` (one per j, over
    i) or `to scalar`.
  }];
  let parameters = (ins
    EnumParameter<Kernel_ResultKind>:$kind,
    EnumParameter<Kernel_Extent>:$extent
  );
  let assemblyFormat = "`` $kind `to` $extent";
}

def Kernel_ResultArrayAttr
    : ArrayOfAttr<Kernel_Dialect, "ResultArray", "result_array",
                  "::steepest::kernel::ResultAttr"> {
  let summary = "one result per yielded value";
}

#endif // STEEPEST_DIALECT_KERNEL_KERNELATTRS_TD
