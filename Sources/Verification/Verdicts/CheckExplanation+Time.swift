extension CheckCode {
  /// Of loading, and of when outputs come.
  var timeExplanation: CheckExplanation {
    switch self {
    case .loaded:
      CheckExplanation(
        how: "The names and shapes of all tensors of the file are compared with those that the "
          + "architecture needs; whatever is left over or missing on either side is a misfit.",
        mend: "Give the architecture of this very checkpoint, or say with \"weights\" how its "
          + "names are written. coverify inspect MODEL lists what the file has.",
        example: "A checkpoint of a Conv1d(8, 16, 3) and an architecture that says kernel_size 5.")
    case .assumed:
      CheckExplanation(
        how: "A bare state dict does not say strides, paddings or activations. What PyTorch takes "
          + "by default is assumed, and the verdict stays open until somebody accepts it.",
        mend: "Write the file with scripts/describe_model.py, or an architecture that coverify "
          + "draft begins; --assume-defaults accepts what was assumed.",
        example: "{\"0.weight\": (16, 8, 3)} alone: nothing says that its padding is 1.")
    case .refused:
      CheckExplanation(
        how: "A file that cannot be read, has no architecture, or a network that cannot be run is "
          + "not judged at all: the exit code is 2. Reports for programs have it as a finding.",
        mend: "The message says where in the file, what was found and what was expected. coverify "
          + "inspect MODEL shows as much as can be read.",
        example: "A download that ended early: truncated, with the entry and the byte.")
    case .delay:
      CheckExplanation(
        how: "A stream is stepped until outputs come, and the first step that yields one is "
          + "compared with the warm-up that the layers declare.",
        mend: "Where a layer of your own is in the network, its Timing is not what its kernel "
          + "does. For layers of coverify it is a mistake of coverify: please report it.",
        example: "A kernel with a window of 3 that yields its first output in step 3 and declares "
          + "2.")
    case .shift:
      CheckExplanation(
        how: "Where steps and clip differ, the steps are compared with the clip some frames "
          + "earlier and later. And where a network is written with delays of its own, the delays "
          + "of the branches that meet at each join are added up, and the steps as written are "
          + "computed.",
        mend: "Give the branches the delays that are named, or auto_delay=True, which lets "
          + "continual find them.",
        example: "co.BroadcastReduce(co.Conv1d(8, 8, 3, padding=1), nn.Identity(), "
          + "auto_delay=False): the convolution comes a step later than the input that is added.")
    case .stridePhase:
      CheckExplanation(
        how: "The steps that yield outputs are compared with the rate that the layers declare, "
          + "over two whole periods, and the number of outputs of a longer clip with what the "
          + "definitions count.",
        mend: "Look for a stride that starts in the wrong phase behind a pool or a convolution of "
          + "your own.",
        example: "A stride of 2 that yields in steps 3, 5, 7 where its padding asks for 2, 4, 6.")
    case .padding:
      CheckExplanation(
        how: "Steps and clip are the same in all frames but those whose windows reach beyond the "
          + "clip.",
        mend: "What steps take for frames before the first is another thing than the padding of "
          + "the clip: look at padding_mode and at temporal_fill.",
        example: "padding_mode=\"replicate\" in the clip and temporal_fill=\"zeros\" in the steps.")
    case .lengths:
      CheckExplanation(
        how: "The numbers of frames of a clip, of its steps and of its end padding are counted "
          + "for clips of several lengths: one frame, about the receptive field, and an odd "
          + "number.",
        mend: "Compare padding, stride, dilation and ceil_mode with the Python model.",
        example: "An end padding of 2 where the clip is padded by 1: one output too many.")
    case .meaning:
      CheckExplanation(
        how: "Some layers look at a whole clip, and their steps look at the frames that have come "
          + "or at a window of some length. Both modes are compared with their own definitions, "
          + "and with each other.",
        mend: "No arithmetic is wrong. Train with the window that is streamed, or with a causal "
          + "mask; or verify clips as long as the window, with --frames.",
        example: "AdaptiveAvgPool1d(1) in the clip of 64 frames, and AvgPool over the last 16 in "
          + "steps.")
    case .library:
      CheckExplanation(
        how: "For each layer that continual 1.2.4 is known to step wrongly, its steps are "
          + "imitated as it makes them and compared with the clip. The number names the gap.",
        mend: "Deploy with coverify's streams, or write the layer in a way that the library steps "
          + "rightly. With --runtime continual such a difference counts.",
        example: "A dilated pool in time, whose steps the library takes from neighbouring frames.")
    case .stepless:
      CheckExplanation(
        how: "The calls of an exported program are read with time as an axis. Where one of "
          + "them needs the whole clip at once, the network is read again with time as an "
          + "axis of space, so that each clip is a single frame; all checks are made of "
          + "that.",
        mend: "Take the streamable layer that the finding names, or deploy the network for "
          + "whole clips. Where no axis of the input is time, say so with --layout.",
        example: "nn.GRU(8, 16, bidirectional=True): the backward half starts at the end of the "
          + "clip.")
    default: preconditionFailure("\(rawValue) has no explanation")
    }
  }
}
