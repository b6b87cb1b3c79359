import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite("Refused pickles")
struct PickleRefusalTests {
  private static func refusal(
    _ requirement: String, _ words: String, _ pickle: [UInt8],
    _ code: CheckpointError.Code = .malformed
  ) -> Refusal {
    Refusal(requirement, code, words, archive(pickle))
  }

  private static let one = Pickle.int(1)

  static let machine: [Refusal] = [
    refusal("a pickle ends with STOP", "(BININT1)", Pickle.start() + [0x4B], .truncated),
    refusal("nothing follows STOP", "3 bytes follow", Pickle.whole(one) + [1, 2, 3]),
    refusal("STOP leaves one value", "leaves 2 values", Pickle.start() + one + one + Pickle.stop),
    refusal("STOP leaves no open mark", "1 open marks", Pickle.mark + one + Pickle.stop),
    refusal("STOP finds a value", "leaves 0 values", Pickle.stop),
    refusal("the protocol is known", "protocol 6", [0x80, 6] + one + Pickle.stop, .unsupported),
    refusal(
      "the protocol comes first", "in the beginning", one + [0x80, 2] + Pickle.stop, .unsupported),
    refusal("instructions exist", "0xff", [0xFF]),
    refusal(
      "nothing is taken from below a mark", "1 are on the stack",
      one + Pickle.mark + one + [0x86] + Pickle.stop),
    refusal("a mark is there when it is needed", "no mark", one + [0x74] + Pickle.stop),
    refusal("what is recalled was stored", "number 7", Pickle.get(7) + Pickle.stop),
    refusal("what is stored is there", "nothing on the stack", Pickle.put(0)),
    refusal("texts are UTF-8", "not UTF-8", Pickle.whole(Pickle.text(bytes: [0xFF]))),
    refusal(
      "texts have no surrogates", "not UTF-8",
      Pickle.whole(Pickle.text(bytes: [0xED, 0xA0, 0x80]))),
    refusal(
      "a text is no longer than the pickle", "are left", [0x58, 255, 255, 255, 255, 65],
      .truncated),
    refusal("lengths are not negative", "length -1", [0x8B, 255, 255, 255, 255]),
    refusal(
      "integers are not megabytes", "5000 bytes",
      [0x8B] + little(5000, 4) + [UInt8](repeating: 1, count: 5000) + Pickle.stop, .limit),
    refusal(
      "numbers on a line are not megabytes", "longer than",
      Array("L".utf8) + [UInt8](repeating: 0x39, count: 5000) + [10], .limit),
    refusal("integers are numbers", "\"x\"", Array("Ix\n.".utf8)),
    refusal("floats are numbers", "\"x\"", Array("Fx\n.".utf8)),
    refusal("escapes exist", "escape", Array("S'\\q'\n.".utf8)),
    refusal(
      "a frame is no longer than the pickle", "(FRAME)",
      [0x80, 4, 0x95] + little(100, 8) + one + Pickle.stop, .truncated),
    refusal(
      "no instruction crosses the end of its frame", "end of its frame",
      [0x80, 4, 0x95] + little(1, 8) + one + Pickle.stop),
    refusal(
      "frames do not nest", "within a frame",
      [0x80, 4, 0x95] + little(11, 8) + [0x95] + little(1, 8) + one + Pickle.stop),
    refusal("items are set on dicts", "not a dict", Pickle.emptyList + one + one + Pickle.setItem),
    refusal(
      "items come in pairs", "without a value",
      Pickle.emptyDict + Pickle.mark + one + [0x75]),
    refusal("elements are appended to lists", "not a list", Pickle.emptyDict + one + Pickle.append),
    refusal(
      "elements are added to sets", "not a set",
      Pickle.emptyList + Pickle.mark + one + [0x90]),
    refusal("states belong to objects", "has none", one + one + Pickle.build),
    refusal(
      "names are called", "not a class or function",
      Pickle.text("f") + Pickle.emptyTuple + Pickle.reduce),
    refusal(
      "arguments are a tuple", "tuple of arguments",
      Pickle.global("m", "f") + Pickle.emptyList + Pickle.reduce),
    refusal("names are texts", "no two texts", one + one + [0x93]),
    refusal("the extension registry is not used", "never found", one + [0x82, 1], .unsupported),
    refusal(
      "marks are not endless", "others are open", [UInt8](repeating: 0x28, count: 100_001), .limit),
    refusal(
      "memory is bounded by the number of values", "more than 524288 values",
      [UInt8](repeating: 0, count: 0)
        + (0...524_288).flatMap { [0x4E, 0x72] + little($0, 4) } + Pickle.stop, .limit),
  ]

  @Test("a pickle that the machine cannot follow is refused where that shows", arguments: machine)
  func refusesMachine(_ refusal: Refusal) { refusal.check() }

  /// `((((…), …), …)`: each is a pair of the one before, twice.
  private static func doubled(_ count: Int, of value: [UInt8] = one) -> [UInt8] {
    value + [UInt8]((0..<count).flatMap { _ in [0x32, 0x86] as [UInt8] }) + Pickle.stop
  }

  static let graphs: [Refusal] = [
    refusal(
      "no list holds itself", "holds itself",
      Pickle.emptyList + Pickle.put(0) + Pickle.get(0) + Pickle.append + Pickle.stop),
    refusal(
      "no dict holds itself", "holds itself",
      Pickle.emptyDict + Pickle.put(0) + Pickle.text("a") + Pickle.get(0) + Pickle.setItem
        + Pickle.stop),
    refusal("sharing does not multiply values", "when written out", doubled(60), .limit),
    refusal(
      "sharing does not multiply tensors", "repeated too often",
      doubled(16, of: Pickle.tensor([6])), .limit),
    refusal(
      "lists are not nested without end", "nested more than",
      [UInt8](repeating: 0x5D, count: 5000) + [UInt8](repeating: 0x61, count: 4999) + Pickle.stop,
      .limit),
    refusal(
      "keys can be hashed", "cannot be a key",
      Pickle.emptyDict + Pickle.emptyList + one + Pickle.setItem + Pickle.stop),
    refusal(
      "no tensor hides another", "two tensors for the key \"w\"",
      Pickle.whole(Pickle.dict([("w", Pickle.tensor([6])), ("w", Pickle.tensor([2, 3]))]))),
  ]

  @Test("values that nobody could print are refused", arguments: graphs)
  func refusesGraphs(_ refusal: Refusal) { refusal.check() }

  @Test("a limit that is raised lets shared tensors be repeated")
  func repeatedTensors() throws {
    var limits = Limits.standard
    limits.repeatedValues = .max
    let pickle = PickleRefusalTests.doubled(16, of: Pickle.tensor([6]))
    let checkpoint = try Checkpoint(name: "model.pt", data: archive(pickle), limits: limits)
    #expect(checkpoint.tensors.count == 1 << 16)
  }

  @Test("an object may hold itself, as a configuration knows its parent")
  func cyclicObjects() throws {
    let pickle =
      Pickle.global("omegaconf", "DictConfig") + Pickle.emptyTuple + Pickle.newObject
      + Pickle.put(0)
      + Pickle.dict([("_parent", Pickle.get(0)), ("w", Pickle.tensor([6]))]) + Pickle.build
      + Pickle.stop
    let checkpoint = try Checkpoint(name: "model.pt", data: archive(pickle))
    #expect(checkpoint.tensors.map(\.path) == ["w"])
    #expect(checkpoint.root?.attribute("_parent")?.index == checkpoint.root?.index)
  }

  @Test(
    "a file that names a way to run programs is refused, also where the result is thrown away",
    arguments: [
      ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "execfile"),
      ("subprocess", "Popen"), ("importlib", "import_module"), ("runpy", "_run_code"),
      ("pip", "main"), ("asyncio.unix_events", "_UnixSubprocessTransport._start"),
      ("torch", "os.system"), ("torch.serialization", "load"), ("pickle", "loads"),
    ])
  func refusesPrograms(_ module: String, _ name: String) {
    let call = Pickle.call(Pickle.global(module, name), [Pickle.text("true")])
    for pickle in [Pickle.whole(call), Pickle.start() + call + [0x30] + one() + Pickle.stop] {
      Refusal("", .forbidden, "\(module).\(name)", archive(pickle)).check()
    }
  }

  private func one() -> [UInt8] { Pickle.int(1) }

  @Test(
    "classes of the user's that are called like a module of Python's are not programs",
    arguments: [("code.models", "Net"), ("test", "Net"), ("my.os", "Net"), ("trace", "Net")])
  func acceptsUserClasses(_ module: String, _ name: String) throws {
    let value = try root(Pickle.whole(Pickle.call(Pickle.global(module, name), [])))
    #expect(value.calleeName?.name == "Net")
  }

  @Test("an error says the file, the entry, the byte, the instruction and what is wrong")
  func message() {
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(name: "model.pt", data: archive(Pickle.start() + Pickle.get(7)))
    }
    #expect(
      error.map { "\($0)" }
        == "model.pt: data.pkl, byte 2 (BINGET): recalls number 7, which was never stored")
  }

  @Test("names from a file cannot steer a terminal")
  func printable() {
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint(
        name: "a\u{1B}[31m.pt",
        data: archive(
          Pickle.whole(
            Pickle.dict([
              ("\u{202E}x", Pickle.tensor([7]))
            ]))))
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
  }
}
