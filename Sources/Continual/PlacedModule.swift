/// A module at its place in a plan: where its frames come from and where they go.
///
/// With these, whatever happens on the wires of a running plan can be put down to a module, and a
/// module can be judged by what it received, without any hook inside it.
public struct PlacedModule: Sendable {
  /// The dotted path; empty for the root.
  public let path: String

  /// The name it adds to the path of the module around it.
  public let name: String

  /// The module.
  public let module: any Module

  /// Where its frames come from; several for a module that joins streams.
  public let inputs: [Wire]

  /// Where its frames go.
  public let output: Wire

  /// The modules directly inside, by their index in ``Plan/modules``, in the order they were lowered.
  public let inside: [Int]

  /// Where its frames come from; of several streams, the first.
  public var input: Wire { inputs[0] }
}
