"""What officers do with recipients, their accounts, who logs for them, and what is counted in villages."""

from communities.registry.services.accounts import decide_account, propose_account
from communities.registry.services.imports import (
    accept_community_list,
    accept_indicators,
    accept_villages,
    preview_community_list,
    preview_indicators,
    preview_villages,
    record_indicators,
)
from communities.registry.services.places import accept_places, add_name, preview_places
from communities.registry.services.recipients import assign, cover_village, create_recipient, end_assignment, end_cover

__all__ = [
    "accept_community_list",
    "accept_indicators",
    "accept_places",
    "accept_villages",
    "add_name",
    "assign",
    "cover_village",
    "create_recipient",
    "decide_account",
    "end_assignment",
    "end_cover",
    "preview_community_list",
    "preview_indicators",
    "preview_places",
    "preview_villages",
    "propose_account",
    "record_indicators",
]
