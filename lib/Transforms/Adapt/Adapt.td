//===- Adapt.td - a rule for other tensors -----------------*- tablegen -*-===//

#ifndef STEEPEST_LIB_TRANSFORMS_ADAPT
#define STEEPEST_LIB_TRANSFORMS_ADAPT

include "mlir/Pass/PassBase.td"

def AdaptPass : Pass<"steepest-adapt", "::steepest::OptimizerOp"> {
  let summary = "the same rule for other element types, storage, or sign";
  let description = [{
    A spec is written for one element type and for descent; a trainer may have
    others. The options change the rule in this order:

    1. `element-type`: what has the element type of the first parameter, in
       parameters, states, hyper-parameters and arithmetic, gets this one.
       Conversions between the two that become the identity vanish.
    2. `parameter-type` bf16: parameters and gradients of f32 are stored as
       bf16, widened where the rule begins and rounded where it ends. States
       keep their types.
    3. `master`: each parameter has a state `master_NAME` in the type that the
       rule computes in, which begins as its copy. The rule steps that one, and
       the parameter is its rounding, so that small steps add up.
    4. `maximize`: the gradients are negated.

    Example:

    ```mlir
    steepest.optimizer @f(%w: tensor<?xf32>, %g: tensor<?xf32>) {
      ...
      steepest.update %w = %w1 : tensor<?xf32>
    }
    // with parameter-type=bf16 becomes
    steepest.optimizer @f(%w: tensor<?xbf16>, %g: tensor<?xbf16>) {
      %0 = arith.extf %w : tensor<?xbf16> to tensor<?xf32>
      %1 = arith.extf %g : tensor<?xbf16> to tensor<?xf32>
      ...
      %2 = arith.truncf %w1 : tensor<?xf32> to tensor<?xbf16>
      steepest.update %w = %2 : tensor<?xbf16>
    }
    ```
  }];
  let options = [
    Option<"elementType", "element-type", "std::string", "\"\"", "f32 or f64">,
    Option<"parameterType", "parameter-type", "std::string", "\"\"", "bf16">,
    Option<"master", "master", "bool", "false", "keep the parameters unrounded, as states">,
    Option<"maximize", "maximize", "bool", "false", "ascend">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // STEEPEST_LIB_TRANSFORMS_ADAPT
