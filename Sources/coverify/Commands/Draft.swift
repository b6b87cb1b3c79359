import ArgumentParser
import Foundation
import TorchModels

/// `coverify draft`: an architecture file to complete.
struct Draft: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints an architecture file to complete: \"?\" where the checkpoint does not say.")

  @Argument(help: "A checkpoint without an architecture.")
  var model: String

  @OptionGroup var limits: LimitOptions

  func run() throws {
    try Trouble.guarding {
      try StandardStream.print(
        result: try ArchitectureDraft.text(of: model, limits: limits.limits))
    }
  }
}
