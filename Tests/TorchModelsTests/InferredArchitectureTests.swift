import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("An architecture from names and shapes")
struct InferredArchitectureTests {
  private func infer(
    _ shapes: OrderedDictionary<String, Shape>, paths: [String] = []
  ) throws(ArchitectureError) -> InferredArchitecture {
    try InferredArchitecture(shapes: shapes, modulePaths: paths, file: "model.pt")
  }

  @Test("a chain is put together, and everything that no tensor says is listed")
  func chain() throws {
    let inferred = try infer(
      [
        "0.weight": [8, 3, 3, 3, 3], "0.bias": [8], "1.weight": [8], "1.bias": [8],
        "1.running_mean": [8], "1.running_var": [8], "3.weight": [8, 1, 3, 1, 1],
        "5.weight": [10, 8], "5.bias": [10],
      ], paths: ["", "0", "1", "2", "3", "4", "5"])
    #expect(
      inferred.model.modules.map(\.type)
        == ["Conv3d", "BatchNorm3d", "Identity", "Conv3d", "Identity", "Linear"])
    #expect(inferred.model.modules[3].arguments["groups"] == .int(8))
    let listed = inferred.assumptions.joined(separator: "\n")
    #expect(listed.contains("stride 1, padding 0, dilation 1: 0, 3"))
    #expect(listed.contains("does nothing: 2, 4"))
    #expect(listed.contains("eps 1e-05: 1"))
  }

  @Test("numbers that are left out are listed where no metadata names them")
  func gaps() throws {
    let inferred = try infer(["0.weight": [4, 2, 3], "2.weight": [4, 4, 3]])
    #expect(inferred.assumptions.contains { $0.hasSuffix("does nothing: 1") })
  }

  /// Each of 2,000 modules once left out as many numbers as it could: gigabytes of places.
  @Test("gaps of any size are listed, each once")
  func largeGaps() throws {
    let last = String(Int.max)
    let inferred = try infer([
      "0.weight": [4, 2, 3], "7.weight": [4, 4, 3], last + ".weight": [4, 4, 3],
    ])
    #expect(
      inferred.assumptions.contains {
        $0.hasSuffix("does nothing: 1 to 6, 8 to 9223372036854775806")
      })
    let nested = (0..<2000).map { ("\($0).\(99_999 - $0).weight", [4, 4, 3] as Shape) }
    let many = try infer(OrderedDictionary(uniqueKeysWithValues: nested))
    #expect(
      many.assumptions.contains { $0.contains("does nothing: ") && $0.hasSuffix("1996 more") })
  }

  @Test("recurrent layers are told apart by their number of gates")
  func recurrent() throws {
    let inferred = try infer([
      "rnn.weight_ih_l0": [5, 3], "rnn.weight_hh_l0": [5, 5], "gru.weight_ih_l0": [15, 5],
      "gru.weight_hh_l0": [15, 5], "lstm.weight_ih_l0": [20, 5], "lstm.weight_hh_l0": [20, 2],
      "lstm.weight_hr_l0": [2, 5],
    ])
    #expect(inferred.model.modules.map(\.type) == ["RNN", "GRU", "LSTM"])
  }

  @Test("modules that make no chain are refused with the way to an architecture file")
  func noChain() throws {
    do throws(ArchitectureError) {
      _ = try infer(["a.weight": [4, 2, 3], "b.weight": [4, 9, 3]])
      Issue.record("an impossible chain was put together")
    } catch {
      #expect(error.description.contains("b: no architecture was found"))
      #expect(error.description.contains("it takes 9 channels and a before it makes 4"))
      #expect(error.description.contains("NAME.arch.json"))
    }
  }
}
