// The forward pass of some rows of the batch through all time steps.
#pragma once

#include "sizes.h"

namespace gatecast {

// [inputs, 4 units] as [tile][inputs][gate][lane], zero where there is no unit.
inline void pack_forward(const Sizes& s, const float* from, int64_t inputs, int64_t offset,
                         float* to) {
  for (int tile = 0; tile < s.tiles(); ++tile)
    for (int64_t k = 0; k < inputs; ++k)
      for (int gate = 0; gate < kGates; ++gate)
        store(to + ((tile * s.rows() + offset + k) * kGates + gate) * kLanes,
              load_some(from + (k * kGates + gate) * s.units + int64_t{tile} * kLanes,
                        s.in_tile(tile)));
}

// What some rows of the batch, from `begin`, remember, padded. The cell changes in place; the
// hidden state before a step is read until its end.
struct State {
  int64_t begin;
  const float* hidden;
  float *new_hidden, *cell;
};

struct Forward {
  Sizes s;
  const float *x, *hidden, *cell;
  const uint8_t* mask;
  const float *packed, *bias;
  float *out, *last_cell;
  float *gates, *cells;  // null where nothing is kept

  // One step of R rows for the units of one tile, over the inputs [from, to) of the last state.
  template <int R>
  void tile_rows(int64_t b, int64_t t, int tile, int64_t from, int64_t to, const State& state,
                 float* sums) const {
    const int64_t deep = s.deep(), unit = int64_t{tile} * kLanes, skip = (b - state.begin) * deep;
    const float* panel = packed + tile * s.rows() * kTile;
    Vec acc[R][kGates];
    for (int r = 0; r < R; ++r)
      for (int g = 0; g < kGates; ++g)
        acc[r][g] = load(from ? sums + r * kTile + g * kLanes : bias + tile * kTile + g * kLanes);
    if (!from)
      multiply(acc, x + (b * s.steps + t) * s.features, s.steps * s.features, panel, s.features);
    multiply(acc, state.hidden + skip + from, deep, panel + (s.features + from) * kTile, to - from);
    if (to < s.units) {
      for (int r = 0; r < R; ++r)
        for (int g = 0; g < kGates; ++g) store(sums + r * kTile + g * kLanes, acc[r][g]);
      return;
    }
    for (int r = 0; r < R; ++r) {
      const int64_t place = skip + r * deep + unit;
      const Vec i = sigmoid(acc[r][0]), f = sigmoid(acc[r][1]);
      const Vec g = tanh(acc[r][2]), o = sigmoid(acc[r][3]);
      const Vec old = load(state.cell + place);
      Vec c = f * old + i * g;
      Vec h = o * tanh(c);
      if (s.masked && !mask[(b + r) * s.steps + t]) {
        c = old;
        h = load(state.hidden + place);
      }
      store(state.cell + place, c);
      store(state.new_hidden + place, h);
      if (gates) {
        float* kept = gates + s.place(t, tile, b + r) * kTile;
        store(kept, i);
        store(kept + kLanes, f);
        store(kept + 2 * kLanes, g);
        store(kept + 3 * kLanes, o);
        store(cells + s.place(t, tile, b + r) * kLanes, c);
      }
    }
  }

  // All steps of some rows of the batch.
  void chunk(int64_t begin, int64_t end) const {
    const int64_t deep = s.deep(), rows = end - begin;
    Floats own(3 * rows * deep, true), sums(rows * kTile);
    float *now = own.data, *next = now + rows * deep, *const c = next + rows * deep;
    for (int64_t b = 0; b < rows; ++b) {
      std::copy_n(hidden + (begin + b) * s.units, s.units, now + b * deep);
      std::copy_n(cell + (begin + b) * s.units, s.units, c + b * deep);
    }
    for (int64_t t = 0; t < s.steps; ++t) {
      const State state{begin, now, next, c};
      for (int tile = 0; tile < s.tiles(); ++tile)
        for (int64_t from = 0; from < s.units; from += kNear)
          for (int64_t b = begin; b < end;)
            with_rows(end - b, [&](auto count) {
              constexpr int R = decltype(count)::value;
              tile_rows<R>(b, t, tile, from, std::min(from + kNear, s.units), state,
                           sums.data + (b - begin) * kTile);
              b += R;
            });
      std::swap(now, next);
      for (int64_t b = 0; b < rows; ++b)
        std::copy_n(now + b * deep, s.units, out + ((begin + b) * s.steps + t) * s.units);
    }
    for (int64_t b = 0; b < rows; ++b)
      std::copy_n(c + b * deep, s.units, last_cell + (begin + b) * s.units);
  }
};

}  // namespace gatecast
