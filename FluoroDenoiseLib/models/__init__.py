"""Bundled and imported models: weights.safetensors and card.json, one folder each."""
