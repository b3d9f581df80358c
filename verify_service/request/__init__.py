"""What a request says, and what is decided by it: pure, but for the answers, which are aiohttp's.

Headers and cookies in, the visitor's policy and the addresses to return to, identity headers out.
"""
