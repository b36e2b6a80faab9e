//===- GramPrecision.cpp - rounding of the Gram form ----------------------===//

#include "lib/Transforms/LowerSpectral/GramPrecision.h"

#include <algorithm>
#include <cmath>

using namespace steepest;

namespace {
/// The values that belong to one singular value.
struct Track {
  double start, exact, x, r, q = 1;
};
} // namespace

/// Rounding of a symmetric product, relative to `unit`: k equal singular values
/// (at most 1 / s^2 of size s fit into ||X||_F = 1, and 1 / s^4 into
/// ||X||_S4 = 1) whose squares are r by now leave entries that round to about
/// unit r / sqrt(k) each, which make a matrix of norm unit r sqrt(k) / 4.
static double noiseOf(const std::vector<Track> &tracks, bool schatten4) {
  constexpr double mostEqual = 4096;
  double noise = 1;
  for (const Track &track : tracks) {
    double square = track.start * track.start;
    double equal = 1 / (schatten4 ? square * square : square);
    if (equal <= mostEqual)
      noise = std::max(noise, track.exact * track.exact * std::sqrt(equal) / 4);
  }
  return noise;
}

double steepest::deviationOf(const OddSteps &steps, bool schatten4,
                             const std::vector<unsigned> &starts, double unit,
                             double lowest, double most) {
  constexpr int points = 160;
  double worst = 0;
  for (double sign : {-1.0, 1.0}) {
    std::vector<Track> tracks;
    for (int i = 0; i <= points; ++i) {
      double s = std::pow(10.0, -8.0 * i / points);
      tracks.push_back({s, s, s, 0});
    }
    if (lowest > 0)
      tracks.push_back({lowest, lowest, lowest, 0});
    for (size_t i = 0; i < steps.size(); ++i) {
      const OddStep &step = steps[i];
      bool first = std::find(starts.begin(), starts.end(), i) != starts.end();
      bool last =
          i + 1 == steps.size() ||
          std::find(starts.begin(), starts.end(), i + 1) != starts.end();
      double largest = 0, noise = sign * unit * noiseOf(tracks, schatten4);
      for (Track &track : tracks) {
        if (first) {
          track.r = track.x * track.x + noise;
          track.q = 1;
        }
        track.exact = step(track.exact);
        double p = step.a + track.r * (step.b + track.r * step.c);
        track.q *= p;
        track.r *= p * p;
        largest = std::max(largest, std::abs(track.q));
      }
      noise = sign * unit * noiseOf(tracks, schatten4);
      for (Track &track : tracks)
        track.r += noise;
      for (Track &track : tracks) {
        if (!first)
          track.q += sign * unit / 2 * largest;
        if (last)
          track.x = track.x * track.q + sign * unit / 8 * largest;
      }
    }
    for (const Track &track : tracks) {
      if (!std::isfinite(track.x))
        return std::numeric_limits<double>::infinity();
      // Below the interval anything between 0 and `most` will do.
      double off = track.start >= lowest ? std::abs(track.x - track.exact)
                                         : std::max(track.x - most, -track.x);
      worst = std::max(worst, off);
    }
  }
  return worst;
}

Segments steepest::placeRestarts(const OddSteps &steps, bool schatten4,
                                 double unit, double lowest, double most,
                                 double allowance) {
  Segments best;
  auto consider = [&](std::vector<unsigned> starts) {
    double deviation =
        deviationOf(steps, schatten4, starts, unit, lowest, most);
    if (deviation < best.deviation)
      best = {std::move(starts), deviation};
  };
  consider({0});
  if (best.deviation <= allowance)
    return best;
  unsigned count = steps.size();
  for (unsigned i = 1; i < count; ++i)
    consider({0, i});
  if (best.deviation <= allowance)
    return best;
  for (unsigned i = 1; i < count; ++i)
    for (unsigned j = i + 1; j < count; ++j)
      consider({0, i, j});
  return best;
}
