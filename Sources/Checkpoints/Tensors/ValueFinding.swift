import Tensors

/// What is wrong with the numbers of a tensor.
enum ValueFinding: CheckpointFinding {
  /// No numbers in this file, or in a form that is not read.
  case absent(TensorAbsence)
  /// A number beyond 2^63 where an integer is needed.
  case largeInteger
  /// A number that is not an integer where one is needed.
  case notAnInteger(Double)
  /// A type that is not complex where one is needed.
  case notComplex(ScalarType)
  /// A type whose values are not real numbers.
  case notReal(ScalarType)
  /// Numbers that are marked to be negated, and cannot be.
  case negated(ScalarType)
  /// Integers of a type that is not read.
  case unreadType(ScalarType)
  /// Two numbers of a sparse tensor at one place, that cannot be added.
  case twice(ScalarType)
  /// Ranges of a sparse tensor that do not cover its numbers.
  case ranges
  /// A range of a sparse tensor that ends before it starts.
  case range
  /// An index beyond a compressed axis.
  case compressedIndex(Int, length: Int)
  /// An index beyond an axis.
  case index(Int, axis: Int, length: Int)
  /// Another number of bytes than the storage has.
  case bytes(Int, expected: Int)
  /// More bytes in memory than are allowed for all tensors of a file of so many bytes.
  case expansion(allowed: Int, fileSize: Int)

  var code: CheckpointError.Code {
    switch self {
    case .absent, .largeInteger, .notAnInteger, .notComplex, .notReal, .negated, .unreadType,
      .twice:
      .unsupported
    case .expansion: .limit
    case .ranges, .range, .compressedIndex, .index, .bytes: .malformed
    }
  }
}

/// Why a tensor that is listed has no numbers.
enum TensorAbsence: Hashable, Sendable {
  /// It is on the "meta" device.
  case meta
  /// It is a wrapper of this class around other tensors.
  case wrapper(String)
  /// It is sparse in a layout that is not read.
  case layout(String)
  /// It is a nested tensor, whose rows are listed under this path.
  case nested(path: String)
  /// It is of this class, of which the file has one process's part.
  case shard(String, part: Shape)
  /// It has no shape yet.
  case uninitialized
  /// It is an array of numpy whose elements are no numbers of PyTorch.
  case elements(NumpyElements)
}

/// Elements of numpy that are not read.
enum NumpyElements: Hashable, Sendable {
  /// Records of several fields.
  case records
  /// Python objects.
  case objects
  /// Texts.
  case texts
  /// Dates or times.
  case dates
  /// Bytes without a type.
  case bytes
  /// Numbers of another type; its `descr`.
  case other(String)

  /// Tells them by the `descr` of a header.
  init(_ descr: String) {
    guard !descr.hasPrefix("[") else {
      self = .records
      return
    }
    self =
      switch descr.first(where: \.isLetter) {
      case "O": .objects
      case "S", "U": .texts
      case "M", "m": .dates
      case "V": .bytes
      default: .other(descr.bounded)
      }
  }
}
