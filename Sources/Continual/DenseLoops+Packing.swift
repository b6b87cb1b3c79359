import CKernels
import Tensors

/// How matrices of the same size, one after the other, become panels as ``PackedMatrix`` has them.
///
/// Large ones are packed by several threads; each panel is made by itself, so that it does not depend on how
/// many there are. They are safe for the same reason as ``DenseLoops``: each thread
/// writes panels of its own.
struct PanelLayout {
  /// The rows of each matrix, at least one.
  let rows: Int
  /// The columns of each.
  let columns: Int
  /// The rows of a panel; the last one of a matrix is filled up with zeros.
  let height: Int
  /// The column that each packed column comes from; nil for the same.
  let order: [Int]?

  /// The floats that the panels of one matrix have.
  var count: Int { (rows + height - 1) / height * height * columns }

  /// The panels of matrices.
  func packed(_ matrices: Span<Float>) -> [Float] {
    let number = check(matrices.count)
    guard number > 0 else { return [] }
    return unsafe [Float](unsafeUninitializedCapacity: number * count) { panels, filled in
      unsafe matrices.withUnsafeBufferPointer { matrices in
        guard let source = matrices.baseAddress, let target = panels.baseAddress else { return }
        unsafe pack(number, source, target)
        filled = number * count
      }
    }
  }

  /// Puts the panels in the place of matrices, if they have the same size or the array of a single matrix has
  /// the room: this takes no memory.
  ///
  /// - Parameter matrices: a copy is made of them where others have the array too.
  /// - Returns: whether they are packed.
  func pack(_ matrices: inout [Float]) -> Bool {
    let number = check(matrices.count)
    guard number > 0 else { return true }
    let filling = (height - rows % height) % height
    guard filling == 0 || number == 1 && matrices.capacity >= count else { return false }
    matrices.append(contentsOf: repeatElement(0, count: filling * columns))
    guard height > 1 || order != nil else { return true }
    let whole = PanelLayout(rows: rows + filling, columns: columns, height: height, order: order)
    unsafe matrices.withUnsafeMutableBufferPointer { matrices in
      guard let place = matrices.baseAddress else { return }
      unsafe whole.pack(number, place, place)
    }
    return true
  }

  /// The floats that one thread packs at a time, at least, and about how long a float takes in nanoseconds.
  private static let part = 1 << 15
  private static let cost = 0.3

  private func pack(
    _ number: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let panels = (rows + height - 1) / height
    let atOnce = max(PanelLayout.part / (height * columns), 1)
    let parts = (panels + atOnce - 1) / atOnce
    var work = [Float](uninitialized: height * columns)
    var space = work.mutableSpan
    let cost = Double(min(atOnce * height, rows) * columns) * PanelLayout.cost
    Threads.split(number * parts, cost: cost, work: &space, of: height * columns) { part, space in
      for index in part {
        let (matrix, first) = (index / parts, index % parts * atOnce * height)
        unsafe space.withUnsafeMutableBufferPointer { work in
          unsafe ck_pack(
            source + (matrix * rows + first) * columns, min(atOnce * height, rows - first),
            columns, height, order, work.baseAddress, target + matrix * count + first * columns)
        }
      }
    }
  }

  /// The number of matrices that so many floats are.
  private func check(_ floats: Int) -> Int {
    guard floats > 0 else { return 0 }
    precondition(
      rows > 0 && columns > 0 && height > 0 && floats.isMultiple(of: rows * columns),
      "\(floats) floats are not matrices of \(rows) rows of \(columns) columns")
    if let order {
      precondition(
        order.count == columns && order.allSatisfy { (0..<columns).contains($0) },
        "\(order) is no order of \(columns) columns")
    }
    return floats / (rows * columns)
  }
}
