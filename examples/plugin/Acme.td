//===- Acme.td - a norm and a manifold from outside --------*- tablegen -*-===//

#ifndef ACME
#define ACME

include "dialect/Steepest/SteepestInterfaces.td"
include "mlir/IR/AttrTypeBase.td"

def Acme_Dialect : Dialect {
  let name = "acme";
  let cppNamespace = "::acme";
  let summary = "norms and manifolds of Acme Corporation";
  let dependentDialects = ["::steepest::SteepestDialect"];
  let useDefaultAttributePrinterParser = 1;
}

class Acme_Attr<string name, string attrMnemonic, list<Trait> traits>
    : AttrDef<Acme_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Acme_KyFanAttr : Acme_Attr<"KyFan", "ky_fan", [
    DeclareAttrInterfaceMethods<Steepest_NormAttrInterface>,
    DeclareAttrInterfaceMethods<Steepest_NormModelAttrInterface>]> {
  let summary = "sum of the k largest singular values";
  let description = [{
    k = 1 is the spectral, k = min(rows, cols) the nuclear norm. Dual:
    max(s_1, ||X||_* / k). Dualizer: U1 V1^T where s_1 is the larger of the
    two, else msign(X) / k.
  }];
  let parameters = (ins "unsigned":$k);
  let assemblyFormat = "`<` $k `>`";
}

def Acme_CenteredAttr : Acme_Attr<"Centered", "centered", [
    DeclareAttrInterfaceMethods<Steepest_ManifoldAttrInterface>,
    DeclareAttrInterfaceMethods<Steepest_ManifoldModelAttrInterface>]> {
  let summary = "matrices whose rows sum to zero";
  let description = [{
    A linear space, so that W - rate Phi stays in it for tangent Phi; the
    retraction `shift` subtracts the means of the rows against rounding.
  }];
}

#endif // ACME
