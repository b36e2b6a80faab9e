//===- steepest-opt.cpp - run passes on specs and look at the result ------===//

#include "lib/Pipelines/Register.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  steepest::registerEverything(registry);
  steepest::registerAllPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Steepest optimizer driver\n", registry));
}
