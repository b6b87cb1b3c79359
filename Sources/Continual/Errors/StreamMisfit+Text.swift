import Tensors

extension ModuleError.StreamMisfit {
  /// What was found, and what to do.
  var text: String {
    switch self {
    case .features(let dimension, let frame):
      "works on dimension \(dimension), which clips have, and frames \(frame) have not; use "
        + "channel_dim=1 for the channels"
    case .flattenedBatch(let dimension):
      "start_dim=\(dimension) flattens the batch; start with 1"
    case .flattenedTime:
      "flattens time, and a stream has no end; flatten behind a pool of the whole clip, or apply "
        + "the module to each frame"
    case .partsOfClip(let parts):
      "output_size divides a clip into \(parts) parts in time, and a stream does not know where "
        + "they end; use 1, or None to pool each frame by itself"
    case .wholePool:
      "pools the whole clip, and a stream has none; give it a \"kernel_size\", the number of frames "
        + "that its steps pool, or give the number of frames of a clip"
    case .wholeAttention:
      "attends to the whole clip, and a stream has none; give it a \"sequence_len\", the number of "
        + "frames that its steps attend to, or give the number of frames of a clip"
    case .unknownSequence:
      "makes all frames of a clip, so nothing tells its \"sequence_len\""
    case .branchesInSequence(let type):
      "runs along an axis of each frame, and \(type) has branches inside; use a recurrent layer or "
        + "an attention"
    case .futurePadding(let mode):
      "pads in time with \(mode.rawValue), which needs frames that a stream does not have yet; use "
        + "zeros or replicate"
    case .normalizedTime(let axes, let frame):
      "normalizes the last \(axes) axes of clips of \(frame.rank + 1), which hold time; a stream has "
        + "none, so apply it to each frame"
    case .matrixOverTime(let dimension):
      "axis \(dimension) is time, and a stream does not have all frames at once"
    case .tensorOverTime(let shape, let frames):
      "a tensor of shape \(shape) has its own number for each of \(frames) frames, and a stream has "
        + "no frame of that number"
    case .halvedTime(let dimension):
      "dim=\(dimension) halves time, and a stream has no second half; give dim=1 to halve the "
        + "channels"
    case .narrowedTime(let dimension):
      "dim=\(dimension) is time, of which a stream knows no end; leave out the first frames by a "
        + "Skip, and the last by a Delay with auto_shrink"
    case .narrowedBatch(let dimension):
      "dim=\(dimension) is the batch, whose samples are never left out"
    case .enlargedTime(let length):
      "enlarges time to \(length) frames, and a stream has no length; use a whole scale_factor for "
        + "time, or size [null, …] to leave it as it is"
    case .enlargedTimeBy(let factor):
      "enlarges time by \(Arguments.number(factor)); use a whole scale_factor, or a ConvTranspose "
        + "and a convolution with a stride"
    case .alignedCorners:
      "enlarges time with align_corners=True, for which the length of the clip has to be known; use "
        + "align_corners=False, or enlarge space alone with scale_factor [1, …]"
    case .rates(let branches):
      "joins \(branches) branches that raise and lower the rate of frames in too many ways to find "
        + "out how long they wait for each other"
    }
  }
}
