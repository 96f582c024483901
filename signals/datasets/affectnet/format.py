"""Names in the releases of AffectNet: columns of its lists, and its folders."""

COLUMNS = tuple(
    "subDirectory_filePath face_x face_y face_width face_height facial_landmarks expression valence arousal".split()
)
LISTS = "Manually_Annotated_file_lists"
PICTURES = "Manually_Annotated_Images"
