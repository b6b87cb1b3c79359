// What libFuzzer offers to a program that is linked with it.

#include <stddef.h>
#include <stdint.h>

/// Changes some bytes in place, as the comparisons seen so far and the dictionary suggest.
///
/// `data` has room for `limit` bytes, of which the first `size` count. Gives how many count then.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t limit);
