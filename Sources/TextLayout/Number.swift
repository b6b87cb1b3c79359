/// Numbers as text, the same everywhere.
package enum Number {
  /// A magnitude in the two significant digits that a table needs, as in `1.9e-06`; integers below
  /// ten thousand and zero as they are.
  package static func short(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : (value < 0 ? "-inf" : "inf") }
    if value == value.rounded() && abs(value) < 10_000 { return String(Int(value)) }
    return scientific(value, digits: 2)
  }

  /// How many times one number is another, as in `, 21x more than rounding can produce here (allowed
  /// 4.8e-06)`.
  package static func ratio(_ worst: Double, _ allowed: Double) -> String {
    let limit = "(allowed \(short(allowed)))"
    guard allowed > 0, worst.isFinite, worst / allowed < 1e6 else { return " " + limit }
    let times = worst / allowed
    let count = times < 10 ? fixed(times, decimals: 1) : grouped(Int(times.rounded()))
    return ", \(count)x more than rounding can produce here \(limit)"
  }

  /// A value in seven significant digits, as a float has, as in `0.8713022`.
  package static func value(_ value: Double) -> String {
    guard value.isFinite else { return short(value) }
    if value == value.rounded() && abs(value) < 1e7 { return String(Int(value)) }
    guard (1e-4..<1e7).contains(abs(value)) else { return scientific(value, digits: 7) }
    let whole = abs(value) < 1 ? 0 : String(Int(abs(value))).count
    var decimals = 7 - whole
    var probe = abs(value)
    while probe < 0.1 && probe > 0 {
      probe *= 10
      decimals += 1
    }
    return fixed(value, decimals: max(decimals, 0))
  }

  /// A number of things, as in `1 frame` and `2 frames`.
  package static func count(_ value: Int, _ noun: String) -> String {
    "\(grouped(value)) \(noun)" + (value == 1 ? "" : "s")
  }

  /// An integer with commas between groups of three digits.
  package static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (value < 0 ? "-" : "") + text
  }

  /// A count of elements or bytes in three or four characters, as in `61 M`.
  package static func large(_ value: Int) -> String {
    let units: [(Double, String)] = [(1e9, "G"), (1e6, "M"), (1e4, "k")]
    for (size, name) in units where Double(value) >= size {
      let scaled = Double(value) / (name == "k" ? 1e3 : size)
      return fixed(scaled, decimals: scaled < 10 ? 1 : 0) + " " + name
    }
    return grouped(value)
  }

  /// A number of bytes, as in `4.8 MiB`.
  package static func bytes(_ value: Int) -> String {
    let units: [(Double, String)] = [(0x1p30, "GiB"), (0x1p20, "MiB"), (0x1p10, "KiB")]
    for (size, name) in units where Double(value) >= size {
      return fixed(Double(value) / size, decimals: 1) + " " + name
    }
    return "\(value) bytes"
  }

  /// A number with a given number of decimals.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 0x1p53 else { return "\(value)" }
    var digits = String(Int(scaled))
    while digits.count <= decimals { digits = "0" + digits }
    let whole = digits.dropLast(decimals)
    let sign = value < 0 && scaled != 0 ? "-" : ""
    return sign + whole + (decimals > 0 ? "." + digits.suffix(decimals) : "")
  }

  /// A finite number with a given number of significant digits and a two-digit exponent.
  package static func scientific(_ value: Double, digits: Int) -> String {
    guard value != 0 else { return "0" }
    let (mantissa, exponent) = decimal(abs(value), digits: digits)
    let head = String(mantissa.prefix(1))
    let tail = mantissa.dropFirst()
    let sign = value < 0 ? "-" : ""
    let power = abs(exponent) < 10 ? "0\(abs(exponent))" : "\(abs(exponent))"
    return sign + head + (tail.isEmpty ? "" : "." + tail) + "e" + (exponent < 0 ? "-" : "+") + power
  }

  /// The leading digits of a positive number, rounded half up, and the exponent of the first one.
  ///
  /// Starts from the shortest digits that name the number, as its description has them.
  private static func decimal(_ value: Double, digits count: Int) -> (String, Int) {
    let parts = "\(value)".split(separator: "e")
    let number = parts[0].split(separator: ".")
    var exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    var digits = number.joined().compactMap(\.wholeNumberValue)
    exponent += number[0].count - 1
    while digits.first == 0 && digits.count > 1 {
      digits.removeFirst()
      exponent -= 1
    }
    if digits.count > count {
      let carry = digits[count] >= 5
      digits = Array(digits.prefix(count))
      var place = count - 1
      var carries = carry
      while carries && place >= 0 {
        digits[place] = (digits[place] + 1) % 10
        carries = digits[place] == 0
        place -= 1
      }
      if carries {
        digits = [1] + digits.dropLast()
        exponent += 1
      }
    }
    while digits.count < count { digits.append(0) }
    return (digits.map(String.init).joined(), exponent)
  }
}
