import ArgumentParser
import Foundation
import TestSupport

/// Reads changed copies of checkpoints; `scripts/fuzz` runs it and says which number did harm.
#if !GUIDED
@main
#endif
struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads changed copies of checkpoints, each made from a number.")

  @Option(help: "The number of the first.")
  var first: UInt64 = 0

  @Option(help: "How many.")
  var count: UInt64 = 1

  @Option(help: "The folder with the fixtures.")
  var fixtures: String

  @Option(help: "A folder for files that are read as files, and for the number that is under way.")
  var folder: String

  @Option(help: "Write the changed copy to this file instead of reading it.")
  var write: String?

  @Flag(help: "Instead of changed copies, small files that ask for much.")
  var growing = false

  @Option(help: "Seconds of processor time that one may take.")
  var seconds = 2.0

  @Option(help: "Megabytes that the program may take.")
  var megabytes = 512

  func run() throws {
    let seeds = try Seed.all(fixtures: URL(filePath: fixtures))
    if let write {
      let mutant = growing ? Mutant(growing: first) : Mutant(first, of: seeds)
      try Data(mutant.bytes).write(to: URL(filePath: write))
      if let architecture = mutant.architecture {
        let beside = URL(filePath: write).deletingPathExtension().path + ".arch.json"
        try Data(architecture).write(to: URL(filePath: beside))
      }
      print("\(first): a change of \(mutant.seed.name)")
      return
    }
    let folder = URL(filePath: folder)
    let progress = folder.appending(path: "progress").path
    _ = FileManager.default.createFile(atPath: progress, contents: nil)
    let file = try FileHandle(forWritingTo: URL(filePath: progress))
    let exercise = Exercise(folder: folder)
    var outcomes: [Exercise.Outcome: Int] = [:]
    var before = Usage()
    var isHarmless = true
    for number in first..<first + count {
      // Whoever watches reads here which number ended the program, or did not end.
      try file.seek(toOffset: 0)
      try file.write(contentsOf: Data(String(number).utf8))
      let mutant = growing ? Mutant(growing: number) : Mutant(number, of: seeds)
      outcomes[try exercise.run(Input(mutant)), default: 0] += 1
      let after = Usage()
      let taken = after.since(before).seconds
      if taken > seconds {
        print("\(number): took \(taken) s (\(mutant.seed.name))")
        isHarmless = false
      }
      if after.peakMegabytes > megabytes, after.peakMegabytes > before.peakMegabytes {
        print("\(number): took \(after.peakMegabytes) MB (\(mutant.seed.name))")
        isHarmless = false
      }
      before = after
    }
    for outcome in Exercise.Outcome.allCases {
      print("\(outcome.rawValue) \(outcomes[outcome, default: 0])")
    }
    print("peak \(before.peakMegabytes) MB")
    if !isHarmless { throw ExitCode(1) }
  }
}
