"""A mixture of products of experts (MoPoE) of the package multivae, on the edges themselves."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from typing import Any

# No bars and no messages of every epoch, which would be timed too.
os.environ["TQDM_DISABLE"] = "1"
logging.disable(logging.INFO)

import numpy as np  # noqa: E402 - after the switches above
import numpy.typing as npt  # noqa: E402
import torch  # noqa: E402

__all__ = ["fit_and_predict"]

Array = npt.NDArray[np.floating]

_HIDDEN, _LATENT = (512, 256), 16


def _import_torchvision() -> None:
    """Import torchvision, which multivae needs for images, also beside a PyTorch without CUDA.

    Its wheels are built for CUDA. Without it their operators cannot be loaded, and the import stops
    at those two that are described again in Python. Nothing here computes with them.
    """
    try:
        import torchvision  # noqa: F401 - multivae finds it imported
    except RuntimeError as error:
        if "does not exist" not in str(error):
            raise
        for name in [each for each in sys.modules if each.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            torch.library.define(
                f"torchvision::{name}", "(Tensor dets, Tensor scores, float threshold) -> Tensor"
            )


def _build_model(n_edges: Mapping[str, int]) -> Any:  # noqa: ANN401 - a model of multivae
    """Return an untrained model: encoders and decoders of two hidden layers, normal noise."""
    from multivae.models import MoPoE, MoPoEConfig
    from multivae.models.base import ModelOutput
    from pythae.models.nn import BaseDecoder, BaseEncoder
    from torch import Tensor, nn

    class Encoder(BaseEncoder):
        """From edges to means and log variances."""

        def __init__(self, n: int) -> None:
            super().__init__()
            wide, narrow = _HIDDEN
            self.layers = nn.Sequential(
                nn.Linear(n, wide), nn.ReLU(), nn.Linear(wide, narrow), nn.ReLU()
            )
            self.mean, self.level = nn.Linear(narrow, _LATENT), nn.Linear(narrow, _LATENT)

        def forward(self, x: Tensor) -> ModelOutput:
            hidden = self.layers(x)
            return ModelOutput(embedding=self.mean(hidden), log_covariance=self.level(hidden))

    class Decoder(BaseDecoder):
        """From latent coordinates to edges."""

        def __init__(self, n: int) -> None:
            super().__init__()
            wide, narrow = _HIDDEN
            self.layers = nn.Sequential(
                nn.Linear(_LATENT, narrow), nn.ReLU(), nn.Linear(narrow, wide), nn.ReLU()
            )
            self.out = nn.Linear(wide, n)

        def forward(self, z: Tensor) -> ModelOutput:
            return ModelOutput(reconstruction=self.out(self.layers(z)))

    config = MoPoEConfig(
        n_modalities=len(n_edges),
        latent_dim=_LATENT,
        input_dims={name: (n,) for name, n in n_edges.items()},
        decoders_dist=dict.fromkeys(n_edges, "normal"),
    )
    encoders = {name: Encoder(n) for name, n in n_edges.items()}
    decoders = {name: Decoder(n) for name, n in n_edges.items()}
    return MoPoE(config, encoders, decoders)


def _train(
    training: dict[str, torch.Tensor],
    validation: dict[str, torch.Tensor],
    settings: Mapping[str, Any],
) -> Any:  # noqa: ANN401 - a model of multivae
    """Return the model of lowest validation loss, as the package's own trainer keeps it."""
    from multivae.data.datasets import MultimodalBaseDataset
    from multivae.trainers import BaseTrainer, BaseTrainerConfig

    torch.manual_seed(0)
    model = _build_model({name: values.shape[1] for name, values in training.items()})
    with tempfile.TemporaryDirectory() as folder:
        config = BaseTrainerConfig(
            output_dir=folder,
            num_epochs=settings["epochs"],
            per_device_train_batch_size=settings["batch"],
            per_device_eval_batch_size=len(next(iter(validation.values()))),
            learning_rate=settings["learning_rate"],
            # As many steps an epoch as on the other side.
            drop_last=True,
            no_cuda=True,
        )
        trainer = BaseTrainer(
            model,
            train_dataset=MultimodalBaseDataset(training),
            eval_dataset=MultimodalBaseDataset(validation),
            training_config=config,
        )
        trainer.train()
    return trainer._best_model


def fit_and_predict(
    edges: Mapping[str, Array],
    rows: Mapping[str, npt.NDArray[np.integer]],
    pair: tuple[str, str],
    settings: Mapping[str, Any],
) -> tuple[float, Array]:
    """Time a fit, and predict one modality of test subjects from the other one alone.

    Parameters
    ----------
    edges : mapping of str to (n, n_edges) array
        Connections by modality.
    rows : mapping of str to int arrays
        Subjects of ``training``, ``validation`` and ``test``.
    pair : tuple of str
        The modality that is given and the one that is predicted.
    settings : mapping
        ``epochs``, ``batch`` and ``learning_rate``.

    Returns
    -------
    seconds : float
        Time of the fit; imports and the prediction are left out.
    predicted : (n_test, n_edges) array
        From the mean of the posterior, in the unit of the edges.
    """
    _import_torchvision()
    # Before the clock starts.
    import multivae.models
    import multivae.trainers

    begin = time.perf_counter()
    training = {name: values[rows["training"]] for name, values in edges.items()}
    centre = {name: values.mean(axis=0) for name, values in training.items()}
    # One number a modality, so that noise of variance 1, the default, is of the right size.
    scale = {name: (values - centre[name]).std() for name, values in training.items()}

    def take(part: str) -> dict[str, torch.Tensor]:
        return {
            name: torch.from_numpy((values[rows[part]] - centre[name]) / scale[name]).float()
            for name, values in edges.items()
        }

    model = _train(take("training"), take("validation"), settings)
    seconds = time.perf_counter() - begin
    source, target = pair
    with torch.no_grad():
        found = model.predict(
            multivae.data.datasets.MultimodalBaseDataset(take("test")),
            cond_mod=source,
            gen_mod=target,
            return_mean=True,
        )
    return seconds, found[target].numpy() * scale[target] + centre[target]
