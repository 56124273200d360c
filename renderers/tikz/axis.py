"""pgfplots."""
def read_axis(reader, state, name):
    raise reader.refuse(f"the environment {name} is not known")
