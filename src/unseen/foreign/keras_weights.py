"""Read the weights of Keras files by name, and put every one in its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unseen.errors import UnseenError
from unseen.records import Float32Array

MAX_BYTES = 4 * 2**30
# The order of a layer's own weights in a .keras file, where they are numbered; others as Keras lists them.
_SAME = {
    "depthwise_kernel": "kernel",
    "moving_var": "moving_variance",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The weights of one layer. place: the path of the layer in the file. arrays: by name, in the file's order."""

    place: tuple[str, ...]
    arrays: Mapping[str, Float32Array]


Weights = Sequence[Group]
Leaf = tuple[tuple[str, ...], tuple[str, ...], Any]
"""Path by names, path by kinds, the layer."""


def stored_weights(file: Any, path: Path) -> Weights:
    """Return every layer's weights of an open HDF5 file; raise where it points elsewhere or holds less than it says."""
    _check_links(file, path)
    root = file.get("model_weights", file)
    if "layer_names" in root.attrs:
        return list(_legacy_groups(root))
    return list(_numbered_groups(root, ()))


def _check_links(file: Any, path: Path) -> None:
    from h5py import Dataset, ExternalLink, SoftLink

    waiting, seen, declared = [file], set(), 0
    while waiting:
        group = waiting.pop()
        for name in group:
            link = group.get(name, getlink=True)
            if isinstance(link, ExternalLink | SoftLink):
                raise UnseenError(f"{path} points to another place ('{name}'): save the model again")
            one = group[name]
            if one.id in seen:
                continue
            seen.add(one.id)
            if not isinstance(one, Dataset):
                waiting.append(one)
                continue
            if one.external or one.is_virtual:
                raise UnseenError(f"{path} takes its weights from another file: save the model again")
            declared += one.size * one.dtype.itemsize
            if declared > MAX_BYTES or one.size * one.dtype.itemsize > 64 * max(one.id.get_storage_size(), 2**20):
                raise UnseenError(f"{path} says it holds {declared:,} bytes, more than are there: save the model again")


def _legacy_groups(root: Any) -> Iterator[Group]:
    """Yield the layers of Keras 2's and 3's .h5: names of layers, and for each the names of its weights."""
    for layer in _names(root, "layer_names"):
        found: dict[tuple[str, ...], dict[str, Float32Array]] = {}
        for name in _names(root[layer], "weight_names"):
            parts = name.split(":")[0].split("/")
            array = np.asarray(root[layer][name], np.float32)
            own = found.setdefault(tuple(parts[:-1]) or (layer,), {})
            own[_same(parts[-1])] = array
        for place, arrays in found.items():
            yield Group((layer, *place), arrays)


def _names(group: Any, key: str) -> list[str]:
    """Return a list of names that HDF5 may hold in several attributes: a header is at most 64 KiB."""
    values = list(group.attrs[key]) if key in group.attrs else []
    number = 0
    while f"{key}{number}" in group.attrs:
        values += list(group.attrs[f"{key}{number}"])
        number += 1
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]


def _numbered_groups(root: Any, place: tuple[str, ...]) -> Iterator[Group]:
    """Yield the layers of a .keras archive: LAYER/vars/0, LAYER/vars/1, ..."""
    for name in root:
        one = root[name]
        if not hasattr(one, "keys"):
            continue
        if name == "vars":
            arrays = {key: np.asarray(one[key], np.float32) for key in sorted(one, key=int)}
            if arrays:
                yield Group(place, arrays)
        elif name not in ("optimizer", "seed_generator"):
            # TensorFlow 2.12 to 2.15 wrote "_layer_checkpoint_dependencies\\conv2d"
            yield from _numbered_groups(one, (*place, name.split("\\")[-1]))


def _same(name: str) -> str:
    return _SAME.get(name, name)


def fill(model: Any, weights: Weights) -> None:
    """Put `weights` into a Keras model; raise where one has no place or a layer has none."""
    leaves = [leaf for leaf in _leaves(model, (), ()) if _variables(leaf[2])]
    numbered = all(name.isdecimal() for group in weights for name in group.arrays)
    found = _by_path(leaves, weights) if numbered else _by_name(leaves, weights)
    if len({id(one) for one in found}) != len(leaves):
        if len(weights) != len(leaves):
            raise UnseenError(f"it has weights of {len(weights)} layers for {len(leaves)}: save the model again")
        found = list(weights)
    for stored, (place, _, layer) in zip(found, leaves, strict=True):
        _assign(layer, stored, place)


def _by_name(leaves: Sequence[Leaf], weights: Weights) -> list[Group]:
    """Return the group of each layer: of those with its name, the one whose path shares most with the layer's."""
    by_name: dict[str, list[Group]] = {}
    for group in weights:
        by_name.setdefault(group.place[-1], []).append(group)
    return [
        max(by_name[place[-1]], key=lambda group: len(set(group.place) & set(place)))
        for place, _, _ in leaves
        if place[-1] in by_name
    ]


def _by_path(leaves: Sequence[Leaf], weights: Weights) -> list[Group]:
    """Return the group of each layer in a .keras archive: by the kinds of layers, numbered, or by their names."""
    places = {tuple(part for part in group.place if part != "layers"): group for group in weights}
    found = [places.get(kinds) or places.get(place) for place, kinds, _ in leaves]
    return [group for group in found if group]


def _leaves(model: Any, place: tuple[str, ...], kinds: tuple[str, ...]) -> Iterator[Leaf]:
    """Yield each layer with its path by names, and by kinds as .keras files number them: conv2d, conv2d_1."""
    used: dict[str, int] = {}
    for layer in model.layers:
        kind = _snake(layer.__class__.__name__)
        used[kind] = used.get(kind, -1) + 1
        own = f"{kind}_{used[kind]}" if used[kind] else kind
        if hasattr(layer, "layers"):
            yield from _leaves(layer, (*place, layer.name), (*kinds, own))
        else:
            yield (*place, layer.name), (*kinds, own), layer


def _snake(name: str) -> str:
    """Return `DepthwiseConv2D` as `depthwise_conv2d`, as Keras does."""
    found = re.sub(r"\W+", "", name)
    found = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", found)
    return re.sub("([a-z])([A-Z])", r"\1_\2", found).lower()


def _variables(layer: Any) -> list[Any]:
    return [one for one in layer.weights if "seed_generator" not in one.path]


def _assign(layer: Any, group: Group, place: tuple[str, ...]) -> None:
    variables = _variables(layer)
    arrays = {name: array for name, array in group.arrays.items() if name != "count"}
    numbered = all(name.isdecimal() for name in arrays)
    values: list[Float32Array | None] = [*arrays.values()]
    if not numbered:
        variables = [one for one in variables if one.name != "count"]  # of what a Normalization has seen
        values = [arrays.get(_same(one.name)) for one in variables]
    if numbered and len(values) == len(variables) + 1 and values[-1] is not None and not values[-1].shape:
        values.pop()  # Normalization counts what it has seen
    shapes = [None if value is None else tuple(value.shape) for value in values]
    if shapes != [tuple(one.shape) for one in variables]:
        raise UnseenError(f"the weights of layer {'/'.join(place)!r} do not fit it: save the model again")
    for one, value in zip(variables, values, strict=True):
        one.assign(value)
