import Continual
import OrderedCollections
import PlainData
import Tensors
import Testing

@testable import TorchModels

@Suite("Arguments that no network has")
struct ExtremeArgumentTests {
  private static let tensors: OrderedDictionary<String, Shape> = [
    "weight": [4, 3, 3], "bias": [4], "weight_ih_l0": [16, 3], "weight_hh_l0": [16, 4],
    "bias_ih_l0": [16], "bias_hh_l0": [16], "in_proj_weight": [12, 4], "in_proj_bias": [12],
    "out_proj.weight": [4, 4], "out_proj.bias": [4],
  ]

  private static let extremes: [PlainValue] =
    [.max, .min, 1 << 30, -1, 0].map { .int($0) }
    + [.list([.int(.max), .int(.max)]), .list([.int(1 << 30)]), .double(1e300), .bool(true)]

  private static let parameters = OrderedDictionary(
    uniqueKeysWithValues: tensors.map { name, shape in
      (
        name,
        Parameter(name: name, shape: shape) { Tensor(shape, repeating: 1) }
      )
    })

  /// Reads a module, and lays it out where that works.
  private func read(_ type: String, _ arguments: OrderedDictionary<String, PlainValue>) {
    let table = KeyTable(ExtremeArgumentTests.parameters, match: .exact)
    let description = ModuleDescription(type: type, arguments: arguments, place: type)
    let network = Network(description, of: table)
    guard network.problems.isEmpty else { return }
    for frame in [[1, 3], [2, 3, 5], [1, 3, 5, 4]] as [Shape] {
      guard let plan = try? Plan(network.module, frame: frame) else { continue }
      #expect(plan.stateByteCount >= 0)
    }
  }

  @Test(
    "take no long time and no memory, each alone and each with a flag",
    arguments: Catalog.standard.types)
  func areRefusedOrRead(type: String) throws {
    let names = try #require(Catalog.standard[type]).arguments.map(\.name)
    let clock = ContinuousClock()
    let time = clock.measure {
      for name in names {
        for value in ExtremeArgumentTests.extremes {
          read(type, [name: value])
          for other in names where other != name { read(type, [name: value, other: .bool(true)]) }
        }
      }
    }
    #expect(time < .seconds(20))
  }
}
