// Products of matrices in double precision, for each instruction set. See doubles_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#include <stdlib.h>

#define VARIANT "doubles_variant.h"
#include "instruction_sets.h"

int32_t ck_multiply_doubles(int32_t instruction_set, const double *left, const double *right,
                            double *result, ptrdiff_t rows, ptrdiff_t inner, ptrdiff_t columns) {
  // A panel of the right factor, as wide as the widest tile.
  double *panel = malloc((size_t)inner * 16 * sizeof(double));
  if (!panel) { return 0; }
  DISPATCH(multiply_doubles, left, right, result, panel, rows, inner, columns)
  free(panel);
  return 1;
}
