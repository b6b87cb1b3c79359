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
  /// The panels of all groups.
  let weights: [Float]
  /// What the sum of each row of each group starts from.
  let biases: [Float]

  /// The floats of one group in `weights`.
  let groupCount: Int

  /// Packs row-major matrices (groups, rows, columns).
  ///
  /// - Parameters:
  ///   - weights: `groups * rows * columns` floats.
  ///   - biases: `groups * rows` floats; nil stands for zeros.
  ///   - groups: at least one.
  ///   - rows: at least one.
  init(_ weights: [Float], biases: [Float]?, groups: Int = 1, rows: Int) {
    precondition(groups > 0 && rows > 0 && weights.count % (groups * rows) == 0)
    precondition(biases == nil || biases?.count == groups * rows)
    self.groups = groups
    self.rows = rows
    columns = weights.count / (groups * rows)
    height = rows >= 5 ? 8 : rows >= 3 ? 4 : rows
    let panels = (rows + height - 1) / height
    groupCount = panels * columns * height
    var packed = [Float](repeating: 0, count: groups * groupCount)
    for group in 0..<groups {
      for row in 0..<rows {
        let source = (group * rows + row) * columns
        let target = group * groupCount + row / height * columns * height + row % height
        for column in 0..<columns {
          packed[target + column * height] = weights[source + column]
        }
      }
    }
    self.weights = packed
    self.biases = biases ?? [Float](repeating: 0, count: groups * rows)
  }
}

/// Where the rows of the right factor of a product are, from a common base.
struct TapOffsets: Sendable {
  /// The places, none negative.
  let offsets: [Int]
  /// The largest of them; zero where there are none.
  let reach: Int

  init(_ offsets: [Int]) {
    precondition(offsets.allSatisfy { $0 >= 0 }, "an offset is negative")
    self.offsets = offsets
    reach = offsets.max() ?? 0
  }
}
