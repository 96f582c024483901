"""Whether what a page names is there: each kind of claim held against the code, without running what trains."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

import known_names
import yaml
from doc_reader import ROOT, STARTS, Claim, readings
from known_commands import (
    CHECKS,
    MAIN,
    OUTSIDERS,
    check_dataset,
    check_model,
    commands,
    fault_of_line,
    fault_of_tool,
    options,
)
from known_names import Unknown

from emoscan.models import BACKBONES, JOINS
from emoscan.preprocessing import Step
from emoscan.signals import Dataset, InputError

FOREIGN: Mapping[str, str] = {"Info": "a class of MNE", "NaN": "not a number"}
"""Names in inline code that are not ours, and whose they are."""

OF_PYTHON = ("os.", "subprocess.", "sys.")
"""Modules of Python that pages name, as what a stored file must not reach."""

INVENTED: Mapping[str, str] = {
    ".venv": "what make sets up",
    "mylab.py": "a reader's own file",
    "file.yaml": "a reader's own file",
    "signals/datasets/films.py": "where the example of a dataset would stand",
    "preprocessing/steps/asymmetry.py": "where the example of a step would stand",
    "models/backbones/mean_net.py": "where the example of a backbone would stand",
    "models/joins/mean.py": "where the example of a join would stand",
    "demo-output/report.html": "what make demo writes",
    "eegmat.html": "a report that the reader named so",
    "eegmat.tex": "beside a report that the reader named so",
    "eegmat-figures/": "beside a report that the reader named so",
}
"""Files in inline code that are not there."""

MODELS = (*BACKBONES.known, *JOINS.known, "Stacked")
FILE = re.compile(r"[\w.*/-]+(?:\.(?:py|md|yaml|csv|tsv|mp4|json|html|tex|txt|toml|png|svg|h5)|/)")
NAME = re.compile(r"\.?[A-Za-z_]\w*(?:\.\w+)*")
CALL_IN_TEXT = re.compile(r"\b[A-Za-z_][\w.]*\((?:[^()]|\([^()]*\))*\)")


def fault_of_typed(line: str, partly: bool = False) -> str | None:
    """What is wrong with a command line as it stands on a page, a comment behind it or not."""
    faults = [_fault_of_words(words, partly) for words in readings(line)]
    return None if None in faults else faults[-1]


def fault_of_inline(claim: Claim, defined: Mapping[str, ast.AST]) -> str | None:
    """What is wrong with a piece of inline code.

    Args:
        claim: The piece, with the sentence around it.
        defined: What the examples in the pages define.
    """
    elsewhere = claim.text in FOREIGN or claim.text in INVENTED or claim.text.startswith((*OUTSIDERS, *OF_PYTHON))
    if elsewhere or iskeyword(claim.text):
        return None
    for fits, check in KINDS:
        if fits(claim.text):
            try:
                return check(claim, defined)
            except (Unknown, InputError) as unknown:
                return str(unknown)
    return None


def faults_of_calls(text: str, defined: Mapping[str, ast.AST]) -> Iterator[str]:
    """What is wrong with the calls in a text, as in the help of a command or a comment."""
    for found in CALL_IN_TEXT.findall(text):
        if (tree := _parsed(found)) is not None and (found[0].isupper() or "." not in found):
            try:
                _check_tree(tree, defined)
            except (Unknown, InputError) as unknown:
                yield str(unknown)


def faults_of_settings(text: str) -> Iterator[str]:
    """What is wrong with a block of YAML: its keys are arguments of one command or of one class, its values hold."""
    given = yaml.safe_load(text)
    takers = [
        {name.removeprefix("--").replace("-", "_") for name in options(program, name_of)} | _positional(found)
        for program in MAIN
        for name_of, found in commands(program).items()
    ]
    takers += [
        set(signature.parameters)
        for thing in known_names.classes().values()
        if (signature := known_names.signature_of(thing)) is not None
    ]
    if not any(set(given) <= taker for taker in takers):
        yield f"no command and no class takes {', '.join(given)}"
    for name in CHECKS.keys() & given.keys():
        try:
            CHECKS[name](given[name])
        except InputError as error:
            yield str(error)


def _fault_of_words(words: list[str], partly: bool) -> str | None:
    while "=" in words[0]:  # settings of the environment before the program
        words = words[1:]
    words = [Path(words[0]).name, *words[1:]]
    if words[0] in MAIN and len(words) == 1:
        return None
    return fault_of_line(words, partly) if words[0] in MAIN else fault_of_tool(words)


def _line(claim: Claim, _: Any) -> str | None:
    return fault_of_typed(claim.text, partly=True)


def _option(claim: Claim, _: Any) -> str | None:
    """An option is there in a command that the same sentence names; where it names none, in any."""
    option, *value = claim.text.split()
    named = _commands_named(claim)
    there = [found for found in named or _all_commands() if option in options(*found)]
    if not there:
        of = " or ".join(" ".join(found) for found in named) or "no command"
        known = sorted({name for found in named or _all_commands() for name in options(*found)})
        return f"{'not an option of' if named else 'an option of'} {of}; there are {', '.join(known)}"
    faults = (fault_of_typed(f"{' '.join(found)} {claim.text}", partly=True) for found in there if value)
    first = next(faults, None)
    return first if first is not None and all(faults) else None


def _all_commands() -> list[tuple[str, str]]:
    return [(program, name) for program in MAIN for name in commands(program)]


def _commands_named(claim: Claim) -> list[tuple[str, str]]:
    """The commands that the sentence around names: in full, or by their own name as inline code."""
    codes = set(re.findall(r"`([^`]+)`", claim.around))
    return [
        (program, name)
        for program, name in _all_commands()
        if re.search(rf"{program} {name}\b", claim.around) or name in codes
    ]


def _positional(found: Any) -> set[str]:
    return {action.dest for action in found._actions if not action.option_strings}


def _file(claim: Claim, _: Any) -> str | None:
    """A file stands in the repository, beside the page, or is written by the code under that name."""
    name = claim.text
    folders = (ROOT, claim.path.parent, ROOT / "docs", ROOT / "benchmarks" / "configs")
    there = any((folder / name).exists() for folder in folders) or name in known_names.words()
    if there or ("/" not in name and any((ROOT / "tests").rglob(name))):
        return None
    return "there is no such file, and nothing writes one"


def _class(claim: Claim, defined: Mapping[str, ast.AST]) -> str | None:
    for base in re.findall(r"\((\w+)\)", claim.text):
        known_names.find(base, defined)
    return None


def _import(claim: Claim, _: Any) -> str | None:
    module, _, names = claim.text.removeprefix("from ").partition(" import ")
    for name in names.split(","):
        known_names.find(f"emoscan.{module.lstrip('.').removeprefix('emoscan.')}.{name.strip()}")
    return None


def _name(claim: Claim, defined: Mapping[str, ast.AST]) -> str | None:
    """A name is that of something of ours; one without a capital may be any word that the source knows."""
    if claim.text.startswith("."):
        return _attribute_of_another(claim, defined)
    if "." in claim.text or (claim.text[0].isupper() and len(claim.text) > 1):
        if claim.text not in known_names.words() or "." in claim.text or _camel(claim.text):
            known_names.find(claim.text.rstrip("."), defined)
        return None
    return None if claim.text in known_names.words() | set(defined) else "no such word in the source"


def _camel(name: str) -> bool:
    return re.fullmatch(r"(?:[A-Z]+[a-z]+\w*){2,}|[A-Z][a-z]{3,}\w*", name) is not None


def _attribute_of_another(claim: Claim, defined: Mapping[str, ast.AST]) -> str | None:
    """``.write`` after ``HiddenUnits.of``: an attribute of a class that the sentence names."""
    classes = [name.split(".")[0] for name in re.findall(r"`([A-Z]\w+(?:\.\w+)?)`", claim.around)]
    for name in classes:
        known_names.find(f"{name}{claim.text}", defined)
    return None if classes else "no class is named in the sentence"


def _words_of_data(claim: Claim, _: Any) -> str | None:
    known = {part for word in known_names.words() for part in (word, *(f"-{p}" for p in word.split("-", 1)[1:]))}
    return None if claim.text in known or claim.text.split(":")[0] in known else "no such word in the source"


def _expression(claim: Claim, defined: Mapping[str, ast.AST]) -> str | None:
    tree = _parsed(claim.text)
    if isinstance(tree, ast.keyword):
        return _setting(tree, claim)
    if tree is not None and not re.match(r"\w+ \(|[A-Z]\(", claim.text):  # the shape of a name; a formula
        _check_tree(tree, defined)
    return None


def _parsed(text: str) -> Any:
    """The expression, or the setting ``name=value``; None where it is neither."""
    for written in (text, f"_({text})"):
        try:
            tree = ast.parse(written, mode="eval").body
        except SyntaxError:
            continue
        if written == text:
            return tree
        return tree.keywords[0] if len(tree.keywords) == 1 and not tree.args else None  # type: ignore[attr-defined]
    return None


def _setting(setting: ast.keyword, claim: Claim) -> str | None:
    """``hidden=30`` is an argument or attribute of what the sentence names, or of anything."""
    named = [known_names.classes()[n] for n in re.findall(r"\w+", claim.around) if n in known_names.classes()]
    takers = [
        thing
        for thing in named or known_names.public().values()
        if (signature := known_names.signature_of(thing)) is not None
        and (setting.arg in signature.parameters or hasattr(thing, setting.arg))
    ]
    takers = takers or [
        thing
        for thing in known_names.public().values()
        if (found := known_names.signature_of(thing)) is not None and setting.arg in found.parameters
    ]
    return None if takers or setting.arg in known_names.words() else f"nothing takes {setting.arg}"


def _check_tree(tree: ast.AST, defined: Mapping[str, ast.AST]) -> None:
    """Check every call in an expression, and an attribute that it is as a whole."""
    if isinstance(tree, ast.Attribute):
        known_names.find(ast.unparse(tree), defined)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not ast.unparse(node.func).startswith(OUTSIDERS):
            _check_call(node, defined)


def _check_call(node: ast.Call, defined: Mapping[str, ast.AST]) -> None:
    name = ast.unparse(node.func)
    if name in MODELS and _written_out(node) and not node.args:
        return check_model(ast.unparse(node))
    things = _called(name, defined)
    faults = []
    for thing in things:
        try:
            _bind(thing, node, "." in name and name[0].islower())
        except Unknown as unknown:
            faults.append(unknown)
    if len(faults) == len(things):
        raise faults[0]
    _check_values(things[0], node)


def _called(name: str, defined: Mapping[str, ast.AST]) -> list[Any]:
    """What a call may be meant for: one thing, or the methods of that name."""
    if "." not in name and name not in defined and name[0].islower():
        found = list(known_names.methods(name))
        if found:
            return found
    return [known_names.find(name, defined)]


def _bind(thing: Any, node: ast.Call, on_instance: bool) -> None:
    if any(isinstance(value, ast.Constant) and value.value is ... for value in node.args):
        return
    kwargs = {keyword.arg: None for keyword in node.keywords if keyword.arg}
    if any(isinstance(keyword.value, ast.Constant) and keyword.value.value is ... for keyword in node.keywords):
        return _check_names(thing, kwargs)
    is_method = (on_instance or "self" in _parameters(thing)) and "self" in _parameters(thing)
    known_names.check_call(thing, tuple(node.args), kwargs, is_method)


def _check_names(thing: Any, kwargs: Mapping[str, Any]) -> None:
    """Only that each named argument is there."""
    taken = _parameters(thing)
    unknown = [name for name in kwargs if name not in taken]
    if unknown and taken:
        raise Unknown(f"{getattr(thing, '__name__', thing)} takes no {', '.join(unknown)}; it takes {', '.join(taken)}")


def _parameters(thing: Any) -> list[str]:
    signature = None if isinstance(thing, known_names.Anything) else known_names.signature_of(thing)
    return [] if signature is None else list(signature.parameters)


def _check_values(thing: Any, node: ast.Call) -> None:
    """Build what is named with its very values, where these are written out and building is cheap."""
    kind = getattr(thing, "__self__", thing)
    if not isinstance(kind, type) or (node.args and issubclass(kind, Dataset)) or not _written_out(node):
        return
    if issubclass(kind, Dataset):
        check_dataset(ast.unparse(node))
    elif issubclass(kind, Step):
        CHECKS["recipe"]({"x": [ast.unparse(node)]})


def _written_out(node: ast.Call) -> bool:
    """Whether all of a call's arguments are values, none of them left to the reader."""
    try:
        values = [ast.literal_eval(value) for value in (*node.args, *(keyword.value for keyword in node.keywords))]
    except ValueError:
        return False
    return not any(value in (..., "...") for value in values)


KINDS: tuple[tuple[Callable[[str], Any], Callable[[Claim, Mapping[str, ast.AST]], str | None]], ...] = (
    (STARTS.match, _line),
    (lambda text: text.split(" ")[0] in ("gan",) and text in commands("emo-train"), lambda *_: None),
    (lambda text: text.startswith("--"), _option),
    (lambda text: re.match(r"class \w+\(", text), _class),
    (lambda text: text.startswith("from "), _import),
    (FILE.fullmatch, _file),
    (NAME.fullmatch, _name),
    (lambda text: re.fullmatch(r"-?[a-z][\w-]*(?:[:.][\w-]+)?", text), _words_of_data),
    (lambda text: True, _expression),
)
"""How a piece of inline code is recognised, first match first, and checked."""
