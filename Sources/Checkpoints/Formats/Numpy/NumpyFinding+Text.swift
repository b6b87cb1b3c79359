import Tensors

extension NumpyFinding {
  var text: String {
    switch self {
    case .arrays(let count, let limit):
      "the archive has \(count) arrays, and a file of this size may have \(limit); raise the limit "
        + "tensors"
    case .notAnArray: "is not an array of numpy"
    case .version(let version): "is version \(version) of the format, expected 1 to 3"
    case .headerLength(let length, let limit):
      "has a header of \(length) bytes, more than \(limit)"
    case .header(let text):
      "has the header \(text.quoted), expected a dict of 'descr', 'fortran_order' and 'shape'"
    case .shape(let axes): "has the impossible shape \(axes)"
    case .truncated(let shape, let type, let bytes):
      "has shape \(shape) of \(type.name) and \(bytes) bytes of elements; the file is damaged or "
        + "truncated"
    case .behindElements(let shape, let type, let bytes, let expected):
      "has shape \(shape) of \(type.name) and \(bytes) bytes of elements, expected \(expected); a "
        + "file of several arrays is written with numpy.savez"
    case .absent(let absence): absence.text
    }
  }

  var advice: String? {
    if case .header = self { "the file is damaged, get it again" } else { nil }
  }
}
