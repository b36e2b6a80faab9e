//===- Runner.cpp - the cases of one optimizer ----------------------------===//

#include "lib/Run/Runner.h"
#include "lib/Run/Compare.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace steepest;
using namespace steepest::run;
using llvm::formatv;

static const char *nameOf(double outcome) {
  static const char *const names[] = {"converged", "zero gradient",
                                      "normal gradient", "stalled",
                                      "out of iterations"};
  return outcome >= 0 && outcome <= STEEPEST_BUDGET ? names[int(outcome)]
                                                    : "unknown outcome";
}

void Runner::findHypers() {
  for (int32_t i = 0; i < optimizer.num_hypers; ++i) {
    hypers.push_back(optimizer.hypers[i].default_value);
    for (const auto &[name, value] : options.hypers)
      if (name == optimizer.hypers[i].name)
        hypers.back() = value;
  }
}

/// Given values, and random parameters on their manifolds. States have their
/// initial value.
bool Runner::fill(Tensors &tensors, double scale) {
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    auto array = given.find(tensor.name);
    if (array != given.end()) {
      for (int64_t i = 0; i < tensor.count(); ++i)
        tensor.set(i, array->second.values[i]);
      continue;
    }
    if (tensor.role == STEEPEST_STATE)
      continue;
    if (tensor.role == STEEPEST_GRADIENT)
      continue;
    fillRandom(tensor, generator, 1);
    if (tensor.count() == 0)
      continue;
    Tensors one = {tensor};
    std::optional<int64_t> batch = batchOf(one);
    int64_t size = tensor.count() / batch.value_or(1);
    for (int64_t problem = 0; problem < batch.value_or(1); ++problem) {
      FailureOr<reference::Value> point = reference.findPoint(
          optimizer.name, index, problemOf(one, problem)[0].toValue());
      if (failed(point))
        return false;
      for (int64_t i = 0; i < size; ++i)
        tensor.set(problem * size + i,
                   point->at(i / point->cols(), i % point->cols()).real);
    }
  }
  return true;
}

void Runner::fillGradients(Tensors &tensors, GradientKind kind, double scale) {
  for (auto [index, tensor] : llvm::enumerate(tensors)) {
    if (tensor.role != STEEPEST_GRADIENT || given.contains(tensor.name))
      continue;
    const HostTensor &point = tensors[optimizer.tensors[index].like];
    std::optional<int64_t> batch = batchOf({tensor});
    if (!batch) {
      fillGradient(tensor, point, kind, generator, scale);
      continue;
    }
    int64_t size = *batch == 0 ? 0 : tensor.count() / *batch;
    for (int64_t i = 0; i < *batch; ++i) {
      HostTensor one = tensor.problem(i, *batch);
      fillGradient(one, point.problem(i, *batch), kind, generator, scale);
      for (int64_t k = 0; k < size; ++k)
        tensor.set(i * size + k, one.get(k));
    }
  }
}

bool Runner::checkSameBits(const char *what, const Tensors &a,
                           const Tensors &b) {
  for (auto [first, second] : llvm::zip(a, b))
    if (first.bytes != second.bytes)
      return verdict(formatv("'{0}' has other bits {1}", first.name, what));
  os << "  the same bits " << what << '\n';
  return true;
}

void Runner::print(const steepest_certificate &c, int32_t index) {
  const steepest_direction_info &info = optimizer.directions[index];
  os << "  direction " << index << ": " << info.norm;
  if (StringRef(info.manifold) != "none")
    os << " on " << info.manifold;
  os << " by " << info.method
     << formatv(": value {0:e6}, bound {1:e6}, gap {2:e2}, tangency {3:e1}, "
                "distance {4:e1}, iterations {5:f0}, {6}\n",
                c.value, c.bound, c.gap, c.tangency, c.distance, c.iterations,
                nameOf(c.outcome));
}

FailureOr<SmallVector<reference::Value>>
Runner::findSolved(const Tensors &before) {
  SmallVector<reference::Value> solved;
  if (!twin)
    return solved;
  Tensors all = before;
  for (int32_t i = optimizer.num_tensors; i < twin->num_tensors; ++i) {
    const steepest_tensor_info &info = twin->tensors[i];
    HostTensor direction = before[info.like];
    direction.name = info.name;
    direction.role = info.role;
    llvm::fill(direction.bytes, 0);
    all.push_back(std::move(direction));
  }
  StepReport report = serial.step(*twin, all, hypers);
  if (report.status != STEEPEST_OK)
    return failure();
  for (int32_t i = optimizer.num_tensors; i < twin->num_tensors; ++i)
    solved.push_back(all[i].toValue());
  return solved;
}

bool Runner::checkDirections(const steepest_certificate *certificates,
                             const StepValues &expected,
                             ArrayRef<reference::Value> solved) {
  bool ok = true;
  ArrayRef<ObservedDirection> directions =
      reference.getDirections(optimizer.name);
  Tolerance tolerance =
      getTolerance(optimizer.tensors[0].dtype,
                   reference.getArithmetic(optimizer.name), options.tolerance);
  size_t next = 0;
  for (int32_t i = 0; i < optimizer.num_directions; ++i) {
    const ObservedDirection &direction = directions[i];
    const DirectionValues &values = expected.directions[i];
    ok &= verdict(
        checkCertificate(certificates[i], values, direction, tolerance));
    os << formatv("    reference: value {0:e6}, bound {1:e6}\n",
                  values.certificate.value, values.certificate.bound);
    if (!direction.isSolved || next >= solved.size())
      continue;
    reference::Value phi = solved[next++];
    if (direction.isOpen) {
      Tolerance entries = getTolerance(
          optimizer.tensors[0].dtype,
          reference.getArithmetic(optimizer.name, direction.result),
          options.tolerance);
      ok &= verdict(checkEntries(phi, values.functions, entries));
    }
    if (direction.isPenalty && certificates[i].value > 0)
      phi = reference::Tensor{phi.rank(), phi.matrix() / certificates[i].value};
    FailureOr<Measured> measured = measure(reference, direction, phi, values);
    if (failed(measured))
      return false;
    os << formatv("    its direction in float64: value {0:e6}, norm 1 {1} "
                  "{2:e1}, tangency {3:e1}\n",
                  measured->value, measured->length < 1 ? "-" : "+",
                  std::abs(measured->length - 1), measured->tangency);
    if (options.certify)
      os << formatv("    certified gap {0:e2}, recomputed {1:e2}\n",
                    certificates[i].gap, measured->gapBelow(values));
    ok &= verdict(checkMeasured(*measured, certificates[i], values, tolerance,
                                direction.isClosed));
  }
  return ok;
}

bool Runner::checkProblem(const StepReport &report, int64_t problem,
                          const Tensors &before, const Tensors &after) {
  const steepest_certificate *certificates =
      report.certificates.data() + problem * optimizer.num_directions;
  for (int32_t i = 0; i < optimizer.num_directions; ++i)
    print(certificates[i], i);
  if (!options.useReference)
    return true;
  FailureOr<SmallVector<reference::Value>> solved = findSolved(before);
  if (failed(solved))
    return complain("the step that stores its directions failed");
  FailureOr<StepValues> expected =
      reference.step(optimizer.name, before, hypers, *solved);
  if (failed(expected))
    return false;
  if (expected->status != 0)
    return verdict(formatv("the step succeeded, the reference fails with {0}",
                           expected->status));
  bool ok = checkDirections(certificates, *expected, *solved);
  for (auto [index, old, now, value] :
       llvm::enumerate(before, after, expected->tensors)) {
    if (now.role == STEEPEST_GRADIENT)
      continue;
    if (reference.isMultiplier(optimizer.name, index)) {
      os << "  " << now.name << ": a multiplier, which need not be unique\n";
      continue;
    }
    Difference difference = compare(
        old, now, value,
        getTolerance(now.dtype, reference.getArithmetic(optimizer.name, index),
                     options.tolerance));
    double scale = difference.value > 0 ? difference.value : 1;
    os << formatv("  {0}: largest difference {1:e1}, allowed {2:e1}, of the "
                  "largest value {3:e2} (changed by {4:e1})\n",
                  now.name, difference.largest / scale,
                  difference.allowed / scale, difference.value,
                  difference.change);
    if (!difference.isOk())
      ok = verdict("'" + now.name + "' differs by more than is allowed");
  }
  return ok;
}

/// A failed step, or one of nothing, has written nothing.
bool Runner::checkRefusal(const StepReport &report, const Tensors &before,
                          const Tensors &after) {
  bool isEmpty = report.status == STEEPEST_OK;
  if (isEmpty)
    os << "  empty: a step does nothing\n";
  else
    complain(Twine("the step failed: ") +
             (report.message.empty() ? "" : report.message + " ") + "(" +
             steepest_status_name(report.status) + ")");
  for (auto [old, now] : llvm::zip(before, after))
    if (old.bytes != now.bytes)
      verdict("'" + now.name + "' was written to");
  return isEmpty;
}

bool Runner::step(Tensors &tensors) {
  Tensors before = tensors;
  StepReport report = host.step(optimizer, tensors, hypers);
  bool isEmpty = llvm::any_of(
      tensors, [](const HostTensor &tensor) { return tensor.count() == 0; });
  if (report.status != STEEPEST_OK || isEmpty)
    return checkRefusal(report, before, tensors);
  bool ok = true;
  std::optional<int64_t> batch = batchOf(tensors);
  for (int64_t i = 0; i < batch.value_or(1); ++i) {
    if (batch)
      os << "  problem " << i << " of " << *batch << '\n';
    Tensors alone = problemOf(before, i), after = problemOf(tensors, i);
    ok &= checkProblem(report, i, alone, after);
    if (!batch)
      continue;
    host.step(optimizer, alone, hypers);
    ok &= checkSameBits("as when it is stepped alone", after, alone);
  }
  os << formatv("  step {0:f3} ms\n", report.seconds * 1e3);
  if (options.padding > 0) {
    Tensors padded = before;
    if (!host.step(optimizer, padded, hypers, options.padding).paddingKept)
      ok &= verdict("writes between the rows");
    ok &= checkSameBits("with rows further apart", tensors, padded);
  }
  if (options.threads > 1) {
    serial.step(optimizer, before, hypers);
    ok &= checkSameBits("on one thread", tensors, before);
  }
  return ok;
}

bool Runner::save(const Tensors &tensors) {
  for (const auto &[name, path] : options.saved)
    for (const HostTensor &tensor : tensors)
      if (tensor.name == name)
        if (llvm::Error error = writeNpy(path, tensor.toNpy()))
          return complain(llvm::toString(std::move(error)));
  return true;
}

bool Runner::runCase(ArrayRef<Shape> shapes, GradientKind kind, double scale) {
  llvm::Expected<Tensors> made = makeTensors(optimizer, shapes, given);
  if (!made)
    return complain(llvm::toString(made.takeError()));
  Tensors tensors = std::move(*made);
  os << "case " << printShapes(tensors) << formatv(", seed {0}", options.seed)
     << formatv(", {0} thread{1}", options.threads,
                options.threads == 1 ? "" : "s");
  if (kind != GradientKind::Gaussian)
    os << ", " << printGradientKind(kind) << " gradients";
  if (scale != 1)
    os << formatv(", gradients times {0:e1}", scale);
  os << '\n';
  // Every case can be had alone.
  generator.seed(options.seed);
  if (!fill(tensors, scale))
    return false;
  fillGradients(tensors, kind, scale);
  Tensors initial = tensors;
  StepReport report = serial.init(optimizer, tensors);
  if (report.status != STEEPEST_OK)
    return complain("the initial values were refused: " + report.message +
                    " (" + steepest_status_name(report.status) + ")");
  for (auto [tensor, before] : llvm::zip(tensors, initial))
    if (given.contains(tensor.name))
      tensor.bytes = before.bytes;
  bool ok = true;
  for (int64_t i = 0; i < options.steps && ok; ++i) {
    if (options.steps > 1)
      os << formatv("  step {0} of {1}\n", i + 1, options.steps);
    if (i > 0)
      fillGradients(tensors, kind, scale);
    ok = step(tensors);
  }
  os << (ok ? "  ok\n" : "  MISMATCH\n");
  return save(tensors) && ok;
}

bool Runner::run() {
  os << "optimizer " << optimizer.name << " for " << optimizer.target << '\n';
  if (options.useReference) {
    Tolerance tolerance = getTolerance(optimizer.tensors[0].dtype,
                                       reference.getArithmetic(optimizer.name),
                                       options.tolerance);
    os << "tolerance " << tolerance.reason << '\n';
    for (const ObservedDirection &direction :
         reference.getDirections(optimizer.name))
      if (direction.isSolved) {
        os << "solved directions are compared by their certificates, and "
              "taken over by the reference\n";
        break;
      }
  }
  findHypers();
  // Without shapes there is one case, of what the types leave open.
  const std::vector<Shape> none;
  ArrayRef<std::vector<Shape>> cases = options.cases;
  if (cases.empty())
    cases = none;
  bool ok = true;
  for (GradientKind kind : options.gradients)
    for (double scale : options.scales)
      for (const std::vector<Shape> &shapes : cases)
        ok &= runCase(shapes, kind, scale);
  return ok;
}
