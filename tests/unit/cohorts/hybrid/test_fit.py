"""The estimator: planted protocols are found and taken out; what is missing or new is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import adjusted_rand_score

from neuropil.cohorts import HybridVAE
from neuropil.cohorts.hybrid.config import HybridLatentsConfig
from neuropil.cohorts.hybrid.data import check_cohort, find_site
from neuropil.cohorts.hybrid.harmonisation.found import cluster_components
from neuropil.cohorts.hybrid.score import encode_labels
from neuropil.connectome import Cohort, fill_matrices
from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import plant_protocol_cohort


def test_planted_protocols_are_found_and_training_costs_nothing(world, fitted):
    protocols = encode_labels(world.subjects["protocol"])
    found = adjusted_rand_score(protocols, fitted.predict(world))
    features = fitted.model_.features.transform(world.edges("SC"))
    start = adjusted_rand_score(protocols, fitted.mixture_.predict(features))
    assert found > 0.6
    assert found >= start - 0.02


def test_protocols_without_effect_are_not_found():
    null = plant_protocol_cohort(0, n_regions=41, share=0.1, strength=0.0).cohort
    model = HybridVAE(n_categories=10, n_continuous=4, plan={"epochs": 2}).fit(null)
    protocols = encode_labels(null.subjects["protocol"])
    assert adjusted_rand_score(protocols, model.predict(null)) < 0.02


def test_harmonised_connections_are_a_cohort_without_protocols(world, fitted):
    done = fitted.harmonise(world, shrinkage=0.0)
    protocols = encode_labels(world.subjects["protocol"])
    ways = [
        adjusted_rand_score(protocols, cluster_components(one.edges("SC"), 10, _seed()))
        for one in (world, done)
    ]
    assert ways[1] < 0.25 * ways[0]
    assert done.edges("SC").min() >= 0
    assert done.ids == world.ids
    assert done.provenance[-1].name == "harmonise"


def _seed():
    from neuropil.contracts import SeedTree

    return SeedTree(0)


def test_subjects_of_another_kind_are_new(world, fitted):
    other = plant_protocol_cohort(5, n_regions=41, share=0.02, strength=2.0).cohort
    assert fitted.novelty(other).min() > 0.99
    assert np.median(fitted.novelty(world)) == pytest.approx(0.5, abs=0.05)


def test_a_saved_model_gives_the_same_output(world, fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = HybridVAE.load(tmp_path / "model")
    for way in ("transform", "predict_proba", "novelty", "reconstruct"):
        assert getattr(again, way)(world) == pytest.approx(getattr(fitted, way)(world), abs=1e-6)
    assert again.harmonise(world, 3).equals(fitted.harmonise(world, 3))


def test_a_damaged_model_is_refused(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    (tmp_path / "model" / "parameters.safetensors").write_bytes(b"no")
    with pytest.raises(InputError, match="not a readable safetensors file"):
        HybridVAE.load(tmp_path / "model")


def test_a_subject_without_the_modality_gets_no_category(world, fitted):
    edges = np.array(world.edges("SC"))
    edges[2] = np.nan
    holed = replace(world, connectivity={"SC": edges})
    assert fitted.predict(holed)[2] == -1
    assert np.isnan(fitted.transform(holed)[2]).all()
    assert np.isnan(fitted.novelty(holed)[2])
    assert not np.isnan(fitted.transform(holed)[3]).any()


def test_wrong_input_is_named(world, fitted):
    with pytest.raises(InputError) as caught:
        HybridVAE().fit([[0.0]])
    assert str(caught.value) == (
        "HybridVAE: expected a Cohort, found list. Make one with "
        "Cohort.from_arrays({'SC': ...}, subjects)."
    )
    with pytest.raises(ConfigError) as caught:
        HybridVAE(n_categories=0).fit(world)
    assert str(caught.value) == (
        "n_categories: expected a number of categories from 1, or 'auto', found 0. Write for "
        "example n_categories=10."
    )
    with pytest.raises(ConfigError) as caught:
        fitted.harmonise(world, 10)
    assert str(caught.value) == (
        "to: expected a category from 0 to 9, or 10 weights, found 10. Name one of the categories "
        "that predict returns."
    )
    with pytest.raises(InputError) as caught:
        HybridVAE(n_categories=3).fit(world.take(np.arange(4)))
    assert str(caught.value) == (
        "planted-protocols (seed 0): expected at least 10 subjects with SC, found 4. Add subjects."
    )


def test_settings_that_the_data_rule_out_are_refused(world):
    def refuse(kind, **settings):
        with pytest.raises(kind) as caught:
            check_cohort(HybridLatentsConfig(**settings), world)
        return str(caught.value)

    assert refuse(InputError, categories=900) == (
        "categories: expected 1 to 576 categories for 576 subjects, found 900. Ask for fewer "
        "categories, or add subjects."
    )
    assert refuse(ConfigError, harmonise_to="protocol 99").startswith(
        "harmonise_to: there is no protocol 'protocol 99'. Those of planted-protocols (seed 0) are:"
    )
    assert refuse(ConfigError, covariates=("iq",)).startswith(
        "covariates: there is no column 'iq'. The subjects have: id, protocol,"
    )
    assert refuse(ConfigError, models=("gauss",)).startswith("models: there is no model 'gauss'.")
    same = Cohort.from_arrays({"SC": np.tile([1.0, 2.0, 3.0], (12, 1))})
    with pytest.raises(InputError, match="all subjects have the same SC"):
        check_cohort(HybridLatentsConfig(), same)


def test_the_column_of_sites_is_the_one_that_is_named_or_the_usual_one(world):
    assert find_site(HybridLatentsConfig(), world) == "protocol"
    assert find_site(HybridLatentsConfig(site="study"), world) == "study"
    bare = replace(world, subjects=world.subjects.select(pl.col("id")))
    assert find_site(HybridLatentsConfig(), bare) is None


def _two_scanners(n=400, regions=12):
    """Correlations of two scanners, one of which mixes the signals of neighbouring regions."""
    rng = np.random.default_rng(0)
    mixing = rng.normal(size=(regions, regions)) + 2 * np.eye(regions)
    blur = np.eye(regions) + np.eye(regions, k=1)
    scanner = np.arange(n) % 2
    own = mixing + 0.1 * rng.normal(size=(n, regions, regions))
    series = rng.normal(size=(n, 150, regions)) @ own
    series = np.where(scanner[:, None, None], series @ blur, series)
    rows, columns = np.triu_indices(regions, 1)
    edges = np.array([np.corrcoef(one, rowvar=False)[rows, columns] for one in series])
    edges[5, 7] = np.nan
    cohort = Cohort.from_arrays({"FC": edges}, units={"FC": "correlation"})
    return cohort, scanner


def test_harmonised_correlations_are_those_of_matrices_and_know_no_scanner():
    cohort, scanner = _two_scanners()
    model = HybridVAE(n_categories=2, n_continuous=4, plan={"epochs": 2}).fit(cohort)
    assert adjusted_rand_score(scanner, model.predict(cohort)) > 0.95
    assert model.transform(cohort).shape == (400, 4)
    done = model.harmonise(cohort, shrinkage=0.0).edges("FC")
    assert np.isnan(done[5, 7])
    assert np.isnan(done).sum() == 1
    whole = np.delete(done, 5, axis=0)
    assert np.linalg.eigvalsh(fill_matrices(whole, 12, 1.0)).min() > -1e-9
    apart = [
        np.abs(one[scanner == 1].mean(axis=0) - one[scanner == 0].mean(axis=0)).mean()
        for one in (np.delete(cohort.edges("FC"), 7, axis=1), np.delete(done, 7, axis=1))
    ]
    assert apart[1] < 0.1 * apart[0]


def test_a_model_of_correlations_is_saved_with_where_offsets_are_taken_out(tmp_path):
    cohort, _ = _two_scanners()
    model = HybridVAE(n_categories=2, n_continuous=4, plan={"epochs": 0}).fit(cohort)
    model.save(tmp_path / "model")
    again = HybridVAE.load(tmp_path / "model")
    assert again.transform(cohort) == pytest.approx(model.transform(cohort), abs=1e-6)
    one, other = (each.harmonise(cohort, 1).edges("FC") for each in (again, model))
    assert one == pytest.approx(other, abs=1e-6, nan_ok=True)
