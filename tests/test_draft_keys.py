"""Parts of a draft keep keys of their own, wherever they are moved to, so that none is lost."""

from __future__ import annotations

from apps.measures.importing.notices import correcting
from apps.measures.importing.notices.correcting import IssueWords
from apps.measures.importing.tree import Kind, Leaf, Node, Tree


def draft() -> Tree:
    """Two aspects, of three issues and of one, each with a measure and a figure."""

    def issue(key: str) -> Node:
        parts = [
            Node(Kind.MEASURE, f"{key}.m1", {"text": Leaf(f"措施 {key}")}),
            Node(Kind.FIGURE, f"{key}.f4", {"name": Leaf("数")}),
        ]
        return Node(Kind.ISSUE, key, {"title": Leaf(f"问题 {key}"), "finding": Leaf("表现")}, parts)

    return Tree(
        [
            Node(Kind.CATEGORY, "c1", {"title": Leaf("一")}, [issue("c1.i1"), issue("c1.i2"), issue("c1.i3")]),
            Node(Kind.CATEGORY, "c2", {"title": Leaf("二")}, [issue("c2.i1")]),
        ]
    )


def move(tree: Tree, key: str, category: str) -> None:
    node = correcting.found(tree, key)
    texts = [measure.text("text") for measure in node.of_kind(Kind.MEASURE)]
    correcting.amend(tree, key, IssueWords(node.text("title"), node.text("finding"), category, measures=texts))


def keys(tree: Tree) -> list[str]:
    return [node.key for node in tree.walk()]


def test_no_new_issue_gets_the_key_of_one_that_was_moved_away() -> None:
    tree = draft()
    move(tree, "c1.i3", "c2")
    added = correcting.add_issue(tree, "c1", "漏读的一条")
    move(tree, added, "c1")
    correcting.amend(tree, added, IssueWords("漏读的一条", "表现", "c1", measures=("补措施",)))
    assert len(keys(tree)) == len(set(keys(tree)))
    assert correcting.found(tree, "c1.i3").text("title") == "问题 c1.i3"


def test_no_new_aspect_gets_the_prefix_of_one_that_was_dropped() -> None:
    tree = draft()
    move(tree, "c2.i1", "c1")
    correcting.drop(tree, "c2")
    added = correcting.add_issue(tree, correcting.add_category(tree, "新的方面"), "新的一条")
    assert len(keys(tree)) == len(set(keys(tree)))
    assert correcting.found(tree, added).text("title") == "新的一条"


def test_an_issue_comes_back_to_its_aspect() -> None:
    tree = draft()
    move(tree, "c1.i3", "c2")
    move(tree, "c1.i3", "c1")
    assert [len(node.children) for node in tree.nodes] == [3, 1]


def test_figures_of_a_joined_issue_keep_apart_from_those_that_are_there() -> None:
    tree = draft()
    correcting.join(tree, "c1.i2")
    assert len(keys(tree)) == len(set(keys(tree))) == 13
