import Foundation
package import Tensors

/// The content of a numpy array or scalar that was pickled.
package struct NumpyArray: Sendable {
  /// The axis lengths; none for a scalar.
  package let shape: Shape

  /// The element type.
  package let scalarType: ScalarType

  /// The elements in row-major order, the lowest byte of each first.
  package let littleEndianBytes: [UInt8]

  /// The elements as numbers; nil for complex ones.
  package var numbers: [Double]? {
    scalarType.decode(littleEndianBytes.span)
  }
}

// Arrays and scalars of numpy, as their `__reduce__` writes them.
extension PickledValue {
  /// A dtype of numpy: `dtype('f4', False, True)` with the state `(3, '<', …)`.
  private var numpyType: (scalarType: ScalarType, isBigEndian: Bool)? {
    guard let name = calleeName, name == ("numpy", "dtype"),
      let code = arguments.first?.string, let type = ScalarType.numpyTypes[code]
    else { return nil }
    let order = states.last?.plainElements?.dropFirst().first?.string
    return (type, order == ">")
  }

  private func isMultiarray(_ function: String) -> Bool {
    guard let name = calleeName, name.name == function else { return false }
    return name.module == "numpy.core.multiarray" || name.module == "numpy._core.multiarray"
  }

  /// The array that a value is; nil for anything else, and for arrays of objects or texts.
  package var numpyArray: NumpyArray? {
    if isMultiarray("scalar") {
      guard arguments.count == 2, let (type, isBigEndian) = arguments[0].numpyType,
        let bytes = arguments[1].bytes, bytes.count == type.size
      else { return nil }
      return NumpyArray(
        shape: [], scalarType: type,
        littleEndianBytes: isBigEndian ? swapped(bytes, type.componentSize) : bytes)
    }
    // The state is (1, shape, dtype, is_fortran, bytes).
    guard isMultiarray("_reconstruct"), let state = states.last?.plainElements, state.count == 5,
      let axes = state[1].plainElements?.map(\.plainInt), !axes.contains(nil),
      let shape = Shape(checking: axes.compactMap(\.self)),
      let (type, isBigEndian) = state[2].numpyType, let isFortran = state[3].bool,
      let bytes = state[4].bytes, bytes.count.isMultiple(of: type.size),
      bytes.count / type.size == shape.count
    else { return nil }
    var ordered = isBigEndian ? swapped(bytes, type.componentSize) : bytes
    if isFortran, shape.rank > 1 {
      let strides = Array(Shape(Array(shape.axes.reversed())).strides.reversed())
      ordered = gathered(ordered.span, shape: shape, strides: strides, offset: 0, width: type.size)
    }
    return NumpyArray(shape: shape, scalarType: type, littleEndianBytes: ordered)
  }

  /// A text of numpy: UTF-32, filled up with zeros.
  var numpyText: String? {
    guard isMultiarray("scalar"), arguments.count == 2,
      let code = arguments[0].arguments.first?.string, code.hasPrefix("U"),
      let bytes = arguments[1].bytes, bytes.count.isMultiple(of: 4), bytes.count <= 4096
    else { return nil }
    let isBigEndian = arguments[0].states.last?.plainElements?.dropFirst().first?.string == ">"
    let ordered = isBigEndian ? swapped(bytes, 4) : bytes
    var text = String.UnicodeScalarView()
    for start in stride(from: 0, to: ordered.count, by: 4) {
      let code = ordered[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard code != 0 else { break }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      text.append(scalar)
    }
    return String(text)
  }

  /// A scalar of numpy as a number.
  var numpyScalar: (scalarType: ScalarType, number: Double?, integer: Int?)? {
    guard isMultiarray("scalar"), let array = numpyArray else { return nil }
    let integers = array.scalarType.decodeIntegers(array.littleEndianBytes.span)
    return (array.scalarType, array.numbers?.first, integers?.first ?? nil)
  }
}
