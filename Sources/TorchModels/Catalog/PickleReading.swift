import Checkpoints

/// What a pickled module of a class says in another way than by attributes of the arguments' names.
struct PickleReading: Sendable {
  /// Describes the whole module in another way where it is something other than its class tells; nil for
  /// the usual way.
  var whole:
    (
      @Sendable (any PickleDescriber, PickledValue, _ name: String?, _ path: String)
        -> ModuleDescription?
    )?

  /// Adds to the description what attributes say in another way.
  var adjust:
    (
      @Sendable (any PickleDescriber, inout ModuleDescription, PickledValue, _ path: String) -> Void
    )?

  /// Describes what is inside, where that is not simply all modules.
  var inside:
    (
      @Sendable (
        any PickleDescriber, inout ModuleDescription, PickledValue, _ path: String, _ depth: Int
      ) -> Void
    )?

  /// The class name for an object of a class of somebody's own that is one of these layers.
  var subclass: (@Sendable (PickledValue) -> String?)?

  /// Functions of the Python library that do the same, and that a pickled `Lambda` applies with arguments
  /// of the names that the class has.
  var functions: [String] = []
}
