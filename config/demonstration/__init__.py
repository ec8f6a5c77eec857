"""The demonstration programme: its files, and how they were made."""
