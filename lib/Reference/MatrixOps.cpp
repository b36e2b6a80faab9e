//===- MatrixOps.cpp - matrix operations in the reference evaluator -------===//

#include "dialect/Matrix/Matrix.h"
#include "lib/Reference/Interpreter.h"
#include "lib/Reference/MatrixFolds.h"
#include "lib/Reference/Spectral.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

// Inside the namespace, so that `Value` is ours.
namespace steepest::reference {

/// Shapes are checked here because Eigen, built without assertions, would read
/// outside of a matrix.
static FailureOr<Value> productOf(matrix::ProductOp op, const Matrix &lhs,
                                  const Matrix &rhs, double alpha, double beta,
                                  const Matrix *addend, double gamma) {
  Matrix a = op.getTransposeLhs() ? Matrix(lhs.transpose()) : lhs;
  Matrix b = op.getTransposeRhs() ? Matrix(rhs.transpose()) : rhs;
  if (a.cols() != b.rows())
    return op.emitError() << "expects factors with a common inner extent, got "
                          << a.cols() << " and " << b.rows();
  Matrix result = alpha * (a * b);
  if (addend) {
    if (addend->rows() != result.rows() || addend->cols() != result.cols())
      return op.emitError()
             << "expects an addend of " << result.rows() << "x" << result.cols()
             << ", got " << addend->rows() << "x" << addend->cols();
    result += beta * *addend;
  }
  if (op.getGamma() || op.getSymmetric())
    if (result.rows() != result.cols())
      return op.emitError() << "expects a square result, got " << result.rows()
                            << "x" << result.cols();
  if (op.getGamma())
    result.diagonal().array() += gamma;
  return Value(std::move(result));
}

static Value vectorOf(const Vector &values) {
  return Tensor{1, Matrix(values)};
}

/// What counts as zero among the singular values of a matrix of float32,
/// relative to the largest: matrices of low rank have its rounding there.
static constexpr double roundingSingle = 1e-6;

static double roundingOf(Type type) {
  return getElementTypeOrSelf(type).isF32() ? roundingSingle : 0;
}

/// a s + b s^3 + c s^5 for each step in turn.
static double applySteps(ArrayRef<double> coefficients, double s) {
  for (; !coefficients.empty(); coefficients = coefficients.drop_front(3)) {
    double square = s * s;
    s *=
        coefficients[0] + square * (coefficients[1] + square * coefficients[2]);
  }
  return s;
}

/// t (c + sum_j w_j / (t^2 + p_j)).
static double applyFractions(matrix::FractionsAttr fractions, double t) {
  double sum = fractions.getConstant();
  for (auto [weight, pole] : llvm::zip(fractions.getWeights().asArrayRef(),
                                       fractions.getPoles().asArrayRef()))
    sum += weight / (t * t + pole);
  return t * sum;
}

static double applyRationalSteps(matrix::RationalStepsAttr forced, double t) {
  for (matrix::FractionsAttr step : forced.getSteps())
    t = applyFractions(step, t);
  return t;
}

/// The polar factor itself under an accuracy contract, which it keeps; forced
/// functions are part of the meaning and are applied.
static void evaluateMsign(matrix::MsignOp op, const Matrix &x,
                          SmallVectorImpl<Value> &results) {
  auto forced = dyn_cast<matrix::PolynomialsAttr>(op.getContract());
  auto fractions = dyn_cast<matrix::FractionsAttr>(op.getContract());
  auto rational = dyn_cast<matrix::RationalStepsAttr>(op.getContract());
  Decomposition svd = decompose(x);
  double norm = svd.values.stableNorm();
  Vector unit = norm == 0 ? svd.values : Vector(svd.values / norm);
  double schatten = norm * std::sqrt(unit.cwiseAbs2().norm());
  double threshold = svd.threshold(roundingOf(op.getInput().getType()));
  auto function = [&](double s) -> double {
    if (norm == 0)
      return 0;
    if (forced)
      return applySteps(forced.getCoefficients(),
                        s / (forced.getSchatten4() ? schatten : norm));
    if (fractions)
      return applyFractions(fractions, s / schatten);
    if (rational)
      return applyRationalSteps(rational, s / schatten);
    // Written so that NaN stays NaN.
    return s <= threshold ? 0 : s / s;
  };
  double spectral = 1;
  if (forced || fractions || rational)
    for (double s : svd.values)
      spectral = std::max(spectral, std::abs(function(s)));
  results.append(
      {Value(svd.apply(function)), Value(svd.values.sum()), Value(spectral)});
}

/// Likewise: the power itself under a band.
static void evaluatePower(matrix::SpectralPowerOp op, const Matrix &x,
                          SmallVectorImpl<Value> &results) {
  double power = op.getPower().convertToDouble();
  auto fractions =
      dyn_cast_or_null<matrix::FractionsAttr>(op.getContractAttr());
  Decomposition svd = decompose(x);
  double threshold = svd.threshold(roundingOf(op.getInput().getType()));
  double norm = svd.values.stableNorm();
  Vector unit = norm == 0 ? svd.values : Vector(svd.values / norm);
  double schatten = norm * std::sqrt(unit.cwiseAbs2().norm());
  auto function = [&](double s) -> double {
    if (fractions && norm > 0)
      return std::pow(schatten, power) *
             applyFractions(fractions, s / schatten);
    return s <= threshold ? 0 : std::pow(s, power);
  };
  double sum = 0, largest = 0;
  for (double s : svd.values) {
    sum += s * std::pow(s, power);
    largest = std::max(largest, function(s));
  }
  // The norm of exponent r = 1 + 1 / p over (sum s f(s))^(1 / r).
  double excess = 1;
  if (power > 0 && largest > 0) {
    double r = 1 + 1 / power, length = 0, value = 0;
    for (double s : svd.values) {
      length += std::pow(function(s) / largest, r);
      value += s * function(s);
    }
    excess = largest * std::pow(length / value, 1 / r);
  }
  results.append({Value(svd.apply(function)), Value(sum), Value(excess)});
}

static FailureOr<Value> broadcast(matrix::BroadcastOp op, const Value &value,
                                  const Value &like) {
  int64_t rows = like.rows(), cols = like.cols();
  matrix::Extent along = op.getAlong();
  int64_t wanted = along == matrix::Extent::Row      ? rows
                   : along == matrix::Extent::Column ? cols
                                                     : 1;
  if (value.rows() != wanted)
    return op.emitError() << "expects a vector of " << wanted << " values, got "
                          << value.describe();
  Value result = Value::zeros(value.isInteger(), like.rank(), rows, cols);
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) {
      int64_t position = along == matrix::Extent::Row      ? i
                         : along == matrix::Extent::Column ? j
                                                           : 0;
      result.set(i, j, value.at(position, 0));
    }
  return result;
}

static Value indices(matrix::IndexKind kind, const Value &like) {
  int64_t cols = like.cols();
  Value result = Value::zeros(true, like.rank(), like.rows(), cols);
  for (int64_t i = 0; i < like.rows(); ++i)
    for (int64_t j = 0; j < cols; ++j) {
      int64_t index = kind == matrix::IndexKind::Row      ? i
                      : kind == matrix::IndexKind::Column ? j
                                                          : i * cols + j;
      result.set(i, j, {0, index});
    }
  return result;
}

static Value transpose(const Value &value) {
  if (value.isInteger())
    return IntegerTensor{2, value.integerTensor().values.transpose()};
  return Matrix(value.matrix().transpose());
}

static Value blockOf(matrix::BlockOp op, const Matrix &x) {
  int64_t rows = x.rows() / int64_t(op.getRows()),
          cols = x.cols() / int64_t(op.getCols());
  return Matrix(x.block(int64_t(op.getRow()) * rows,
                        int64_t(op.getCol()) * cols, rows, cols));
}

static FailureOr<Value> assemble(matrix::AssembleOp op,
                                 ArrayRef<const Matrix *> blocks,
                                 const Value &like) {
  int64_t across = op.getCols();
  int64_t rows = like.rows() / int64_t(op.getRows()),
          cols = like.cols() / across;
  // NaN shows a use of what nobody has written.
  Matrix result = Matrix::Constant(like.rows(), like.cols(), std::nan(""));
  for (auto [i, block] : llvm::enumerate(blocks)) {
    if (block->rows() != rows || block->cols() != cols)
      return op.emitError()
             << "expects blocks of " << rows << "x" << cols << ", got "
             << block->rows() << "x" << block->cols();
    result.block(int64_t(i) / across * rows, int64_t(i) % across * cols, rows,
                 cols) = *block;
  }
  return Value(std::move(result));
}

static Value reduce(matrix::ReduceOp op, const Value &input) {
  Folded folded(op.getFold(), op.getExtent(), op.getResult().getType(),
                input.rows(), input.cols());
  for (int64_t i = 0; i < input.rows(); ++i)
    for (int64_t j = 0; j < input.cols(); ++j)
      folded.add(i, j, input.at(i, j));
  return folded.take();
}

/// Runs the region for every element.
LogicalResult Interpreter::evaluateMap(Operation &operation, Results &results) {
  auto op = cast<matrix::MapOp>(operation);
  int64_t rows = get(op.getRows()).integer(),
          cols = get(op.getCols()).integer();
  SmallVector<Value> inputs;
  for (auto [input, access] : llvm::zip(op.getInputs(), op.getAccess())) {
    const Value &value = get(input);
    auto extent = matrix::Extent(access);
    bool fits =
        extent == matrix::Extent::Scalar
            ? value.rank() == 2 && value.rows() == rows && value.cols() == cols
            : value.rank() == 1 &&
                  value.rows() == (extent == matrix::Extent::Row ? rows : cols);
    if (!fits)
      return op.emitError()
             << "expects inputs that fit a pass over " << rows << "x" << cols
             << " elements, got " << value.describe();
    inputs.push_back(value);
  }

  SmallVector<MapResult> outputs;
  for (auto [type, fold, extent] :
       llvm::zip(op.getResultTypes(), op.getFolds(), op.getExtents())) {
    FailureOr<MapResult> output =
        MapResult::create(op, type, fold, matrix::Extent(extent), rows, cols);
    if (failed(output))
      return failure();
    outputs.push_back(std::move(*output));
  }

  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < cols; ++j) {
      Values arguments = {Value(i), Value(j)};
      for (auto [input, access] : llvm::zip(inputs, op.getAccess())) {
        auto extent = matrix::Extent(access);
        Scalar element = extent == matrix::Extent::Scalar ? input.at(i, j)
                         : extent == matrix::Extent::Row  ? input.at(i, 0)
                                                          : input.at(j, 0);
        arguments.push_back(Value::scalar(element, input.isInteger()));
      }
      FailureOr<Values> yielded = run(op.getBody().front(), arguments);
      if (failed(yielded))
        return failure();
      for (auto [output, value] : llvm::zip(outputs, *yielded))
        output.put(i, j, value.at(0, 0));
    }
  for (MapResult &output : outputs)
    results.push_back(output.take());
  return success();
}

/// Eigen-problems are of square matrices.
static LogicalResult verifySquare(Operation *op, const Matrix &matrix) {
  if (matrix.rows() == matrix.cols())
    return success();
  return op->emitError() << "expects a square matrix, got " << matrix.rows()
                         << "x" << matrix.cols();
}

Interpreter::Outcome Interpreter::evaluateMatrix(Operation &op,
                                                 Results &results) {
  auto realOr = [&](mlir::Value key, double otherwise) {
    return key ? get(key).real() : otherwise;
  };
  auto give = [&](auto... values) -> Outcome {
    (results.push_back(Value(std::move(values))), ...);
    return success();
  };
  auto giveChecked = [&](FailureOr<Value> value) -> Outcome {
    if (failed(value))
      return LogicalResult(failure());
    return give(std::move(*value));
  };
  return llvm::TypeSwitch<Operation *, Outcome>(&op)
      .Case([&](matrix::ProductOp op) {
        mlir::Value addend = op.getAddend();
        return giveChecked(
            productOf(op, get(op.getLhs()).matrix(), get(op.getRhs()).matrix(),
                      realOr(op.getAlpha(), 1), realOr(op.getBeta(), 0),
                      addend ? &get(addend).matrix() : nullptr,
                      realOr(op.getGamma(), 0)));
      })
      .Case([&](matrix::TransposeOp op) {
        return give(transpose(get(op.getInput())));
      })
      .Case([&](matrix::BlockOp op) {
        return give(blockOf(op, get(op.getInput()).matrix()));
      })
      .Case([&](matrix::AssembleOp op) {
        SmallVector<const Matrix *> blocks;
        for (mlir::Value block : op.getBlocks())
          blocks.push_back(&get(block).matrix());
        return giveChecked(assemble(op, blocks, get(op.getLike())));
      })
      .Case([&](matrix::EighOp op) -> Outcome {
        const Matrix &input = get(op.getInput()).matrix();
        if (failed(verifySquare(op, input)))
          return LogicalResult(failure());
        SymmetricDecomposition eigh = decomposeSymmetric(input);
        return give(vectorOf(eigh.values), eigh.vectors, eigh.converged);
      })
      .Case([&](matrix::EigenvaluesOp op) -> Outcome {
        const Matrix &input = get(op.getInput()).matrix();
        if (failed(verifySquare(op, input)))
          return LogicalResult(failure());
        SymmetricDecomposition eigh = decomposeSymmetric(input);
        return give(vectorOf(eigh.values), eigh.converged);
      })
      .Case([&](matrix::RationalOp op) -> Outcome {
        const Matrix &input = get(op.getInput()).matrix();
        if (failed(verifySquare(op, input)))
          return LogicalResult(failure());
        Rational rational =
            evaluateRational(input, op.getConstant().convertToDouble(),
                             op.getWeights(), op.getPoles());
        return give(rational.result, rational.isDefined);
      })
      .Case([&](matrix::MsignOp op) -> Outcome {
        evaluateMsign(op, get(op.getInput()).matrix(), results);
        return success();
      })
      .Case([&](matrix::SpectralPowerOp op) -> Outcome {
        evaluatePower(op, get(op.getInput()).matrix(), results);
        return success();
      })
      .Case([&](matrix::LeadingOp op) {
        return give(leading(get(op.getInput()).matrix()));
      })
      .Case([&](matrix::SingularValuesOp op) {
        return give(vectorOf(singularValues(get(op.getInput()).matrix())));
      })
      .Case([&](matrix::ReduceOp op) {
        return give(reduce(op, get(op.getInput())));
      })
      .Case([&](matrix::BroadcastOp op) {
        return giveChecked(
            broadcast(op, get(op.getValue()), get(op.getLike())));
      })
      .Case([&](matrix::IndexOp op) {
        return give(indices(op.getKind(), get(op.getLike())));
      })
      .Case([&](matrix::MapOp op) -> Outcome {
        return evaluateMap(*op, results);
      })
      .Case([&](matrix::RequireOp op) -> Outcome {
        if (!get(op.getCondition()).truth() && !failedStatus)
          failedStatus = op.getStatus();
        return success();
      })
      .Case([&](matrix::CertifyOp op) -> Outcome {
        auto real = [&](mlir::Value key) { return get(key).real(); };
        certificates.push_back(
            {int32_t(op.getIndex()), real(op.getValue()), real(op.getBound()),
             real(op.getTangency()), real(op.getDistance()),
             real(op.getIterations()), real(op.getOutcome())});
        return success();
      })
      .Default([](Operation *) { return std::nullopt; });
}

} // namespace steepest::reference
