#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Renames a file, over one that is there, in one step that no reader sees half of.
///
/// Foundation cannot: `moveItem` refuses where a file is, and `replaceItemAt` moves the old one away
/// first. The call is marked unsafe because C texts are pointers; these two are made by Swift for the
/// call, end with a zero, and are not kept by `rename`.
///
/// - Parameters:
///   - source: the file.
///   - target: its new path, in the same file system.
/// - Returns: whether it was renamed.
func renameFile(_ source: String, to target: String) -> Bool {
  unsafe rename(source, target) == 0
}
