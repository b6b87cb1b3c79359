// Softmax in single precision, for each instruction set. See softmax_variant.h.

#include "CKernels.h"
#include "dispatch.h"

#define VARIANT "softmax_variant.h"
#include "instruction_sets.h"

void ck_softmax(int32_t instruction_set, enum ck_softmax_kind kind, const float *source,
                float *target, ptrdiff_t outer, ptrdiff_t length, ptrdiff_t inner, float *work,
                ptrdiff_t work_count) {
  static const ck_softmax_scale none = {1, 0, 105};
  uint32_t flipped = kind == CK_SOFTMIN ? 1u << 31 : 0;
  if (kind == CK_LOG_SOFTMAX) {
    DISPATCH(logarithm_of_softmax, source, target, &none, flipped, outer, length, inner, work,
             work_count)
  } else {
    DISPATCH(softmax, source, target, &none, flipped, outer, length, inner, work, work_count)
  }
}

void ck_scaled_softmax(int32_t instruction_set, const ck_softmax_scale *scale, const float *source,
                       float *target, ptrdiff_t outer, ptrdiff_t length, ptrdiff_t inner,
                       float *work, ptrdiff_t work_count) {
  DISPATCH(scaled_softmax, source, target, scale, 0, outer, length, inner, work, work_count)
}
