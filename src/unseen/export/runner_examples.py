"""Write a short program beside an exported file that recognises one photo with it."""

from pathlib import Path

from unseen.photos.fit import PADDING_GREY
from unseen.runs import write_text

NAME = "run.py"
_OPEN = '''"""Recognise one photo: python run.py photo.jpg"""

{imports}
from pathlib import Path

{libraries}
from PIL import Image, ImageOps

{load}
photo = ImageOps.exif_transpose(Image.open(sys.argv[1])).convert("RGB")
{answer}
for share, name in sorted(zip(shares, classes), reverse=True):
    print(f"{{share:.3f}} {{name}}")
'''
_FRAMED = "photo = ImageOps.pad(photo, ({width}, {height}), color=({grey}, {grey}, {grey}))\n"
_PROGRAMS = {
    "onnx": {
        "imports": "import json\nimport sys",
        "libraries": "import numpy as np\nimport onnxruntime",
        "load": 'model = onnxruntime.InferenceSession(Path(__file__).with_name("model.onnx"))\n'
        "stated = model.get_modelmeta().custom_metadata_map\n"
        'classes = json.loads(stated["classes"])\n'
        'names = ["probabilities", "unknown"] if "unknown_at" in stated else ["probabilities"]',
        "answer": 'shares, *unknown = (found[0] for found in model.run(names, {"photos": np.asarray(photo)[None]}))\n'
        'if unknown and unknown[0] > float(stated["unknown_at"]):\n'
        '    print("nothing that the model knows; it is most like")',
    },
    "torch": {
        "imports": "import json\nimport sys",
        "libraries": "import numpy as np\nimport torch",
        "load": 'facts = {"facts.json": ""}\n'
        'model = torch.export.load(Path(__file__).with_name("model.pt2"), extra_files=facts).module()\n'
        'stated = json.loads(facts["facts.json"])\n'
        'classes = json.loads(stated["classes"])',
        "answer": "with torch.inference_mode():\n"
        "    found = model(torch.from_numpy(np.array(photo)[None]))\n"
        "shares = (found[0] if isinstance(found, tuple) else found)[0].tolist()\n"
        'if isinstance(found, tuple) and float(found[1]) > float(stated["unknown_at"]):\n'
        '    print("nothing that the model knows; it is most like")',
    },
    "litert": {
        "imports": "import sys",
        "libraries": "import numpy as np\nfrom ai_edge_litert.interpreter import Interpreter",
        "load": 'model = Interpreter(str(Path(__file__).with_name("model.tflite")))\n'
        "model.allocate_tensors()\n"
        'classes = Path(__file__).with_name("labels.txt").read_text("utf-8").splitlines()',
        "answer": _FRAMED + 'model.set_tensor(model.get_input_details()[0]["index"], np.asarray(photo)[None])\n'
        "model.invoke()\n"
        'shares = model.get_tensor(model.get_output_details()[0]["index"])[0].tolist()',
    },
    "coreml": {
        "imports": "import sys",
        "libraries": "import coremltools",
        "load": 'model = coremltools.models.MLModel(str(Path(__file__).with_name("model.mlpackage")))',
        "answer": _FRAMED + 'said = model.predict({{"photo": photo}})\n'
        "classes, shares = zip(*next(value for value in said.values() if isinstance(value, dict)).items())",
    },
}


def write_runner(folder: Path, target: str, frame: tuple[int, int] | None) -> None:
    """Write the program for `target` into `folder`. frame: (width, height) that photos are padded to, where needed."""
    parts = dict(_PROGRAMS[target])
    if frame:
        parts["answer"] = parts["answer"].format(width=frame[0], height=frame[1], grey=round(PADDING_GREY))
    write_text(folder / NAME, _OPEN.format(**parts))
