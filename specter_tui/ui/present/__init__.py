"""From the model to pieces of text with a meaning: pure, without widgets, every outside string made visible."""
