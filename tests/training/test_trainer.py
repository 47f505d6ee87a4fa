"""What all trainers share: memory that is short, networks that fall apart, going on from a checkpoint."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.training.step_graph import EAGER_STEPS, StepGraph  # noqa: E402
from alive_cli.training.trainer import DRAWN_AHEAD, Trainer, Training, schedule, step_seed, train  # noqa: E402


class Line(Trainer):
    """Fits y = 2x by one weight; may run out of memory, and may say a wrong error at some steps."""

    def __init__(self, steps: int = 40, pixels: int = 256, room: int = 1 << 30, *, coarse: bool = False) -> None:
        self.weight = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.zeros_(self.weight.weight)
        super().__init__(self.weight, Training(steps, 0.05, pixels=pixels, coarse=coarse))
        self.room = room
        self.lies: dict[int, float] = {}
        self.batches: list[torch.Tensor] = []

    def draw(self, random: torch.Generator) -> torch.Tensor:
        return torch.randint(1 << 20, (self.pixels,), generator=random)

    def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.pixels > self.room:
            raise torch.OutOfMemoryError("so many don't fit")
        self.batches.append(batch)
        x = batch[:, None] / (1 << 20)
        loss = (self.weight(x) - 2 * x).square().mean()
        return loss, torch.full_like(loss, self.lies[self.step_number]) if self.step_number in self.lies else loss

    @property
    def rate(self) -> float:
        """The learning rate that a checkpoint would keep."""
        return float(self.state()["rate"])


def test_batches_shrink_where_memory_is_short() -> None:
    trainer = Line(room=100)
    trainer.step()
    assert (trainer.pixels, trainer.step_number) == (64, 1)
    with pytest.raises(torch.OutOfMemoryError):
        Line(room=1).step()


def test_a_network_that_falls_apart_goes_back() -> None:
    trainer = Line()
    trainer.lies = dict.fromkeys(range(20, 30), 1e3)
    train(trainer)
    assert trainer.step_number == 40
    assert trainer.rate < 0.05


def test_a_fall_that_mends_itself_costs_nothing() -> None:
    trainer = Line(steps=4000)
    trainer.lies = dict.fromkeys(range(4000), 1.0) | dict.fromkeys(range(2000, 2100), 10.0)
    train(trainer)
    assert trainer.rate == 0.05


def test_an_error_that_is_no_number_is_left_at_once() -> None:
    trainer = Line(steps=100)
    trainer.lies = {50: float("nan")}
    train(trainer)
    assert trainer.rate == 0.025
    assert torch.isfinite(trainer.weight.weight).all()


def test_going_on_takes_the_same_steps() -> None:
    whole, first = Line(room=100), Line(room=100)
    for _ in range(10):
        whole.step()
        first.step()
    state = {name: torch.from_numpy(np.array(tensor.numpy())) for name, tensor in first.state().items()}
    second = Line()
    second.restore(state)
    for _ in range(10):
        whole.step()
        second.step()
    assert second.step_number == 20
    assert second.pixels == whole.pixels
    assert torch.equal(second.weight.weight, whole.weight.weight)


def test_only_steps_may_be_coarse() -> None:
    coarse: list[bool] = []

    class Looking(Line):
        def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            coarse.append(torch.backends.cuda.matmul.allow_tf32)
            return super().loss(batch)

    exact, rounded = Looking(), Looking(coarse=True)
    for trainer in (exact, rounded, exact):
        trainer.step()
    assert coarse == [False, True, False]
    assert not torch.backends.cuda.matmul.allow_tf32


def test_batches_drawn_ahead_are_those_of_their_steps() -> None:
    trainer = Line(steps=DRAWN_AHEAD + 3)
    for _ in range(trainer.steps):
        trainer.step()
    for step, batch in enumerate(trainer.batches):
        assert torch.equal(batch, trainer.draw(torch.Generator().manual_seed(step_seed(0, step)))), step
    assert len(trainer.batches) == trainer.steps


def test_the_schedule_rises_and_falls() -> None:
    values = [schedule(step, 1000) for step in range(1000)]
    assert values[0] < 0.05
    assert max(values) > 0.95
    assert 0.02 <= values[-1] < 0.03


def test_recorded_steps_are_the_same_steps() -> None:
    """On a GPU steps are recorded and repeated. A record that calls the step again shows that nothing else differs."""
    plain, recorded = Line(room=100), Line(room=100)
    recorded.graph = StepGraph(recorded._advance, record=lambda work: work)
    errors = [(plain.step(), recorded.step()) for _ in range(10)]
    assert plain.weight.weight == recorded.weight.weight
    assert all(one == other for one, other in errors)
    assert len({batch.data_ptr() for batch in recorded.batches[EAGER_STEPS:]}) == 1


def test_a_recording_ends_with_its_tensors() -> None:
    """Weights that were set back have another optimiser, and batches that were halved another size."""
    records: list[int] = []
    trainer = Line()
    trainer.graph = StepGraph(trainer._advance, record=lambda work: (records.append(trainer.step_number), work)[1])
    for _ in range(6):
        trainer.step()
    trainer.retreat(trainer.snapshot())
    for _ in range(6):
        trainer.step()
    trainer.room = 100
    for _ in range(6):
        trainer.step()
    assert records == [EAGER_STEPS, 6 + EAGER_STEPS, 12 + EAGER_STEPS]
    assert trainer.pixels == 64
