"""``python -m evaluation GOLD``: the same as ``standardiste eval GOLD``."""

import sys

from evaluation.run import main

sys.exit(main())
