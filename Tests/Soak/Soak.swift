import ArgumentParser
import CMachine
import Continual
import Tensors
import TestSupport
import TorchModels

/// Steps a network for long, and in many streams at once; `scripts/soak` runs it.
///
/// Time and memory have to stay as they are, and so do the numbers.
@main
struct Soak: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Steps a network for long, and in many streams at once.")

  @Argument(help: "A checkpoint.")
  var file: String

  @Option(help: "The number of steps, first of one stream, then of all streams together.")
  var steps = 1_000_000

  @Option(help: "The number of streams that run at once, each in a task.")
  var streams = 1000

  @Option(help: "Kilobytes by which the memory in use may rise after the first tenth of each part.")
  var kilobytes = 512

  func run() async throws {
    let model = try LoadedModel(contentsOf: file)
    let plan = try model.plan(batch: 1).plan
    print("\(file): input \(plan.inputFrame), \(plan.stateByteCount) bytes of state a stream")
    let course = try Course(plan)
    var isFlat = try await stepOneStream(course)
    isFlat = try await stepManyStreams(course) && isFlat
    guard isFlat else { throw ExitCode(1) }
    print("memory is flat")
  }

  /// One stream, in ten parts.
  private func stepOneStream(_ course: Course) async throws -> Bool {
    print("one stream")
    var stream = course.plan.makeStream()
    return try await measure { part in
      for step in steps * part / 10..<steps * (part + 1) / 10 {
        try course.check(try stream.forwardStep(course.frame(step)), at: step)
      }
    }
  }

  /// A stream in each task, all from the beginning, in ten rounds.
  private func stepManyStreams(_ course: Course) async throws -> Bool {
    print("\(streams) streams in tasks")
    let each = max(steps / 10 / streams, 1)
    return try await measure { _ in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<streams {
          group.addTask {
            var stream = course.plan.makeStream()
            for step in 0..<each {
              try course.check(try stream.forwardStep(course.frame(step)), at: step)
              // So that the streams take turns on however few processors.
              if step % 16 == 0 { await Task.yield() }
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  /// Runs ten parts and prints what each took; false where memory rose after the first.
  ///
  /// What counts is the memory in use after a part. The most at any time is printed beside it: that
  /// depends on how many tasks happen to be under way at once.
  private func measure(_ part: (Int) async throws -> Void) async throws -> Bool {
    var first: Int?
    var last = 0
    for index in 0..<10 {
      let before = Usage()
      try await part(index)
      let after = Usage()
      last = machine_bytes_in_use() >> 10
      first = first ?? last
      let seconds = (after.since(before).seconds * 1000).rounded() / 1000
      print(
        "  \((index + 1) * 10) %: \(seconds) s of processor time, \(last) kB in use, "
          + "at most \(after.peakMegabytes) MB")
    }
    let risen = last - (first ?? last)
    if risen > kilobytes { print("  memory in use rose by \(risen) kB after the first part") }
    return risen <= kilobytes
  }
}
