"""Open a safetensors file of weights as the timm network that it is for."""

from pathlib import Path

from unseen.errors import UnseenError
from unseen.foreign.network import ForeignNetwork
from unseen.foreign.torch_file import module_network
from unseen.models.timm_backbone import import_timm


def open_safetensors(path: Path, arch: str | None) -> ForeignNetwork:
    """Return the network `arch` ("timm/NAME") with the weights of `path`; every tensor must have its place."""
    if not arch or not arch.startswith("timm/"):
        raise UnseenError(f"{path} holds weights alone: say for which network with --arch timm/NAME")
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UnseenError(f"{path} cannot be read ({str(error)[:160]}): copy it again") from None
    matrices = [name for name, value in weights.items() if value.dim() == 2]
    if not matrices:
        raise UnseenError(f"{path} has no last layer: give the weights of the whole classifier")
    name = arch.removeprefix("timm/")
    timm = import_timm()
    try:
        module = timm.create_model(name, pretrained=False, num_classes=len(weights[matrices[-1]]))
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise UnseenError(
            f"{path} does not fit {arch} ({str(error).splitlines()[0][:160]}): name another --arch"
        ) from None
    return module_network(path, arch, module)
