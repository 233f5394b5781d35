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

FAST = {
    "LogME": LogME(),
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
PUBLIC = {"public LogME": PublicLogME()}
SLOW = {"PARC": PARC(), "NLEEP": NLEEP(), "PACTranGaussian": PACTranGaussian()}
PROBE = {"cross-validated probe": make_pipeline(StandardScaler(), LogisticRegression(C=0.01))}
# Cheap, and sound where features outnumber samples; set before anything was measured.
CORE = ("LogME", "HScore", "RidgeProbe", "KNNScore", "NearestCentroid norm.")
# Those that are not saturated by more features than rows, for perturbing features as they are.
WIDE = (*CORE, "NearestCentroid", "LDAScore", "GBC spherical", "TransRate", "CKAScore")


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
    """A setting and the metrics that are computed under it."""

    setting: Setting
    metrics: dict


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
WEAK_SPREAD = Spread(0.25, unit="radius")
STOPPED = Attract(0.2, sigma=0.6)  # pulls on classes until they overlap by 0.6, then pushes
BOTH = Setting("both", N_COMPONENTS, (SPREAD, ATTRACT))
BOTH_STOPPED = Setting("both", N_COMPONENTS, (SPREAD, STOPPED))
RELEASED = Setting("released", N_COMPONENTS, (Attract(-0.005, sigma=0.6, pairs="sum"),))
# The strength that the paper names, with the sign that it describes.
_WRITTEN = (Spread(1.0), Attract(0.005, sigma=0.6, pairs="sum"))

KNN_STEP = (Attract(0.5, sigma=0.0),)
CENTROID_STEP = (Spread(2.0, unit="radius"),)
LDA_STEP = (Spread(1.0, unit="radius"),)
_HARD = [
    Setting(family, width, steps)
    for width in (None, N_COMPONENTS)
    for family, steps in (("attract", KNN_STEP), ("spread", CENTROID_STEP), ("spread", LDA_STEP))
]
HYPOTHESIS_SETTINGS = [each.name for each in (RAW, PCA, *_HARD)]


def _spreads():
    absolute = [Spread(force) for force in (0.25, 0.5, 1.0, 2.0, 4.0)]
    return absolute + [Spread(force, unit="radius") for force in (0.1, 0.25, 0.5, 1.0, 2.0)]


def _attracts():
    meeting = [Attract(alpha, sigma=0.0) for alpha in (0.1, 0.2, 0.3, 0.4, 0.5)]
    return meeting + [Attract(alpha, sigma=0.6) for alpha in (0.1, 0.2, 0.3, 0.4)]


def _pairs():
    """Return Spread and Attract together: weak, strong, stopped, and as the paper writes."""
    radii = {force: Spread(force, unit="radius") for force in (0.25, 1.0)}
    strong = [(radii[0.25], ATTRACT), (radii[1.0], Attract(0.5, sigma=0.0))]
    return [BOTH.steps, *strong, BOTH_STOPPED.steps, _WRITTEN]


def all_settings():
    """Return every setting behind the PCA, the plain one first."""
    families = {
        "PCA": [()],
        "spread": [(step,) for step in _spreads()],
        "attract": [(step,) for step in _attracts()],
        "both": _pairs(),
        "repel": [(Repel(step),) for step in (0.05, 0.1, 0.3)],
        "attract reversed": [(Attract(-0.2, sigma=0.0),)],
    }
    own = [
        Setting(family, N_COMPONENTS, steps)
        for family, members in families.items()
        for steps in members
    ]
    return [*own, RELEASED]


def raw_settings():
    """Return every setting of features as they are but the plain one."""
    radii = [(Spread(force, unit="radius"),) for force in (0.5, 1.0, 2.0)]
    steps = {
        "spread": [(SPREAD,), *radii],
        "attract": [(ATTRACT,), KNN_STEP],
        "both": [BOTH.steps],
    }
    return [Setting(family, None, each) for family, many in steps.items() for each in many]


def representatives():
    """Return one setting of each family, for the metrics that are slow."""
    steps = {"PCA": (), "spread": LDA_STEP, "attract": (ATTRACT,), "both": BOTH.steps}
    return [Setting(family, N_COMPONENTS, each) for family, each in steps.items()]


def grid_cells(quick):
    """Return all that is computed on every task with classes."""
    if quick:
        few = _of(("LogME", "KNNScore", "NearestCentroid", "LDAScore", "HScore", "RidgeProbe"))
        wanted = {*HYPOTHESIS_SETTINGS, BOTH.name}
        own = [RAW, *raw_settings(), *all_settings()]
        return [Cell(each, few) for each in own if each.name in wanted] + [Cell(RAW, PUBLIC)]
    widths = [Setting("PCA", each) for each in (16, 32, 128, WIDEST)]
    return [
        Cell(RAW, FAST),
        *[Cell(each, FAST) for each in [*widths, *all_settings()]],
        *[Cell(each, _of(WIDE)) for each in raw_settings()],
        *[Cell(each, PUBLIC) for each in (PCA, BOTH, RELEASED)],
        *[Cell(each, SLOW) for each in representatives()],
        Cell(RAW, PUBLIC | {name: SLOW[name] for name in ("PARC", "NLEEP")}),
        Cell(PCA, PROBE),
        Cell(RAW, PROBE),
    ]
