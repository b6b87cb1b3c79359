/// Weights and biases in the order in which the dense loops read them.
///
/// A packed matrix holds one matrix a group, all of the same size. The rows of a group are cut into
/// panels of `height` rows, and a panel holds for each column the weights of its rows side by side.
/// The rows 0…9 of a group of 10 rows and 3 columns, in panels of 8:
///
/// ```
/// panel 0   w[0][0] w[1][0] … w[7][0]   w[0][1] w[1][1] … w[7][1]   w[0][2] … w[7][2]
/// panel 1   w[8][0] w[9][0] 0 0 0 0 0 0 w[8][1] w[9][1] 0 0 0 0 0 0 w[8][2] …
/// ```
///
/// Groups of few rows, as of a depthwise convolution, have lower panels, so that little is filled up.
struct PackedMatrix: Sendable {
  /// How many matrices there are.
  let groups: Int
  /// The rows of each.
  let rows: Int
  /// The columns of each: the products that one output is the sum of.
  let columns: Int
  /// The rows of a panel: 1, 2, 4 or 8.
  let height: Int
  /// What holds the panels of all groups, one behind the other.
  let memory: PanelMemory
  /// Where the first of them begins: at a multiple of 32 bytes, if there was room for that.
  let start: Int
  /// What the sum of each row of each group starts from.
  private(set) var biases: [Float]

  /// The floats of the panels of one group.
  let groupCount: Int

  /// Packs row-major matrices (groups, rows, columns).
  ///
  /// - Parameters:
  ///   - weights: `groups * rows * columns` floats.
  ///   - biases: `groups * rows` floats; nil stands for zeros.
  ///   - groups: at least one.
  ///   - rows: at least one.
  init(_ weights: [Float], biases: [Float]?, groups: Int = 1, rows: Int) {
    self.init(weights.span, groups: groups, rows: rows)
    if let biases { self = starting(from: biases) }
  }

  /// Packs row-major matrices (groups, rows, columns) whose sums start from zero.
  ///
  /// - Parameters:
  ///   - weights: `groups * rows * columns` floats.
  ///   - groups: at least one.
  ///   - rows: at least one.
  ///   - order: the column that each packed column comes from; nil for the same.
  init(_ weights: Span<Float>, groups: Int = 1, rows: Int, order: [Int]? = nil) {
    let layout = PackedMatrix.layout(weights.count, groups: groups, rows: rows, order: order)
    self.init(layout, groups: groups, panels: layout.packed(weights))
  }

  /// Packs row-major matrices (groups, rows, columns) whose sums start from zero.
  ///
  /// They are packed where they are if panels have the same size and nobody else has the array.
  ///
  /// - Parameters:
  ///   - weights: `groups * rows * columns` floats.
  ///   - groups: at least one.
  ///   - rows: at least one.
  ///   - order: the column that each packed column comes from; nil for the same.
  init(taking weights: consuming [Float], groups: Int = 1, rows: Int, order: [Int]? = nil) {
    let layout = PackedMatrix.layout(weights.count, groups: groups, rows: rows, order: order)
    if let start = layout.pack(&weights) {
      self.init(layout, groups: groups, panels: .init(memory: weights, start: start))
    } else {
      self.init(layout, groups: groups, panels: layout.packed(weights.span))
    }
  }

  private init(_ layout: PanelLayout, groups: Int, panels: consuming PanelLayout.Panels) {
    let start = panels.start
    self.init(layout, groups: groups, memory: .array(panels.memory), start: start)
  }

  /// Takes panels that are there already, whose sums start from zero.
  init(_ layout: PanelLayout, groups: Int, in pages: WeightPages, at place: Range<Int>) {
    precondition(place.count == groups * layout.count, "\(place.count) floats of panels")
    self.init(layout, groups: groups, memory: .pages(pages, place), start: 0)
  }

  private init(_ layout: PanelLayout, groups: Int, memory: consuming PanelMemory, start: Int) {
    self.groups = groups
    rows = layout.rows
    columns = layout.columns
    height = layout.height
    groupCount = layout.count
    biases = [Float](repeating: 0, count: groups * layout.rows)
    self.memory = memory
    self.start = start
  }

  static func layout(_ count: Int, groups: Int, rows: Int, order: [Int]?) -> PanelLayout {
    precondition(groups > 0 && rows > 0 && count % (groups * rows) == 0)
    return PanelLayout(
      rows: rows, columns: count / (groups * rows), height: rows >= 5 ? 8 : rows >= 3 ? 4 : rows,
      order: order)
  }

  /// Where the panels of a group are in `memory`.
  func place(of group: Int) -> Range<Int> {
    start + group * groupCount..<start + (group + 1) * groupCount
  }

  /// Lets a body read some floats of the panels of all groups, by default all.
  @inline(__always)
  func withPanels<Result>(_ part: Range<Int>? = nil, _ body: (Span<Float>) -> Result) -> Result {
    memory.withSpan { body($0.extracting(part ?? start..<start + groups * groupCount)) }
  }

  /// The same weights with other biases, `groups * rows` floats.
  func starting(from biases: [Float]) -> PackedMatrix {
    precondition(biases.count == groups * rows)
    var result = self
    result.biases = biases
    return result
  }

  /// Appends the rows as they were before they were packed.
  ///
  /// - Parameters:
  ///   - result: receives `groups * rows * columns` floats.
  ///   - order: the order with which they were packed.
  func unpack(into result: inout [Float], order: [Int]? = nil) {
    var places = Array(0..<columns)
    for (packed, column) in (order ?? places).enumerated() { places[column] = packed }
    withPanels { panels in
      for group in 0..<groups {
        for row in 0..<rows {
          let first = group * groupCount + row / height * height * columns + row % height
          for place in places { result.append(panels[first + place * height]) }
        }
      }
    }
  }
}
