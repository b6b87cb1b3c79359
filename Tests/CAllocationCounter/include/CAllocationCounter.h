#ifndef C_ALLOCATION_COUNTER_H
#define C_ALLOCATION_COUNTER_H

/// How many blocks of memory the calling thread has asked for since it started.
///
/// Counts by standing in for malloc and its kin in the program that links this, which works with
/// glibc; elsewhere the count is always -1.
long allocationCount(void);

#endif
