import Checkpoints
import OrderedCollections
import PlainData

/// Whoever describes the modules of a pickle, as the definition of a class sees it.
protocol PickleDescriber: AnyObject {
  /// Describes a module and all modules in it.
  func describe(
    _ value: PickledValue, name: String?, path: String, depth: Int
  ) -> ModuleDescription

  /// Describes the modules inside.
  func describeChildren(
    of description: inout ModuleDescription, _ value: PickledValue, path: String, depth: Int)

  /// What a `Lambda` applies, where it is a function of PyTorch or of the library.
  func function(
    _ value: PickledValue
  ) -> (type: String?, arguments: OrderedDictionary<String, PlainValue>)?

  /// Notes why a module has no description.
  func problem(_ path: String, _ problem: PickleProblem)
}
