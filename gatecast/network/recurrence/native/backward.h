// Backpropagation through time (Werbos 1990) of some rows of the batch.
#pragma once

#include <vector>

#include "sizes.h"

namespace gatecast {

// Rows [columns] of weights, transposed: [block of 4 x kLanes columns][padded gate][column], so
// that dz times it is a product like that of the forward pass.
constexpr int kColumns = 4 * kLanes;
inline int64_t blocks_of(int64_t columns) { return (columns + kColumns - 1) / kColumns; }

inline void pack_backward(const Sizes& s, const float* from, int64_t columns, float* to) {
  for (int64_t block = 0; block < blocks_of(columns); ++block) {
    const int64_t first = block * kColumns, most = std::min<int64_t>(kColumns, columns - first);
    const int64_t wide = (most + kLanes - 1) / kLanes * kLanes;
    for (int64_t k = 0; k < s.wide(); ++k) {
      const int64_t unit = k / kTile * kLanes + k % kLanes, gate = k % kTile / kLanes;
      float* row = to + first * s.wide() + k * wide;
      for (int64_t n = 0; n < wide; ++n)
        row[n] = unit < s.units && n < most
                     ? from[((first + n) * kGates + gate) * s.units + unit]
                     : 0.f;
    }
  }
}

struct Backward {
  Sizes s;
  const float *x, *hidden, *cell;
  const uint8_t* mask;
  const float *out, *gates, *cells;
  const float *d_out, *d_hidden, *d_cell;  // null where zero
  const float *recurrent, *kernel;         // packed backward; kernel is null where dx is not asked
  float *dx, *d_hidden0, *d_cell0;

  int64_t panels() const { return (s.rows() + 1 + kRows - 1) / kRows; }

  // to[row][column] = sum over k of dz[row][k] weights[column][k]
  template <int V>
  void product_block(const float* dz, int64_t dz_tile, int64_t rows, const float* panel, float* to,
                     int64_t stride, int64_t most) const {
    constexpr int kTiles = std::max(1, kNear / kTile);
    for (int first = 0; first < s.tiles(); first += kTiles) {
      const int last = std::min(first + kTiles, s.tiles());
      for (int64_t b = 0; b < rows;)
        with_rows(rows - b, [&](auto count) {
          constexpr int R = decltype(count)::value;
          Vec acc[R][V] = {};
          for (int tile = first; tile < last; ++tile)
            multiply(acc, dz + tile * dz_tile + b * kTile, kTile,
                     panel + int64_t{tile} * kTile * V * kLanes, kTile);
          for (int r = 0; r < R; ++r)
            for (int v = 0; v < V; ++v) {
              float* place = to + (b + r) * stride + v * kLanes;
              const int count = static_cast<int>(most - v * kLanes);
              store_some(place, first ? acc[r][v] + load_some(place, count) : acc[r][v], count);
            }
          b += R;
        });
    }
  }
  void product(const float* dz, int64_t dz_tile, int64_t rows, const float* packed,
               int64_t columns, float* to, int64_t stride) const {
    for (int64_t first = 0; first < columns; first += kColumns) {
      const int64_t most = std::min<int64_t>(kColumns, columns - first);
      const float* panel = packed + first * s.wide();
      switch ((most + kLanes - 1) / kLanes) {
        case 1: product_block<1>(dz, dz_tile, rows, panel, to + first, stride, most); break;
        case 2: product_block<2>(dz, dz_tile, rows, panel, to + first, stride, most); break;
        case 3: product_block<3>(dz, dz_tile, rows, panel, to + first, stride, most); break;
        default: product_block<4>(dz, dz_tile, rows, panel, to + first, stride, most);
      }
    }
  }

  // dz of one step of some rows, and dc before it.
  void gate_slopes(int64_t begin, int64_t end, int64_t t, const float* dh, float* dc, float* dz,
                   int64_t dz_tile, const float* first_cell) const {
    for (int tile = 0; tile < s.tiles(); ++tile)
      for (int64_t b = begin; b < end; ++b) {
        const int64_t unit = (b - begin) * s.deep() + int64_t{tile} * kLanes;
        float* to = dz + tile * dz_tile + (b - begin) * kTile;
        if (s.masked && !mask[b * s.steps + t]) {
          std::fill_n(to, kTile, 0.f);
          continue;
        }
        const float* kept = gates + s.place(t, tile, b) * kTile;
        const Vec i = load(kept), f = load(kept + kLanes);
        const Vec g = load(kept + 2 * kLanes), o = load(kept + 3 * kLanes);
        const Vec c = load(cells + s.place(t, tile, b) * kLanes);
        const Vec old = load(t ? cells + s.place(t - 1, tile, b) * kLanes : first_cell + unit);
        const Vec up = load(dh + unit), shape = tanh(c);
        const Vec slope = load(dc + unit) + up * o * (1.f - shape * shape);
        store(to, slope * g * i * (1.f - i));
        store(to + kLanes, slope * old * f * (1.f - f));
        store(to + 2 * kLanes, slope * i * (1.f - g * g));
        store(to + 3 * kLanes, up * shape * o * (1.f - o));
        store(dc + unit, slope * f);
      }
  }

  // What the gates read at step t, [panel][row][kRows], with a one for the bias at the end.
  void pack_inputs(int64_t begin, int64_t end, int64_t t, float* to, int64_t depth) const {
    std::vector<float> row(panels() * kRows);
    row[s.rows()] = 1.f;
    for (int64_t b = begin; b < end; ++b, to += kRows) {
      const float* h = t ? out + (b * s.steps + t - 1) * s.units : hidden + b * s.units;
      std::copy_n(x + (b * s.steps + t) * s.features, s.features, row.data());
      std::copy_n(h, s.units, row.data() + s.features);
      for (int64_t p = 0; p < panels(); ++p)
        std::memcpy(to + p * depth * kRows, row.data() + p * kRows, kRows * sizeof(float));
    }
  }

  // d_weights[m][gate] += sum over rows of inputs[row][m] dz[row][gate]
  void add_weights(const float* inputs, const float* dz, int64_t rows, int64_t depth,
                   float* d_w) const {
    for (int tile = 0; tile < s.tiles(); ++tile)
      for (int64_t p = 0; p < panels(); ++p) {
        Vec acc[kRows][kGates];
        float* to = d_w + p * kRows * s.wide() + tile * kTile;
        for (int r = 0; r < kRows; ++r)
          for (int g = 0; g < kGates; ++g) acc[r][g] = load(to + r * s.wide() + g * kLanes);
        const float* a = inputs + p * depth * kRows;
        const float* w = dz + tile * depth * kTile;
        for (int64_t k = 0; k < rows; ++k, a += kRows, w += kTile) {
          Vec v[kGates];
          for (int g = 0; g < kGates; ++g) v[g] = load(w + g * kLanes);
          for (int r = 0; r < kRows; ++r) {
            const Vec one = all(a[r]);
            for (int g = 0; g < kGates; ++g) acc[r][g] += one * v[g];
          }
        }
        for (int r = 0; r < kRows; ++r)
          for (int g = 0; g < kGates; ++g) store(to + r * s.wide() + g * kLanes, acc[r][g]);
      }
  }

  // All steps of some rows of the batch, last step first; d_w [panels * kRows, wide] is set.
  void chunk(int64_t begin, int64_t end, float* d_w) const {
    const int64_t rows = end - begin, at_once = std::max<int64_t>(1, kDepth / rows);
    const int64_t depth = at_once * rows;
    Floats dh(rows * s.deep(), true), dc(rows * s.deep(), true), first(rows * s.deep(), true);
    Floats dz(s.tiles() * depth * kTile), inputs(panels() * depth * kRows);
    std::fill_n(d_w, panels() * kRows * s.wide(), 0.f);
    for (int64_t b = begin; b < end; ++b) {
      const int64_t row = (b - begin) * s.deep();
      std::copy_n(cell + b * s.units, s.units, first.data + row);
      if (d_hidden) std::copy_n(d_hidden + b * s.units, s.units, dh.data + row);
      if (d_cell) std::copy_n(d_cell + b * s.units, s.units, dc.data + row);
    }
    Floats kept(s.masked ? rows * s.deep() : 0);
    int64_t waiting = 0;
    for (int64_t t = s.steps - 1; t >= 0; --t) {
      if (d_out)
        for (int64_t b = begin; b < end; ++b)
          for (int64_t u = 0; u < s.units; ++u)
            dh.data[(b - begin) * s.deep() + u] += d_out[(b * s.steps + t) * s.units + u];
      float* now = dz.data + waiting * kTile;
      gate_slopes(begin, end, t, dh.data, dc.data, now, depth * kTile, first.data);
      pack_inputs(begin, end, t, inputs.data + waiting * kRows, depth);
      if (s.masked) std::copy_n(dh.data, rows * s.deep(), kept.data);
      product(now, depth * kTile, rows, recurrent, s.units, dh.data, s.deep());
      if (s.masked)
        for (int64_t b = begin; b < end; ++b)
          if (!mask[b * s.steps + t])
            std::copy_n(kept.data + (b - begin) * s.deep(), s.deep(),
                        dh.data + (b - begin) * s.deep());
      if (kernel)
        product(now, depth * kTile, rows, kernel, s.features,
                dx + (begin * s.steps + t) * s.features, s.steps * s.features);
      waiting += rows;
      if (waiting == depth || t == 0) {
        add_weights(inputs.data, dz.data, waiting, depth, d_w);
        waiting = 0;
      }
    }
    for (int64_t b = begin; b < end; ++b) {
      const int64_t row = (b - begin) * s.deep();
      std::copy_n(dh.data + row, s.units, d_hidden0 + b * s.units);
      std::copy_n(dc.data + row, s.units, d_cell0 + b * s.units);
    }
  }
};

}  // namespace gatecast
