import Continual
import Tensors

/// Whoever makes the modules of a description, as a context of one of them sees it.
///
/// A definition knows the context and the context this; only the builder behind it knows the definitions
/// of all classes.
protocol ModuleMaker: AnyObject {
  /// What was asked for so far, and what does not fit.
  var blueprint: Blueprint { get set }

  /// Makes the module of a description and all modules in it.
  func module(
    _ description: ModuleDescription, at prefix: String, isFramewise: Bool
  ) -> any Module

  /// The first of several prefixes at which a child finds all its tensors.
  func bestPrefix(
    _ candidates: [String], for child: ModuleDescription, isFramewise: Bool
  ) -> String

  /// A tensor that has to be there; zeros where it is not.
  func tensor(_ name: String, expected: [Int?]) -> Tensor

  /// The weights of a product, which have to be there; zeros where they are not.
  func weight(_ name: String, expected: [Int?], outputAxis: Int) -> Weight

  /// The class that does what a function does.
  func meaning(ofFunction name: String) -> FunctionMeaning?

  /// The functions that have a class, sorted.
  var functions: [String] { get }
}
