//===- Method.cpp - the registry of methods -------------------------------===//

#include "dialect/Steepest/Method.h"
#include "dialect/Steepest/Steepest.h"
#include "llvm/ADT/STLExtras.h"

using namespace steepest;

void MethodRegistry::add(std::unique_ptr<DirectionMethod> method) {
  auto later = llvm::find_if(methods, [&](const auto &other) {
    return other->getCost() > method->getCost();
  });
  methods.insert(later, std::move(method));
}

const DirectionMethod *MethodRegistry::find(llvm::StringRef name) const {
  auto it = llvm::find_if(
      methods, [&](const auto &method) { return method->getName() == name; });
  return it == methods.end() ? nullptr : it->get();
}

mlir::FailureOr<mlir::DictionaryAttr>
steepest::getMethodOptions(DirectionOp op, const DirectionMethod &method) {
  auto asked = llvm::dyn_cast_or_null<MethodAttr>(op.getMethodAttr());
  auto none = mlir::DictionaryAttr::get(op.getContext());
  if (!asked || !asked.getOptions() || asked.getName() != method.getName())
    return none;
  for (mlir::NamedAttribute option : asked.getOptions()) {
    if (llvm::is_contained(method.getOptions(), option.getName().getValue()))
      continue;
    mlir::InFlightDiagnostic error =
        op.emitOpError() << "expects options of the method \""
                         << method.getName() << "\", got " << option.getName();
    mlir::Diagnostic &note = error.attachNote();
    if (method.getOptions().empty())
      note << "it has none";
    else
      llvm::interleaveComma(method.getOptions(), note << "known: ");
    return error;
  }
  return asked.getOptions();
}
