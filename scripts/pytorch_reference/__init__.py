"""What the scripts share: networks, what PyTorch computes with them, and files."""
