// How large an LSTM layer is, padded to whole vectors, and how its work is cut.
#pragma once

#include "vectors.h"

namespace gatecast {

struct Sizes {
  int64_t members, batch, steps, features, units;
  bool masked;
  int tiles() const { return static_cast<int>((units + kLanes - 1) / kLanes); }
  int64_t wide() const { return int64_t{tiles()} * kTile; }   // gates of one row, padded
  int64_t deep() const { return int64_t{tiles()} * kLanes; }  // units of one row, padded
  int64_t rows() const { return features + units; }           // inputs of every gate
  int in_tile(int tile) const {
    return static_cast<int>(std::min<int64_t>(kLanes, units - int64_t{tile} * kLanes));
  }
  // Where the gates or cells of a tile of units are kept: those of one tile next to each other,
  // since they are written and read tile by tile.
  int64_t place(int64_t t, int tile, int64_t b) const {
    return (t * tiles() + tile) * batch + b;
  }
  // Few rows read the weights as often as a tile of them does, so members alone share these out.
  int64_t chunk() const {
    if (members > 1 && batch < 2 * kRows) return batch;
    return std::min<int64_t>(kChunk, (batch + 1) / 2);
  }
  int64_t chunks() const { return (batch + chunk() - 1) / chunk(); }
};

}  // namespace gatecast
