public import Continual
public import Tensors

extension Identity: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 { clip }
}

/// In evaluation mode nothing is dropped.
extension Dropout: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 { clip }
}

extension Delay: ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    let length = frames - lost.first - lost.last
    return length > 0 ? length : (self.frames == 0 || autoShrink == nil ? frames : nil)
  }

  /// A delay changes when frames come, and not which, unless it shrinks the clip.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let end = clip.shape[2] - lost.last
    guard lost.first < end || lost == (0, 0) else {
      throw VerificationError(
        .length(.leftOut(lost.first + lost.last, frames: clip.shape[2])))
    }
    return clip.frames(lost.first..<end)
  }

  private var lost: (first: Int, last: Int) {
    switch autoShrink {
    case nil: (0, 0)
    case .centered: (frames, frames)
    case .lagging: (0, frames)
    }
  }
}

extension Skip: ReferencedLeaf {
  public func referenceLength(ofClip frames: Int) -> Int? {
    frames > self.frames ? frames - self.frames : nil
  }

  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    guard clip.shape[2] > frames else {
      throw VerificationError(.length(.skipped(frames, frames: clip.shape[2])))
    }
    return clip.frames(frames..<clip.shape[2])
  }
}

extension Arithmetic: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    switch operation {
    case .add(let operand):
      return try Combination.combine([clip, broadcast(operand, over: clip)], by: .sum)
    case .multiply(let operand):
      return try Combination.combine([clip, broadcast(operand, over: clip)], by: .product)
    case .constant(let operand):
      let zeros = Tensor64(clip.shape, repeating: 0)
      return try Combination.combine([zeros, broadcast(operand, over: clip)], by: .sum)
    case .zero: return Tensor64(clip.shape, repeating: 0)
    case .one: return Tensor64(clip.shape, repeating: 1)
    }
  }

  public func largestTerm(_ clip: Tensor) -> Double {
    switch operation {
    case .add(.number(let number)), .multiply(.number(let number)), .constant(.number(let number)):
      max(clip.largestMagnitude, abs(number))
    case .add(.tensor(let tensor)), .multiply(.tensor(let tensor)), .constant(.tensor(let tensor)):
      max(clip.largestMagnitude, tensor.largestMagnitude)
    case .zero, .one: clip.largestMagnitude
    }
  }

  /// The operand with as many axes as a clip; those that it has not are of length one and come first,
  /// and a frame has no time.
  private func broadcast(_ operand: Operand, over clip: Tensor64) -> Tensor64 {
    let rank = clip.shape.rank
    switch operand {
    case .number(let number):
      return Tensor64(Shape([Int](repeating: 1, count: rank)), repeating: number)
    case .tensor(let tensor):
      let wanted = isFramewise ? rank - 1 : rank
      let missing = max(wanted - tensor.shape.rank, 0)
      var axes = [Int](repeating: 1, count: missing) + tensor.shape.axes
      if isFramewise { axes.insert(1, at: 2) }
      return tensor.widened.reshaped(Shape(axes))
    }
  }
}

extension Reshape: ReferencedLeaf {
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let known = shape.filter { $0 != -1 }.reduce(1, *)
    let frame = clip.shape.frame
    let axes = shape.map { $0 == -1 ? frame.count / max(known, 1) : $0 }
    guard axes.reduce(1, *) == frame.count else {
      throw VerificationError(.clip(.reshaped(frame: frame, axes)))
    }
    return clip.withFrames(Shape(axes))
  }
}

extension Flatten: ReferencedLeaf {
  /// Where time is among the axes, it has length one there, and stays as an axis.
  public func reference(_ clip: Tensor64) throws(VerificationError) -> Tensor64 {
    let (first, last) = (try start.place(in: clip), try end.place(in: clip))
    var flat = 1
    var axes: [Int] = []
    for (place, length) in clip.shape.axes.enumerated() where place != 2 {
      guard first...max(first, last) ~= place else {
        axes.append(length)
        continue
      }
      flat *= length
      // The last axis of the range that a frame has stands for all of them.
      let isLast = !(place + 1...max(place + 1, last)).contains { $0 <= last && $0 != 2 }
      if isLast { axes.append(flat) }
    }
    return clip.withFrames(Shape(axes))
  }
}

extension Tensor64 {
  /// This clip with frames of another shape, in which the elements keep their order.
  func withFrames(_ frame: Shape) -> Tensor64 {
    Tensor64(frames: (0..<shape[2]).map { self.frame($0).scalars }, of: frame)
  }
}
