extension Result where Failure == VerificationError {
  /// What comes of an attempt.
  init(_ attempt: () throws(VerificationError) -> Success) {
    do throws(VerificationError) {
      self = .success(try attempt())
    } catch {
      self = .failure(error)
    }
  }
}
