import ArgumentParser
import CheckpointTools
import Checkpoints
import Tensors
import TorchModels
import Verification

/// `coverify run`: the loaded network as a native runtime.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Computes the output of a network for a clip, in one of the three modes.")

  @OptionGroup var options: ModelOptions

  @Option(help: "The clip (B, C, T, …): .safetensors, .npy, .npz or .pt.")
  var input: FilePath

  @Option(help: "forward (the clip at once), forward-steps (a chunk) or forward-step (each frame).")
  var mode: RunMode = .forward

  @Option(help: "The frames of a chunk of forward-steps; by default the clip is one.")
  var chunk: Int?

  @Flag(help: "The clip ends here: also yield what needs the padding behind it.")
  var padEnd = false

  @Flag(
    help: ArgumentHelp(
      "Match the frames of branches by their index.",
      discussion: """
        Where a network of continual leaves delays to whoever wrote it, forward-step joins what comes in \
        the same step, as that library does; this tells what correct delays would give.
        """))
  var aligned = false

  @Option(
    help: ArgumentHelp(
      "Where to write the tensor \"output\": .safetensors, .npy, .npz or .pt.",
      discussion: """
        Of an exported program with several outputs the others are "output_1", "output_2", …. \
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
    if let chunk, mode != .forwardSteps || chunk < 1 {
      throw ValidationError("--chunk is a number of frames from 1 on, of --mode forward-steps.")
    }
    if aligned, mode != .forwardStep {
      throw ValidationError("--aligned belongs to --mode forward-step; the other modes always are.")
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
    try end {
      let target = try outputs.check([output], inputs: options.inputs + [input])[0]
      let model = try options.loading.load(options.model, notes: .shown)
      let file = try options.loading.clip(in: input, for: model, notes: .shown)
      let clip = file.clip
      let plan = try model.plan(for: clip.shape).plan
      try model.checkWork(of: plan, frames: clip.shape[2], kind: .run, clipBytes: file.byteCount)
      let result = try model.run(
        clip, by: plan, mode: mode, padEnd: padEnd, isAligned: aligned,
        chunk: chunk)
      let made =
        model.axisOrder?.outputs(result.tensor, isClip: mode == .forward) ?? [(0, result.tensor)]
      var results = made.map { number, output in
        (name: number == 0 ? "output" : "output_\(number)", tensor: TensorSource(output))
      }
      if let steps = result.steps { results.append(("steps", TensorSource(integers: steps))) }
      let format = try format
      guard format != .npy || results.count == 1 else {
        throw CommandError.severalOutputs(made.count, self.output)
      }
      try format.write(results, to: target)
      target.noteChange()
      let screen = RunScreen(input: input, output: self.output, format: format, results: results)
      StandardStream.print(summary: screen.human + "\n")
      return .same
    }
  }
}

extension RunMode: ExpressibleByArgument {}
