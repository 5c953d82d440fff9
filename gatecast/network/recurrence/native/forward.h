// The forward pass of some rows of the batch through all time steps.
#pragma once

#include "sizes.h"

namespace gatecast {

// [inputs, 4 units] as [tile][inputs][gate][lane], zero where there is no unit; tiles lie `a_tile`
// numbers apart. It is read in order, since caches fetch what follows.
inline void pack_forward(const Sizes& s, const float* from, int64_t inputs, int64_t a_tile,
                         float* to) {
  for (int64_t row = 0; row < inputs * kGates; ++row)
    for (int tile = 0; tile < s.tiles(); ++tile)
      store(to + tile * a_tile + row * kLanes,
            load_some(from + row * s.units + int64_t{tile} * kLanes, s.in_tile(tile)));
}

// What some rows of the batch, from `begin`, remember, padded. The cell changes in place; the
// hidden state before a step is read until its end.
struct State {
  int64_t begin, rows;
  const float* hidden;
  float *new_hidden, *cell;
  const float* products;  // of the inputs of all steps, or null
};

struct Forward {
  Sizes s;
  const float *x, *hidden, *cell;
  const uint8_t* mask;
  const float *packed, *bias;
  float *out, *last_cell;
  float *gates, *cells;  // null where nothing is kept

  // [tile][row and step][gate][lane] bias and product of the inputs of all steps at once. They need
  // no state, and products of few rows take as long as their weights take to read.
  Floats products(int64_t begin, int64_t rows) const {
    const int64_t count = rows * s.steps;
    Floats sums(s.tiles() * count * kTile);
    for (int tile = 0; tile < s.tiles(); ++tile)
      for (int64_t n = 0; n < count;)
        with_rows(count - n, [&](auto number) {
          constexpr int R = decltype(number)::value;
          Vec acc[R][kGates];
          for (int r = 0; r < R; ++r)
            for (int g = 0; g < kGates; ++g) acc[r][g] = load(bias + tile * kTile + g * kLanes);
          multiply(acc, x + (begin * s.steps + n) * s.features, s.features,
                   packed + tile * s.rows() * kTile, s.features);
          for (int r = 0; r < R; ++r)
            for (int g = 0; g < kGates; ++g)
              store(sums.data + (tile * count + n + r) * kTile + g * kLanes, acc[r][g]);
          n += R;
        });
    return sums;
  }

  // One step of R rows for the units of one tile, over the inputs [from, to) of the last state.
  template <int R>
  void tile_rows(int64_t b, int64_t t, int tile, int64_t from, int64_t to, const State& state,
                 float* sums) const {
    const int64_t deep = s.deep(), unit = int64_t{tile} * kLanes, skip = (b - state.begin) * deep;
    const float* panel = packed + tile * s.rows() * kTile;
    Vec acc[R][kGates];
    for (int r = 0; r < R; ++r) {
      const int64_t n = (tile * state.rows + b - state.begin + r) * s.steps + t;
      const float* start = from             ? sums + r * kTile
                           : state.products ? state.products + n * kTile
                                            : bias + tile * kTile;
      for (int g = 0; g < kGates; ++g) acc[r][g] = load(start + g * kLanes);
    }
    if (!from && !state.products)
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
    const bool few = rows < kRows;
    const Floats all = few ? products(begin, rows) : Floats(0);
    for (int64_t t = 0; t < s.steps; ++t) {
      const State state{begin, rows, now, next, c, few ? all.data : nullptr};
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
