extension CheckCode {
  /// Of what streams remember, and of what unusual and long inputs show.
  var streamExplanation: CheckExplanation {
    switch self {
    case .reset:
      CheckExplanation(
        how: "A stream that has seen a clip is reset; its state, and what it makes of another "
          + "clip, has to have the bits of a fresh one.",
        mend: "Something is remembered outside the state, or reset leaves a part of it.",
        example: "A counter of frames in a kernel instead of the state.")
    case .snapshot:
      CheckExplanation(
        how: "The state is saved in the middle of a clip and restored in this stream and in "
          + "another one; both have to go on with the same bits.",
        mend: "Something is remembered outside the state.",
        example: "A kernel that keeps the last frame in a property.")
    case .purity:
      CheckExplanation(
        how: "While a stream waits, a copy of it goes another way, its end padding is computed "
          + "and clips are computed at once; then it goes on, with the bits that it would have "
          + "had.",
        mend: "forward, or the end padding, writes to something that steps read.",
        example: "A forward that uses the ring of the stream as work space.")
    case .chunks:
      CheckExplanation(
        how: "The same frames are given in chunks of one, of three, of random sizes and all at "
          + "once; the outputs have to have the same bits.",
        mend: "A kernel takes the frames of a chunk in another order, or only the last of them.",
        example: "A ring that keeps the first frames of a chunk that is longer than itself.")
    case .isolation:
      CheckExplanation(
        how: "Two streams take turns, and one entry of a batch becomes NaN; neither may change a "
          + "bit of the others.",
        mend: "Streams share memory, or an index runs from one entry of a batch into the next.",
        example: "A work space that two streams of one plan both take for their state.")
    case .causality:
      CheckExplanation(
        how: "The end of a clip is changed: outputs that are due before it must keep their bits.",
        mend: "The clip looks into the future that its delay declares it does not see.",
        example: "A padding of 1 at both ends where the layer declares to be causal.")
    case .memory:
      CheckExplanation(
        how: "One frame is made NaN. It must not reach outputs whose receptive field begins "
          + "behind it, and has to reach all that depend on it by the definitions of the layers.",
        mend: "A ring is too long or too short, a NaN stays in the state, or a layer declares "
          + "another window than it has.",
        example: "A running sum from which the oldest frame is subtracted: a NaN stays in it for "
          + "ever.")
    case .nonFinite:
      CheckExplanation(
        how: "Frames of NaN and of infinities are put into a clip; both modes have to have finite "
          + "numbers at the same places, and each layer those of its definition.",
        mend: "A maximum or a comparison loses NaN in one of the modes. Where everything is NaN, "
          + "the weights may be: coverify inspect --stats.",
        example: "max(a, b) written as a > b ? a : b, which forgets a NaN in a.")
    case .burst:
      CheckExplanation(
        how: "A clip has a frame that is 25 times larger, once more with all numbers times 30; "
          + "both modes have to overflow at the same places or not at all.",
        mend: "One mode adds in another order or computes exponentials without taking away the "
          + "maximum.",
        example: "A softmax over exp(x) that is infinity for x above 88.")
    case .denormal:
      CheckExplanation(
        how: "Zeros, numbers near 1e-40 and a clip times 1e-3 are computed in both modes.",
        mend: "One mode flushes small numbers to zero, or divides by what is nearly zero.",
        example: "A norm of zeros without eps.")
    case .drift:
      CheckExplanation(
        how: "A stream of 1,100 frames (--long N for another number) is compared, bit for bit, "
          + "with the clip of the same frames, or with streams that begin shortly before frames "
          + "257, 601, 1,001 and the last.",
        mend: "Look for a ring that is a place too short, a phase that slips, or a sum that is "
          + "carried on.",
        example: "A moving average that adds the new frame and subtracts the oldest, and so adds "
          + "up roundings.")
    default: preconditionFailure("\(rawValue) has no explanation")
    }
  }
}
