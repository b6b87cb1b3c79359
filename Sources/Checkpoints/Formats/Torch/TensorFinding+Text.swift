import Tensors

extension TensorFinding {
  var text: String { (path.isEmpty ? "a tensor" : path) + " " + trouble.text }

  var advice: String? {
    switch trouble {
    case .flag: "save the model again"
    case .function: "load the file in PyTorch and save its state_dict again"
    default: nil
    }
  }
}

extension TensorTrouble {
  /// The end of a sentence that begins with the path of the tensor.
  fileprivate var text: String {
    switch self {
    case .arguments(let count, let function, let expected):
      "is made by \(function) with \(count) arguments, expected "
        + (expected.count == 1
          ? "\(expected.lowerBound)" : "\(expected.lowerBound) to \(expected.upperBound)")
    case .function(let name): "is made by \(name), which is not known"
    case .callee(let found): "is made by \(found), which makes no tensor"
    case .type(let found): "has \(found) for its class"
    case .wrapped: "is wrapped more than 8 times"
    case .changed: "is changed after it was made, which no PyTorch writes"
    case .part(let found, let expected): "is made of \(found), expected \(expected.rawValue)"
    case .flag(let found):
      "has \(found) for requires_grad, expected True or False, as torch.load does"
    case .gradient(let type):
      "of type \(type.name) requires a gradient, expected a floating-point or complex type"
    case .attributes(let found): "has \(found) for its attributes, expected a dict"
    case .parameterItems:
      "is a Parameter with items or named arguments, which no PyTorch writes"
    case .parameterState(let found): "is a Parameter with \(found) for its state"

    case .unreadType(let found): "is of type \(found), which is not read"
    case .unknownType(let found): "is of type \(found), which is not known"
    case .noType: "is on a storage without a type, and has none itself"
    case .offset(let found): "has \(found) for its offset"
    case .noSize: "has no tuple of integers for its size"
    case .noStrides: "has no tuple of integers for its strides"
    case .strides(let size, let strides): "has size \(size) and the strides \(strides)"
    case .start(let offset): "starts at element \(offset)"
    case .reach(let size, let strides, let offset, let elements):
      "of size \(size), strides \(strides) and offset \(offset) reaches beyond its storage of "
        + "\(elements) elements"
    case .axes(let count, let limit): "has \(count) axes, more than \(limit)"
    case .size(let axes): "has the impossible size \(axes)"
    case .impossibleSize: "has an impossible size"
    case .memory(let size, let allowed, let fileSize):
      "of size \(size) needs more than \(allowed >> 20) MB in memory, and the file has only "
        + "\(fileSize) bytes; save a contiguous() or dense tensor, or raise the limit expanded-bytes"

    case .marks(let found): "carries \(found), expected a dict of marks"
    case .mark(let found): "carries the mark \(found), which may change its values"
    case .conjugated(let type):
      "of type \(type.name) is marked as conjugated, which only complex ones are"
    case .quantizedStorage(let type):
      "is quantized, on a storage of \(type?.name ?? "bytes without a type")"
    case .quantizer(let size): "has a quantizer that does not fit its size \(size)"

    case .noLayout: "is sparse, and not made of a layout and its parts"
    case .parts(let count): "is sparse with \(count) parts"
    case .noSparseSize: "is sparse and has no size"
    case .sparse(let size, let indices, let values):
      "of size \(size) is sparse, with indices \(indices) and values \(values)"

    case .rows(let count, let room):
      "is nested, and has \(count) rows, where a file of this size may have \(room) more tensors; "
        + "raise the limit tensors"
    case .nestedStorage: "is nested, and made of a tensor without a storage"
    case .nestedOrder: "is nested, and its numbers do not follow each other"
    case .nested(let sizes, let strides, let offsets):
      "is nested, with sizes \(sizes), strides \(strides) and offsets \(offsets)"
    case .row(let index, let size, let strides, let offset, let elements):
      "is nested, and row \(index) of size \(size), strides \(strides) and offset \(offset) "
        + "reaches beyond its \(elements) elements"
    case .notJagged: "is nested, and has no values, offsets and _ragged_idx"
    case .jagged(let values, let offsets):
      "is nested, with values \(values) and offsets \(offsets)"
    case .lengths(let lengths, let rows):
      "is nested, with \(rows) rows and lengths \(lengths)"
    case .jaggedRow(let index, let length, let elements, let start):
      "is nested, and row \(index) has \(length) of \(elements) elements from \(start) on"
    }
  }
}
