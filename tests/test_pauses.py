import gc
import weakref

from app.pauses import short_pauses


def test_what_survived_is_not_looked_at_again_until_the_service_ends() -> None:
    callbacks = list(gc.callbacks)
    with short_pauses():
        kept = [[number] for number in range(1_000)]
        gc.collect()
        assert not any(one is kept for one in gc.get_objects())
        assert gc.get_freeze_count() >= len(kept)
    assert gc.get_freeze_count() == 0
    assert gc.callbacks == callbacks


class Ring:
    """Holds itself, so that only the collector can free it."""

    def __init__(self) -> None:
        self.itself = self


def test_garbage_that_comes_later_still_goes() -> None:
    with short_pauses():
        gone = weakref.ref(Ring())
        gc.collect()
        assert gone() is None
