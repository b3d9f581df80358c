"""The configuration: defaults, file, environment and flags, each over the one before it."""

from specter_tui.config.document import DEFAULT_CONTEXT
from specter_tui.config.load import LoadedConfig, Options, load

__all__ = ["DEFAULT_CONTEXT", "LoadedConfig", "Options", "load"]
