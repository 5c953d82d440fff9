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

#include <atomic>
#include <functional>
#include <initializer_list>
#include <memory>
#include <thread>
#include <utility>

#include "backward.h"
#include "forward.h"
#include "xla/ffi/api/ffi.h"

namespace gatecast {
namespace {

namespace ffi = xla::ffi;

// Fewer numbers than this are copied sooner than another thread wakes up.
constexpr int64_t kWorthSharing = 1 << 16;

// Runs task(0) ... task(count - 1) on this thread and on the idle ones of XLA's pool. Nobody waits
// for a task that has not begun, so a full pool cannot block itself. With `alone` on this one only.
void share(ffi::ThreadPool& pool, int64_t count, std::function<void(int64_t)> task,
           bool alone = false) {
  if (count == 1 || alone) {
    for (int64_t n = 0; n < count; ++n) task(n);
    return;
  }
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

using F32 = ffi::Buffer<ffi::F32>;
using Mask = ffi::Buffer<ffi::PRED>;
using Out = ffi::ResultBuffer<ffi::F32>;

Sizes sizes_of(const F32& x, const F32& recurrent, const Mask& mask) {
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

// Whether what `forward` reads and writes is as large as it takes it to be: a program that is kept
// in a file may have been changed.
bool fits(const Sizes& s, std::initializer_list<std::pair<size_t, int64_t>> counts) {
  return std::all_of(counts.begin(), counts.end(), [&](const auto& pair) {
    return static_cast<int64_t>(pair.first) == s.members * pair.second;
  });
}

ffi::Error forward(ffi::ThreadPool pool, F32 x, F32 kernel, F32 recurrent, F32 bias, F32 hidden,
                   F32 cell, Mask mask, Out out, Out last_cell, Out gates,
                   Out cells) {
  const Sizes s = sizes_of(x, recurrent, mask);
  const int64_t a_tile = s.rows() * kTile, of_unit = kGates * s.units;
  const int64_t in_batch = s.batch * s.units, in_time = s.batch * s.steps;
  const bool keep = gates->element_count() > 0;
  if (!fits(s, {{kernel.element_count(), s.features * of_unit},
                {recurrent.element_count(), s.units * of_unit},
                {bias.element_count(), of_unit},
                {hidden.element_count(), in_batch},
                {cell.element_count(), in_batch},
                {mask.element_count(), s.masked ? in_time : 0},
                {out->element_count(), in_time * s.units},
                {last_cell->element_count(), in_batch},
                {gates->element_count(), keep ? in_time * s.wide() : 0},
                {cells->element_count(), keep ? in_time * s.deep() : 0}}))
    return ffi::Error::InvalidArgument("the arrays of an LSTM do not fit each other");
  Floats packed(s.members * s.tiles() * a_tile), biases(s.members * s.wide());
  const auto pack = [&](int64_t m) {
    pack_forward(s, bias.typed_data() + m * of_unit, 1, kTile, biases.data + m * s.wide());
    float* to = packed.data + m * s.tiles() * a_tile;
    pack_forward(s, kernel.typed_data() + m * of_unit * s.features, s.features, a_tile, to);
    pack_forward(s, recurrent.typed_data() + m * of_unit * s.units, s.units, a_tile,
                 to + s.features * kTile);
  };
  share(pool, s.members, pack, s.members * s.tiles() * a_tile < kWorthSharing);
  share(pool, s.members * s.chunks(), [&](int64_t task) {
    const int64_t m = task / s.chunks(), begin = task % s.chunks() * s.chunk();
    const int64_t rows = s.batch * s.units;
    const Forward own{s,
                      x.typed_data() + m * s.batch * s.steps * s.features,
                      hidden.typed_data() + m * rows,
                      cell.typed_data() + m * rows,
                      reinterpret_cast<const uint8_t*>(mask.typed_data()) +
                          (s.masked ? m * s.batch * s.steps : 0),
                      packed.data + m * s.tiles() * a_tile,
                      biases.data + m * s.wide(),
                      out->typed_data() + m * rows * s.steps,
                      last_cell->typed_data() + m * rows,
                      keep ? gates->typed_data() + m * s.steps * s.batch * s.wide() : nullptr,
                      keep ? cells->typed_data() + m * s.steps * s.batch * s.deep() : nullptr};
    own.chunk(begin, std::min(begin + s.chunk(), s.batch));
  });
  return ffi::Error::Success();
}

ffi::Error backward(ffi::ThreadPool pool, F32 x, F32 kernel, F32 recurrent, F32 hidden, F32 cell,
                    Mask mask, F32 out, F32 gates, F32 cells, F32 d_out,
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

// Any leading dimensions of all arguments are members. What may be "nothing" is empty then.
XLA_FFI_DEFINE_HANDLER_SYMBOL(gatecast_lstm_forward, forward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<F32>()    // x [batch, steps, features]
                                  .Arg<F32>()    // kernel [features, 4 units]
                                  .Arg<F32>()    // recurrent [units, 4 units]
                                  .Arg<F32>()    // bias [4 units]
                                  .Arg<F32>()    // hidden [batch, units]
                                  .Arg<F32>()    // cell [batch, units]
                                  .Arg<Mask>()   // [batch, steps], or nothing
                                  .Ret<F32>()    // out [batch, steps, units]
                                  .Ret<F32>()    // cell after the last step
                                  .Ret<F32>()    // gates, padded, or nothing
                                  .Ret<F32>());  // cells, padded, or nothing

XLA_FFI_DEFINE_HANDLER_SYMBOL(gatecast_lstm_backward, backward,
                              ffi::Ffi::Bind()
                                  .Ctx<ffi::ThreadPool>()
                                  .Arg<F32>()    // x
                                  .Arg<F32>()    // kernel
                                  .Arg<F32>()    // recurrent
                                  .Arg<F32>()    // hidden
                                  .Arg<F32>()    // cell
                                  .Arg<Mask>()   // or nothing
                                  .Arg<F32>()    // out
                                  .Arg<F32>()    // gates
                                  .Arg<F32>()    // cells
                                  .Arg<F32>()    // slope of out, or nothing
                                  .Arg<F32>()    // slope of the last hidden state, or nothing
                                  .Arg<F32>()    // slope of the last cell, or nothing
                                  .Ret<F32>()    // slope of x, or nothing
                                  .Ret<F32>()    // slope of kernel
                                  .Ret<F32>()    // slope of recurrent
                                  .Ret<F32>()    // slope of bias
                                  .Ret<F32>()    // slope of hidden
                                  .Ret<F32>());  // slope of cell

}  // namespace gatecast
