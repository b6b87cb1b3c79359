import ArgumentParser
import CheckpointTools
import Checkpoints
import Continual
import Foundation
import PlainData
import Tensors
import TorchModels
import Verification

/// `coverify convert`: the same weights in another file.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the weights of a checkpoint to another file, compared bit for bit.",
    discussion: """
      Weights keep their names, order, types and bits; an architecture in the file, a clip and what \
      PyTorch computed of it are taken along. Everything else (optimizers, counters, settings) is \
      left out, and listed.
      """)

  /// How tensors can be called.
  enum Keys: String, ExpressibleByArgument, CaseIterable {
    case co
    case torch
    case flattened

    var layout: KeyLayout? { KeyLayout(rawValue: rawValue) }
  }

  /// What weights can be cast to.
  enum CastType: String, ExpressibleByArgument, CaseIterable {
    case float16
    case bfloat16
    case float32
    case float64

    var scalarType: ScalarType? { ScalarType(rawValue: rawValue) }
  }

  @Argument(help: "A checkpoint or exported program: .pt, .pt2, .safetensors, …; told by content.")
  var input: FilePath

  @Argument(help: "Where to write: .safetensors, or .pt, .pth, .ckpt, .bin for torch.load.")
  var output: FilePath

  @OptionGroup var outputs: OutputOptions

  @Flag(help: "Leave out the architecture, and what PyTorch computed.")
  var weightsOnly = false

  @Option(help: "The key that holds the weights, as in model.ema; by default it is looked for.")
  var root: String?

  @Option(help: "Cast floating-point weights: float16, bfloat16, float32 or float64.")
  var dtype: CastType?

  @Option(
    help: "Rename to the keys of co (continual, version 1), torch (torch.nn) or flattened.")
  var keys: Keys?

  @Flag(help: "Make each BatchNorm a part of the layer in front of it, and check that.")
  var foldBatchNorm = false

  @OptionGroup var network: NetworkOptions

  @OptionGroup var format: FormatOptions

  func validate() throws {
    _ = try kind
    if foldBatchNorm, dtype != nil {
      throw ValidationError("--fold-batch-norm and --dtype both round; use one after the other.")
    }
  }

  /// The format of the output, told by its name.
  private var kind: Conversion.Format {
    get throws {
      switch TensorFile.Format(fileExtension: output.pathExtension) {
      case .safetensors: return .safetensors
      case .torch: return .torch
      default:
        throw ValidationError("OUT must end in .safetensors, .pt, .pth, .ckpt or .bin: \(output)")
      }
    }
  }

  func run() throws {
    try end {
      let target = try outputs.check([output], inputs: network.inputs(with: input))[0]
      let file = try NetworkFile(
        contentsOf: input, root: root, limits: network.limits.values, layout: network.axes.layout)
      let checkpoint = file.checkpoint
      let model = try loadedModel(file)
      let contents = try NetworkContents(file, network: model)
      let rewriting = try model.map { try CheckedRewriting($0, contents) }
      let rewrite = try rewriting?.apply(keys: keys?.layout, foldBatchNorm: foldBatchNorm)
      var conversion = try Conversion(
        of: contents, in: checkpoint.name, to: try kind, castTo: dtype?.scalarType,
        weightsOnly: weightsOnly, rewrite: rewrite)
      if foldBatchNorm { conversion.leaveOutReference(because: "folding rounds the weights anew") }
      let changes = try conversion.castChanges()
      let notes = try conversion.write(to: target)
      let screen = ConversionScreen(
        input: input, checkpoint: checkpoint, output: target, conversion: conversion,
        changes: changes, dropped: contents.others,
        notes: contents.notes + conversion.notes + notes)
      target.noteChange()
      StandardStream.print(summary: format.text(screen))
      return .same
    }
  }

  /// The network, where the conversion needs to know more of it than its tensors.
  private func loadedModel(_ file: NetworkFile) throws -> LoadedModel? {
    guard foldBatchNorm || keys != nil || network.architecture != nil else { return nil }
    let model = try LoadedModel(file, architecture: network.architecture)
    if case .inferred = model.architecture.source {
      throw CommandError.noArchitecture(input)
    }
    return model
  }
}
