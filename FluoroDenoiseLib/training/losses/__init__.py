"""The losses, one file each; all take float tensors [N, C, H, W] in one unit and return a scalar."""
