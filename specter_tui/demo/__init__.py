"""The embedded system that a newcomer meets and the tests run; loopback only."""
