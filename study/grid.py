"""Grid: the metrics, and what is done to the features before them."""

from typing import NamedTuple

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skperturb import Attract, Repel, Spread
from skperturb.metrics import (
    GBC,
    NCTI,
    NLEEP,
    PARC,
    SFDA,
    CKAScore,
    ETran,
    HScore,
    KNNScore,
    LDAScore,
    LogME,
    NearestCentroidScore,
    PACTranGaussian,
    RidgeProbe,
    TransRate,
)
from study.public_logme import PublicLogME

N_COMPONENTS = 64
WIDEST = 256  # one projection serves all numbers of components up to this
_ROWS_OF_SLOW = 300  # PACTranGaussian needs seconds per model on unprojected features

FAST = {
    "LogME": LogME(),
    "public LogME": PublicLogME(),
    "HScore": HScore(),
    "RidgeProbe": RidgeProbe(),
    "KNNScore": KNNScore(),
    "NearestCentroid": NearestCentroidScore(),
    "NearestCentroid norm.": NearestCentroidScore(standardize=True),
    "LDAScore": LDAScore(),
    "SFDA": SFDA(),
    "GBC": GBC(),
    "GBC spherical": GBC(covariance="spherical"),
    "TransRate": TransRate(),
    "CKAScore": CKAScore(),
    "NCTI": NCTI(),
    "ETran": ETran(),
}
SLOW = {"PARC": PARC(), "NLEEP": NLEEP(), "PACTranGaussian": PACTranGaussian()}
PROBE = {"cross-validated probe": make_pipeline(StandardScaler(), LogisticRegression(C=0.01))}
# Cheap, and sound where features outnumber samples; set before anything was measured.
CORE = ("LogME", "HScore", "RidgeProbe", "KNNScore", "NearestCentroid norm.")


class Setting(NamedTuple):
    """What is done to the features: a family, kept components (None for all), transformers."""

    family: str
    n_components: int | None
    steps: tuple = ()

    @property
    def name(self):
        """Say it in a few words, such as ``spread 0.5 R, attract 0.2``."""
        if self.family == "released":
            return "released"
        words = [_words(step) for step in self.steps]
        kept = {None: ["raw"], N_COMPONENTS: []}.get(self.n_components)
        kept = [f"PCA {self.n_components}"] if kept is None else kept
        return ", ".join(kept + words) or "PCA"

    def before(self, metric):
        """Put the transformers before a metric, for features that are projected already."""
        return make_pipeline(*self.steps, metric) if self.steps else metric


class Cell(NamedTuple):
    """A setting and the metrics that are computed under it, on some or all (None) rows."""

    setting: Setting
    metrics: dict
    max_samples: int | None = None


def _of(names):
    return {name: FAST[name] for name in names}


def _words(step):
    if isinstance(step, Spread):
        return f"spread {step.force:g}{' R' if step.unit == 'radius' else ''}"
    if isinstance(step, Repel):
        return f"repel {step.step:g}"
    sigma = f" sigma {step.sigma:g}" if step.sigma else ""
    return f"attract {step.alpha:g}{' sum' if step.pairs == 'sum' else ''}{sigma}"


RAW = Setting("raw", None)
PCA = Setting("PCA", N_COMPONENTS)
# Numbers in full: the study must not shift with the defaults that it is about.
SPREAD, ATTRACT, REPEL = Spread(1.0), Attract(0.2, sigma=0.0), Repel(0.1)
STOPPED = Attract(0.2, sigma=0.6)  # pulls on classes until they overlap by 0.6, then pushes
BOTH = Setting("both", N_COMPONENTS, (SPREAD, ATTRACT))
BOTH_STOPPED = Setting("both", N_COMPONENTS, (SPREAD, STOPPED))
RELEASED = Setting("released", N_COMPONENTS, (Attract(-0.005, sigma=0.6, pairs="sum"),))
# The strength that the paper names, with the sign that it describes.
_WRITTEN = (Spread(1.0), Attract(0.005, sigma=0.6, pairs="sum"))


def _spreads():
    absolute = [Spread(force) for force in (0.25, 0.5, 1.0, 2.0, 4.0)]
    return absolute + [Spread(force, unit="radius") for force in (0.1, 0.25, 0.5, 1.0)]


def _attracts():
    meeting = [Attract(alpha, sigma=0.0) for alpha in (0.1, 0.2, 0.3, 0.4)]
    stopped = [Attract(alpha, sigma=0.6) for alpha in (0.05, 0.1, 0.2, 0.3, 0.4)]
    return meeting + stopped + [Attract(0.2, sigma=sigma) for sigma in (0.3, 1.0)]


def _pairs():
    """Yield Spread and Attract together: absolute and relative force, two overlaps."""
    forces = [Spread(force) for force in (0.5, 1.0, 2.0)]
    forces += [Spread(force, unit="radius") for force in (0.1, 0.25, 0.5)]
    for sigma in (0.0, 0.6):
        for spread in forces:
            yield from ((spread, Attract(alpha, sigma=sigma)) for alpha in (0.1, 0.2, 0.3))


def all_settings():
    """Return every setting behind the PCA, the plain one first."""
    families = {
        "PCA": [()],
        "spread": [(step,) for step in _spreads()],
        "attract": [(step,) for step in _attracts()],
        "both": [*_pairs(), _WRITTEN],
        "repel": [(Repel(step),) for step in (0.05, 0.1, 0.3)],
        "attract reversed": [(Attract(-0.2, sigma=sigma),) for sigma in (0.6, 0.0)],
    }
    own = [
        Setting(family, N_COMPONENTS, steps)
        for family, members in families.items()
        for steps in members
    ]
    return [*own, RELEASED]


def representatives():
    """Return one setting of each family, for the metrics that are slow."""
    steps = {
        "PCA": [()],
        "spread": [(SPREAD,), (Spread(0.25, unit="radius"),)],
        "attract": [(ATTRACT,), (STOPPED,)],
        "both": [BOTH.steps, BOTH_STOPPED.steps],
        "repel": [(REPEL,)],
    }
    own = [Setting(name, N_COMPONENTS, each) for name, many in steps.items() for each in many]
    return [*own, RELEASED]


def grid_cells(quick):
    """Return all that is computed on every task."""
    if quick:
        few = _of(("LogME", "public LogME", "HScore", "NCTI"))
        return [Cell(each, few) for each in (RAW, *representatives())]
    widths = [Setting("PCA", each) for each in (16, 32, 128, WIDEST)]
    # Perturbing unprojected features costs 20 times as much: not for all metrics.
    core, raw = _of(CORE), [(SPREAD,), (ATTRACT,), (STOPPED,), (SPREAD, ATTRACT), (REPEL,)]
    return [
        Cell(RAW, FAST),
        Cell(RAW, {name: SLOW[name] for name in ("PARC", "NLEEP")}),
        Cell(RAW, {"PACTranGaussian": SLOW["PACTranGaussian"]}, _ROWS_OF_SLOW),
        Cell(RAW, PROBE),
        *[Cell(Setting("raw, perturbed", None, steps), core) for steps in raw],
        *[Cell(each, FAST) for each in [*widths, *all_settings()]],
        *[Cell(each, SLOW) for each in representatives()],
        Cell(PCA, PROBE),
    ]
