import Foundation
import PlainData
import TestSupport
import Testing

@Suite("Timing networks")
struct BenchCommandTests {
  @Test("each mode and each module has its time, as the schema says, and is verified")
  func times() throws {
    let run = try Program.run([
      "bench", "readme/mbconv.pt", "--seconds", "0.05", "--batch", "3", "--frames", "11",
      "--format", "json",
    ])
    #expect(run.status == 0, "\(run.standardError)")
    let report = try PlainValue(json: run.standardOutput.utf8)
    let schema = try #require(OutputSchema(of: run.standardOutput))
    #expect(try schema.misfits(of: run.standardOutput) == [])
    #expect(report["clip"] == .integers([3, 32, 11, 5, 3]))
    #expect(report["verdict"] == .string("same"))
    #expect(report["delay"] == .int(1))
    #expect(report["window_frames"] == .int(3))
    // Three convolutions with their sums, and one operation pair for each element of the other modules.
    let columns = 3 * 5 * 3
    let products = columns * (64 * 32 + 64 * 27 + 32 * 64)
    guard case .int(let operations) = report["operations"] else {
      Issue.record("no operations")
      return
    }
    #expect((2 * products..<2 * products + 200 * columns * 10).contains(operations))
    let step = try #require(Self.median(report, "step"))
    let clip = try #require(Self.median(report, "clip"))
    #expect(step > 0 && clip > step)
    guard case .list(let layers) = report["layers"] else {
      Issue.record("no layers")
      return
    }
    #expect(layers.count == 8)
    #expect(layers.contains { $0["path"] == .string("1.3") && $0["class"] == .string("Conv3d") })
  }

  @Test("a page tells latency and speed-up; a rate of frames gives milliseconds")
  func page() throws {
    let run = try Program.run([
      "bench", "readme/mbconv.pt", "--seconds", "0.02", "--frame-rate", "25",
    ])
    #expect(run.status == 0)
    #expect(run.standardOutput.hasPrefix("readme/mbconv.pt, clip (1, 32, 9, 5, 3)\n"))
    for part in [
      "latency    1 frame and ", " at 25 frames/s\n", "speed-up ", "state      28.2 KiB",
    ] {
      #expect(run.standardOutput.contains(part), "\(part): \(run.standardOutput)")
    }
  }

  @Test("what is slower than before by more than is allowed fails, and nothing else does")
  func baseline() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("before.json")
    func bench(_ options: String...) throws -> Program {
      try Program.run(
        ["bench", "readme/mbconv.pt", "--seconds", "0.05", "--format", "json"] + options)
    }
    let before = try bench().standardOutput
    try before.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try bench("--baseline", path, "--fail-slower", "900%").status == 0)
    // As if the loop had taken a hundred times as long, and so all else the hundredth part.
    let document = try PlainValue(json: before.utf8)
    let loop = try #require(Self.median(document, "calibration"))
    let text = try #require(before.firstMatch(of: /"calibration": \{\s*"median": ([-0-9.e]+)/))
    let slow = before.replacingCharacters(
      in: text.range, with: "\"calibration\": {\"median\": \(loop * 100)")
    try slow.write(toFile: path, atomically: true, encoding: .utf8)
    let run = try bench("--baseline", path, "--fail-slower", "900%")
    #expect(run.status == 1)
    #expect(run.standardError.contains("error: step takes "))
    #expect(try bench("--baseline", path).status == 0, "without a limit nothing fails")
    #expect(try bench("--fail-slower", "10%").status == 64)
    let shared = try bench("--baseline", path, "--threads", "2")
    #expect(shared.status == 2)
    #expect(
      shared.standardError.contains("was timed with --threads 1, by which times are compared"))
    #expect(try bench("--threads", "2").standardOutput.contains("\"threads\": 2"))
    #expect(try bench("--threads", "0").status == 64)
    let other = try bench("--baseline", "readme/mbconv.arch.json")
    #expect(other.status == 2)
    #expect(other.standardError.contains("is no report on times"))
  }

  @Test("a network whose modes differ is timed, and is not a success")
  func differs() throws {
    let run = try Program.run([
      "bench", "written/written-undelayed.pt", "--seconds", "0.02", "--format", "json",
    ])
    #expect(run.status == 1)
    #expect(run.standardError.contains("CV202"))
  }

  /// The median of a mode.
  private static func median(_ report: PlainValue, _ mode: String) -> Double? {
    switch report["times"]?[mode]?["median"] {
    case .double(let seconds): seconds
    case .int(let seconds): Double(seconds)
    default: nil
    }
  }
}
