import Continual
import Tensors
import Testing
import TorchModels

/// The networks that PyTorch saved, run here and compared with PyTorch's numbers in float64.
@Suite("Fixtures made by PyTorch")
struct FixtureNumberTests {
  @Test("the manifest lists networks and bad inputs")
  func manifest() throws {
    let manifest = try Manifest.read()
    #expect(manifest.fixtures.count > 50)
    #expect(manifest.bad.count > 20)
  }

  private struct Loaded {
    let plan: Plan
    let clip: Tensor
    let reference: LoadedModel.Reference
  }

  private func load(_ fixture: Fixture) throws -> Loaded {
    let model = try LoadedModel(contentsOf: fixture.path)
    let reference = try #require(model.reference, "no reference in \(fixture.name)")
    let clip = try #require(reference.input)
    return Loaded(plan: try model.plan(for: clip.shape).plan, clip: clip, reference: reference)
  }

  @Test("forward is PyTorch's", arguments: Fixture.all)
  func forward(_ fixture: Fixture) throws {
    let loaded = try load(fixture)
    guard let expected = loaded.reference.forward else { return }
    expectClose(try loaded.plan.forward(loaded.clip), expected)
  }

  @Test("the steps are PyTorch's, and come when PyTorch's come", arguments: Fixture.all)
  func steps(_ fixture: Fixture) throws {
    let loaded = try load(fixture)
    guard let expected = loaded.reference.steps, let index = loaded.reference.stepsIndex else {
      return
    }
    guard loaded.plan.misalignments.isEmpty else {
      // The library's own steps join what comes in the same step.
      let written = loaded.plan.steppedAsWritten(through: loaded.clip)
      #expect(written.steps == index)
      return expectClose(written.output, expected)
    }
    var stream = loaded.plan.makeStream()
    var frames: [[Float]] = []
    var found: [Int] = []
    for time in 0..<loaded.clip.shape[2] {
      guard let output = try stream.forwardStep(loaded.clip.frame(time)) else { continue }
      // Where a step can yield several frames, they are a clip.
      let isFrame = output.shape == loaded.plan.output.frame
      let due = isFrame ? [output] : (0..<output.shape[2]).map { output.frame($0) }
      frames += due.map(\.scalars)
      found += due.map { _ in time }
    }
    #expect(found == index)
    if found == index {
      expectClose(Tensor(frames: frames, of: loaded.plan.output.frame), expected)
    }
  }

  @Test("a chunk with end padding is the clip", arguments: Fixture.all.filter(\.modesAgree))
  func endPadding(_ fixture: Fixture) throws {
    let loaded = try load(fixture)
    guard let expected = loaded.reference.forward else { return }
    var stream = loaded.plan.makeStream()
    expectClose(try stream.forwardSteps(loaded.clip, padEnd: true), expected)
  }

  /// Each element within 1e-5 of the root mean square of what is expected.
  ///
  /// A classifier of whole clips has no time in PyTorch, and here a time of one frame.
  private func expectClose(
    _ output: Tensor, _ expected: Tensor64, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let isTimeless = output.shape.axes == expected.shape.axes + [1]
    let found = isTimeless ? Tensor(expected.shape, output.scalars) : output
    #expect(found.shape == expected.shape, sourceLocation: sourceLocation)
    guard found.shape == expected.shape, found.shape.count > 0 else { return }
    var squares = 0.0
    for value in expected.scalars { squares += value * value }
    let allowed = 1e-5 * (squares / Double(expected.shape.count)).squareRoot() + 1e-30
    var worst = (error: 0.0, element: 0)
    for (element, (mine, theirs)) in zip(found.scalars, expected.scalars).enumerated() {
      let error = abs(Double(mine) - theirs)
      // A NaN is never smaller.
      if !(error <= worst.error) { worst = (error, element) }
    }
    #expect(
      worst.error <= allowed,
      """
      at \(found.shape.place(ofElement: worst.element)) \
      found \(found.scalars[worst.element]), expected \(expected.scalars[worst.element])
      """, sourceLocation: sourceLocation)
  }
}
