"""Draw a contact sheet of the first batches, as training is given them."""

from pathlib import Path

import torch
from PIL import Image

from unseen.records import Uint8Array
from unseen.report.pictures import contact_sheet
from unseen.runs import atomic_path
from unseen.training.training_data import StepBatches

SHOWN = 60
COLUMNS = 10


def write_sheet(path: Path, batches: StepBatches, device: torch.device) -> None:
    """Write a PNG of up to 60 photos exactly as the first steps vary them, for people to look at."""
    augment, pictures, step = batches.images.augment.to(device), list[Uint8Array](), 0
    while len(pictures) < SHOWN and step < batches.pass_steps:
        with torch.inference_mode():
            augmented = batches.make(step).augmented(augment, device)
        planes = augmented.clamp(0, 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        pictures += list(planes)
        step += 1
    with atomic_path(path) as temporary:
        Image.fromarray(contact_sheet(pictures[:SHOWN], COLUMNS)).save(temporary, "PNG", compress_level=1)
