"""What must always be true of samples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from django.utils.translation import gettext as _

from communities.callbacks.models import Sample
from communities.callbacks.queries import is_drawn_from_its_seed
from communities.callbacks.services.samples import frame_text
from revenue.ledger.checks import register


@register("callbacks.samples")
def samples_are_drawn_from_their_seed() -> Iterator[str]:
    """Every sample holds the payments that its seed draws from its frame, and its frame has its hash."""
    for sample in Sample.objects.order_by("pk"):
        is_same_frame = hashlib.sha256(frame_text(sample.frame).encode()).hexdigest() == sample.frame_sha256
        if not is_same_frame or not is_drawn_from_its_seed(sample):
            yield _("The sample of %(sample)s is not what its seed draws.") % {"sample": sample}
