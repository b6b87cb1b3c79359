import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// An archive of one pickle and one storage of six floats.
func archive(_ pickle: [UInt8], _ storages: [String: [UInt8]] = [:]) -> Data {
  ZipBuilder.torch(pickle, storages.isEmpty ? ["0": little([0, 1, 2, 3, 4, 5])] : storages).data
}

/// The root of a pickle that was read.
func root(_ pickle: [UInt8]) throws -> PickledValue {
  try #require(try Checkpoint(name: "model.pt", data: archive(pickle)).root)
}

@Suite("Values of pickles")
struct PickleTests {
  @Test(
    "integers of all instructions have their values",
    arguments: [
      (Array("I42\n".utf8), 42), (Array("I-7\n".utf8), -7), (Array("L123L\n".utf8), 123),
      ([0x4A, 0xFE, 0xFF, 0xFF, 0xFF], -2), ([0x4B, 200], 200), ([0x4D, 1, 2], 513),
      ([0x8A, 0], 0), ([0x8A, 1, 0xFF], -1), ([0x8A, 2, 0xFF, 0], 255),
      ([0x8A, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], 1), ([0x8B, 1, 0, 0, 0, 0x80], -128),
      (Pickle.int(.max), .max), (Pickle.int(.min), .min),
    ] as [([UInt8], Int)])
  func integers(_ code: [UInt8], _ value: Int) throws {
    #expect(try root(code + Pickle.stop).int == value)
  }

  @Test("an integer beyond 64 bits is an integer without a value")
  func largeIntegers() throws {
    for code in [[0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0x80, 0], Array("L9999999999999999999L\n".utf8)] {
      let value = try root(code + Pickle.stop)
      #expect(value.kind == .int)
      #expect(value.int == nil)
    }
  }

  @Test(
    "texts of all instructions have their characters",
    arguments: [
      (Array("S'a\\x41\\n\\101\\\\\\''\n".utf8), "aA\nA\\'"),
      (Array("V\\u00e9\\U0001F600\n".utf8), "é😀"),
      (Array("V".utf8) + [0xE9, 10], "é"),
      ([0x54, 2, 0, 0, 0] + Array("ab".utf8), "ab"), ([0x55, 2] + Array("ab".utf8), "ab"),
      (Pickle.text("wéø"), "wéø"), ([0x8C, 1, 0x77], "w"),
      ([0x8D, 1, 0, 0, 0, 0, 0, 0, 0, 0x77], "w"),
    ] as [([UInt8], String)])
  func texts(_ code: [UInt8], _ text: String) throws {
    #expect(try root(code + Pickle.stop).string == text)
  }

  @Test(
    "bytes of all instructions and of protocol 2 have their values",
    arguments: [
      [0x42, 2, 0, 0, 0, 1, 255], [0x43, 2, 1, 255], [0x8E, 2, 0, 0, 0, 0, 0, 0, 0, 1, 255],
      [0x96, 2, 0, 0, 0, 0, 0, 0, 0, 1, 255],
      Pickle.call(
        Pickle.global("_codecs", "encode"), [Pickle.text("\u{1}\u{FF}"), Pickle.text("latin1")]),
    ] as [[UInt8]])
  func bytes(_ code: [UInt8]) throws {
    #expect(try root(code + Pickle.stop).bytes == [1, 255])
  }

  @Test("numbers, truth values and None")
  func scalars() throws {
    #expect(try root(Pickle.whole(Pickle.float(-1.5))).double == -1.5)
    #expect(try root(Array("F2.5e3\n.".utf8)).double == 2500)
    #expect(try root(Array("I01\n.".utf8)).bool == true)
    #expect(try root(Pickle.whole(Pickle.bool(false))).bool == false)
    #expect(try root(Pickle.whole(Pickle.none)).isNone)
    #expect(try root(Pickle.whole(Pickle.int(1))).bool == nil)
    let complex = Pickle.call(
      Pickle.global("__builtin__", "complex"), [Pickle.float(1), Pickle.float(-2)])
    let value = try #require(try root(Pickle.whole(complex)).complex)
    #expect(value == (1, -2))
  }

  @Test("containers hold what was put into them, in order, by every instruction")
  func containers() throws {
    let (one, two) = (Pickle.int(1), Pickle.int(2))
    let sequences: [[UInt8]] = [
      Pickle.list([one, two]), Pickle.tuple([one, two]), one + two + [0x86],
      Pickle.emptyList + one + Pickle.append + two + Pickle.append,
      Pickle.mark + one + two + [0x6C],
      Pickle.mark + one + two + [0x91], [0x8F] + Pickle.mark + one + two + [0x90],
      Pickle.call(Pickle.global("torch", "Size"), [Pickle.ints([1, 2])]),
      Pickle.call(Pickle.global("__builtin__", "set"), [Pickle.list([one, two])]),
    ]
    for sequence in sequences {
      let value = try root(sequence + Pickle.stop)
      #expect(value.ints == [1, 2], "\(sequence)")
    }
    let (a, b) = (Pickle.text("a"), Pickle.text("b"))
    let dicts: [[UInt8]] = [
      Pickle.dict([("a", one), ("b", two)]), Pickle.mark + a + one + b + two + [0x64],
      Pickle.emptyDict + a + one + Pickle.setItem + b + two + Pickle.setItem,
      Pickle.orderedDict + Pickle.items([("a", one), ("b", two)]),
      Pickle.call(
        Pickle.global("collections", "OrderedDict"),
        [Pickle.list([Pickle.list([a, one]), Pickle.list([b, two])])]),
      Pickle.call(
        Pickle.global("collections", "Counter"), [Pickle.dict([("a", one), ("b", two)])]),
      Pickle.call(
        Pickle.global("collections", "defaultdict"), [Pickle.global("__builtin__", "int")])
        + Pickle.items([("a", one), ("b", two)]),
    ]
    for dict in dicts {
      let value = try root(dict + Pickle.stop)
      #expect(value.items?.compactMap(\.key.string) == ["a", "b"], "\(dict)")
      #expect(value["a"]?.int == 1 && value["b"]?.int == 2, "\(dict)")
    }
  }

  @Test("whatever is recalled is the same object, also what is done to it later")
  func identity() throws {
    // l = []; (l, l) and then l.append(5)
    let pickle =
      Pickle.emptyList + Pickle.put(0) + Pickle.get(0) + [0x86] + Pickle.put(1) + Pickle.get(0)
      + Pickle.int(5) + Pickle.append + [0x30] + Pickle.stop
    let both = try #require(try root(pickle).elements)
    #expect(both.map(\.ints) == [[5], [5]])
    #expect(both[0].index == both[1].index)
  }

  @Test("an object of an unknown class keeps class, arguments, state, items and elements")
  func objects() throws {
    let pickle =
      Pickle.global("my.package", "Model") + Pickle.tuple([Pickle.int(3)])
      + Pickle.dict([("depth", Pickle.int(4))]) + [0x92]
      + Pickle.items([("key", Pickle.int(5))])
      + Pickle.int(6) + Pickle.append
      + Pickle.dict([("training", Pickle.bool(true))]) + Pickle.build + Pickle.stop
    let value = try root(pickle)
    #expect(value.calleeName.map { $0 == ("my.package", "Model") } ?? false)
    #expect(value.arguments.map(\.int) == [3])
    #expect(value.keywords.first?.value.int == 4)
    #expect(value["key"]?.int == 5)
    #expect(value.elements?.map(\.int) == [6])
    #expect(value.attribute("training")?.bool == true)
    let checkpoint = try Checkpoint(name: "model.pt", data: archive(pickle))
    #expect(checkpoint.globals.map(\.name) == ["my.package.Model"])
    #expect(checkpoint.globals.map(\.isUnderstood) == [false])
  }

  @Test("a state of a dict and slots gives the attributes of both")
  func slots() throws {
    let state = Pickle.tuple([
      Pickle.dict([("a", Pickle.int(1))]), Pickle.dict([("b", Pickle.int(2))]),
    ])
    let value = try root(
      Pickle.global("m", "C") + Pickle.emptyTuple + Pickle.newObject + state + Pickle.build
        + Pickle.stop)
    #expect(value.attributes.map(\.key) == ["a", "b"])
  }

  @Test("a partial application tells its function and arguments")
  func partials() throws {
    let function = Pickle.global("torch.nn.functional", "pad")
    let value = try root(
      Pickle.call(Pickle.global("functools", "partial"), [function])
        + Pickle.tuple([
          function, Pickle.ints([1]), Pickle.dict([("value", Pickle.int(2))]), Pickle.none,
        ]) + Pickle.build + Pickle.stop)
    let partial = try #require(value.partial)
    #expect(partial.function.global?.name == "pad")
    #expect(partial.arguments.map(\.int) == [1])
    #expect(partial.keywords.first?.value.int == 2)
  }

  @Test("the versions of modules are read from a state dict's metadata, in order")
  func metadata() throws {
    func version(_ number: Int) -> [UInt8] { Pickle.dict([("version", Pickle.int(number))]) }
    let metadata =
      Pickle.orderedDict
      + Pickle.items([("", version(1)), ("norm", version(2)), ("act", version(1))])
    let value = try root(
      Pickle.whole(
        Pickle.orderedDict + Pickle.items([("w", Pickle.tensor([6]))])
          + Pickle.dict([("_metadata", metadata)]) + Pickle.build))
    #expect(value.moduleVersions.map(\.path) == ["", "norm", "act"])
    #expect(value.moduleVersions.map(\.version) == [1, 2, 1])
  }

  @Test("protocol 4 with frames, STACK_GLOBAL and MEMOIZE")
  func protocol4() throws {
    let content =
      [0x8C, 5] + Array("torch".utf8) + [0x94, 0x8C, 7] + Array("float16".utf8)
      + [0x94, 0x93, 0x94, 0x68, 0, 0x86, 0x2E]
    let value = try root([0x80, 4, 0x95] + little(content.count, 8) + content)
    #expect(value.elements?[0].scalarType == .float16)
    #expect(value.elements?[1].string == "torch")
  }
}
