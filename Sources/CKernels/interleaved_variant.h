// One variant of the loops over interleaved frames; instruction_sets.h says how it is included.
//
// In an interleaved frame, the 16 channels of a block are side by side, place after place. A vector of them meets a
// vector of weights, so that every load is whole, none is in two lines of the cache, and no lane is left over at the
// end of a row, however short rows are.

#define BLOCK CK_INTERLEAVED

typedef float NAME(lane) __attribute__((ext_vector_type(LANES)));
typedef float NAME(lane_memory) __attribute__((ext_vector_type(LANES), aligned(4)));

// The most rows of a tile of outputs, and its most columns. With the nine weights of a window their sums are in
// registers; where there are only 16 of these, weights are read when they are needed.
#if LANES > 8 || !defined(__x86_64__)
#define TILE_ROWS 4
#else
#define TILE_ROWS 2
#endif
#define TILE_COLUMNS 5

// Turns a square of LANES vectors: lane i of vector j goes to lane j of vector i.
static inline __attribute__((always_inline)) void NAME(turn_square)(NAME(lane) *v) {
#if LANES == 16
  NAME(lane) t[16];
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_2(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_2(a, b) __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define EVEN_4(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27)
#define ODD_4(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)
  _Pragma("unroll") for (int i = 0; i < 16; i += 2) {
    t[i] = LOW(v[i], v[i + 1]);
    t[i + 1] = HIGH(v[i], v[i + 1]);
  }
  _Pragma("unroll") for (int i = 0; i < 16; i += 4) {
    v[i] = LOW_2(t[i], t[i + 2]);
    v[i + 1] = HIGH_2(t[i], t[i + 2]);
    v[i + 2] = LOW_2(t[i + 1], t[i + 3]);
    v[i + 3] = HIGH_2(t[i + 1], t[i + 3]);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    t[i] = EVEN_4(v[i], v[i + 4]);
    t[i + 4] = ODD_4(v[i], v[i + 4]);
    t[i + 8] = EVEN_4(v[i + 8], v[i + 12]);
    t[i + 12] = ODD_4(v[i + 8], v[i + 12]);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    v[i] = EVEN_4(t[i], t[i + 8]);
    v[i + 8] = ODD_4(t[i], t[i + 8]);
    v[i + 4] = EVEN_4(t[i + 4], t[i + 12]);
    v[i + 12] = ODD_4(t[i + 4], t[i + 12]);
  }
#undef LOW
#undef HIGH
#undef LOW_2
#undef HIGH_2
#undef EVEN_4
#undef ODD_4
#elif LANES == 8
  NAME(lane) t[8];
  _Pragma("unroll") for (int i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  _Pragma("unroll") for (int i = 0; i < 8; i += 4) {
    v[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    v[i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    v[i + 2] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    v[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  _Pragma("unroll") for (int i = 0; i < 4; i++) {
    t[i] = __builtin_shufflevector(v[i], v[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    v[i + 4] = __builtin_shufflevector(v[i], v[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    v[i] = t[i];
  }
#else
  NAME(lane) t[4];
  _Pragma("unroll") for (int i = 0; i < 4; i += 2) {
    t[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 4, 1, 5);
    t[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 6, 3, 7);
  }
  _Pragma("unroll") for (int i = 0; i < 2; i++) {
    v[2 * i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 4, 5);
    v[2 * i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 6, 7);
  }
#endif
}

// Some of the first lanes of a vector, from memory and to it.
static inline __attribute__((always_inline)) NAME(lane)
    NAME(load_some)(const float *source, ptrdiff_t count) {
  float all[LANES] = {0};
  for (ptrdiff_t n = 0; n < count; n++) { all[n] = source[n]; }
  return *(const NAME(lane_memory) *)all;
}

static inline __attribute__((always_inline)) void NAME(store_some)(NAME(lane) value, float *target,
                                                                   ptrdiff_t count) {
  float all[LANES];
  *(NAME(lane_memory) *)all = value;
  for (ptrdiff_t n = 0; n < count; n++) { target[n] = all[n]; }
}

// Vectors are only found by constants: an array of them that is looked up would be in memory.
static inline __attribute__((always_inline)) void NAME(interleave_lanes)(
    const int is_whole, const float *source, ptrdiff_t stride, ptrdiff_t there, ptrdiff_t places,
    ptrdiff_t columns, float *target, ptrdiff_t gap) {
  ptrdiff_t column = 0;
  for (ptrdiff_t place = 0; place < places; place += LANES) {
    const ptrdiff_t count = places - place < LANES ? places - place : LANES;
    NAME(lane) v[LANES];
    _Pragma("unroll") for (int i = 0; i < LANES; i++) {
      const float *own = source + i * stride + place;
      if (!is_whole && i >= there) {
        v[i] = (NAME(lane))(0.0f);
      } else if (count == LANES) {
        v[i] = *(const NAME(lane_memory) *)own;
      } else {
        v[i] = NAME(load_some)(own, count);
      }
    }
    NAME(turn_square)(v);
    _Pragma("unroll") for (int n = 0; n < LANES; n++) {
      if (n == count) { break; }
      *(NAME(lane_memory) *)target = v[n];
      target += BLOCK;
      if (++column == columns) {
        column = 0;
        target += gap;
      }
    }
  }
}

static void NAME(interleave)(const float *source, ptrdiff_t source_stride, ptrdiff_t channels,
                             ptrdiff_t rows, ptrdiff_t columns, float *target, ptrdiff_t width) {
  const ptrdiff_t gap = (width - columns) * BLOCK;
  for (ptrdiff_t channel = 0; channel < BLOCK; channel += LANES) {
    const float *own = source + channel * source_stride;
    if (channels - channel >= LANES) {
      NAME(interleave_lanes)(1, own, source_stride, LANES, rows * columns, columns,
                             target + channel, gap);
    } else {
      NAME(interleave_lanes)(0, own, source_stride, channels - channel, rows * columns, columns,
                             target + channel, gap);
    }
  }
}

// The other direction: `places` places of LANES channels, of which there may be fewer, go to planes.
static inline __attribute__((always_inline)) void NAME(separate_lanes)(
    const int is_whole, const float *source, ptrdiff_t places, ptrdiff_t there, float *target,
    ptrdiff_t stride) {
  for (ptrdiff_t place = 0; place < places; place += LANES) {
    // The last ones may come a second time.
    if (places >= LANES && place > places - LANES) { place = places - LANES; }
    NAME(lane) v[LANES];
    _Pragma("unroll") for (int i = 0; i < LANES; i++) {
      v[i] = *(const NAME(lane_memory) *)(source + (place + i) * BLOCK);
    }
    NAME(turn_square)(v);
    float *own = target + place;
    _Pragma("unroll") for (int i = 0; i < LANES; i++) {
      if (is_whole || (i < there && places >= LANES)) {
        *(NAME(lane_memory) *)(own + i * stride) = v[i];
      } else if (i < there) {
        NAME(store_some)(v[i], own + i * stride, places);
      }
    }
  }
}

static inline __attribute__((always_inline)) void NAME(separate)(
    const float *source, ptrdiff_t places, ptrdiff_t channels, float *target, ptrdiff_t stride) {
  for (ptrdiff_t channel = 0; channel < channels; channel += LANES) {
    float *own = target + channel * stride;
    if (channels - channel >= LANES && places >= LANES) {
      NAME(separate_lanes)(1, source + channel, places, LANES, own, stride);
    } else {
      NAME(separate_lanes)(0, source + channel, places, channels - channel, own, stride);
    }
  }
}

// `rows` x `columns` outputs of LANES channels, whose windows of 3 x 3 places move by `step` places. All three are
// constants where this is called. Each vector of inputs is loaded once and serves all windows it is in. The sum of
// each output runs over its window row by row, as that of any other product.
static inline __attribute__((always_inline)) void NAME(window_tile)(
    const int rows, const int columns, const int step, const float *weights, const float *input,
    const ptrdiff_t *bases, ptrdiff_t base_count, ptrdiff_t width, const float *initial,
    const ck_finish *finish, ptrdiff_t channel, float *output, ptrdiff_t output_width) {
  NAME(lane) sum[4][5];
  const NAME(lane) start = *(const NAME(lane_memory) *)initial;
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int c = 0; c < columns; c++) { sum[r][c] = start; }
  }
  for (ptrdiff_t base = 0; base < base_count; base++) {
    const float *line = input + bases[base];
#if TILE_ROWS == 4
    NAME(lane) weight[9];
    _Pragma("unroll") for (int k = 0; k < 9; k++) {
      weight[k] = *(const NAME(lane_memory) *)(weights + k * BLOCK);
    }
#define WEIGHT(k) weight[k]
#else
#define WEIGHT(k) (*(const NAME(lane_memory) *)(weights + (k) * BLOCK))
#endif
    _Pragma("unroll") for (int i = 0; i < (rows - 1) * step + 3; i++) {
      // The address moves on: the compiler must not compute all of them in advance, since no registers would be left
      // for the sums.
      __asm__("" : "+r"(line));
      _Pragma("unroll") for (int j = 0; j < (columns - 1) * step + 3; j++) {
        const NAME(lane) right = *(const NAME(lane_memory) *)(line + j * BLOCK);
        _Pragma("unroll") for (int r = rows - 1; r >= 0; r--) {
          _Pragma("unroll") for (int c = columns - 1; c >= 0; c--) {
            const int y = i - r * step, x = j - c * step;
            if (y >= 0 && y < 3 && x >= 0 && x < 3) {
              sum[r][c] = FMA(WEIGHT(y * 3 + x), right, sum[r][c]);
            }
          }
        }
      }
      line += width * BLOCK;
    }
    weights += 9 * BLOCK;
#undef WEIGHT
  }
  if (finish != NULL) {
    const NAME(lane) low = (NAME(lane))(finish->low), high = (NAME(lane))(finish->high);
    NAME(lane) scale = (NAME(lane))(1.0f), shift = (NAME(lane))(0.0f);
    if (finish->scales != NULL) {
      scale = *(const NAME(lane_memory) *)(finish->scales + channel);
      shift = *(const NAME(lane_memory) *)(finish->shifts + channel);
    }
    _Pragma("unroll") for (int r = 0; r < rows; r++) {
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        NAME(lane) value = sum[r][c];
        // Comparisons are written so that a NaN stays.
        if (finish->scales != NULL) { value = value * scale + shift; }
        value = value < low ? low : value;
        sum[r][c] = value > high ? high : value;
      }
    }
  }
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int c = 0; c < columns; c++) {
      *(NAME(lane_memory) *)(output + (r * output_width + c) * BLOCK) = sum[r][c];
    }
  }
}

#define TILES(height)                                                                             \
  TILES_OF(height, 3, 1)                                                                          \
  TILES_OF(height, 4, 1)                                                                          \
  TILES_OF(height, 5, 1)                                                                          \
  TILES_OF(height, 3, 2)                                                                          \
  TILES_OF(height, 4, 2)                                                                          \
  TILES_OF(height, 5, 2)
#define TILES_OF(height, columns, step)                                                           \
  case height * 16 + columns * 2 + step:                                                          \
    NAME(window_tile)                                                                             \
    (height, columns, step, weights + channel,                                                    \
     input + (row * width + column) * step * BLOCK + channel, bases, base_count, width,           \
     initial + channel, finish, channel,                                                          \
     work + ((row - stored) * output_columns + column) * BLOCK + channel, output_columns);        \
    break;

static void NAME(multiply_interleaved)(const float *weights, const float *input,
                                       const ptrdiff_t *bases, ptrdiff_t base_count,
                                       const float *initial, const ck_finish *finish, float *work,
                                       float *output, ptrdiff_t output_stride, ptrdiff_t channels,
                                       ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t width,
                                       ptrdiff_t step) {
  const ptrdiff_t output_columns = columns;
  // Tiles are as wide as leaves the fewest columns to be computed twice.
  ptrdiff_t tile = TILE_COLUMNS;
  for (ptrdiff_t other = TILE_COLUMNS - 1; other >= 3; other--) {
    if ((columns + other - 1) / other * other < (columns + tile - 1) / tile * tile) { tile = other; }
  }
  const ptrdiff_t groups = (rows + TILE_ROWS - 1) / TILE_ROWS;
  ptrdiff_t row = 0, stored = 0;
  for (ptrdiff_t group = groups; group > 0; group--) {
    const ptrdiff_t height = (rows - row) / group;
    for (ptrdiff_t channel = 0; channel < channels; channel += LANES) {
      for (ptrdiff_t column = 0; column < columns; column += tile) {
        if (column > columns - tile) { column = columns - tile; }
        switch (height * 16 + tile * 2 + step) {
          TILES(1)
          TILES(2)
#if TILE_ROWS > 2
          TILES(3)
          TILES(4)
#endif
        }
      }
    }
    row += height;
    const ptrdiff_t places = (row - stored) * columns;
    if (places >= CK_INTERLEAVED_BAND || group == 1) {
      NAME(separate)(work, places, channels, output + stored * columns, output_stride);
      stored = row;
    }
  }
}

#undef TILES
#undef TILES_OF
#undef TILE_ROWS
#undef TILE_COLUMNS
#undef BLOCK
