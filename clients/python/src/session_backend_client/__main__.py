"""python -m session_backend_client"""

import sys

from .cli import main

sys.exit(main())
