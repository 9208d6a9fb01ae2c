"""A head's graph says what the head says, of features within its limits and beyond them."""

import numpy as np
import pytest
import torch

from unseen.export.head_graph import head_graph
from unseen.models.head import Head
from unseen.onnx_session import cpu_session


@pytest.mark.parametrize("hidden", [(), (7, 5)])
@pytest.mark.parametrize("measured", [True, False])
def test_the_graph_computes_what_the_head_does(hidden: tuple[int, ...], measured: bool) -> None:
    torch.manual_seed(3)
    head, features = Head(6, 4, hidden, dropout=0.5), torch.randn(50, 6) * 5 + 2
    if measured:
        head.standardise.measure(features)
    head.eval()
    strange = torch.cat([features, 100 * features])  # cut off where the head was fitted
    session = cpu_session(head_graph(head, "features", ("probabilities", "logits")).SerializeToString())
    for rows in (strange, strange[:1]):
        found = session.run(["probabilities", "logits"], {"features": rows.numpy()})
        with torch.inference_mode():
            logits = head(rows)
        for one, other in zip(found, (logits.softmax(dim=1), logits), strict=True):
            np.testing.assert_allclose(one, other.numpy(), rtol=1e-4, atol=1e-5)


def test_a_layer_that_no_head_has_is_refused() -> None:
    head = Head(6, 4)
    head.append(torch.nn.Tanh())
    with pytest.raises(TypeError, match="Tanh"):
        head_graph(head, "features", ("probabilities", "logits"))
