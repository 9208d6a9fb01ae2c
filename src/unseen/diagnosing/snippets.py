"""Write the few correct lines around a model, for each library that people open photos with."""

from collections.abc import Callable

from unseen.diagnosing.level_lines import level_lines, shape_lines
from unseen.diagnosing.photo_reading import Reading
from unseen.diagnosing.resizers import CROP_MARGIN, PADDING
from unseen.diagnosing.scaling import CAFFE_MEAN, IMAGENET_MEAN, IMAGENET_STD
from unseen.foreign.network import Stored

_PILLOW = {"nearest": "NEAREST", "nearest-corner": "NEAREST", "bilinear": "BILINEAR", "bilinear-antialias": "BILINEAR",
           "bicubic": "BICUBIC", "bicubic-antialias": "BICUBIC", "area": "BOX", "lanczos": "LANCZOS"}  # fmt: skip
_OPENCV = {"nearest": "INTER_NEAREST_EXACT", "nearest-corner": "INTER_NEAREST", "bilinear": "INTER_LINEAR",
           "bilinear-antialias": "INTER_AREA", "bicubic": "INTER_CUBIC", "bicubic-antialias": "INTER_AREA",
           "area": "INTER_AREA", "lanczos": "INTER_AREA"}  # fmt: skip
_TENSORFLOW = {"nearest": ("nearest", False), "nearest-corner": ("nearest", False), "bilinear": ("bilinear", False),
               "bilinear-antialias": ("bilinear", True), "bicubic": ("bicubic", False), "area": ("area", False),
               "bicubic-antialias": ("bicubic", True), "lanczos": ("lanczos3", True)}  # fmt: skip
# Where a library has no filter of that name, the nearest that it has is taken.
EXACT: dict[str, set[str]] = {
    "pillow": {"nearest", "bilinear-antialias", "bicubic-antialias", "lanczos"},
    "opencv": {"nearest", "nearest-corner", "bilinear", "bicubic", "area"},
    "tensorflow": {"nearest", "bilinear", "bilinear-antialias", "area", "bicubic-antialias", "lanczos"},
    "torchvision": {"nearest", "bilinear", "bilinear-antialias", "bicubic-antialias", "lanczos"},
    "browser": {"bilinear-antialias", "bilinear"},
}

TITLES = {"pillow": "Pillow", "opencv": "OpenCV", "tensorflow": "tf.image (and Keras)", "torchvision": "torchvision",
           "browser": "the browser"}  # fmt: skip
IMPORTS = {
    "pillow": "import numpy as np\nfrom PIL import Image, ImageOps", "opencv": "import cv2\nimport numpy as np",
    "tensorflow": "import numpy as np\nimport tensorflow as tf", "browser": "// image: an <img> that has loaded",
    "torchvision": "import numpy as np\nimport torchvision.transforms as T\nfrom PIL import Image, ImageOps",
}  # fmt: skip


def snippets(
    reading: Reading, channels: int, stored: Stored | None = None, rank: int = 4, imports: bool = False
) -> dict[str, str]:
    """Return the lines that make `x`, the batch of one photo, from the file `photo.jpg`, by library.

    stored: what the input is stored as, where it takes whole levels. rank: its dimensions. imports: with imports first.
    """
    makers: dict[str, Callable[[Reading, int], list[str]]] = {
        "pillow": pillow, "opencv": opencv, "tensorflow": tensorflow, "torchvision": torchvision, "browser": browser,
    }  # fmt: skip
    made = {}
    for name, make in makers.items():
        lines = [*make(reading, channels), *level_lines(reading, stored, name), *shape_lines(rank, name)]
        if name != "browser":  # whose loop has semicolons of its own
            lines = "; ".join(lines).split("; ")
        made[name] = "\n".join([*([IMPORTS[name]] if imports else []), *lines])
    return made


def pillow(reading: Reading, channels: int) -> list[str]:
    """Return the lines for Pillow and NumPy."""
    h, w, how = reading.height_px, reading.width_px, f"Image.Resampling.{_PILLOW[reading.interpolation]}"
    opened = 'image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")'
    if reading.fit == "squash":
        sized = f"image = image.resize(({w}, {h}), {how})"
    elif reading.fit in PADDING:
        # not ImageOps.pad, which rounds half a pixel to the even side
        sized = (
            f"r = min({h} / image.height, {w} / image.width); "
            f"s = image.resize((round(image.width * r), round(image.height * r)), {how}); "
            f'image = Image.new("RGB", ({w}, {h}), ({PADDING[reading.fit]},) * 3); '
            f"image.paste(s, (({w} - s.width) // 2, ({h} - s.height) // 2))"
        )
    else:
        ratio = f"max({h} / image.height, {w} / image.width)" + _margin(reading)
        sized = (
            f"ratio = {ratio}; image = image.resize((max({w}, round(image.width * ratio)), "
            f"max({h}, round(image.height * ratio))), {how}); "
            f"image = image.crop((l := (image.width - {w}) // 2, t := (image.height - {h}) // 2, l + {w}, t + {h}))"
        )
    shown = 'image.convert("L")' if reading.order == "grey" else "image"
    pixels = f"np.asarray({shown}, np.float32)"
    return [opened, sized, f"x = {_numpy(pixels, reading, channels, 'rgb')}"]


def opencv(reading: Reading, channels: int) -> list[str]:
    """Return the lines for OpenCV, which opens photos as BGR."""
    h, w, how = reading.height_px, reading.width_px, f"cv2.{_OPENCV[reading.interpolation]}"
    if reading.fit == "squash":
        sized = f"image = cv2.resize(image, ({w}, {h}), interpolation={how})"
    elif reading.fit in PADDING:
        value = PADDING[reading.fit]
        sized = (
            f"r = min({h} / image.shape[0], {w} / image.shape[1]); "
            f"s = cv2.resize(image, (round(image.shape[1] * r), round(image.shape[0] * r)), interpolation={how}); "
            f"image = np.full(({h}, {w}, 3), {value}, np.uint8); "
            f"t, l = ({h} - s.shape[0]) // 2, ({w} - s.shape[1]) // 2; "
            "image[t : t + s.shape[0], l : l + s.shape[1]] = s"
        )
    else:
        sized = (
            f"r = max({h} / image.shape[0], {w} / image.shape[1]){_margin(reading)}; "
            f"image = cv2.resize(image, (max({w}, round(image.shape[1] * r)), max({h}, round(image.shape[0] * r))), "
            f"interpolation={how}); t, l = (image.shape[0] - {h}) // 2, (image.shape[1] - {w}) // 2; "
            f"image = image[t : t + {h}, l : l + {w}]"
        )
    wanted = "GRAY" if reading.order == "grey" else "RGB"
    pixels = f"cv2.cvtColor(image, cv2.COLOR_BGR2{wanted}).astype(np.float32)"
    if reading.order == "bgr":
        pixels = "image.astype(np.float32)"
    return ['image = cv2.imread("photo.jpg")', sized, f"x = {_numpy(pixels, reading, channels, reading.order)}"]


def tensorflow(reading: Reading, channels: int) -> list[str]:
    """Return the lines for tf.image; the same calls are in keras.ops.image."""
    method, antialias = _TENSORFLOW[reading.interpolation]
    h, w = reading.height_px, reading.width_px
    call = f"({h}, {w}), method={method!r}, antialias={antialias}"
    if reading.fit == "squash":
        sized = f"image = tf.image.resize(image, {call})"
    elif reading.fit in PADDING:
        value = PADDING[reading.fit]
        moved = f" - {value}", f" + {value}"
        sized = (
            f"image = tf.image.resize_with_pad(tf.cast(image, tf.float32){moved[0] if value else ''}, {h}, {w}, "
            f"method={method!r}, antialias={antialias}){moved[1] if value else ''}"
        )
    else:
        sized = (
            f"r = max({h} / image.shape[0], {w} / image.shape[1]){_margin(reading)}; "
            f"image = tf.image.resize(image, (max({h}, round(image.shape[0] * r)), "
            f"max({w}, round(image.shape[1] * r))), method={method!r}, antialias={antialias}); "
            f"image = tf.image.crop_to_bounding_box(image, (image.shape[0] - {h}) // 2, "
            f"(image.shape[1] - {w}) // 2, {h}, {w})"
        )
    pixels = "np.asarray(image, np.float32)"
    if reading.order == "grey":
        pixels = "np.asarray(tf.image.rgb_to_grayscale(image), np.float32)[..., 0]"
    return ['image = tf.io.decode_image(tf.io.read_file("photo.jpg"), channels=3, expand_animations=False)', sized,
            f"x = {_numpy(pixels, reading, channels, 'rgb')}"]  # fmt: skip


def torchvision(reading: Reading, channels: int) -> list[str]:
    """Return the lines for torchvision's transforms on a Pillow image."""
    h, w = reading.height_px, reading.width_px
    mode = {"nearest": "NEAREST", "nearest-corner": "NEAREST", "bilinear": "BILINEAR", "bilinear-antialias": "BILINEAR",
            "lanczos": "LANCZOS", "area": "BOX"}.get(reading.interpolation, "BICUBIC")  # fmt: skip
    plain = ", antialias=False" if reading.interpolation == "bilinear" else ""
    how = f"T.InterpolationMode.{mode}{plain}"
    first = "T.PILToTensor(), " if plain else ""
    if reading.fit == "squash":
        sized = f"T.Resize(({h}, {w}), {how})"
    elif reading.fit in PADDING:
        value = PADDING[reading.fit]
        sized = f"T.Lambda(lambda p: ImageOps.pad(p, ({w}, {h}), Image.Resampling.{mode}, color=({value},) * 3))"
        first = ""
    else:
        short = round(min(h, w) * (CROP_MARGIN if reading.fit == "crop-256" else 1))
        sized = f"T.Resize({short}, {how}), T.CenterCrop(({h}, {w}))"
    last = "" if first else ", T.PILToTensor()"
    return [
        'image = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")',
        f"image = T.Compose([{first}{sized}{last}])(image)",
        f"x = {_numpy('image.permute(1, 2, 0).numpy().astype(np.float32)', reading, channels, 'rgb', late_grey=True)}",
    ]


def browser(reading: Reading, channels: int) -> list[str]:
    """Return the lines for a page: a canvas, whose pixels are RGBA; browsers turn photos upright themselves."""
    h, w = reading.height_px, reading.width_px
    side = {"squash": "", "crop": "max", "crop-256": "max"}.get(reading.fit, "min")
    if side:
        ratio = f"Math.{side}({w} / image.width, {h} / image.height)" + _margin(reading)
        drawn = (
            f"const r = {ratio}; g.fillStyle = 'rgb({', '.join([str(PADDING.get(reading.fit, 0))] * 3)})'; "
            f"g.fillRect(0, 0, {w}, {h}); g.drawImage(image, ({w} - image.width * r) / 2, "
            f"({h} - image.height * r) / 2, image.width * r, image.height * r);"
        )
    else:
        drawn = f"g.drawImage(image, 0, 0, {w}, {h});"
    quality = "high" if reading.interpolation != "nearest" else "low"
    return [
        f"const g = Object.assign(document.createElement('canvas'), {{width: {w}, height: {h}}}).getContext('2d'); "
        f"g.imageSmoothingQuality = '{quality}'; {drawn}",
        f"const p = g.getImageData(0, 0, {w}, {h}).data;",
        _javascript(reading, channels),
    ]


def _margin(reading: Reading) -> str:
    return " * 256 / 224" if reading.fit == "crop-256" else ""


def _numpy(pixels: str, reading: Reading, channels: int, order: str, *, late_grey: bool = False) -> str:
    """Return the expression that scales, orders and stacks `pixels` (h, w, 3) or, grey, (h, w)."""
    if reading.order == "grey":
        grey = f"({pixels} @ np.float32([0.299, 0.587, 0.114])).round()" if late_grey else pixels
        pixels = f"np.stack([{grey}] * {channels}, axis=-1)"
    value = _scaled(pixels, reading, channels, order)
    if reading.order == "bgr" and order == "rgb":
        value = f"({value})[..., ::-1]"
    if reading.layout == "nchw":
        value = f"({value}).transpose(2, 0, 1)"
    return f"np.ascontiguousarray(({value})[None], np.float32)"


def _scaled(pixels: str, reading: Reading, channels: int, order: str) -> str:
    simple = {
        "raw": pixels, "1/255": f"{pixels} / 255", "1/255/255": f"{pixels} / 255 / 255",
        "1/127.5-1": f"{pixels} / 127.5 - 1", "1/127-1": f"{pixels} / 127 - 1", "1/255-0.5": f"{pixels} / 255 - 0.5",
    }  # fmt: skip
    if reading.scale in simple:
        return simple[reading.scale]
    if reading.scale == "standardise":
        return f"(lambda a: (a - a.mean()) / max(a.std(), 1 / a.size**0.5))({pixels})"
    if reading.scale == "caffe":
        return f"{pixels} - np.float32({_channels(CAFFE_MEAN, channels, order)})"
    mean, std = (_channels(row, channels, order) for row in (IMAGENET_MEAN, IMAGENET_STD))
    return f"({pixels} / 255 - np.float32({mean})) / np.float32({std})"


def _channels(row: tuple[float, float, float], channels: int, order: str) -> list[float]:
    """Return a number a channel in the order of the pixels; a single channel has the mean of the three."""
    if channels == 1:
        return [round(sum(row) / 3, 4)]
    return list(row[::-1] if order == "bgr" else row)


def _javascript(reading: Reading, channels: int) -> str:
    h, w = reading.height_px, reading.width_px
    places = {"rgb": "[0, 1, 2]", "bgr": "[2, 1, 0]", "grey": "[0, 1, 2]"}[reading.order]
    level = "p[4 * i + c]"
    if reading.order == "grey":
        level = "Math.round(0.299 * p[4 * i] + 0.587 * p[4 * i + 1] + 0.114 * p[4 * i + 2])"
        places = "[0]" if channels == 1 else places
    statistics = {"caffe": (CAFFE_MEAN, (1.0, 1.0, 1.0), 1.0), "imagenet": (IMAGENET_MEAN, IMAGENET_STD, 255.0)}
    scaled = {
        "raw": level, "1/255": f"{level} / 255", "1/255/255": f"{level} / 65025", "1/127.5-1": f"{level} / 127.5 - 1",
        "1/127-1": f"{level} / 127 - 1", "1/255-0.5": f"{level} / 255 - 0.5", "standardise": level,
    }.get(reading.scale)  # fmt: skip
    if scaled is None:
        mean, std, over = statistics[reading.scale]
        means, stds = (_channels(row, channels, "rgb") for row in (mean, std))
        scaled = f"({level} / {over} - {means}[c]) / {stds}[c]"
    place = f"k * {h * w} + i" if reading.layout == "nchw" else f"i * {channels} + k"
    of = f"{places}.map((c, k) => x[{place}] = {scaled})"
    after = ""
    if reading.scale == "standardise":
        after = (
            " const m = x.reduce((a, b) => a + b) / x.length, "
            "d = Math.max(Math.sqrt(x.reduce((a, b) => a + (b - m) ** 2, 0) / x.length), 1 / Math.sqrt(x.length)); "
            "x.forEach((v, i) => x[i] = (v - m) / d);"
        )
    return f"const x = new Float32Array({h * w * channels}); for (let i = 0; i < {h * w}; i++) {of};{after}"
