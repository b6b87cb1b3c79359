/// What the names in a pickle mean: which are understood, and which make a file refused.
///
/// Nothing a pickle names is ever looked up or called, so a name alone can do no harm here. A file
/// that names a way to start programs is refused all the same: whoever gives it to `torch.load` next
/// is attacked by it, and nothing else in it deserves to be believed.
enum Globals {
  typealias Name = (module: String, name: String)

  static func isDictionary(_ name: Name?) -> Bool {
    guard let name else { return false }
    return switch name {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"),
      ("collections", "Counter"), ("__builtin__", "dict"), ("builtins", "dict"):
      true
    // pytorch_lightning's dict of hyperparameters, in the module of the day.
    case (_, "AttributeDict"): true
    default: false
    }
  }

  static func isSequence(_ name: Name?) -> Bool {
    guard let name else { return false }
    return switch name {
    case ("torch", "Size"), ("torch._C", "Size"): true
    case ("__builtin__", "set"), ("builtins", "set"), ("__builtin__", "frozenset"),
      ("builtins", "frozenset"), ("__builtin__", "list"), ("builtins", "list"),
      ("__builtin__", "tuple"), ("builtins", "tuple"):
      true
    default: false
    }
  }

  /// Whether a call of this name makes a tensor, or says that it does.
  static func isTensorFunction(_ name: Name) -> Bool {
    (name.module == "torch._utils" || name.module == "torch._tensor")
      && name.name.hasPrefix("_rebuild")
  }

  /// Whether a call of this name makes a nested tensor of a buffer and offsets.
  static func isJagged(_ name: Name) -> Bool {
    name == ("torch.nested._internal.nested_tensor", "_rebuild_njt")
  }

  /// Whether a name is of a parameter or buffer that has no shape before its module is run.
  static func isUninitialized(_ name: Name) -> Bool {
    name.module == "torch.nn.parameter"
      && (name.name == "UninitializedParameter" || name.name == "UninitializedBuffer")
  }

  /// Whether a name is the class of parameters.
  static func isParameter(_ name: Name) -> Bool {
    (name.module == "torch.nn.parameter" || name.module == "torch.nn") && name.name == "Parameter"
  }

  /// What a call of a name makes, for a reader of tensors.
  enum Meaning: UInt8 {
    /// Not a name.
    case unknown
    case dictionary
    case sequence
    case tensor
    /// A parameter that has no shape before its module is run.
    case uninitialized
    /// `copyreg._reconstructor`, which makes an object of the class that is its argument.
    case reconstructor
    case opaque
  }

  private static func meaning(_ name: Name) -> Meaning {
    if isTensorFunction(name) || isParameter(name) { return .tensor }
    if isDictionary(name) { return .dictionary }
    if isSequence(name) { return .sequence }
    if isUninitialized(name) { return .uninitialized }
    return name.name == "_reconstructor" ? .reconstructor : .opaque
  }

  /// For each value what it means; `unknown` for one that is not a name.
  static func meanings(in graph: ObjectGraph) -> [Meaning] {
    graph.nodes.indices.map { index in
      graph.global(ObjectGraph.Index(index)).map(meaning) ?? .unknown
    }
  }
}

// MARK: - Names that make a file refused

extension Globals {
  /// Whether a name starts programs, loads code, or unpickles something else.
  static func isForbidden(_ name: Name) -> Bool {
    let package = name.module.split(separator: ".").first.map(String.init) ?? ""
    if modules.contains(package) { return true }
    // A dotted name walks from attribute to attribute, and so from any module to another.
    let steps = name.name.split(separator: ".").map(String.init)
    if steps.count > 1, steps.contains(where: modules.contains) { return true }
    guard let functions = functions[name.module] else { return false }
    return steps.contains(where: functions.contains)
  }

  private static let modules: Set = [
    "os", "posix", "nt", "subprocess", "_posixsubprocess", "pty", "sys", "importlib", "imp",
    "zipimport", "pkgutil", "runpy", "codeop", "pdb", "bdb", "cProfile", "pip", "ensurepip", "venv",
    "distutils", "setuptools", "asyncio", "ctypes", "_ctypes", "cffi", "socket", "_socket",
    "socketserver", "urllib2", "ftplib", "smtplib", "telnetlib", "webbrowser", "shutil", "pickle",
    "_pickle", "cPickle", "marshal", "shelve", "idlelib", "lib2to3", "pydoc", "doctest",
  ]

  private static let evaluators: Set = [
    "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "raw_input",
    "breakpoint", "globals", "locals", "vars", "delattr", "exit", "quit", "help",
  ]

  private static let functions: [String: Set<String>] = [
    "__builtin__": evaluators,
    "builtins": evaluators,
    "io": ["open", "open_code", "FileIO"],
    "_io": ["open", "open_code", "FileIO"],
    "torch": ["load", "compile"],
    "torch.serialization": ["load", "_load", "_legacy_load"],
    "torch.jit": ["load"],
    "torch.hub": ["load", "load_state_dict_from_url", "download_url_to_file"],
    "torch.utils.cpp_extension": ["load", "load_inline"],
    "torch.utils._config_module": ["load_config"],
    "torch.package": ["PackageImporter"],
    "torch.package.package_importer": ["PackageImporter"],
    "numpy": ["load", "loadtxt", "fromfile", "genfromtxt"],
    "numpy.testing._private.utils": ["runstring"],
    "numpy.f2py.crackfortran": ["getlincoef", "myeval"],
    "cloudpickle": ["load", "loads"],
    "dill": ["load", "loads", "load_module", "load_session"],
    "dill._dill": ["load", "loads", "load_module", "load_session", "_create_filehandle"],
    "joblib": ["load"],
    "pandas": ["read_pickle"],
    "logging.config": ["listen"],
    "operator": ["methodcaller"],
    "_operator": ["methodcaller"],
    "urllib.request": ["urlopen", "urlretrieve", "Request"],
    "requests.api": ["get", "post", "request"],
    "commands": ["getoutput", "getstatusoutput"],
    "code": ["interact", "InteractiveInterpreter", "InteractiveConsole"],
    "timeit": ["timeit", "repeat", "main", "Timer"],
    "trace": ["Trace", "main"],
    "profile": ["run", "runctx", "Profile"],
    "multiprocessing.util": ["spawnv_passfds"],
    "site": ["main", "execsitecustomize", "addsitedir"],
  ]
}
