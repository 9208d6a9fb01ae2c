"""Weight files of `pretrain.train` that went on from each other in; one file with their mean out.

    python -m pretrain.average FIRST.safetensors SECOND.safetensors --out handnet.safetensors

Weights that lie on one path of training can be averaged, and the mean keeps more of what each one knows than either
does (Wortsman et al., 2022, "Model soups", arXiv:2203.05482).
"""

import argparse
from pathlib import Path

import torch

from pretrain.train import write_weights
from unseen.locate.hand_reader import READER_PX
from unseen.locate.handnet import HandNet
from unseen.models.weights import read_tensors


def mean_of(files: list[Path]) -> HandNet:
    """Return the network whose weights are the mean of those in `files`; of what some lack, that of the others."""
    read = [read_tensors(file)[0] for file in files]
    network = HandNet("same")
    own = network.state_dict()
    for name in set[str]().union(*read):
        own[name] = torch.stack([one[name].float() for one in read if name in one]).mean(dim=0)
    network.load_state_dict(own)
    return network


def main() -> None:
    """Read the flags, average, write."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("files", nargs="+", type=Path, help="weight files of pretrain.train")
    flags.add_argument("--out", type=Path, required=True, help="the file to write")
    given = flags.parse_args()
    write_weights(mean_of(given.files), given.out, READER_PX)


if __name__ == "__main__":
    main()
