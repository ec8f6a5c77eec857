"""Steps taken together leave what the same steps leave one by one, and can be undone."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations import AddConstraint, AddField, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from core.together import Together

pytestmark = pytest.mark.django_db

TABLES: list[Operation] = [
    CreateModel("Tree", [("id", models.BigAutoField(primary_key=True))]),
    CreateModel("Leaf", [("id", models.BigAutoField(primary_key=True)), ("tree", models.ForeignKey("registry.Tree", models.CASCADE))]),
]
CHANGES: list[Operation] = [
    AddField("leaf", "size", models.IntegerField(default=1)),
    AddField("leaf", "next", models.ForeignKey("registry.Leaf", models.CASCADE, null=True)),
    AddConstraint("leaf", models.CheckConstraint(condition=models.Q(size__gt=0), name="leaf_has_a_size")),
]


@pytest.fixture(autouse=True)
def as_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def columns() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'registry_leaf'")
        found = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'leaf\\_%'")
        return found | {name for (name,) in cursor.fetchall()}


def test_steps_taken_together_are_those_steps_and_can_be_undone() -> None:
    states = [ProjectState()]
    for step in (Together(TABLES), Together(CHANGES)):
        _ = states[-1].apps  # drawn, as a migration before would leave it
        states.append(states[-1].clone())
        step.state_forwards("registry", states[-1])
        with connection.schema_editor(atomic=False) as editor:
            step.database_forwards("registry", editor, *states[-2:])
    one_by_one = ProjectState()
    for operation in TABLES + CHANGES:
        operation.state_forwards("registry", one_by_one)
    assert states[-1] == one_by_one
    assert columns() == {"id", "tree_id", "size", "next_id", "leaf_has_a_size"}
    with connection.schema_editor(atomic=False) as editor:
        Together(CHANGES).database_backwards("registry", editor, states[2], states[1])
    assert columns() == {"id", "tree_id"}
    with connection.schema_editor(atomic=False) as editor:
        Together(TABLES).database_backwards("registry", editor, states[1], states[0])
    assert columns() == set()
