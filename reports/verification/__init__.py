"""
Say whether a paper came from here: to the last byte, which version, superseded by which, under which seal, signed by whom.

Answers are for everybody, so they name only what is public: what a paper is about, its version, days and hashes.
"""
