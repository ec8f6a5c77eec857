"""Bank statements: bytes to lines, and which expected receipt or payment a line may be. Pure: no Django, no I/O."""
