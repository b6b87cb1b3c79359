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

  /// Panels in an array that has room for them where they are aligned.
  struct Panels {
    let memory: [Float]
    /// Where the first one begins.
    let start: Int
  }

  /// The floats that an array should have room for more than panels need, so that they can be aligned.
  static let slack = 4

  /// The panels of matrices.
  func packed(_ matrices: Span<Float>) -> Panels {
    let number = check(matrices.count)
    guard number > 0 else { return Panels(memory: [], start: 0) }
    var start = 0
    let memory = unsafe [Float](
      unsafeUninitializedCapacity: number * count + PanelLayout.slack
    ) { memory, filled in
      unsafe matrices.withUnsafeBufferPointer { matrices in
        guard let source = matrices.baseAddress, let target = memory.baseAddress else { return }
        start = unsafe PanelLayout.misalignment(target)
        for place in 0..<start { unsafe target[place] = 0 }
        unsafe pack(number, source, target + start)
        filled = start + number * count
      }
    }
    return Panels(memory: memory, start: start)
  }

  /// Puts the panels in the place of matrices, if they have the same size or the array of a single matrix has
  /// the room: this takes no memory.
  ///
  /// Panels are only aligned if the array has room for that, too.
  ///
  /// - Parameter matrices: a copy is made of them where others have the array too.
  /// - Returns: where they begin; nil if there is no room.
  func pack(_ matrices: inout [Float]) -> Int? {
    let number = check(matrices.count)
    guard number > 0 else { return 0 }
    let filling = (height - rows % height) % height
    guard filling == 0 || number == 1 && matrices.capacity >= count else { return nil }
    matrices.append(contentsOf: repeatElement(0, count: filling * columns))
    guard height > 1 || order != nil else { return 0 }
    // From here on nobody else has the array, and it stays where it is.
    let misalignment = unsafe matrices.withUnsafeMutableBufferPointer { matrices in
      unsafe matrices.baseAddress.map { unsafe PanelLayout.misalignment($0) } ?? 0
    }
    let room = matrices.capacity - matrices.count
    let shift = height == 8 && misalignment <= room ? misalignment : 0
    let panels = matrices.count / (height * columns)
    matrices.append(contentsOf: repeatElement(0, count: shift))
    unsafe matrices.withUnsafeMutableBufferPointer { matrices in
      guard let place = matrices.baseAddress else { return }
      unsafe pack(panels, at: place, by: shift)
    }
    return shift
  }

  /// By how many floats a place is before the next one that is a multiple of 32 bytes, as arrays begin at multiples
  /// of 16.
  ///
  /// Where panels begin at other places, every second vector of eight weights is in two lines of the cache, and
  /// a product of one column, which reads weights as fast as it can, takes a sixth longer.
  private static func misalignment(_ place: UnsafePointer<Float>) -> Int {
    (32 - Int(bitPattern: place) % 32) % 32 / MemoryLayout<Float>.size
  }

  /// The floats that one thread packs at a time, at least, and about how long a float takes in nanoseconds.
  private static let part = 1 << 15
  private static let cost = 0.3

  /// Packs matrices into memory that is apart from them.
  private func pack(
    _ number: Int, _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>
  ) {
    let panels = (rows + height - 1) / height
    let atOnce = max(PanelLayout.part / (height * columns), 1)
    let parts = (panels + atOnce - 1) / atOnce
    let cost = Double(min(atOnce * height, rows) * columns) * PanelLayout.cost
    Threads.split(number * parts, cost: cost) { part in
      for index in part {
        let (matrix, first) = (index / parts, index % parts * atOnce * height)
        unsafe ck_pack(
          source + (matrix * rows + first) * columns, min(atOnce * height, rows - first), columns,
          height, order, target + matrix * count + first * columns)
      }
    }
  }

  /// Packs so many panels, all of them full, where their rows are, and moves them on by a few floats.
  ///
  /// Each writes over the first floats of the next one. So the last one of a part is packed first, and the first
  /// floats of a part, over which the part before writes, are saved.
  private func pack(_ panels: Int, at place: UnsafeMutablePointer<Float>, by shift: Int) {
    let size = height * columns
    let atOnce = max(PanelLayout.part / size, 1)
    let parts = (panels + atOnce - 1) / atOnce
    var saved: [Float] = []
    for part in 0..<parts {
      for index in 0..<shift { unsafe saved.append(place[part * atOnce * size + index]) }
    }
    var work = [Float](uninitialized: size)
    var space = work.mutableSpan
    let cost = Double(atOnce * size) * PanelLayout.cost
    Threads.split(parts, cost: cost, work: &space, of: size) { part, space in
      for index in part {
        let first = index * atOnce
        for panel in (first..<min(first + atOnce, panels)).reversed() {
          let kept = panel == first ? shift : 0
          for place in 0..<kept { space[place] = saved[index * shift + place] }
          unsafe space.withUnsafeMutableBufferPointer { rows in
            guard let rows = rows.baseAddress else { return }
            let own = unsafe place + panel * size
            unsafe (rows + kept).update(from: own + kept, count: size - kept)
            unsafe ck_pack(rows, height, columns, height, order, own + shift)
          }
        }
      }
    }
  }

  /// Packs rows that follow each other, of one matrix from the first of a panel on, or of several whole ones.
  ///
  /// - Parameters:
  ///   - source: the rows.
  ///   - matrix: the number of their matrix, or of the first.
  ///   - row: the first row of that.
  ///   - panels: those of all matrices.
  func pack(
    _ source: Span<Float>, of matrix: Int, from row: Int, into panels: inout MutableSpan<Float>
  ) {
    let count = source.count / columns
    let number = row == 0 ? max(count / rows, 1) : 1
    let each = count / number
    precondition(
      matrix >= 0 && row >= 0 && row.isMultiple(of: height) && row + each <= rows
        && source.count == number * each * columns
        && (matrix + number) * self.count <= panels.count, "the rows do not fit their panels")
    checkOrder()
    unsafe source.withUnsafeBufferPointer { source in
      unsafe panels.withUnsafeMutableBufferPointer { panels in
        guard let from = source.baseAddress, let place = panels.baseAddress else { return }
        for index in 0..<number {
          unsafe ck_pack(
            from + index * each * columns, each, columns, height, order,
            place + (matrix + index) * self.count + row * columns)
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
    checkOrder()
    return floats / (rows * columns)
  }

  private func checkOrder() {
    guard let order else { return }
    precondition(
      order.count == columns && order.allSatisfy { (0..<columns).contains($0) },
      "\(order) is no order of \(columns) columns")
  }
}
