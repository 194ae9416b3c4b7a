"""The losses, one file each; all take float tensors [N, C, H, W] in noise standard deviations and return a scalar."""
