"""The pure core: no I/O, no clock, no SDK. Parts in, Snapshot and Findings out."""
