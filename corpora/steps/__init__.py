"""The steps of recipes, one file for those that belong together; `step.STEPS` is the list of them."""
