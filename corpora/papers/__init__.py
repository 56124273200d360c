"""Papers in TeX → formulas in context: `sources` opens them, `prose` reads them, `records` says what was found."""
