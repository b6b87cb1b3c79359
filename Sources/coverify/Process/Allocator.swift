#if canImport(Glibc)
  import Glibc
#endif

/// How memory is asked of the system.
enum Allocator {
  /// Keeps memory that was freed for what comes next.
  ///
  /// A verification makes and drops clips all the time. By default each of them is mapped, cleared page by
  /// page by the system and unmapped, which is a fifth of its time. Does nothing where the C library has no
  /// such choice.
  static func keepFreedMemory() {
    #if canImport(Glibc)
      // The largest threshold that is taken.
      _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
      _ = mallopt(M_TRIM_THRESHOLD, 256 << 20)
    #endif
  }
}
