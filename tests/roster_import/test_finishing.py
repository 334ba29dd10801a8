"""Rows are sealed, indexed and spelt by a helper process where there are many: the same rows, whatever becomes of the helper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings

from linglou.foundation.people.roster_import import finishing
from linglou.kernel.secrets import blind_index, unseal

HEAD = "1\t2"


def batches(count: int = 40) -> list[list[list[str]]]:
    """Two rows each: one accepted, one refused."""
    return [
        [
            [HEAD, "new", f"王\\{n}", "34052420050901001X", f"138{n:08}", ""],
            [HEAD, "rejected", "李雷", "", "", ""],
        ]
        for n in range(count)
    ]


def read(content: bytes) -> list[list[str]]:
    """The rows as the database gets them, with sealed values opened."""
    rows = [line.split("\t") for line in content.decode().replace("\\\\", "\\").splitlines()]
    sealed = [len(HEAD.split("\t")) + finishing.FINISHED.index(name) for name in ("id_number", "phone", "guardian_phone")]
    return [[unseal(cell) if at in sealed else cell for at, cell in enumerate(row)] for row in rows]


def finished(*, has_helper: bool, given: Iterator[list[list[str]]] | None = None) -> list[list[str]]:
    with finishing.Finisher(has_helper=has_helper) as finisher:
        return [row for content in finisher.finish(given or batches()) for row in read(content)]


def test_a_row_is_sealed_indexed_and_spelt() -> None:
    good, refused = finished(has_helper=False)[:2]
    told = dict(zip(finishing.FINISHED, good[2:], strict=True))
    assert told["name"] == "王\\0"
    assert (told["pinyin"], told["id_number"], told["phone"]) == ("wang 0", "34052420050901001X", "13800000000")
    assert told["phone_index"] == blind_index("phone", "13800000000")
    assert refused[2:4] == ["rejected", "李雷"]
    assert not any(refused[4:])


def test_the_helper_says_the_same_in_the_same_order() -> None:
    assert finished(has_helper=True) == finished(has_helper=False)


def test_nothing_of_a_value_is_in_clear() -> None:
    with finishing.Finisher(has_helper=True) as finisher:
        content = b"".join(finisher.finish(batches(3)))
    assert b"34052420050901001X" not in content
    assert b"13800000001" not in content


@pytest.mark.parametrize("after", [0, 3, 39])
def test_a_helper_that_dies_is_done_without(after: int) -> None:
    finisher = finishing.Finisher(has_helper=True)
    assert finisher._helper is not None
    process = finisher._helper._process

    def given() -> Iterator[list[list[str]]]:
        for n, batch in enumerate(batches()):
            if n == after:
                process.kill()
                process.wait()
            yield batch

    with finisher:
        rows = [row for content in finisher.finish(given()) for row in read(content)]
    assert rows == finished(has_helper=False)


def test_no_process_is_left() -> None:
    def given() -> Iterator[list[list[str]]]:
        yield from batches(2)
        raise ZeroDivisionError

    finisher = finishing.Finisher(has_helper=True)
    assert finisher._helper is not None
    with pytest.raises(ZeroDivisionError), finisher:
        list(finisher.finish(given()))
    assert finisher._helper._process.returncode is not None


def test_the_key_is_handed_over_and_not_shown() -> None:
    with finishing.Finisher(has_helper=True) as finisher:
        assert finisher._helper is not None
        assert settings.SECRET_KEY not in str(finisher._helper._process.args)
