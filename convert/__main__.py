"""`python -m panmath.convert` is the command `panmath`."""

from .cli import main

raise SystemExit(main())
