"""What all trainers share: memory that is short, nets that fall apart, the way back from a checkpoint."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alive_cli.fitting import training  # noqa: E402
from alive_cli.training.trainer import Trainer, Training  # noqa: E402


class Line(Trainer):
    """Fits y = 2x by one weight; may run out of memory, or be told a wrong error."""

    def __init__(self, steps: int = 40, pixels: int = 256, room: int = 1 << 30) -> None:
        self.weight = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.zeros_(self.weight.weight)
        super().__init__(self.weight, Training(steps, 0.05, pixels=pixels))
        self.room = room
        self.lies: dict[int, float] = {}

    def draw(self, random: torch.Generator) -> torch.Tensor:
        return torch.randint(1 << 20, (self.pixels,), generator=random)

    def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.pixels > self.room:
            raise torch.OutOfMemoryError("so many don't fit")
        x = batch[:, None] / (1 << 20)
        loss = (self.weight(x) - 2 * x).square().mean()
        return loss, torch.full_like(loss, self.lies[self.step_number]) if self.step_number in self.lies else loss


def test_batches_shrink_where_memory_is_short() -> None:
    trainer = Line(room=100)
    trainer.step()
    assert (trainer.pixels, trainer.step_number) == (64, 1)
    with pytest.raises(torch.OutOfMemoryError):
        Line(room=1).step()


def test_a_net_that_falls_apart_goes_back() -> None:
    trainer = Line()
    trainer.lies = dict.fromkeys(range(20, 30), 1e3)
    training.train(trainer)
    assert trainer.step_number == 40
    assert trainer._rate < 0.05


def test_a_fall_that_mends_itself_costs_nothing() -> None:
    trainer = Line(steps=4000)
    trainer.lies = dict.fromkeys(range(4000), 1.0) | dict.fromkeys(range(2000, 2100), 10.0)
    training.train(trainer)
    assert trainer._rate == 0.05


def test_what_is_no_number_is_left_at_once() -> None:
    trainer = Line(steps=100)
    trainer.lies = {50: float("nan")}
    training.train(trainer)
    assert trainer._rate == 0.025
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
    seen: list[bool] = []

    class Looking(Line):
        def loss(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            seen.append(torch.backends.cuda.matmul.allow_tf32)
            return super().loss(batch)

    exact, coarse = Looking(), Looking()
    coarse._coarse = True
    for trainer in (exact, coarse, exact):
        trainer.step()
    assert seen == [False, True, False]
    assert not torch.backends.cuda.matmul.allow_tf32


def test_batches_drawn_ahead_are_those_of_their_steps() -> None:
    trainer = Line(steps=training.DRAWN_AHEAD + 3)
    for step in range(trainer.steps):
        expected = trainer.draw(torch.Generator().manual_seed(training.step_seed(0, step)))
        assert torch.equal(trainer._batch(), expected)
        trainer.step_number += 1
