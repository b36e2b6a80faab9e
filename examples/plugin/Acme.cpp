//===- Acme.cpp - the dialect, and the door that MLIR enters by -----------===//

#include "Acme.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "llvm/ADT/TypeSwitch.h"

#include "AcmeDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "AcmeAttrs.cpp.inc"

void acme::AcmeDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "AcmeAttrs.cpp.inc"
      >();
}

/// Methods belong to the steepest dialect and are added once both are loaded.
static void addMethods(mlir::MLIRContext *, acme::AcmeDialect *,
                       steepest::SteepestDialect *dialect) {
  steepest::MethodRegistry &methods = dialect->getMethods();
  auto method = acme::createCenteredDualizer();
  if (!methods.find(method->getName()))
    methods.add(std::move(method));
}

// The one symbol to be seen from outside.
extern "C" __attribute__((visibility("default"))) mlir::DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "Acme", "0.1",
          [](mlir::DialectRegistry *registry) {
            registry->insert<acme::AcmeDialect>();
            registry->addExtension(addMethods);
          }};
}
