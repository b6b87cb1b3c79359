import Tensors

/// What is wrong with the call that makes the tensor of a path.
struct TensorFinding: CheckpointFinding {
  /// The path of the tensor; empty where it is the whole of a file.
  let path: String
  /// What is wrong.
  let trouble: TensorTrouble

  var code: CheckpointError.Code { trouble.code }
}

/// What can be wrong with the call that makes a tensor; texts are what a pickle has in the place.
enum TensorTrouble: Hashable, Sendable {
  // MARK: - The call

  /// Another number of arguments.
  case arguments(Int, of: String, expected: ClosedRange<Int>)
  /// A function that is not known.
  case function(String)
  /// A callee that makes no tensor.
  case callee(String)
  /// The class of the tensor.
  case type(String)
  /// A tensor in more than 8 others.
  case wrapped
  /// A tensor that is changed after it was made.
  case changed
  /// What a tensor is made of.
  case part(String, expected: Part)
  /// A flag that is not a boolean.
  case flag(String)
  /// A gradient of numbers that have none.
  case gradient(ScalarType)
  /// Attributes that are not a dict.
  case attributes(String)
  /// A parameter with items or named arguments.
  case parameterItems
  /// The state of a parameter.
  case parameterState(String)

  /// What a tensor can be made of.
  enum Part: String, Hashable, Sendable {
    case tensor = "a tensor"
    case storage = "a storage"
    case array = "an array of numpy"
  }

  // MARK: - Type, size and place

  /// A type that is known and not read.
  case unreadType(String)
  /// A type that is not known.
  case unknownType(String)
  /// Neither a type of the storage nor of the tensor.
  case noType
  /// The place of the first element.
  case offset(String)
  /// A size that is not a tuple of integers.
  case noSize
  /// Strides that are not a tuple of integers.
  case noStrides
  /// Strides that do not go with a size.
  case strides(Shape, [Int])
  /// A first element that cannot be counted.
  case start(Int)
  /// Elements beyond those of the storage.
  case reach(Shape, strides: [Int], offset: Int, elements: Int)
  /// More axes than are allowed.
  case axes(Int, limit: Int)
  /// A size that no tensor has.
  case size([Int])
  /// A size that no tensor has, or none.
  case impossibleSize
  /// More bytes in memory than are allowed for a file of so many bytes.
  case memory(Shape, allowed: Int, fileSize: Int)

  // MARK: - Marks and quantizers

  /// Marks that are not a dict.
  case marks(String)
  /// A mark that is not known.
  case mark(String)
  /// A mark of complex numbers on others.
  case conjugated(ScalarType)
  /// A quantized tensor on a storage of another type; nil for bytes without one.
  case quantizedStorage(ScalarType?)
  /// A quantizer that does not fit the size.
  case quantizer(Shape)

  // MARK: - Sparse tensors

  /// No layout with its parts.
  case noLayout
  /// A layout of another number of parts.
  case parts(Int)
  /// A sparse tensor without a size.
  case noSparseSize
  /// Indices and values that do not fit the size.
  case sparse(Shape, indices: Shape, values: Shape)

  // MARK: - Nested tensors

  /// More rows than tensors are allowed.
  case rows(Int, room: Int)
  /// A nested tensor of one without a storage.
  case nestedStorage
  /// Numbers that do not follow each other.
  case nestedOrder
  /// Sizes, strides and offsets that do not go together.
  case nested(sizes: Shape, strides: Shape, offsets: Shape)
  /// A row that is not within its elements.
  case row(Int, Shape, strides: [Int], offset: Int, elements: Int)
  /// Without values, offsets and the axis.
  case notJagged
  /// Values and offsets that do not go together.
  case jagged(values: Shape, offsets: Shape)
  /// Another number of lengths than of rows.
  case lengths(Shape, rows: Int)
  /// A row of elements that there are not.
  case jaggedRow(Int, length: Int, elements: Int, start: Int)

  fileprivate var code: CheckpointError.Code {
    switch self {
    case .function, .unreadType, .unknownType, .nestedStorage: .unsupported
    case .wrapped, .axes, .memory, .rows: .limit
    case .arguments, .callee, .type, .changed, .part, .flag, .gradient, .attributes,
      .parameterItems, .parameterState, .noType, .offset, .noSize, .noStrides, .strides, .start,
      .reach, .size, .impossibleSize, .marks, .mark, .conjugated, .quantizedStorage, .quantizer,
      .noLayout, .parts, .noSparseSize, .sparse, .nestedOrder, .nested, .row, .notJagged, .jagged,
      .lengths, .jaggedRow:
      .malformed
    }
  }
}
