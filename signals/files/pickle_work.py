"""Work that a pickle would make, counted before it is read: a hundred bytes can name a tuple of a billion members."""

import pickle
import pickletools
from typing import Any

_MOST_STEPS, _MOST_MEMBERS = 500_000, 100_000
"""Steps of a pickle of names and sizes, and members of one thing with those of its members; far more than any needs."""

_PUT = ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE")
_GET = ("GET", "BINGET", "LONG_BINGET")


def check_work(content: bytes) -> None:
    """Refuse a pickle that doubles things: to hash or to print one takes as long as it has members in members.

    Nothing is built: only the number of members of each thing on the stack is kept.

    Raises:
        UnpicklingError: It has too many steps or members, or is no pickle.
    """
    stack: list[Any] = []
    memo: dict[int, int] = {}
    try:
        for number, (step, argument, _) in enumerate(pickletools.genops(content)):
            _follow(step, argument, stack, memo)
            if number > _MOST_STEPS or (stack and stack[-1] is not None and stack[-1] > _MOST_MEMBERS):
                raise pickle.UnpicklingError("far more members than any model has tensors")
    except (ValueError, IndexError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise pickle.UnpicklingError(f"no pickle ({error})") from error


def _follow(step: pickletools.OpcodeInfo, argument: Any, stack: list[Any], memo: dict[int, int]) -> None:
    """One step: the stack has the number of members of each thing, and None for a mark."""
    if step.name in _PUT:
        memo[len(memo) if step.name == "MEMOIZE" else int(argument)] = stack[-1]
    elif step.name in _GET:
        stack.append(memo[int(argument)])
    elif step.name == "DUP":
        stack.append(stack[-1])
    elif step.name == "MARK":
        stack.append(None)
    else:
        _take(step, stack)


def _take(step: pickletools.OpcodeInfo, stack: list[Any]) -> None:
    """A step that takes things from the stack, perhaps all down to a mark, and puts one of them all there."""
    members, before = 1, len(step.stack_before)
    if pickletools.markobject in step.stack_before:
        while (taken := stack.pop()) is not None:
            members += taken
        before = step.stack_before.index(pickletools.markobject)
    for _ in range(before):
        members += stack.pop() or 0
    stack.extend([members] * len(step.stack_after))
