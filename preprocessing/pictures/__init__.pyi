from .figure_file import TIME_LABEL as TIME_LABEL
from .figure_file import new_figure as new_figure
from .figure_file import save_figure as save_figure
from .figure_file import wrapped as wrapped
