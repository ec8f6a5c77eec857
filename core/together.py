"""One operation of a migration that takes several steps."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class Together(Operation):
    """
    Take several steps, and draw Django's picture of all models once for them.

    Django draws it anew after each step on a model or a reference: with a hundred models that was most of the time of a first
    ``migrate``. The steps see the picture before the first and after the last of them, so they hold either new tables, each
    after those it refers to, or changes of older tables, each column, constraint and index named once.
    """

    reduces_to_sql = True

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__qualname__, [self.operations], {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        # Without it, a step draws nothing; whoever asks for it next has it drawn.
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState) -> None:
        # Undone one at a time, each between its own two pictures: nobody waits for that.
        pictures = [to_state]
        for operation in self.operations:
            after = pictures[-1].clone()
            operation.state_forwards(app_label, after)
            pictures.append(after)
        for number, operation in reversed(list(enumerate(self.operations))):
            operation.database_backwards(app_label, schema_editor, pictures[number + 1], pictures[number])

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)
