"""Names in the release of CK+: the folders that its archives unpack to."""

from collections.abc import Mapping

ARCHIVES: Mapping[str, str] = {
    "cohn-kanade-images": "extended-cohn-kanade-images",
    "Emotion": "Emotion_labels",
    "FACS": "FACS_labels",
    "Landmarks": "Landmarks",
}
"""The four folders, and the folder that each archive puts around its own."""
