"""The command line: argparse in, text or JSON out, both from the same snapshot."""
