"""Training from noisy cines: sequences, losses, the two steps. Nothing on the inference path imports this."""
