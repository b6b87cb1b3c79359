import Tensors

extension ValueFinding {
  var text: String {
    switch self {
    case .absent(let absence): absence.text
    case .largeInteger: "holds a number beyond 2^63"
    case .notAnInteger(let value): "holds \(value), expected integers"
    case .notComplex(let type): "is of type \(type.name), which is not complex"
    case .notReal(let type): "is of type \(type.name), whose values are not real numbers"
    case .negated(let type):
      "is of type \(type.name), and marked to be negated, which PyTorch cannot do either"
    case .unreadType(let type): "is of type \(type.name), which is not read"
    case .twice(let type):
      "has two numbers of type \(type.name) at one place, which PyTorch cannot add either; call "
        + "coalesce() on a wider type before saving it"
    case .ranges: "has ranges that do not cover its numbers"
    case .range: "has a range that ends before it starts"
    case .compressedIndex(let index, let length): "has index \(index) on an axis of \(length)"
    case .index(let index, let axis, let length):
      "has index \(index) on axis \(axis) of \(length)"
    case .bytes(let found, let expected): "has \(found) bytes, expected \(expected)"
    case .expansion(let allowed, let fileSize):
      "with this one, the tensors of the file take more than \(allowed >> 20) MB in memory, and the "
        + "file has only \(fileSize) bytes; save each tensor once, contiguous() and dense, and "
        + "without compression, or raise the limit expanded-bytes"
    }
  }
}

extension TensorAbsence {
  /// The end of a sentence that begins with the path of the tensor.
  var text: String {
    switch self {
    case .meta: "is on the \"meta\" device, so the file has no values for it"
    case .wrapper(let type):
      "is a \(type), whose values are made of other tensors by code of its own; save plain tensors"
    case .layout(let layout):
      "is sparse in the layout \(layout), which is not read; save to_dense() of it"
    case .nested(let path):
      "is a nested tensor, whose rows have different lengths; its rows are listed as "
        + "\(path.adding("0")) and so on"
    case .shard(let type, let part):
      "is a \(type), of which the file has one process's part of size \(part); gather it in all "
        + "processes, as full_tensor() does, and save that"
    case .uninitialized:
      "has no shape and no values yet; give the model one batch before saving it"
    case .elements(let elements): elements.text
    }
  }
}

extension NumpyElements {
  /// Why they are not read, and what to save instead.
  fileprivate var text: String {
    switch self {
    case .records: "has records of several fields for elements; save each field by itself"
    case .objects: "holds Python objects, which are never unpickled here" + NumpyElements.numbers
    case .texts: "holds texts" + NumpyElements.numbers
    case .dates: "holds dates or times" + NumpyElements.numbers
    case .bytes:
      "holds bytes without a type, as numpy writes a bfloat16" + NumpyElements.numbers
    case .other(let descr):
      "has elements of type \(descr.quoted), which PyTorch does not have; save it as "
        + "array.astype(\"float64\")"
    }
  }

  private static let numbers = "; save an array of numbers, as array.astype(\"float32\")"
}
