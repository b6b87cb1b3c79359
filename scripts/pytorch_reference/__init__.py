"""What the scripts share: networks, PyTorch's answers to them, and the files they are written to."""
