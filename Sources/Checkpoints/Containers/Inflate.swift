import CZlib

// The only calls of zlib. `z_stream` is used on one thread, within one function, and never outlives
// it; the pointers given to zlib come from closures that end after zlib has returned, and each call
// says how many bytes may be touched.

/// Inflates raw deflate data that must give exactly `size` bytes and end where they do.
///
/// Memory grows with what really comes out, in pieces; a declared size alone reserves nothing.
///
/// - Parameters:
///   - contents: the data.
///   - count: how many bytes are wanted; with fewer than `size`, the data behind them is not looked at.
///   - size: how many there are.
/// - Returns: the first `count` bytes, or nil where the data is not deflate or has another length.
/// - Throws: ``CheckpointError`` where the file cannot be read.
func inflate(
  _ contents: FileContents, first count: Int, of size: Int
) throws(CheckpointError) -> [UInt8]? {
  // Deflate cannot shrink data to less than about a thousandth.
  guard count <= size, size / 1032 <= contents.count + 1 else { return nil }
  var stream = unsafe z_stream()
  let version = ZLIB_VERSION
  let width = unsafe Int32(MemoryLayout<z_stream>.size)
  guard unsafe inflateInit2_(&stream, -15, version, width) == Z_OK else { return nil }
  defer { unsafe inflateEnd(&stream) }

  var output: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  var input: [UInt8] = []
  var next = 0
  var status = Z_OK
  while status == Z_OK {
    let end = min(next + (1 << 16), contents.count)
    input = try contents[next..<end].bytes()
    var consumed = 0
    repeat {
      var produced = 0
      status = unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe piece.withUnsafeMutableBufferPointer { target in
          unsafe stream.next_in = source.baseAddress.map { unsafe $0 + consumed }
          unsafe stream.avail_in = UInt32(source.count - consumed)
          unsafe stream.next_out = target.baseAddress
          unsafe stream.avail_out = UInt32(target.count)
          let status = unsafe CZlib.inflate(&stream, Z_NO_FLUSH)
          consumed = unsafe source.count - Int(stream.avail_in)
          produced = unsafe target.count - Int(stream.avail_out)
          return status
        }
      }
      output.append(contentsOf: piece[0..<produced])
      if output.count > size { return nil }
      if count < size, output.count >= count { return Array(output[0..<count]) }
      if produced < piece.count { break }
    } while status == Z_OK
    // Without more input and without an end there is nothing left to do.
    if status == Z_BUF_ERROR { status = Z_OK }
    next += consumed
    if status == Z_OK, next >= contents.count { return nil }
  }
  let isWhole = status == Z_STREAM_END && next == contents.count && output.count == size
  return isWhole ? output : nil
}
