import ArgumentParser
import Checkpoints
import Foundation
import Tensors
import TorchModels

/// `coverify convert`: the same weights in another file.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes the weights of a checkpoint to another file, compared bit for bit.",
    discussion: """
      Weights keep their names, order, types and bits; an architecture in the file, a clip and what
      PyTorch computed of it are taken along. Everything else (optimizers, counters, settings) is
      left out, and listed.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case human
    case json
  }

  /// What weights can be cast to.
  enum CastType: String, ExpressibleByArgument, CaseIterable {
    case float16
    case bfloat16
    case float32
    case float64

    var scalarType: ScalarType? { ScalarType(rawValue: rawValue) }
  }

  @Argument(help: "A checkpoint: .pt, .pth, .ckpt, .safetensors, …; told by content.")
  var input: String

  @Argument(help: "Where to write: .safetensors, or .pt, .pth, .ckpt, .bin for torch.load.")
  var output: String

  @Flag(help: "Replace a file that is there.")
  var force = false

  @Flag(help: "Leave out the architecture, and what PyTorch computed.")
  var weightsOnly = false

  @Option(help: "The key that holds the weights, as in model.ema; by default it is looked for.")
  var root: String?

  @Option(help: "Cast floating-point weights: float16, bfloat16, float32 or float64.")
  var dtype: CastType?

  @Option(help: "human or json.")
  var format: Format = .human

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    _ = try kind
  }

  /// The format of the output, told by its name.
  private var kind: Conversion.Format {
    get throws {
      switch URL(filePath: output).pathExtension.lowercased() {
      case "safetensors": return .safetensors
      case "pt", "pth", "ckpt", "bin": return .torch
      default:
        throw ValidationError("OUT must end in .safetensors, .pt, .pth, .ckpt or .bin: \(output)")
      }
    }
  }

  func run() throws {
    Trouble.turnFileSizeLimitIntoError()
    try Trouble.guarding {
      let target = try OutputPath(output, input: input, force: force)
      let checkpoint = try Checkpoint(contentsOf: input, limits: limits.limits)
      let contents = try NetworkContents(checkpoint, root: root)
      var conversion = try Conversion(
        of: contents, in: checkpoint.name, to: try kind, castTo: dtype?.scalarType,
        weightsOnly: weightsOnly)
      let changes = try conversion.castChanges()
      let notes = try conversion.write(to: target.path)
      let screen = ConversionScreen(
        input: input, output: output, checkpoint: checkpoint, contents: contents,
        conversion: conversion, changes: changes, notes: contents.notes + conversion.notes + notes)
      switch format {
      case .human: print(screen.human)
      case .json: print(screen.json)
      }
    }
  }
}
