import Continual
import Tensors
import TestSupport
import Testing

@Suite("rearranged axes")
struct RearrangeTests {
  @Test(
    "clip and steps have the same bits",
    arguments: [
      ([2, 6, 5], "b (k c) t v -> b k t c v", ["k": 3]),
      ([2, 3, 8], "b c t (h w) -> b c t w h", ["w": 4]),
      ([2, 3, 4, 5], "b c t h w -> b (c h w) t", [:]),
      ([2, 3, 4, 5], "b c t h w -> (b w) (h c) t", [:]),
      ([6, 1], "(a b) 1 t -> b a t", ["a": 2]),
      ([2, 3, 4, 6], "b c t (h p) (w q) -> b (p q c) t h w", ["p": 2, "q": 3]),
      ([1, 2, 3, 4], "batch chan time x y -> batch x time y () chan", [:]),
    ] as [([Int], String, [String: Int])])
  func modes(_ frame: [Int], _ pattern: String, _ sizes: [String: Int]) throws {
    for frames in [1, 5] {
      let clip = Tensor.sawtooth(Shape(frame).clip(frames: frames))
      let run = try ModeRun(Rearrange(pattern, sizes: sizes), clip: clip)
      #expect(run.differences.isEmpty)
      #expect(run.forward.scalars.sorted() == clip.scalars.sorted())
    }
  }

  @Test(
    "a pattern and its opposite give the clip back",
    arguments: [
      ([2, 6, 5], "b (k c) t v", "b k t (v c)", ["k": 3, "c": 2]),
      ([2, 3, 4, 5], "b c t h w", "(b w) (h c) t", ["b": 2, "h": 4]),
      ([2, 3, 4, 6], "b c t (h p) (w q)", "b (p q c) t h w", ["p": 2, "q": 3]),
    ] as [([Int], String, String, [String: Int])])
  func backAgain(
    _ frame: [Int], _ left: String, _ right: String, _ sizes: [String: Int]
  ) throws {
    let clip = Tensor.sawtooth(Shape(frame).clip(frames: 3))
    let there = try ModeRun(Rearrange("\(left) -> \(right)", sizes: sizes), clip: clip).forward
    #expect(there.scalars != clip.scalars)
    #expect(
      try ModeRun(Rearrange("\(right) -> \(left)", sizes: sizes), clip: there).forward == clip)
  }

  @Test("an axis that is split runs fastest in its last part, and one that is joined too")
  func order() throws {
    let clip = Tensor([1, 4, 1, 1], [0, 1, 2, 3])
    let split = try ModeRun(Rearrange("b (k c) t v -> b c t (v k)", sizes: ["c": 2]), clip: clip)
    #expect(split.forward == Tensor([1, 2, 1, 2], [0, 2, 1, 3]))
  }

  @Test(
    "what is not a pattern is refused with the reason",
    arguments: [
      ("b c t", "two sides"), ("b c t -> b c t -> b c t", "two sides"),
      ("b c t v -> b c t", "only the left side has v"),
      ("b c t -> b c t v w", "only the right side has v, w"),
      ("b c t c -> b c t c", "the left side has c more than once"),
      ("b (c t -> b c t", "without \")\""), ("b c) t -> b c t", "without \"(\""),
      ("b ((c) v) t -> b c t v", "parentheses in parentheses"),
      ("b c t ... -> b c t ...", "name all axes"), ("b c t 2 -> b c t", "\"2\" is not the name"),
      ("b c t h -> b h c t", "has to stand third and alone on the right"),
      ("b c t h -> b c (t h)", "has to stand third and alone on the right"),
      ("b c (t u) -> b c t u", "the third axis on the left is time"),
      ("b c -> b c", "both sides need"), ("b c t (h w) -> b c t h w", "give w"),
    ] as [(String, String)])
  func refusals(_ pattern: String, _ reason: String) {
    let error = #expect(throws: ModuleError.self) { try Rearrange(pattern) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("frames that do not have the axes are refused")
  func frames() throws {
    let module = try Rearrange("b (k c) t -> b k t c", sizes: ["k": 3])
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 4]) }
    #expect(throws: ModuleError.self) { try Plan(module, frame: [1, 6, 2]) }
    #expect(throws: ModuleError.self) { try Rearrange("b c t -> b c t", sizes: ["d": 3]) }
    #expect(throws: ModuleError.self) { try Rearrange("b c t -> b c t", sizes: ["t": 3]) }
    let one = try Rearrange("b c t 1 -> b c t")
    #expect(throws: ModuleError.self) { try Plan(one, frame: [1, 4, 2]) }
  }
}
