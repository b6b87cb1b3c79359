import Testing

@testable import Checkpoints

@Suite("SHA-256")
struct SHA256Tests {
  /// A message and its hash.
  struct Vector: CustomTestStringConvertible {
    let message: [UInt8]
    let digest: String

    init(_ message: [UInt8], _ digest: String) { (self.message, self.digest) = (message, digest) }

    init(zeros count: Int, _ digest: String) {
      self.init([UInt8](repeating: 0, count: count), digest)
    }

    var testDescription: String { "\(message.count) bytes" }
  }

  /// Messages of FIPS 180-4 and of NIST's "SHA-256 example values".
  static let vectors = [
    Vector([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    Vector(
      Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    Vector(
      Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    Vector([0xbd], "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"),
    Vector(
      [0xc9, 0x8c, 0x8e, 0x55], "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"),
    Vector(zeros: 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"),
    Vector(zeros: 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"),
    Vector(zeros: 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"),
    Vector(zeros: 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"),
    Vector(zeros: 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"),
    Vector(
      [UInt8](repeating: 0x61, count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]

  @Test("NIST's messages have NIST's hashes, by both methods", arguments: vectors)
  func hashes(_ vector: Vector) {
    for method in [SHA256.Method.fast, .portable] {
      var hash = SHA256(method)
      hash.update(vector.message)
      #expect(hexadecimal(hash.digest) == vector.digest)
    }
  }

  @Test("bytes can come in pieces of any length", arguments: [1, 7, 63, 64, 65, 200])
  func pieces(_ length: Int) {
    let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    var hash = SHA256()
    for start in stride(from: 0, to: message.count, by: length) {
      hash.update(Array(message[start..<min(start + length, message.count)]))
    }
    #expect(hexadecimal(hash.digest) == SHA256.hexadecimalDigest(of: message))
  }
}
