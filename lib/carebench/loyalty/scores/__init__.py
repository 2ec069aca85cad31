"""How satisfied customers are: CSAT, NPS and CES, by group, as answered and as weighted."""

from .answers import SCORES, answers, definition, scale_of, score_of
from .distribution import distribution
from .groups import mean_by_provider, score_by_provider, scores_by_segment
from .overall import scores
from .weights import weighting

__all__ = [
    "SCORES",
    "answers",
    "definition",
    "distribution",
    "mean_by_provider",
    "scale_of",
    "score_by_provider",
    "score_of",
    "scores",
    "scores_by_segment",
    "weighting",
]
