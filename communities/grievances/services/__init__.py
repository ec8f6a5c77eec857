"""What people do with complaints: file, follow, answer, escalate, close, appeal, and open what is private."""

from communities.grievances.services.filing import Filed, appeal, file_case, no_such_code
from communities.grievances.services.handling import answer_case, close_case, escalate_case, link_case, open_case, open_contact, open_file
from communities.grievances.services.schedule import escalate_overdue, publish_counts

__all__ = [
    "Filed",
    "answer_case",
    "appeal",
    "close_case",
    "escalate_case",
    "escalate_overdue",
    "file_case",
    "link_case",
    "no_such_code",
    "open_case",
    "open_contact",
    "open_file",
    "publish_counts",
]
