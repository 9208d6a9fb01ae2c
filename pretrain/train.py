"""Landmark files in, `handnet.safetensors` out: pre-training that can be stopped and goes on.

    python -m pretrain.train LANDMARKS.npz... --weights IMAGENET.safetensors --steps 3600 --out FOLDER

LANDMARKS come from `pretrain.teacher`, or packed from `pretrain.pack`. It starts from ImageNet weights of MobileNetV2
1.0 with TensorFlow's padding, keeps its features near theirs, and learns hands from the rest. Labels of signs are not
read. Started again with the same --out it goes on where it was. The schedule is fixed by --steps, or by
--time-limit on a machine whose speed is not known.
"""

import argparse
import copy
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the field's name for it

from pretrain.batches import Batches, HandBatch
from pretrain.hands import Hands, read_hands
from pretrain.live_rendering import rendered_beside
from pretrain.losses import WEIGHTS, hand_losses, total
from pretrain.pack import is_packed, unpack
from pretrain.stream import stream
from unseen.locate.handnet import EMBEDDING, HandNet
from unseen.models.mobilenet import MobileNetV2
from unseen.models.weights import read_tensors
from unseen.progress import PrintProgress
from unseen.runtime import Runtime, find_runtime
from unseen.training.average import follow
from unseen.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    optimiser_tensors,
    restore_optimiser,
    save_checkpoint,
    under_prefix,
    with_prefix,
)  # fmt: skip
from unseen.training.schedule import warmup_cosine

RATE, DECAY, EMA_STEPS = 1e-3, 0.02, 400
FINE = 10_000  # steps of the schedule: as fine as it need be
TEACHER_EVERY = 3  # its forward pass is a third of a step
SAVE_SECONDS = 120
MEAN = STD = 128.0
# Hands rendered beside a run: no more than memory holds, 0.1 MB each; none that `pretrain.render` made before.
LIVE_HANDS, LIVE_SEED = 250_000, 10_000_000


@dataclass
class Learner:
    """The network in training, its average, its teacher with the bridge between their features, and the optimiser."""

    network: HandNet
    average: HandNet
    teacher: MobileNetV2
    bridge: nn.Linear
    optimiser: torch.optim.Optimizer
    step: int = 0

    def tensors(self) -> dict[str, Tensor]:
        """Everything that going on needs."""
        return {
            **with_prefix("network", self.network.state_dict()),
            **with_prefix("average", self.average.state_dict()),
            **with_prefix("bridge", self.bridge.state_dict()),
            **with_prefix("optimiser", optimiser_tensors(self.optimiser)),
        }

    def restore(self, saved: Checkpoint) -> None:
        """Go on from `saved`."""
        self.network.load_state_dict(under_prefix("network", saved.tensors))
        self.average.load_state_dict(under_prefix("average", saved.tensors))
        self.bridge.load_state_dict(under_prefix("bridge", saved.tensors))
        restore_optimiser(self.optimiser, under_prefix("optimiser", saved.tensors))
        self.step = int(saved.facts["step"])


def start(weights: Path, begun: Path | None, device: torch.device) -> Learner:
    """Begin with ImageNet's trunk; of its last convolution the channels with the largest weights are kept.

    begun: a file that `write_weights` wrote, to go on from instead.
    """
    tensors, _ = read_tensors(weights)
    teacher = MobileNetV2(1.0, "same")
    teacher.load_state_dict({name: tensors[name] for name in teacher.state_dict() if name in tensors}, strict=False)
    network = HandNet("same")
    kept = teacher.bn2.weight.detach().abs().argsort(descending=True)[:EMBEDDING].sort().values  # type: ignore[operator]
    own = network.state_dict()
    for name, value in teacher.state_dict().items():
        fits = name in own and own[name].shape == value.shape
        own[name] = value if fits else value[kept]
    if begun is not None:
        own.update({name: value.float() for name, value in read_tensors(begun)[0].items()})
    network.load_state_dict(own)
    for one in (network, teacher):
        one.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    teacher.eval().requires_grad_(False)
    bridge = nn.Linear(EMBEDDING, teacher.features).to(device)
    decayed = [p for m in (network, bridge) for p in m.parameters() if p.ndim > 1]
    plain = [p for m in (network, bridge) for p in m.parameters() if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
    return Learner(
        network, copy.deepcopy(network).eval(), teacher, bridge, torch.optim.AdamW(groups, lr=RATE, fused=True)
    )


def take_step(learner: Learner, batch: HandBatch, done: float, rate: float, runtime: Runtime) -> dict[str, Tensor]:
    """Learn from one batch, with `done` of the schedule behind; return the parts of the loss, still on the device."""
    x = ((batch.pixels - MEAN) / STD).contiguous(memory_format=torch.channels_last)
    learner.network.train()
    with runtime.autocast():
        read = learner.network.read(x)
    parts = hand_losses(type(read)(*(getattr(read, name).float() for name in read.__slots__)), batch)
    if learner.step % TEACHER_EVERY == 0:
        with runtime.autocast(), torch.no_grad():
            theirs = learner.teacher(x).float()
        ours = learner.bridge(read.embedding.float())
        parts["teacher"] = 1 - F.cosine_similarity(ours, theirs, dim=1).mean()
    for group in learner.optimiser.param_groups:
        group["lr"] = rate * warmup_cosine(round(done * FINE), FINE, 0.03)
    learner.optimiser.zero_grad(set_to_none=True)
    total(parts).backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(learner.network.parameters(), 5.0)
    learner.optimiser.step()
    decay = min(1 - 1 / EMA_STEPS, (1 + learner.step) / (10 + learner.step))
    follow(learner.average, learner.network, 1 - decay)
    learner.step += 1
    return {name: value.detach() for name, value in parts.items()}


def main() -> None:
    """Read the flags, learn, write the weights."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("landmarks", nargs="+", type=Path, help="files of pretrain.teacher")
    flags.add_argument(
        "--shares", default="", help="how often each is drawn, separated by commas; equally if not given"
    )
    flags.add_argument("--weights", type=Path, required=True, help="ImageNet weights of MobileNetV2 1.0")
    flags.add_argument("--start", type=Path, help="a handnet.safetensors to go on from")
    flags.add_argument("--rate", type=float, default=RATE, help="peak learning rate")
    flags.add_argument("--out", type=Path, required=True, help="folder of the checkpoint and of handnet.safetensors")
    flags.add_argument("--steps", type=int, default=8000, help="at most")
    flags.add_argument("--time-limit", type=float, help="end the schedule by the clock, counted from this start")
    flags.add_argument("--views", type=int, default=64, help="views a batch")
    flags.add_argument("--image-size", type=int, default=128)
    flags.add_argument("--seed", type=int, default=0)
    flags.add_argument("--device", default="auto")
    flags.add_argument("--workers", type=int, default=0, help="processes that choose photos ahead")
    flags.add_argument("--renderers", type=int, default=0, help="processes that render one more set meanwhile")
    given = flags.parse_args()
    sets = [unpack(path) if is_packed(path) else read_hands(path, PrintProgress()) for path in given.landmarks]
    with ExitStack() as beside:
        if given.workers + given.renderers:
            # threads that wait for a core which another process has keep all the others waiting
            torch.set_num_threads(max(1, (os.cpu_count() or 1) - given.workers - given.renderers))
        if given.renderers:
            sets.append(beside.enter_context(rendered_beside(given.renderers, LIVE_HANDS, LIVE_SEED)))
        pretrain(given, sets)


def pretrain(given: argparse.Namespace, sets: list[Hands]) -> None:
    """Learn from `sets`, going on from what is in the folder; leave the weights there."""
    runtime = find_runtime(given.device, "auto")
    shares = [float(share) for share in given.shares.split(",")] if given.shares else [1.0] * len(sets)
    batches = Batches(sets, shares, given.image_size, given.seed, runtime.device)
    torch.manual_seed(given.seed)
    learner = start(given.weights, given.start, runtime.device)
    given.out.mkdir(parents=True, exist_ok=True)
    saved = load_checkpoint(given.out)
    if saved:
        learner.restore(saved)
    learn(learner, batches, given, runtime)


def learn(learner: Learner, batches: Batches, given: argparse.Namespace, runtime: Runtime) -> None:
    """Take the steps that are left, saying the losses and the time left, saving every two minutes."""
    began, first, saved_at, steps = time.monotonic(), learner.step, time.monotonic(), given.steps
    mean: dict[str, Tensor] = {}
    done = before = 0.0 if given.time_limit else first / steps
    for chosen in stream(batches.chooser, range(first, steps), given.views, given.workers):
        for name, value in take_step(learner, batches.vary(chosen), done, given.rate, runtime).items():
            mean[name] = torch.lerp(mean.get(name, value), value, 0.02)
        now = time.monotonic()
        done = (now - began) / 60 / given.time_limit if given.time_limit else learner.step / steps
        ends = done >= 1 or learner.step == steps
        if learner.step % 100 == 0:
            speed = given.views * (learner.step - first) / (now - began)
            said = " ".join(f"{name} {float(value):.4f}" for name, value in mean.items())
            minutes = (now - began) / 60 * (1 - done) / (done - before)
            print(f"{learner.step} {done:.1%} {said}; {speed:.0f} views/s, {minutes:.0f} min left", flush=True)
        if now - saved_at > SAVE_SECONDS or ends:
            losses = {name: float(value) for name, value in mean.items()}
            facts = {"step": learner.step, "losses": losses, "weights": WEIGHTS}
            save_checkpoint(given.out, Checkpoint(learner.tensors(), facts))
            write_weights(learner.average, given.out / "handnet.safetensors", given.image_size)
            saved_at = now
        if ends:
            break


def write_weights(network: HandNet, path: Path, side_px: int) -> None:
    """Write `network` as 16-bit floats, with what its input is."""
    from safetensors.torch import save_file

    kept = {name: value for name, value in network.state_dict().items() if value.is_floating_point()}
    metadata = {"input": f"RGB, {side_px}x{side_px}, (x-128)/128", "padding": "same", "licence": "Apache-2.0"}
    save_file({name: value.half().cpu().contiguous() for name, value in kept.items()}, path, metadata)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
