// Vectors of the machine it is compiled for, and products that stay in their registers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

namespace gatecast {

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
  explicit Floats(size_t count, bool zero = false)
      : own(static_cast<float*>(std::aligned_alloc(64, (count / 16 + 1) * 64)), &std::free),
        data(own.get()) {
    if (zero) std::fill_n(data, count, 0.f);
  }
  std::unique_ptr<float, decltype(&std::free)> own;
  float* const data;
};

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

}  // namespace gatecast
