import Continual
import Tensors
import TextLayout

// The sentences of findings. Nothing decides by them.

extension Finding {
  /// What is wrong, in one sentence.
  public var message: String { told(problem.message) }

  /// Which elements differ and how, as in `channel 5 only, every frame, constant offset +1.0e-04`.
  public var pattern: String? { problem.pattern.map(told) }

  /// What it probably is, or what to do.
  public var hint: String? { problem.hint.map(told) }

  /// A sentence, said of whoever computed the reference.
  private func told(_ sentence: String) -> String {
    code.family == .reference ? truth.told(sentence) : sentence
  }
}

extension Replay {
  /// The command that shows a finding again.
  var command: String {
    let name = model.contains(" ") ? "'\(model)'" : model
    return "coverify verify \(name) --seed \(seed) --batch \(batch) --frames \(frames)"
  }
}

extension Problem {
  /// What is wrong, in one sentence.
  fileprivate var message: String {
    switch self {
    case .misfit(let misfit): misfit
    case .assumptions(let assumptions):
      "\(assumptions.count) things were assumed that the file does not say"
    case .firstOutput(let found, let steps, let declared):
      "the first output comes in \(found.map { "step \($0)" } ?? "none of \(steps) steps"), and is "
        + "declared for step \(declared)"
    case .schedule(let found, let rate, _):
      "outputs come in steps \(found.prefix(6).map(String.init).joined(separator: ", ")), and "
        + (rate.up == 1 ? "" : "\(rate.up) outputs ") + "every \(rate.down) steps are declared"
    case .rate(let outputs, let frames, let declared):
      "\(Number.count(frames, "frame")) more make \(Number.count(outputs, "output")) more by the "
        + "definitions of the modules, and the declared rate is \(declared)"
    case .frameCounts(let clip, let counts):
      "of a clip of \(Number.count(clip, "frame")), " + counts.map(\.words).joined(separator: "; ")
    case .modeLengths(let mode, let found, let expected, _):
      "\(mode == .steps ? "steps with end padding make" : "steps make") "
        + "\(found) frames of the clip, and forward makes \(expected)"
    case .meaning(let reason, _, _): "means something else in steps: \(reason)"
    case .stepless(let call): "cannot be stepped: \(call.reason)"
    case .library(let gap, let outcome, _):
      "stepped by continual 1.2.4 this network \(outcome.words): \(gap.rawValue), \(gap.reason)"
    case .axesOfClip(let axes):
      "its forward takes clips \(axes) and gets (B, E, T), as the modules around it have them: PyTorch "
        + "refuses them, or attends to the wrong axis"
    case .misaligned(let misalignment, _, _):
      "as written, frames meet that do not belong together: " + misalignment.words
    case .layer(.shapes(let got, let want)):
      "makes a clip of shape \(got), and should make \(want)"
    case .layer(.values(let deviation)):
      "differs from its definition in float64 by \(deviation.sizeWords)"
    case .layerUndecided(let reason): "could not be compared with float64: \(reason)"
    case .shift(let shift, _):
      "output of steps equals output of the clip \(Number.count(abs(shift.frames), "frame")) "
        + "\(shift.frames > 0 ? "later" : "earlier") (k = \(shift.frames), residual error "
        + "\(Number.short(shift.residual)))"
    case .padding: "steps and clip differ in frames that see the padding only"
    case .modes(let deviation): "steps and clip differ by \(deviation.sizeWords)"
    case .state(let fault, _, _): fault.message
    case .memory(let reach):
      "frame \(reach.frame) still changes output \(reach.output), whose \(reach.receptiveField) "
        + "frames begin at frame \(reach.begin)"
    case .shortMemory(let frame, let output, _):
      "frame \(frame) does not change output \(output), which depends on it by the definitions of the layers"
    case .nonFinite(let count), .burst(let count):
      "\(Number.grouped(count)) elements are finite in one mode only"
    case .denormal(let deviation): "steps and clip differ by \(Number.short(deviation.error))"
    case .nothingButNaN:
      "the output is nothing but NaN in both modes, so nothing was compared"
    case .drift(let drift):
      "from output \(drift.output) of step \(Number.grouped(drift.step)) on, a long stream yields other "
        + "outputs than the same frames at once, or a stream that begins shortly before: by "
        + Number.short(drift.error)
    case .architecture(let discrepancy, _):
      "the architecture is not the one that made PyTorch's output" + discrepancy.fromPyTorch
    case .architectureUndecided(let reason):
      "the network could not be computed in float64: \(reason)"
    case .reference(let mode, let discrepancy):
      "\(mode.rawValue) does not compute what PyTorch did" + discrepancy.fromPyTorch
    case .referenceUndecided(let noise, let rms):
      "rounding noise of \(Number.short(noise)) is too large to judge an output of rms "
        + Number.short(rms)
    case .stale(let recorded, let found):
      "the file has the SHA-256 \(found.prefix(8)), and the fixture was recorded of one with "
        + recorded.prefix(8)
    case .outputSteps(let found, let expected):
      (found.isEmpty
        ? "no output comes before the end padding" : "outputs come in steps \(Problem.list(found))")
        + ", PyTorch's in "
        + (expected.isEmpty ? "the end padding alone" : "steps \(Problem.list(expected))")
    case .open(_, let reason): reason
    }
  }

  /// Which elements differ, and how; nil where there is nothing to add to the message.
  fileprivate var pattern: String? {
    switch self {
    case .assumptions(let assumptions): assumptions.joined(separator: "; ")
    case .modeLengths(_, _, _, let error?): "the end padding stops: \(error)"
    case .meaning(_, .frames(let found, let expected), _):
      "steps make \(found) frames of the clip, and forward makes \(expected)"
    case .misaligned(let misalignment, let written, _):
      "from step \(misalignment.step) on; the steps as written "
        + (written.error.map { "differ from the clip by \(Number.short($0))" } ?? "yield nothing")
    case .state(_, let differing, let elements):
      "\(Number.grouped(differing)) of \(Number.grouped(elements)) elements differ in their bits"
    case .drift(let drift):
      "\(Number.grouped(drift.differing)) of \(Number.grouped(drift.outputs)) outputs differ in their bits"
    case .memory(let reach): "\(Number.count(reach.begin - reach.frame, "frame")) too far"
    case .shortMemory(_, _, let missed): "\(Number.count(missed, "output")) too few"
    default: deviation?.difference.pattern
    }
  }

  /// What it probably is, or what to do; nil where nothing stands out.
  fileprivate var hint: String? {
    switch self {
    case .assumptions: "give an architecture file, or accept them with --assume-defaults"
    case .firstOutput: "delay, padding or fill of a layer is not what it declares"
    case .meaning(_, _, let others):
      "no error of the computation: each mode does what PyTorch's does"
        + (others > 0 ? "; \(others) more such modules" : "")
    case .stepless(let call): call.remedy.isEmpty ? nil : call.remedy
    case .stale: "where the new file is meant, record it: coverify record --mode all MODEL"
    case .library: "coverify's streams are right"
    case .axesOfClip: "give it batch_first=True and embed_dim_second=True"
    case .misaligned(_, let written, let others):
      "give the branches these delays, or auto_delay=True"
        + (written.aligned.map {
          "; with frames matched by their index, as coverify's own streams do, the steps equal the clip "
            + "to \(Number.short($0))"
        } ?? "") + (others > 0 ? "; \(Number.count(others, "more such join"))" : "")
    case .layer(.shapes(let got, let want)):
      got[2] == want[2] ? nil : "frames are missing or too many"
    case .state(let fault, _, _): fault.hint
    case .memory: "a NaN stays in the state, or a ring is longer than the receptive field"
    case .shortMemory: "a ring is shorter than the window of its layer, or a NaN is lost"
    case .drift: "a ring that is a place too short, a phase that slips, or a sum that is carried on"
    case .nonFinite: "a NaN reaches other outputs in steps than in the clip"
    case .nothingButNaN: "look for weights that are not finite: coverify inspect --stats"
    case .architecture(_, let cause):
      cause?.words ?? "compare strides, paddings, activations and eps with the Python model"
    case .denormal: nil
    default: deviation?.difference.hint
    }
  }

  private static func list(_ steps: [Int]) -> String {
    steps.prefix(6).map(String.init).joined(separator: ", ") + (steps.count > 6 ? ", ..." : "")
  }
}

extension Deviation {
  /// The largest difference, and what is allowed.
  fileprivate var sizeWords: String { Number.short(error) + Number.ratio(error, allowed) }
}

extension Problem.Discrepancy {
  /// What is added to a sentence on PyTorch's output.
  fileprivate var fromPyTorch: String {
    switch self {
    case .shapes(let got, let want): ": it has shape \(got), PyTorch's \(want)"
    case .values(let deviation):
      ", by \(Number.short(deviation.error)) of rms \(Number.short(deviation.rms))"
    }
  }
}

extension ReferenceCause {
  /// Why the output is another one, in one sentence.
  fileprivate var words: String {
    switch self {
    case .notFinite(let count, let elements):
      "\(Number.grouped(count)) of the \(Number.grouped(elements)) numbers of PyTorch's output are not finite"
    case .zeros: "PyTorch's output is zero everywhere: nothing was written to it"
    case .rounded(let type, let error):
      "PyTorch's output was rounded to \(type), and agrees to \(Number.short(error)); compute it with "
        + "model.double()"
    case .reversedTime(let error):
      "with the frames in the opposite order the output agrees to \(Number.short(error))"
    case .shiftedTime(let frames, let error):
      "frame j of PyTorch's output is frame j \(frames < 0 ? "-" : "+") \(abs(frames)) of this one, to "
        + Number.short(error)
    case .batchOrder(let order, let error):
      "with the samples in the order \(ReferenceCause.list(order)) the output agrees to "
        + Number.short(error)
    case .channelOrder(let order, let error):
      "with the channels in the order \(ReferenceCause.list(order)) the output agrees to "
        + Number.short(error)
    case .scaled(let factor, let error):
      "PyTorch's output is this one times \(Number.value(factor)), to \(Number.short(error))"
    case .module(let path, _, let error, let rms):
      "the first module whose output is another one is \(path), by \(Number.short(error)) of rms "
        + "\(Number.short(rms)): its weights or arguments are others"
    case .shape(let path, _, let found, let wanted):
      "the first module whose output is another one is \(path): it makes \(found) and PyTorch's made "
        + "\(wanted), so its arguments are others"
    case .change(let change, let path, let error):
      "with \(change)\(path.isEmpty ? "" : " at \(path)") the output agrees to \(Number.short(error))"
    case .unknown(let tried, let count, let seconds):
      (tried < count
        ? "\(Number.grouped(tried)) of \(Number.grouped(count)) single changes were tried within "
          + "\(Number.short(seconds)) s, and with none the output agrees"
        : "with none of \(Number.grouped(count)) single changes the output agrees")
        + "; where the file is written with --layers, the first module that differs is named"
    }
  }

  private static func list(_ order: [Int]) -> String {
    order.prefix(8).map(String.init).joined(separator: ", ") + (order.count > 8 ? ", ..." : "")
  }
}

extension LibraryOutcome {
  fileprivate var words: String {
    switch self {
    case .values(let error): "differs by \(Number.short(error))"
    case .outputs(let found, let expected):
      "yields \(Number.count(found, "output")) instead of \(expected)"
    case .fails: "stops with an error"
    case .stepsAreRight: "is right in the first single steps, and goes wrong after them"
    }
  }
}

extension Misalignment {
  /// Which branches come too early or too late, as in `branch 1 is delayed by 2 steps, needs 1`.
  fileprivate var words: String {
    let wrong = branches.enumerated().filter { $1.delay != $1.needed }
    guard !wrong.isEmpty else { return "the branches have outputs in different steps" }
    return wrong.map { index, branch in
      "branch \(index) is delayed by \(Number.count(branch.delay, "step")), needs \(branch.needed)"
    }.joined(separator: "; ")
  }
}

extension Problem.FrameCount {
  fileprivate var words: String {
    let verb =
      switch way {
      case .forward: "forward makes"
      case .steps: "steps make"
      case .stepsWithEndPadding: "steps with end padding make"
      }
    return "\(verb) \(Number.count(found, "frame")), expected \(expected)"
  }
}

extension Problem.StateFault {
  fileprivate var message: String {
    switch self {
    case .reset: "a stream that was reset is not as a fresh one"
    case .endPadding: "a stream whose end padding was computed goes on differently"
    case .snapshot: "a stream whose state was saved and restored goes on differently"
    case .purity: "computing a clip, or stepping a copy, changes a stream or the next clip"
    case .chunks: "the same frames in other chunks give other outputs"
    case .streams: "two streams of one network, step by step in turn, disturb each other"
    case .lanes: "a NaN in one entry of the batch changes another entry"
    case .causality(let frame): "frames from \(frame) on change outputs that are due before them"
    }
  }

  fileprivate var hint: String? {
    switch self {
    case .reset: "something outlives the reset: state that the stream does not own"
    case .endPadding: "the end padding has to be computed on a copy of the state"
    case .snapshot: "the state of the stream is not all that it remembers"
    case .purity: "forward or a copy writes to something that it shares with the stream"
    case .streams: "they share state"
    case .lanes: "statistics over the batch, or an index that runs into the next entry"
    case .chunks, .causality: nil
    }
  }
}
