"""The screens that lie over the views."""
