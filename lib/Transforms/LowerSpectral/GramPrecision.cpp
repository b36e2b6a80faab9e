//===- GramPrecision.cpp - rounding of the Gram form ----------------------===//
//
// To first order in the rounding, in the basis of the singular vectors of X,
// where all exact matrices are diagonal. Rounding N of a symmetric matrix adds
// entries N_ij between different vectors too. Let F be what the steps from the
// k-th of a segment on multiply Q by, F_i its value at the eigenvalue r_i of
// G_k. Then N in G_k changes it by (Daleckii and Krein)
//
//   dF_ij = N_ij (F_i - F_j) / (r_i - r_j),
//
// and x_i dF_ij q_j comes of it in X Q, with q the values of Q so far. Of a
// product of symmetric matrices half is computed and mirrored. Where they do
// not commute any more that mixes P Q with Q P, and q_j with q_i: the larger
// counts. For X of exactly low rank r_j = 0 and F_j q_j is the slope A of all
// steps at zero, so that
//
//   x_i dF_ij q_j ~ A unit / r_i,
//
// with the least r_i that a large singular value becomes on the way: right
// singular vectors turn into the null space, and the steps lengthen that by A.
//
// N in Q after k steps becomes N_ij max(F_i, F_j), and N in X at the begin of a
// segment, as X f(X^T X) is an odd function of X,
//
//   ((x_i^2 f_i - x_j^2 f_j) N_ij + x_i x_j (f_i - f_j) N_ji) / (x_i^2 -
//   x_j^2),
//
// where f_j cancels for x_j = 0: vectors that have turned do not turn further.
//
// What such entries E do to the singular values y of X Q is of second order
// where they differ: the symmetric eigenproblem of [[0, M], [M^T, 0]] has
//
//   |dy_i| <= min(e, e^2 / |y_i - y_j|),   e = max(|E_ij|, |E_ji|).
//
// Later steps see the changed value, of a matrix with turned vectors: a value
// of the result is that of the exact steps at values changed so, however far
// the vectors have turned by then. Turned by v in all, the diagonal of U^T Phi
// V loses v^2 more.
//
// Sources are added up with their absolute values. Parts of X with a singular
// value below the interval may become anything in [0, most].
//
//===----------------------------------------------------------------------===//

#include "lib/Transforms/LowerSpectral/GramPrecision.h"

#include <algorithm>
#include <cmath>

using namespace steepest;

namespace {
/// What belongs to one singular value.
struct Track {
  double start, exact, x;
  /// A quarter of the root of how many singular values can be as large.
  double spread;
};

/// The values of all tracks before a step, what it multiplies them by, and the
/// rounding of P, P G, P G P and Q P in units of `unit`.
struct Stage {
  std::vector<double> r, q, p;
  double ofP = 0, ofPG = 0, ofNext = 0, ofQ = 0;
};

/// Pairs are made of every so many tracks; between them all is smooth.
constexpr size_t points = 160, stride = 5;

/// The entries (i, j) and (j, i) of what rounding has added to X.
struct Pair {
  size_t i, j;
  double ij = 0, ji = 0;
};

/// Follows singular values through the steps with noise of one sign.
class Follower {
public:
  Follower(const OddSteps &steps, bool schatten4, double unit, double lowest);

  Deviation run(const std::vector<unsigned> &starts, double sign, double most);

private:
  /// The steps [begin, end), from a fresh Gram matrix on.
  void runSegment(size_t begin, size_t end, double sign);
  /// Turns vectors by the rounding of one segment; returns what that does to
  /// the value of each track.
  std::vector<double> turn(const std::vector<Stage> &stages, double ofGram,
                           double ofX);
  template <typename Get> double noiseOf(Get get, double shift = 0) const;

  const OddSteps &steps;
  double unit, lowest;
  std::vector<Track> tracks;
  std::vector<Pair> pairs;
};
} // namespace

Follower::Follower(const OddSteps &steps, bool schatten4, double unit,
                   double lowest)
    : steps(steps), unit(unit), lowest(lowest) {
  constexpr double decades = 8, mostEqual = 4096;
  auto add = [&](double s) {
    double equal = std::pow(s, schatten4 ? -4 : -2);
    tracks.push_back({s, s, s, equal <= mostEqual ? std::sqrt(equal) / 4 : 0});
  };
  for (size_t i = 0; i <= points; ++i)
    add(std::pow(10.0, -decades * i / points));
  if (lowest > 0)
    add(lowest);
  for (size_t i = 0; i < tracks.size(); ++i)
    for (size_t j = 0; j < tracks.size(); j += stride)
      if (i % stride == 0 || i > points)
        if (tracks[i].start >= lowest && tracks[i].start > tracks[j].start)
          pairs.push_back({i, j});
}

/// Rounding of a symmetric matrix, relative to `unit`: k equal singular values
/// (at most 1 / s^2 of size s fit into ||X||_F = 1, and 1 / s^4 into
/// ||X||_S4 = 1) that have become `value` leave entries that round to about
/// unit value / sqrt(k) each, which make a matrix of norm unit value sqrt(k) /
/// 4. A multiple of the identity, `shift`, rounds on the diagonal alone.
template <typename Get> double Follower::noiseOf(Get get, double shift) const {
  double noise = std::abs(shift) / 2;
  for (size_t i = 0; i < tracks.size(); ++i)
    noise = std::max(noise, std::abs(get(i) - shift) *
                                std::max(1.0, tracks[i].spread));
  return noise;
}

std::vector<double> Follower::turn(const std::vector<Stage> &stages,
                                   double ofGram, double ofX) {
  // What Q is yet multiplied by before each step, and after the last.
  std::vector<std::vector<double>> rest(stages.size() + 1,
                                        std::vector<double>(tracks.size(), 1));
  for (size_t k = stages.size(); k-- > 0;)
    for (size_t i = 0; i < tracks.size(); ++i)
      rest[k][i] = rest[k + 1][i] * stages[k].p[i];
  constexpr double near = 1e-3;
  std::vector<double> shifts(tracks.size(), 0);
  for (Pair &pair : pairs) {
    size_t i = pair.i, j = pair.j;
    auto larger = [&](const std::vector<double> &values) {
      return std::max(std::abs(values[i]), std::abs(values[j]));
    };
    double change = 0;
    for (size_t k = 0; k < stages.size(); ++k) {
      const Stage &stage = stages[k];
      double noise = ofGram;
      if (k > 0) {
        const Stage &before = stages[k - 1];
        noise = before.ofNext + larger(before.p) * before.ofPG +
                (std::abs(before.p[i] * before.r[i]) +
                 std::abs(before.p[j] * before.r[j])) *
                    before.ofP;
      }
      double distance = stage.r[i] - stage.r[j];
      if (std::abs(distance) > near * larger(stage.r))
        change += std::abs((rest[k][i] - rest[k][j]) / distance) *
                  larger(stage.q) * noise;
      change += (larger(stage.q) * stage.ofP + (k > 0 ? stage.ofQ : 0)) *
                larger(rest[k + 1]);
    }
    double xi = tracks[i].x, xj = tracks[j].x;
    double fi = rest[0][i], fj = rest[0][j], distance = xi * xi - xj * xj;
    double own = std::max(std::abs(fi), std::abs(fj)), other = 0;
    if (std::abs(distance) > near * std::max(xi * xi, xj * xj)) {
      own = std::abs((xi * xi * fi - xj * xj * fj) / distance);
      other = std::abs(xi * xj * (fi - fj) / distance);
    }
    double ij = own * pair.ij + other * pair.ji;
    double ji = own * pair.ji + other * pair.ij;
    double newIJ = unit * (std::abs(xi) * change + ofX);
    double newJI = unit * (std::abs(xj) * change + ofX);
    pair.ij = ij + newIJ;
    pair.ji = ji + newJI;
    double entry = std::max(newIJ, newJI);
    double shift = std::min(entry, entry * entry / std::abs(xi * fi - xj * fj));
    for (size_t track : {i, j})
      shifts[track] = std::max(shifts[track], shift);
  }
  for (size_t i = 0; i <= points; ++i)
    shifts[i] = std::max(shifts[i - i % stride],
                         shifts[std::min(i - i % stride + stride, points)]);
  return shifts;
}

void Follower::runSegment(size_t begin, size_t end, double sign) {
  double ofGram = noiseOf([&](size_t i) { return tracks[i].x * tracks[i].x; });
  std::vector<double> r, q(tracks.size(), 1);
  for (const Track &track : tracks)
    r.push_back(track.x * track.x + sign * unit * ofGram);
  std::vector<Stage> stages;
  double largest = 0;
  for (size_t k = begin; k < end; ++k) {
    const OddStep &step = steps[k];
    Stage stage;
    stage.r = r;
    stage.q = q;
    for (double value : r)
      stage.p.push_back(step.a + value * (step.b + value * step.c));
    const std::vector<double> &p = stage.p;
    stage.ofP = noiseOf([&](size_t i) { return p[i]; }, step.a);
    stage.ofPG = noiseOf([&](size_t i) { return p[i] * r[i]; });
    stage.ofNext = noiseOf([&](size_t i) { return p[i] * p[i] * r[i]; });
    largest = 0;
    for (size_t i = 0; i < tracks.size(); ++i)
      largest = std::max(largest, std::abs(q[i] * p[i]));
    stage.ofQ = largest / 2;
    for (size_t i = 0; i < tracks.size(); ++i) {
      double noise = stage.ofNext + std::abs(p[i]) * stage.ofPG;
      r[i] = p[i] * p[i] * r[i] + sign * unit * noise;
      q[i] *= p[i];
      if (k > begin)
        q[i] += sign * unit * stage.ofQ;
      tracks[i].exact = step(tracks[i].exact);
    }
    stages.push_back(std::move(stage));
  }
  double ofX = largest / 8;
  std::vector<double> shifts = turn(stages, ofGram, ofX);
  for (size_t i = 0; i < tracks.size(); ++i)
    tracks[i].x = tracks[i].x * q[i] + sign * (unit * ofX + shifts[i]);
}

Deviation Follower::run(const std::vector<unsigned> &starts, double sign,
                        double most) {
  for (size_t s = 0; s < starts.size(); ++s)
    runSegment(starts[s], s + 1 < starts.size() ? starts[s + 1] : steps.size(),
               sign);
  Deviation worst;
  worst.values = worst.vectors = worst.top = 0;
  auto consider = [](double &worst, double off) {
    worst = std::isfinite(off) ? std::max(worst, off)
                               : std::numeric_limits<double>::infinity();
  };
  for (const Track &track : tracks) {
    consider(worst.top, track.x);
    // Below the interval anything between 0 and `most` will do.
    consider(worst.values, track.start >= lowest
                               ? std::abs(track.x - track.exact)
                               : std::max(track.x - most, -track.x));
  }
  for (const Pair &pair : pairs)
    consider(worst.vectors, std::max(pair.ij, pair.ji));
  for (size_t begin = 0; begin < points && tracks[begin].start > lowest;
       begin += stride) {
    double lower = std::max(tracks[begin + stride].start, lowest);
    Deviation::From piece = {lower, 0, 0};
    for (const Track &track : tracks)
      if (track.start >= lower && track.start <= tracks[begin].start)
        consider(piece.values, std::abs(track.x - track.exact));
    for (const Pair &pair : pairs)
      if (tracks[pair.i].start >= lower)
        consider(piece.vectors, std::max(pair.ij, pair.ji));
    worst.pieces.push_back(piece);
  }
  return worst;
}

Deviation::From Deviation::from(double lower) const {
  From result = {lower, 0, 0};
  for (const From &piece : pieces) {
    result.values = std::max(result.values, piece.values);
    result.vectors = std::max(result.vectors, piece.vectors);
    if (piece.lower <= lower)
      return result;
  }
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return {lower, infinity, infinity};
}

void Deviation::add(double norm) {
  for (double *each : {&values, &vectors, &top})
    *each += norm;
  for (From &piece : pieces) {
    piece.values += norm;
    piece.vectors += norm;
  }
}

/// What the model leaves out: entries of one pair come in blocks, and what is
/// between the tracks. Chosen after 7628 random matrices (float32, 16 to 512
/// rows, seven to 128 columns, six bands; Gaussian, decaying, of low rank, with
/// duplicate and scaled rows, one large entry, all entries equal), where without
/// it some exceeded the model in configurations that a contract allows, by 1.72
/// of it at most; not measured anew on others.
static constexpr double margin = 2;

Deviation steepest::deviationOf(const OddSteps &steps, bool schatten4,
                                const std::vector<unsigned> &starts,
                                double unit, double lowest, double most) {
  unit *= margin;
  Deviation below =
      Follower(steps, schatten4, unit, lowest).run(starts, /*sign=*/-1, most);
  Deviation above =
      Follower(steps, schatten4, unit, lowest).run(starts, /*sign=*/1, most);
  auto join = [](double &into, double other) { into = std::max(into, other); };
  join(below.values, above.values);
  join(below.vectors, above.vectors);
  join(below.top, above.top);
  for (size_t i = 0; i < below.pieces.size(); ++i) {
    join(below.pieces[i].values, above.pieces[i].values);
    join(below.pieces[i].vectors, above.pieces[i].vectors);
  }
  return below;
}

Segments steepest::placeRestarts(const OddSteps &steps, bool schatten4,
                                 double unit, double lowest, double most,
                                 double allowance) {
  Segments best;
  auto consider = [&](std::vector<unsigned> starts) {
    Deviation deviation =
        deviationOf(steps, schatten4, starts, unit, lowest, most);
    if (deviation.ofBounds() < best.deviation.ofBounds())
      best = {std::move(starts), deviation};
  };
  consider({0});
  if (best.deviation.ofBounds() <= allowance)
    return best;
  unsigned count = steps.size();
  for (unsigned i = 1; i < count; ++i)
    consider({0, i});
  if (best.deviation.ofBounds() <= allowance)
    return best;
  for (unsigned i = 1; i < count; ++i)
    for (unsigned j = i + 1; j < count; ++j)
      consider({0, i, j});
  // One more at a time, as long as that helps.
  for (size_t last = 0;
       best.deviation.ofBounds() > allowance && last != best.starts.size();) {
    last = best.starts.size();
    std::vector<unsigned> starts = best.starts;
    for (unsigned i = 1; i < count; ++i) {
      auto place = std::lower_bound(starts.begin(), starts.end(), i);
      if (place != starts.end() && *place == i)
        continue;
      std::vector<unsigned> more = starts;
      more.insert(more.begin() + (place - starts.begin()), i);
      consider(std::move(more));
    }
  }
  return best;
}
