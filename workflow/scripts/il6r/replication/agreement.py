"""How well do two estimates of one effect agree, and what could a study have seen?

Every function takes numbers or numpy arrays, on a scale on which estimates are normal (a log ratio,
Fisher's z); z is an estimate over its standard error. `variance_ratio` is the original's squared error over
the replication's.
"""

from typing import Any, TypeAlias

import numpy as np
from scipy import integrate, optimize, special, stats

# A number, or an array of numbers; results have the shape of what was given.
Numbers: TypeAlias = Any

# A test at 5 %, two-sided, and its 95 % interval.
Z = float(stats.norm.ppf(0.975))
ENOUGH_POWER = 0.8
# Makes success need an effect no smaller than the original's where the original is just significant
# (Held, Micheloud & Pawel 2022, doi 10.1214/21-AOAS1502).
_GOLDEN = (1 + np.sqrt(5)) / 2
# With this power an original misses its effect twice in three times (Simonsohn 2015).
_SMALL_TELESCOPE = 1 / 3
# The exponential of more than this is no longer a number.
_MOST_LOG = 700.0
# From here on t is normal to what is told of it.
_MOST_DF = 1e6
# With one degree of freedom a test needs less than that many times the people that a normal one does.
_MOST_TIMES = 1e3


def q_test(
    original: Numbers,
    se_original: Numbers,
    replication: Numbers,
    se_replication: Numbers,
    df_replication: Numbers = np.inf,
) -> Numbers:
    """Whether two estimates differ: p of Cochran's Q on 1 degree of freedom (1954, doi 10.2307/3001666).

    Where the replication's error has degrees of freedom, it is Welch's test (1938, doi 10.2307/2332010).
    """
    se = np.hypot(se_original, se_replication)
    df = df_of_difference(se, se_replication, df_replication)
    return 2 * stats.t.sf(np.abs(original - replication) / se, df)


def beyond(t: Numbers, df: Numbers, level: float) -> Numbers:
    """Whether the one-sided p-value of a t is below a level.

    As by the p-value, of which only those are computed that are not plain from the normal distribution and
    from that with the fewest degrees of freedom.
    """
    t, df = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    found = np.asarray(t > stats.t.isf(level, df.min(initial=np.inf)))
    near = ~found & (t > stats.norm.isf(level))
    found[near] = stats.t.sf(t[near], df[near]) < level
    return found[()]


def df_of_difference(se: Numbers, se_replication: Numbers, df_replication: Numbers) -> Numbers:
    """Satterthwaite's degrees of freedom of an error `se` that has the replication's as its estimated part.

    Infinite where the replication's are.
    """
    return df_replication * (se / se_replication) ** 4


def z_of_t(t: Numbers, df: Numbers = np.inf) -> Numbers:
    """The normal z that has the p-value of a t."""
    # A p-value too small for a number would make it infinite.
    z = stats.norm.isf(np.maximum(stats.t.sf(np.abs(t), df), np.finfo(float).tiny))
    return np.where(np.isinf(df), t, np.sign(t) * z)[()]


def z_of_p(p: Numbers) -> Numbers:
    """The normal z of a two-sided p-value."""
    return stats.norm.isf(np.asarray(p) / 2)


def prediction_interval(
    original: Numbers,
    se_original: Numbers,
    se_replication: Numbers,
    df_replication: Numbers = np.inf,
    *,
    shrunken: bool = False,
) -> Numbers:
    """Where a replication is to be expected, 95 %: low, centre, high.

    The predictive interval of Patil, Peng & Leek (2016, doi 10.1177/1745691616646366); `shrunken` takes the
    original towards zero by empirical Bayes, by which one that is hardly significant predicts less than it
    saw (Pawel & Held 2020, doi 10.1371/journal.pone.0231416). With degrees of freedom of the replication's
    error it leaves out the estimates for which `q_test` has p below 0.05, as without.
    """
    kept = np.maximum(1 - (se_original / original) ** 2, 0) if shrunken else 1.0
    se = np.sqrt(kept * se_original**2 + se_replication**2)
    half = stats.t.ppf(0.975, df_of_difference(se, se_replication, df_replication)) * se
    return kept * original - half, kept * original, kept * original + half


def equivalence(
    difference: Numbers, se: Numbers, low: Numbers, high: Numbers, df: Numbers = np.inf
) -> Numbers:
    """Whether a difference lies between `low` and `high`: p of two one-sided tests, significant below 0.05.

    Schuirmann (1987, doi 10.1007/BF01068419); of a replication's difference from its original, Anderson &
    Maxwell (2016, doi 10.1037/met0000051).
    """
    return np.maximum(stats.t.sf((difference - low) / se, df), stats.t.cdf((difference - high) / se, df))


def z_sceptical(z_original: Numbers, z_replication: Numbers, variance_ratio: Numbers) -> Numbers:
    """How far both studies together are from a sceptic's doubt (Held 2020, doi 10.1111/rssa.12493)."""
    squares = z_original**2, z_replication**2
    arithmetic = (squares[0] + squares[1]) / 2
    # Without effects there is nothing to doubt; 1 keeps the quotients defined.
    mean = np.where(arithmetic > 0, arithmetic, 1.0)
    harmonic = squares[0] * squares[1] / mean
    # The published formula divides by variance_ratio - 1; this is the same without.
    return np.sqrt(harmonic / (np.sqrt(1 + (variance_ratio - 1) * harmonic / mean) + 1))


def p_sceptical(
    z_original: Numbers,
    z_replication: Numbers,
    variance_ratio: Numbers,
    *,
    kind: str = "golden",
    sides: int = 2,
) -> Numbers:
    """Would a sceptic of the original be convinced by the replication? The sceptical p-value.

    Held (2020, doi 10.1111/rssa.12493). `kind` "nominal" is as first published; "golden" is scaled so that
    0.05 means what it means elsewhere (Held, Micheloud & Pawel 2022, doi 10.1214/21-AOAS1502); "controlled"
    has exactly the chance of two significant studies under no effect (Micheloud, Balabdaoui & Held 2023,
    doi 10.1111/stan.12312) and takes numbers only. One-sided it looks in the original's direction;
    two-sided it does not look at directions, so that opposite effects can be significant.
    """
    z = z_sceptical(z_original, z_replication, variance_ratio)
    if kind == "controlled":
        p = np.sqrt(_chance_of_both(z, variance_ratio))
    else:
        p = 2 * stats.norm.sf(z * np.sqrt({"nominal": 1.0, "golden": _GOLDEN}[kind]))
    if sides == 2:
        return p
    return np.where(np.sign(z_original) == np.sign(z_replication), p / 2, 1 - p / 2)


def level_sceptical(level: float, kind: str, variance_ratio: float = 1.0) -> float:
    """Below which nominal one-sided sceptical p-value is a replication a success at `level`, by `kind`?"""
    if kind == "golden":
        return float(stats.norm.sf(stats.norm.isf(level) / np.sqrt(_GOLDEN)))

    def excess(z: float) -> float:
        """By how much the chance of success in a direction chosen beforehand exceeds that of two studies."""
        return _chance_of_both(z, variance_ratio) / 4 - level**2

    return float(stats.norm.sf(optimize.brentq(excess, 0, stats.norm.isf(level), xtol=1e-12)))


def replication_bayes_factor(
    original: Numbers, se_original: Numbers, replication: Numbers, se_replication: Numbers
) -> Numbers:
    """How much better does no effect predict the replication than the original's posterior does?

    Verhagen & Wagenmakers (2014, doi 10.1037/a0036731) for normal estimates: above 1 the data speak for no
    effect, below 1 for the effect that the original found.
    """
    null = stats.norm.logpdf(replication, 0, se_replication)
    effect = stats.norm.logpdf(replication, original, np.hypot(se_original, se_replication))
    return np.exp(np.clip(null - effect, -_MOST_LOG, _MOST_LOG))


def small_telescopes(
    original: Numbers,
    se_original: Numbers,
    replication: Numbers,
    se_replication: Numbers,
    df_replication: Numbers = np.inf,
) -> Numbers:
    """Is the effect smaller than the original study could have seen? One-sided p.

    The effect that gave the original 33 % power is the smallest that it could speak of; a replication
    significantly below it says that the original was no evidence, whatever the effect is (Simonsohn 2015,
    doi 10.1177/0956797614567341).
    """
    smallest = small_telescope(se_original)
    return stats.t.cdf((np.sign(original) * replication - smallest) / se_replication, df_replication)


def small_telescope(se_original: Numbers) -> Numbers:
    """The effect at which a two-sided 5 % test with error `se_original` has 33 % power."""
    return se_original * optimize.brentq(lambda z: power(z, 1.0) - _SMALL_TELESCOPE, 1, 2, xtol=1e-14)


def power(effect: Numbers, se: Numbers, df: Numbers = np.inf) -> Numbers:
    """The chance that a two-sided 5 % test sees an effect: with error `se`, or by t with `df`."""
    z, critical = np.abs(effect) / se, stats.t.ppf(0.975, df)
    normal = stats.norm.sf(critical - z) + stats.norm.cdf(-critical - z)
    near, far = (special.nctdtr(np.minimum(df, _MOST_DF), z, end) for end in (critical, -critical))
    # Where next to nothing is left of the far tail, scipy has no number for it.
    return np.where(np.less(df, _MOST_DF), 1 - near + np.nan_to_num(far), normal)[()]


def smallest_effect(se: Numbers, df: Numbers = np.inf) -> Numbers:
    """The effect that a two-sided 5 % test, with error `se` or by t with `df`, sees in 80 % of studies."""
    critical = stats.t.ppf(0.975, df)
    noncentral = special.nctdtrinc(np.minimum(df, _MOST_DF), 1 - ENOUGH_POWER, critical)
    return np.where(np.less(df, _MOST_DF), noncentral, critical + stats.norm.ppf(ENOUGH_POWER))[()] * se


def n_for_power(n: Numbers, se: Numbers, effect: Numbers, df: float = np.inf) -> Numbers:
    """How many people it takes to see an effect with 80 % power, where n gave the error `se`.

    The squared error falls with the number of people, as in more people like these, and the degrees of
    freedom rise with it.
    """
    by_normal = (smallest_effect(se) / effect) ** 2
    if np.isinf(df):
        return np.ceil(n * by_normal)

    def lacking(times: float) -> float:
        """By how much the effect is too small for so many times the people, in logarithms."""
        # One degree of freedom is the least that there is.
        return float(np.log(smallest_effect(se, max(df * times, 1.0)) / np.sqrt(times) / abs(effect)))

    return np.ceil(n * optimize.brentq(lacking, by_normal, _MOST_TIMES * by_normal, rtol=1e-9))


def p_edgington(p_original: Numbers, p_replication: Numbers) -> Numbers:
    """Do both studies together speak against no effect? Sum of one-sided p-values (Edgington 1972).

    doi 10.1080/00223980.1972.9924813; for replications Held, Pawel & Micheloud (2024,
    doi 10.1098/rsos.240149).
    """
    total = np.add(p_original, p_replication)
    return np.where(total <= 1, total**2 / 2, 1 - (2 - total) ** 2 / 2)


def p_box(
    z_original: Numbers, z_replication: Numbers, variance_ratio: Numbers, *, level: float = 0.05
) -> Numbers:
    """Does the replication contradict the sceptic whom the original just fails to convince at `level`?

    Box's (1980, doi 10.2307/2982063) prior-predictive p, two-sided, of Held (2020, doi 10.1111/rssa.12493);
    the original must be significant at `level`.
    """
    doubt = variance_ratio / ((z_original / stats.norm.isf(level / 2)) ** 2 - 1)
    return 2 * stats.norm.sf(np.abs(z_replication) / np.sqrt(1 + doubt))


def p_replicate(z_original: Numbers, variance_ratio: Numbers) -> Numbers:
    """How likely is a replication's effect to have the original's sign (Killeen 2005)?

    doi 10.1111/j.0956-7976.2005.01538.x; it takes the original as it is, with no doubt of its own.
    """
    return stats.norm.cdf(np.abs(z_original) / np.sqrt(1 + 1 / variance_ratio))


def _chance_of_both(z: float, variance_ratio: float) -> float:
    """The chance of a sceptical z of at least `z` in two studies of no effect, whatever their signs."""

    def density(angle: float) -> float:
        """The integrand, in an angle by which its ends are smooth (Held 2020, appendix)."""
        square = np.sin(angle) ** 2
        return float(np.exp(-(z**2) * (np.sqrt(1 + (variance_ratio - 1) * square) + 1) / max(square, 1e-300)))

    return 2 / np.pi * float(integrate.quad(density, 0, np.pi / 2, epsabs=1e-14, epsrel=1e-11)[0])
