"""The demo on a real Docker Engine: the stack as code, under names of its own, with the sample applications."""
