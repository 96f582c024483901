from .binary_patterns import Lbp as Lbp
from .gradients import Hog as Hog
from .patches import Patches as Patches
from .patches import Regions as Regions
from .patches import regions as regions
