import Checkpoints
import Continual
import OrderedCollections
import PlainData
import TestSupport
import Testing
import Verification

@testable import TorchModels

/// One number of an architecture decides how much is computed.
///
/// Each number of each class is made large here, one at a time, in networks that are right but for that.
@Suite("Numbers of an architecture that are far too large")
struct ExtremeSizeTests {
  private static let numbers = [1 << 20, Int(Int32.max), 1 << 62]

  /// A value with a number in one place exchanged for a large one.
  private struct Variant {
    let place: String
    let value: PlainValue
  }

  /// All variants of a node, one for each number that its class takes, and for each part of a list.
  private static func variants(of value: PlainValue, with number: Int) -> [Variant] {
    switch value {
    case .list(let items):
      return items.indices.flatMap { index in
        variants(of: items[index], with: number).map { variant in
          var items = items
          items[index] = variant.value
          return Variant(place: "[\(index)]" + variant.place, value: .list(items))
        }
      }
    case .int: return [Variant(place: "", value: .int(number))]
    case .object(let members):
      var found = members.keys.flatMap { name in
        variants(of: members[name] ?? .null, with: number).map { ($0, name) }
      }
      if case .string(let type)? = members["type"], let definition = Catalog.standard[type] {
        for argument in definition.arguments where isNumeric(argument.kind) {
          found.append((Variant(place: "", value: .int(number)), argument.name))
          found.append((Variant(place: "[]", value: .list([.int(number)])), argument.name))
        }
      }
      return found.map { variant, name in
        var members = members
        members[name] = variant.value
        return Variant(place: "." + name + variant.place, value: .object(members))
      }
    default: return []
    }
  }

  private static func isNumeric(_ kind: LayerDefinition.Kind) -> Bool {
    switch kind {
    case .int, .number, .sizes, .optionalSizes, .integers, .value: true
    case .bool, .string, .choice: false
    }
  }

  /// Does what a command does with a network, in the same order; says whether it came to computing.
  private static func run(
    _ node: PlainValue, _ parameters: OrderedDictionary<String, Parameter>, _ layer: LayerCase
  ) -> Bool {
    let document = PlainValue.members(
      ("format", .string("coverify-architecture")), ("version", .int(1)), ("model", node))
    guard
      let description = try? ArchitectureReader.read(
        json: document.json(.compact).utf8, source: "case", origin: .file("case")
      ).model
    else { return false }
    let network = Network(description, of: KeyTable(parameters, match: .exact))
    let limits = Limits.standard
    guard network.misfits.isEmpty,
      let plan = try? Plan(
        network.module, frame: layer.frame, clipLength: layer.frames,
        budget: limits.planBytes(fileSize: 0) / MemoryLayout<Float>.size)
    else { return false }
    let work = plan.work(of: .verification, frames: layer.frames)
    guard work.seconds <= Double(limits.seconds(fileSize: 0)),
      work.bytes <= Double(limits.planBytes(fileSize: 0))
    else { return false }
    var random = SeededRandom(1)
    let clip = random.tensor(layer.frame.clip(frames: layer.frames))
    _ = try? plan.forward(clip)
    var stream = plan.makeStream()
    _ = try? stream.forwardSteps(clip, padEnd: true)
    return true
  }

  @Test(
    "are refused before anything is computed, or cost little, whichever class they stand in",
    .enabled(if: !TestRun.isQuick, "a quick run leaves them out"), arguments: LayerCase.all)
  func areBounded(_ layer: LayerCase) throws {
    let node = try PlainValue(json: layer.node.utf8)
    let parameters = try layer.parameters()
    #expect(ExtremeSizeTests.run(node, parameters, layer), "the case itself is refused")
    for number in ExtremeSizeTests.numbers {
      for variant in ExtremeSizeTests.variants(of: node, with: number) {
        let before = Usage.secondsOfThread
        _ = ExtremeSizeTests.run(variant.value, parameters, layer)
        let taken = Usage.secondsOfThread - before
        // A debug build takes many times as long as what users run, and a sanitizer many times that.
        let limit = Usage.sanitizer == nil ? 8.0 : 120
        #expect(taken < limit, "\(variant.place) = \(number) takes \(taken) s")
      }
    }
  }
}
