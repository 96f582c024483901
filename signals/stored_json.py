"""JSON of a stored file, whoever wrote it."""

import json
from typing import Any


def parsed_json(text: str | bytes) -> Any:
    """What JSON says.

    Raises:
        ValueError: It is no JSON, or has more brackets within each other than can be followed.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets within brackets, too many to follow") from error
