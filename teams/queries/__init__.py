"""Reads about the organisation: who sees whom (`sight`), the tree, people, the working calendar and tasks."""

from teams.queries.calendar import calendar_of
from teams.queries.people import (
    Decision,
    Row,
    Station,
    in_stage,
    people_without_sign_in,
    rows_of,
    story_of,
    survival_decisions,
    tasks_of,
    with_unit_name,
)
from teams.queries.placements import Place, TreeDuring, below_during, parents_on, places_of, subtree_ids_on, tree_during
from teams.queries.sight import (
    LEADING_ROLES,
    Sight,
    people_employed_in,
    people_in_sight,
    person_and_sight,
    sight_of,
    subtree_ids,
    territories,
    units_in_sight,
    with_place,
)
from teams.queries.tree import Head, Node, path_of, tree

__all__ = [
    "LEADING_ROLES",
    "Decision",
    "Head",
    "Node",
    "Place",
    "Sight",
    "Row",
    "Station",
    "TreeDuring",
    "below_during",
    "calendar_of",
    "in_stage",
    "parents_on",
    "path_of",
    "people_employed_in",
    "people_in_sight",
    "people_without_sign_in",
    "person_and_sight",
    "places_of",
    "rows_of",
    "sight_of",
    "story_of",
    "subtree_ids",
    "subtree_ids_on",
    "survival_decisions",
    "tasks_of",
    "territories",
    "tree",
    "tree_during",
    "units_in_sight",
    "with_place",
    "with_unit_name",
]
