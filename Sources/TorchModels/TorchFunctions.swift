/// Functions of `torch` and `torch.nn.functional` that work on each element, by the class that does
/// the same.
enum TorchFunctions {
  static let types: [String: String] = [
    "relu": "ReLU", "relu_": "ReLU", "relu6": "ReLU6", "sigmoid": "Sigmoid", "tanh": "Tanh",
    "silu": "SiLU", "gelu": "GELU", "elu": "ELU", "celu": "CELU", "selu": "SELU", "mish": "Mish",
    "softplus": "Softplus", "softsign": "Softsign", "hardtanh": "Hardtanh",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "leaky_relu": "LeakyReLU",
    "logsigmoid": "LogSigmoid", "tanhshrink": "Tanhshrink", "hardshrink": "Hardshrink",
    "softshrink": "Softshrink", "zeros_like": "Zero", "ones_like": "One", "clone": "Identity",
    "_unity": "Identity",
  ]
}
