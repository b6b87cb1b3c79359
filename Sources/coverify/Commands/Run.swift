import ArgumentParser
import Checkpoints
import Continual
import PlainData
import Tensors
import TorchModels

/// `coverify run`: the loaded network as a native runtime.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the output of a network for a clip, in one of the three modes.")

  /// How the clip is computed.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case forward
    case forwardSteps = "forward-steps"
    case forwardStep = "forward-step"
  }

  @OptionGroup var options: ModelOptions

  @Option(help: "The clip (B, C, T, …): .safetensors, .npy, .npz or .pt.")
  var input: FilePath

  @Option(help: "forward (the clip at once), forward-steps (a chunk) or forward-step (each frame).")
  var mode: Mode = .forward

  @Flag(help: "The clip ends here: also yield what needs the padding behind it.")
  var padEnd = false

  @Option(
    help: ArgumentHelp(
      "Where to write the tensor \"output\": .safetensors, .npy, .npz or .pt.",
      discussion: """
        Of forward-step also the tensor "steps": the input index of each output frame. An .npy holds \
        one tensor, and so is not for that mode.
        """))
  var output: FilePath

  @OptionGroup var outputs: OutputOptions

  func validate() throws {
    if try format == .npy, mode == .forwardStep {
      throw ValidationError(
        "--mode forward-step yields two tensors, and an .npy holds one; write an .npz: \(output)")
    }
    if padEnd, mode == .forward {
      throw ValidationError("--pad-end belongs to the stepping modes; forward always pads.")
    }
  }

  /// The format of the output, told by its name.
  private var format: TensorFile.Format {
    get throws {
      guard let format = TensorFile.Format(fileExtension: output.pathExtension) else {
        let known = TensorFile.Format.allCases.flatMap(\.fileExtensions).map { "." + $0 }
        throw ValidationError(
          "--output must end in one of \(known.joined(separator: ", ")): \(output)")
      }
      return format
    }
  }

  func run() throws {
    try Trouble.guarding {
      let target = try outputs.check([output], inputs: options.inputs + [input])[0]
      let model = try options.load()
      let clip = try InputFile.read(input, for: model, limits: options.limits.limits)
      let plan = try model.plan(for: clip.shape).plan
      try model.checkWork(of: plan, frames: clip.shape[2], isAskedFor: true)
      var results: [(name: String, tensor: TensorSource)] = []
      switch mode {
      case .forward:
        let result = try inModel(model) { () throws(ModuleError) in try plan.forward(clip) }
        // As PyTorch's output, which has no axis of time behind a Flatten of whole clips.
        let hasTime = !(model.endsWithoutTime && result.shape[2] == 1)
        results.append(
          ("output", TensorSource(hasTime ? result : result.reshaped(result.shape.frame))))
      case .forwardSteps:
        var stream = plan.makeStream()
        let result = try inModel(model) { () throws(ModuleError) in
          try stream.forwardSteps(clip, padEnd: padEnd)
        }
        results.append(("output", TensorSource(result)))
      case .forwardStep:
        let (output, steps) = try inModel(model) { () throws(ModuleError) in
          try step(plan, through: clip)
        }
        results.append(("output", TensorSource(output)))
        results.append(("steps", TensorSource(integers: steps)))
      }
      try format.write(results, to: target)
      target.noteChange()
      let rows = results.map {
        [$0.name, $0.tensor.scalarType.name, $0.tensor.shape.description]
      }
      let title = "\(input) -> \(output) (\(try format.rawValue))".printable
      StandardStream.print(
        summary: ([title] + TextTable.lines(rows)).joined(separator: "\n") + "\n")
    }
  }

  /// Feeds the frames one by one; what only the end padding makes possible has the index after the
  /// last frame.
  private func step(_ plan: Plan, through clip: Tensor) throws(ModuleError) -> (Tensor, [Int]) {
    var stream = plan.makeStream()
    var frames: [[Float]] = []
    var steps: [Int] = []
    for time in 0..<clip.shape[2] {
      let made = try stream.forwardSteps(clip.frames(time..<time + 1))
      frames += (0..<made.shape[2]).map { made.frame($0).scalars }
      steps += [Int](repeating: time, count: made.shape[2])
    }
    if padEnd {
      let rest = try stream.forwardSteps(clip.frames(0..<0), padEnd: true)
      for time in 0..<rest.shape[2] {
        frames.append(rest.frame(time).scalars)
        steps.append(clip.shape[2])
      }
    }
    return (Tensor(frames: frames, of: plan.output.frame), steps)
  }

  /// Adds the file's name to what a network says.
  private func inModel<Result>(
    _ model: LoadedModel, _ body: () throws(ModuleError) -> Result
  ) throws(LoadError) -> Result {
    do throws(ModuleError) {
      return try body()
    } catch {
      throw .module(file: model.file, error)
    }
  }
}
