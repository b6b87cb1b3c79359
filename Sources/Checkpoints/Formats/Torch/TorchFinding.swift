/// What is wrong with an archive of torch.save.
enum TorchFinding: CheckpointFinding {
  // MARK: - Archives of other kinds

  /// A TorchScript archive.
  case torchScript
  /// A torch.package.
  case package
  /// An archive that torch.save began and did not finish.
  case failedSave

  // MARK: - Records

  /// An entry beside the one folder, which has this prefix.
  case besideFolder(String)
  /// No `data.pkl`.
  case noPickle
  /// Bytes behind the end of the pickle.
  case behindPickle(Int)
  /// A record that has to be there.
  case missing
  /// A version of the format.
  case version(String)
  /// A byte order.
  case byteOrder(String)
  /// An alignment.
  case alignment(String)
  /// No record for the storage of this key.
  case noRecord(key: String)
  /// A record of another size than the storage of this key has.
  case recordSize(Int, expected: Int, key: String)

  var code: CheckpointError.Code {
    switch self {
    case .torchScript, .package, .failedSave: .notACheckpoint
    case .version: .unsupported
    case .besideFolder, .noPickle, .behindPickle, .missing, .byteOrder, .alignment, .noRecord,
      .recordSize:
      .malformed
    }
  }
}
