import Tensors

extension ModuleError.FrameMisfit {
  /// What was found and what was expected.
  var text: String {
    switch self {
    case .channels(let frame, let expected, .tensors):
      "is made for \(expected) channels, and a frame \(frame) has \(frame[1])"
    case .channels(let frame, let expected, .slopes):
      "has slopes for \(expected) channels, and a frame \(frame) has \(frame[1])"
    case .channels(let frame, let expected, .embedding):
      "gets frames \(frame) with \(frame[1]) channels, but embed_dim is \(expected)"
    case .channels(let frame, let expected, .attention):
      "gets frames \(frame) with \(frame[1]) channels, but it has \(expected)"
    case .declaredChannels(let clip, let expected):
      "the clip \(clip) has \(clip[1]) channels, and the \"input\" of the architecture says "
        + "\(expected); one of them is wrong"
    case .unknownChannels:
      "nothing says how many channels the network takes; give an --input, or \"input\" in the "
        + "architecture"
    case .convolution(let frame, let expected, let weight, let groups):
      "takes frames \(Arguments.shape(expected)), but gets \(frame); the weight is \(weight)"
        + (groups.map { " with groups=\($0)" } ?? "")
    case .recurrent(let frame, let expected):
      "takes frames (B, \(expected)) without space axes, but gets \(frame)"
    case .groups(let frame, let name, let groups):
      "\(name) is \(groups), which does not divide the \(frame[1]) channels of a frame \(frame)"
    case .matrices(let frame, let count):
      "gets frames \(frame) with \(frame[1]) channels for \(count) matrices"
    case .shuffledChannels(let frame, let factors):
      "moves \(Arguments.tuple(factors)) channels into one, and gets frames \(frame) of "
        + "\(frame[1]) channels, which cannot be divided so"
    case .features(let frame, let axis, let expected):
      "gets frames \(frame) with \(frame[axis]) elements on axis \(axis), but in_features is "
        + "\(expected)"
    case .featuresOfClip(let clip, let axis, let expected):
      "the clip has shape \(clip) with \(clip[axis]) elements on axis \(axis), but in_features is "
        + "\(expected); in steps the module works on another axis, and channel_dim=1 means the "
        + "channels in both"
    case .rows(let frame, let axis, let matrix):
      "gets frames \(frame) with \(frame[axis]) elements on axis \(axis), but the matrix has shape "
        + "\(matrix)"
    case .odd(let axis, let length):
      "halves axis \(axis) of a clip, which has the odd length \(length); expected an even one"
    case .narrowed(let axis, let start, let length, let elements):
      "keeps the elements \(start) to \(start + length - 1) of axis \(axis), which has \(elements)"

    case .rank(let frame): "a frame is (B, C), (B, C, W) or (B, C, H, W), not \(frame)"
    case .axes(let frame, let type, let expected):
      "\(type) takes clips of \(expected + 1) axes, as "
        + "(\(["B", "C", "T", "H", "W"].prefix(expected + 1).joined(separator: ", "))); here a clip "
        + "has \(frame.rank + 1), of which the frames have the shape \(frame)"
    case .pattern(let frame, let pattern, let axes):
      "gets frames \(frame), and the pattern \"\(pattern)\" has \(axes) axes beside time"
    case .patternAxis(let frame, let axis, let names, let pattern):
      "gets frames \(frame), whose axis \(axis) of \(frame[axis]) elements is not "
        + (names.isEmpty ? "1" : "(" + names.joined(separator: " ") + ")") + " of \"\(pattern)\""
    case .normalized(let frame, let expected):
      "normalizes axes of \(Arguments.tuple(expected)), and a frame has the shape \(frame)"
    case .softmax(let axes): "Softmax2d takes 3 or 4 axes, and here are \(axes)"
    case .shuffled(let frame, let axes, let expected, let isFramewise):
      "enlarges \(expected) axes, and \(Self.inputs(isFramewise)) \(frame) have \(axes)"
    case .enlarged(let frame, let axes, let expected, let isFramewise):
      "enlarges \(expected) axes, and gets \(Self.inputs(isFramewise)) \(frame), which have \(axes)"
    case .broadcast(let tensor, let frame, let isFramewise):
      "a tensor of shape \(tensor) cannot be broadcast to \(Self.inputs(isFramewise)) of shape "
        + "\(frame)"
    case .reshaped(let frame, let shape):
      "a frame \(frame) of \(frame.count) elements cannot have the shape \(Arguments.tuple(shape))"

    case .kernel(let frame, let axis, let span, let padding):
      "gets frames \(frame): a kernel that spans \(span) does not fit on axis \(axis) of length "
        + "\(frame[axis]) with padding \(padding) in all"
    case .padding(let frame, let axis, let mode, let padding):
      "gets frames \(frame): \(mode.rawValue) padding of \(padding) is too much for axis \(axis) of "
        + "length \(frame[axis])"
    case .cropped(let frame, let axis, let before, let after):
      "gets frames \(frame): of axis \(axis) of length \(frame[axis]) nothing is left once \(before) "
        + "outputs are cropped before and \(after) after"
    case .pool(let spans, let padding, let lengths):
      "the window spans \(Arguments.tuple(spans)) places of space with a padding of "
        + "\(Arguments.tuple(padding)), and a frame has only \(Arguments.tuple(lengths))"
    case .pooled(let axes):
      "would make frames of shape \(Arguments.tuple(axes)); at most \(Size.limit) numbers are "
        + "allowed"
    case .resampled(let frame, let length):
      "makes nothing, or more than can be held, of an axis of length \(length) of \(frame)"

    case .clip(let found, let expected):
      "the clip has shape \(found), expected \(expected.clipsOfAnyLength)"
    case .step(let found, let expected): "the frame has shape \(found), expected \(expected)"
    case .notAClip(let found): "a clip is (B, C, T, S…), not \(found)"
    case .tooLarge(let axes): "frames of \(axes) are too large"
    case .followed(let found, let expected):
      "makes frames \(found) of the clip, and what follows is made for frames \(expected)"
    case .otherInSteps(let found, let clip, let frame):
      "makes frames \(found) of the clip \(clip), and frames \(frame) in steps, where it works on "
        + "another axis; channel_dim=1 means the channels in both"
    case .joinOfNothing: "joins nothing"
    case .concatenation(let shapes):
      "the concatenation of shapes \(Arguments.list(shapes)) is too large"
    }
  }

  private static func inputs(_ isFramewise: Bool) -> String {
    isFramewise ? "frames" : "clips of frames"
  }
}

extension Shape {
  /// Clips (B, C, T, S…) of frames (B, C, S…) of this shape, whatever their length.
  package var clipsOfAnyLength: String {
    let axes = axes.map(String.init)
    return "(" + (axes.prefix(2) + ["T"] + axes.dropFirst(2)).joined(separator: ", ") + ")"
  }
}
