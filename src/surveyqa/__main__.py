"""`python -m surveyqa`."""

import sys

from surveyqa.cli import main

sys.exit(main())
