"""Figures of a fitted ring attractor, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.protocol.bump import compute_ring_profile
from neuropil.circuits.protocol.motion import (
    LEAST_GAIN,
    Integration,
    LocalSpeed,
    measure_local_speed,
)
from neuropil.circuits.protocol.recording import RECORD
from neuropil.circuits.protocol.states import compute_principal_components
from neuropil.circuits.protocol.trials import RandomWalk, draw_key, random_velocity
from neuropil.circuits.score import Battery
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["Control", "write_figures"]

_GREY = "0.65"
# Colour and line width of this fit and of up to two controls.
_SHOWN = ((ACCENT, 1.6), (WARM, 1.2), (_GREY, 1.2))


def write_figures(
    writer: RunWriter, model: RingAttractor, battery: Battery, controls: Mapping[str, Control]
) -> None:
    """Draw and write the study's figures into a run folder.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    model : RingAttractor
        The fitted model that the figures show.
    battery : Battery
        What was measured on the model's network.
    controls : mapping of str to Control
        Networks that are shown beside it, by what they are.
    """
    _write_turning(writer, model, battery, controls)
    _write_motion(writer, model, battery)
    _write_wiring(writer, model)
    writer.draw(
        Figure(
            "manifold",
            "End states of 360 starts",
            "First two principal components of the rates of all neurons 10 s after the cue, from "
            "360 starts; colour is the heading that was put in.",
            "Scatter of states along the first two principal components, coloured by heading.",
        ),
        (4.6, 3.8),
        lambda figure: _draw_manifold(figure, battery),
    )


class Control(NamedTuple):
    """What is shown of a network beside the fitted one.

    Parameters
    ----------
    integration : Integration
        The same walks as the fitted network's.
    local_speed : LocalSpeed
        Its speed by place.
    """

    integration: Integration
    local_speed: LocalSpeed


def _write_turning(
    writer: RunWriter, model: RingAttractor, battery: Battery, controls: Mapping[str, Control]
) -> None:
    errors = battery.integration.heading_error
    trial = int(np.argsort(errors)[errors.size // 2])
    fitted = Control(battery.integration, measure_local_speed(model.network_))
    shown = {"this fit": fitted, **controls}
    writer.draw(
        Figure(
            "minute",
            "A minute of random turning",
            "Heading as it was turned (black) and as the bump tells it, divided by the gain of "
            "each network; below, the difference. The trial is the one of median error of "
            f"{errors.size}, and the fit saw none of them. A control that follows less than "
            f"{LEAST_GAIN} of a turn is divided by the gain of this fit.",
            "Two panels of lines over 60 seconds: heading, and error of the fit and of controls.",
        ),
        (8.0, 4.6),
        lambda figure: _draw_minute(figure, shown, trial),
    )
    writer.draw(
        Figure(
            "place",
            "How far the bump follows, by place",
            "Speed of the bump per turning velocity at 100 deg/s, in stretches of 10 deg. Where "
            "the line is level and the same both ways, turns add up wherever the bump is. "
            "An input that is added to the drive moves the bump only where a threshold cuts it, "
            "so that its effect depends on the place and on the side. Controls that follow less "
            f"than {LEAST_GAIN} of a turn are left out.",
            "Lines of bump speed per velocity against heading, for both directions of turning.",
        ),
        (8.0, 3.4),
        lambda figure: _draw_place(figure, _turning(shown)),
    )


def _turning(shown: Mapping[str, Control]) -> dict[str, Control]:
    """Leave out controls that do not turn: they would add a legend to a line at zero."""
    (fit, fitted), *controls = shown.items()
    return {fit: fitted} | {
        name: each for name, each in controls if abs(each.integration.gain) >= LEAST_GAIN
    }


def _draw_minute(
    figure: matplotlib.figure.Figure, shown: Mapping[str, Control], trial: int
) -> pl.DataFrame:
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    fitted = next(iter(shown.values())).integration
    turned = fitted.turned[:, trial]
    time = np.arange(turned.size) * RECORD
    above.plot(time, turned, color=INK, lw=2.2, label="turned")
    table = {"time_s": time, "turned_deg": turned}
    for (name, control), (colour, width) in zip(shown.items(), _SHOWN, strict=False):
        found = control.integration
        gain = found.gain if abs(found.gain) >= LEAST_GAIN else fitted.gain
        heading = found.moved[:, trial] / gain
        above.plot(time, heading, color=colour, lw=width, label=name)
        below.plot(time, heading - turned, color=colour, lw=width)
        table[f"{name} [deg]"] = heading
    below.axhline(0, color=INK, lw=0.4)
    above.set(ylabel="heading [deg]")
    above.legend(loc="upper center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.3))
    below.set(xlabel="time [s]", ylabel="error [deg]")
    return pl.DataFrame(table)


def _draw_place(figure: matplotlib.figure.Figure, shown: Mapping[str, Control]) -> pl.DataFrame:
    axes = figure.subplots()
    axes.axhline(0, color=INK, lw=0.4)
    table: dict[str, np.ndarray] = {}
    for (name, control), (colour, _) in zip(shown.items(), _SHOWN, strict=False):
        speed = control.local_speed
        for side, style in (("left", "-"), ("right", "--")):
            values = getattr(speed, side)
            axes.plot(speed.place, values, style, color=colour, lw=1.6, label=f"{name}, {side}")
            table |= {"heading_deg": speed.place, f"{name}, {side}": values}
    axes.set(xlabel="heading [deg]", ylabel="bump speed / velocity", xticks=range(0, 361, 90))
    axes.legend(loc="center left", frameon=False, bbox_to_anchor=(1.0, 0.5))
    return pl.DataFrame(table)


def _write_motion(writer: RunWriter, model: RingAttractor, battery: Battery) -> None:
    writer.draw(
        Figure(
            "bump",
            "The bump under random turning",
            "Rates of the read-out neurons, averaged within each place on the ring, under 40 s of "
            "random turning that the fit did not see. Orange: integral of the input velocity "
            "times one global gain. Blue: decoded heading. Bottom: input velocity.",
            "Heat map of read-out activity over time with the decoded heading and the integral "
            "of the velocity drawn over it; a trace of the velocity below.",
        ),
        (8.0, 4.6),
        lambda figure: _draw_bump(figure, model, battery),
    )
    writer.draw(
        Figure(
            "speed",
            "Bump speed against turning velocity",
            "Mean over 8 starts at each constant velocity (dots) and one least-squares gain "
            f"through zero (line): R\N{SUPERSCRIPT TWO} = {battery.speeds.r_squared:.4f}, gain "
            f"{battery.speeds.gain:.2f}, left/right {battery.speeds.left_right_ratio:.2f}.",
            "Scatter of bump speed against velocity with a line through the origin.",
        ),
        (4.6, 3.6),
        lambda figure: _draw_speed(figure, battery),
    )
    writer.draw(
        Figure(
            "drift",
            "Drift without input",
            "Speed of the bump between 0.5 s and 1.5 s after the cue, at 360 starts. Zero "
            "everywhere would be a perfect continuum; the dashed lines are the target for the "
            f"mean absolute speed, which is {battery.drift.mean_speed:.2f} deg/s.",
            "Line of drift speed against heading around zero.",
        ),
        (4.6, 3.6),
        lambda figure: _draw_drift(figure, battery),
    )


def _write_wiring(writer: RunWriter, model: RingAttractor) -> None:
    writer.draw(
        Figure(
            "gains",
            "Learned gain of each type pair",
            "Gain 1 + Z that multiplies the synapse counts of each pair; 1 is the raw connectome. "
            "Columns send, rows receive. Right: learned bias of each type.",
            "Heat map of learned gains by presynaptic and postsynaptic type, with a bar chart of "
            "biases.",
        ),
        (6.4, 3.8),
        lambda figure: _draw_gains(figure, model),
    )
    writer.draw(
        Figure(
            "wiring",
            "Synapse counts, ordered by cell type",
            "Rows send, columns receive; within a type neurons keep the order of the data. "
            "Grey levels are logarithmic.",
            "Matrix of synapse counts with lines between cell types.",
        ),
        (5.2, 4.8),
        lambda figure: _draw_wiring(figure, model),
    )


def _wrapped(time: np.ndarray, degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a heading in [0, 360) with gaps where it wraps."""
    heading = np.mod(degrees, 360)
    jumps = np.flatnonzero(np.abs(np.diff(heading)) > 180) + 1
    return np.insert(time.astype(float), jumps, np.nan), np.insert(heading, jumps, np.nan)


def _draw_bump(
    figure: matplotlib.figure.Figure, model: RingAttractor, battery: Battery
) -> pl.DataFrame:
    # A record every 10 steps makes 400 columns of 0.1 s, as many as the width of the figure shows.
    step, seconds, every = model.dynamics_.step, 40.0, 10
    key = draw_key(model.seed_, "figure walk")
    # Faster and longer turns than those that integration is scored on, which would hardly take the
    # bump around within 40 s. For the eye alone: no number is taken from it.
    walk = RandomWalk(deviation=90, correlation_time=0.8)
    velocity = np.asarray(random_velocity(key, round(seconds / step), 1, step, walk))[:, 0]
    settle = np.zeros(round(0.5 / step))
    rates, turn = model.simulate(np.concatenate([settle, velocity]), heading=180)
    rates, turn = rates[settle.size :: every, 0], turn[settle.size :: every, 0]
    time = np.arange(rates.shape[0]) * step * every
    turned = 180 + battery.speeds.gain * np.cumsum(velocity)[::every] * step
    place, profile = compute_ring_profile(model.circuit_, rates)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    # 16 places, 22.5 deg apart, each in the middle of its row: half a row more on either side.
    image = above.imshow(
        profile.T,
        aspect="auto",
        origin="lower",
        cmap="Greys",
        extent=(0, seconds, -11.25, 348.75),
        interpolation="nearest",
    )
    figure.colorbar(image, ax=above, label="rate", pad=0.01)
    above.plot(*_wrapped(time, turned), color=WARM, lw=1.6, label="gain x integrated velocity")
    above.plot(*_wrapped(time, 180 + turn - turn[0]), color=ACCENT, lw=1.2, label="decoded")
    above.set(ylabel="place on the ring [deg]", yticks=[0, 90, 180, 270], ylim=(-11.25, 348.75))
    above.legend(loc="upper center", ncols=2, frameon=False, bbox_to_anchor=(0.5, 1.14))
    below.plot(time, velocity[::every], color=INK, lw=0.8)
    below.axhline(0, color=INK, lw=0.4)
    below.set(xlabel="time [s]", ylabel="velocity\n[deg/s]")
    return pl.DataFrame(
        {
            "time_s": time,
            "velocity_deg_s": velocity[::every],
            "turned_deg": turned,
            "decoded_deg": 180 + turn - turn[0],
        }
        | {f"rate_at_{angle:g}_deg": profile[:, at] for at, angle in enumerate(place)}
    )


def _draw_speed(figure: matplotlib.figure.Figure, battery: Battery) -> pl.DataFrame:
    axes = figure.subplots()
    velocity, speed = battery.speeds.velocity, battery.speeds.speed
    axes.axhline(0, color=INK, lw=0.4)
    axes.axvline(0, color=INK, lw=0.4)
    axes.plot(velocity, battery.speeds.gain * velocity, color=WARM, lw=1.4)
    axes.plot(velocity, speed, "o", color=ACCENT, ms=4)
    axes.set(xlabel="turning velocity [deg/s]", ylabel="bump speed [deg/s]")
    return pl.DataFrame({"velocity_deg_s": velocity, "speed_deg_s": speed})


def _draw_drift(figure: matplotlib.figure.Figure, battery: Battery) -> pl.DataFrame:
    axes = figure.subplots()
    axes.axhline(0, color=INK, lw=0.4)
    for limit in (-1, 1):  # [deg/s] the bound of criterion ``drift``
        axes.axhline(limit, color=WARM, lw=0.8, ls="--")
    axes.plot(battery.drift.heading, battery.drift.speed, color=ACCENT, lw=1.2)
    axes.set(xlabel="heading [deg]", ylabel="drift [deg/s]", xticks=range(0, 361, 90))
    return pl.DataFrame({"heading_deg": battery.drift.heading, "drift_deg_s": battery.drift.speed})


def _draw_gains(figure: matplotlib.figure.Figure, model: RingAttractor) -> pl.DataFrame:
    from matplotlib.colors import TwoSlopeNorm

    gain, names = np.asarray(model.parameters_.gain), model.circuit_.type_names
    left, right = figure.subplots(1, 2, width_ratios=[3, 1])
    norm = TwoSlopeNorm(1.0, 0.0, max(2.0, float(gain.max())))
    image = left.imshow(gain, cmap="RdBu_r", norm=norm)
    for row in range(gain.shape[0]):
        for column in range(gain.shape[1]):
            # Text is white on the dark ends of the colour map, dark elsewhere.
            shade = "white" if abs(norm(gain[row, column]) - 0.5) > 0.35 else INK
            left.text(
                column,
                row,
                f"{gain[row, column]:.2f}",
                ha="center",
                va="center",
                color=shade,
                fontsize=8,
            )
    ticks = range(len(names))
    left.set_xticks(ticks, names, rotation=40, ha="right")
    left.set_yticks(ticks, names)
    left.set(xlabel="presynaptic", ylabel="postsynaptic")
    left.spines[:].set_visible(False)
    figure.colorbar(image, ax=left, label="gain 1 + Z")
    bias = np.asarray(model.parameters_.bias)
    right.barh(ticks, bias, color=ACCENT)
    right.axvline(0, color=INK, lw=0.6)
    right.set_yticks(ticks, names)
    right.invert_yaxis()
    right.set(xlabel="bias")
    return pl.DataFrame(
        {
            "post": np.repeat(names, len(names)),
            "pre": np.tile(names, len(names)),
            "gain": gain.ravel(),
            "bias_of_post": np.repeat(bias, len(names)),
        }
    )


def _draw_wiring(figure: matplotlib.figure.Figure, model: RingAttractor) -> pl.DataFrame:
    circuit = model.circuit_
    types = np.asarray(circuit.type_index)
    order = np.argsort(types, kind="stable")
    # A circuit has hundreds of synapses, row = post; a figure of wiring has counts, row = pre.
    counts = 100 * np.abs(np.asarray(circuit.weights)).T[np.ix_(order, order)]
    axes = figure.subplots()
    image = axes.imshow(np.log10(1 + counts), cmap="Greys", interpolation="nearest")
    edges = np.flatnonzero(np.diff(types[order])) + 0.5
    for edge in edges:
        axes.axhline(edge, color=WARM, lw=0.6)
        axes.axvline(edge, color=WARM, lw=0.6)
    bounds = np.concatenate([[-0.5], edges, [types.size - 0.5]])
    centres = (bounds[1:] + bounds[:-1]) / 2
    names = [circuit.type_names[code] for code in dict.fromkeys(types[order])]
    axes.set_xticks(centres, names, rotation=40, ha="right")
    axes.set_yticks(centres, names)
    axes.tick_params(length=0)
    axes.set(xlabel="postsynaptic", ylabel="presynaptic")
    bar = figure.colorbar(image, ax=axes, label="synapses", shrink=0.8)
    ticks = [value for value in (0, 1, 3, 10, 30, 100) if value <= counts.max()]
    bar.set_ticks([np.log10(1 + value) for value in ticks], labels=[str(value) for value in ticks])
    pre, post = np.nonzero(counts)
    return pl.DataFrame({"pre_row": pre, "post_column": post, "synapses": counts[pre, post]})


def _draw_manifold(figure: matplotlib.figure.Figure, battery: Battery) -> pl.DataFrame:
    points, share = compute_principal_components(battery.ring.final)
    cue = np.rad2deg(battery.ring.cue)
    axes = figure.subplots()
    dots = axes.scatter(points[:, 0], points[:, 1], c=cue, cmap="twilight", s=9, vmin=0, vmax=360)
    figure.colorbar(dots, ax=axes, label="cue [deg]", ticks=range(0, 361, 90))
    axes.set_aspect("equal", adjustable="datalim")
    axes.set(
        xlabel=f"component 1 ({100 * share[0]:.0f} % of variance)",
        ylabel=f"component 2 ({100 * share[1]:.0f} %)",
    )
    return pl.DataFrame({"cue_deg": cue, "component_1": points[:, 0], "component_2": points[:, 1]})
