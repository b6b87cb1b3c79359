/// What an expression gives; an error of it is thrown as another one, with what is known here added.
///
/// ```swift
/// let tensor = try rethrowing(LoadError.checkpoint, try checkpoint.tensor(value, path: path))
/// ```
///
/// - Parameters:
///   - wrap: makes the error that is thrown of the one that was caught.
///   - work: the expression.
/// - Returns: its value.
/// - Throws: the error that `wrap` makes.
package func rethrowing<Value, Inner: Error, Outer: Error>(
  _ wrap: (Inner) -> Outer, _ work: @autoclosure () throws(Inner) -> Value
) throws(Outer) -> Value {
  do throws(Inner) {
    return try work()
  } catch {
    throw wrap(error)
  }
}
