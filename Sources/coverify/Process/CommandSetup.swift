import ArgumentParser
import CheckpointTools
import Checkpoints
import Foundation
import OrderedCollections
import Synchronization
import Verification

/// What a call gets from `coverify.toml` besides its arguments.
struct CommandSetup {
  /// What the file says; nil where there is none.
  let configuration: Configuration?

  /// The arguments with the options of the file in front of those that the user gave, so that these win.
  let arguments: [String]

  /// That of this call.
  static let current = Mutex<Configuration?>(nil)

  /// The commands whose options a file may have.
  static let commands = ["verify", "check", "record"]

  /// Looks for the file and puts its options in place.
  ///
  /// - Throws: ``ConfigurationError`` for a file that cannot be read, or is none.
  init(_ given: [String]) throws {
    let names = Coverify.commandNames
    let first = given.firstIndex { !$0.hasPrefix("-") }
    let command = first.flatMap { names.contains(given[$0]) ? given[$0] : nil } ?? "verify"
    guard CommandSetup.commands.contains(command), !given.contains("--no-config"),
      let path = CommandSetup.path(in: given)
        ?? Configuration.nearest(to: FileManager.default.currentDirectoryPath)
    else {
      (configuration, arguments) = (nil, given)
      return
    }
    let configuration = try Configuration(contentsOf: path, commands: CommandSetup.commands)
    self.configuration = configuration
    var options = configuration.options[command] ?? []
    // Formats of the user's are instead of those of the file, and not besides them.
    if given.contains(where: { $0 == "--format" || $0.hasPrefix("--format=") }) {
      options.removeAll { $0.hasPrefix("--format=") }
    }
    let isNamed = first.map { names.contains(given[$0]) } ?? false
    let start = isNamed ? (first ?? 0) + 1 : 0
    arguments = given[..<start] + options + given[start...]
  }

  /// The file that the arguments name.
  private static func path(in arguments: [String]) -> FilePath? {
    for (index, argument) in arguments.enumerated() {
      if argument == "--config", index + 1 < arguments.count {
        return FilePath(argument: arguments[index + 1])
      }
      if argument.hasPrefix("--config=") {
        return FilePath(argument: String(argument.dropFirst("--config=".count)))
      }
    }
    return nil
  }
}

extension Coverify {
  /// The names of the commands.
  static var commandNames: [String] {
    configuration.subcommands.map { $0._commandName }
  }
}
