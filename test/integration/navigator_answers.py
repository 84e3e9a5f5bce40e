"""What the scripts share that ask the real Triton Model Navigator about packages."""
import contextlib
import json
import os
import pathlib
import tempfile
import warnings

warnings.filterwarnings("ignore")


def attempt(step):
    """What the step gives, or its error as text."""
    try:
        return step()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def print_answers(ask, paths):
    """Prints one JSON object: `ask(model_navigator, path)` by file name, each asked in an empty folder of its own."""
    stdout = os.dup(1)
    os.dup2(2, 1)  # The libraries print to standard output as well.
    import model_navigator

    answers = {}
    for path in [pathlib.Path(path).resolve() for path in paths]:
        with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
            answers[path.name] = attempt(lambda: ask(model_navigator, path))
    os.write(stdout, json.dumps(answers, indent=1, default=str).encode() + b"\n")
