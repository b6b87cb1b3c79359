import Checkpoints
import OrderedCollections
import PlainData
import Tensors

// Windows of frames, one beside the other.
extension ExportedOperators {
  static let unfolding: [String: Operation] = [
    "unfold": { translator, node throws(ExportedProblem) in
      .signal(try translator.unfolded(node))
    }
  ]
}

extension ExportedTranslator {
  /// The windows of a clip along time, the places in a window as a last axis: a convolution that copies.
  fileprivate mutating func unfolded(
    _ node: ExportedNode
  ) throws(ExportedProblem) -> ExportedSignal {
    let input = try signal(node)
    let dim = try dim(node, "dimension", rank: input.dims.count)
    let (size, step) = (try int(node, "size", or: 1), try int(node, "step", or: 1))
    guard input.dims[dim] == [ExportedSignal.time], !input.isFlat, !input.isLastFrame,
      size > 0, step > 0
    else { throw .unknownOperator(node.target) }
    let clip = try settled(input, node)
    let inside = clip.dims.indices.filter { $0 != dim }.flatMap { clip.dims[$0] }.filter {
      $0 != ExportedSignal.batch && clip.axes[$0] != 1
    }
    var result = try withChannels(inside: inside, clip, node)
    guard size.times(size) <= ExportedConstants.totalLimit else {
      throw .constants(limit: ExportedConstants.totalLimit)
    }
    let copies = (0..<size * size).map { $0 % (size + 1) == 0 ? 1.0 : 0 }
    let frames = shape(of: node)[dim]
    result = try windows(
      of: result, times: copies, size: size, step: step, frames: frames, called: "windows", node)
    // What a window has of each place of a frame, and the axes of these as they were.
    let others = clip.dims.indices.filter {
      $0 != dim && !clip.dims[$0].contains(ExportedSignal.batch)
    }
    let sizes = others.map { clip.shape[$0] }
    result = try reshaped(result, to: [result.axes[0]] + sizes + [size, frames], node)
    let made = result.dims
    result.dims = clip.dims.indices.map { own in
      if own == dim { return made[made.count - 1] }
      return others.firstIndex(of: own).map { made[1 + $0] } ?? made[0]
    }
    result.dims.append(made[made.count - 2])
    return result
  }
}
