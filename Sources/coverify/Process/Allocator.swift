import CBytes

/// How memory is asked of the system.
enum Allocator {
  /// Keeps memory that was freed for what comes next.
  ///
  /// A verification makes and drops clips all the time. By default each of them is mapped, cleared page by
  /// page by the system and unmapped, which is a fifth of its time.
  static func keepFreedMemory() { cb_keep_freed_memory() }
}
