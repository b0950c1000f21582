"""Which worker of `make test` runs which test: every test once on each database, shared out among the workers of that database.

pytest-xdist can give every test to every worker (`each`) or to one of them (`loadfile`). Two databases with a different number
of workers need both at once: one `loadfile` for each database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import execnet
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController, parse_tx_spec_config

VARIABLE = "JIANDI_TEST_ON"


def databases(config: pytest.Config) -> list[str]:
    """The database that each worker's command line names; empty for a worker without a name for it."""
    return [str(execnet.XSpec(spec).env.get(VARIABLE, "")) for spec in parse_tx_spec_config(config)]


# Files that take a minute and more, the longest first. One that is begun last would keep one worker busy after all others.
LONGEST = (
    *("bad_pages", "axe", "operations", "dashboard_agreement", "histories", "dashboard_pages", "job_workers", "demo_days", "api_reading"),
    *("api_acts", "races", "walk_office", "walk_leader_day", "dashboard", "timeliness_rules", "demo_data", "production_walk"),
)


def longest_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Those of LONGEST, then the files by the number of their tests; the order inside of a file stays."""
    tests = Counter(item.path for item in items)
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    return sorted(items, key=lambda item: (places.get(item.path.stem, len(places)), -tests[item.path], str(item.path)))


class OncePerDatabase:
    """The scheduler's interface, each call passed on to the scheduler of the worker's own database."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        workers = databases(config)
        self.of_database = {database: LoadFileScheduling(config, log) for database in dict.fromkeys(workers)}
        for database, scheduler in self.of_database.items():
            scheduler.numnodes = workers.count(database)

    def _of(self, node: WorkerController) -> LoadFileScheduling:
        return self.of_database[node.gateway.spec.env[VARIABLE]]

    @property
    def _all(self) -> Iterable[LoadFileScheduling]:
        return self.of_database.values()

    @property
    def nodes(self) -> list[WorkerController]:
        return [node for scheduler in self._all for node in scheduler.nodes]

    @property
    def collection_is_completed(self) -> bool:
        return all(scheduler.collection_is_completed for scheduler in self._all)

    @property
    def tests_finished(self) -> bool:
        return all(scheduler.tests_finished for scheduler in self._all)

    @property
    def has_pending(self) -> bool:
        return any(scheduler.has_pending for scheduler in self._all)

    def add_node(self, node: WorkerController) -> None:
        self._of(node).add_node(node)

    def add_node_collection(self, node: WorkerController, collection: Sequence[str]) -> None:
        self._of(node).add_node_collection(node, collection)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        self._of(node).mark_test_complete(node, item_index, duration)

    def mark_test_pending(self, item: str) -> None:
        for scheduler in self._all:
            scheduler.mark_test_pending(item)

    def remove_pending_tests_from_node(self, node: WorkerController, indices: Sequence[int]) -> None:
        self._of(node).remove_pending_tests_from_node(node, indices)

    def remove_node(self, node: WorkerController) -> str | None:
        unfinished: str | None = self._of(node).remove_node(node)
        return unfinished

    def schedule(self) -> None:
        for scheduler in self._all:
            scheduler.schedule()
