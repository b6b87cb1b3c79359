// One variant of the loops over interleaved frames; instruction_sets.h says how it is included.
//
// In an interleaved frame, the 16 channels of a block are side by side, place after place. A vector of them meets a
// vector of weights, so that every load is whole, none is in two lines of the cache, and no lane is left over at the
// end of a row, however short rows are.

#include "squares.h"

#define BLOCK CK_INTERLEAVED

// Asks for a line of the cache that need not be there: behind the last frame nothing is read.
#define FETCH_LINE(floats) __builtin_prefetch((const void *)(uintptr_t)(floats), 0, 2)

// The most rows of a tile of outputs, and its most columns. With the nine weights of a window their sums are in
// registers; where there are only 16 of these, weights are read when they are needed.
#if LANES > 8 || !defined(__x86_64__)
#define TILE_ROWS 4
#else
#define TILE_ROWS 2
#endif
#define TILE_COLUMNS 5

// Vectors are only found by constants: an array of them that is looked up would be in memory.
INLINE void NAME(interleave_lanes)(const int is_whole, const float *source, ptrdiff_t stride,
                                   ptrdiff_t there, ptrdiff_t places, ptrdiff_t columns,
                                   float *target, ptrdiff_t gap) {
  ptrdiff_t column = 0;
  for (ptrdiff_t place = 0; place < places; place += LANES) {
    const ptrdiff_t count = places - place < LANES ? places - place : LANES;
    floats v[LANES];
    _Pragma("unroll") for (int i = 0; i < LANES; i++) {
      const float *own = source + i * stride + place;
      if (!is_whole && i >= there) {
        v[i] = ALL(0);
      } else if (count == LANES) {
        v[i] = LOAD(own);
      } else {
        v[i] = NAME(some_lanes)(own, count);
      }
    }
    NAME(turn_square)(v);
    _Pragma("unroll") for (int n = 0; n < LANES; n++) {
      if (n == count) { break; }
      STORE(target, v[n]);
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
INLINE void NAME(separate_lanes)(const int is_whole, const float *source, ptrdiff_t places,
                                 ptrdiff_t there, float *target, ptrdiff_t stride) {
  for (ptrdiff_t place = 0; place < places; place += LANES) {
    // The last ones may come a second time.
    if (places >= LANES && place > places - LANES) { place = places - LANES; }
    floats v[LANES];
    _Pragma("unroll") for (int i = 0; i < LANES; i++) { v[i] = LOAD(source + (place + i) * BLOCK); }
    NAME(turn_square)(v);
    float *own = target + place;
    _Pragma("unroll") for (int i = 0; i < LANES; i++) {
      if (is_whole || (i < there && places >= LANES)) {
        STORE(own + i * stride, v[i]);
      } else if (i < there) {
        NAME(store_lanes)(own + i * stride, v[i], places);
      }
    }
  }
}

INLINE void NAME(separate)(const float *source, ptrdiff_t places, ptrdiff_t channels,
                           float *target, ptrdiff_t stride) {
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
INLINE void NAME(window_tile)(
    const int rows, const int columns, const int step, const float *weights, const float *input,
    const ptrdiff_t *bases, ptrdiff_t base_count, ptrdiff_t width, const float *initial,
    const ck_finish *finish, ptrdiff_t channel, float *output, ptrdiff_t output_width) {
  floats sum[4][5];
  const floats start = LOAD(initial);
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int c = 0; c < columns; c++) { sum[r][c] = start; }
  }
  for (ptrdiff_t base = 0; base < base_count; base++) {
    const float *line = input + bases[base];
#if TILE_ROWS == 4
    floats weight[9];
    _Pragma("unroll") for (int k = 0; k < 9; k++) {
      weight[k] = LOAD(weights + k * BLOCK);
    }
#define WEIGHT(k) weight[k]
#else
#define WEIGHT(k) LOAD(weights + (k) * BLOCK)
#endif
    _Pragma("unroll") for (int i = 0; i < (rows - 1) * step + 3; i++) {
      // The address moves on: the compiler must not compute all of them in advance, since no registers would be left
      // for the sums.
      __asm__("" : "+r"(line));
      // Frames of many streams come from far caches: the lines of the rows below, or of the next block, are asked for.
      if (i < rows * step && channel % BLOCK == 0) {
        _Pragma("unroll") for (int j = 0; j < columns * step; j++) {
          FETCH_LINE(line + (rows * step * width + j) * BLOCK);
        }
      }
      _Pragma("unroll") for (int j = 0; j < (columns - 1) * step + 3; j++) {
        const floats right = LOAD(line + j * BLOCK);
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
    const floats low = ALL(finish->low), high = ALL(finish->high);
    floats scale = ALL(1), shift = ALL(0);
    if (finish->scales != NULL) {
      scale = LOAD(finish->scales + channel);
      shift = LOAD(finish->shifts + channel);
    }
    _Pragma("unroll") for (int r = 0; r < rows; r++) {
      _Pragma("unroll") for (int c = 0; c < columns; c++) {
        floats value = sum[r][c];
        // Comparisons are written so that a NaN stays.
        if (finish->scales != NULL) { value = value * scale + shift; }
        value = value < low ? low : value;
        sum[r][c] = value > high ? high : value;
      }
    }
  }
  _Pragma("unroll") for (int r = 0; r < rows; r++) {
    _Pragma("unroll") for (int c = 0; c < columns; c++) {
      STORE(output + (r * output_width + c) * BLOCK, sum[r][c]);
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
#undef FETCH_LINE
