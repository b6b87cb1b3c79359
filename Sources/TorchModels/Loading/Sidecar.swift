package import Checkpoints

/// A file that is looked for beside a checkpoint: `NAME.arch.json` for `NAME.pt`.
package enum Sidecar: String, Hashable, Sendable, CaseIterable {
  /// The architecture.
  case architecture = ".arch.json"
  /// What PyTorch computed.
  case reference = ".expect.safetensors"

  /// Where the file is, if there is one.
  ///
  /// - Parameter checkpoint: the file that it is beside.
  /// - Returns: its path.
  package func path(beside checkpoint: FilePath) -> FilePath {
    checkpoint.replacingExtension(with: rawValue)
  }
}
