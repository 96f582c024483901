"""``emo-preprocess``: from a folder of recordings to a cache, and a look at what is in it."""

import sys
from pathlib import Path
from typing import Any

from ...signals import DATASETS, Dataset, DatasetNotFound, InputError
from ...signals.files.publishing import check_writable
from ..building.dataset_build import estimate, find_recipe, open_trials, preprocess
from ..cache.cache import Cache
from ..cache_files.cache_index import NAME
from ..cache_files.repeated import Repeated
from ..steps.recipe import Recipe, read_recipe, recipe_text
from .command_line import MISUSE, listed, run_command

EXAMPLES = """\
  emo-preprocess run EEGMAT data/eegmat cache/eegmat       DE and raw slices, the defaults
  emo-preprocess run SEED data/SEED cache/seed --dry-run   how long, how large?
  emo-preprocess run SEED data/SEED cache/seed --jobs 4    interrupted? The same line goes on
  emo-preprocess run "SEEDFeatures(variable='de_LDS')" data/SEED cache/lds
  emo-preprocess run mylab.Study data/study cache/study --config recipe.yaml
  emo-preprocess run "TrialTable(rename='-LE', montage='biosemi64')" data/lab cache/lab --units V
  emo-preprocess inspect cache/seed                        counts, quality, what was left out
  emo-preprocess derive cache/faces cache/hog --recipe '{face-hog: [Hog()]}'
  emo-preprocess scrub cache/lab shared/lab                a copy without pictures and names
  emo-preprocess align TrialTable data/lab align/lab       offset and drift of EEG and video"""


def main() -> int:
    """The command ``emo-preprocess``."""
    if line := _folder_alone(sys.argv[1:]):
        print(line, file=sys.stderr)
        return MISUSE
    return run_command(
        {
            "run": run,
            "inspect": inspect,
            "verify": verify,
            "doctor": doctor,
            "align": align,
            "derive": derive_series,
            "scrub": scrub_cache,
        },
        "emo-preprocess",
        "Turn recordings into a cache of spatial-temporal volumes.",
        EXAMPLES,
    )


def run(
    dataset: str,
    root: Path,
    cache: Path,
    recipe: dict[str, list[str | dict[str, Any]]] | None = None,
    only: str = "",
    jobs: int = 1,
    cluster: str | None = None,
    skip_broken: bool = False,
    repeated: Repeated | None = None,
    units: str = "",
    dry_run: bool = False,
    allow: list[str] | str = "",
) -> None:
    """Preprocess a dataset into a cache; recordings that are done already stay as they are.

    Args:
        dataset: A name or call, as in SEED, "SEEDFeatures(variable='de_LDS')" or mylab.Study; a wrong one lists all.
        root: The folder that holds the dataset.
        cache: The folder to make or complete.
        recipe: Steps by series, as in {eeg: [MarkFlat(), DifferentialEntropy(window=1.0)]}. Left out: what fits.
        only: Which series of the recipe to make, separated by commas, as in eeg or eeg,eeg-raw. Left out: all.
        jobs: Recordings worked on at a time; -1 for one a processor.
        cluster: Address of a Dask scheduler to work on instead, as in tcp://host:8786.
        skip_broken: Leave recordings that cannot be used out, and list them in the cache.
        repeated: What becomes of trials with the samples of an earlier one: refuse, leave-out (and list them), or keep
            (no split may part them). Not given: refuse, or leave-out where the dataset names nobody.
        units: What the numbers in all recordings are in, whatever their headers say: uV, mV or V. For datasets with a
            setting of that name, such as TrialTable; for some recordings see its recordings.
        dry_run: Only say how long it would take and how large it would be.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    settings = dict(locals())
    from .printed_report import print_estimate, print_run, write_settings

    _check_apart(root, cache)
    if not dry_run:
        check_writable(cache)
    data = _opened(dataset, root, listed(allow), **({"units": units} if units else {}))
    typed, opened = None if recipe is None else read_recipe(recipe, listed(allow)), list(open_trials(data))
    steps = _only(find_recipe(data, typed, print, opened), only)
    if dry_run:
        print_estimate(estimate(data, steps, cache, repeated, opened))
        return
    outcomes: list[Any] = []
    built = preprocess(
        data,
        steps,
        cache,
        jobs=jobs,
        cluster=cluster,
        skip_broken=skip_broken,
        repeated=repeated,
        watch=outcomes.append,
        opened=opened,
    )
    # The recipe as it was followed, so that the file repeats this run also where defaults change.
    write_settings(built.path, "emo-preprocess run", {**settings, "recipe": recipe_text(steps)})
    print_run(built, outcomes)
    if cache.resolve().is_relative_to(root.resolve()):
        print(f"the cache lies within the folder of the recordings: {cache}")


def inspect(cache: Path) -> None:
    """Show the content of a cache, its quality by recording, and what was left out and why.

    Args:
        cache: The folder that emo-preprocess run made.
    """
    from .printed_report import print_cache

    print_cache(Cache(cache))


def verify(cache: Path) -> None:
    """Compare every byte of a cache with its checksum.

    Args:
        cache: The folder that emo-preprocess run made.
    """
    from ..quality.summary import verify as verify_cache

    size = verify_cache(cache)
    print(f"{cache}: {size / 1e6:.1f} MB, every byte as it was published")


def doctor() -> None:
    """Show which readers, devices and extras work here, with the line that installs the rest."""
    from .printed_report import print_findings

    print_findings()


def align(dataset: str, root: Path, output: Path, tolerance: float = 0.02, allow: list[str] | str = "") -> None:
    """Report how EEG and video of each session lie on one clock: offset, drift, residuals, gaps, what either lacks.

    Args:
        dataset: A name or call, as in TrialTable or mylab.Study; a wrong one lists all.
        root: The folder that holds the dataset.
        output: The folder for alignment.csv, alignment.json and a picture of each session.
        tolerance: Seconds that a shared event may lie off the line through the others; more is refused, after the
            report has been written.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    settings = dict(locals())
    from ..clocks.alignment import align as align_streams
    from ..clocks.alignment_picture import draw_alignments
    from ..clocks.alignment_report import (
        check_alignment,
        check_folder,
        check_tolerance,
        print_alignment,
        write_alignment,
    )
    from .printed_report import write_settings

    check_tolerance(tolerance)
    check_folder(output)
    check_writable(output)
    sessions = align_streams(_opened(dataset, root, listed(allow)))
    output.mkdir(parents=True, exist_ok=True)
    write_alignment(sessions, output, tolerance)
    write_settings(output, "emo-preprocess align", settings)
    draw_alignments(sessions, output, tolerance)
    print_alignment(sessions, output)
    check_alignment(sessions, tolerance)  # last: whoever must look for a fault needs the report


def derive_series(
    cache: Path, output: Path, recipe: dict[str, list[str | dict[str, Any]]] | None = None, allow: list[str] | str = ""
) -> None:
    """Follow further steps on volumes that are in a cache: another patch grid, features of patches, another rate.

    The recordings are not read again; series that the recipe does not name are kept.

    Args:
        cache: The cache to read.
        output: The cache to make or complete.
        recipe: Steps by series, as in {face: [Patches(4, 4)]}, or {face-hog: [Hog()]} for one beside face.
        allow: Packages whose classes files may name beside those of emoscan, as in mylab,otherlab.
    """
    from ..building.derived_cache import derive
    from .printed_report import write_settings

    if not recipe:
        wanted = "steps by series, as in --recipe '{face-hog: [Hog()]}'"
        raise InputError("emo-preprocess derive", "no recipe", wanted, "name the steps to follow")
    check_writable(output)
    derived = derive(Cache(cache), read_recipe(recipe, listed(allow)), output)
    write_settings(derived.path, "emo-preprocess derive", {"cache": cache, "output": output, "recipe": recipe})
    recipes = [f"{name}: {' → '.join(steps)}" for name, steps in derived.recipe.items()]
    print(f"{derived!r}; recipes: {'; '.join(recipes)}")


def scrub_cache(cache: Path, output: Path, keep: list[str] | str = "") -> None:
    """Copy a cache for sharing: without pictures of people, and without their names.

    People become p01, p02, ..., sessions and stimuli numbers; what decides on splits stays as it was.

    Args:
        cache: The cache to copy.
        output: The folder to make; nothing else may be in it. Killed? The same line goes on.
        keep: Columns of the lab to keep, as in age,group; and stimulus to keep the names of stimuli. Left out: none.
    """
    from ..building.scrubbed import scrub
    from .printed_report import print_scrubbed

    opened = Cache(cache)
    print_scrubbed(opened, scrub(opened, output, listed(keep)))


def _opened(dataset: str, root: Path, allow: list[str], **further: Any) -> Dataset:
    """The dataset in ``root``; where it is not, the error says what the folder looks like."""
    from ...signals.datasets.recognition import likenesses, looks_like

    try:
        built: Dataset = DATASETS.build(dataset, root, allow=allow, **further)
    except DatasetNotFound as error:
        named = dataset.partition("(")[0].strip()
        if not root.is_dir() or any((like.dataset, like.root) == (named, root) for like in likenesses(root)):
            raise
        raise DatasetNotFound(error.where, error.found, error.wanted, looks_like(root)) from error
    return built


def _check_apart(root: Path, cache: Path) -> None:
    """Refuse to make a cache in the very folder of the recordings."""
    recordings, made = root.resolve(), cache.resolve()
    if recordings == made and not (cache / NAME).exists():  # earlier versions made them: they can be completed
        name = recordings.name or "recordings"
        do = f"name a folder of its own, as in cache/{name}"
        raise InputError(cache, "the folder of the recordings", "another one for the cache", do)


def _folder_alone(words: list[str]) -> str:
    """A line for whoever names a folder and no dataset; empty for all others."""
    if words[:1] != ["run"] or len(words) < 2 or words[1] in DATASETS.known or not Path(words[1]).is_dir():
        return ""
    from ...signals.datasets.recognition import looks_like

    found = InputError(words[1], "a folder", "a dataset's name before it", looks_like(Path(words[1])))
    return f"emo-preprocess run: {found}"


def _only(recipe: Recipe, names: str) -> Recipe:
    series = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in series if name not in recipe]
    if unknown:
        raise InputError("--only", f"series {', '.join(unknown)}", f"some of {', '.join(recipe)}", "correct the names")
    return {name: recipe[name] for name in series} if series else recipe
