/// The places of the elements of a view, in its order.
struct Strided {
  let places: [Int]

  init(_ axes: [Int], _ strides: [Int]) {
    places = zip(axes, strides).reduce([0]) { places, axis in
      places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
  }
}
