import Tensors
import Testing

@Suite("Shapes")
struct ShapeTests {
  @Test(
    "a shape of unknown origin is refused where its product is not a size",
    arguments: [
      [-1], [2, -3], [Int.max, 2], [1 << 32, 1 << 32], [0, Int.max, Int.max],
    ])
  func refused(axes: [Int]) {
    #expect(Shape(checking: axes) == nil)
  }

  @Test(
    "the count is the product",
    arguments: [([], 1), ([0], 0), ([3, 0, 5], 0), ([2, 3, 4], 24), ([1, Int.max], Int.max)])
  func count(axes: [Int], count: Int) throws {
    let shape = try #require(Shape(checking: axes))
    #expect(shape.count == count)
  }

  @Test("the place of an element undoes the strides")
  func places() {
    let shape: Shape = [2, 3, 5]
    #expect(shape.strides == [15, 5, 1])
    for offset in 0..<shape.count {
      let place = shape.place(ofElement: offset)
      #expect(zip(place, shape.strides).reduce(0) { $0 + $1.0 * $1.1 } == offset)
    }
  }

  @Test("a shape prints as PyTorch prints it")
  func description() {
    #expect(Shape([]).description == "()")
    #expect(Shape([64, 3, 3]).description == "(64, 3, 3)")
  }

  @Test("elements are found by their place, the last axis fastest")
  func elements() {
    let tensor = Tensor([2, 3], [0, 1, 2, 3, 4, 5])
    #expect(tensor[0, 2] == 2)
    #expect(tensor[1, 0] == 3)
    #expect(tensor.reshaped([3, 2])[1, 1] == 3)
    #expect(tensor.widened.narrowed == tensor)
  }
}
