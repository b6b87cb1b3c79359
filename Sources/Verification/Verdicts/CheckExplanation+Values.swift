extension CheckCode {
  /// Of the values that layers, networks and PyTorch make.
  var valueExplanation: CheckExplanation {
    switch self {
    case .layer:
      CheckExplanation(
        how: "Each module is given, in float64, the very input that it received in the network, "
          + "and what it made is compared with what its definition makes of that. The bound of an "
          + "element counts the roundings of its kernel, in their order, times the numbers that "
          + "were added; so errors of earlier layers do not add up, and a mistake is named where "
          + "it is.",
        mend: "The pattern says which channels, frames or places differ. In a layer of your own, "
          + "compare with its definition; a layer of coverify that is wrong is a mistake of "
          + "coverify: please report it.",
        example: "A bias that is added in the clip and forgotten in the steps.")
    case .layerUndecided:
      CheckExplanation(
        how: "The module has no definition in float64, or the bound on its rounding is wider than "
          + "a thousandth of the rms while the difference is between what is usual and what is "
          + "possible.",
        mend: "Give a module of your own a reference. For a bound that is too wide, look for "
          + "weights that cancel each other, or for numbers of very different sizes.",
        example: "A sum of 100,000 products of which all but a millionth cancels.")
    case .modes:
      CheckExplanation(
        how: "The whole clip is computed at once and in steps with end padding, from end to end. "
          + "Where every layer promises the same bits in both, not a bit may differ.",
        mend: "Look first at findings of CV2, CV3 and CV5, which name the place. Where none is "
          + "there, the first module whose output differs is named.",
        example: "A stream that adds a part of the frame before to each output.")
    case .referenceDiffers:
      CheckExplanation(
        how: "What each mode makes of the given clip is compared with what PyTorch made. The "
          + "tolerance is what rounding does to this network, tried out in float64 with rounded "
          + "layers.",
        mend: "Where CV806 is there as well, the architecture or the weights are not those of the "
          + "Python model: mend that first. Where it is not, the modes of coverify are wrong.",
        example: "The output of an older checkpoint.")
    case .referenceMissing:
      CheckExplanation(
        how: "An expected output without the input that it was made of cannot be compared, and "
          + "--strict asks for one where there is none.",
        mend: "Give both: --input CLIP --expect OUTPUT, or write the file with "
          + "scripts/describe_model.py, which stores them.",
        example: "coverify model.pt --strict of a bare state dict.")
    case .stale:
      CheckExplanation(
        how:
          "A fixture has the SHA-256 of the model's file that it was recorded of. The outputs are "
          + "compared all the same.",
        mend:
          "Where the new file is meant, record it: coverify record --mode all MODEL. Where it is "
          + "not, somebody has changed the file.",
        example: "A checkpoint that was trained on for an epoch, and its fixture of the day before."
      )
    case .architecture:
      CheckExplanation(
        how: "The definitions of all layers compute the clip in float64, without any kernel, and "
          + "that is compared with PyTorch's float64 output to 1e-11 of the rms. Where it "
          + "differs, single changes are tried, or the first module that differs is named where "
          + "the file has what PyTorch's modules made (--layers).",
        mend: "The hint names the change or the module. Else compare strides, paddings, "
          + "activations, eps and the order of layers with the Python model, and the weights with "
          + "the checkpoint.",
        example: "GELU where the Python model has GELU(approximate=\"tanh\"): off by 5e-4.")
    case .referenceSteps:
      CheckExplanation(
        how: "The steps in which outputs came are compared with those of PyTorch's own stream "
          + "(steps_index).",
        mend: "A stride or a delay is another one than in the Python model.",
        example: "Outputs of coverify in steps 2, 4, 6 and of PyTorch in 3, 5, 7.")
    default: preconditionFailure("\(rawValue) has no explanation")
    }
  }
}
