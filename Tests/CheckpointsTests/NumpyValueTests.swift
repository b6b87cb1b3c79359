import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Numbers of numpy in pickles")
struct NumpyValueTests {
  private static func dtype(_ code: String, _ order: String = "<") -> [UInt8] {
    Pickle.call(
      Pickle.global("numpy", "dtype"), [Pickle.text(code), Pickle.bool(false), Pickle.bool(true)])
      + Pickle.tuple([
        Pickle.int(3), Pickle.text(order), Pickle.none, Pickle.none, Pickle.none, Pickle.int(-1),
        Pickle.int(-1), Pickle.int(0),
      ]) + Pickle.build
  }

  private static func bytes(_ bytes: [UInt8]) -> [UInt8] { [0x43, UInt8(bytes.count)] + bytes }

  private static func scalar(_ code: String, _ content: [UInt8], _ order: String = "<") -> [UInt8] {
    Pickle.call(
      Pickle.global("numpy._core.multiarray", "scalar"), [dtype(code, order), bytes(content)])
  }

  @Test("a scalar is the number it stands for")
  func scalars() throws {
    let value = { try root(Pickle.whole($0)) }
    #expect(try value(NumpyValueTests.scalar("i8", little(-5, 8))).int == -5)
    #expect(try value(NumpyValueTests.scalar("i8", little(.max, 8))).int == .max)
    #expect(try value(NumpyValueTests.scalar("u8", little(-1, 8))).int == nil)
    #expect(try value(NumpyValueTests.scalar("i2", [1, 0], ">")).int == 256)
    #expect(try value(NumpyValueTests.scalar("f4", little([1.5]))).double == 1.5)
    #expect(try value(NumpyValueTests.scalar("b1", [1], "|")).bool == true)
    // A scalar of other bytes than its type has is not read.
    #expect(try value(NumpyValueTests.scalar("i8", [1])).int == nil)
  }

  @Test("a tuple of scalars serves as a stride")
  func strides() throws {
    let value = try root(
      Pickle.whole(
        Pickle.tuple([
          NumpyValueTests.scalar("i8", little(1, 8)), NumpyValueTests.scalar("i8", little(2, 8)),
        ])))
    #expect(value.ints == [1, 2])
  }

  private static func array(
    _ code: String, _ shape: [Int], isFortran: Bool, _ content: [UInt8]
  ) -> [UInt8] {
    Pickle.call(
      Pickle.global("numpy.core.multiarray", "_reconstruct"),
      [Pickle.global("numpy", "ndarray"), Pickle.ints([0]), bytes([0x62])])
      + Pickle.tuple([
        Pickle.int(1), Pickle.ints(shape), dtype(code), Pickle.bool(isFortran), bytes(content),
      ]) + Pickle.build
  }

  @Test("an array has its elements in row-major order")
  func arrays() throws {
    let content = little([0, 1, 2, 3, 4, 5])
    let rows = try #require(
      try root(Pickle.whole(NumpyValueTests.array("f4", [2, 3], isFortran: false, content)))
        .numpyArray)
    #expect(rows.shape == [2, 3])
    #expect(rows.numbers == [0, 1, 2, 3, 4, 5])
    let columns = try #require(
      try root(Pickle.whole(NumpyValueTests.array("f4", [2, 3], isFortran: true, content)))
        .numpyArray)
    #expect(columns.numbers == [0, 2, 4, 1, 3, 5])
  }

  @Test("an array of other bytes than its shape has is not read")
  func damagedArrays() throws {
    let value = try root(
      Pickle.whole(NumpyValueTests.array("f4", [2, 4], isFortran: false, little([1, 2]))))
    #expect(value.numpyArray == nil)
  }
}
