// Matrices in panels.

#include "CKernels.h"
#include "transposing.h"

// Eight rows whose columns stay in order.
static void pack_eight(const float *rows, ptrdiff_t columns, float *panel) {
  ptrdiff_t k = 0;
  for (; k + 4 <= columns; k += 4) {
    transpose_four(rows + k, columns, panel + k * 8, 8);
    transpose_four(rows + 4 * columns + k, columns, panel + k * 8 + 4, 8);
  }
  for (; k < columns; k++) {
    for (ptrdiff_t r = 0; r < 8; r++) { panel[k * 8 + r] = rows[r * columns + k]; }
  }
}

static inline __attribute__((always_inline)) void pack_panel(const float *restrict matrix, ptrdiff_t rows,
                                                             ptrdiff_t columns, ptrdiff_t height,
                                                             const ptrdiff_t *restrict order,
                                                             float *restrict panel) {
  for (ptrdiff_t k = 0; k < columns; k++) {
    const float *column = matrix + (order ? order[k] : k);
    for (ptrdiff_t r = 0; r < rows; r++) { panel[k * height + r] = column[r * columns]; }
    for (ptrdiff_t r = rows; r < height; r++) { panel[k * height + r] = 0; }
  }
}

void ck_pack(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t height,
             const ptrdiff_t *order, float *panels) {
  for (ptrdiff_t row = 0; row < rows; row += height) {
    const ptrdiff_t count = rows - row < height ? rows - row : height;
    const float *from = matrix + row * columns;
    float *panel = panels + row * columns;
    if (height == 8 && count == 8 && !order) {
      pack_eight(from, columns, panel);
    } else if (height == 8 && count == 8) {
      pack_panel(from, 8, columns, 8, order, panel);
    } else {
      pack_panel(from, count, columns, height, order, panel);
    }
  }
}
