/// What a file is that is not a checkpoint.
enum ForeignFile: CheckpointFinding {
  // MARK: - Checkpoints that something was done to

  /// No bytes.
  case empty
  /// Nothing but zeros in the beginning.
  case zeros
  /// A zip archive behind so many bytes of something else.
  case prefixed(bytes: Int)
  /// A binary file that was converted as if it were text.
  case converted
  /// A zip archive of nothing.
  case emptyZip
  /// A part of a zip archive.
  case partOfZip

  // MARK: - Other formats

  /// A format that is told by its first bytes.
  case signature(Signature)
  /// A model of TensorFlow.
  case tensorFlow
  /// A model of ONNX or Core ML.
  case onnx
  /// A pickle of protocol 0 or 1 with the magic number of PyTorch.
  case oldProtocol
  /// A file of joblib.
  case joblib
  /// The index of a distributed checkpoint.
  case distributedIndex
  /// A pickle of tensors that torch.save did not write.
  case pickledTensors
  /// A pickle of Caffe2.
  case caffe2
  /// Any other pickle.
  case pickle

  // MARK: - Texts

  /// Text in UTF-16.
  case utf16
  /// A text that stands for a file.
  case pointer(Pointer)
  /// A model of OpenVINO.
  case openVINO
  /// The error message of a server.
  case serverError
  /// A page of HTML.
  case html
  /// The index of a checkpoint in several files.
  case index
  /// An object or a list of JSON.
  case json
  /// Text without a word in it.
  case blank
  /// Any other text; its first line.
  case words(String)

  /// Nothing that is known; the first bytes.
  case unknown([UInt8])

  /// A text that stands for a file, and the program that gets it.
  enum Pointer: Hashable, Sendable {
    case lfs
    case annex
    case dvc
  }

  var code: CheckpointError.Code { .notACheckpoint }
}
