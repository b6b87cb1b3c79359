import Continual
import Tensors
import TextLayout

extension VerificationError.OracleGap {
  /// What is missing.
  var text: String {
    switch self {
    case .type(let type): "\(type) has no oracle in float64"
    case .unknownSequence: "has no sequence_len, so its steps have no definition"
    case .nothingInside: "there is no module inside"
    case .notRecorded(let path): "nothing was recorded of the module \"\(path)\" inside"
    }
  }
}

extension VerificationError.OptionMisfit {
  /// What was found, and what to do.
  var text: String {
    switch self {
    case .noInput: "no input: name at least one profile, or give a clip"
    case .onlyZeros:
      "zeros alone show nothing: a network that computes nothing passes; add a profile"
    case .clipLength(let frames): "clips of \(frames) frames; at least 1 is needed"
    case .neededLength(let frames, let frame):
      "clips of \(Number.grouped(frames)) frames \(frame) would be needed to see outputs; that is "
        + "more than can be held at once"
    }
  }
}

extension VerificationError.LengthMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .leftOut(let count, let frames): "leaves out \(count) frames of \(frames)"
    case .skipped(let count, let frames): "skips \(count) frames of \(frames)"
    case .position(let position, let frames): "position \(position) of a clip of \(frames) frames"
    case .kernel(let span, let frames): "a kernel of \(span) frames on a clip of \(frames)"
    case .window(let span, let frames): "a window of \(span) frames on a clip of \(frames)"
    case .windowInSpace(let span, let length):
      "a window of \(span) does not fit in \(length) places"
    case .cropped(let frames):
      "nothing is left of a clip of \(frames) once outputs are cropped"
    case .empty: "nothing is made of a clip of no frames"
    case .nothingMade(let frames): "a clip of \(frames) frames"
    }
  }
}

extension VerificationError.ClipMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .input(let found, let frame):
      "the input has shape \(found), expected \(frame.clipsOfAnyLength) with T at least 1"
    case .nothingMade(let frames): "makes nothing of \(frames) frames"
    case .channels(let found, let expected): "\(found) channels, expected \(expected)"
    case .recurrent(let clip): "a recurrent network on a clip of shape \(clip)"
    case .attention(let clip, let channels):
      "attention over \(channels) channels on a clip \(clip)"
    case .encoding(let clip, let channels): "an encoding of \(channels) channels on a clip \(clip)"
    case .features(let clip, let axis, let expected):
      "axis \(axis) of \(clip) has not the length of in_features, \(expected)"
    case .matrices(let clip, let matrices):
      "a clip of shape \(clip) does not fit matrices of shape \(matrices)"
    case .transposed(let clip, let weight):
      "a clip \(clip) for the weight \(weight) of a transposed convolution"
    case .shuffled(let clip, let factors): "no channels of a clip \(clip) become \(factors)"
    case .narrowed(let clip, let axis, let last):
      "axis \(axis) of \(clip) ends before element \(last)"
    case .enlarged(let clip, let axes): "\(axes) axes to enlarge of a clip \(clip)"
    case .axesOfPattern(let shape, let pattern): "\(shape) has not the axes of \"\(pattern)\""
    case .lengthsOfPattern(let shape, let pattern): "\(shape) does not fit \"\(pattern)\""
    case .normalized(let frame, let axes): "normalizes \(axes) of frames of shape \(frame)"
    case .reshaped(let frame, let axes): "a frame of shape \(frame) cannot become \(axes)"
    case .odd(let clip, let axis): "axis \(axis) of \(clip) is odd and cannot be halved"
    case .noAxis(let clip): "a clip of shape \(clip) has no such axis"
    case .nothingToCombine: "combines nothing"
    case .combined(let left, let right):
      "clips of shapes \(left) and \(right) cannot be combined"
    case .concatenated(let left, let right):
      "clips of shapes \(left) and \(right) cannot be concatenated"
    case .branches(let lengths): "branches of \(lengths) frames"
    case .severalStreams(let type): "\(type) ends with several streams"
    case .oneStream(let type, let found): "\(type) takes one stream, found \(found)"
    case .noStream(let index, let count): "there is no stream \(index) of \(count)"
    case .noOutput: "the output is not a node"
    }
  }
}
