//===- main.cpp - train on Fashion-MNIST with compiled optimizers ---------===//
//
//   fashion-mnist --optimizer muon=muon.so,lr=0.02 --optimizer sgd=sgd.so
//
// Trains the same model, from the same seed and in the same order of images,
// once with each optimizer, and compares them in a table.
//
//===----------------------------------------------------------------------===//

#include "Data.h"
#include "Model.h"
#include "Optimizer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <stdexcept>

static const char *const usage =
    R"(Usage: fashion-mnist --optimizer NAME=LIBRARY[,HYPER=VALUE...] ...

Trains a 784-256-128-10 perceptron on Fashion-MNIST with each optimizer given.

  --optimizer NAME=LIBRARY[,HYPER=VALUE...]
                     the optimizer of the weights: `steepest_NAME` of a shared
                     library made by steepestc. May be repeated; the table has
                     one line for each.
  --vector-optimizer NAME=LIBRARY[,HYPER=VALUE...]
                     gives the layers biases, updated by this optimizer
  --data FOLDER      the gzip-compressed idx files
                     (default: /usr/share/datasets/fashion-mnist)
  --epochs N         passes over the training set (default: 3)
  --steps N          stop each run after N steps
  --batch N          images per step (default: 128)
  --lr X             initial value of the hyper-parameter `lr` of every
                     --optimizer; it falls linearly to 0
  --threads N        workers of the optimizer (default: 1; 0: one per CPU)
  --seed N           seed of the weights and of the order of images (default: 1)
  --save FOLDER      writes weights, gradients and states of the optimizer as
                     FOLDER/NAME-STEP-weightLAYER-TENSOR.npy, in existing
                     FOLDER: weights and gradients as the step gets them,
                     states as it leaves them
  --save-steps N,... the steps of --save, counted from 0 (default: 0)
)";

namespace {
struct Options {
  std::vector<OptimizerChoice> optimizers;
  std::optional<OptimizerChoice> vectorOptimizer;
  std::string data = "/usr/share/datasets/fashion-mnist";
  long epochs = 3, steps = -1, batch = 128, threads = 1, seed = 1;
  std::optional<double> learningRate;
  std::string saveFolder;
  std::vector<long> saveSteps = {0};
};

/// One line of the table.
struct Result {
  std::string name;
  Model::Score train, test;
  double optimizerSeconds = 0, totalSeconds = 0;
  long steps = 0;
  std::optional<double> gap, distance;
  long budgetStops = 0;
};
} // namespace

//===----------------------------------------------------------------------===//
// Command line
//===----------------------------------------------------------------------===//

static double parseNumber(const std::string &what, const std::string &text) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value))
    throw std::runtime_error(what + " expects a number, got '" + text + "'");
  return value;
}

static long parseCount(const std::string &what, const std::string &text,
                       long least) {
  char *end = nullptr;
  long value = std::strtol(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0' || value < least || value > 1000000)
    throw std::runtime_error(what + " expects an integer from " +
                             std::to_string(least) + " to 1000000, got '" +
                             text + "'");
  return value;
}

/// Splits "left=right"; the second part starts after the first '='.
static std::pair<std::string, std::string>
splitAssignment(const std::string &what, const std::string &text) {
  std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw std::runtime_error(what + " expects NAME=VALUE, got '" + text + "'");
  return {text.substr(0, equals), text.substr(equals + 1)};
}

static std::vector<long> parseCounts(const std::string &what,
                                     const std::string &text, long least) {
  std::vector<long> counts;
  for (std::size_t begin = 0, comma = 0; comma != std::string::npos;
       begin = comma + 1) {
    comma = text.find(',', begin);
    counts.push_back(
        parseCount(what, text.substr(begin, comma - begin), least));
  }
  return counts;
}

static OptimizerChoice parseOptimizer(const std::string &what,
                                      const std::string &text) {
  OptimizerChoice choice;
  std::size_t comma = text.find(',');
  std::tie(choice.name, choice.path) =
      splitAssignment(what, text.substr(0, comma));
  while (comma != std::string::npos) {
    std::size_t begin = comma + 1;
    comma = text.find(',', begin);
    auto [name, value] =
        splitAssignment(what, text.substr(begin, comma - begin));
    choice.hypers.emplace_back(name, parseNumber(what + " " + name, value));
  }
  return choice;
}

static Options parseOptions(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--help") {
      std::fputs(usage, stdout);
      std::exit(0);
    }
    if (i + 1 == argc)
      throw std::runtime_error("'" + argument +
                               "' is unknown or lacks its value; see --help");
    std::string value = argv[++i];
    if (argument == "--optimizer")
      options.optimizers.push_back(parseOptimizer(argument, value));
    else if (argument == "--vector-optimizer")
      options.vectorOptimizer = parseOptimizer(argument, value);
    else if (argument == "--data")
      options.data = value;
    else if (argument == "--epochs")
      options.epochs = parseCount(argument, value, 1);
    else if (argument == "--steps")
      options.steps = parseCount(argument, value, 1);
    else if (argument == "--batch")
      options.batch = parseCount(argument, value, 1);
    else if (argument == "--lr")
      options.learningRate = parseNumber(argument, value);
    else if (argument == "--threads")
      options.threads = parseCount(argument, value, 0);
    else if (argument == "--seed")
      options.seed = parseCount(argument, value, 0);
    else if (argument == "--save")
      options.saveFolder = value;
    else if (argument == "--save-steps")
      options.saveSteps = parseCounts(argument, value, 0);
    else
      throw std::runtime_error("unknown option '" + argument + "'; see --help");
  }
  if (options.optimizers.empty())
    throw std::runtime_error("no --optimizer given; see --help");
  if (options.learningRate)
    for (OptimizerChoice &choice : options.optimizers)
      choice.hypers.emplace_back("lr", *options.learningRate);
  return options;
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

static Result train(const Options &options, const Optimizer &matrices,
                    const Optimizer *vectors, const DataSet &trainSet,
                    const DataSet &testSet, const steepest_context &context) {
  using Clock = std::chrono::steady_clock;
  auto seconds = [](Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
  };

  // Every optimizer sees the same weights (up to the manifold) and images.
  std::mt19937_64 random(options.seed);
  Model model(/*biases=*/vectors != nullptr, matrices.isOrthonormal(), random);
  random.seed(options.seed + 1);
  ModelOptimizer optimizer(model, matrices, vectors, context);

  long count = trainSet.images.rows();
  if (options.batch > count)
    throw std::runtime_error("--batch is larger than the training set");
  long stepsPerEpoch = count / options.batch;
  long steps = options.epochs * stepsPerEpoch;
  if (options.steps > 0)
    steps = std::min(steps, options.steps);

  std::vector<long> order(count);
  std::iota(order.begin(), order.end(), 0);
  Matrix images(options.batch, trainSet.images.cols());
  std::vector<std::uint8_t> labels(options.batch);

  Result result;
  result.name = matrices->name;
  double smoothedLoss = 0;
  Clock::time_point start = Clock::now();
  for (long step = 0; step < steps; ++step) {
    long inEpoch = step % stepsPerEpoch;
    if (inEpoch == 0)
      std::shuffle(order.begin(), order.end(), random);
    for (long i = 0; i < options.batch; ++i) {
      long image = order[inEpoch * options.batch + i];
      images.row(i) = trainSet.images.row(image);
      labels[i] = trainSet.labels[image];
    }
    float loss = model.lossAndGradient(images, labels.data());
    smoothedLoss = step == 0 ? loss : 0.95 * smoothedLoss + 0.05 * loss;

    bool isSaved = !options.saveFolder.empty() &&
                   std::find(options.saveSteps.begin(), options.saveSteps.end(),
                             step) != options.saveSteps.end();
    std::string savePrefix = options.saveFolder + "/" + result.name + "-" +
                             std::to_string(step) + "-";
    if (isSaved)
      optimizer.save(savePrefix, /*states=*/false);

    Clock::time_point before = Clock::now();
    optimizer.step(1.0 - static_cast<double>(step) / steps);
    result.optimizerSeconds += seconds(before, Clock::now());
    if (isSaved)
      optimizer.save(savePrefix, /*states=*/true);

    constexpr long stepsPerLine = 100;
    if (inEpoch % stepsPerLine == 0 || step + 1 == steps) {
      std::printf("%-16s epoch %ld/%ld  step %4ld/%ld  loss %.4f  %6.1f s\n",
                  result.name.c_str(), step / stepsPerEpoch + 1, options.epochs,
                  inEpoch, stepsPerEpoch, smoothedLoss,
                  seconds(start, Clock::now()));
      std::fflush(stdout);
    }
  }
  result.totalSeconds = seconds(start, Clock::now());
  result.steps = steps;
  result.train = model.score(trainSet);
  result.test = model.score(testSet);
  result.budgetStops = optimizer.budgetStops();
  if (matrices->num_directions != 0)
    result.gap = optimizer.largestGap();
  if (matrices.isOrthonormal()) {
    result.distance = 0;
    for (const Layer &layer : model.layers)
      result.distance =
          std::max(*result.distance, distanceFromOrthonormal(layer.weight));
  }
  return result;
}

static void printTable(const std::vector<Result> &results) {
  auto number = [](std::optional<double> value) {
    char text[32] = "-";
    if (value)
      std::snprintf(text, sizeof(text), "%.1e", *value);
    return std::string(text);
  };
  std::printf("\n%-16s %10s %10s %12s %10s %12s %12s\n", "optimizer",
              "training", "test", "optimizer", "share of", "largest",
              "distance from");
  std::printf("%-16s %10s %10s %12s %10s %12s %12s\n", "", "loss", "accuracy",
              "us per step", "step time", "gap", "the manifold");
  for (const Result &result : results)
    std::printf("%-16s %10.4f %9.2f%% %12.0f %9.1f%% %12s %12s\n",
                result.name.c_str(), result.train.loss,
                100 * result.test.accuracy,
                1e6 * result.optimizerSeconds / result.steps,
                100 * result.optimizerSeconds / result.totalSeconds,
                number(result.gap).c_str(), number(result.distance).c_str());
  for (const Result &result : results)
    if (result.budgetStops != 0)
      std::printf("%s: %ld directions stopped at the iteration limit; the gap "
                  "above includes them\n",
                  result.name.c_str(), result.budgetStops);
}

static void logToStderr(void *, steepest_status status, const char *message) {
  std::fprintf(stderr, "fashion-mnist: %s: %s\n", steepest_status_name(status),
               message);
}

static void run(const Options &options) {
  // Load everything first: a misspelt name should not cost a training run.
  std::vector<Optimizer> optimizers(options.optimizers.begin(),
                                    options.optimizers.end());
  std::optional<Optimizer> vectorOptimizer;
  if (options.vectorOptimizer)
    vectorOptimizer.emplace(*options.vectorOptimizer);

  DataSet trainSet = readDataSet(options.data, "train");
  DataSet testSet = readDataSet(options.data, "t10k");

  std::unique_ptr<steepest_pool, void (*)(steepest_pool *)> pool(
      nullptr, steepest_pool_destroy);
  steepest_context context;
  steepest_context_init_serial(&context);
  if (options.threads != 1) {
    pool.reset(steepest_pool_create(static_cast<int>(options.threads)));
    if (!pool)
      throw std::runtime_error("cannot start " +
                               std::to_string(options.threads) + " threads");
    steepest_context_init_pool(&context, pool.get());
  }
  context.log = logToStderr;

  std::printf("%ld training images, %ld test images; batch %ld, epochs %ld, "
              "optimizer threads %d\n",
              static_cast<long>(trainSet.images.rows()),
              static_cast<long>(testSet.images.rows()), options.batch,
              options.epochs, static_cast<int>(context.threads));
  std::vector<Result> results;
  for (const Optimizer &optimizer : optimizers)
    results.push_back(train(options, optimizer,
                            vectorOptimizer ? &*vectorOptimizer : nullptr,
                            trainSet, testSet, context));
  printTable(results);
}

int main(int argc, char **argv) {
  try {
    run(parseOptions(argc, argv));
  } catch (const std::exception &error) {
    std::fprintf(stderr, "fashion-mnist: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
