import Continual
import Tensors
import Testing
import TextLayout

@testable import Verification

@Suite("the pictures of a page")
struct HTMLPictureTests {
  private func report(
    _ network: any Module, frame: Shape = [1, 2], frames: Int = 12,
    profiles: [InputProfile] = [.normal]
  ) throws -> Report {
    var options = Verifier.Options()
    options.showsTiming = false
    options.profiles = profiles
    options.keepsPicture = true
    options.families = [.load, .layers, .modes]
    return try Verifier(Subject(network, frame: frame, clipLength: frames), options: options).run()
  }

  @Test("every fault has its page", arguments: Fault.allCases)
  func faults(_ fault: Fault) throws {
    let report = try FaultTests.report(fault) {
      $0.keepsPicture = true
      $0.showsTiming = false
    }
    let page = HTMLFormat().render(report)
    try WellFormed.check(page)
    #expect(page.contains("<h2>differs</h2>"))
    #expect(page.contains("id=\"m1-f1\""))
    #expect(page.utf8.count < 200_000)
  }

  @Test("a module that is wrong in steps is beyond its bound there, and only there")
  func stepsAlone() throws {
    let report = try FaultTests.report(.biasInSteps) { $0.keepsPicture = true }
    let picture = try #require(report.picture)
    let ratios = { (rows: [Picture.Row]) in
      Dictionary(uniqueKeysWithValues: rows.map { ($0.name, $0.cells.map(\.ratio).max() ?? 0) })
    }
    let (steps, clips) = (ratios(picture.steps), ratios(picture.clips))
    #expect(steps["1"] ?? 0 > 100)
    #expect(clips["1"] ?? 2 <= 1)
    #expect(["0", "2"].allSatisfy { steps[$0] ?? 2 <= 1 && clips[$0] ?? 2 <= 1 })
    // The same frames as the table of layers has.
    let row = try #require(report.layers.first { $0.path == "1" && $0.mode == .step })
    let worst = picture.steps.first { $0.name == "1" }?.cells.map(\.error).max() ?? 0
    #expect(worst >= row.maxAbs * 0.999)
    let trace = try #require(picture.traces.first { $0.module == "1" })
    #expect(trace.lines.map(\.source) == [.step, .clip, .definition])
    #expect(trace.place.channel == 1)
    // The worse map is shown first, and both without a script.
    let page = HTMLFormat().render(report)
    #expect(page.contains("id=\"m1-mode-steps\" checked=\"checked\"/>"))
    #expect(page.contains("<div class=\"heat clips\">"))
    #expect(page.contains("<path class=\"x3\""))
    #expect(page.contains("href=\"#m1-t1\""))
    // What is too small to be seen beside the values is drawn by itself, with its bound.
    #expect(page.contains("<path class=\"bound\""))
  }

  @Test("what passes is within its bound in every frame", arguments: [1, 2, 3])
  func clean(_ kernel: Int) throws {
    let weights = (0..<kernel).map { Float($0) - 0.7 }
    let network = Sequential(
      WindowModule(weights: weights, padding: kernel / 2), WindowModule(weights: weights))
    let report = try report(network, frame: [2, 3, 2], profiles: InputProfile.standard)
    #expect(report.verdict == .ok)
    let picture = try #require(report.picture)
    for row in picture.steps + picture.clips + picture.pairs {
      #expect(row.cells.allSatisfy { $0.ratio <= 1 && !$0.profile.isEmpty }, "\(row.name)")
      #expect(row.cells.count == row.frames)
    }
    #expect(picture.pairs.map(\.name) == ["clip/steps", "clip/step"])
  }

  @Test("many modules and frames are put together, which is said, and the page stays small")
  func many() throws {
    let window = WindowModule(weights: [0.5, 0.4], padding: 0)
    let network = Sequential((0..<450).map { NamedModule(String($0), window) })
    let report = try report(network, frame: [1, 1], frames: 1_000)
    let page = HTMLFormat().render(report)
    try WellFormed.check(page)
    #expect(page.contains("450 modules are put together, 2 a row: a cell is the worst of them."))
    #expect(page.contains("and 1 more</span>"))
    #expect(page.contains("A cell is the worst of 29 frames."))
    #expect(page.contains("The first output comes in step 450"))
    #expect(page.utf8.count < 1_500_000)
    #expect(report.picture?.steps.allSatisfy { $0.cells.count <= FrameError.mostCells } == true)
  }

  @Test("the worse of two frames is kept, and what is open is worse than what passes")
  func worse() {
    var cell = FrameError()
    cell.worsen(FrameError(error: 1, allowed: 4, profile: "a"))
    cell.worsen(FrameError(error: 1, allowed: 2, profile: "b"))
    cell.worsen(FrameError(error: 1, allowed: 3, profile: "c"))
    #expect(cell.profile == "b")
    cell.worsen(FrameError(error: 1, allowed: .nan, profile: "d"))
    #expect(cell.profile == "d" && cell.ratio.isNaN)
    cell.worsen(FrameError(error: 2, allowed: 1, profile: "e"))
    #expect(cell.profile == "e")
    cell.worsen(FrameError(error: .infinity, allowed: 0, profile: "f"))
    #expect(cell.ratio == .infinity)
  }

  @Test("groups are the containers whose nodes follow each other; functions between are inside")
  func groups() {
    let trees = GraphTree.all(["a.x", "a.y", "7", "a.z.1", "a.z.2", "b", "8"])
    #expect(trees.count == 3)
    guard case .group("a", "a", 0..<5, let inside) = trees[0] else {
      Issue.record("not a group of a: \(trees[0])")
      return
    }
    #expect(inside.count == 4)
    guard case .group("z", "a.z", 3..<5, _) = inside[3] else {
      Issue.record("not a group of a.z: \(inside[3])")
      return
    }
    #expect(trees.open(upTo: 100) == [0..<5, 3..<5])
    #expect(trees.open(upTo: 7) == [0..<5])
    #expect(trees.open(upTo: 6).isEmpty)
  }

  @Test("ticks are round, and in their range")
  func ticks() {
    #expect(Number.ticks(-1, 1) == [-1, -0.5, 0, 0.5, 1])
    #expect(Number.ticks(0, 7) == [0, 2, 4, 6])
    #expect(Number.ticks(3, 3) == [3])
    let large = Number.ticks(-1e308, 1e308)
    #expect(large.allSatisfy(\.isFinite) && !large.isEmpty)
  }

  @Test("an axis has round numbers", arguments: [(1, 1), (2, 2), (3, 5), (6, 10), (201, 500)])
  func round(_ least: Int, _ step: Int) {
    #expect(Number.roundStep(least: least) == step)
  }
}
