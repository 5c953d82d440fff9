// An LSTM layer over all its time steps, forward and backward, as two calls that XLA makes.
//
// Keras's layer step by step, gates in its order i, f, c, o (Hochreiter and Schmidhuber 1997;
// Gers, Schmidhuber and Cummins 2000):
//
//   z = x_t W + h_{t-1} U + b
//   i = sigmoid(z_i)   f = sigmoid(z_f)   g = tanh(z_g)   o = sigmoid(z_o)
//   c_t = f c_{t-1} + i g
//   h_t = o tanh(c_t)
//
// What makes it fast: the weights are packed once per call so that the four gates of a few units
// lie next to each other; a tile of rows times those units then stays in registers through the
// whole product and the gate arithmetic. The weight gradient is one product over many steps.
// Rows of the batch are independent of each other and are shared out to XLA's own threads in
// chunks whose size does not depend on how many threads there are, so the sums do not either.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "xla/ffi/api/ffi.h"

namespace {

namespace ffi = xla::ffi;

#if defined(__AVX512F__)
constexpr int kLanes = 16;
constexpr int kRows = 6;  // 6 rows x 4 gates of accumulators fill 24 of 32 registers
#elif defined(__AVX2__)
constexpr int kLanes = 8;
constexpr int kRows = 3;  // 12 of 16 registers
#else
constexpr int kLanes = 4;
constexpr int kRows = 6;
#endif
constexpr int kGates = 4;
constexpr int kTile = kGates * kLanes;  // numbers in one row of a tile: the gates of kLanes units
constexpr int kChunk = 128;             // rows of the batch that one task takes through all steps
constexpr int kDepth = 128;             // rows summed at once into the weight gradient
constexpr int kNear = 128;              // rows of packed weights that stay in the nearest cache

typedef float Vec __attribute__((vector_size(4 * kLanes)));

inline Vec load(const float* from) {
  Vec v;
  std::memcpy(&v, from, sizeof v);
  return v;
}
inline void store(float* to, Vec v) { std::memcpy(to, &v, sizeof v); }

// Subtracting zero is exact for every number, so it costs nothing; adding it is not, for -0.
inline Vec all(float value) { return value - Vec{}; }

inline Vec load_some(const float* from, int count) {
  if (count >= kLanes) return load(from);
  float part[kLanes] = {};
  std::copy_n(from, count, part);
  return load(part);
}
inline void store_some(float* to, Vec v, int count) {
  if (count >= kLanes) return store(to, v);
  float part[kLanes];
  store(part, v);
  std::copy_n(part, count, to);
}

// A ratio of polynomials, odd over even, fitted to tanh on [-7.9, 7.9], beyond which it is 1 in
// single precision.
inline Vec tanh(Vec x) {
  const Vec most = all(7.90531110763549805f);
  x = x > most ? most : x;
  x = x < -most ? -most : x;
  const Vec s = x * x;
  Vec p = all(-2.76076847742355e-16f);
  for (float a : {2.00018790482477e-13f, -8.60467152213735e-11f, 5.12229709037114e-08f,
                  1.48572235717979e-05f, 6.37261928875436e-04f, 4.89352455891786e-03f})
    p = p * s + a;
  Vec q = all(1.19825839466702e-06f);
  for (float b : {1.18534705686654e-04f, 2.26843463243900e-03f, 4.89352518554385e-03f})
    q = q * s + b;
  return x * p / q;
}
inline Vec sigmoid(Vec x) { return tanh(x * 0.5f) * 0.5f + 0.5f; }

// Memory aligned to a cache line, zero or not.
struct Floats {
  explicit Floats(size_t count, bool zero = false) : own(count + 16) {
    const auto at = reinterpret_cast<uintptr_t>(own.get());
    data = reinterpret_cast<float*>((at + 63) / 64 * 64);
    if (zero) std::fill_n(data, count, 0.f);
  }
  struct Raw {
    explicit Raw(size_t count) : pointer(static_cast<float*>(std::malloc(count * 4))) {}
    ~Raw() { std::free(pointer); }
    Raw(const Raw&) = delete;
    float* get() const { return pointer; }
    float* pointer;
  } own;
  float* data;
};

struct Sizes {
  int64_t members, batch, steps, features, units;
  bool masked;
  int tiles() const { return static_cast<int>((units + kLanes - 1) / kLanes); }
  int64_t wide() const { return int64_t{tiles()} * kTile; }      // gates of one row, padded
  int64_t deep() const { return int64_t{tiles()} * kLanes; }     // units of one row, padded
  int64_t rows() const { return features + units; }              // inputs of every gate
  int in_tile(int tile) const { return static_cast<int>(std::min<int64_t>(kLanes, units - int64_t{tile} * kLanes)); }
  // Where the gates or cells of a tile of units are kept: those of one tile next to each other,
  // since they are written and read tile by tile.
  int64_t place(int64_t t, int tile, int64_t b) const {
    return (t * tiles() + tile) * batch + b;
  }
  int64_t chunk() const { return std::min<int64_t>(kChunk, (batch + 1) / 2); }
  int64_t chunks() const { return (batch + chunk() - 1) / chunk(); }
};

// Runs task(0) ... task(count - 1) on this thread and on the idle ones of XLA's pool. Nobody waits
// for a task that has not begun, so a full pool cannot block itself.
void share(ffi::ThreadPool& pool, int64_t count, std::function<void(int64_t)> task) {
  if (count == 1) return task(0);
  struct Work {
    std::function<void(int64_t)> task;
    int64_t count;
    std::atomic<int64_t> next{0}, done{0};
    void run() {
      for (int64_t n; (n = next.fetch_add(1)) < count; done.fetch_add(1)) task(n);
    }
  };
  auto work = std::make_shared<Work>();
  work->task = std::move(task);
  work->count = count;
  const int64_t others = std::min<int64_t>(count, pool.num_threads()) - 1;
  for (int64_t n = 0; n < others; ++n) pool.Schedule([work] { work->run(); });
  work->run();
  while (work->done.load() < count) std::this_thread::yield();
}

// acc[r][v] += sum over k of a[r * stride + k] * panel[k][v]
template <int R, int V>
inline void multiply(Vec (&acc)[R][V], const float* a, int64_t stride, const float* panel,
                     int64_t depth) {
  for (int64_t k = 0; k < depth; ++k, panel += V * kLanes) {
    Vec w[V];
    for (int v = 0; v < V; ++v) w[v] = load(panel + v * kLanes);
    for (int r = 0; r < R; ++r) {
      const Vec x = all(a[r * stride + k]);
      for (int v = 0; v < V; ++v) acc[r][v] += x * w[v];
    }
  }
}

// Calls f<1>() ... f<kRows>() for a number of rows known only now.
template <int R = kRows, typename F>
inline void with_rows(int64_t rows, F&& f) {
  if constexpr (R == 1) {
    f(std::integral_constant<int, 1>{});
  } else {
    if (rows >= R) return f(std::integral_constant<int, R>{});
    with_rows<R - 1>(rows, f);
  }
}

// [inputs, 4 units] as [tile][inputs][gate][lane], zero where there is no unit.
void pack_forward(const Sizes& s, const float* from, int64_t inputs, int64_t offset, float* to) {
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
  float *out, *last_cell, *gates, *cells;
  bool keep;

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
      store_some(out + ((b + r) * s.steps + t) * s.units + unit, h, s.in_tile(tile));
      if (keep) {
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
    }
    for (int64_t b = 0; b < rows; ++b)
      std::copy_n(c + b * deep, s.units, last_cell + (begin + b) * s.units);
  }
};

using F32 = ffi::Buffer<ffi::F32>;
using Out = ffi::ResultBuffer<ffi::F32>;

Sizes sizes_of(const F32& x, const F32& recurrent, const ffi::Buffer<ffi::PRED>& mask) {
  const auto shape = x.dimensions();
  const size_t rank = shape.size();
  Sizes s;
  s.members = 1;
  for (size_t axis = 0; axis + 3 < rank; ++axis) s.members *= shape[axis];
  s.batch = shape[rank - 3];
  s.steps = shape[rank - 2];
  s.features = shape[rank - 1];
  s.units = recurrent.dimensions().back() / kGates;
  s.masked = mask.element_count() > 0;
  return s;
}

ffi::Error forward(ffi::ThreadPool pool, F32 x, F32 kernel, F32 recurrent, F32 bias, F32 hidden,
                   F32 cell, ffi::Buffer<ffi::PRED> mask, Out out, Out last_cell, Out gates,
                   Out cells) {
  const Sizes s = sizes_of(x, recurrent, mask);
  const int64_t a_member = s.tiles() * s.rows() * kTile;
  Floats packed(s.members * a_member), biases(s.members * s.wide());
  for (int64_t m = 0; m < s.members; ++m) {
    float* to = packed.data + m * a_member;
    pack_forward(s, kernel.typed_data() + m * s.features * kGates * s.units, s.features, 0, to);
    pack_forward(s, recurrent.typed_data() + m * s.units * kGates * s.units, s.units, s.features,
                 to);
    for (int tile = 0; tile < s.tiles(); ++tile)
      for (int gate = 0; gate < kGates; ++gate)
        store(biases.data + m * s.wide() + tile * kTile + gate * kLanes,
              load_some(bias.typed_data() + (m * kGates + gate) * s.units + int64_t{tile} * kLanes,
                        s.in_tile(tile)));
  }
  const bool keep = gates->element_count() > 0;
  share(pool, s.members * s.chunks(), [&](int64_t task) {
    const int64_t m = task / s.chunks(), begin = task % s.chunks() * s.chunk();
    const int64_t rows = s.batch * s.units;
    const Forward own{s,
                      x.typed_data() + m * s.batch * s.steps * s.features,
                      hidden.typed_data() + m * rows,
                      cell.typed_data() + m * rows,
                      reinterpret_cast<const uint8_t*>(mask.typed_data()) +
                          (s.masked ? m * s.batch * s.steps : 0),
                      packed.data + m * a_member,
                      biases.data + m * s.wide(),
                      out->typed_data() + m * rows * s.steps,
                      last_cell->typed_data() + m * rows,
                      keep ? gates->typed_data() + m * s.steps * s.batch * s.wide() : nullptr,
                      keep ? cells->typed_data() + m * s.steps * s.batch * s.deep() : nullptr,
                      keep};
    own.chunk(begin, std::min(begin + s.chunk(), s.batch));
  });
  return ffi::Error::Success();
}

// Rows [columns] of weights, transposed: [block of 4 x kLanes columns][padded gate][column], so
// that dz times it is a product like that of the forward pass.
constexpr int kColumns = 4 * kLanes;
inline int64_t blocks_of(int64_t columns) { return (columns + kColumns - 1) / kColumns; }

void pack_backward(const Sizes& s, const float* from, int64_t columns, float* to) {
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

ffi::Error backward(ffi::ThreadPool pool, F32 x, F32 kernel, F32 recurrent, F32 hidden, F32 cell,
                    ffi::Buffer<ffi::PRED> mask, F32 out, F32 gates, F32 cells, F32 d_out,
                    F32 d_hidden, F32 d_cell, Out dx, Out d_kernel, Out d_recurrent, Out d_bias,
                    Out d_hidden0, Out d_cell0) {
  const Sizes s = sizes_of(x, recurrent, mask);
  const bool wants_dx = dx->element_count() > 0;
  const int64_t of_h = blocks_of(s.units) * kColumns * s.wide();
  const int64_t of_x = wants_dx ? blocks_of(s.features) * kColumns * s.wide() : 0;
  Floats packed(s.members * (of_h + of_x));
  for (int64_t m = 0; m < s.members; ++m) {
    float* to = packed.data + m * (of_h + of_x);
    pack_backward(s, recurrent.typed_data() + m * s.units * kGates * s.units, s.units, to);
    if (wants_dx)
      pack_backward(s, kernel.typed_data() + m * s.features * kGates * s.units, s.features,
                    to + of_h);
  }
  const int64_t padded = (s.rows() + 1 + kRows - 1) / kRows * kRows * s.wide();
  Floats partial(s.members * s.chunks() * padded);
  auto of_member = [&](const F32& all, int64_t m, int64_t size) {
    return all.element_count() ? all.typed_data() + m * size : nullptr;
  };
  const int64_t rows = s.batch * s.units, inputs = s.batch * s.steps * s.features;
  share(pool, s.members * s.chunks(), [&](int64_t task) {
    const int64_t m = task / s.chunks(), begin = task % s.chunks() * s.chunk();
    const float* own_packed = packed.data + m * (of_h + of_x);
    const Backward own{s,
                       x.typed_data() + m * inputs,
                       hidden.typed_data() + m * rows,
                       cell.typed_data() + m * rows,
                       reinterpret_cast<const uint8_t*>(mask.typed_data()) +
                           (s.masked ? m * s.batch * s.steps : 0),
                       out.typed_data() + m * rows * s.steps,
                       gates.typed_data() + m * s.steps * s.batch * s.wide(),
                       cells.typed_data() + m * s.steps * s.batch * s.deep(),
                       of_member(d_out, m, rows * s.steps),
                       of_member(d_hidden, m, rows),
                       of_member(d_cell, m, rows),
                       own_packed,
                       wants_dx ? own_packed + of_h : nullptr,
                       wants_dx ? dx->typed_data() + m * inputs : nullptr,
                       d_hidden0->typed_data() + m * rows,
                       d_cell0->typed_data() + m * rows};
    own.chunk(begin, std::min(begin + s.chunk(), s.batch), partial.data + task * padded);
  });
  // The chunks' sums, always in the same order, and out of the packed layout.
  for (int64_t m = 0; m < s.members; ++m) {
    float* all_chunks = partial.data + m * s.chunks() * padded;
    for (int64_t chunk = 1; chunk < s.chunks(); ++chunk)
      for (int64_t n = 0; n < padded; ++n) all_chunks[n] += all_chunks[chunk * padded + n];
    auto unpack = [&](int64_t first, int64_t count, float* to) {
      for (int64_t row = 0; row < count; ++row)
        for (int tile = 0; tile < s.tiles(); ++tile)
          for (int gate = 0; gate < kGates; ++gate)
            store_some(to + (row * kGates + gate) * s.units + int64_t{tile} * kLanes,
                       load(all_chunks + (first + row) * s.wide() + tile * kTile + gate * kLanes),
                       s.in_tile(tile));
    };
    const int64_t gate_units = kGates * s.units;
    unpack(0, s.features, d_kernel->typed_data() + m * s.features * gate_units);
    unpack(s.features, s.units, d_recurrent->typed_data() + m * s.units * gate_units);
    unpack(s.rows(), 1, d_bias->typed_data() + m * gate_units);
  }
  return ffi::Error::Success();
}

}  // namespace

// The numbers in one padded row: the caller has to give room for what forward keeps.
extern "C" int64_t gatecast_lstm_lanes() { return kLanes; }

XLA_FFI_DEFINE_HANDLER_SYMBOL(gatecast_lstm_forward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<F32>()  // x [..., batch, steps, features]
                                  .Arg<F32>()  // kernel [..., features, 4 units]
                                  .Arg<F32>()  // recurrent [..., units, 4 units]
                                  .Arg<F32>()  // bias [..., 4 units]
                                  .Arg<F32>()  // hidden [..., batch, units]
                                  .Arg<F32>()  // cell [..., batch, units]
                                  .Arg<ffi::Buffer<ffi::PRED>>()  // mask [..., batch, steps] or []
                                  .Ret<F32>()   // out [..., batch, steps, units]
                                  .Ret<F32>()   // cell after the last step
                                  .Ret<F32>()   // gates, padded, or nothing
                                  .Ret<F32>());  // cells, padded, or nothing

XLA_FFI_DEFINE_HANDLER_SYMBOL(gatecast_lstm_backward, backward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<F32>()  // x
                                  .Arg<F32>()  // kernel
                                  .Arg<F32>()  // recurrent
                                  .Arg<F32>()  // hidden
                                  .Arg<F32>()  // cell
                                  .Arg<ffi::Buffer<ffi::PRED>>()  // mask
                                  .Arg<F32>()                     // out
                                  .Arg<F32>()                     // gates
                                  .Arg<F32>()                     // cells
                                  .Arg<F32>()   // slope of out, or nothing
                                  .Arg<F32>()   // slope of the last hidden state, or nothing
                                  .Arg<F32>()   // slope of the last cell, or nothing
                                  .Ret<F32>()   // slope of x, or nothing
                                  .Ret<F32>()   // slope of kernel
                                  .Ret<F32>()   // slope of recurrent
                                  .Ret<F32>()   // slope of bias
                                  .Ret<F32>()   // slope of hidden
                                  .Ret<F32>());  // slope of cell
