import OrderedCollections
import PlainData
import Tensors

/// A value that is written part by part: zeros or a clip, into whose places other values were copied.
///
/// As in `y = torch.zeros_like(x); y[:, 1:] = x[:, :-1]`. Nothing is made of it before it is read.
struct ExportedCanvas {
  /// What is where nothing was written.
  let base: ExportedValue
  /// Its shape in PyTorch.
  let shape: [Int]
  /// What was written, in order.
  private(set) var writes: [Write] = []

  /// Values in a part of the canvas.
  struct Write {
    /// The places along each axis of the canvas.
    let box: [Range<Int>]
    /// A signal of the shape of the box, or a number.
    let content: ExportedValue
  }

  init(base: ExportedValue, shape: [Int]) {
    self.base = base
    self.shape = shape
  }

  /// Adds what is written; what lies under it is forgotten.
  mutating func write(_ content: ExportedValue, in box: [Range<Int>]) {
    writes.removeAll { old in
      zip(old.box, box).allSatisfy {
        $1.lowerBound <= $0.lowerBound && $0.upperBound <= $1.upperBound
      }
    }
    writes.append(Write(box: box, content: content))
  }

  /// The base and what was written, as if the base had been written as well.
  var layers: [Write] { [Write(box: shape.map { 0..<$0 }, content: base)] + writes }
}

/// A part of a value that shares its memory: a slice, or a slice of one.
struct ExportedView {
  /// The value of which it is a part.
  let root: String
  /// The places along each axis of that.
  var box: [Range<Int>]
  /// The axes of the root that it has still.
  var dims: [Int]

  init(of root: String, shape: [Int]) {
    self.root = root
    box = shape.map { 0..<$0 }
    dims = Array(shape.indices)
  }

  /// Some places along an axis; nil where there is no such axis, or nothing there.
  func narrowed(_ dim: Int, _ start: Int, _ length: Int, removing: Bool = false) -> ExportedView? {
    guard dims.indices.contains(dim), length > 0, start >= 0,
      start <= box[dims[dim]].count - length
    else { return nil }
    var result = self
    let first = box[dims[dim]].lowerBound + start
    result.box[dims[dim]] = first..<first + length
    if removing { result.dims.remove(at: dim) }
    return result
  }
}

// MARK: - Which values are written

extension ExportedTranslator {
  /// Calls that make a part of a value.
  static let slices: Set = ["slice", "select", "narrow"]

  /// Calls that write into a value without reading it.
  static let overwriting: Set = ["copy_", "fill_", "zero_"]

  /// The parts of values that nobody reads, because they are written alone.
  static func unreadParts(_ graph: ExportedGraph, needed: Set<Int>) -> Set<String> {
    var readers: [String: [Int]] = [:]
    for index in needed.sorted() {
      for name in graph.nodes[index].arguments.values.flatMap(\.names) {
        readers[name, default: []].append(index)
      }
    }
    var unread: Set<String> = []
    for index in needed.sorted(by: >) {
      let node = graph.nodes[index]
      guard slices.contains(node.name), case let name?? = node.outputs.first,
        !graph.outputs.contains(name)
      else { continue }
      let isUnread = readers[name, default: []].allSatisfy { reader in
        let call = graph.nodes[reader]
        if overwriting.contains(call.name) {
          return call.changed == name
            && call.arguments.values.flatMap(\.names).count { $0 == name } == 1
        }
        return slices.contains(call.name)
          && call.outputs.allSatisfy { $0.map(unread.contains) ?? false }
      }
      if isUnread { unread.insert(name) }
    }
    return unread
  }

  /// The part of a value that a call makes; nil where it is not known.
  func view(_ node: ExportedNode) -> ExportedView? {
    guard ExportedTranslator.slices.contains(node.name), case .value(let name) = node["self"],
      let view = views[name] ?? graph.shapes[name].map({ ExportedView(of: name, shape: $0) }),
      let dim = try? dim(node, or: 0, rank: view.dims.count)
    else { return nil }
    let length = view.box[view.dims[dim]].count
    if node.name == "select" {
      guard let index = try? int(node, "index", or: 0) else { return nil }
      return view.narrowed(dim, index < 0 ? index + length : index, 1, removing: true)
    }
    guard let first = try? int(node, "start", or: 0) else { return nil }
    let start = ExportedTranslator.place(first, within: length)
    if node.name == "narrow" {
      guard let count = try? int(node, "length", or: 0) else { return nil }
      return view.narrowed(dim, start, count)
    }
    guard let last = try? int(node, "end", or: .max), (try? int(node, "step", or: 1)) == 1 else {
      return nil
    }
    return view.narrowed(dim, start, ExportedTranslator.place(last, within: length) - start)
  }

  /// Writes into a value, or a part of it.
  ///
  /// - Parameters:
  ///   - content: what is written; nil to take it from the call.
  ///   - target: the name of the value, or the part.
  ///   - node: the call.
  /// - Throws: ``ExportedProblem`` where it is not something that can be written.
  mutating func write(
    _ content: ExportedValue?, into target: String, _ node: ExportedNode
  ) throws(ExportedProblem) {
    guard let shape = graph.shapes[target] else { throw .writes }
    let view = views[target] ?? ExportedView(of: target, shape: shape)
    guard let base = values[view.root], let whole = graph.shapes[view.root] else { throw .writes }
    let written = try self.content(content, node, in: view)
    let isWhole = zip(view.box, whole).allSatisfy { $0.count == $1 }
    if isWhole, case .signal = written {
      values[view.root] = written
      return
    }
    var canvas = ExportedCanvas(base: base, shape: whole)
    switch base {
    case .canvas(let old): canvas = old
    case .signal, .constant, .uniform, .tensor: break
    case .unusable(let reason): throw .unusable(as: nil, reason)
    default: throw .writes
    }
    canvas.write(written, in: view.box)
    values[view.root] = .canvas(canvas)
  }

  /// What is written, with an axis for each of the canvas.
  private func content(
    _ made: ExportedValue?, _ node: ExportedNode, in view: ExportedView
  ) throws(ExportedProblem) -> ExportedValue {
    var content = made ?? .number(0)
    if made == nil, node.name == "copy_" {
      content = try operand(node, "src")
    } else if made == nil, node.name == "fill_" {
      content = try operand(node, "value")
    }
    guard case .signal(var signal) = content else {
      guard let numbers = try read(content), let first = numbers.scalars.first,
        numbers.scalars.allSatisfy({ $0 == first })
      else { throw .writes }
      return .number(first)
    }
    let sizes = view.dims.map { view.box[$0].count }
    guard signal.shape == sizes, signal.padding == nil, !signal.isFlat, !signal.isLastFrame else {
      throw .writes
    }
    for dim in view.box.indices where !view.dims.contains(dim) {
      signal.dims.insert([], at: dim)
    }
    return .signal(signal)
  }
}

// MARK: - What a canvas is when it is read

extension ExportedTranslator {
  /// Makes what was written, if a value was.
  mutating func paint(_ name: String, _ node: ExportedNode) throws(ExportedProblem) {
    guard case .canvas(let canvas)? = values[name] else { return }
    values[name] = try painted(canvas, node)
  }

  private mutating func painted(
    _ canvas: ExportedCanvas, _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedValue {
    let layers = canvas.layers
    var time: Int?
    var hasSignal = false
    for case .signal(let signal) in layers.map(\.content) {
      hasSignal = true
      let own = signal.dims.firstIndex { $0.contains(ExportedSignal.time) }
      if let own, signal.dims[own].contains(where: { $0 != ExportedSignal.time }) { throw .writes }
      guard own == time || time == nil else { throw .writes }
      time = own ?? time
    }
    guard hasSignal else { return .constant(try numbers(of: canvas)) }
    if isStill { time = nil }
    // Along one other axis at most, parts can differ.
    let split = canvas.shape.indices.filter { dim in
      dim != time && layers.contains { $0.box[dim].count < canvas.shape[dim] }
    }
    guard split.count < 2 else { throw .writes }
    let dim = split.first ?? canvas.shape.indices.first { $0 != time } ?? 0
    let ends = Set(
      [0, canvas.shape[dim]] + layers.flatMap { [$0.box[dim].lowerBound, $0.box[dim].upperBound] }
    )
    .sorted()
    var pieces: [ExportedSignal] = []
    var places: [Int] = []
    for (start, end) in zip(ends, ends.dropFirst()) {
      guard let piece = try piece(layers, dim, start..<end, time, canvas.shape, node) else {
        continue
      }
      pieces.append(piece)
      places += start..<end
    }
    guard let first = pieces.first else { throw .writes }
    let joined = pieces.count == 1 ? first : try concatenated(pieces, dim: dim, node)
    let length = canvas.shape[dim]
    guard places.count < length else { return .signal(joined) }
    // Where nothing was written there are zeros.
    guard places.count.times(length) <= ExportedConstants.limit else {
      throw .constants(limit: ExportedConstants.limit)
    }
    var matrix = [Double](repeating: 0, count: places.count * length)
    for (row, place) in places.enumerated() { matrix[row * length + place] = 1 }
    return .signal(
      try multiplied(
        joined, dim: dim, by: .constant(Tensor64(Shape([places.count, length]), matrix)), rows: 0,
        columns: 1, node))
  }

  /// What is in some places along an axis; nil where there are zeros alone.
  private mutating func piece(
    _ layers: [ExportedCanvas.Write], _ dim: Int, _ places: Range<Int>, _ time: Int?,
    _ shape: [Int], _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal? {
    // Which layer is seen at which frames.
    var seen: [(frames: Range<Int>, layer: ExportedCanvas.Write)] = []
    for layer in layers where layer.box[dim].overlaps(places) {
      let frames = time.map { layer.box[$0] } ?? 0..<1
      seen = seen.flatMap { part in
        [
          (
            part.frames
              .lowerBound..<max(
                min(part.frames.upperBound, frames.lowerBound), part.frames.lowerBound), part.layer
          ),
          (
            min(
              max(part.frames.lowerBound, frames.upperBound), part.frames.upperBound)..<part.frames
              .upperBound, part.layer
          ),
        ]
      }.filter { !$0.frames.isEmpty }
      seen.append((frames, layer))
    }
    var made: (frames: Range<Int>, box: [Range<Int>], signal: ExportedSignal)?
    for part in seen {
      guard case .signal(let signal) = part.layer.content else {
        guard let numbers = try read(part.layer.content), numbers.scalars.allSatisfy({ $0 == 0 })
        else { throw .writes }
        continue
      }
      guard made == nil else { throw .writesFrames }
      made = (part.frames, part.layer.box, signal)
    }
    guard let made else { return nil }
    var result = try part(
      made.signal, dim, places.lowerBound - made.box[dim].lowerBound, places.count, node)
    guard let time else { return result }
    let own = made.box[time]
    result = try part(
      result, time, made.frames.lowerBound - own.lowerBound, made.frames.count, node)
    let around = [made.frames.lowerBound, shape[time] - made.frames.upperBound]
    guard around != [0, 0] else { return result }
    let pad = [Int](repeating: 0, count: 2 * (shape.count - 1 - time)) + around
    return try settled(try padded(result, pad, "constant", node), node)
  }

  /// The numbers of a canvas on which nothing depends on a clip.
  private func numbers(of canvas: ExportedCanvas) throws(ExportedProblem) -> Tensor64 {
    guard let shape = Shape(checking: canvas.shape), shape.count <= ExportedConstants.limit,
      let base = try read(canvas.base), base.scalars.count == shape.count
    else { throw .writes }
    var numbers = base.scalars
    for write in canvas.writes {
      let number = try read(write.content)?.scalars.first ?? 0
      let offset = zip(write.box, shape.strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
      for place in Strided(write.box.map(\.count), shape.strides).places {
        numbers[offset + place] = number
      }
    }
    return Tensor64(shape, numbers)
  }
}
