// Calls the variant of a loop that was compiled for an instruction set.

#ifndef CKERNELS_DISPATCH_H
#define CKERNELS_DISPATCH_H

#if defined(__x86_64__)
#define DISPATCH(function, ...)                                                                   \
  switch (instruction_set) {                                                                      \
  case CK_AVX512: function##_avx512(__VA_ARGS__); break;                                          \
  case CK_AVX2: function##_avx2(__VA_ARGS__); break;                                              \
  default: function##_baseline(__VA_ARGS__);                                                      \
  }
#else
#define DISPATCH(function, ...)                                                                   \
  (void)instruction_set;                                                                          \
  function##_baseline(__VA_ARGS__);
#endif

#endif
