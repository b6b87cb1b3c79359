import ArgumentParser
import Checkpoints
import Foundation
import TorchModels

/// `coverify draft`: an architecture file to complete.
struct Draft: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints an architecture file to complete: \"?\" where the checkpoint does not say.")

  @Argument(help: "A checkpoint without an architecture.")
  var model: FilePath

  @Option(name: .shortAndLong, help: "Where to write the architecture; by default it is printed.")
  var output: FilePath?

  @OptionGroup var outputs: OutputOptions

  @OptionGroup var axes: LayoutOptions

  @OptionGroup var limits: LimitOptions

  func run() throws {
    try end {
      let target = try outputs.check([output].compactMap(\.self), inputs: [model]).first
      let text = try ArchitectureDraft.text(
        of: model, limits: limits.values, layout: axes.layout)
      if let target {
        try AtomicFile.write(Data(text.utf8), to: target)
        target.noteChange()
      } else {
        try StandardStream.print(result: text)
      }
      return .same
    }
  }
}
