"""Read adapters, one a source: SDK objects in, core models out; every failure is a SourceError."""
