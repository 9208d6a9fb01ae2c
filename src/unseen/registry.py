"""List the models by name: what builds each, its input side and head, and where its weights are published."""

from unseen.errors import UnseenError
from unseen.locate.handnet import HANDNET
from unseen.models.backbone import Backbone
from unseen.models.convnet import TABLES, ConvNet
from unseen.models.mobilenet import MobileNetV2
from unseen.models.norm import NORMS
from unseen.models.preprocess import UNIT
from unseen.models.spec import BackboneOptions, HubWeights, ModelSpec
from unseen.models.vgg import VGG16

SPECS: dict[str, ModelSpec] = {
    spec.name: spec
    for spec in (
        ModelSpec(
            name="mobilenetv2",
            build=lambda o: MobileNetV2(o.width, o.padding, o.norm),
            side_px=160,
            text="MobileNetV2 (Sandler et al., 2018), any --width; 0.35 is the finger-counting study's",
            whole_px=224,
            has_width=True,
            hub={
                0.5: HubWeights("timm/mobilenetv2_050.lamb_in1k"),
                1.0: HubWeights("timm/mobilenetv2_100.ra_in1k"),
                1.4: HubWeights("timm/mobilenetv2_140.ra_in1k"),
            },
        ),
        HANDNET,
        ModelSpec(
            name="vgg16",
            build=lambda o: VGG16(o.norm),
            side_px=128,
            text="VGG16 (Simonyan and Zisserman, 2014) without its dense layers",
            norm="none",
            hub={1.0: HubWeights("timm/vgg16.tv_in1k", licence="BSD-3-Clause")},
            renames={"features.": "convolutions."},
        ),
        ModelSpec(
            name="cnn-fingers",
            build=lambda o: ConvNet(TABLES["cnn-fingers"], o.side_px, o.norm),
            side_px=224,
            text="conv 6, 16, 16, dense 256 and 128: the finger-counting study's plain CNN",
            norm="none",
            hidden_layers=(256, 128),
            scratch=UNIT,
        ),
        ModelSpec(
            name="cnn-asl",
            build=lambda o: ConvNet(TABLES["cnn-asl"], o.side_px, o.norm),
            side_px=128,
            text="conv 32, 64, 128, 256, 512, dense 512: the ASL study's plain CNN",
            norm="none",
            hidden_layers=(512,),
            scratch=UNIT,
        ),
    )
}


def find_spec(name: str) -> ModelSpec:
    """Return the model called `name`; `timm/NAME` needs the extra `unseen[timm]`."""
    if name.startswith("timm/"):
        from unseen.models.timm_backbone import timm_spec

        return timm_spec(name.removeprefix("timm/"))
    if name not in SPECS:
        known = ", ".join(SPECS)
        raise UnseenError(f"model '{name}' is not known: use {known}, or timm/NAME with unseen[timm]")
    return SPECS[name]


def build_backbone(spec: ModelSpec, options: BackboneOptions) -> Backbone:
    """Build `spec`, un-trained; raise `UnseenError` where the options do not fit it."""
    if options.width != 1.0 and not spec.has_width:
        raise UnseenError(f"{spec.name} has no --width: leave it out, or use --model mobilenetv2")
    if not 0.1 <= options.width <= 4:
        raise UnseenError(f"width {options.width:g} is out of range: use one from 0.1 to 4")
    if options.norm not in NORMS:
        raise UnseenError(f"norm '{options.norm}' is not known: use {', '.join(NORMS)}")
    try:
        return spec.build(options)
    except RuntimeError as error:
        # a photo too small for the pools: torch says "Output size is too small"
        raise UnseenError(
            f"{spec.name} cannot be built at {options.side_px} px ({error}): use a larger --image-size"
        ) from error
